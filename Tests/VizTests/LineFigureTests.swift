import Foundation
import Testing

@testable import Viz

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Figures")
struct LineFigureTests {
    private static let colour = LineFigure.source

    private func figure(_ points: [LineFigure.Point]) -> LineFigure {
        let panel = LineFigure.Panel(
            "white noise", xTitle: "SNR, dB", yTitle: "accuracy", lines: [.init("source", points, Self.colour)],
            ticks: ["clean", "20", "10", "5", "0"].enumerated().map { .init(Double($0.offset), $0.element) }, yRange: 0...1,
            references: [.init(1.0 / 6, "chance")])
        return LineFigure("robustness", panels: [panel, panel], columns: 2)
    }

    private static let points = (0..<5).map {
        LineFigure.Point(Double($0), 0.8 - 0.1 * Double($0), low: 0.7 - 0.1 * Double($0), high: 0.85)
    }

    private func inFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    private func pixels(_ figure: LineFigure) throws -> Data {
        try inFolder { folder in
            let file = folder.appendingPathComponent("a.png")
            try figure.write(to: file.path)
            return try Data(contentsOf: file)
        }
    }

    @Test("A PNG has two pixels a point, and is the same every time")
    func png() throws {
        let bytes = [UInt8](try pixels(figure(Self.points)))
        #expect(bytes.prefix(4) == [137, 80, 78, 71])
        func number(_ at: Int) -> Int { bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) } }
        #expect(number(16) == 2 * (2 * 360 + 24))
        #expect(number(20) == 2 * (260 + 26 + 18 + 24))
        #expect(try pixels(figure(Self.points)) == Data(bytes))
    }

    @Test("Every point is drawn: moving one, or its error bar, changes the picture")
    func pointsMatter() throws {
        let original = try pixels(figure(Self.points))
        for place in Self.points.indices {
            var moved = Self.points
            moved[place].y -= 0.03
            #expect(try pixels(figure(moved)) != original)
            var bar = Self.points
            bar[place].low = 0.1
            #expect(try pixels(figure(bar)) != original)
        }
    }

    @Test("A title that is too long for its figure is set smaller instead of cut off")
    func longTitle() throws {
        // Its last letter is inside the picture.
        let title = String(repeating: "x", count: 200)
        #expect(
            try pixels(LineFigure(title, panels: figure(Self.points).panels))
                != pixels(LineFigure(title + "y", panels: figure(Self.points).panels)))
    }

    @Test("An SVG is well-formed")
    func svg() throws {
        try inFolder { folder in
            let file = folder.appendingPathComponent("a.svg")
            try figure(Self.points).write(to: file.path)
            let parser = XMLParser(data: try Data(contentsOf: file))
            #expect(parser.parse())
        }
    }

    @Test("What is not finite breaks the line, and a panel without points says so instead of failing")
    func degenerate() throws {
        var gap = Self.points
        gap[2].y = .nan
        #expect(try pixels(figure(gap)) != pixels(figure(Self.points)))
        let empty = try pixels(figure([]))
        #expect(empty != (try pixels(figure(gap))))
        #expect(try pixels(LineFigure(panels: [])).count > 8)
        let same = LineFigure(panels: [.init(lines: [.init("", [.init(3, 0.5), .init(3, 0.5)], Self.colour)])])
        #expect(try pixels(same).count > 8)
    }

    @Test("A file that cannot be written, and a figure beyond cairo's size, are errors", arguments: ["png", "svg"])
    func failures(kind: String) {
        #expect(throws: PictureExportError.self) { try figure(Self.points).write(to: "/no/such/folder/a.\(kind)") }
        let panels = figure(Self.points).panels
        #expect(throws: PictureExportError.self) {
            try LineFigure(panels: Array(repeating: panels[0], count: 200), columns: 200).write(to: "/no/such/folder/a.\(kind)")
        }
    }
}
