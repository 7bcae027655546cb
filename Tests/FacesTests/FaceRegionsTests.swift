import Records
import Testing

@testable import Faces

@Suite("Brows, eyes and mouth in what was cut")
struct FaceRegionsTests {
    /// A face of 100 px with eyes at 40 % of its height and a mouth at 75 %.
    private func finding(x: Float = 50, y: Float = 60, side: Float = 100) -> FaceFinding {
        let points: [(Float, Float)] = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.75), (0.65, 0.75)]
        return FaceFinding(
            box: FaceBox(x: x, y: y, width: side, height: side), score: 1,
            landmarks: points.map { FacePoint(x: x + $0.0 * side, y: y + $0.1 * side) },
            origin: .detected)
    }

    @Test("Points go through the cut: plain, with a margin, and as a square")
    func cuts() throws {
        let plain = try #require(FaceRegions(finding(), FaceSettings()))
        // Down from the eyes to the mouth is 0.35: eyes reach 0.07 to each side, brows from 0.19 to 0.33.
        #expect(abs(plain.eyes.y.lowerBound - 0.33) < 1e-6 && abs(plain.eyes.y.upperBound - 0.47) < 1e-6)
        #expect(abs(plain.brows.y.lowerBound - 0.19) < 1e-6 && abs(plain.brows.y.upperBound - 0.33) < 1e-6)
        #expect(abs(plain.mouth.x.lowerBound - 0.25) < 1e-6 && abs(plain.mouth.y.lowerBound - 0.6625) < 1e-6)
        // A margin of half makes the face half as large, in the middle.
        let wide = try #require(FaceRegions(finding(), FaceSettings(margin: 0.5)))
        #expect(abs(wide.eyes.y.lowerBound - (0.25 + 0.33 / 2)) < 1e-6)
        let square = try #require(FaceRegions(finding(), FaceSettings(margin: 0.5, shape: .square)))
        #expect(abs(square.eyes.y.lowerBound - wide.eyes.y.lowerBound) < 1e-6)
    }

    @Test("Aligned eyes lie where alignment puts them")
    func aligned() throws {
        let regions = try #require(FaceRegions(finding(), FaceSettings(alignment: .eyes)))
        #expect(abs((regions.eyes.y.lowerBound + regions.eyes.y.upperBound) / 2 - 0.4605) < 1e-3)
    }

    @Test("Without a face, without points or with impossible ones there are no regions")
    func none() {
        var fallback = finding()
        fallback.origin = .fallback
        #expect(FaceRegions(fallback, FaceSettings()) == nil)
        var few = finding()
        few.landmarks = []
        #expect(FaceRegions(few, FaceSettings()) == nil)
        var broken = finding()
        broken.landmarks[2] = FacePoint(x: .nan, y: 0)
        #expect(FaceRegions(broken, FaceSettings()) == nil)
        #expect(FaceRegions(finding(side: 0), FaceSettings()) == nil)
    }

    @Test("A region's share counts patches by the part of them that lies in it; thirds add up to one")
    func shares() throws {
        let thirds = FaceRegions.thirds
        let patches = (0..<16).map { Double($0) }
        #expect(abs(thirds.reduce(0) { $0 + $1.area.share(of: patches, rows: 4, columns: 4) } - 1) < 1e-9)
        // The upper third of four rows is the first and a third of the second: (6 + 22 / 3) / 120.
        #expect(abs(thirds[0].area.share(of: patches, rows: 4, columns: 4) - (6 + 22.0 / 3) / 120) < 1e-9)
        #expect(
            thirds[0].area.share(of: [1], rows: 4, columns: 4) == 0 && thirds[0].area.share(of: [0, 0, 0, 0], rows: 2, columns: 2) == 0)
    }
}
