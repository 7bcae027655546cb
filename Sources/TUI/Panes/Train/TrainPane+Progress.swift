// The Train pane's events, its progress line, and its numbers for a screen too small for curves.
import Records
import Viz

extension TrainPane {
    func drawEvents(into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look, _ keys: KeyNames) {
        let inner = Box("events").draw(into: &grid, rect, look).inset(vertically: 0)
        // A checkpoint an epoch would crowd out everything else: the last one is enough.
        let lastCheckpoint = view.events.firstIndex { $0.kind == .checkpoint }
        var lines = view.events.indices.filter { view.events[$0].kind != .checkpoint || $0 == lastCheckpoint }.map { view.events[$0] }
        // How it ended, and what to do, comes first; a failure's own line would say the same again.
        var top = inner.y
        if let state = view.run?.state, let ending = RunAdvice.words(state, run: view.run?.id ?? 0, keys) {
            for line in CellText.wrapped(ending, inner.width - 2).cut(to: min(2, inner.height), inner.width - 2) where top < inner.endY {
                grid.text(top == inner.y ? (state.isEnd ? "✗" : "■") : " ", x: inner.x, y: top, look[state.isEnd ? .bad : .muted])
                grid.text(line, x: inner.x + 2, y: top, look[state.isEnd ? .bad : .text], limit: inner.width - 2)
                top += 1
            }
            if state.isEnd, lines.first?.kind == .error { lines.removeFirst() }
        }
        for (row, event) in lines.prefix(inner.endY - top).enumerated() {
            let ink: Ink =
                switch event.kind {
                case .error: look[.bad]
                case .warning, .anomaly: look[.target]
                case .best: look[.good]
                default: look[.text]
                }
            let mark =
                switch event.kind {
                case .best: "◆ "
                case .order: "▼ "
                case .error: "✗ "
                case .warning, .anomaly: "! "
                default: ""
                }
            let epoch = event.epoch < 10 ? "e0\(event.epoch)" : "e\(event.epoch)"
            grid.spans(
                [
                    Span("\(epoch) ", look[.muted]), Span(event.time.isEmpty ? "" : "\(event.time)   ", look[.muted]),
                    Span(mark + event.text, ink),
                ],
                x: inner.x, y: top + row, limit: inner.width)
        }
        if lines.isEmpty, top == inner.y { grid.text("nothing yet", x: inner.x, y: inner.y, look[.muted], limit: inner.width) }
    }

    func drawProgress(into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look) {
        var facts: [String] = []
        if let left = view.secondsLeft { facts.append("\(Numbers.clock(left)) left") }
        if let rate = view.clipsPerSecond, rate.isFinite { facts.append("\(Numbers.three(rate)) clips/s") }
        if let memory = view.memory, rect.width >= 100 { facts.append("\(Numbers.fixed(Double(memory) / Double(1 << 30), 1)) GiB") }
        if let waiting = view.waitingShare, rect.width >= 100 { facts.append("waiting for data \(Numbers.fixed(waiting * 100, 1)) %") }
        let least = 12
        while !facts.isEmpty, CellText.width(facts.joined(separator: " · ")) + least + 2 > rect.width { facts.removeLast() }
        let text = facts.joined(separator: " · ")
        let barWidth = max(least, min(rect.width / 2, rect.width - CellText.width(text) - 3))
        ProgressBar(share: view.progress, role: role(of: view.run?.state)).draw(
            into: &grid, Rect(x: rect.x, y: rect.y, width: min(barWidth, rect.width), height: 1), look)
        grid.textRight(text, endX: rect.endX, y: rect.y, look[.muted], limit: max(0, rect.width - barWidth - 2))
    }

    private func role(of state: TrainView.State?) -> Role {
        switch state {
        case .failed, .interrupted: .bad
        case .finished: .good
        case .paused, .stopped: .muted
        default: .source
        }
    }

    /// Without room for curves: the last values, the most important first.
    func drawNumbers(into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look, _ keys: KeyNames) {
        var lines: [[Span]] = []
        func newest(_ series: Series) -> Double? {
            let place = view.curves.place(of: series)
            return view.curves.points.last { $0[place].count > 0 }?[place].mean
        }
        let terms = view.terms
        let alpha = view.curves.last(SeriesName.alpha)
        if let state = view.run?.state, let ending = RunAdvice.words(state, run: view.run?.id ?? 0, keys) {
            lines.append([Span((state.isEnd ? "✗ " : "■ ") + ending, look[state.isEnd ? .bad : .muted])])
        }
        if let last = view.epochs.last, let metric = view.metrics.first {
            func text(_ part: PartScores?) -> String { part?[metric.name, of: metric.head].map(metric.text) ?? Numbers.shareOrUnknown(nil) }
            let name = metric.name == MetricName.accuracy ? "acc" : metric.title
            var line = [Span("● ", look[.source]), Span("\(name) \(text(last[.sourceValidation]))", look[.text])]
            if let target = last[.targetValidation] { line += [Span(" ○ ", look[.target]), Span(text(target), look[.text])] }
            lines.append(line)
        }
        let first = terms.first.flatMap(newest).map(Numbers.three) ?? "–"
        var losses = [Span("● ", look[.source]), Span("loss \(first)", look[.text])]
        for term in terms.dropFirst() {
            guard let loss = newest(term) else { continue }
            let mark = term == SeriesName.domain ? Span(" ▲ ", look[.adversary]) : Span(" \(term.name) ", look[.muted])
            losses += [mark, Span(Numbers.three(loss), look[.text])]
        }
        lines.append(losses)
        if view.alphaMaximum > 0 || (alpha ?? 0) > 0 {
            lines.append([
                Span("▲ ", look[.adversary]), Span("alpha \(alpha.map { Numbers.three($0) } ?? "–")", look[.text]),
            ])
        }
        let (upper, bar) = rect.splitTop(max(0, rect.height - 1))
        for (row, line) in lines.prefix(upper.height).enumerated() { grid.spans(line, x: rect.x, y: rect.y + row, limit: rect.width) }
        drawProgress(into: &grid, bar, view, look)
    }
}
