import Testing

@testable import Viz

/// Draws into a rectangle of that size in the middle of a larger grid, and expects that nothing around it changes. Returns what was drawn.
@discardableResult
func expectWithin(
    _ width: Int, _ height: Int, _ location: SourceLocation = #_sourceLocation, _ draw: (inout CellGrid, Rect) -> Void
) -> String {
    var grid = CellGrid(width: width + 4, height: height + 4, fill: Cell("#"))
    let rect = Rect(x: 2, y: 2, width: width, height: height)
    draw(&grid, rect)
    let isWhole = (0..<grid.height).allSatisfy { y in (0..<grid.width).allSatisfy { x in rect.contains(x, y) || grid[x, y] == Cell("#") } }
    #expect(isWhole, "drawn outside \(width)x\(height):\n\(grid.text)", sourceLocation: location)
    return grid.text
}
