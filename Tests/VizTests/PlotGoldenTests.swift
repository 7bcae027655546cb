import Foundation
import TestSupport
import Testing

@testable import Viz

/// Glyphs only: colours have tests of their own.
@Suite struct PlotGoldenTests {
    private let x = (0...200).map(Double.init)

    private func grid(_ width: Int, _ height: Int, _ draw: (inout CellGrid, Rect) -> Void) -> CellGrid {
        var grid = CellGrid(width: width, height: height)
        draw(&grid, grid.bounds)
        return grid
    }

    private var losses: [CurvePlot.Series] {
        [
            CurvePlot.Series("class loss", mark: "●", role: .source, x: x, y: x.map { 0.3 + 1.6 * exp(-$0 / 40) }),
            CurvePlot.Series("domain loss", mark: "▲", role: .adversary, x: x, y: x.map { 0.69 - 0.3 * exp(-pow(($0 - 60) / 30, 2)) }),
        ]
    }

    @Test("Two curves, a reference line, axes and legend", arguments: [(76, 13), (40, 9), (20, 4)])
    func curves(width: Int, height: Int) {
        let grid = grid(width, height) {
            CurvePlot(losses, references: [.init("ln 2", log(2))], xName: "step").draw(into: &$0, $1, Look())
        }
        expectGolden(grid.text, "curves-\(width)x\(height)")
    }

    @Test("Logarithmic axis with gaps where values are not positive")
    func logarithmic() {
        let y = x.map { place -> Double in
            if place > 90, place < 110 { return -1 }
            return place > 150 && place < 160 ? .nan : 5 * exp(-place / 30) + 0.004
        }
        let grid = grid(60, 12) {
            CurvePlot([.init("loss", mark: "●", role: .source, x: x, y: y)], isLogarithmic: true, xName: "step").draw(into: &$0, $1, Look())
        }
        expectGolden(grid.text, "curves-logarithmic")
    }

    @Test("The planned curve and the point where the run stands")
    func moment() {
        let alpha = x.map { $0 < 80 ? 0.0001 : 0.095 * pow(($0 - 80) / 120, 1.5) }
        let plan = CurvePlot.Series("planned", mark: "·", role: .muted, x: x, y: alpha)
        let grid = grid(70, 8) {
            CurvePlot([plan], now: .init(x: 76, label: "now: step 76"), hasLegend: false).draw(into: &$0, $1, Look())
        }
        expectGolden(grid.text, "curves-moment")
    }

    @Test("Few values are marked one by one; without colours long curves carry their marks")
    func marks() {
        let few = CurvePlot.Series("source", mark: "●", role: .source, x: [1, 2, 3, 4, 5], y: [0.2, 0.5, 0.6, 0.8, 0.82])
        expectGolden(
            grid(50, 9) { CurvePlot([few], yRange: .fixed(0...1), xName: "epoch").draw(into: &$0, $1, Look()) }.text, "curves-marks")
        expectGolden(
            grid(60, 10) { CurvePlot(losses).draw(into: &$0, $1, Look(colours: .none)) }.text, "curves-without-colours")
    }

    @Test("Where curves run through all four corners, the legend stands where none does")
    func crowdedCorners() throws {
        // To and from every corner, and one steep curve as the published schedule draws it.
        let series = [
            CurvePlot.Series("up", mark: "●", role: .source, x: x, y: x),
            CurvePlot.Series("down", mark: "▲", role: .target, x: x, y: x.map { 200 - $0 }),
            CurvePlot.Series("steep", mark: "◆", role: .good, x: x, y: x.map { 200 / (1 + exp(-($0 - 100) / 4)) }),
        ]
        let plain = grid(72, 18) { CurvePlot(series, hasLegend: false).draw(into: &$0, $1, Look()) }
        let withLegend = grid(72, 18) { CurvePlot(series).draw(into: &$0, $1, Look()) }
        let legend = withLegend.text.split(separator: "\n").filter { $0.contains("up ") || $0.contains("down ") || $0.contains("steep ") }
        #expect(legend.count == 3)
        for (before, after) in zip(plain.cells, withLegend.cells) where before.glyph?.brailleDots != nil {
            #expect(after.glyph == before.glyph)
        }
    }

    @Test("The glyph ladder", arguments: [GlyphLadder.blocks, .ascii])
    func ladder(glyphs: GlyphLadder) {
        let look = Look(glyphs: glyphs)
        let grid = grid(60, 14) { grid, rect in
            let inner = Box("Train · loss", key: "2", right: "smooth 0.6").draw(into: &grid, rect, look)
            CurvePlot(losses, references: [.init("ln 2", log(2))], xName: "step").draw(into: &grid, inner, look)
        }.converted(to: glyphs)
        expectGolden(grid.text, "curves-\(glyphs.rawValue)")
        #expect(grid.cells.allSatisfy { $0.glyph?.brailleDots == nil })
        if glyphs == .ascii { #expect(grid.cells.allSatisfy { $0.glyph?.isASCII ?? false }) }
    }

    @Test("Plots of nothing, of one value, of infinities and of endless zeros draw without harm at any size")
    func strangePlots() {
        let strange: [[Double]] = [[], [.nan], [1], [.infinity, 1, -.infinity], [0, 0, 0], [1e300, -1e300], [.nan, .nan, 2]]
        for y in strange {
            for (width, height) in [(0, 0), (1, 1), (8, 2), (9, 30), (200, 3), (60, 20)] {
                for isLogarithmic in [false, true] {
                    let series = CurvePlot.Series("s", mark: "●", role: .source, x: y.indices.map(Double.init), y: y, ghost: y)
                    let text = expectWithin(width, height) {
                        CurvePlot([series], now: .init(x: 0, label: "now"), isLogarithmic: isLogarithmic, xName: "step").draw(
                            into: &$0, $1, Look())
                    }
                    #expect(!text.lowercased().contains("nan") && !text.contains("inf"), "\(y) at \(width)x\(height):\n\(text)")
                }
            }
        }
    }

    @Test("A spectrogram and a picture in shades, a waveform in dots")
    func media() {
        let look = Look(colours: .none)
        var mel: [Float] = []
        for band in 0..<32 {
            for frame in 0..<64 { mel.append(Float(sin(Double(frame) / 6) * exp(-Double(band) / 14))) }
        }
        expectGolden(grid(48, 8) { HeatMap(rows: 32, columns: 64, values: mel).draw(into: &$0, $1, look) }.text, "heat-shades")
        var pixels: [UInt8] = []
        for at in 0..<1024 { pixels += [UInt8](repeating: UInt8((at % 32) * (at / 32) * 255 / 961), count: 3) }
        expectGolden(
            grid(40, 12) { PictureView(width: 32, height: 32, pixels: pixels[...]).draw(into: &$0, $1, look) }.text, "picture-shades")
        let loudness: [Float] = (0..<128).map { Float(abs(sin(Double($0) / 9))) }
        let envelope: [Float] = loudness.flatMap { [-$0, $0 * 0.6] }
        expectGolden(grid(48, 5) { WaveformView(envelope: envelope).draw(into: &$0, $1, look) }.text, "waveform")
    }

    @Test("A heat map's colours come from the theme's map, high values at the light end")
    func heatColours() {
        let grid = grid(2, 1) { HeatMap(rows: 2, columns: 2, values: [0, 0, 1, 1]).draw(into: &$0, $1, Look()) }
        #expect(grid[0, 0] == Cell("▀", foreground: ColourMap.magma[1], background: ColourMap.magma[0]))
    }

    @Test("A picture keeps its colours and its shape")
    func pictureColours() {
        let pixels: [UInt8] = [255, 0, 0, 0, 0, 255]  // One above the other.
        let grid = grid(9, 3) { PictureView(width: 1, height: 2, pixels: pixels[...]).draw(into: &$0, $1, Look()) }
        let drawn = grid.cells.filter { $0.glyph == "▀" }
        #expect(drawn.count == 9)  // 3 across, 6 half rows down.
        #expect(drawn.first?.foreground == Colour(255, 0, 0) && drawn.last?.background == Colour(0, 0, 255))
        let sixteen = self.grid(9, 3) { PictureView(width: 1, height: 2, pixels: pixels[...]).draw(into: &$0, $1, Look(colours: .sixteen)) }
        #expect(sixteen.cells.allSatisfy { $0.foreground.map(Colour.ansi.contains) ?? true })
    }

    @Test("Values that do not fit their shape draw nothing")
    func brokenMedia() {
        let empty = CellGrid(width: 4, height: 2)
        #expect(grid(4, 2) { HeatMap(rows: 3, columns: 3, values: [1]).draw(into: &$0, $1, Look()) } == empty)
        #expect(grid(4, 2) { PictureView(width: 3, height: 3, pixels: [1]).draw(into: &$0, $1, Look()) } == empty)
        #expect(grid(4, 2) { WaveformView(envelope: []).draw(into: &$0, $1, Look()) } == empty)
        let odd = grid(4, 2) { HeatMap(rows: 1, columns: 2, values: [.nan, .infinity]).draw(into: &$0, $1, Look()) }
        #expect(odd.cells.allSatisfy { $0.glyph != nil })
    }

    @Test("Progress", arguments: [0, 0.031, 0.38, 0.999, 1, .nan, 7] as [Double])
    func progress(share: Double) {
        let text = grid(30, 1) { ProgressBar(share: share).draw(into: &$0, $1, Look()) }.lines[0]
        #expect(
            text.hasSuffix(share == 0.38 ? " 38 %" : share >= 1 ? "100 %" : share == 0.999 ? " 99 %" : share == 0.031 ? " 3 %" : " 0 %"))
        #expect(text.filter { $0 == "█" }.count == Int((share.isNaN ? 0 : min(share, 1)) * 24))
    }

    @Test("A table shows its selected row, drops columns by importance, and aligns numbers", arguments: [60, 34, 14])
    func table(width: Int) {
        let columns = [
            TableColumn("clip", width: 12), TableColumn("emotion", width: 8, giveWay: 1),
            TableColumn("length", width: 7, alignment: .right, giveWay: 2),
            TableColumn("sentence", width: 16, giveWay: 3, isFlexible: true),
        ]
        let view = TableView(columns: columns, rowCount: 100, selected: 42, offset: 0, sorted: (2, false))
        let grid = grid(width, 8) { grid, rect in
            view.draw(into: &grid, rect, Look()) {
                [Span("clip-\($0)"), Span("sad"), Span(Numbers.fixed(Double($0) / 7, 2)), Span("Dogs are sitting by the door")]
            }
        }
        expectGolden(grid.text, "table-\(width)")
        #expect(grid.text.contains("clip-42"))
        let row = grid.lines.firstIndex { $0.contains("clip-42") } ?? 0
        #expect(grid[1, row].background == Theme.dark[.selection].background)
    }

    @Test("The window of a list always shows the selected row and never runs past the end")
    func window() {
        for count in 0...12 {
            for height in 0...9 {
                for selected in 0..<max(1, count) {
                    for offset in [0, 3, 99] {
                        let first = TableView.window(offset: offset, selected: selected, count: count, height: height)
                        #expect(first >= 0)
                        if height > 0, count > 0 {
                            #expect(selected >= first && selected < first + height)
                            #expect(first == 0 || first + height <= count)
                        }
                    }
                }
            }
        }
    }
}
