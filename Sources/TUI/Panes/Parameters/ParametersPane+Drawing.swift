// How the form is drawn: sections and rows, the names to choose from, and what is known of the key under the cursor.
import Records
import Viz

extension ParametersPane {
    public func state(_ models: Models) -> PaneState {
        let view = models[ParametersView.self]
        guard view.isLoaded else { return .readingStore }
        guard let run = view.run else {
            return .empty("No runs yet", ["emolab train EXPERIMENT.toml starts one;", "its parameters are shown and changed here."])
        }
        guard view.experiment != nil else {
            let reason = [view.problem ?? "", "It was written by another version of emolab."]
            return .failed("The experiment of run \(run.id) cannot be read", reason)
        }
        return .ready
    }

    public mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
        let view = models[ParametersView.self]
        let isBoxed = rect.height >= 6 && rect.width >= 24
        let hasDetails = rect.height >= 18 && rect.width >= 40
        let (form, details) =
            hasDetails ? rect.splitTop(rect.height - (rect.height >= 26 ? 6 : 5)) : (rect, Rect(x: 0, y: 0, width: 0, height: 0))
        var inner = form
        if isBoxed {
            inner = Box(title(view), key: key, right: state(view, look), isFocused: isFocused).draw(into: &grid, form, look).inset(
                vertically: 0)
        }
        if !hasDetails, inner.height > 2 {
            let (upper, line) = inner.splitTop(inner.height - 1)
            inner = upper
            let first = detailLines(view, look).first ?? []
            grid.spans(first, x: line.x, y: line.y, limit: line.width)
        }
        if case .name(let entry) = editing {
            let (line, rest) = inner.splitTop(1)
            let used = grid.text("name of the copy ", x: line.x, y: line.y, look[.muted], limit: line.width)
            drawTyped(entry, into: &grid, Rect(x: line.x + used, y: line.y, width: max(1, line.width - used), height: 1), look[.text], look)
            inner = rest
        }
        inner = list.drawFilter(into: &grid, inner, look)
        if list.visible.isEmpty {
            let words = list.hasFilter ? "No key matches" : "Every key stands at its default"
            grid.notice(
                Span(words, look[.muted]),
                list.hasFilter ? ["\(models.keys[.clearFilter]) clears the filter."] : ["\(models.keys[.showChanged]) shows all keys."],
                in: inner, look)
        } else {
            drawRows(into: &grid, inner, view, look)
        }
        if hasDetails { drawDetails(into: &grid, details, view, look) }
    }

    private func title(_ view: ParametersView) -> String {
        guard let run = view.run else { return name.title }
        return "\(name.title) · run \(run.id) “\(CellText.fitted(run.name, 30))”" + (run.parent.map { ", child of \($0)" } ?? "")
    }

    private func state(_ view: ParametersView, _ look: Look) -> [Span] {
        guard let draft else { return [] }
        var spans: [Span] = []
        if showsChanged { spans.append(Span("changed only", look[.muted])) }
        let count = rows.count(where: \.isEdited)
        if count > 0 { spans.append(Span((spans.isEmpty ? "" : "   ") + "\(count) edited", look[.text])) }
        if draft.problem != nil { spans.append(Span("   ✗ invalid", look[.bad])) }
        return spans
    }

    // MARK: Rows

    private enum Line { case section(String), row(Int) }

    private mutating func drawRows(into grid: inout CellGrid, _ rect: Rect, _ view: ParametersView, _ look: Look) {
        let hasSections = rect.height >= 8
        var lines: [Line] = [], selected = 0, section: String?
        for (place, index) in list.visible.enumerated() {
            if hasSections, rows[index].key.section != section {
                section = rows[index].key.section
                // Keys at the top of a file have no section of their own.
                if let section, !section.isEmpty { lines.append(.section(section)) }
            }
            if place == list.selected { selected = lines.count }
            lines.append(.row(index))
        }
        // A narrow form has names and values, and nothing else.
        let isNarrow = rect.width < 60, keyWidth = isNarrow ? max(6, (rect.width - 7) * 11 / 20) : 23
        var columns = [
            TableColumn("", width: 1), TableColumn("key", width: keyWidth),
            TableColumn("value", width: isNarrow ? max(1, rect.width - keyWidth - 7) : 20, isFlexible: true),
            TableColumn("default", width: 12, giveWay: 2),
        ]
        if view.parentExperiment != nil { columns.append(TableColumn("parent", width: 12, giveWay: 3)) }
        columns += [
            TableColumn("unit", width: 7, giveWay: 4), TableColumn("range", width: 24, giveWay: 5),
            TableColumn("effect", width: 9, giveWay: 1),
            TableColumn("what it is", width: 60, giveWay: 6),
        ]
        let body = rect.height >= 3 ? rect.height - 1 : rect.height
        drawn = []
        list.pageHeight = max(1, body - 1)
        // The first row's heading is worth a line: the very top is shown where the cursor is on it.
        if list.selected == 0 { list.offset = 0 }
        let first = TableView.window(offset: list.offset, selected: selected, count: lines.count, height: body)
        list.offset = TableView(columns: columns, rowCount: lines.count, selected: selected, offset: first).draw(into: &grid, rect, look) {
            line in
            switch lines[line] {
            case .section(let name): return [Span(" "), Span(name, look[.title])]
            case .row(let index): return cells(rows[index], hasSections, isNarrow, view, look)
            }
        }
        for row in 0..<min(body, lines.count - list.offset) {
            if case .row(let index) = lines[list.offset + row] { drawn.append((rect.endY - body + row, index)) }
        }
        guard rect.height >= 2 else { return }
        // Value cells start behind the mark and the key.
        let x = rect.x + 1 + 2 + keyWidth + 2, y = rect.y + (rect.height >= 3 ? 1 : 0) + selected - list.offset
        switch editing {
        case .value(_, let entry):
            let room = rect.width - (lines.count > body && rect.width >= 12 ? 2 : 0) - (x - rect.x)
            guard room >= 4 else {
                return drawTyped(entry, into: &grid, Rect(x: rect.x, y: y, width: rect.width, height: 1), look[.text], look)
            }
            let ink = complaint == nil ? look[.text].with(.bold) : look[.bad]
            drawTyped(entry, into: &grid, Rect(x: x, y: y, width: min(room, max(20, CellText.width(entry.text) + 1)), height: 1), ink, look)
        case .choice(let name, let names, let chosen):
            drawChoices(into: &grid, rect, y: y, x: min(x, max(rect.x, rect.endX - 24)), name, names, chosen, look)
        case .name, nil: break
        }
    }

    private func cells(_ row: ParameterRow, _ hasSections: Bool, _ isNarrow: Bool, _ view: ParametersView, _ look: Look) -> [Span] {
        func value(_ text: String, _ ink: Ink) -> Span { text.isEmpty ? Span("–", look[.border]) : Span(text, ink) }
        let isAtFault = draft?.problem?.key == row.key.name
        let mark =
            isAtFault
            ? Span("✗", look[.bad])
            : row.isEdited ? Span("*", look[.text].with(.bold)) : row.differsFromParent ? Span("▌", look[.target]) : Span(" ")
        let ink = isAtFault ? look[.bad] : row.isEdited ? look[.text].with(.bold) : row.value != row.standard ? look[.text] : look[.muted]
        let parts = row.key.name.split(separator: ".")
        let name = hasSections ? (parts.count > 1 ? "  " : "") + row.key.shortName : parts.suffix(isNarrow ? 1 : 2).joined(separator: ".")
        let effect: Ink =
            switch row.key.effect {
            case .live: view.run?.state.isLive == true ? look[.good] : look[.text]
            case .onResume: look[.text]
            case .newRun: look[.muted]
            }
        let parent = row.parent.map { [value($0, row.differsFromParent ? look[.target] : look[.muted])] } ?? []
        return [mark, Span(name, look[.text]), value(row.value, ink), value(row.standard, look[.muted])] + parent + [
            Span(row.key.unit ?? "", look[.muted]), Span(row.key.takes, look[.muted]), Span(row.key.effect.rawValue, effect),
            Span(row.key.help, look[.muted]),
        ]
    }

    private func drawTyped(_ entry: TextEntry, into grid: inout CellGrid, _ rect: Rect, _ ink: Ink, _ look: Look) {
        grid.fill(rect)
        grid.tint(rect, look[.selection])
        TextField(entry).draw(into: &grid, x: rect.x, y: rect.y, width: rect.width, ink, look, under: look[.selection])
    }

    private func drawChoices(
        into grid: inout CellGrid, _ rect: Rect, y: Int, x: Int, _ name: String, _ names: [String], _ chosen: Int, _ look: Look
    ) {
        let width = min(rect.endX - x, max(14, (names.map(CellText.width).max() ?? 0) + 6))
        let height = min(names.count + 2, rect.height)
        let top = min(max(rect.y, y - chosen - 1), rect.endY - height)
        let frame = Rect(x: x, y: top, width: width, height: height)
        grid.fill(frame, Cell(" ", background: look.theme.background))
        let inner = Box(shortName(name), isFocused: true).draw(into: &grid, frame, look).inset(vertically: 0)
        let first = TableView.window(offset: 0, selected: chosen, count: names.count, height: inner.height)
        for row in 0..<min(inner.height, names.count - first) {
            let isChosen = first + row == chosen
            if isChosen { grid.tint(Rect(x: inner.x, y: inner.y + row, width: inner.width, height: 1), look[.selection]) }
            let ink = isChosen ? look[.text].on(look[.selection]) : look[.muted]
            grid.text((isChosen ? "▸ " : "  ") + names[first + row], x: inner.x, y: inner.y + row, ink, limit: inner.width)
        }
    }

    private func shortName(_ name: String) -> String { String(name.split(separator: ".").last ?? "") }

    // MARK: Mouse, clipboard, export

    public mutating func click(x: Int, y: Int, _ models: Models) -> [Effect] {
        guard editing == nil, let index = drawn.first(where: { $0.y == y })?.index, rows.indices.contains(index) else { return [] }
        list.select(id: rows[index].id, rows)
        return []
    }

    /// The line that a file would have for it.
    public func copyText(_ models: Models) -> String? { selectedRow.flatMap { try? $0.key.override($0.value) } }

    public func table(_ models: Models) -> PaneTable? { rows.isEmpty ? nil : list.table(rows) }

    public var memory: PaneMemory { showsChanged ? ["changed": "only"] : [:] }
    public mutating func restore(_ memory: PaneMemory) { if memory["changed"] == "only", !showsChanged { showsChanged = true } }

    // MARK: Details

    private func drawDetails(into grid: inout CellGrid, _ rect: Rect, _ view: ParametersView, _ look: Look) {
        let inner = Box(selectedRow?.key.name ?? "").draw(into: &grid, rect, look).inset(vertically: 0)
        for (row, line) in detailLines(view, look).prefix(inner.height).enumerated() {
            grid.spans(line, x: inner.x, y: inner.y + row, limit: inner.width)
        }
    }

    /// The most important first: what is wrong, what the key is, what it takes, what stands elsewhere, what became of orders.
    private func detailLines(_ view: ParametersView, _ look: Look) -> [[Span]] {
        guard let row = selectedRow else { return [] }
        var lines: [[Span]] = []
        if let complaint, case .value = editing {
            lines.append([Span("✗ " + complaint, look[.bad])])
        } else if let problem = draft?.problem {
            lines.append([Span("✗ no run could start so: \(problem)", look[.bad])])
        }
        lines.append([Span(row.key.help, look[.text])])
        if let change = view.changes.first(where: { row.key.name == $0.key || row.key.name.hasSuffix("." + $0.key) }) {
            switch change.state {
            case .waiting: lines.append([Span("○ ordered: \(change.value), waiting for the next step", look[.muted])])
            case .applied: lines.append([Span("✓ ", look[.good]), Span("step \(change.step ?? 0): \(change.text)", look[.text])])
            case .refused: lines.append([Span("✗ \(change.text)", look[.bad])])
            case .lapsed: lines.append([Span("the run ended before it took \(change.value)", look[.muted])])
            }
        }
        let effect =
            switch row.key.effect {
            case .live: "live: from the next step on"
            case .onResume: "on resume: when a stopped run goes on"
            case .newRun: "needs a new run"
            }
        lines.append([Span(row.key.takes + (row.key.unit.map { " " + $0 } ?? "") + " · " + effect, look[.muted])])
        var places: [Span] = []
        func place(_ name: String, _ value: String) {
            places += [Span(places.isEmpty ? name + " " : "   \(name) ", look[.muted]), Span(value.isEmpty ? "–" : value, look[.text])]
        }
        if row.isEdited { place("run", row.original) }
        place("default", row.standard)
        if let parent = row.parent, let number = view.run?.parent { place("parent (run \(number))", parent) }
        lines.append(places)
        return lines
    }
}
