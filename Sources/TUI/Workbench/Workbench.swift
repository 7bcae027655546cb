// The workbench as a state machine: keys and models in, effects and grids out. Knows no terminal, no clock, no file.
import Training
import Viz

extension Command {
    static let help = Command("help")
    static let quit = Command("quit")
    static let nextPane = Command("pane.next")
    static let previousPane = Command("pane.previous")
    static let export = Command("pane.export")
    static let repaint = Command("screen.repaint")
    static let suspend = Command("screen.suspend")
    static func pane(_ number: Int) -> Command { Command("pane.\(number)") }
}

public enum ExportFormat: String, Sendable, CaseIterable {
    case text = "txt"
    case ansi, svg, png
}

public struct Workbench: Sendable {
    enum Overlay: Sendable {
        case help(search: TextEntry, scroll: Int)
        case question(Question)
    }

    /// Too small to draw more than a notice below this.
    static let smallest = (width: 20, height: 6)

    public var look: Look
    public let keys: KeyTable
    private(set) var panes: [any Pane]
    /// Index into `panes`.
    private(set) var focus = 0
    /// Panes from which others were opened, the last one last.
    private var trail: [Int] = []
    public private(set) var models = Models()
    private(set) var overlay: Overlay?
    /// The last message, until the next key.
    private(set) var message: String?
    /// A run whose trainer lives in this process: quitting asks about it.
    let localRun: Int64?

    /// - Parameter focus: number of the pane that is shown first.
    public init(panes: [any Pane] = Workbench.allPanes, look: Look = Look(), localRun: Int64? = nil, focus number: Int = 1) {
        self.panes = panes
        self.look = look
        self.localRun = localRun
        keys = KeyTable(
            global: Workbench.globalKeys(panes), panes: panes.map { KeyTable.Section(name: $0.name, bindings: $0.bindings) })
        focus = panes.firstIndex { $0.number == number } ?? 0
    }

    /// Every pane there is; a new one is added here.
    public static var allPanes: [any Pane] {
        [
            CorporaPane(),
            TrainPane(),
            ConfusionPane(),
            ClipPane(),
            ErrorsPane(),
            RunsPane(),
        ]
    }

    private static func globalKeys(_ panes: [any Pane]) -> [KeyBinding] {
        panes.map { pane in
            KeyBinding([.character(Character("\(pane.number)"))], .pane(pane.number), "", "Pane \(pane.number), \(pane.name)")
        } + [
            KeyBinding([.tab], .nextPane, "", "Next pane"),
            KeyBinding([.backTab], .previousPane, "", "Pane before"),
            KeyBinding([.character("e")], .export, "export", "Write what this pane shows to a file: text, ANSI, SVG or PNG"),
            KeyBinding([.character("?"), .function(1)], .help, "help", "This help; type to search it"),
            KeyBinding([.character("q")], .quit, "quit", "Leave; a run in this process is asked about first"),
            KeyBinding([.control("l")], .repaint, "", "Paint the whole screen anew"),
            KeyBinding([.control("z")], .suspend, "", "Back to the shell; fg comes back"),
        ]
    }

    var pane: any Pane { panes[focus] }

    // MARK: In

    /// A key was pressed.
    public mutating func handle(_ key: Key) -> [Effect] {
        message = nil
        switch overlay {
        case .question(let question): return answer(question, key)
        case .help(let search, let scroll):
            scrollHelp(search, scroll, key)
            return []
        case nil: break
        }
        if pane.entry != nil { return settled(panes[focus].type(key, models)) }
        guard let command = keys.command(for: key, pane: focus) else { return [] }
        return perform(command)
    }

    public mutating func perform(_ command: Command) -> [Effect] {
        switch command {
        case .help:
            overlay = .help(search: TextEntry(), scroll: 0)
            return []
        case .nextPane: return show((focus + 1) % panes.count)
        case .previousPane: return show((focus + panes.count - 1) % panes.count)
        case .repaint: return [.repaint]
        case .suspend: return [.suspend]
        case .quit: return quit()
        case .export:
            overlay = .question(
                Question(
                    "Export \(pane.name)", "Into the folder emolab was started in.",
                    [
                        Question.Choice(.character("t"), "text", [.export(.text)]),
                        Question.Choice(.character("a"), "ANSI", [.export(.ansi)]),
                        Question.Choice(.character("s"), "SVG", [.export(.svg)]),
                        Question.Choice(.character("p"), "PNG", [.export(.png)]),
                    ]))
            return []
        default:
            if let index = panes.firstIndex(where: { Command.pane($0.number) == command }) { return show(index) }
            return settled(panes[focus].handle(command, models))
        }
    }

    private mutating func show(_ index: Int) -> [Effect] {
        focus = index
        trail = []
        return settled(appeared())
    }

    /// Tells the pane on the screen that it is there.
    private mutating func appeared() -> [Effect] {
        guard var live = panes[focus] as? any LivePane else { return [] }
        let effects = live.appear(models)
        panes[focus] = live
        return effects
    }

    /// Seconds to the next `tick`, nil while nothing on the screen moves.
    public var interval: Double? { overlay == nil ? (pane as? any LivePane)?.interval(models) : nil }

    /// What the pane on the screen asked for is still being worked out.
    var isWaiting: Bool { (pane as? any LivePane)?.isWaiting(models) ?? false }

    /// The interval is over.
    public mutating func tick() -> [Effect] {
        guard var live = panes[focus] as? any LivePane else { return [] }
        let effects = live.tick(models)
        panes[focus] = live
        return settled(effects)
    }

    private mutating func quit() -> [Effect] {
        guard let localRun, let run = models[TrainView.self].runs.first(where: { $0.id == localRun }), run.state.isLive else {
            return [.quit(stoppingRun: false)]
        }
        overlay = .question(
            Question(
                "Run \(run.id) is still training", "It lives in this process and ends with it.",
                [Question.Choice(.character("s"), "stop, save and leave", [.say("stopping after this step…"), .quit(stoppingRun: true)])]))
        return []
    }

    /// A model came; it replaces the one of its kind.
    public mutating func receive(_ model: any PaneModel) -> [Effect] {
        if let notice = model as? Notice {
            message = notice.text
            return []
        }
        models.set(model)
        var effects: [Effect] = []
        for index in panes.indices { effects += panes[index].receive(models) }
        return settled(effects + appeared())
    }

    public mutating func say(_ text: String) { message = text }

    private mutating func answer(_ question: Question, _ key: Key) -> [Effect] {
        if let choice = question.choices.first(where: { $0.key == key }) {
            overlay = nil
            return settled(choice.effects)
        }
        if key == .escape || key == .character("c") || key == .character("q") { overlay = nil }
        return []
    }

    private mutating func scrollHelp(_ search: TextEntry, _ scroll: Int, _ key: Key) {
        var search = search
        switch key {
        case .escape: overlay = search.text.isEmpty ? nil : .help(search: TextEntry(), scroll: 0)
        case .enter, .character("?"): overlay = nil
        case .up: overlay = .help(search: search, scroll: max(0, scroll - 1))
        case .down: overlay = .help(search: search, scroll: min(scroll + 1, keys.help(matching: search.text).count))
        default:
            if search.edit(key) { overlay = .help(search: search, scroll: 0) }
        }
    }

    /// Does what the workbench does itself, hands on the rest.
    private mutating func settled(_ effects: [Effect]) -> [Effect] {
        var rest: [Effect] = []
        for effect in effects {
            switch effect {
            case .say(let text): message = text
            case .confirm(let question): overlay = .question(question)
            case .open(let number, let topic):
                guard let index = panes.firstIndex(where: { $0.number == number }) else { continue }
                if index != focus { trail.append(focus) }
                focus = index
                rest += settled(panes[index].open(topic, models) + appeared())
            case .back:
                if let last = trail.popLast() { focus = last }
                rest += settled(appeared())
            case .share(let model): rest += receive(model)
            default: rest.append(effect)
            }
        }
        return rest
    }

    // MARK: Out

    /// The whole screen at this size.
    public mutating func draw(width: Int, height: Int) -> CellGrid {
        var grid = blank(width, height)
        guard width >= Workbench.smallest.width, height >= Workbench.smallest.height else {
            let need = "emolab needs \(Workbench.smallest.width)x\(Workbench.smallest.height)"
            grid.text(CellText.width(need) <= width ? need : "too small", x: 0, y: 0, look[.muted], limit: width)
            return grid.converted(to: look.glyphs)
        }
        let (top, rest) = grid.bounds.splitTop(1)
        let (body, bottom) = rest.splitTop(rest.height - 1)
        grid.clipped(to: top) { drawHeadline(into: &$0, top) }
        grid.clipped(to: body) { panes[focus].draw(into: &$0, body, models, look, isFocused: overlay == nil) }
        grid.clipped(to: bottom) { drawFooter(into: &$0, bottom) }
        switch overlay {
        case .help(let search, let scroll): grid.clipped(to: body) { drawHelp(into: &$0, body, search.text, scroll) }
        case .question(let question): grid.clipped(to: body) { drawQuestion(into: &$0, body, question) }
        case nil: break
        }
        return grid.converted(to: look.glyphs)
    }

    /// The focused pane alone, for export: no footer, no overlay.
    public mutating func drawPane(width: Int, height: Int) -> CellGrid {
        var grid = blank(width, height)
        let (top, body) = grid.bounds.splitTop(height > 3 ? 1 : 0)
        drawHeadline(into: &grid, top)
        grid.clipped(to: body) { panes[focus].draw(into: &$0, body, models, look, isFocused: false) }
        return grid.converted(to: look.glyphs)
    }

    private func blank(_ width: Int, _ height: Int) -> CellGrid {
        CellGrid(width: width, height: height, fill: Cell(" ", background: look.theme.background))
    }
}
