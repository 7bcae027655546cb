// The command palette: one line, and the commands whose words fit it.
import Records
import Viz

/// What the palette shows between two keys.
struct Palette: Sendable {
    var entry = TextEntry()
    var selected = 0
    static let historyLimit = 50
    static let mostRows = 200
}

/// A line of the palette.
struct PaletteItem: Sendable, Equatable {
    enum Action: Sendable, Equatable {
        /// A command of the key table, in the pane with that index where it is no global one.
        case command(Command, pane: PaneName?)
        /// A command with a word, such as `theme light`.
        case line(String)
        /// Puts the text into the entry: more is to be typed.
        case complete(String)
    }

    var title: String
    /// The pane, `recent`, or what an argument is.
    var place = ""
    var keys = ""
    var action: Action
    /// Does something now.
    var isAvailable = true

    /// As history keeps it; nil where there is nothing to run.
    var line: String? {
        switch action {
        case .command(let command, _): "." + command.rawValue
        case .line(let text): text
        case .complete: nil
        }
    }
}

/// A command that wants a word.
struct PaletteVerb: Sendable {
    var name: String
    /// What the word is, in capitals.
    var argument: String
    var help: String

    static let all = [
        PaletteVerb(name: "run", argument: "NUMBER", help: "Show another run in every pane"),
        PaletteVerb(name: "clip", argument: "NAME", help: "Open a clip"),
        PaletteVerb(name: "set", argument: "KEY VALUE", help: "Change a live setting of the shown run from its next step on"),
        PaletteVerb(name: "theme", argument: "NAME", help: "Draw with a theme"),
        PaletteVerb(name: "colors", argument: "none|16|256|24bit", help: "Draw with so many colours"),
        PaletteVerb(name: "glyphs", argument: "braille|blocks|ascii", help: "Draw with these characters"),
        PaletteVerb(name: "export", argument: "txt|ansi|svg|png|csv", help: "Write the focused pane to a file"),
    ]
}

extension Workbench {
    // MARK: Keys

    mutating func type(_ key: Key, into palette: Palette) -> [Effect] {
        var palette = palette
        let items = paletteItems(palette.entry.text)
        palette.selected = max(0, min(palette.selected, items.count - 1))
        let page = max(1, paletteRows - 1)
        switch key {
        case .escape:
            overlay = nil
            return []
        case .up: palette.selected = max(0, palette.selected - 1)
        case .down: palette.selected = max(0, min(palette.selected + 1, items.count - 1))
        case .pageUp: palette.selected = max(0, palette.selected - page)
        case .pageDown: palette.selected = max(0, min(palette.selected + page, items.count - 1))
        case .tab, .enter:
            guard items.indices.contains(palette.selected) else {
                guard key == .enter, Self.verb(in: palette.entry.text) != nil else { return [] }
                // No choice has such letters: the command itself says what is wrong with them.
                overlay = nil
                return settled(run(line: palette.entry.text.trimmingSpaces))
            }
            let item = items[palette.selected]
            if case .complete(let text) = item.action {
                palette = Palette(entry: TextEntry(text))
            } else if key == .tab {
                if case .line(let text) = item.action { palette = Palette(entry: TextEntry(text)) }
            } else {
                return run(item)
            }
        default:
            let before = palette.entry.text
            guard palette.entry.edit(key) else { return [] }
            if palette.entry.text != before { palette.selected = 0 }
        }
        overlay = .palette(palette)
        return []
    }

    // MARK: What there is

    /// The command that a typed text begins with, and the word behind it; nil where it has none yet.
    private static func verb(in text: String) -> (verb: PaletteVerb, word: String)? {
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let verb = PaletteVerb.all.first(where: { $0.name == parts[0].lowercased() }) else { return nil }
        return (verb, parts[1].trimmingSpaces)
    }

    /// The lines for a typed text, the best first.
    func paletteItems(_ text: String) -> [PaletteItem] {
        if let (verb, word) = Self.verb(in: text) { return arguments(of: verb, word) }
        let all =
            commandItems()
            + PaletteVerb.all.map { verb in
                PaletteItem(title: "\(verb.name) \(verb.argument) — \(verb.help)", action: .complete(verb.name + " "))
            }
        let typed = text.trimmingSpaces
        guard !typed.isEmpty else {
            let recent = history.prefix(5).compactMap { item(ofLine: $0, among: all) }
            return recent + all.filter { item in !recent.contains { $0.action == item.action } }
        }
        let scored = all.enumerated().compactMap { index, item -> (Int, Int, PaletteItem)? in
            guard let match = FuzzyMatch(typed, in: PaletteText.searched(item)) else { return nil }
            return (match.score - (item.isAvailable ? 0 : 512), index, item)
        }
        // Letters that are strewn over a sentence fit nearly any: beside a good match they are noise.
        let best = scored.map(\.0).max() ?? 0
        return scored.filter { best <= 0 || $0.0 * 5 >= best * 2 }.sorted { $0.0 != $1.0 ? $0.0 > $1.0 : $0.1 < $1.1 }.map(\.2)
    }

    /// Every command of the key table: those of the focused pane, those of everywhere, those of other panes.
    private func commandItems() -> [PaletteItem] {
        func items(_ bindings: [KeyBinding], pane name: PaneName?) -> [PaletteItem] {
            bindings.map { binding in
                PaletteItem(
                    title: binding.help, place: name?.title ?? "", keys: binding.keys.map(\.name).joined(separator: " "),
                    action: .command(binding.command, pane: name), isAvailable: isAvailable(binding.command, in: name ?? layout.focused))
            }
        }
        var all = items(keys.bindings(of: layout.focused), pane: layout.focused)
        all += items(keys.global.filter { $0.command != .palette }, pane: nil)
        // A table's keys are in every pane that has one: here they are once.
        let own = Set(keys.bindings(of: layout.focused).map(\.command))
        for name in panes.map(\.name) where name != layout.focused {
            all += items(keys.bindings(of: name).filter { !own.contains($0.command) }, pane: name)
        }
        return all.filter(\.isAvailable) + all.filter { !$0.isAvailable }
    }

    private func item(ofLine line: String, among all: [PaletteItem]) -> PaletteItem? {
        if line.hasPrefix(".") {
            guard var item = all.first(where: { $0.line == line }) else { return nil }
            item.place = item.place.isEmpty ? "recent" : item.place
            return item
        }
        return PaletteItem(title: line, place: "recent", action: .line(line))
    }

    /// What can stand after a verb, those that fit what is typed.
    private func arguments(of verb: PaletteVerb, _ typed: String) -> [PaletteItem] {
        func choices(_ words: [(word: String, detail: String)]) -> [PaletteItem] {
            let matched: [(score: Int, item: PaletteItem)] = words.compactMap { word, detail in
                let item = PaletteItem(title: "\(verb.name) \(word)", place: detail, action: .line("\(verb.name) \(word)"))
                if typed.isEmpty { return (0, item) }
                let exact = word.lowercased() == typed.lowercased() ? 1 << 20 : 0
                return FuzzyMatch(typed, in: "\(word) \(detail)").map { ($0.score + exact, item) }
            }
            // Stable: equal ones stay in their order.
            return matched.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.prefix(Palette.mostRows)
                .map(\.element.item)
        }
        switch verb.name {
        case "run": return choices(models[TrainView.self].runs.map { ("\($0.id)", $0.title) })
        case "clip":
            let rows = models[CorporaView.self].rows
            // Plain words first: a store has tens of thousands of clips, and each key looks through all.
            let wanted = typed.lowercased()
            let close =
                wanted.isEmpty
                ? Array(rows.prefix(Palette.mostRows))
                : rows.lazy.filter { $0.id.lowercased().contains(wanted) }.prefix(Palette.mostRows).map(\.self)
            return choices(close.map { ($0.id, $0.emotion) })
        case "theme":
            return choices(themes.map { ($0.name, $0.name == theme.name ? "now" : "") } + brokenThemes.map { ($0.name, "broken") })
        case "colors": return choices(ColourDepth.allCases.reversed().map { ($0.name, $0 == look.colours ? "now" : "") })
        case "glyphs": return choices(GlyphLadder.allCases.map { ($0.rawValue, $0 == look.glyphs ? "now" : "") })
        case "export":
            return choices(ExportFormat.allCases.map { ($0.rawValue, "") } + (pane.table(models) == nil ? [] : [("csv", "the numbers")]))
        default: return settings(typed)
        }
    }

    /// `set KEY VALUE`: the keys first, then the whole line.
    private func settings(_ typed: String) -> [PaletteItem] {
        let parts = typed.split(separator: " ", maxSplits: 1).map(String.init)
        if parts.count == 2, let key = models[ExperimentEditing.self].liveKey(parts[0]) {
            let run = models[TrainView.self].run
            return [
                PaletteItem(
                    title: "set \(key) \(parts[1])", place: run.map { "run \($0.id)" } ?? "no run",
                    action: .line("set \(parts[0]) \(parts[1])"),
                    isAvailable: run?.state.isLive ?? false)
            ]
        }
        let matched = models[ExperimentEditing.self].liveKeys.compactMap { key in
            FuzzyMatch(parts.first ?? "", in: key).map { (key: key, score: $0.score) }
        }
        return (parts.isEmpty ? matched : matched.sorted { $0.score > $1.score }).map {
            PaletteItem(title: "set \($0.key) …", place: "value", action: .complete("set \($0.key) "))
        }
    }

    // MARK: Running

    private mutating func run(_ item: PaletteItem) -> [Effect] {
        guard item.isAvailable else {
            let reason: String? =
                switch item.action {
                case .command(let command, let name): obstacle(command, in: name ?? layout.focused)
                // A line that can do nothing is an order to a run that takes none.
                case .line: obstacle(.pause, in: layout.focused)
                case .complete: nil
                }
            hint(reason ?? "not now: \(item.title)")
            return []
        }
        overlay = nil
        if let line = item.line { remember(line) }
        switch item.action {
        case .command(let command, let name):
            var effects: [Effect] = []
            if let name, name != layout.focused { effects = show(name) }
            return effects + perform(command)
        case .line(let line): return settled(run(line: line))
        case .complete: return []
        }
    }

    private mutating func remember(_ line: String) {
        history.removeAll { $0 == line }
        history.insert(line, at: 0)
        history = Array(history.prefix(Palette.historyLimit))
    }

    /// Runs a command with its word, such as `theme light`; says what is wrong with it where something is.
    public mutating func run(line: String) -> [Effect] {
        let parts = line.split(separator: " ", maxSplits: 1).map { String($0).trimmingSpaces }
        guard parts.count == 2 else { return said("\(line): a word is missing") }
        let (verb, word) = (parts[0], parts[1])
        let view = models[TrainView.self]
        switch verb {
        case "run":
            guard let run = view.runs.first(where: { "\($0.id)" == word }) else { return said("there is no run \(word)") }
            return [.ask(RunRequest(run: run.id))]
        case "clip":
            guard let row = models[CorporaView.self].rows.first(where: { $0.id == word || $0.name == word }) else {
                return said("there is no clip \(word)")
            }
            return [.open(pane: .clip, ClipTopic(clips: [row.id], position: 0, list: "palette"))]
        case "set":
            let setting = word.split(separator: " ", maxSplits: 1).map(String.init)
            guard setting.count == 2, let key = models[ExperimentEditing.self].liveKey(setting[0]) else {
                return said("live settings are \(models[ExperimentEditing.self].liveKeys.joined(separator: ", "))")
            }
            guard let run = view.run, run.state.isLive else { return said("no run is training: the setting would reach nobody") }
            return [.issue(.set(key: key, value: setting[1]), run: run.id), .say("ordered for run \(run.id): \(key) = \(setting[1])")]
        case "theme":
            guard let wanted = themes.first(where: { $0.name == word }) else {
                return said(brokenThemes.first { $0.name == word }.map { "\($0.problem)" } ?? "there is no theme \(word)")
            }
            use(wanted)
            chosenTheme = wanted.name
            return []
        case "colors":
            guard let depth = ColourDepth(name: word) else { return said("colors are none, 8, 16, 256 or 24bit") }
            guard depth <= limits.colours else {
                return said("this terminal shows \(limits.colours.name) colours; `emolab --colors \(depth.name)` opens it for more")
            }
            look = Look(theme: theme, colours: depth, glyphs: look.glyphs)
            return []
        case "glyphs":
            guard let ladder = GlyphLadder(rawValue: word) else { return said("glyphs are braille, blocks or ascii") }
            guard limits.isUTF8 || ladder == .ascii else { return said("the locale is not UTF-8: it has ASCII only") }
            look.glyphs = ladder
            return []
        case "export":
            if word == "csv" {
                return pane.table(models).map { [.exportTable($0)] } ?? said("\(pane.name.title) has no numbers to write now")
            }
            guard let format = ExportFormat(rawValue: word) else { return said("formats are txt, ansi, svg, png and csv") }
            return [.export(format)]
        default: return said("there is no command \(verb)")
        }
    }

    private mutating func said(_ text: String) -> [Effect] {
        say(text)
        return []
    }

    // MARK: Drawing

    /// Rows of the list in the last drawn body.
    private var paletteRows: Int { max(1, min(body.height - (hasPaletteFrame ? 4 : 1), 14)) }
    /// In a very small window the lines need the room of the frame.
    private var hasPaletteFrame: Bool { body.height >= 8 }

    func drawPalette(into grid: inout CellGrid, _ body: Rect, _ palette: Palette) {
        let items = paletteItems(palette.entry.text)
        let selected = max(0, min(palette.selected, items.count - 1))
        let rows = paletteRows
        let width = min(body.width, max(24, min(92, body.width - 4)))
        let rect =
            hasPaletteFrame
            ? Rect(
                x: body.x + (body.width - width) / 2, y: body.y + min(2, max(0, (body.height - rows - 4) / 2)), width: width,
                height: min(body.height, rows + 4))
            : body
        grid.fill(rect, Cell(" ", background: look.theme.background))
        let right = items.isEmpty ? "" : Numbers.counted(items.count, "command")
        let inner =
            hasPaletteFrame
            ? Box("run", right: right, isFocused: true).draw(into: &grid, rect, look).inset(vertically: 0) : body.inset(vertically: 0)
        let used = grid.text(": ", x: inner.x, y: inner.y, look[.muted], limit: inner.width)
        TextField(palette.entry).draw(into: &grid, x: inner.x + used, y: inner.y, width: inner.width - used, look[.text], look)
        let list = inner.splitTop(hasPaletteFrame ? 2 : 1).1
        let nothing =
            Self.verb(in: palette.entry.text).map { "\($0.verb.name) takes nothing with these letters" } ?? "no command has these words"
        if items.isEmpty { grid.text(nothing, x: list.x, y: list.y, look[.muted], limit: list.width) }
        let first = TableView.window(offset: 0, selected: selected, count: items.count, height: list.height)
        for (row, item) in items.dropFirst(first).prefix(list.height).enumerated() {
            draw(
                item, palette.entry.text, into: &grid, Rect(x: list.x, y: list.y + row, width: list.width, height: 1),
                isSelected: first + row == selected)
        }
    }

    private func draw(_ item: PaletteItem, _ typed: String, into grid: inout CellGrid, _ rect: Rect, isSelected: Bool) {
        if isSelected { grid.tint(Rect(x: rect.x - 1, y: rect.y, width: rect.width + 2, height: 1), look[.selection]) }
        let under = isSelected ? look[.selection] : Ink.plain
        let tail = rect.width >= 50 ? min(26, rect.width / 3) : rect.width >= 34 ? 8 : 0
        let ink = (item.isAvailable ? look[.text] : look[.muted]).on(under)
        grid.text(item.title, x: rect.x, y: rect.y, ink, limit: rect.width - tail - (tail > 0 ? 2 : 0))
        // What was typed stands out where it is in the title.
        if let match = FuzzyMatch(typed, in: item.title), item.isAvailable {
            let glyphs = CellText.glyphs(item.title)
            var x = rect.x
            for (place, glyph) in glyphs.enumerated() {
                if match.places.contains(place), x < rect.endX - tail - 3 { grid.put(glyph.glyph, x: x, y: rect.y, ink.with(.bold)) }
                x += glyph.width
            }
        }
        guard tail > 0 else { return }
        if tail < 20 {
            grid.textRight(item.keys.isEmpty ? item.place : item.keys, endX: rect.endX, y: rect.y, look[.muted].on(under), limit: tail)
        } else {
            grid.textRight(item.place, endX: rect.endX - 13, y: rect.y, look[.muted].on(under), limit: tail - 13)
            grid.textRight(item.keys, endX: rect.endX, y: rect.y, look[.text].on(under), limit: 11)
        }
    }
}

enum PaletteText {
    /// What is searched: the words, the pane, and the command's own name.
    static func searched(_ item: PaletteItem) -> String {
        guard case .command(let command, _) = item.action else { return item.title }
        return "\(item.title) \(item.place) \(command.rawValue)"
    }
}

extension String {
    var trimmingSpaces: String {
        var text = Substring(self)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
