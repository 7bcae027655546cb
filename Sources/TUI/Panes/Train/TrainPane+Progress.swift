// The Train pane's events, its progress line, and its numbers for a screen too small for curves.
import Training
import Viz

extension TrainView {
    var failureReason: String? {
        if case .failed(let reason) = run?.state { return reason }
        return nil
    }
}

extension TrainPane {
    func drawEvents(into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look) {
        let inner = Box("events").draw(into: &grid, rect, look).inset(vertically: 0)
        // A checkpoint an epoch would crowd out everything else: the last one is enough.
        let lastCheckpoint = view.events.firstIndex { $0.kind == .checkpoint }
        var lines = view.events.indices.filter { view.events[$0].kind != .checkpoint || $0 == lastCheckpoint }.map { view.events[$0] }
        if let reason = view.failureReason, lines.first?.kind != .error {
            lines.insert(TrainView.Event(epoch: view.epoch, time: "", kind: .error, text: reason), at: 0)
        }
        for (row, event) in lines.prefix(inner.height).enumerated() {
            let ink: Ink =
                switch event.kind {
                case .error: look[.bad]
                case .warning: look[.target]
                case .best: look[.good]
                default: look[.text]
                }
            let mark =
                switch event.kind {
                case .best: "◆ "
                case .error: "✗ "
                case .warning: "! "
                default: ""
                }
            let epoch = event.epoch < 10 ? "e0\(event.epoch)" : "e\(event.epoch)"
            grid.spans(
                [Span("\(epoch) ", look[.muted]), Span(event.time.isEmpty ? "" : "\(event.time)   ", look[.muted]), Span(mark + event.text, ink)],
                x: inner.x, y: inner.y + row, limit: inner.width)
        }
        if lines.isEmpty { grid.text("nothing yet", x: inner.x, y: inner.y, look[.muted], limit: inner.width) }
    }

    func drawProgress(into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look) {
        var facts: [String] = []
        if let left = view.secondsLeft { facts.append("\(Numbers.clock(left)) left") }
        if let rate = view.clipsPerSecond { facts.append("\(Numbers.three(rate)) clips/s") }
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
        case .failed, .lost: .bad
        case .finished: .good
        case .paused, .stopped: .muted
        default: .source
        }
    }

    /// Without room for curves: the last values, the most important first.
    func drawNumbers(into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look) {
        var lines: [[Span]] = []
        let classLoss = view.steps.last { $0.domain == .source && $0.classLoss != nil }?.classLoss
        let domainLoss = view.steps.last { $0.domainLoss != nil }?.domainLoss
        if let reason = view.failureReason { lines.append([Span("✗ " + reason, look[.bad])]) }
        if let last = view.epochs.last {
            var line = [Span("● ", look[.source]), Span("acc \(Numbers.share(last.source.accuracy))", look[.text])]
            if let target = last.target { line += [Span(" ○ ", look[.target]), Span(Numbers.share(target.accuracy), look[.text])] }
            lines.append(line)
        }
        var losses = [Span("● ", look[.source]), Span("loss \(classLoss.map(Numbers.three) ?? "–")", look[.text])]
        if let domainLoss { losses += [Span(" ▲ ", look[.adversary]), Span(Numbers.three(domainLoss), look[.text])] }
        lines.append(losses)
        lines.append([Span("▲ ", look[.adversary]), Span("alpha \(view.steps.last.map { Numbers.three($0.alpha) } ?? "–")", look[.text])])
        let (upper, bar) = rect.splitTop(max(0, rect.height - 1))
        for (row, line) in lines.prefix(upper.height).enumerated() { grid.spans(line, x: rect.x, y: rect.y + row, limit: rect.width) }
        drawProgress(into: &grid, bar, view, look)
    }
}
