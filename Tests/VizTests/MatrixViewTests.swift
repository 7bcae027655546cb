import Foundation
import Testing

@testable import Viz

@Suite struct MatrixViewTests {
    private let cells = [[MatrixView.Cell("90", share: 0.9), .init("10", share: 0.1)], [.init("·"), .init("100", share: 1)]]

    @Test("Names, values, the cursor and figures stand where they belong; figures leave before values do")
    func layout() {
        let matrix = MatrixView(
            labels: ["sad", "fear"], cells: cells, cursor: (1, 1), columns: [.init("n", ["10", "7"]), .init("F1", ["0.90", "0.80"])])
        var grid = CellGrid(width: 40, height: 3)
        matrix.draw(into: &grid, grid.bounds, Look(colours: .none))
        #expect(grid.lines[0].contains("sad") && grid.lines[0].hasSuffix("F1"))
        #expect(grid.lines[1].hasPrefix("sad") && grid.lines[1].hasSuffix("10 0.90"))
        #expect(grid.lines[2].hasPrefix("fear▸") && grid.lines[2].contains("▸100◂"))
        var narrow = CellGrid(width: 18, height: 3)
        matrix.draw(into: &narrow, narrow.bounds, Look(colours: .none))
        #expect(!narrow.lines[0].contains("F1") && narrow.lines[2].contains("100"))
    }

    @Test("A matrix whose rows do not fit its labels is drawn as nothing, one of any size crashes nothing")
    func damaged() {
        var grid = CellGrid(width: 30, height: 5)
        MatrixView(labels: ["a", "b"], cells: [[.init("1")]]).draw(into: &grid, grid.bounds, Look())
        #expect(grid.lines.allSatisfy { $0.isEmpty })
        for width in 0..<40 {
            for height in 0..<12 {
                expectWithin(width, height) {
                    MatrixView(labels: ["a", "long name"], cells: cells, cursor: (0, 1), columns: [.init("n", ["1", "2"])]).draw(
                        into: &$0, $1, Look())
                }
            }
        }
    }

    @Test("A label that does not fit ends in an ellipsis, over its column and before its row")
    func longLabels() {
        let rows = (0..<3).map { _ in (0..<3).map { _ in MatrixView.Cell("5", share: 0.5) } }
        var grid = CellGrid(width: 30, height: 4)
        MatrixView(labels: ["disappointment", "neutral", "sad"], cells: rows).draw(into: &grid, grid.bounds, Look(colours: .none))
        #expect(grid.lines[0].contains("disap…") || grid.lines[0].contains("disa…"), "\(grid.text)")
        #expect(grid.lines[1].hasPrefix("disap"), "\(grid.text)")
        #expect(grid.lines[1].contains("…") && grid.lines[0].contains("sad"), "\(grid.text)")
    }

    @Test("Text over any ground has a contrast of at least 4.5 to 1")
    func contrast() {
        func luminance(_ c: Colour) -> Double {
            func linear(_ v: UInt8) -> Double { let s = Double(v) / 255; return s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4) }
            return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue)
        }
        for map in ColourMap.all {
            for step in 0...50 {
                let ground = map[Double(step) / 50]
                let (a, b) = (luminance(ground), luminance(ground.readable))
                #expect((max(a, b) + 0.05) / (min(a, b) + 0.05) >= 4.5, "\(map.name) \(step)")
            }
        }
    }
}
