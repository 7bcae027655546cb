import Testing

@testable import Media

@Suite("Pictures are cut and resampled by area")
struct PictureTests {
    @Test("Area resampling equals PyTorch's, 17x23 to 12x12")
    func area() throws {
        let golden = try Golden("area_resize")
        let input = try golden.values("in.x")
        let reference = try golden.values("out")
        // The golden is [channel, height, width]; ours are interleaved.
        var interleaved = [Float](repeating: 0, count: input.count)
        for channel in 0..<3 { for i in 0..<(17 * 23) { interleaved[3 * i + channel] = input[channel * 17 * 23 + i] } }
        let means = interleaved.withUnsafeBufferPointer {
            AreaResize.means($0, width: 23, height: 17, channels: 3, toWidth: 12, height: 12) { $0 }
        }
        let planar = (0..<3).flatMap { channel in (0..<144).map { means[3 * $0 + channel] } }
        #expect(largestDifference(planar, reference) <= 1e-6)
    }

    @Test("Bins cover the axis, overlap where sizes do not divide, and repeat when growing")
    func bins() {
        #expect(AreaResize.ranges(from: 6, to: 3) == [0..<2, 2..<4, 4..<6])
        #expect(AreaResize.ranges(from: 5, to: 3) == [0..<2, 1..<4, 3..<5])
        #expect(AreaResize.ranges(from: 2, to: 5) == [0..<1, 0..<1, 0..<2, 1..<2, 1..<2])
    }

    @Test("Levels are rounded to the nearest")
    func rounding() {
        let picture = Picture(width: 2, height: 1, pixels: [0, 10, 255, 1, 11, 255])
        #expect(picture.resizedByArea(width: 1, height: 1).pixels == [1, 11, 255])
        #expect(picture.resizedByArea(width: 2, height: 1) == picture)
        #expect(
            picture.resizedByArea(width: 4, height: 2).pixels == [
                0, 10, 255, 0, 10, 255, 1, 11, 255, 1, 11, 255, 0, 10, 255, 0, 10, 255, 1, 11, 255, 1, 11, 255,
            ])
    }

    @Test("A crop is the part asked for; what juts out is left out")
    func crops() {
        var picture = Picture(width: 4, height: 3)
        for i in 0..<12 { picture.pixels[3 * i] = UInt8(i) }
        #expect(
            picture.cropped(x: 1, y: 1, width: 2, height: 2).pixels.enumerated().filter { $0.offset % 3 == 0 }.map(\.element) == [
                5, 6, 9, 10,
            ])
        let corner = picture.cropped(x: -2, y: 2, width: 3, height: 9)
        #expect(corner.width == 1 && corner.height == 1 && corner.pixels[0] == 8)
        let outside = picture.cropped(x: 40, y: 40, width: 5, height: 5)
        #expect(outside.width == 1 && outside.height == 1 && outside.pixels[0] == 11)
    }
}
