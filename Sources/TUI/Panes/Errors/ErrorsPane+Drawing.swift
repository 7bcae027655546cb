// How the Errors pane's tables and the clip beside them are drawn.
import Records
import Viz

extension ErrorsPane {
    public func state(_ models: Models) -> PaneState {
        let view = models[AnswersView.self]
        guard let run = view.run else { return view.state == .ready ? .noRun : .readingStore }
        if let notice = view.notice { return .empty("No list of errors", [notice]) }
        guard rows(view).isEmpty else { return .ready }
        let words = view.isLive ? "They come with the first epoch of run \(run)." : "Run \(run) ended before its first epoch."
        return .empty("No predictions yet", [words])
    }

    public mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
        let view = models[AnswersView.self]
        guard let epoch = epoch(view) else { return }
        let hasDetails = rect.width >= 150 && rect.height >= 20 && !showsGroups
        let (left, right) = rect.splitLeft(hasDetails ? rect.width - 54 : rect.width)
        drawTable(into: &grid, left, view, epoch, look, isFocused, models.keys)
        if hasDetails { drawDetails(into: &grid, right, view, look) }
    }

    /// What the list is: cell or group, domain, epoch.
    func title(_ view: AnswersView, _ epoch: AnswersView.Epoch) -> String {
        var words: [String] = []
        func label(_ index: Int?) -> String { index.flatMap { view.labels.indices.contains($0) ? view.labels[$0] : nil } ?? "any" }
        if let topic {
            words.append(
                topic.truth == topic.predicted && topic.truth != nil
                    ? "\(label(topic.truth)), right" : "\(label(topic.truth)) → \(label(topic.predicted))")
        }
        if let grouping { words.append(group.map { "\(grouping.rawValue) \($0)" } ?? "by \(grouping.title)") }
        if showsDoubtsOnly { words.append("likely label errors") }
        let corpus =
            showsBothDomains ? "source and target" : domain(view) == .source ? "source (\(view.source))" : "target (\(view.target))"
        words.append(corpus)
        words.append("epoch \(epoch.epoch)" + (epoch.isBest ? " ◆" : ""))
        return words.joined(separator: ", ")
    }

    private mutating func drawTable(
        into grid: inout CellGrid, _ rect: Rect, _ view: AnswersView, _ epoch: AnswersView.Epoch, _ look: Look, _ isFocused: Bool,
        _ keys: KeyNames
    ) {
        let all = epoch.rows.filter { isInDomain($0, view) }, wrong = all.count { $0.isWrong }
        let shown = showsGroups ? groups.visible.count : clips.visible.count
        let labelled = all.count { $0.truth != nil }
        var right = [Span("\(Numbers.count(wrong)) of \(Numbers.count(labelled)) wrong", look[.muted])]
        if labelled > 0 { right.append(Span("  \(Numbers.fixed(100 * Double(wrong) / Double(labelled), 1)) %", look[.bad])) }
        if labelled < all.count { right.append(Span("  \(Numbers.count(all.count - labelled)) without label", look[.muted])) }
        if !showsGroups, shown != wrong { right.insert(Span("\(Numbers.count(shown)) shown, ", look[.text]), at: 0) }
        let isBoxed = rect.height >= 6 && rect.width >= 24
        var inner = rect
        if isBoxed {
            inner = Box("\(name.title) · \(title(view, epoch))", key: key, right: right, isFocused: isFocused).draw(into: &grid, rect, look)
                .inset(vertically: 0)
        }
        if let writing { inner = writing.draw(into: &grid, inner, look) }
        inner = showsGroups ? groups.drawFilter(into: &grid, inner, look) : clips.drawFilter(into: &grid, inner, look)
        if shown == 0 {
            let hints =
                (showsGroups ? groups.hasFilter : clips.hasFilter)
                ? ["\(keys[.clearFilter]) clears the filter."] : showsDoubtsOnly ? ["\(keys[.showDoubts]) shows all errors."] : []
            let nothing =
                labelled == 0
                ? "Errors are not known: no clip has a label"
                : wrong == 0 ? "No errors: every clip was predicted rightly" : "No clip matches"
            return grid.notice(Span(nothing, look[.muted]), hints, in: inner, look)
        }
        if showsGroups { return drawGroups(into: &grid, inner, look) }
        let rows = epoch.rows
        let isDoubted = inner.height >= 8 && clips.visible.contains { rows.indices.contains($0) && rows[$0].doubt != nil }
        let (table, foot) = inner.splitTop(inner.height - (isDoubted ? 1 : 0))
        drawClips(into: &grid, table, rows, look)
        if isDoubted {
            let doubted = clips.visible.compactMap { rows.indices.contains($0) && rows[$0].doubt != nil ? rows[$0] : nil }
            grid.text(AnswersView.doubtWords(doubted), x: foot.x, y: foot.y, look[.muted], limit: foot.width)
        }
    }

    private mutating func drawClips(into grid: inout CellGrid, _ rect: Rect, _ rows: [AnswersView.Row], _ look: Look) {
        clips.draw(into: &grid, rect, columns: ErrorColumn.allCases.map(\.table), look) { index in
            guard rows.indices.contains(index) else { return [] }
            let row = rows[index]
            return ErrorColumn.allCases.map { column in
                let text = row.filterText(column.rawValue)
                switch column {
                case .clip, .truth: return Span(text ?? "–", look[text == nil ? .border : .text])
                case .predicted:
                    let (mark, role) = verdict(row.isRight)
                    return Span((row.isWrong ? "→ " : mark) + row.predictedLabel, look[role])
                case .confidence: return Span(text?.dropLeadingZero ?? "", look[.text])
                case .ptruth: return Span(text?.dropLeadingZero ?? "", look[.muted])
                case .flag: return Span(row.doubt == nil ? "" : "⚑", look[.target])
                case .raters: return Span(text ?? "–", row.doubt == .raters ? look[.target] : look[text == nil ? .border : .muted])
                case .tags: return Span(text ?? "", look[.adversary])
                case .note: return Span(text ?? "", look[.text])
                default: return Span(text ?? "–", look[text == nil ? .border : .muted])
                }
            }
        }
    }

    private mutating func drawGroups(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        let bar = max(6, min(30, rect.width - 62))
        let columns = [
            TableColumn(grouping?.title ?? "", width: 20, giveWay: 0), TableColumn("wrong", width: 5, alignment: .right, giveWay: 1),
            TableColumn(grouping == .pair ? "of truth" : "clips", width: 8, alignment: .right, giveWay: 2),
            TableColumn("error rate", width: 6 + bar, giveWay: 0), TableColumn("95 % Wilson", width: 11, alignment: .right, giveWay: 4),
            TableColumn("mostly", width: 24, giveWay: 3, isFlexible: true), TableColumn("⚑", width: 3, alignment: .right, giveWay: 5),
        ]
        let rows = groupRows
        groups.draw(into: &grid, rect, columns: columns, look) { index in
            guard rows.indices.contains(index) else { return [] }
            let row = rows[index]
            let cells = Int((row.rate * Double(bar)).rounded())
            let rate = CellText.fitted(Numbers.percent(row.rate), 5)
            let text = String(repeating: " ", count: max(0, 5 - CellText.width(rate))) + rate + " " + String(repeating: "█", count: cells)
            return [
                Span(row.value, look[.text]), Span(Numbers.count(row.wrong), look[.bad]), Span(Numbers.count(row.clips), look[.muted]),
                Span(text, look[.target]), Span(row.filterText(4) ?? "", look[.muted]), Span(row.mostly, look[.muted]),
                Span(row.filterText(6) ?? "", look[.target]),
            ]
        }
    }

    /// The clip under the cursor: probabilities beside what raters said, who it is, what was written.
    private func drawDetails(into grid: inout CellGrid, _ rect: Rect, _ view: AnswersView, _ look: Look) {
        guard let row = selectedRow(view) else {
            Box("clip").draw(into: &grid, rect, look)
            return
        }
        let inner = Box("clip · \(row.clip)", right: "").draw(into: &grid, rect, look).inset(vertically: 0)
        var y = inner.y
        func line(_ name: String, _ spans: [Span]) {
            guard y < inner.endY else { return }
            grid.text(name, x: inner.x, y: y, look[.muted])
            grid.spans(spans, x: inner.x + 11, y: y, limit: inner.width - 11)
            y += 1
        }
        line(
            "speaker",
            [Span([row.speaker, row.sex, row.age.map { "\($0) years" }].compactMap(\.self).joined(separator: ", "), look[.text])])
        line("spoken", [Span([row.sentence, row.intensity].compactMap(\.self).joined(separator: ", "), look[.text])])
        if let raters = row.raters { line("raters", [Span("\(raters.emotion) \(Numbers.percent(raters.share))", look[.text])]) }
        switch row.doubt {
        case nil: break
        case .raters: line("label", [Span("⚑ raters agree with the model", look[.target])])
        case .confident(let index):
            line(
                "label",
                [Span("⚑ the model is sure of \(view.labels.indices.contains(index) ? view.labels[index] : "another")", look[.target])])
        }
        y += 1
        ProbabilityBars(view.labels, [.init(row.probabilities.map(Double.init), predicted: row.predicted)], truth: row.truth)
            .draw(into: &grid, Rect(x: inner.x, y: y, width: inner.width, height: max(0, inner.endY - y)), look)
        y += view.labels.count + 1
        if !row.tags.isEmpty { line("tags", [Span(row.tags.joined(separator: ", "), look[.adversary])]) }
        for (index, words) in CellText.wrapped(row.note, inner.width - 11).cut(to: inner.endY - y, inner.width - 11).enumerated() {
            line(index == 0 ? "note" : "", [Span(words, look[.text])])
        }
    }
}
