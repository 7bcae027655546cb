import Foundation
import Testing

@testable import Viz

@Suite("Figures of bars")
struct BarFigureTests {
    private static let figure = BarFigure(
        title: "adaptation", subtitle: "studio to crowd", note: "nano size",
        groups: [
            .init(
                name: "base",
                bars: [.init(mean: 0.8, deviation: 0.05, values: [0.75, 0.85], mark: 0.78), .init(mean: 0.55, deviation: nil)]),
            .init(name: "base+full", bars: [.init(mean: 0.82, deviation: 0.02), .init(mean: nil, deviation: nil)]),
        ], series: ["source accuracy", "target accuracy"], markName: "published")

    private static func written(_ figure: BarFigure, _ ending: String) throws -> Data {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-bars-\(UUID().uuidString).\(ending)")
        defer { try? FileManager.default.removeItem(at: file) }
        try figure.write(to: file.path)
        return try Data(contentsOf: file)
    }

    @Test("PNG and SVG are written, the same each time, and change with a value")
    func writes() throws {
        let png = try Self.written(Self.figure, "png")
        #expect(png.prefix(4) == Data([0x89, 0x50, 0x4e, 0x47]) && png.count > 4000)
        #expect(try Self.written(Self.figure, "png") == png)
        var other = Self.figure
        other.groups[0].bars[0].mean = 0.7
        #expect(try Self.written(other, "png") != png)
        #expect(String(decoding: try Self.written(Self.figure, "svg").prefix(200), as: UTF8.self).contains("<svg"))
    }

    @Test("Values outside 0 to 1, infinite ones, no rows and endless names are drawn without a crash")
    func extremes() throws {
        var strange = Self.figure
        strange.title = String(repeating: "long ", count: 400)
        strange.groups = (0..<40).map {
            .init(name: "row \($0) with a long name", bars: [.init(mean: [-.infinity, 7, .nan][$0 % 3], deviation: .nan)])
        }
        #expect(try Self.written(strange, "png").count > 1000)
        #expect(try Self.written(BarFigure(title: "", groups: [], series: []), "png").count > 1000)
        #expect(throws: PictureExportError.self) { try Self.figure.write(to: "/nowhere/at/all.png") }
    }
}
