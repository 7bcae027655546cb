import Foundation
import TestSupport
import Testing

@testable import Viz

@Suite struct OverlayPlotTests {
    private func plot(_ look: Look, cursor: Double? = nil) -> CellGrid {
        let x = (0...60).map(Double.init)
        func curve(_ name: String, _ place: Int) -> CurvePlot.Series {
            CurvePlot.Series(
                name, mark: SeriesPalette.mark(place), role: .text, x: x,
                y: x.map { 0.3 + 0.1 * Double(place) + exp(-$0 / Double(8 + 6 * place)) },
                ink: SeriesPalette.ink(place, look))
        }
        let own = CurvePlot.Series("class loss", mark: "●", role: .source, x: x, y: x.map { 0.2 + 1.5 * exp(-$0 / 10) })
        var plot = CurvePlot([own, curve("run 37", 0), curve("run 33", 1), curve("run 12", 2)], xRange: 0...60, xName: "epoch")
        plot.flags = [CurvePlot.Flag(x: 20, mark: "▼", role: .text)]
        plot.cursor = cursor
        var grid = CellGrid(width: 70, height: 16)
        plot.draw(into: &grid, grid.bounds, look)
        return grid.converted(to: look.glyphs)
    }

    @Test("Curves of four runs, with a cursor, in braille, blocks and ASCII, with and without colours")
    func goldens() {
        expectGolden(plot(Look()).text, "overlay-braille")
        expectGolden(plot(Look(), cursor: 30).text, "overlay-cursor")
        expectGolden(plot(Look(glyphs: .blocks)).text, "overlay-blocks")
        expectGolden(plot(Look(colours: .none, glyphs: .ascii)).text, "overlay-ascii")
    }

    @Test("In ASCII every curve has a mark of its own, and every colour depth keeps colours apart")
    func apart() {
        let ascii = plot(Look(colours: .none, glyphs: .ascii)).text
        for mark in ["*", "a", "b", "c"] { #expect(ascii.contains("\(mark) "), "\(mark)") }
        let colours = Set((0..<SeriesPalette.count).map { SeriesPalette.ink($0, Look()).foreground })
        #expect(colours.count == SeriesPalette.count && !colours.contains(Theme.dark[.source].foreground))
    }

    @Test("The value at a place is that of the nearest point, none in gaps and beyond the ends, and the unscaled one where there is one")
    func values() {
        var curve = CurvePlot.Series("a", mark: "●", role: .source, x: [0, 10, 20, 30], y: [1, 2, .nan, 4])
        #expect(curve.value(at: 4) == 1 && curve.value(at: 6) == 2 && curve.value(at: 10) == 2 && curve.value(at: 20) == nil)
        #expect(
            curve.value(at: 30) == 4 && curve.value(at: 34) == 4 && curve.value(at: 40) == nil && curve.value(at: -6) == nil
                && curve.value(at: .nan) == nil)
        curve.read = [10, 20, .nan, 40]
        #expect(curve.value(at: 11) == 20)
        #expect(CurvePlot.Series("none", mark: "●", role: .source, x: [], y: []).value(at: 0) == nil)
    }

    @Test("A curve that is zero throughout has an axis from 0 to 1")
    func zero() {
        var grid = CellGrid(width: 40, height: 9)
        CurvePlot([.init("alpha", mark: "●", role: .adversary, x: [0, 10], y: [0, 0])], xName: "step").draw(
            into: &grid, grid.bounds, Look())
        #expect(!grid.text.contains("−") && !grid.text.contains("-1") && grid.text.contains("0.0"))
    }

    @Test("Signs of shares")
    func signs() {
        #expect(Numbers.signedShare(0.1754) == "+.175" && Numbers.signedShare(-0.02) == "−.020" && Numbers.signedShare(0.0001) == ".000")
        #expect(Numbers.signedShare(1) == "+1.00" && Numbers.signedShare(.nan) == "–")
    }
}
