// Keys that work in every pane, and when each of them does something.
import Records

extension Command {
    static let help = Command("help")
    static let quit = Command("quit")
    static let palette = Command("palette")
    static let nextPane = Command("pane.next")
    static let previousPane = Command("pane.previous")
    static let export = Command("pane.export")
    static let copy = Command("pane.copy")
    static let splitRight = Command("place.right")
    static let splitBelow = Command("place.below")
    static let closePlace = Command("place.close")
    static let shrinkPlace = Command("place.smaller")
    static let growPlace = Command("place.larger")
    static let zoom = Command("place.zoom")
    static let pause = Command("train.pause")
    static let stop = Command("train.stop")
    static let themes = Command("screen.themes")
    static let mouse = Command("screen.mouse")
    static let repaint = Command("screen.repaint")
    static let suspend = Command("screen.suspend")
    static func pane(_ name: PaneName) -> Command { Command("pane.\(name.rawValue)") }
}

extension Workbench {
    static func globalKeys(_ panes: [any Pane]) -> [KeyBinding] {
        panes.map { pane in
            KeyBinding(
                pane.key.map { [.character($0)] } ?? [], .pane(pane.name), "",
                "Pane " + (pane.key.map { "\($0), " } ?? "") + pane.name.title)
        } + [
            KeyBinding([.character("p")], .pause, "pause", "Pause the shown run after its step, or let it go on"),
            KeyBinding([.character("s")], .stop, "stop", "Stop the shown run after its step and save it (asks)"),
            KeyBinding([.tab], .nextPane, "focus", "Focus the next visible pane; with one place, show the next pane"),
            KeyBinding([.backTab], .previousPane, "", "Focus the visible pane before; with one place, show the pane before"),
            KeyBinding([.character("z")], .zoom, "zoom", "The focused pane alone, and back to all places"),
            KeyBinding([.character("|")], .splitRight, "", "Split the focused place: a further pane to the right"),
            KeyBinding([.character("_")], .splitBelow, "", "Split the focused place: a further pane below"),
            KeyBinding([.character("X")], .closePlace, "", "Close the focused place; its neighbour takes the room"),
            KeyBinding([.character("<")], .shrinkPlace, "", "Make the focused place smaller"),
            KeyBinding([.character(">")], .growPlace, "", "Make the focused place larger"),
            KeyBinding(
                [.character("e")], .export, "export",
                "Write what this pane shows to a file: text, ANSI, SVG, PNG, or CSV where it has numbers"),
            KeyBinding([.character("y")], .copy, "copy", "Copy the row under the cursor, or the pane's text, to the clipboard and a file"),
            KeyBinding([.character("T")], .themes, "", "Choose a theme; the screen shows each at once"),
            KeyBinding([.character("m")], .mouse, "", "Mouse on: click and wheel work here. Off: the terminal selects text"),
            KeyBinding([.character(":"), .control("p")], .palette, "commands", "Find and run any command by its words"),
            KeyBinding([.character("?"), .function(1)], .help, "help", "This help; type to search it"),
            KeyBinding([.character("q")], .quit, "quit", "Leave; a run in this process is asked about first"),
            KeyBinding([.control("l")], .repaint, "", "Paint the whole screen anew"),
            KeyBinding([.control("z")], .suspend, "", "Back to the shell; fg comes back"),
        ]
    }

    /// True where a command does something now in the pane.
    func isAvailable(_ command: Command, in name: PaneName) -> Bool {
        guard keys.global.contains(where: { $0.command == command }) else { return pane(name).isAvailable(command, models) }
        let run = models[TrainView.self].run
        switch command {
        case .pause: return run.map { $0.state.isLive } ?? false
        case .stop: return run?.state.isLive ?? false
        case .zoom, .closePlace: return layout.panes.count > 1
        case .shrinkPlace, .growPlace: return layout.panes.count > 1 && !layout.isZoomed
        case .splitRight, .splitBelow: return layout.panes.count < panes.count
        default: return true
        }
    }

    /// Why a command can do nothing now in the pane; nil where it does something.
    func obstacle(_ command: Command, in name: PaneName) -> String? {
        guard keys.global.contains(where: { $0.command == command }) else { return pane(name).obstacle(command, models) }
        let split = "\(models.keys[.splitRight]) and \(models.keys[.splitBelow]) split it"
        switch command {
        case .pause, .stop:
            guard let run = models[TrainView.self].run else { return "there is no run yet" }
            return run.state.isLive ? nil : "run \(run.id) is not under way: \(run.state.word)"
        case .zoom: return layout.panes.count > 1 ? nil : "there is one place only; \(split)"
        case .closePlace: return layout.panes.count > 1 ? nil : "the last place cannot be closed"
        case .shrinkPlace, .growPlace:
            if layout.isZoomed { return "one place is shown alone: \(models.keys[.zoom]) brings the others back" }
            if layout.panes.count < 2 { return "there is no border to move; \(split)" }
            var moved = layout
            guard moved.grow(by: Self.step(command)) else { return "there is no border to move; \(split)" }
            return moved == layout ? "the place is as \(command == .growPlace ? "large" : "small") as it gets" : nil
        case .splitRight, .splitBelow: return layout.panes.count < panes.count ? nil : "every pane is visible already"
        default:
            guard command == .pane(layout.focused) else { return nil }
            return "\(pane.name.title) is shown already"
        }
    }

    private static func step(_ command: Command) -> Double { command == .growPlace ? 0.05 : -0.05 }

    /// Does what a key that works everywhere asks for.
    mutating func performGlobal(_ command: Command) -> [Effect] {
        switch command {
        case .help: overlay = .help(search: TextEntry(), scroll: 0)
        case .palette: overlay = .palette(Palette())
        case .themes: overlay = .themes(ThemeChooser(themes: themes, broken: brokenThemes, current: theme))
        case .nextPane: return moveFocus(1)
        case .previousPane: return moveFocus(-1)
        case .splitRight: split(.right)
        case .splitBelow: split(.below)
        case .closePlace: _ = layout.close()
        case .shrinkPlace, .growPlace: _ = layout.grow(by: Self.step(command))
        case .zoom: layout.isZoomed.toggle()
        case .mouse:
            hasMouse.toggle()
            say(hasMouse ? "mouse on: click and wheel work here" : "mouse off: the terminal selects text")
        case .pause: return pause()
        case .stop: return stop()
        case .copy: return [.copy(pane.copyText(models) ?? paneText())]
        case .export: overlay = .question(exportQuestion())
        case .repaint: return [.repaint]
        case .suspend: return [.suspend]
        case .quit: return quit()
        default:
            if let pane = panes.first(where: { Command.pane($0.name) == command }) { return show(pane.name) }
        }
        return []
    }

    // MARK: Places

    /// Shows the pane where it is, or in the focused place.
    mutating func show(_ name: PaneName) -> [Effect] {
        layout.show(name)
        trail = []
        return []
    }

    private mutating func moveFocus(_ by: Int) -> [Effect] {
        if layout.panes.count > 1 {
            layout.moveFocus(by)
            trail = []
            return []
        }
        return show(panes[(focus + by + panes.count) % panes.count].name)
    }

    private mutating func split(_ side: Layout.Side) {
        // The next pane that is not visible, in their order.
        let order = (1...panes.count).map { panes[(focus + $0) % panes.count].name }
        guard let next = order.first(where: { !layout.panes.contains($0) }) else { return }
        layout.split(side, showing: next)
        trail = []
        if body.width > 0, layout.places(in: body).count == 1 {
            say("too small to show both: a larger window does; \(models.keys[.closePlace]) closes the new place")
        }
    }

    // MARK: The shown run

    private mutating func pause() -> [Effect] {
        guard let run = models[TrainView.self].run else { return [] }
        let isPaused = run.state == .paused
        say(isPaused ? "going on…" : "pausing after this step…")
        return [.issue(isPaused ? .resume : .pause, run: run.id)]
    }

    private mutating func stop() -> [Effect] {
        guard let run = models[TrainView.self].run else { return [] }
        overlay = .question(
            Question(
                "Stop run \(run.id)?", "It finishes its step, saves, and can be resumed later.",
                [Question.Choice(.character("s"), "stop and save", [.issue(.stop, run: run.id), .say("stopping after this step…")])]))
        return []
    }

    // MARK: Out of the screen

    private func exportQuestion() -> Question {
        var choices = [
            Question.Choice(.character("t"), "text", [.export(.text)]), Question.Choice(.character("a"), "ANSI", [.export(.ansi)]),
            Question.Choice(.character("s"), "SVG", [.export(.svg)]), Question.Choice(.character("p"), "PNG", [.export(.png)]),
        ]
        if let table = pane.table(models) { choices.append(Question.Choice(.character("c"), "CSV", [.exportTable(table)])) }
        return Question("Export \(pane.name.title)", "Into the folder emolab was started in.", choices)
    }

    /// The focused pane as text, at the size it is drawn in.
    private func paneText() -> String {
        var copy = self
        let place = layout.places(in: body).first { $0.pane == layout.focused }?.rect ?? body
        return copy.drawPane(width: max(place.width, 40), height: max(place.height + 1, 12)).text
    }
}
