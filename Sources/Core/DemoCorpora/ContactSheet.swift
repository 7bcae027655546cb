import Foundation
import Media

/// Rows of pictures on one PNG, for people to look at.
public enum ContactSheet {
    /// - Parameter rows: drawn from the left, the tops of a row aligned; a gap of 2 px between pictures.
    /// - Throws: `MediaError.cannotWrite`, `MediaError.invalidRequest` where there is nothing to draw or too much.
    public static func write(_ rows: [[Picture]], to url: URL) throws {
        let gap = 2
        let widths = rows.map { $0.reduce(gap) { $0 + $1.width + gap } }
        let heights = rows.map { ($0.map(\.height).max() ?? 0) + gap }
        let (width, height) = (widths.max() ?? 0, heights.reduce(gap, +))
        // Cairo's largest side.
        guard (1...32_767).contains(width), (1...32_767).contains(height) else {
            throw MediaError.invalidRequest(
                file: url.path, what: "a sheet of \(width)x\(height) px cannot be drawn: ask for fewer variants")
        }
        do {
            let canvas = try DemoCanvas(width: width, height: height)
            var y = gap
            for (row, height) in zip(rows, heights) {
                var x = gap
                for picture in row {
                    canvas.draw(picture, x: x, y: y)
                    x += picture.width + gap
                }
                y += height
            }
            try canvas.writePNG(to: url.path)
        } catch {
            throw MediaError.cannotWrite(file: url.path, reason: "\(error)")
        }
    }
}
