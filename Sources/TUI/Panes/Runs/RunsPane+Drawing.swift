// How the Runs pane's boxes are drawn.
import Foundation
import Records
import Store
import Viz

extension RunsPane {
    public func state(_ models: Models) -> PaneState {
        let view = models[RunsView.self]
        guard view.rows.isEmpty else { return .ready }
        return view.state == .loading ? .loading("reading the runs…") : .noRuns
    }

    mutating func drawTable(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, _ isFocused: Bool) {
        let view = models[RunsView.self]
        let all = isGrouped ? groupRows.count : view.rows.count
        let shown = isGrouped ? groups.visible.count : runs.visible.count
        var right = [Span(shown == all ? "\(Numbers.count(all))" : "\(Numbers.count(shown)) of \(Numbers.count(all))")]
        right.append(Span(" " + (isGrouped ? "group" : "run") + (all == 1 ? "" : "s")))
        let marked = models[MarkedRuns.self].runs
        if !marked.isEmpty { right.append(Span("   \(marked.count) marked", look[.text])) }
        if !view.isComplete { right.append(Span("   reading…")) }
        var inner = rect
        if rect.height >= 6, rect.width >= 24 {
            let title = isGrouped ? "\(name.title) · seeds grouped, mean ± sd" : name.title
            inner = Box(title, key: key, right: right, isFocused: isFocused).draw(into: &grid, rect, look).inset(vertically: 0)
        }
        inner = isGrouped ? groups.drawFilter(into: &grid, inner, look) : runs.drawFilter(into: &grid, inner, look)
        if shown == 0 {
            grid.notice(
                Span(isGrouped ? "No group matches" : "No run matches", look[.muted]), ["\(models.keys[.clearFilter]) clears the filter."],
                in: inner, look)
        } else if isGrouped {
            drawGroups(into: &grid, inner, marked, look)
        } else {
            drawRuns(into: &grid, inner, models, marked, look)
        }
    }

    private mutating func drawRuns(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ marked: [Int64], _ look: Look) {
        let rows = models[RunsView.self].rows
        let shownRun = models[TrainView.self].run?.id
        runs.draw(into: &grid, rect, columns: [TableColumn("", width: 1)] + RunColumn.allCases.map(\.table), leading: 1, look) { index in
            guard rows.indices.contains(index) else { return [] }
            let row = rows[index]
            return [Self.mark(of: row.id, marked, look)]
                + RunColumn.allCases.map { column in
                    let text = row.filterText(column.rawValue)
                    switch column {
                    case .state:
                        let mark = row.state.mark
                        // What is over and well is nothing to look at.
                        return Span("\(mark.glyph) \(row.state.word)", look[row.state == .finished ? .muted : mark.role])
                    case .run: return Span(text ?? "", row.id == shownRun ? look[.text].with(.bold) : look[.text])
                    case .experiment: return Span(text ?? "", look[.text])
                    case .source: return Span(text ?? "–", text == nil ? look[.border] : look[.source])
                    case .target: return Span(text ?? "–", text == nil ? look[.border] : look[.target])
                    case .oracle: return Span(text ?? "", look[.bad])
                    default: return Span(text ?? "–", text == nil ? look[.border] : look[.muted])
                    }
                }
        }
    }

    private mutating func drawGroups(into grid: inout CellGrid, _ rect: Rect, _ marked: [Int64], _ look: Look) {
        let rows = groupRows
        groups.draw(into: &grid, rect, columns: [TableColumn("", width: 1)] + RunGroup.columns.map(\.table), leading: 1, look) { index in
            guard rows.indices.contains(index) else { return [] }
            let row = rows[index]
            let isMarked = row.runs.allSatisfy(marked.contains)
            return [Span(isMarked ? "●" : " ", look[.text])]
                + RunGroup.columns.indices.map { column in
                    let text = row.filterText(column)
                    let ink = column == 3 ? look[.source] : column == 4 ? look[.target] : column == 0 ? look[.text] : look[.muted]
                    return Span(text ?? "–", text == nil ? look[.border] : ink)
                }
        }
    }

    /// The mark that the run has on the curves, in its colour.
    private static func mark(of run: Int64, _ marked: [Int64], _ look: Look) -> Span {
        guard let place = marked.firstIndex(of: run) else { return Span(" ") }
        guard place < ComparedRuns.most else { return Span("+", look[.muted]) }
        return Span(String(SeriesPalette.mark(place)), SeriesPalette.ink(place, look))
    }

    // MARK: One run

    func drawDetails(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look) {
        guard let row = selectedRun(models) else {
            Box("run").draw(into: &grid, rect, look)
            return
        }
        let run = row.summary
        let inner = Box("run \(run.id) · \(run.name)", right: "seed \(run.seed)").draw(into: &grid, rect, look).inset(vertically: 0)
        var facts: [(String, [Span])] = []
        let mark = row.state.mark
        let reached = run.bestEpoch.map { ", best \($0)" } ?? ""
        facts.append(
            ("state", [Span("\(mark.glyph) \(row.state.word)", look[mark.role]), Span("   epoch \(run.epoch)\(reached)", look[.text])]))
        if let advice = RunAdvice.words(row.state, run: run.id, models.keys) {
            facts.append(("", [Span(advice, look[row.state.isEnd ? .bad : .muted])]))
        }
        if run.source != nil || run.target != nil {
            var spans = [Span("● \(run.source.map(run.text) ?? "–")", look[.source])]
            if let target = run.target {
                spans += [
                    Span("   ○ \(run.text(target))", look[.target]),
                    Span("   gap \(run.gap.map(run.signedText) ?? "–")", look[.text]),
                ]
            }
            if let metric = run.mainMetric { spans.append(Span("   \(metric.title)", look[.muted])) }
            facts.append(("validation", spans))
        }
        let sourceTest = run.score(.sourceTest), targetTest = run.score(.targetTest)
        if sourceTest != nil || targetTest != nil {
            var spans = [Span("● \(sourceTest.map(run.text) ?? "–")", look[.source])]
            if let target = targetTest { spans.append(Span("   ○ \(run.text(target))", look[.target])) }
            facts.append(("test", spans))
        }
        if let selection = run.selection { facts.append(("chosen by", [Span(selection.words, look[.text])])) }
        if let use = run.targetLabelUse { facts.append(("labels", [Span(use, look[.bad])])) }
        if let parent = run.parent { facts.append(("child of", [Span("run \(parent)", look[.text])])) }
        if let started = row.filterText(RunColumn.started.rawValue) {
            let length = row.filterText(RunColumn.duration.rawValue).map { row.state.isLive ? ", \($0) so far" : ", took \($0)" } ?? ""
            facts.append(("started", [Span(started + length, look[.muted])]))
        }
        facts.append(("folder", [Span(run.folder, look[.muted])]))
        for (index, line) in (run.provenance.attempts.last?.lines ?? []).enumerated() {
            facts.append((index == 0 ? "made with" : "", [Span(line, look[.muted])]))
        }
        var y = inner.y
        for fact in facts where y < inner.endY {
            grid.text(fact.0, x: inner.x, y: y, look[.muted], limit: 10)
            if fact.1.count == 1, fact.1[0].width > inner.width - 12 {
                for line in CellText.wrapped(fact.1[0].text, inner.width - 12).cut(to: min(3, inner.endY - y), inner.width - 12) {
                    grid.text(line, x: inner.x + 12, y: y, fact.1[0].ink, limit: inner.width - 12)
                    y += 1
                }
            } else {
                grid.spans(fact.1, x: inner.x + 12, y: y, limit: inner.width - 12)
                y += 1
            }
        }
    }

    func drawHint(into grid: inout CellGrid, _ rect: Rect, _ look: Look, _ keys: KeyNames) {
        let inner = Box("compare").draw(into: &grid, rect, look)
        grid.notice(
            Span("\(keys[.markRun]) marks runs", look[.muted]),
            ["Two or more stand side by side here, and their curves over each other in Train."], in: inner, look)
    }

    // MARK: Marked runs

    func drawMetrics(into grid: inout CellGrid, _ rect: Rect, _ marked: [ComparedRuns.Run], _ look: Look) {
        let inner = Box("marked runs · best epochs").draw(into: &grid, rect, look).inset(vertically: 0)
        let columns = [
            TableColumn("", width: 1), TableColumn("run", width: 5, alignment: .right),
            TableColumn("experiment", width: 12, isFlexible: true),
            TableColumn("seed", width: 4, alignment: .right, giveWay: 2), TableColumn("best", width: 4, alignment: .right, giveWay: 3),
            TableColumn("source", width: 6, alignment: .right), TableColumn("target", width: 6, alignment: .right),
            TableColumn("F1", width: 5, alignment: .right, giveWay: 4), TableColumn("gap", width: 6, alignment: .right, giveWay: 1),
        ]
        // Runs of different metrics cannot be ranked.
        let metrics = Set(marked.compactMap(\.summary.mainMetric?.name)), metric = marked.first?.summary.mainMetric
        let best = metrics.count == 1 ? marked.compactMap(\.summary.target).max { metric?.isBetter($1, than: $0) ?? ($0 < $1) } : nil
        TableView(columns: columns, rowCount: marked.count).draw(into: &grid, inner, look) { index in
            let run = marked[index].summary
            let isBest = run.target != nil && run.target == best
            return [
                Span(String(SeriesPalette.mark(index)), SeriesPalette.ink(index, look)), Span("\(run.id)", look[.text]),
                Span(run.name, look[.text]),
                Span("\(run.seed)", look[.muted]), Span(run.bestEpoch.map { "e\($0)" } ?? "–", look[.muted]),
                Span(run.source.map(run.text) ?? "–", look[.source]),
                Span(run.target.map(run.text) ?? "–", isBest ? look[.target].with(.bold) : look[.target]),
                Span(run.targetMacroF1.map(Numbers.share) ?? "–", look[.muted]),
                Span(run.gap.map(run.signedText) ?? "–", look[.muted]),
            ]
        }
    }

    func drawDifferences(into grid: inout CellGrid, _ rect: Rect, _ marked: [ComparedRuns.Run], _ look: Look) {
        let differences = SettingsDifference.all(marked.map(\.settings))
        let inner = Box("parameters that differ", right: "\(differences.count)").draw(into: &grid, rect, look).inset(vertically: 0)
        guard !differences.isEmpty else {
            return grid.notice(Span("these runs were asked the same", look[.muted]), [], in: inner, look)
        }
        let keyWidth = min(differences.map { CellText.width($0.key) }.max() ?? 10, inner.width / 2)
        let room = max(1, inner.width - keyWidth)
        let wanted = max(6, differences.flatMap(\.values).map(CellText.width).max() ?? 6)
        let width = min(wanted, max(6, room / max(1, marked.count) - 2))
        var columns = [TableColumn("", width: keyWidth)]
        columns += marked.indices.map { TableColumn("\(SeriesPalette.mark($0)) \(marked[$0].id)", width: width, giveWay: $0) }
        let table = TableView(columns: columns, rowCount: differences.count)
        table.draw(into: &grid, inner, look) { index in
            let difference = differences[index]
            return [Span(difference.key, look[.muted])]
                + difference.values.enumerated().map { place, value in
                    Span(value, place > 0 && value == difference.values[0] ? look[.muted] : look[.text])
                }
        }
    }
}

/// Keys in which experiments differ.
struct SettingsDifference: Equatable {
    var key: String
    /// One a run; a dash where the run has no such key.
    var values: [String]

    /// Sorted by key, those of the adaptation first: that is what runs are mostly compared by. Names say nothing about what was computed.
    static func all(_ settings: [[String: String]]) -> [SettingsDifference] {
        guard settings.count > 1 else { return [] }
        let names: Set<String> = ["name", "report.table", "report.row"]
        let keys = Set(settings.flatMap(\.keys)).subtracting(names)
        return keys.compactMap { key in
            let values = settings.map { $0[key] ?? "–" }
            return Set(values).count > 1 ? SettingsDifference(key: key, values: values) : nil
        }.sorted { a, b in
            func rank(_ key: String) -> Int { key.hasPrefix("adaptation") ? 0 : key == "training.seeds" ? 2 : 1 }
            return (rank(a.key), a.key) < (rank(b.key), b.key)
        }
    }
}

/// What a run that is over says, and what to do about it.
enum RunAdvice {
    static func words(_ state: TrainView.State, run: Int64, _ keys: KeyNames) -> String? {
        let parameters = keys[.pane(.parameters)]
        return switch state {
        case .failed(let reason): reason + (reason.hasSuffix(".") ? "" : ".") + " \(parameters) opens its parameters, to start it anew."
        case .interrupted:
            "Its process was interrupted: killed, out of memory, or the machine went down. emolab train --resume \(run) goes on from what it saved."
        case .stopped: "Stopped on request, and saved. emolab train --resume \(run) goes on; \(parameters) opens its parameters."
        default: nil
        }
    }
}

extension TrainView.State {
    /// Ended otherwise than it should.
    var isEnd: Bool {
        switch self {
        case .failed, .interrupted: true
        default: false
        }
    }
}
