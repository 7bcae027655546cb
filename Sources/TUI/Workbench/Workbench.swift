// The workbench as a state machine: keys and models in, effects and grids out. Knows no terminal, no clock, no file.
import Records
import Viz

public enum ExportFormat: String, Sendable, CaseIterable {
    case text = "txt"
    case ansi, svg, png
}

public struct Workbench: Sendable {
    enum Overlay: Sendable {
        case help(search: TextEntry, scroll: Int)
        case question(Question)
        case palette(Palette)
        case themes(ThemeChooser)
    }

    /// Too small to draw more than a notice below this.
    static let smallest = (width: 20, height: 6)

    public var look: Look
    /// The theme that was chosen; a screen without colours draws with another.
    var theme: Theme
    let themes: [Theme]
    let brokenThemes: [ThemeLibrary.Broken]
    private let problems: [ConfigProblem]
    /// What the terminal can show at most.
    public var limits = Limits()
    public var hasMouse: Bool
    public let keys: KeyTable
    var panes: [any Pane]
    public internal(set) var layout: Layout
    /// The panes from which others were opened, the last one last.
    var trail: [PaneName] = [] {
        didSet { models.set(WayBack(pane: trail.last)) }
    }
    /// What the feed was last told to show.
    private var shown: [any StandingRequest] = []
    public private(set) var models = Models()
    var overlay: Overlay?
    /// The last message, until the next key. All but hints are kept for the Log pane.
    private(set) var message: String?
    /// Seconds since 1970, for messages: the machine itself knows no time.
    var clock: @Sendable () -> Double = { 0 }
    /// A run whose trainer lives in this process: quitting asks about it.
    let localRun: Int64?
    /// Lines of the palette that were run, the newest first.
    var history: [String]
    /// Where the panes were drawn last, and the footer's keys with their cells: what the mouse points at.
    var body = Rect(x: 0, y: 0, width: 0, height: 0)
    var footerCells: [(cells: Range<Int>, command: Command)] = []
    var screen = (width: 0, height: 0)
    /// Lines of words instead of boxes and curves, for those who have the screen read to them.
    let isAccessible: Bool
    /// Where copied text goes beside the clipboard.
    let copyFile: String
    private let configuredTheme: String
    /// The theme that the user chose on a screen, now or in an earlier session.
    var chosenTheme: String?

    public struct Limits: Sendable, Equatable {
        public var colours = ColourDepth.direct
        public var isUTF8 = true
        public init() {}
    }

    /// - Parameters:
    ///   - focus: the pane that is shown first; what is remembered, unless given.
    ///   - settings: the user's keys, themes and what is remembered of the last session.
    public init(
        panes: [any Pane] = Workbench.allPanes, look: Look = Look(), localRun: Int64? = nil, focus: PaneName? = nil,
        settings: WorkbenchSettings = WorkbenchSettings()
    ) {
        self.panes = panes
        self.look = look
        self.localRun = localRun
        theme = settings.theme ?? look.theme
        themes = settings.themes
        (brokenThemes, problems) = (settings.brokenThemes, settings.problems)
        configuredTheme = settings.configuredTheme
        chosenTheme = settings.rememberedTheme
        keys = Workbench.keyTable(panes).remapped(settings.keys).table
        models.set(KeyNames(keys))
        hasMouse = settings.hasMouse
        history = settings.view?.history ?? []
        isAccessible = settings.isAccessible
        copyFile = settings.copyFile
        let names = Set(panes.map(\.name))
        if let remembered = settings.view?.layout, names.isSuperset(of: remembered.panes) {
            layout = remembered
        } else {
            layout = Layout(pane: panes.first?.name ?? .corpora)
        }
        if let focus, names.contains(focus) { layout.show(focus) }
        for index in self.panes.indices {
            if let memory = settings.view?.panes[self.panes[index].name.rawValue] { self.panes[index].restore(memory) }
        }
    }

    /// Every pane there is; a new one is added here.
    public static var allPanes: [any Pane] {
        [
            CorporaPane(),
            TrainPane(),
            AdaptationPane(),
            ConfusionPane(),
            ClipPane(),
            ErrorsPane(),
            RunsPane(),
            ParametersPane(),
            LogPane(),
        ]
    }

    /// The keys of these panes as they come.
    public static func keyTable(_ panes: [any Pane] = allPanes) -> KeyTable {
        KeyTable(global: globalKeys(panes), panes: panes.map { KeyTable.Section(pane: $0.name, bindings: $0.bindings) })
    }

    /// Index of the focused pane.
    var focus: Int { panes.firstIndex { $0.name == layout.focused } ?? 0 }
    var pane: any Pane { panes[focus] }
    /// The pane of that name; the focused one where there is none.
    func pane(_ name: PaneName) -> any Pane { panes.first { $0.name == name } ?? pane }

    /// What the next session is to begin with.
    public var view: ViewState {
        var state = ViewState(layout: layout, theme: chosenTheme, configuredTheme: configuredTheme, hasMouse: hasMouse)
        state.history = history
        for pane in panes where !pane.memory.isEmpty { state.panes[pane.name.rawValue] = pane.memory }
        return state
    }

    // MARK: In

    /// A key was pressed.
    public mutating func handle(_ key: Key) -> [Effect] {
        message = nil
        switch overlay {
        case .question(let question): return answer(question, key)
        case .help(let search, let scroll):
            scrollHelp(search, scroll, key)
            return []
        case .palette(let palette): return type(key, into: palette)
        case .themes(let chooser): return choose(key, in: chooser)
        case nil: break
        }
        if pane.entry != nil { return settled(panes[focus].type(key, models)) }
        guard let command = keys.command(for: key, in: layout.focused) else {
            if case .paste = key {
                hint("text is pasted into a field: \(models.keys[.filter]) or \(models.keys[.palette]) opens one")
            } else {
                hint("\(key.name) means nothing here; \(models.keys[.help]) shows the keys")
            }
            return []
        }
        return perform(command)
    }

    /// Does what a key asks for, or says why it can do nothing now.
    public mutating func perform(_ command: Command) -> [Effect] {
        if let obstacle = obstacle(command, in: layout.focused) {
            hint(obstacle)
            return []
        }
        if keys.global.contains(where: { $0.command == command }) { return settled(performGlobal(command) + appeared()) }
        let wasAvailable = pane.isAvailable(command, models)
        let effects = settled(panes[focus].handle(command, models))
        // A pane that neither acts nor says why: its key's own help is better than silence.
        if !wasAvailable, effects.isEmpty, message == nil, overlay == nil,
            let binding = keys.bindings(of: layout.focused).first(where: { $0.command == command })
        {
            hint("not now: \(binding.help)")
        }
        return effects
    }

    /// Tells the panes on the screen that they are there.
    private mutating func appeared() -> [Effect] {
        var effects: [Effect] = []
        for index in panes.indices where layout.panes.contains(panes[index].name) {
            guard var live = panes[index] as? any LivePane else { continue }
            effects += live.appear(models)
            panes[index] = live
        }
        return effects
    }

    /// Seconds to the next `tick`, nil while nothing on the screen moves.
    public var interval: Double? {
        guard overlay == nil else { return nil }
        return panes.compactMap { layout.panes.contains($0.name) ? ($0 as? any LivePane)?.interval(models) : nil }.min()
    }

    /// The interval is over.
    public mutating func tick() -> [Effect] {
        var effects: [Effect] = []
        for index in panes.indices where layout.panes.contains(panes[index].name) {
            guard var live = panes[index] as? any LivePane, live.interval(models) != nil else { continue }
            effects += live.tick(models)
            panes[index] = live
        }
        return settled(effects)
    }

    mutating func quit() -> [Effect] {
        guard let localRun, let run = models[TrainView.self].runs.first(where: { $0.id == localRun }), run.state.isLive else {
            return [.quit(stoppingRun: false)]
        }
        let isPaused = run.state == .paused
        overlay = .question(
            Question(
                isPaused ? "Run \(run.id) is paused" : "Run \(run.id) is still training",
                "It lives in this process and ends with it. "
                    + (isPaused
                        ? "Kept, it is saved and stays paused in a process of its own, until it is told to go on."
                        : "Kept running, it is saved after this step and goes on from there in a process of its own."),
                [
                    Question.Choice(
                        .character("k"), isPaused ? "keep it paused, detached" : "keep running detached",
                        [.say(isPaused ? "saving…" : "saving after this step…"), .detach]),
                    Question.Choice(
                        .character("s"), "stop, save and leave",
                        [.say(isPaused ? "stopping…" : "stopping after this step…"), .quit(stoppingRun: true)]),
                ]))
        return []
    }

    /// A model came; it replaces the one of its kind.
    public mutating func receive(_ model: any PaneModel) -> [Effect] {
        if let notice = model as? Notice {
            say(notice.text)
            return []
        }
        models.set(model)
        var effects: [Effect] = []
        for index in panes.indices { effects += panes[index].receive(models) }
        return settled(effects + appeared())
    }

    /// Says it in the bottom line, and keeps it for the Log pane.
    public mutating func say(_ text: String) {
        message = text
        var kept = models[ScreenMessages.self]
        kept.add(text, at: clock())
        models.set(kept)
    }

    /// Lists in the Log what is wrong in the user's files, and says the first.
    mutating func tellProblems() {
        guard let first = problems.first else { return }
        var kept = models[ScreenMessages.self]
        for problem in problems { kept.add("\(problem)", at: clock(), level: .warning) }
        models.set(kept)
        hint(
            "\(first)" + (problems.count > 1 ? " (and \(problems.count - 1) more: \(models.keys[.pane(.log)]) lists them)" : "")
        )
    }

    /// Says why a key did nothing: in the bottom line only, a log of such would bury the rest.
    mutating func hint(_ text: String) { message = text }

    mutating func clearMessage() { message = nil }

    private mutating func answer(_ question: Question, _ key: Key) -> [Effect] {
        if let choice = question.choices.first(where: { $0.key == key }) {
            overlay = nil
            return settled(choice.effects)
        }
        if key == .escape || key == .character("c") || key == .character("q") { overlay = nil }
        return []
    }

    mutating func scrollHelp(_ search: TextEntry, _ scroll: Int, _ key: Key) {
        var search = search
        let count = keys.help(matching: search.text).count
        func moved(_ by: Int) -> Overlay { .help(search: search, scroll: max(0, min(scroll + by, count - 1))) }
        switch key {
        case .escape: overlay = search.text.isEmpty ? nil : .help(search: TextEntry(), scroll: 0)
        case .enter, .character("?"): overlay = nil
        case .up: overlay = moved(-1)
        case .down: overlay = moved(1)
        case .pageUp: overlay = moved(-max(1, body.height - 6))
        case .pageDown: overlay = moved(max(1, body.height - 6))
        default:
            let before = search.text
            if search.edit(key) { overlay = .help(search: search, scroll: search.text == before ? scroll : 0) }
        }
    }

    /// Does what the workbench does itself, hands on the rest.
    mutating func settled(_ effects: [Effect]) -> [Effect] { performed(effects) + showing() }

    /// What the panes on the screen show, where that is no longer what the feed was told.
    private mutating func showing() -> [Effect] {
        let requests = panes.filter { layout.panes.contains($0.name) }.flatMap { $0.shows(models) }
        guard !requests.elementsEqual(shown, by: { $0.isSame(as: $1) }) else { return [] }
        shown = requests
        return [.show(requests)]
    }

    private mutating func performed(_ effects: [Effect]) -> [Effect] {
        var rest: [Effect] = []
        for effect in effects {
            switch effect {
            case .say(let text): say(text)
            case .confirm(let question): overlay = .question(question)
            case .open(let name, let topic):
                guard let index = panes.firstIndex(where: { $0.name == name }) else { continue }
                if name != layout.focused { trail.append(layout.focused) }
                layout.show(name)
                rest += performed(panes[index].open(topic, models) + appeared())
            case .back:
                if let last = trail.popLast() { layout.show(last) } else { hint("there is no pane to go back to") }
                rest += performed(appeared())
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
        screen = (width, height)
        (body, footerCells) = (Rect(x: 0, y: 0, width: 0, height: 0), [])
        guard width >= Workbench.smallest.width, height >= Workbench.smallest.height else {
            let need = "emolab needs \(Workbench.smallest.width)x\(Workbench.smallest.height)"
            grid.text(CellText.width(need) <= width ? need : "too small", x: 0, y: 0, look[.muted], limit: width)
            return grid.converted(to: look.glyphs)
        }
        let (top, rest) = grid.bounds.splitTop(1)
        let (middle, bottom) = rest.splitTop(rest.height - 1)
        body = middle
        if isAccessible { return drawLinear(width: width, height: height) }
        grid.clipped(to: top) { drawHeadline(into: &$0, top) }
        for (name, place) in layout.places(in: body) {
            guard let index = panes.firstIndex(where: { $0.name == name }) else { continue }
            drawPane(index, into: &grid, place, isFocused: overlay == nil && name == layout.focused)
        }
        drawOverlay(into: &grid)
        let footer = messageRect(in: rest) ?? bottom
        grid.clipped(to: footer) { drawFooter(into: &$0, footer) }
        return grid.converted(to: look.glyphs)
    }

    private mutating func drawOverlay(into grid: inout CellGrid) {
        let body = body
        switch overlay {
        case .help(let search, let scroll): grid.clipped(to: body) { drawHelp(into: &$0, body, search, scroll) }
        case .question(let question): grid.clipped(to: body) { drawQuestion(into: &$0, body, question) }
        case .palette(let palette): grid.clipped(to: body) { drawPalette(into: &$0, body, palette) }
        case .themes(let chooser): grid.clipped(to: body) { chooser.draw(into: &$0, body, look) }
        case nil: break
        }
    }

    /// Headline, footer, and what is open or focused as lines of words, however wide the window is.
    private mutating func drawLinear(width: Int, height: Int) -> CellGrid {
        let lines = linearLines(width: max(width, 100), height: max(height, 36))
        var grid = blank(width, height)
        let headline = CellText.wrapped(lines.first ?? "", width).prefix(height > 12 ? 2 : 1)
        for (row, line) in headline.enumerated() { grid.text(line, x: 0, y: row, look[.text], limit: width) }
        let body = grid.bounds.splitTop(headline.count).1
        var rows: [String] = []
        for line in lines.dropFirst().dropLast() { rows += CellText.wrapped(line, width) }
        // The row under the cursor is always there.
        let selected = rows.firstIndex { $0.hasPrefix("> ") }
        let room = body.height - 1
        let first = TableView.window(offset: 0, selected: selected, count: rows.count, height: room)
        for (row, line) in rows.dropFirst(first).prefix(room).enumerated() {
            grid.text(line, x: 0, y: body.y + row, look[.text], limit: width)
        }
        grid.text(lines.last ?? "", x: 0, y: height - 1, look[.text], limit: width)
        return grid.converted(to: look.glyphs)
    }

    /// The screen as lines to be read aloud: the headline, the focused pane or what is open over it, the footer.
    public mutating func linearLines(width: Int, height: Int) -> [String] {
        look.isReadAloud = true
        defer { look.isReadAloud = false }
        var grid = blank(width, height)
        let (top, rest) = grid.bounds.splitTop(1)
        let (middle, bottom) = rest.splitTop(rest.height - 1)
        body = middle
        drawHeadline(into: &grid, top)
        if overlay == nil { drawPane(focus, into: &grid, middle, isFocused: true) }
        drawFooter(into: &grid, bottom)
        footerCells = []
        drawOverlay(into: &grid)
        return grid.linear(selection: look[.selection])
    }

    /// The focused pane alone, for export: no footer, no overlay.
    public mutating func drawPane(width: Int, height: Int) -> CellGrid {
        var grid = blank(width, height)
        let (top, body) = grid.bounds.splitTop(height > 3 ? 1 : 0)
        drawHeadline(into: &grid, top)
        drawPane(focus, into: &grid, body, isFocused: false)
        return grid.converted(to: look.glyphs)
    }

    private func blank(_ width: Int, _ height: Int) -> CellGrid {
        CellGrid(width: width, height: height, fill: Cell(" ", background: look.theme.background))
    }
}
