// How the Confusion pane's boxes are laid out and drawn.
import Metrics
import Records
import Viz

extension ConfusionPane {
    public func state(_ models: Models) -> PaneState {
        let view = models[MatricesView.self]
        guard let run = view.shown else { return view.state == .ready ? .noRun : .readingStore }
        if let notice = run.notice { return .empty("No confusion matrix", [notice]) }
        guard epoch(run) != nil, !run.labels.isEmpty else {
            let words =
                run.isLive ? "Matrices come with the first epoch of run \(run.run)." : "Run \(run.run) ended before its first epoch."
            return .empty("No epoch yet", [words])
        }
        return .ready
    }

    public mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
        let view = models[MatricesView.self]
        guard let run = view.shown, let shown = epoch(run) else { return }
        if rect.height < 12 || rect.width < 44 { return drawSmall(into: &grid, rect, run, shown, models, look) }
        let isWide = rect.width >= 100 && run.hasTarget
        let (line, body) = rect.height >= 20 ? rect.splitTop(1) : (Rect(x: rect.x, y: rect.y, width: 0, height: 0), rect)
        drawLine(into: &grid, line, run, shown, view, look)
        let least = run.labels.count + 5
        // Rows of the matrix grow as long as the half below keeps its lines; the matrix is never cut.
        let rows = max(1, min(3, (body.height * 3 / 5 - 5) / max(1, run.labels.count)))
        let upperHeight = min(max(least, rows * run.labels.count + 5 + (rows > 1 ? 1 : 0)), max(least, body.height - 6))
        let (upper, lower) = body.splitTop(min(upperHeight, body.height))
        if isWide {
            let (left, right) = upper.splitLeft(upper.width / 2)
            for (domain, box) in [(Domain.source, left), (.target, right)] {
                drawMatrix(
                    into: &grid, box, domain, run, shown, view, look, isFirst: domain == .source,
                    isFocused: isFocused && domain == self.domain(run))
            }
        } else {
            drawMatrix(into: &grid, upper, domain(run), run, shown, view, look, isFirst: true, isFocused: isFocused)
        }
        guard lower.height >= 3 else { return }
        let (left, right) = lower.splitLeft(isWide ? upper.width / 2 : lower.width * 9 / 20)
        drawClasses(into: &grid, left, run, shown, look)
        drawClips(into: &grid, right, run, shown, models, look)
    }

    /// Which epoch, what the numbers are.
    private func drawLine(
        into grid: inout CellGrid, _ rect: Rect, _ run: RunMatrices, _ shown: RunMatrices.Epoch, _ view: MatricesView, _ look: Look
    ) {
        guard !rect.isEmpty else { return }
        var spans = [Span("epoch \(shown.epoch)", look[.text])]
        if shown.epoch == run.best {
            spans.append(Span(" ◆ best", look[.good]))
        } else if let best = run.best {
            spans.append(Span(", best \(best)", look[.muted]))
        }
        var rest = [Span(showsShares ? "row %" : "counts", look[.text])]
        if let subtracted = subtracted(view) {
            rest.append(Span("   minus \(subtracted.words)", look[.adversary]))
        } else if let problem = problem(view) {
            rest.append(Span("   \(problem)", look[.bad]))
        }
        // What the matrices always are goes first; what is subtracted stays.
        let reading = Span("   validation clips   rows truth, columns prediction   ", look[.muted])
        let fits = (spans + rest).reduce(reading.width) { $0 + $1.width } <= rect.width - 2
        spans.append(fits ? reading : Span("   "))
        grid.spans(spans + rest, x: rect.x + 1, y: rect.y, limit: rect.width - 2)
    }

    // MARK: Matrix

    /// - Parameter isFirst: the pane's name and number stand in this box.
    private func drawMatrix(
        into grid: inout CellGrid, _ rect: Rect, _ domain: Domain, _ run: RunMatrices, _ shown: RunMatrices.Epoch, _ view: MatricesView,
        _ look: Look, isFirst: Bool, isFocused: Bool
    ) {
        let counts = shown[domain], scores = counts.map { ClassificationScores(confusion: $0) }
        let role: Role = domain == .source ? .source : .target
        var right = [Span(domain == .source ? "● " : "○ ", look[role])]
        right.append(Span(Numbers.counted(scores?.total ?? 0, "clip"), look[.muted]))
        let corpus = run.corpus(domain)
        let inner = Box(
            (isFirst ? name.title + " · " : "") + domain.rawValue + (corpus.isEmpty ? "" : " (\(corpus))"), key: isFirst ? key : nil,
            right: right,
            isFocused: isFocused
        ).draw(into: &grid, rect, look).inset(vertically: 0)
        guard let counts, let scores else {
            return grid.notice(Span("no \(domain.rawValue) matrix in this epoch", look[.muted]), [], in: inner, look)
        }
        let base = subtracted(view)?.epoch[domain].map { ClassificationScores(confusion: $0) }
        let words = figures(scores, base, look)
        let columns =
            base == nil
            ? [
                MatrixView.Column("n", scores.support.map { Numbers.count($0) }),
                MatrixView.Column("recall", scores.recall.map { Numbers.fixed($0, 2) }),
                MatrixView.Column("prec.", scores.precision.map { Numbers.fixed($0, 2) }),
                MatrixView.Column("F1", scores.f1.map { Numbers.fixed($0, 2) }),
            ] : [MatrixView.Column("n", scores.support.map { Numbers.count($0) })]
        let isHere = domain == self.domain(run)
        let matrix = MatrixView(
            labels: run.labels, cells: cells(counts, scores, base, zero: look.isReadAloud ? "0" : "·"),
            cursor: isHere ? (row, column) : nil, columns: columns)
        // What a narrow box would cut goes to a line of its own.
        let isWide = words.flatMap(\.self).reduce(3) { $0 + $1.width } <= inner.width
        let lines = isWide || inner.height <= matrix.height() + 1 ? [Array(words.joined(separator: [Span("   ")]))] : words
        let (upper, lower) = inner.splitTop(inner.height - (inner.height > matrix.height() ? lines.count : 0))
        // A line stays empty above the figures before rows grow.
        let rowHeight = max(1, min(3, (upper.height - 2) / max(1, run.labels.count))), height = matrix.height(rowHeight: rowHeight)
        let gap = upper.height > height + 1 ? 1 : 0
        matrix.draw(into: &grid, Rect(x: upper.x, y: upper.y + gap, width: upper.width, height: min(height, upper.height - gap)), look)
        for (line, spans) in lines.enumerated() where line < lower.height {
            grid.spans(spans, x: lower.x, y: lower.y + line, limit: lower.width)
        }
    }

    /// Accuracy with its interval and macro-F1, or by how much both changed.
    private func figures(_ scores: ClassificationScores, _ base: ClassificationScores?, _ look: Look) -> [[Span]] {
        let hits = scores.confusion.indices.reduce(0) { $0 + scores.confusion[$1][$1] }
        let accuracy = Interval.wilson(hits: hits, of: scores.total)
        func signed(_ value: Double) -> Span {
            Span((value < 0 ? "−" : "+") + Numbers.fixed(abs(value), 3), look[value > 0 ? .good : value < 0 ? .bad : .muted])
        }
        if let base {
            return [
                [Span("accuracy \(Numbers.fixed(scores.accuracy, 3)) ", look[.text]), signed(scores.accuracy - base.accuracy)],
                [Span("macro-F1 \(Numbers.fixed(scores.macroF1, 3)) ", look[.text]), signed(scores.macroF1 - base.macroF1)],
            ]
        }
        var ends = ""
        if let low = accuracy.low, let high = accuracy.high { ends = " [\(Numbers.share(low)), \(Numbers.share(high))]" }
        return [
            [Span("accuracy \(Numbers.share(accuracy.value))", look[.text]), Span(ends + " Wilson 95 %", look[.muted])],
            [Span("macro-F1 \(Numbers.share(scores.macroF1))", look[.text])],
        ]
    }

    private func cells(_ counts: [[Int]], _ scores: ClassificationScores, _ base: ClassificationScores?, zero: String) -> [[MatrixView
        .Cell]]
    {
        func share(_ scores: ClassificationScores, _ row: Int, _ column: Int) -> Double {
            scores.support[row] > 0 ? Double(scores.confusion[row][column]) / Double(scores.support[row]) : 0
        }
        return counts.indices.map { row in
            counts.indices.map { column in
                let part = share(scores, row, column)
                if let base {
                    // Shares can be compared whatever the numbers of clips.
                    let points = 100 * (part - share(base, row, column)), clips = counts[row][column] - base.confusion[row][column]
                    let value = showsShares ? Int(points.rounded()) : clips
                    let text = value == 0 ? zero : (value > 0 ? "+" : "−") + "\(abs(value))"
                    let size = showsShares ? Double(value) / 30 : Double(value) / Double(max(1, scores.support[row])) / 0.3
                    return MatrixView.Cell(text, change: value == 0 ? 0 : max(-1, min(1, row == column ? size : -size)))
                }
                let text = showsShares ? Numbers.fixed(100 * part, 0) : Numbers.count(counts[row][column])
                return MatrixView.Cell(counts[row][column] == 0 ? zero : text, share: part)
            }
        }
    }

    // MARK: Classes

    private func values(_ counts: [[Int]]?) -> [Double?] {
        guard let counts else { return [] }
        let scores = ClassificationScores(confusion: counts)
        let values = measure == .recall ? scores.recall : measure == .precision ? scores.precision : scores.f1
        // Of a class that neither occurs nor is predicted there is nothing to say.
        let bases =
            measure == .recall
            ? scores.support : measure == .precision ? scores.predictions : zip(scores.support, scores.predictions).map(+)
        return zip(values, bases).map { $1 > 0 ? $0 : nil }
    }

    private func drawClasses(into grid: inout CellGrid, _ rect: Rect, _ run: RunMatrices, _ shown: RunMatrices.Epoch, _ look: Look) {
        let right =
            run.hasTarget
            ? [Span("source ", look[.muted]), Span("●", look[.source]), Span(" target ", look[.muted]), Span("○", look[.target])] : []
        let inner = Box("per class · \(measure.title)", right: rect.width >= 46 ? right : []).draw(into: &grid, rect, look).inset(
            vertically: 0)
        let (source, target) = (values(shown.source), values(shown.target))
        let rows = run.labels.enumerated().map { index, label in
            DumbbellPlot.Row(
                label, filled: source.indices.contains(index) ? source[index] : nil,
                open: target.indices.contains(index) ? target[index] : nil)
        }
        // What a narrow box would cut goes to a line of its own.
        let words = words(run, shown, look).flatMap { spans -> [[Span]] in
            let width = spans.reduce(0) { $0 + $1.width }
            guard width > inner.width, spans.count > 1, inner.height >= rows.count + 3, let last = spans.last else { return [spans] }
            return [spans.dropLast(), [Span(last.text.hasPrefix(" ") ? String(last.text.dropFirst()) : last.text, last.ink)]]
        }
        let room = max(0, inner.height - words.count), gap = room > rows.count + 1 ? 1 : 0
        DumbbellPlot(rows).draw(
            into: &grid, Rect(x: inner.x, y: inner.y + gap, width: inner.width, height: min(rows.count, room - gap)), look)
        let y = inner.y + gap + min(rows.count, room - gap) + (room > rows.count + gap ? 1 : 0)
        for (line, spans) in words.enumerated() where y + line < inner.endY {
            grid.spans(spans, x: inner.x, y: y + line, limit: inner.width)
        }
    }

    /// The gap, and the class with the greatest one, in words.
    func words(_ run: RunMatrices, _ shown: RunMatrices.Epoch, _ look: Look) -> [[Span]] {
        guard let source = shown.source.map({ ClassificationScores(confusion: $0) }),
            let target = shown.target.map({ ClassificationScores(confusion: $0) })
        else {
            guard let counts = shown.source, let worst = worst(ClassificationScores(confusion: counts).recall.map { $0 - 1 }, counts) else {
                return []
            }
            let scores = ClassificationScores(confusion: counts)
            let unknown = run.target.isEmpty ? [] : [[Span("target \(run.target): not known, no clip has a label", look[.muted])]]
            return unknown + [
                [
                    Span("worst: \(run.labels[worst]) \(Numbers.share(scores.recall[worst]))", look[.text]),
                    Span(confusedWith(worst, counts, run), look[.muted]),
                ]
            ]
        }
        let gap = source.accuracy - target.accuracy
        var lines = [
            [
                Span("gap ", look[.muted]), Span((gap < 0 ? "−" : "") + Numbers.share(abs(gap)), look[gap > 0.1 ? .bad : .text]),
                Span(" source − target accuracy", look[.muted]),
            ]
        ]
        if let counts = shown.target, let worst = worst(zip(target.recall, source.recall).map { $0 - $1 }, counts) {
            let loss = target.recall[worst] - source.recall[worst]
            lines.append(
                loss < 0
                    ? [
                        Span("worst: \(run.labels[worst]) ", look[.text]), Span("−" + Numbers.share(-loss), look[.bad]),
                        Span(" recall", look[.muted]),
                        Span(confusedWith(worst, counts, run), look[.muted]),
                    ] : [Span("no class loses recall", look[.muted])])
        }
        return lines
    }

    private func worst(_ changes: [Double], _ counts: [[Int]]) -> Int? {
        changes.indices.filter { counts[$0].contains { $0 > 0 } }.min { changes[$0] < changes[$1] }
    }

    /// ` (61 of 248 called sad)`.
    private func confusedWith(_ truth: Int, _ counts: [[Int]], _ run: RunMatrices) -> String {
        let total = counts[truth].reduce(0, +)
        guard let other = counts.indices.filter({ $0 != truth }).max(by: { counts[truth][$0] < counts[truth][$1] }),
            counts[truth][other] > 0
        else { return "" }
        return " (\(counts[truth][other]) of \(total) called \(run.labels[other]))"
    }

    // MARK: Clips of a cell

    private func drawClips(
        into grid: inout CellGrid, _ rect: Rect, _ run: RunMatrices, _ shown: RunMatrices.Epoch, _ models: Models, _ look: Look
    ) {
        let domain = domain(run), truth = run.labels[row], predicted = run.labels[column]
        let count = shown[domain]?[row][column] ?? 0
        let what = row == column ? "\(truth), right" : "\(truth) → \(predicted)"
        let inner = Box(
            "\(what) · \(domain.rawValue), \(Numbers.counted(count, "clip"))",
            right: count > 0 && clips(models) != nil && rect.width > 54 ? "\(models.keys[.openCell]) opens" : ""
        ).draw(into: &grid, rect, look).inset(vertically: 0)
        guard let clips = clips(models) else {
            let kept = models[AnswersView.self].epochs.map { "\($0.epoch)" }.joined(separator: " and ")
            let words =
                models[AnswersView.self].run == run.run && !kept.isEmpty
                ? ["Clips are kept of epoch \(kept) only; \(models.keys[.standingEpoch]) goes there."] : []
            return grid.notice(Span("clips of epoch \(shown.epoch) are not kept", look[.muted]), words, in: inner, look)
        }
        guard !clips.isEmpty else { return grid.notice(Span("no clip in this cell", look[.muted]), [], in: inner, look) }
        let isDoubted = clips.contains { $0.doubt != nil } && inner.height >= 5
        let room = inner.height - (isDoubted ? 2 : 0)
        let shownCount = clips.count > room ? room - 1 : clips.count
        let hasRaters = inner.width >= 50 && clips.contains { $0.raters != nil }
        for (line, clip) in clips.prefix(max(0, shownCount)).enumerated() {
            let y = inner.y + line
            var end = inner.endX - 2
            if clip.doubt != nil { grid.put("⚑", x: inner.endX - 1, y: y, look[.target]) }
            if hasRaters {
                let words = clip.raters.map { "raters \($0.emotion) \(Numbers.percent($0.share))" } ?? ""
                grid.text(words, x: end - 20, y: y, look[.muted], limit: 20)
                end -= 22
            }
            grid.textRight(clip.isWrong ? Numbers.fixed(clip.truthProbability ?? 0, 2).dropLeadingZero : "", endX: end, y: y, look[.muted])
            grid.textRight(Numbers.fixed(clip.confidence, 2).dropLeadingZero, endX: end - 5, y: y, look[clip.isWrong ? .bad : .good])
            grid.text(clip.name, x: inner.x, y: y, look[.text], limit: end - 10 - inner.x)
        }
        if clips.count > shownCount {
            grid.text(
                "⋮ \(Numbers.count(clips.count - shownCount)) more", x: inner.x, y: inner.y + shownCount, look[.muted], limit: inner.width)
        }
        if isDoubted { grid.text(AnswersView.doubtWords(clips), x: inner.x, y: inner.endY - 1, look[.muted], limit: inner.width) }
    }

    // MARK: Small

    /// A few lines where no matrix has room.
    private func drawSmall(
        into grid: inout CellGrid, _ rect: Rect, _ run: RunMatrices, _ shown: RunMatrices.Epoch, _ models: Models, _ look: Look
    ) {
        var lines: [[Span]] = []
        for domain in Domain.allCases {
            guard let counts = shown[domain] else { continue }
            let accuracy = ClassificationScores(confusion: counts).accuracy
            lines.append([
                Span(domain == .source ? "● " : "○ ", look[domain == .source ? .source : .target]),
                Span("\(domain.rawValue) \(Numbers.share(accuracy))", look[.text]), Span(" e\(shown.epoch)", look[.muted]),
            ])
        }
        let domain = domain(run), count = shown[domain]?[row][column] ?? 0
        lines.append([
            Span("\(run.labels[row]) → \(run.labels[column]) ", look[.text]),
            Span(Numbers.count(count), look[row == column ? .good : .bad]),
        ])
        lines += words(run, shown, look).suffix(1)
        for (index, spans) in lines.prefix(rect.height).enumerated() {
            grid.spans(spans, x: rect.x + 1, y: rect.y + index, limit: rect.width - 1)
        }
    }
}

extension AnswersView {
    /// By which rule labels of these clips are held for likely errors.
    static func doubtWords(_ rows: [Row]) -> String {
        let isRated = rows.contains { $0.doubt == .raters }
        let isConfident = rows.contains { if case .confident = $0.doubt { true } else { false } }
        if isRated, isConfident { return "⚑ label likely wrong: raters agree with the model; unrated clips by confident learning" }
        return isRated
            ? "⚑ raters agree with the model: likely label error" : "⚑ likely label error by confident learning (nobody rated it)"
    }
}

extension String {
    /// `0.44` as `.44`.
    var dropLeadingZero: String { hasPrefix("0.") ? String(dropFirst()) : self }
}
