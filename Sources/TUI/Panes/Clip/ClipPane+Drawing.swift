// How the Clip pane's boxes are laid out; what is in them is drawn in files of their own.
import Records
import Viz

extension ClipPane {
    public func state(_ models: Models) -> PaneState {
        guard let clip else {
            let isLoading = models[AnswersView.self].state == .loading || models[CorporaView.self].state == .loading
            if isLoading { return .readingStore }
            let (clip, cell) = (models.keys[.openClip], models.keys[.openCell])
            return .empty("No clip", ["\(clip) on a clip in Corpora or Errors, or \(cell) on a cell in Confusion, opens one here."])
        }
        guard let view = view(models) else { return .loading("reading \(clip)…") }
        if case .failed(let reason) = view.state { return .failed("\(clip) cannot be shown", [reason]) }
        return .ready
    }

    public mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
        guard let view = view(models) else { return }
        var rect = rect
        if let writing { rect = rect.splitTop(writing.draw(into: &grid, rect.inset(horizontally: 1, vertically: 0), look).height).0 }
        if rect.width < 60 || rect.height < 16 { return drawSmall(into: &grid, rect, view, models, look) }
        let (line, body) = rect.splitTop(1)
        drawFacts(into: &grid, line, view, models, look)
        let labels = max(view.answers.first?.labels.count ?? 0, 4)
        let isWide = rect.width >= 100 && rect.height >= 28
        let lowerHeight = min(body.height / 2, max(labels + (isWide ? 6 : 4), isWide ? body.height / 4 : 0))
        let (upper, lower) = body.splitTop(body.height - lowerHeight)
        // A square picture, half as many lines as columns; more where attention stands beside.
        let isBeside = attention == .beside && view.answers.first?.explanation?.pictures != nil
        let faceWidth = min((upper.height - 3) * (isBeside ? 4 : 2) + 4, rect.width * (isBeside ? 11 : 9) / 20)
        let (face, right) = upper.splitLeft(faceWidth)
        drawFace(into: &grid, face, view, look, isFocused: isFocused)
        let timeHeight = min(right.height / 2 + 1, isWide ? 11 : 5)
        let (time, sound) = right.splitTop(timeHeight)
        drawTime(into: &grid, time, view, look, models.keys)
        drawSound(into: &grid, sound, view, look)
        let (bars, cross) = lower.splitLeft(isWide ? lower.width / 2 : lower.width * 11 / 20)
        drawProbabilities(into: &grid, bars, view, look)
        drawCrossModal(into: &grid, cross, view, look)
    }

    /// Frame that is drawn: a list of shorter clips never points behind the end.
    func shownFrame(_ view: ClipView) -> Int { min(frame, max(0, view.sight.frames - 1)) }

    /// Who and what, what raters said, where in the list; what is still being worked out.
    private func drawFacts(into grid: inout CellGrid, _ rect: Rect, _ view: ClipView, _ models: Models, _ look: Look) {
        var right: [Span] = []
        if let working = view.working {
            let share = working.share > 0 ? " \(Numbers.percent(working.share))" : ""
            right.append(Span("\(working.what)…\(share)   ", look[.accent]))
        }
        right.append(Span("\(Numbers.count(position + 1))/\(Numbers.count(clips.count)) \(list)", look[.muted]))
        let rightWidth = right.reduce(0) { $0 + $1.width }
        var spans = [Span(clip ?? "", look[.title])]
        let who = [view.speaker.isEmpty ? nil : "speaker \(view.speaker)", view.sex, view.age.map(String.init)].compactMap(\.self).joined(
            separator: " ")
        if !who.isEmpty { spans.append(Span("   \(who)", look[.muted])) }
        spans.append(Span("   truth ", look[.muted]))
        spans.append(Span([truth(view), view.intensity].compactMap(\.self).joined(separator: ", "), look[.text]))
        if !view.ratings.isEmpty {
            let words = view.ratings.prefix(2).map { "\(Numbers.percent($0.share)) \($0.emotion)" }.joined(separator: ", ")
            spans.append(Span("   raters ", look[.muted]))
            spans.append(Span(words, look[.text]))
        }
        if view.hasSquares { spans.append(Span("   centred squares, as in training", look[.adversary])) }
        if let sentence = view.sentence { spans.append(Span("   \(sentence)", look[.muted])) }
        if let note = models[NotesView.self].notes[clip ?? ""] {
            if !note.tags.isEmpty { spans.append(Span("   " + note.tags.joined(separator: ", "), look[.adversary])) }
            if !note.note.isEmpty { spans.append(Span("   “\(note.note)”", look[.text])) }
        }
        grid.spans(spans, x: rect.x + 1, y: rect.y, limit: max(0, rect.width - rightWidth - 4))
        if rightWidth + 20 < rect.width { grid.spans(right, x: rect.endX - 1 - rightWidth, y: rect.y) }
    }

    /// The class of the bars, and the word of the corpus' table where that is another.
    private func truth(_ view: ClipView) -> String {
        guard let answer = view.answers.first, let truth = answer.truth, answer.labels.indices.contains(truth) else { return view.emotion }
        let label = answer.labels[truth]
        return label == view.emotion ? label : "\(label) (labelled \(view.emotion))"
    }

    /// What matters most, in as many lines as there are.
    private func drawSmall(into grid: inout CellGrid, _ rect: Rect, _ view: ClipView, _ models: Models, _ look: Look) {
        var lines: [[Span]] = [[Span(clip?.split(separator: "/").last.map(String.init) ?? "", look[.title])]]
        if let answer = view.answers.first, let predicted = answer.predicted {
            let isRight = answer.truth.map { $0 == predicted }, (mark, role) = verdict(isRight)
            lines.append([
                Span(mark, look[role]),
                Span("\(answer.labels[predicted]) \(Numbers.fixed(answer.probabilities[predicted], 2).dropLeadingZero)", look[.text]),
                Span(isRight == false ? "  truth \(truth(view))" : "", look[.muted]),
            ])
        } else {
            lines.append([Span(view.answers.first?.failure ?? view.working.map { "\($0.what)…" } ?? "truth \(truth(view))", look[.muted])])
        }
        if let pictures = view.answers.first?.explanation?.pictures, let most = pictures.frames.max(), most > 0 {
            let bars = pictures.frames.map { ClipPane.bar($0 / most) }
            lines.append([Span("frame \(shownFrame(view) + 1)/\(view.sight.frames) ", look[.muted]), Span(String(bars), look[.source])])
        }
        let count = min(lines.count, rect.height)
        for (index, spans) in lines.prefix(count).enumerated() {
            grid.spans(spans, x: rect.x + 1, y: rect.y + index, limit: rect.width - 1)
        }
        let rest = Rect(x: rect.x + 1, y: rect.y + count, width: rect.width - 2, height: rect.height - count)
        if rest.height >= 6 {
            drawFace(
                into: &grid, Rect(x: rect.x, y: rest.y, width: min(rect.width, rest.height * 2), height: rest.height), view, look,
                isFocused: false)
        } else if rest.height >= 1, let answer = view.answers.first, !answer.probabilities.isEmpty {
            ProbabilityBars(answer.labels, [.init(answer.probabilities, predicted: answer.predicted ?? 0)], truth: answer.truth).draw(
                into: &grid, rest, look)
        }
    }

    /// A bar of one cell for a share of one.
    static func bar(_ share: Double) -> Character {
        let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        return levels[min(7, max(0, Int((share * 8).rounded(.up)) - 1))]
    }
}
