// The sound with what the model listened to, the classes, and both modalities against each other.
import Records
import Viz

extension ClipPane {
    func drawSound(into grid: inout CellGrid, _ rect: Rect, _ view: ClipView, _ look: Look) {
        let answer = view.answers.first, sound = answer?.explanation?.sound
        let title = rect.width >= 60 ? "sound · mel spectrogram" + (sound?.attention == nil ? "" : ", audio attention below") : "sound"
        let range = view.highest > 0 ? "0–\(Numbers.three(view.highest / 1000)) kHz" : ""
        let inner = Box(title, right: range).draw(into: &grid, rect, look).inset(vertically: 0)
        guard view.sight.melBands > 0, view.soundEnd > view.soundStart else {
            return grid.notice(
                Span(view.state == .loading ? "reading the clip…" : "this clip has no sound", look[.muted]), [], in: inner, look)
        }
        let hasAxis = inner.height >= 3, hasBars = sound?.attention != nil && inner.height >= 2
        let (mel, rest) = inner.splitTop(inner.height - (hasAxis ? 1 : 0) - (hasBars ? 1 : 0))
        HeatMap(rows: view.sight.melBands, columns: view.sight.melFrames, values: view.sight.mel).draw(into: &grid, mel, look)
        let span = view.soundEnd - view.soundStart
        var y = rest.y
        if hasBars, let sound, let values = sound.attention, let most = values.max(), most > 0 {
            for x in 0..<rest.width {
                let time = view.soundStart + (Double(x) + 0.5) / Double(rest.width) * span
                guard let step = ClipPane.step(at: time, sound.borders), values.indices.contains(step) else { continue }
                let share = values[step] / most
                let ink = look.colours >= .indexed ? Ink(look.theme.heat[0.3 + 0.7 * share]) : look[.source]
                grid.put(ClipPane.bar(share), x: rest.x + x, y: y, ink)
            }
            y += 1
        }
        guard hasAxis else { return }
        let axis = Axis(covering: view.soundStart...view.soundEnd, intervals: max(2, inner.width / 14), isTight: true)
        for (index, (tick, label)) in zip(axis.ticks, axis.labels).enumerated() {
            let place = rest.x + Int(axis.position(tick) * Double(rest.width - 1))
            let text = index == 0 ? label + " s" : label
            // A number that is cut says another one.
            if place + CellText.width(text) <= rest.endX { grid.text(text, x: place, y: y, look[.muted]) }
        }
        // Where the picture that is shown stands in the sound.
        let now = (view.seconds(shownFrame(view)) - view.soundStart) / span
        if view.sight.frames > 1, (0...1).contains(now) {
            grid.put("▲", x: rest.x + Int(now * Double(rest.width - 1)), y: y, look[.source])
        }
    }

    /// Index of the step that a moment lies in.
    static func step(at seconds: Double, _ borders: [Double]) -> Int? {
        guard let first = borders.first, let last = borders.last, seconds >= first, seconds < last else { return nil }
        var (low, high) = (0, borders.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if borders[middle] <= seconds { low = middle } else { high = middle }
        }
        return low
    }

    // MARK: Classes

    func drawProbabilities(into grid: inout CellGrid, _ rect: Rect, _ view: ClipView, _ look: Look) {
        let runs = view.answers.map { "run \($0.run)" }.joined(separator: "  │  ")
        let inner = Box("probabilities", right: runs).draw(into: &grid, rect, look).inset(vertically: 0)
        guard let first = view.answers.first else {
            let words = view.state == .loading ? "…" : "no run to ask: emolab train makes one"
            return grid.notice(Span(words, look[.muted]), [], in: inner, look)
        }
        if let failure = first.failure, first.probabilities.isEmpty {
            return grid.notice(Span("run \(first.run) cannot be asked", look[.bad]), [failure], in: inner, look)
        }
        guard !first.probabilities.isEmpty else {
            return grid.notice(Span(view.working.map { "\($0.what)…" } ?? "…", look[.muted]), [], in: inner, look)
        }
        let alone = alone(first, look)
        let (bars, foot) = inner.splitTop(inner.height - (alone.isEmpty || inner.height < first.labels.count + 1 ? 0 : 1))
        // Two runs of other classes stand beside each other by name: a class that one lacks has no bar there.
        let answers = view.answers.filter { !$0.probabilities.isEmpty }.map { answer in
            ProbabilityBars.Answer(
                first.labels.map { label in answer.labels.firstIndex(of: label).map { answer.probabilities[$0] } ?? 0 },
                predicted: answer.predicted.flatMap { first.labels.firstIndex(of: answer.labels[$0]) } ?? -1,
                title: view.answers.count > 1 ? "run \(answer.run)" : "")
        }
        let gap = bars.height > first.labels.count + 2 ? 1 : 0
        ProbabilityBars(first.labels, answers, truth: first.truth)
            .draw(into: &grid, Rect(x: bars.x, y: bars.y + gap, width: bars.width, height: bars.height - gap), look)
        if view.answers.count > 1, let failure = view.answers[1].failure {
            grid.text("run \(view.answers[1].run): \(failure)", x: foot.x, y: inner.endY - 1, look[.bad], limit: foot.width)
        } else {
            grid.spans(alone, x: foot.x, y: foot.y, limit: foot.height > 0 ? foot.width : 0)
        }
    }

    /// What the model says with one modality taken away.
    private func alone(_ answer: ClipView.Answer, _ look: Look) -> [Span] {
        func words(_ name: String, _ probabilities: [Double]?) -> [Span] {
            guard let probabilities, let best = probabilities.indices.max(by: { probabilities[$0] < probabilities[$1] }),
                answer.labels.indices.contains(best)
            else { return [] }
            return [
                Span("\(name) ", look[.muted]), Span(answer.labels[best], look[verdict(answer.truth.map { $0 == best }).role]),
                Span(" \(Numbers.fixed(probabilities[best], 2).dropLeadingZero)  ", look[.text]),
            ]
        }
        guard answer.hears, answer.sees else {
            return [Span(answer.hears ? "this model only hears" : "this model only sees", look[.muted])]
        }
        let spans = words("sound", answer.explanation?.sound?.alone) + words("pictures", answer.explanation?.pictures?.alone)
        return spans.isEmpty ? [] : [Span("alone: ", look[.muted])] + spans
    }

    // MARK: Both modalities

    func drawCrossModal(into grid: inout CellGrid, _ rect: Rect, _ view: ClipView, _ look: Look) {
        guard let answer = view.answers.first, let explanation = answer.explanation else {
            Box("attention").draw(into: &grid, rect, look)
            return
        }
        guard let last = explanation.crossModal.last, let steps = last.picturesToSound.first?.count, steps > 0 else {
            let inner = Box("what this model cannot be asked").draw(into: &grid, rect, look).inset(vertically: 0)
            let single = answer.hears && answer.sees ? [] : ["It has one modality: there is no attention between two."]
            let lines = (explanation.notes + single).flatMap { CellText.wrapped($0, inner.width) }.cut(to: inner.height, inner.width)
            for (index, line) in lines.enumerated() { grid.text(line, x: inner.x, y: inner.y + index, look[.muted]) }
            return
        }
        let title = rect.width >= 54 ? "cross-modal attention · audio time × frame" : "cross-modal · time × frame"
        let inner = Box(title, right: rect.width >= 70 ? "stage \(last.stage)" : "").draw(into: &grid, rect, look).inset(vertically: 0)
        let frames = last.picturesToSound.count, shown = shownFrame(view)
        let room = max(0, inner.height - frames - 1)
        let notes = explanation.notes.flatMap { CellText.wrapped($0, inner.width) }.cut(to: room, inner.width)
        let (area, foot) = inner.splitTop(inner.height - notes.count)
        let lines = min(frames, area.height), name = "\(frames)".count + 2
        // Frames in order from the top; where there are more than lines, some share one.
        let map = Rect(x: area.x + name, y: area.y, width: area.width - name, height: lines)
        HeatMap(rows: frames, columns: steps, values: last.picturesToSound.joined().map(Float.init), isTopDown: true).draw(
            into: &grid, map, look)
        for line in 0..<lines {
            let from = line * frames / lines, to = max(from + 1, (line + 1) * frames / lines)
            let isShown = (from..<to).contains(shown)
            grid.textRight("\(from + 1)", endX: area.x + name - 2, y: area.y + line, look[isShown ? .title : .muted])
            if isShown { grid.put("▸", x: area.x + name - 1, y: area.y + line, look[.text]) }
        }
        for (index, line) in notes.enumerated() { grid.text(line, x: foot.x, y: foot.y + index, look[.muted]) }
    }
}
