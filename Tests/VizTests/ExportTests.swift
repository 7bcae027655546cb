import Foundation
import Testing

@testable import Viz

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct ExportTests {
    private var sample: CellGrid {
        var grid = CellGrid(width: 24, height: 6)
        let inner = Box("a < b & \"c\"", key: "2", right: "right").draw(into: &grid, grid.bounds, Look())
        grid.text("漢 é ⣿ ░▒▓ ▀ <&>", x: inner.x, y: inner.y, Ink(Colour(200, 20, 20), attributes: [.bold, .underline]))
        grid.text("selected", x: inner.x, y: inner.y + 1, Theme.dark[.selection])
        grid.text("reversed", x: inner.x, y: inner.y + 2, Ink(attributes: [.reverse]))
        return grid
    }

    @Test("SVG is well-formed XML and holds the text")
    func svg() {
        let svg = sample.svg(theme: .dark)
        let parser = XMLParser(data: Data(svg.utf8))
        #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "") line \(parser.lineNumber)")
        #expect(svg.contains("&lt;&amp;&gt;") && svg.contains("selected") && svg.contains("漢"))
        #expect(!svg.contains("\u{1B}"))
    }

    @Test("PNG has the size of the grid, and a drawn grid is no blank")
    func png() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("a.png").path
        try sample.writePNG(to: path, theme: .dark, cellWidth: 10)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(bytes.prefix(8) == [137, 80, 78, 71, 13, 10, 26, 10])
        func number(_ at: Int) -> Int { bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) } }
        #expect(number(16) == 24 * 10 + 20 && number(20) == 6 * 20 + 20)
        let blank = folder.appendingPathComponent("b.png").path
        try CellGrid(width: 24, height: 6).writePNG(to: blank, theme: .dark, cellWidth: 10)
        #expect(bytes.count > (try Data(contentsOf: URL(fileURLWithPath: blank))).count * 2)
    }

    @Test("A picture that cannot be written says where and why")
    func pngFailure() {
        #expect(throws: PictureExportError.self) { try sample.writePNG(to: "/no/such/folder/a.png", theme: .dark) }
    }

    @Test("ANSI carries the colours at each depth and resets every row")
    func ansi() {
        var grid = CellGrid(width: 2, height: 1)
        grid.text("a", x: 0, y: 0, Ink(Colour(255, 0, 0), attributes: .bold))
        #expect(grid.ansi(.direct) == "\u{1B}[0;1;38;2;255;0;0ma\u{1B}[0m \u{1B}[0m\n")
        #expect(grid.ansi(.indexed) == "\u{1B}[0;1;38;5;196ma\u{1B}[0m \u{1B}[0m\n")
        #expect(grid.ansi(.sixteen) == "\u{1B}[0;1;91ma\u{1B}[0m \u{1B}[0m\n")
        #expect(grid.ansi(.none) == "\u{1B}[0;1ma\u{1B}[0m \u{1B}[0m\n")
    }

    @Test("Plain text has no trailing blanks and one line a row")
    func text() {
        #expect(sample.text.split(separator: "\n", omittingEmptySubsequences: false).count == 7)
        #expect(!sample.text.contains(" \n"))
    }
}
