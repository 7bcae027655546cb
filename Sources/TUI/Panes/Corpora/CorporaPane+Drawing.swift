// How the Corpora pane's boxes are drawn.
import Viz

extension CorporaPane {
    public func state(_ models: Models) -> PaneState {
        let view = models[CorporaView.self]
        guard view.corpora.isEmpty else { return .ready }
        if view.state == .loading { return .readingStore }
        return .empty(
            "No corpora yet", ["emolab corpora add FOLDER takes one in,", "emolab corpora make-demo FOLDER makes two small ones."])
    }

    func drawCorpora(into grid: inout CellGrid, _ rect: Rect, _ view: CorporaView, _ look: Look) {
        let clips = view.corpora.reduce(0) { $0 + $1.clips }
        let inner = Box("corpora", right: Numbers.counted(clips, "clip")).draw(into: &grid, rect, look)
        let columns = [
            TableColumn("", width: 1), TableColumn("name", width: 9), TableColumn("layout", width: 8, giveWay: 2),
            TableColumn("clips", width: 6, alignment: .right), TableColumn("speakers", width: 8, alignment: .right, giveWay: 1),
            TableColumn("rejected", width: 8, alignment: .right), TableColumn("no face", width: 7, alignment: .right, giveWay: 4),
            TableColumn("no speech", width: 9, alignment: .right, giveWay: 5),
            TableColumn("folder", width: 14, giveWay: 3, isFlexible: true),
        ]
        let table = TableView(columns: columns, rowCount: view.corpora.count, offset: corpus ?? 0)
        table.draw(into: &grid, inner.inset(vertically: 0), look) { index in
            let one = view.corpora[index]
            let ink = corpus == nil || corpus == index ? look[.text] : look[.muted]
            return [
                Span(corpus == index ? "▸" : " ", look[.accent]), Span(one.name, ink), Span(one.format, look[.muted]),
                Span(Numbers.count(one.clips), ink), Span(Numbers.count(one.speakers), ink),
                Span(Numbers.count(one.rejected), one.rejected > 0 ? look[.bad] : look[.muted]),
                Span(Numbers.count(one.withoutFace), one.withoutFace > 0 ? look[.accent] : look[.muted]),
                Span(Numbers.count(one.withoutSpeech), one.withoutSpeech > 0 ? look[.accent] : look[.muted]),
                Span(one.folder, look[.muted]),
            ]
        }
    }

    mutating func drawTable(into grid: inout CellGrid, _ rect: Rect, _ view: CorporaView, _ look: Look, _ isFocused: Bool, _ keys: KeyNames)
    {
        var title = showsRejected ? "\(name.title) · rejected files" : name.title
        if let only = only(view) { title += (showsRejected ? ", " : " · ") + only }
        let all = showsRejected ? view.rejected.count : view.rows.count
        let shown = showsRejected ? files.visible.count : clips.visible.count
        let count =
            shown == all ? Numbers.counted(all, showsRejected ? "file" : "clip") : "\(Numbers.count(shown)) of \(Numbers.count(all))"
        var right = [Span(count)]
        if !showsRejected, !view.rejected.isEmpty { right.append(Span("   \(Numbers.count(view.rejected.count)) rejected", look[.bad])) }
        let isBoxed = rect.height >= 6 && rect.width >= 24
        var inner = rect
        if isBoxed {
            inner = Box(title, key: key, right: right, isFocused: isFocused).draw(into: &grid, rect, look).inset(vertically: 0)
        }
        inner = showsRejected ? files.drawFilter(into: &grid, inner, look) : clips.drawFilter(into: &grid, inner, look)
        if shown == 0 {
            let hint = (showsRejected ? files.hasFilter : clips.hasFilter) ? ["\(keys[.clearFilter]) clears the filter."] : []
            grid.notice(Span(showsRejected ? "No rejected files here" : "No clip matches", look[.muted]), hint, in: inner, look)
        } else if showsRejected {
            drawRejected(into: &grid, inner, view, look)
        } else {
            drawClips(into: &grid, inner, view, look)
        }
    }

    private mutating func drawClips(into grid: inout CellGrid, _ rect: Rect, _ view: CorporaView, _ look: Look) {
        clips.draw(into: &grid, rect, columns: ClipColumn.allCases.map(\.table), look) { index in
            guard view.rows.indices.contains(index) else { return [] }
            let row = view.rows[index]
            return ClipColumn.allCases.map { column in
                let text = row.filterText(column.rawValue) ?? "–"
                switch column {
                case .name: return Span(text, look[.text])
                case .emotion: return Span(text, look[.text])
                case .prediction:
                    guard row.prediction != nil else { return Span("–", look[.border]) }
                    let (mark, role) = verdict(row.isRight)
                    return Span(mark + text, look[role])
                default: return Span(text, text == "–" ? look[.border] : look[.muted])
                }
            }
        }
    }

    private mutating func drawRejected(into grid: inout CellGrid, _ rect: Rect, _ view: CorporaView, _ look: Look) {
        let wide = rect.width > 70
        let columns = [
            TableColumn("corpus", width: 7, giveWay: 1), TableColumn("file", width: wide ? 28 : 20),
            TableColumn("reason", width: wide ? max(20, rect.width - 44) : max(8, rect.width - 34)),
        ]
        files.draw(into: &grid, rect, columns: columns, look) { index in
            guard view.rejected.indices.contains(index) else { return [] }
            let one = view.rejected[index]
            return [Span(one.corpus, look[.muted]), Span(one.file, look[.text]), Span(one.reason, look[.bad])]
        }
    }

    // MARK: Preview

    func drawPicture(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look) {
        let preview = preview(models)
        let count = preview?.frames ?? 0
        let shown = min(frame, max(0, count - 1))
        var title = count > 0 ? "frame \(shown + 1)/\(count)" : "frame"
        if let preview, preview.scores.indices.contains(shown), rect.width > 44 {
            title += preview.scores[shown].map { " · face \(Numbers.fixed(Double($0), 2))" } ?? " · no face: centred square"
        }
        let inner = Box(title, right: count > 1 && rect.width > 26 ? models.keys.steps(.previousFrame, .nextFrame) : "").draw(
            into: &grid, rect, look)
        guard let preview else { return drawAbsence(into: &grid, inner, models, look) }
        if case .missing(let reason) = preview.state {
            grid.notice(Span("not prepared", look[.muted]), [reason], in: inner, look)
        } else if let pixels = preview.picture(shown) {
            PictureView(width: preview.size, height: preview.size, pixels: pixels).draw(into: &grid, inner, look)
        } else {
            grid.notice(Span("no picture in this clip", look[.muted]), [], in: inner, look)
        }
    }

    private func drawAbsence(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look) {
        if selectedRow(models[CorporaView.self]) != nil { grid.notice(Span("…", look[.muted]), [], in: rect, look) }
    }

    /// - Parameter standsAlone: no details box beside it; why a file was rejected is said here.
    func drawSound(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, standsAlone: Bool = false) {
        let preview = preview(models)
        let length = preview.map { $0.duration > 0 ? "\(Numbers.fixed($0.duration, 2)) s" : "" } ?? ""
        if standsAlone, selectedFile(models[CorporaView.self]) != nil { return drawDetails(into: &grid, rect, models, look) }
        let inner = Box(rect.width < 60 ? "sound" : "sound · waveform, mel spectrogram", right: length).draw(into: &grid, rect, look).inset(
            vertically: 0)
        guard let preview, preview.state == .ready else { return }
        guard preview.melBands > 0 || !preview.envelope.isEmpty else {
            return grid.notice(Span("no sound in this clip", look[.muted]), [], in: inner, look)
        }
        let waveHeight = preview.envelope.isEmpty ? 0 : max(1, min(6, inner.height / 3))
        let (wave, mel) = inner.splitTop(waveHeight)
        WaveformView(envelope: preview.envelope, role: .source).draw(into: &grid, wave, look)
        HeatMap(rows: preview.melBands, columns: preview.melFrames, values: preview.mel).draw(into: &grid, mel, look)
    }

    /// Everything about the row under the cursor that the table may not have room for.
    func drawDetails(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look) {
        let view = models[CorporaView.self]
        if let file = selectedFile(view) {
            let inner = Box("why").draw(into: &grid, rect, look).inset(vertically: 0)
            let lines =
                CellText.wrapped(file.reason, inner.width).map { Span($0, look[.bad]) }
                + CellText.wrapped(file.path, inner.width).map { Span($0, look[.muted]) }
            for (row, line) in lines.cut(to: inner.height, inner.width).enumerated() {
                grid.text(line.text, x: inner.x, y: inner.y + row, line.ink)
            }
            return
        }
        guard let row = selectedRow(view) else {
            Box("clip").draw(into: &grid, rect, look)
            return
        }
        let inner = Box("clip · \(row.name)").draw(into: &grid, rect, look).inset(vertically: 0)
        var facts: [(String, Span)] = []
        let speaker = [row.speaker, row.sex, row.age.map { "\($0) years" }].compactMap { $0 }.joined(separator: ", ")
        facts.append(("speaker", Span(speaker, look[.text])))
        let truth = [row.emotion, row.intensity].compactMap { $0 }.joined(separator: ", ")
        facts.append(("emotion", Span(truth, look[.text])))
        if let sentence = row.sentence { facts.append(("sentence", Span(sentence, look[.text]))) }
        if let ratings = preview(models)?.ratings, !ratings.isEmpty {
            let shares = ratings.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(4)
            facts.append(("raters", Span(shares.map { "\($0.key) \(Numbers.percent($0.value))" }.joined(separator: ", "), look[.text])))
        }
        if let prediction = row.prediction {
            let (mark, role) = verdict(row.isRight)
            facts.append(("predicted", Span(mark + prediction, look[role])))
        }
        if let preview = preview(models), preview.frames > 0 {
            let found = preview.scores.count { $0 != nil }
            let words =
                found == preview.frames
                ? "found in every frame" : found == 0 ? "none found: centred squares" : "found in \(found) of \(preview.frames)"
            facts.append(("faces", Span(words, look[.muted])))
        }
        for (line, fact) in facts.prefix(inner.height).enumerated() {
            grid.text(fact.0, x: inner.x, y: inner.y + line, look[.muted])
            grid.text(fact.1.text, x: inner.x + 11, y: inner.y + line, fact.1.ink, limit: inner.width - 11)
        }
    }
}

/// The sign beside an answer: right, wrong, or of a clip without a label, where nobody knows.
func verdict(_ isRight: Bool?) -> (mark: String, role: Role) {
    switch isRight {
    case true: ("✓ ", .good)
    case false: ("✗ ", .bad)
    case nil: ("? ", .muted)
    }
}
