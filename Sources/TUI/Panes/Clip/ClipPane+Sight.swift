// The face with what the model looked at, and the frames in time.
import Records
import Viz

extension ClipPane {
    func drawFace(into grid: inout CellGrid, _ rect: Rect, _ view: ClipView, _ look: Look, isFocused: Bool) {
        let shown = shownFrame(view), answer = view.answers.first
        let pictures = answer?.explanation?.pictures
        let heat = pictures.flatMap { ClipPane.heat($0, shown) }
        let place = "\(rect.width >= 26 ? "frame " : "")\(shown + 1)/\(view.sight.frames)"
        let title = view.sight.frames > 0 ? place + (isPlaying ? " ▸" : "") : "no picture"
        let state = heat == nil ? "" : rect.width > 36 ? "attention: \(attention.words)" : attention.words
        let inner = Box("\(name.title) · \(title)", key: key, right: state, isFocused: isFocused).draw(into: &grid, rect, look)
        let (picture, foot) = inner.splitTop(inner.height - (inner.height >= 6 ? 1 : 0))
        guard let pixels = view.sight.picture(shown) else {
            let words = view.state == .loading ? "reading the clip…" : view.sight.frames == 0 ? "this clip has no picture" : ""
            return grid.notice(Span(words, look[.muted]), [], in: picture, look)
        }
        let size = view.sight.size
        if let heat, let pictures, attention == .beside {
            let (left, right) = picture.splitLeft(picture.width / 2)
            PictureView(width: size, height: size, pixels: pixels).draw(into: &grid, left, look)
            // As large as the picture beside it: half as many lines as columns.
            let side = min(right.width - 1, right.height * 2), lines = max(1, side / 2)
            let map = Rect(x: right.x + (right.width - side) / 2, y: right.y + (right.height - lines) / 2, width: side, height: lines)
            HeatMap(rows: pictures.rows, columns: pictures.columns, values: heat.map(Float.init), range: 0...1, isTopDown: true).draw(
                into: &grid, map, look)
        } else if let heat, let pictures, attention == .blended {
            let face = FaceHeat(side: size, pixels: Array(pixels), rows: pictures.rows, columns: pictures.columns, heat: heat)
            PictureView(width: size, height: size, pixels: face.pixels[...]).draw(into: &grid, picture, look)
        } else {
            PictureView(width: size, height: size, pixels: pixels).draw(into: &grid, picture, look)
        }
        guard foot.height > 0 else { return }
        if let answer, answer.places.indices.contains(shown) {
            let place = answer.places[shown]
            // Where all do not fit, the largest.
            let parts = foot.width >= 32 ? place.parts : Array(place.parts.sorted { $0.share > $1.share }.prefix(1))
            var spans: [Span] = foot.width >= 42 ? [Span("where: ", look[.muted])] : []
            for part in parts { spans += [Span("\(part.name) ", look[.muted]), Span("\(Numbers.percent(part.share))  ", look[.text])] }
            if !place.hasPoints { spans.append(Span("(no face points)", look[.muted])) }
            grid.spans(spans, x: foot.x + 1, y: foot.y, limit: foot.width - 2)
        } else if let answer, !answer.sees {
            grid.text("this model does not see", x: foot.x + 1, y: foot.y, look[.muted], limit: foot.width - 2)
        } else if view.sight.scores.indices.contains(shown) {
            let words = view.sight.scores[shown].map { "face \(Numbers.fixed(Double($0), 2))" } ?? "no face found: centred square"
            grid.text(words, x: foot.x + 1, y: foot.y, look[.muted], limit: foot.width - 2)
        }
    }

    /// Attention on each patch of a frame as a share of the range over all frames, so that frames can be compared.
    static func heat(_ pictures: Explanation.Pictures, _ frame: Int) -> [Double]? {
        guard pictures.patches.indices.contains(frame) else { return nil }
        let all = pictures.patches.joined().filter(\.isFinite)
        guard let low = all.min(), let high = all.max(), high > low else { return nil }
        return pictures.patches[frame].map { $0.isFinite ? ($0 - low) / (high - low) : 0 }
    }

    // MARK: Time

    func drawTime(into grid: inout CellGrid, _ rect: Rect, _ view: ClipView, _ look: Look, _ keys: KeyNames) {
        let inner = Box("time", right: view.sight.frames > 1 ? keys.steps(.previousFrame, .nextFrame) : "").draw(into: &grid, rect, look)
            .inset(vertically: 0)
        let count = view.sight.frames, shown = shownFrame(view)
        guard count > 0, inner.height > 0 else { return grid.notice(Span("no frames", look[.muted]), [], in: inner, look) }
        let name = 10, width = max(2, min(8, (inner.width - name) / count)), fitting = max(1, (inner.width - name) / width)
        // Of more frames than fit, those around the one that is shown.
        let first = max(0, min(shown - fitting / 2, count - fitting)), frames = first..<min(count, first + fitting)
        func x(_ frame: Int) -> Int { inner.x + name + (frame - first) * width }
        let answer = view.answers.first, pictures = answer?.explanation?.pictures
        if inner.contains(x(shown), inner.y) {
            grid.tint(Rect(x: x(shown), y: inner.y, width: width - 1, height: inner.height), look[.selection])
        }
        var y = inner.y
        func row(_ title: String, _ ink: Ink, _ cell: (Int) -> Span?) {
            guard y < inner.endY else { return }
            grid.text(title, x: inner.x, y: y, ink, limit: name - 1)
            for frame in frames {
                guard let span = cell(frame) else { continue }
                let text = CellText.fitted(span.text, width - 1)
                let ink = frame == shown ? span.ink.on(look[.selection]) : span.ink
                grid.text(text, x: x(frame) + max(0, (width - 1 - CellText.width(text)) / 2), y: y, ink)
            }
            y += 1
        }
        row("frame", look[.muted]) { frame in
            let number = "\(frame + 1)"
            return number.count < width ? Span(number, look[frame == shown ? .title : .muted]) : nil
        }
        if let pictures, pictures.frames.count == count, let most = pictures.frames.max(), most > 0 {
            row("temporal", look[.text]) { frame in
                let share = pictures.frames[frame] / most
                let ink = look.colours >= .indexed ? Ink(look.theme.heat[0.3 + 0.7 * share]) : look[.source]
                return Span(String(repeating: ClipPane.bar(share), count: max(1, min(2, width - 1))), ink)
            }
            let hasRoom = inner.height >= 6
            if width >= 4, inner.height >= 3 {
                row("", look[.muted]) { Span(Numbers.fixed(pictures.frames[$0], 2).dropLeadingZero, look[.text]) }
            }
            if hasRoom, let apex = pictures.frames.indices.max(by: { pictures.frames[$0] < pictures.frames[$1] }) {
                if frames.contains(apex) { grid.text("▲ apex", x: min(x(apex) + (width - 2) / 2, inner.endX - 6), y: y, look[.source]) }
                y += 1
            }
        } else if let answer {
            let words =
                answer.sees ? view.working == nil ? answer.failure ?? "" : "attention is being worked out…" : "this model does not see"
            row("temporal", look[.text]) { _ in nil }
            grid.text(words, x: inner.x + name, y: y - 1, look[.muted], limit: inner.width - name)
        }
        guard width >= 4, let answer else { return }
        if let held = pictures?.held, held.count == count {
            // Which classes: what was said and what is true, then the next ones.
            let order =
                [answer.predicted, answer.truth].compactMap(\.self)
                + answer.probabilities.indices.sorted { answer.probabilities[$0] > answer.probabilities[$1] }
            var named: [Int] = []
            for label in order where !named.contains(label) { named.append(label) }
            // Without its heading nobody would know what these numbers are.
            guard inner.endY - y >= 2 else { return }
            grid.text("what each picture says where it stands alone", x: inner.x, y: y, look[.muted], limit: inner.width)
            y += 1
            for label in named.prefix(max(0, min(3, inner.endY - y))) where answer.labels.indices.contains(label) {
                row(answer.labels[label], label == answer.truth ? look[.good] : label == answer.predicted ? look[.bad] : look[.muted]) {
                    frame in
                    let isLargest = held[frame].indices.allSatisfy { held[frame][$0] <= held[frame][label] }
                    return Span(Numbers.fixed(held[frame][label], 2).dropLeadingZero, look[isLargest ? .title : .muted])
                }
            }
        }
    }
}
