import Foundation
import TestSupport
import Testing

@testable import Viz

@Suite struct DumbbellPlotTests {
    private let rows = [
        DumbbellPlot.Row("neutral", filled: 0.95, open: 0.61), DumbbellPlot.Row("happy", filled: 0.9, open: 0.895),
        DumbbellPlot.Row("sad", filled: 0.5, open: 0.8), DumbbellPlot.Row("fear", filled: 0.81, open: nil),
        DumbbellPlot.Row("none", filled: nil, open: nil),
        DumbbellPlot.Row("ends", filled: 1, open: 0),
    ]

    private func drawn(_ width: Int, _ height: Int, _ look: Look = Look()) -> CellGrid {
        var grid = CellGrid(width: width, height: height)
        DumbbellPlot(rows).draw(into: &grid, grid.bounds, look)
        return grid
    }

    @Test("Dumbbells with room, tight, with fewer rows than values, in ASCII")
    func goldens() {
        expectGolden(drawn(60, 14).text, "dumbbell-60x14")
        expectGolden(drawn(40, 7).text, "dumbbell-40x7")
        expectGolden(drawn(40, 3).text, "dumbbell-40x3")
        expectGolden(drawn(40, 7, Look(colours: .none, glyphs: .ascii)).converted(to: .ascii).text, "dumbbell-ascii-40x7")
    }

    @Test("Marks lie where the values are, the greater difference stays where there is no room")
    func places() {
        let grid = drawn(60, 14)
        let row = grid.lines[10]
        #expect(row.contains("○") && row.contains("●") && row.hasSuffix("−1.00"))
        #expect(drawn(40, 1).lines[0].hasPrefix("ends"))
        for width in 0..<30 { for height in 0..<9 { expectWithin(width, height) { DumbbellPlot(rows).draw(into: &$0, $1, Look()) } } }
    }

    @Test("Marks lie at their shares, one mark where both are equal")
    func shares() {
        var grid = CellGrid(width: 40, height: 2)
        DumbbellPlot([.init("sad", filled: 1, open: 0), .init("fear", filled: 0.5, open: 0.5)]).draw(
            into: &grid, grid.bounds, Look(colours: .none))
        #expect(grid.lines[0].contains("○─") && grid.lines[0].contains("─●") && grid.lines[0].hasSuffix("−1.00"))
        #expect(grid.lines[1].contains("●") && !grid.lines[1].contains("○") && grid.lines[1].hasSuffix(".000"))
    }

    @Test("Values with a range and a unit: the ends of the line are the range's, differences are written with three digits")
    func ranges() throws {
        let rows = [
            DumbbellPlot.Row("anna", filled: 100, open: 300), DumbbellPlot.Row("ben", filled: 250, open: 120),
            DumbbellPlot.Row("out", filled: -50, open: 900), DumbbellPlot.Row("odd", filled: .nan, open: .infinity),
        ]
        var grid = CellGrid(width: 60, height: 6)
        DumbbellPlot(rows, range: 100...300, unit: "Hz").draw(into: &grid, grid.bounds, Look())
        expectGolden(grid.text, "dumbbell-hertz-60x6")
        let places = (0..<3).map { y in (0..<60).filter { ["●", "○"].contains(grid[$0, y].glyph) } }
        #expect(places[0] == places[2], "a value outside of the range lies at its end")
        #expect(grid.lines[0].hasSuffix("100   300   +200") && grid.lines[1].hasSuffix("250   120   −130"))
        #expect(!grid.lines[3].contains("●") && !grid.lines[3].contains("○") && grid.lines[3].hasSuffix("–"))
        // Below the range's middle by a fifth is much; a little is not.
        #expect(grid[59, 1].foreground == Theme.dark[.bad].foreground && grid[59, 0].foreground == Theme.dark[.text].foreground)
        // A range of one value has no length; both marks are in its middle.
        var point = CellGrid(width: 40, height: 1)
        DumbbellPlot([.init("one", filled: 5, open: 5)], range: 5...5, unit: "s").draw(into: &point, point.bounds, Look())
        #expect(point.lines[0].contains("●"))
    }

    @Test("Without a second value there is no column of differences")
    func single() {
        var grid = CellGrid(width: 40, height: 1)
        DumbbellPlot([.init("sad", filled: 0.5, open: nil)]).draw(into: &grid, grid.bounds, Look())
        #expect(grid.lines[0].contains("●") && !grid.lines[0].contains("–"))
    }
}
