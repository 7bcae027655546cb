// One clip's explanation as a figure for a paper or a slide: faces under their attention, the sound under its curves, both against each other, the classes.
import Foundation

public struct ExplanationFigure: Sendable {
    public let plot: ExplanationPlot
    /// Points; a PNG has twice as many pixels.
    public var width = 760.0

    public init(_ plot: ExplanationPlot) { self.plot = plot }

    /// Writes `path`: SVG where it ends so, else PNG.
    /// - Throws: `PictureExportError` where the file cannot be written.
    public func write(to path: String) throws(PictureExportError) {
        let layout = Layout(plot, width: width)
        let pen = try FigurePen(path, width: width, height: layout.height)
        ExplanationDrawing(plot: plot, layout: layout, pen: pen).draw()
        try pen.finish()
    }

    /// Where panels lie, in points.
    struct Layout {
        static let margin = 18.0, gap = 6.0
        var width: Double
        /// Left end of what has a time axis, and its right end; classes and words stand right of it.
        let plotLeft = 66.0
        var plotRight: Double
        var sideLeft: Double
        var faces, curves, spectrogram, cross, axis, notes: Double
        var faceSide: Double
        let curvesHeight = 64.0, spectrogramHeight = 96.0
        var crossHeight: Double
        var noteLines: [String]
        var height: Double

        init(_ plot: ExplanationPlot, width: Double) {
            self.width = width
            let hasTime = plot.seconds != nil
            plotRight = hasTime ? width - 238 : 0
            sideLeft = hasTime ? width - 186 : Self.margin
            var y = Self.margin + (plot.subtitle.isEmpty ? 24 : 40)
            faces = y
            let perRow = Double(max(1, min(8, plot.frames.count)))
            faceSide = min(112, (width - 2 * Self.margin - (perRow - 1) * Self.gap) / perRow)
            let rows = plot.frames.isEmpty ? 0 : (plot.frames.count + 7) / 8
            y += Double(rows) * (faceSide + 34) + (rows > 0 ? 12 : 0)
            let panels = y
            curves = y + 14
            y = curves + curvesHeight + Self.gap
            spectrogram = y
            y += plot.spectrogram == nil ? 0 : spectrogramHeight
            cross = y + 22
            crossHeight = plot.crossModal.map { min(128, max(48, 11 * Double($0.rows.count))) } ?? 0
            if crossHeight > 0 { y = cross + crossHeight }
            axis = y
            y += 34
            if !hasTime { y = panels }
            let side =
                panels + 14 + 18 * Double(plot.classes.count) + 30 + 15 * Double(plot.agreements.count) + (plot.agreements.isEmpty ? 0 : 46)
            y = max(y, side)
            notes = y + 4
            noteLines = plot.notes.flatMap { CellText.wrapped($0, Int(width / 5)) }
            height = (notes + 13 * Double(noteLines.count) + (noteLines.isEmpty ? 4 : 12)).rounded(.up)
        }
    }
}

private struct ExplanationDrawing {
    let plot: ExplanationPlot
    let layout: ExplanationFigure.Layout
    let pen: FigurePen

    private static let ink = Colour(34, 38, 46), muted = Colour(112, 118, 128), rule = Colour(205, 209, 215), pale = Colour(238, 240, 243)
    private static let attention = Colour(0, 104, 176), loss = Colour(208, 88, 0), right = Colour(0, 133, 98), wrong = Colour(190, 52, 40)

    private var margin: Double { ExplanationFigure.Layout.margin }

    func draw() {
        pen.text(plot.title, x: margin, y: margin + 13, size: 14.5, Self.ink, isBold: true)
        if !plot.subtitle.isEmpty { pen.text(plot.subtitle, x: margin, y: margin + 29, size: 9.5, Self.muted) }
        drawFaces()
        if let range = plot.seconds {
            let axis = Axis(covering: range, intervals: 6, isTight: true)
            drawCurves(axis)
            drawSpectrogram(axis)
            drawCrossModal(axis)
            drawTime(axis)
        }
        drawSide()
        for (index, note) in layout.noteLines.enumerated() {
            pen.text(note, x: margin, y: layout.notes + 10 + 13 * Double(index), size: 8.5, Self.muted)
        }
    }

    // MARK: Faces

    private func drawFaces() {
        let heat = plot.scaledHeat
        let side = layout.faceSide
        if !plot.frames.isEmpty {
            var right = layout.width - margin
            let words =
                [("attention", Self.attention)]
                + (plot.frames.contains { $0.drop != nil } ? [("lost probability when the frame is replaced", Self.loss)] : [])
            for (text, colour) in words.reversed() {
                pen.text(text, x: right, y: layout.faces - 8, size: 8.5, Self.ink, across: 1)
                right -= pen.width(of: text, size: 8.5) + 14
                pen.box(x: right, y: layout.faces - 13, width: 10, height: 4, colour)
                right -= 12
            }
        }
        let mostAttention = plot.frames.map(\.attention).max() ?? 1, mostDrop = plot.frames.compactMap { $0.drop.map(abs) }.max() ?? 0
        for (index, frame) in plot.frames.enumerated() {
            let x = margin + Double(index % 8) * (side + ExplanationFigure.Layout.gap), y = layout.faces + Double(index / 8) * (side + 34)
            let box = (x: x, y: y, width: side, height: side)
            if frame.pixels.isEmpty {
                pen.box(x: x, y: y, width: side, height: side, Self.pale)
            } else {
                let shown = FaceHeat(frame, heat: heat[index])
                pen.picture(shown.pixels, width: shown.side, height: shown.side, in: box, isSmooth: true)
            }
            pen.text(Numbers.fixed(frame.seconds, 2) + " s", x: x, y: y + side + 11, size: 8.5, frame.hasFace ? Self.ink : Self.muted)
            if !frame.hasFace { pen.text("no face", x: x + side, y: y + side + 11, size: 8, Self.muted, across: 1) }
            bar(x: x, y: y + side + 16, width: side, share: frame.attention / max(mostAttention, 1e-12), Self.attention)
            if let drop = frame.drop {
                bar(x: x, y: y + side + 23, width: side, share: mostDrop > 0 ? abs(drop) / mostDrop : 0, drop >= 0 ? Self.loss : Self.rule)
            }
        }
    }

    private func bar(x: Double, y: Double, width: Double, share: Double, _ colour: Colour) {
        pen.box(x: x, y: y, width: width, height: 4, Self.pale)
        pen.box(x: x, y: y, width: width * min(max(share, 0), 1), height: 4, colour)
    }

    // MARK: Over time

    private func x(_ seconds: Double, _ axis: Axis) -> Double {
        layout.plotLeft + axis.position(seconds) * (layout.plotRight - layout.plotLeft)
    }

    /// Attention as a filled curve, losses as a line, each to its own scale with the largest value written.
    private func drawCurves(_ axis: Axis) {
        let (top, bottom) = (layout.curves, layout.curves + layout.curvesHeight)
        var legend = layout.plotLeft
        func name(_ text: String, _ colour: Colour) {
            pen.box(x: legend, y: top - 10, width: 10, height: 4, colour)
            pen.text(text, x: legend + 14, y: top - 5, size: 8.5, Self.ink)
            legend += 14 + pen.width(of: text, size: 8.5) + 16
        }
        pen.stroke([(layout.plotLeft, bottom), (layout.plotRight, bottom)], Self.rule, width: 0.8)
        if let curve = plot.sound, !curve.isEmpty {
            name(plot.soundName, Self.attention)
            let most = max(curve.values.max() ?? 0, 1e-12)
            let line = outline(curve, axis) { bottom - ($0 / most) * (bottom - top - 2) }
            if let first = line.first, let last = line.last {
                pen.fill([(first.0, bottom)] + line + [(last.0, bottom)], Self.attention, opacity: 0.22)
            }
            pen.stroke(line, Self.attention, width: 1.4)
            pen.text(Numbers.three(most), x: layout.plotLeft - 5, y: top + 8, size: 8, Self.attention, across: 1)
            pen.text("0", x: layout.plotLeft - 5, y: bottom, size: 8, Self.attention, across: 1)
        }
        if let curve = plot.soundDrops, !curve.isEmpty {
            name("lost probability when silenced", Self.loss)
            let (low, high) = (min(0, curve.values.min() ?? 0), max(0, curve.values.max() ?? 0)), extent = max(high - low, 1e-12)
            func y(_ value: Double) -> Double { bottom - (value - low) / extent * (bottom - top - 2) }
            if low < 0 { pen.stroke([(layout.plotLeft, y(0)), (layout.plotRight, y(0))], Self.loss, width: 0.6, .dotted) }
            pen.stroke(outline(curve, axis, y), Self.loss, width: 1.4)
            pen.text(Numbers.three(high), x: layout.plotRight + 4, y: top + 8, size: 8, Self.loss)
            pen.text(Numbers.three(low), x: layout.plotRight + 4, y: bottom, size: 8, Self.loss)
        }
    }

    /// A step for every stretch.
    private func outline(_ curve: ExplanationPlot.Curve, _ axis: Axis, _ y: (Double) -> Double) -> [(Double, Double)] {
        curve.values.indices.flatMap {
            [(x(curve.borders[$0], axis), y(curve.values[$0])), (x(curve.borders[$0 + 1], axis), y(curve.values[$0]))]
        }
    }

    private func drawSpectrogram(_ axis: Axis) {
        guard let sound = plot.spectrogram, sound.columns > 0 else { return }
        let finite = sound.values.filter(\.isFinite).sorted()
        // The quietest twentieth is one colour, or the floor would take half of the map.
        let low = finite.isEmpty ? 0 : finite[finite.count / 20], high = finite.last ?? 1
        let pixels = pixels(rows: sound.bands, columns: sound.columns, .magma) { row, column in
            Double((sound.values[(sound.bands - 1 - row) * sound.columns + column] - low) / max(high - low, 1e-12))
        }
        let (left, right) = (x(sound.start, axis), x(sound.end, axis))
        pen.picture(
            pixels, width: sound.columns, height: sound.bands, in: (left, layout.spectrogram, right - left, layout.spectrogramHeight),
            isSmooth: false)
        let middle = layout.spectrogram + layout.spectrogramHeight / 2
        pen.text("mel bands", x: 26, y: middle, size: 8.5, Self.ink, across: 0.5, isUpright: true)
        pen.text(
            "\(Numbers.three(sound.highest / 1000)) kHz", x: layout.plotLeft - 5, y: layout.spectrogram + 8, size: 8, Self.muted, across: 1)
        pen.text("0", x: layout.plotLeft - 5, y: layout.spectrogram + layout.spectrogramHeight, size: 8, Self.muted, across: 1)
    }

    private func drawCrossModal(_ axis: Axis) {
        guard let map = plot.crossModal, !map.rows.isEmpty else { return }
        let most = max(map.rows.joined().max() ?? 0, 1e-12), height = layout.crossHeight / Double(map.rows.count)
        pen.text(map.title, x: layout.plotLeft, y: layout.cross - 6, size: 8.5, Self.ink)
        pen.text("0", x: layout.plotRight - 96, y: layout.cross - 6, size: 8, Self.muted, across: 1)
        for step in 0..<60 {
            pen.box(
                x: layout.plotRight - 92 + Double(step), y: layout.cross - 12, width: 1.2, height: 6, ColourMap.viridis[Double(step) / 59])
        }
        pen.text(Numbers.three(most), x: layout.plotRight - 28, y: layout.cross - 6, size: 8, Self.muted)
        for (row, values) in map.rows.enumerated() {
            let y = layout.cross + Double(row) * height
            for (step, value) in values.enumerated() {
                let (left, right) = (x(map.borders[step], axis), x(map.borders[step + 1], axis))
                // A hair wider, so that no light shows between two.
                pen.box(x: left, y: y, width: right - left + 0.3, height: height + 0.3, ColourMap.viridis[value / most])
            }
            let label = plot.frames.indices.contains(row) ? Numbers.fixed(plot.frames[row].seconds, 2) : "\(row + 1)"
            if height >= 8 || row % 2 == 0 {
                pen.text(label, x: layout.plotLeft - 5, y: y + height / 2 + 3, size: 8, Self.muted, across: 1)
            }
        }
        pen.text("picture, s", x: 26, y: layout.cross + layout.crossHeight / 2, size: 8.5, Self.ink, across: 0.5, isUpright: true)
    }

    private func drawTime(_ axis: Axis) {
        for (tick, label) in zip(axis.ticks, axis.labels) {
            let place = x(tick, axis)
            pen.stroke([(place, layout.axis), (place, layout.axis + 3.5)], Self.muted, width: 0.8)
            pen.text(label, x: place, y: layout.axis + 13, size: 8.5, Self.ink, across: 0.5)
        }
        pen.text("time, s", x: (layout.plotLeft + layout.plotRight) / 2, y: layout.axis + 26, size: 9, Self.ink, across: 0.5)
    }

    // MARK: Right of it

    private func drawSide() {
        let left = layout.sideLeft, right = layout.width - margin
        var y = layout.curves - 5
        pen.text("probability", x: left, y: y, size: 8.5, Self.muted)
        y += 16
        let names = plot.classes.map { pen.width(of: $0.name, size: 9.5, isBold: $0.isPredicted) }.max() ?? 0
        let start = left + min(names, 84) + 8, room = right - start - 30
        for one in plot.classes {
            let colour =
                one.isPredicted
                ? (plot.classes.contains(where: \.isTruth) ? (one.isTruth ? Self.right : Self.wrong) : Self.attention) : Self.rule
            pen.text(one.name, x: start - 7, y: y, size: 9.5, Self.ink, across: 1, isBold: one.isPredicted)
            pen.box(x: start, y: y - 8.5, width: room, height: 10.5, Self.pale)
            pen.box(x: start, y: y - 8.5, width: max(0.8, room * min(max(one.probability, 0), 1)), height: 10.5, colour)
            pen.text(Numbers.fixed(one.probability, 2), x: start + room + 5, y: y, size: 8.5, Self.ink)
            if one.isTruth {
                let isCovered = one.probability > 0.4
                let (place, colour) = isCovered ? (start + 5, Colour(255, 255, 255)) : (start + room - 4, Self.right)
                pen.text("truth", x: place, y: y - 0.5, size: 8, colour, across: isCovered ? 0 : 1, isBold: true)
            }
            y += 18
        }
        guard !plot.agreements.isEmpty else { return }
        y += 22
        pen.text("Does attention tell the truth?", x: left, y: y, size: 9, Self.ink, isBold: true)
        y += 12
        pen.text("rank correlation with occlusion, -1 … 1", x: left, y: y, size: 8, Self.muted)
        y += 16
        let middle = right - 70.0
        for one in plot.agreements {
            pen.text(one.name, x: left, y: y, size: 8.5, Self.ink)
            pen.stroke([(middle - 36, y - 3), (middle + 36, y - 3)], Self.rule, width: 1)
            pen.stroke([(middle, y - 7), (middle, y + 1)], Self.rule, width: 1)
            pen.text(
                one.correlation.map { ($0 >= 0 ? "+" : "") + Numbers.fixed($0, 2) } ?? "none", x: right, y: y, size: 8.5, Self.ink,
                across: 1)
            if let value = one.correlation {
                let end = middle + 36 * min(max(value, -1), 1)
                pen.stroke([(middle, y - 3), (end, y - 3)], value >= 0 ? Self.right : Self.wrong, width: 3)
                pen.marker(.disc, x: end, y: y - 3, value >= 0 ? Self.right : Self.wrong)
            }
            y += 15
        }
    }

    private func pixels(rows: Int, columns: Int, _ map: ColourMap, _ value: (Int, Int) -> Double) -> [UInt8] {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(rows * columns * 3)
        for row in 0..<rows {
            for column in 0..<columns {
                let colour = map[value(row, column)]
                pixels += [colour.red, colour.green, colour.blue]
            }
        }
        return pixels
    }
}
