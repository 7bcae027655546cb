// What surrounds the panes: the top line with the run's state, the footer with the keys that work now, help and questions.
import Viz

extension Workbench {
    /// Store, run, state, step, epoch, rate, time left; what does not fit leaves by importance.
    func drawHeadline(into grid: inout CellGrid, _ rect: Rect) {
        guard !rect.isEmpty else { return }
        let view = models[TrainView.self]
        // (importance, 0 stays longest; the piece)
        var pieces: [(rank: Int, spans: [Span])] = [(3, [Span("emolab", look[.title])])]
        if let run = view.run {
            let corpora = [view.source, view.target].filter { !$0.isEmpty }.joined(separator: " → ")
            if !corpora.isEmpty { pieces.append((5, [Span(corpora, look[.text])])) }
            pieces.append((4, [Span("run \(run.id)", look[.text])]))
            // Belongs to the number: one blank between them.
            if !run.title.isEmpty { pieces.append((7, [Span("“\(CellText.fitted(run.title, 40))”", look[.muted])])) }
            pieces.append((0, stateSpans(run.state)))
            if let plan = view.plan {
                if view.epoch > 0 { pieces.append((1, [Span("epoch \(view.epoch)/\(plan.epochs)", look[.text])])) }
                if view.step > 0 { pieces.append((2, [Span("\(Numbers.count(view.step))/\(Numbers.count(plan.steps))", look[.text])])) }
            }
            if run.state == .training {
                if let rate = view.clipsPerSecond { pieces.append((8, [Span("\(Numbers.three(rate)) clips/s", look[.text])])) }
                if let left = view.secondsLeft { pieces.append((6, [Span("\(Numbers.clock(left)) left", look[.text])])) }
            }
        } else {
            pieces.append((0, [Span("no run", look[.muted])]))
        }
        func width(_ pieces: [(rank: Int, spans: [Span])]) -> Int {
            pieces.reduce(0) { $0 + $1.spans.reduce(0) { $0 + $1.width } } + 3 * (pieces.count - 1) + 2
                - (pieces.contains { $0.rank == 7 } ? 2 : 0)
        }
        while width(pieces) > rect.width, pieces.count > 1, let worst = pieces.indices.max(by: { pieces[$0].rank < pieces[$1].rank }) {
            pieces.remove(at: worst)
        }
        var x = rect.x + 1
        for (index, piece) in pieces.enumerated() {
            if piece.rank == 7, index > 0, pieces[index - 1].rank == 4 { x -= 2 }
            x += grid.spans(piece.spans, x: x, y: rect.y, limit: rect.endX - x) + 3
        }
    }

    private func stateSpans(_ state: TrainView.State) -> [Span] {
        let mark = state.mark
        if case .failed = state { return [Span("\(mark.glyph) ", look[mark.role]), Span(state.word, look[.bad])] }
        return [Span("\(mark.glyph) ", look[mark.role]), Span(state.word, look[.text])]
    }

    /// The last message, or the panes and the keys that do something now; the mouse can press them.
    mutating func drawFooter(into grid: inout CellGrid, _ rect: Rect) {
        if let message {
            grid.fill(rect, Cell(" ", background: look.theme.background))
            for (row, line) in CellText.wrapped(message, rect.width - 2).cut(to: rect.height, rect.width - 2).enumerated() {
                grid.text(line, x: rect.x + 1, y: rect.y + row, look[.text], limit: rect.width - 2)
            }
            return
        }
        var items = footerItems()
        func width(_ items: [FooterItem]) -> Int { items.reduce(0) { $0 + CellText.width($1.keys) + CellText.width($1.label) + 3 } }
        let isPlain = overlay == nil && pane.entry == nil
        var names =
            isPlain
            ? panes.map { FooterItem(keys: $0.key.map { "\($0)" } ?? "", label: $0.name.title, rank: 0, command: .pane($0.name)) } : []
        // The names of other panes go first, with those that have no key, then their keys, then the least important keys.
        if width(names) + width(items) > rect.width {
            for index in names.indices where names[index].command != .pane(layout.focused) { names[index].label = "" }
            names.removeAll { $0.keys.isEmpty && $0.label.isEmpty }
            if width(names) - 2 * (names.count - 1) + width(items) > rect.width { names = [] }
        }
        while width(items) > rect.width + 1, items.count > 1, let last = items.indices.max(by: { items[$0].rank < items[$1].rank }) {
            items.remove(at: last)
        }
        var x = rect.x + 1
        for (index, item) in names.enumerated() {
            let (isFocused, isVisible) = (item.command == .pane(layout.focused), layout.panes.contains { .pane($0) == item.command })
            let start = x
            x += grid.text(item.keys, x: x, y: rect.y, isFocused ? look[.accent] : look[.muted])
            if !item.keys.isEmpty, !item.label.isEmpty { x += 1 }
            if !item.label.isEmpty { x += grid.text(item.label, x: x, y: rect.y, isVisible ? look[.text] : look[.muted]) }
            if let command = item.command { footerCells.append((start..<x, command)) }
            x += index == names.count - 1 ? 3 : item.label.isEmpty && names[index + 1].label.isEmpty ? 1 : 2
        }
        for item in items where x < rect.endX {
            let start = x
            x += grid.text(item.keys, x: x, y: rect.y, look[.text].with(.bold), limit: rect.endX - x)
            x += 1 + grid.text(item.label, x: x + 1, y: rect.y, look[.muted], limit: max(0, rect.endX - x - 1))
            if let command = item.command { footerCells.append((start..<x, command)) }
            x += 2
        }
    }

    /// Where the last message stands: as many lines as it needs and half the screen has, over the end of the panes; nil without one.
    func messageRect(in rest: Rect) -> Rect? {
        guard let message else { return nil }
        let lines = min(CellText.wrapped(message, rest.width - 2).count, max(2, rest.height / 2))
        return rest.splitTop(rest.height - max(1, lines)).1
    }

    private struct FooterItem {
        var keys, label: String
        /// 0 stays longest.
        var rank: Int
        var command: Command?
    }

    /// Keys that do something here and now, in the order in which they stand.
    private func footerItems() -> [FooterItem] {
        func fixed(_ keys: [FixedKey]) -> [FooterItem] {
            keys.enumerated().map { FooterItem(keys: $0.element.name, label: $0.element.label, rank: $0.offset, command: nil) }
        }
        switch overlay {
        case .help(let search, _): return fixed(FixedKey.help(searching: !search.text.isEmpty))
        case .palette: return fixed(FixedKey.palette)
        case .themes: return fixed(FixedKey.themes)
        case .question(let question): return fixed(question.keys)
        case nil: break
        }
        if pane.entry != nil { return fixed(pane.entryKeys) }
        // One text for several keys stands as long as one of them does something.
        let own = keys.bindings(of: layout.focused).filter { !$0.label.isEmpty && !$0.footerKeys.isEmpty }.compactMap { binding in
            binding.footerCommands.first { pane.isAvailable($0, models) }.map { (binding: binding, command: $0) }
        }
        var items = own.enumerated().map { offset, item in
            FooterItem(keys: item.binding.footerKeys, label: item.binding.label, rank: (offset < 3 ? 2 : 8) + offset, command: item.command)
        }
        // The pane's first three keys, then a live run's, then the rest; help and leaving stay to the end.
        let ranks: [Command: Int] = [
            .help: 0, .quit: 1, .pause: 5, .stop: 6, .nextPane: 7, .zoom: 30, .palette: 31, .export: 32, .copy: 33,
        ]
        for binding in keys.global where !binding.label.isEmpty && !binding.keys.isEmpty && isAvailable(binding.command, in: layout.focused)
        {
            if binding.command == .nextPane, layout.panes.count < 2 { continue }
            // The same key does the one or the other.
            let label = binding.command == .pause && models[TrainView.self].run?.state == .paused ? "resume" : binding.label
            items.append(FooterItem(keys: binding.footerKeys, label: label, rank: ranks[binding.command] ?? 40, command: binding.command))
        }
        return items
    }

    func drawHelp(into grid: inout CellGrid, _ body: Rect, _ search: TextEntry, _ scroll: Int) {
        let lines = keys.help(matching: search.text)
        // In a very small window the blank line goes before the last key does.
        let head = body.height < 8 ? 1 : 2
        let rect = centred(in: body, width: min(96, body.width - 2), height: min(body.height, max(1, lines.count) + 2 + head))
        grid.fill(rect, Cell(" ", background: look.theme.background))
        let inner = Box("help", right: Numbers.counted(lines.count, "key"), isFocused: true).draw(into: &grid, rect, look).inset(
            vertically: 0)
        let used = grid.text("search ", x: inner.x, y: inner.y, look[.muted], limit: inner.width)
        TextField(search).draw(into: &grid, x: inner.x + used, y: inner.y, width: inner.width - used, look[.text], look)
        let list = Rect(x: inner.x, y: inner.y + head, width: inner.width, height: inner.height - head)
        if lines.isEmpty { grid.text("no key has these words", x: list.x, y: list.y, look[.muted], limit: list.width) }
        let first = min(scroll, max(0, lines.count - list.height))
        let isNarrow = list.width < 60
        for (row, line) in lines.dropFirst(first).prefix(list.height).enumerated() {
            let isNewPlace = row == 0 || lines[first + row - 1].place != line.place
            let y = list.y + row
            if isNarrow {
                grid.text(line.keys, x: list.x, y: y, look[.text].with(.bold), limit: 9)
                grid.text(line.words, x: list.x + 10, y: y, look[.muted], limit: list.width - 10)
            } else {
                grid.text(isNewPlace ? line.place : "", x: list.x, y: y, look[.muted], limit: 11)
                grid.text(line.keys, x: list.x + 12, y: y, look[.text].with(.bold), limit: 13)
                grid.text(line.words, x: list.x + 26, y: y, look[.text], limit: list.width - 26)
            }
        }
    }

    func drawQuestion(into grid: inout CellGrid, _ body: Rect, _ question: Question) {
        let choices = question.keys.map { ($0.name, $0.label) }
        let wanted = max(
            CellText.width(question.text), CellText.width(question.title) + 4,
            choices.reduce(-3) { $0 + CellText.width($1.0) + CellText.width($1.1) + 4 })
        let width = min(body.width, max(24, wanted + 4))
        let text = CellText.wrapped(question.text, width - 4)
        let isOneLine = wanted + 4 <= width
        let rect = centred(in: body, width: width, height: text.count + (isOneLine ? 1 : choices.count) + 3)
        grid.fill(rect, Cell(" ", background: look.theme.background))
        let inner = Box(question.title, isFocused: true).draw(into: &grid, rect, look).inset(vertically: 0)
        // Where there is no room for the words, the choices stay.
        let words = text.cut(to: inner.height - (isOneLine ? 1 : choices.count), inner.width)
        for (row, line) in words.enumerated() { grid.text(line, x: inner.x, y: inner.y + row, look[.muted], limit: inner.width) }
        let gap = words.count + (isOneLine ? 2 : choices.count + 1) <= inner.height ? 1 : 0
        var (x, y) = (inner.x, inner.y + words.count + gap)
        for choice in choices {
            let used = grid.text(choice.0, x: x, y: y, look[.text].with(.bold), limit: inner.endX - x)
            let label = grid.text(choice.1, x: x + used + 1, y: y, look[.text], limit: max(0, inner.endX - x - used - 1))
            if isOneLine { x += used + label + 4 } else { y += 1 }
        }
    }

    private func centred(in body: Rect, width: Int, height: Int) -> Rect {
        let (w, h) = (min(width, body.width), min(height, body.height))
        return Rect(x: body.x + (body.width - w) / 2, y: body.y + (body.height - h) / 2, width: w, height: h)
    }
}
