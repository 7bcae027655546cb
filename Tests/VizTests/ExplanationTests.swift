// Explanations drawn in cells and as figures, from plain numbers.
import Foundation
import Testing

@testable import Viz

@Suite("Explanations")
struct ExplanationTests {
    private func plot(frames: Int = 8) -> ExplanationPlot {
        var plot = ExplanationPlot(
            title: "studio/01-01-05-02-01-02-12: angry 0.71, truth: sad", subtitle: "run 3, demo",
            classes: [
                .init("angry", probability: 0.71, isPredicted: true, isTruth: false),
                .init("neutral", probability: 0.05, isPredicted: false, isTruth: false),
                .init("sad", probability: 0.24, isPredicted: false, isTruth: true),
            ])
        let borders = (0...24).map { 0.2 + 0.06 * Double($0) }
        func bump(_ step: Int, at middle: Double, width: Double) -> Double {
            exp(-(Double(step) - middle) * (Double(step) - middle) / width)
        }
        plot.sound = .init(borders: borders, values: (0..<24).map { bump($0, at: 9, width: 12) / 6 })
        plot.soundDrops = .init(borders: borders, values: (0..<24).map { 0.2 * bump($0, at: 11, width: 8) - 0.02 })
        let cells = (0..<16 * 48).map { (cell: Int) -> Float in
            let (band, column) = (Float(cell / 48), Float(cell % 48))
            return sin(column / 5) - band / 8
        }
        plot.spectrogram = ExplanationPlot.Spectrogram(bands: 16, columns: 48, values: cells, start: 0.2, end: 1.64, highest: 6000)
        let heat = (0..<16).map { $0 == 5 ? 0.4 : 0.04 }
        plot.frames = (0..<frames).map { (frame: Int) -> ExplanationPlot.Frame in
            let pixels = (0..<32 * 32 * 3).map { (place: Int) -> UInt8 in UInt8((place / 96 * 5 + frame * 9) % 220) }
            return ExplanationPlot.Frame(
                seconds: 0.24 * Double(frame), pixels: pixels, side: 32, heat: heat, rows: 4, columns: 4,
                attention: 0.1 + 0.01 * Double(frame),
                drop: 0.02 * Double(frame - 2), hasFace: frame != 3)
        }
        let rows = (0..<frames).map { (row: Int) -> [Double] in (0..<24).map { (step: Int) -> Double in step / 3 == row ? 0.3 : 0.01 } }
        plot.crossModal = ExplanationPlot.CrossModal("pictures attend to sound, stage 2", rows: rows, borders: borders)
        plot.agreements = [
            .init("sound", correlation: 0.62, count: 24), .init("frames", correlation: -0.2, count: 8),
            .init("patches", correlation: nil, count: 16),
        ]
        plot.notes = ["a note"]
        return plot
    }

    private func written(_ plot: ExplanationPlot, _ name: String) throws -> Data {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-\(UUID().uuidString)-\(name)")
        defer { try? FileManager.default.removeItem(at: url) }
        try ExplanationFigure(plot).write(to: url.path)
        return try Data(contentsOf: url)
    }

    @Test("The figure is a picture of some size, the same from the same numbers and another from others", arguments: ["a.png", "a.svg"])
    func figure(name: String) throws {
        let first = try written(plot(), name)
        #expect(first.count > 8000)
        // Cairo numbers what it defines in an SVG on through the process, so only as much of it is the same.
        let again = try written(plot(), name)
        #expect(name.hasSuffix(".svg") ? abs(again.count - first.count) < first.count / 50 : again == first)
        var other = plot()
        other.frames[2].heat[9] = 0.5
        #expect(try written(other, name) != first)
    }

    @Test("Correlations and notes take their room in the figure, and leave it where there are none")
    func words() throws {
        // Cairo draws words as shapes; what can be looked for is that leaving some out leaves less.
        var fewer = plot()
        fewer.agreements = []
        fewer.notes = []
        #expect(try written(fewer, "b.svg").count < written(plot(), "b.svg").count)
    }

    @Test("Whatever a model lacks is left out: sound alone, pictures alone, no frames, nothing that is a number")
    func parts() throws {
        var sound = plot(), pictures = plot(), odd = plot(frames: 1)
        sound.frames = []
        sound.crossModal = nil
        (pictures.sound, pictures.soundDrops, pictures.spectrogram, pictures.crossModal) = (nil, nil, nil, nil)
        odd.frames[0].heat = [Double](repeating: .nan, count: 16)
        odd.sound = .init(borders: [0, 1], values: [.nan])
        odd.spectrogram = .init(bands: 2, columns: 2, values: [.nan, .infinity, 0, 1], start: 0, end: 1, highest: 6000)
        for plot in [sound, pictures, odd, ExplanationPlot(title: "", classes: [])] { #expect(try written(plot, "c.png").count > 500) }
        #expect(throws: PictureExportError.self) { try ExplanationFigure(plot()).write(to: "/no/such/folder/a.png") }
    }

    @Test("Sizes that do not fit are left out, not read beyond")
    func misfits() {
        #expect(ExplanationPlot.Curve(borders: [0, 1], values: [1, 2]).isEmpty)
        #expect(
            ExplanationPlot.Frame(seconds: 0, pixels: [1], side: 4, heat: [1], rows: 2, columns: 2, attention: 1, drop: nil, hasFace: true)
                .heat.isEmpty)
        #expect(ExplanationPlot.CrossModal("", rows: [[1, 2]], borders: [0, 1]).rows.isEmpty)
        #expect(ExplanationPlot.Spectrogram(bands: 2, columns: 2, values: [1], start: 0, end: 1, highest: 1).columns == 0)
    }

    @Test("In 80 cells every row is within the view's height, whatever colours and glyphs there are")
    func cells() {
        for colours in ColourDepth.allCases {
            for glyphs in GlyphLadder.allCases {
                let view = ExplanationView(plot()), look = Look(colours: colours, glyphs: glyphs)
                var grid = CellGrid(width: 80, height: view.height(width: 80) + 3)
                view.draw(into: &grid, grid.bounds, look)
                let lines = grid.converted(to: glyphs).lines
                #expect(lines.suffix(3).allSatisfy { $0.isEmpty } && !lines[view.height(width: 80) - 1].isEmpty)
                #expect(lines[0].hasPrefix("studio/01") && lines.contains { $0.contains("sad") && $0.contains("truth") })
                if glyphs == .ascii { #expect(lines.joined().allSatisfy { $0.isASCII }) }
            }
        }
        var small = CellGrid(width: 12, height: 4)
        ExplanationView(plot()).draw(into: &small, small.bounds, Look())
        #expect(!small.lines[0].isEmpty)
    }

    @Test("The strongest attention stands where it is: the strip is tallest there, the glow too")
    func places() {
        let view = ExplanationView(plot())
        var grid = CellGrid(width: 80, height: view.height(width: 80))
        view.draw(into: &grid, grid.bounds, Look(colours: .none))
        let strip = Array(grid.lines.first { $0.hasPrefix("attention") } ?? "")
        let tallest = strip.firstIndex(of: "█") ?? 0
        // Step 9 of 24 on 62 cells after the 10 of the label.
        #expect(abs(Double(tallest - 10) / 62 - 9.5 / 24) < 0.05)

        let frame = plot().frames[0], glowing = FaceHeat(frame, heat: (0..<16).map { $0 == 5 ? 1 : 0 })
        func change(_ x: Int, _ y: Int) -> Int {
            var sum = 0
            for place in (y * 32 + x) * 3..<(y * 32 + x) * 3 + 3 { sum += abs(Int(glowing.pixels[place]) - Int(frame.pixels[place])) }
            return sum
        }
        #expect(change(12, 12) > 3 * change(28, 28))
    }
}
