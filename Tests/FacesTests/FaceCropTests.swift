import Media
import Records
import Testing

@testable import Faces

@Suite("Faces are cut as squares of one size")
struct FaceCropTests {
    private func square(_ picture: Picture, _ box: FaceBox, size: Int) -> Picture {
        FaceCrop.crop(picture, to: FaceFinding(box: box, score: 1, isFallback: false), FaceSettings(shape: .square), size: size)
    }

    /// Red says the column, green the row.
    func ramp(width: Int, height: Int) -> Picture {
        var picture = Picture(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                picture.pixels[3 * (y * width + x)] = UInt8(x)
                picture.pixels[3 * (y * width + x) + 1] = UInt8(y)
            }
        }
        return picture
    }

    @Test("The centred square of half the shorter side is cut exactly and marked as fallback")
    func centredSquare() throws {
        let (face, finding) = try FaceExtractor(FaceSettings(detector: .centredSquare), size: 20).faces(in: [ramp(width: 100, height: 40)])[
            0]
        #expect(finding.isFallback && finding.score == 0)
        #expect(finding.box == FaceBox(x: 40, y: 10, width: 20, height: 20))
        #expect(face == ramp(width: 100, height: 40).cropped(x: 40, y: 10, width: 20, height: 20))
    }

    @Test("A box that is no square is widened around its middle where squares are asked for")
    func widened() {
        let face = square(ramp(width: 100, height: 60), FaceBox(x: 30, y: 20, width: 10, height: 20), size: 20)
        #expect(face == ramp(width: 100, height: 60).cropped(x: 25, y: 20, width: 20, height: 20))
    }

    @Test(
        "Boxes that jut out, are empty or are no numbers still give a face of the asked size",
        arguments: [
            FaceBox(x: -50, y: -50, width: 60, height: 60), FaceBox(x: 90, y: 50, width: 500, height: 3),
            FaceBox(x: 5, y: 5, width: 0, height: 0),
            FaceBox(x: .nan, y: .infinity, width: .nan, height: -.infinity), FaceBox(x: 1e30, y: -1e30, width: 1e38, height: 1e38),
        ])
    func strayBoxes(box: FaceBox) {
        for shape in FaceSettings.Shape.allCases {
            let finding = FaceFinding(box: box, score: 1, isFallback: false)
            let face = FaceCrop.crop(ramp(width: 100, height: 60), to: finding, FaceSettings(margin: 0.5, shape: shape), size: 24)
            #expect(face.width == 24 && face.height == 24)
        }
    }

    @Test("A face is the mean of the area it covers: a half-size crop averages four pixels")
    func areaMean() {
        let face = square(ramp(width: 64, height: 64), FaceBox(x: 8, y: 16, width: 32, height: 32), size: 16)
        for y in 0..<16 {
            for x in 0..<16 {
                // Columns 8+2x and 9+2x: their mean ends in .5 and is rounded up.
                #expect(face.pixels[3 * (y * 16 + x)] == UInt8(9 + 2 * x) && face.pixels[3 * (y * 16 + x) + 1] == UInt8(17 + 2 * y))
            }
        }
    }

    @Test("A picture of one pixel has a face too")
    func onePixel() throws {
        let pixel = Picture(width: 1, height: 1, red: 200)
        let face = try FaceExtractor(FaceSettings(detector: .centredSquare), size: 8).faces(in: [pixel])[0].picture
        #expect(face == Picture(width: 8, height: 8, red: 200))
    }
}
