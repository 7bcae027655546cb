import Foundation
import Media
import Records
import TestSupport
import Testing

@testable import Faces

/// Says what it was told to: a list of faces for each level of red of a picture's first px.
private final class ToldDetector: FaceDetector, @unchecked Sendable {
    let name = "told"
    private let told: [UInt8: [DetectedFace]]
    private let lock = NSLock()
    private var frames: [UInt8] = []

    init(_ told: [UInt8: [DetectedFace]]) { self.told = told }

    func faces(in picture: Picture) -> [DetectedFace] {
        lock.withLock { frames.append(picture.pixels[0]) }
        return told[picture.pixels[0]] ?? []
    }

    /// Which pictures it was shown, in order.
    var looked: [UInt8] { lock.withLock { frames } }
}

private func face(_ x: Float, _ y: Float, _ width: Float, _ height: Float, score: Float = 0.9) -> DetectedFace {
    DetectedFace(
        box: FaceBox(x: x, y: y, width: width, height: height), score: score,
        landmarks: [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)].map {
            FacePoint(x: x + Float($0.0) * width, y: y + Float($0.1) * height)
        })
}

@Suite("Faces of a clip are chosen, followed and cut as the settings say")
struct FaceExtractorTests {
    private func frames(_ count: Int) -> [Picture] { (0..<count).map { Picture(width: 80, height: 60, red: UInt8($0)) } }

    private func findings(_ settings: FaceSettings, _ told: [UInt8: [DetectedFace]], frames count: Int) throws -> [FaceFinding] {
        try FaceExtractor(settings, size: 8, detector: ToldDetector(told)).faces(in: frames(count)).map(\.finding)
    }

    @Test("The largest face is taken, or the most probable")
    func selection() throws {
        let told: [UInt8: [DetectedFace]] = [0: [face(1, 2, 10, 10, score: 0.99), face(20, 2, 20, 10, score: 0.8)]]
        #expect(try findings(FaceSettings(), told, frames: 1)[0].box.x == 20)
        let probable = try findings(FaceSettings(selection: .mostProbable), told, frames: 1)[0]
        #expect(probable.box.x == 1 && probable.score == 0.99 && probable.landmarks.count == 5 && probable.origin == .detected)
    }

    @Test("Looked for ahead and on other threads, faces are those found in turn, also of frames that were never shown or shown twice")
    func ahead() throws {
        let told: [UInt8: [DetectedFace]] = [0: [face(0, 0, 10, 10)], 1: [], 2: [face(30, 8, 20, 20)], 3: [face(4, 4, 12, 9)]]
        for settings in [FaceSettings(), FaceSettings(smoothing: .movingAverage), FaceSettings(every: 2), FaceSettings(missing: .previous)]
        {
            let extractor = FaceExtractor(settings, size: 8, detector: ToldDetector(told))
            let ahead = FacesAhead(extractor)
            for frame in frames(3) + frames(2) { ahead.look(at: frame) }
            let (found, inTurn) = (try ahead.faces(in: frames(4)), try extractor.faces(in: frames(4)))
            #expect(found.map(\.finding) == inTurn.map(\.finding) && found.map(\.picture) == inTurn.map(\.picture))
        }
        // Every second frame alone is to be looked at: nothing is looked at ahead.
        let detector = ToldDetector(told)
        let ahead = FacesAhead(FaceExtractor(FaceSettings(every: 2), size: 8, detector: detector))
        for frame in frames(4) { ahead.look(at: frame) }
        #expect(detector.looked.isEmpty)
    }

    @Test("With every third frame only those and the last are looked at, and boxes and landmarks between lie on a line")
    func everyThird() throws {
        let detector = ToldDetector([0: [face(0, 0, 10, 10, score: 0.8)], 3: [face(9, 3, 16, 10)], 4: [face(9, 3, 16, 10)]])
        let found = try FaceExtractor(FaceSettings(every: 3), size: 8, detector: detector).faces(in: frames(5)).map(\.finding)
        #expect(detector.looked == [0, 3, 4])
        #expect(found.map(\.origin) == [.detected, .interpolated, .interpolated, .detected, .detected])
        #expect(found[1].box == FaceBox(x: 3, y: 1, width: 12, height: 10) && found[2].box == FaceBox(x: 6, y: 2, width: 14, height: 10))
        #expect(found[1].score == 0.8)
        #expect(abs(found[2].landmarks[0].x - (6 + 0.3 * 14)) < 1e-4)
    }

    @Test("Where a looked-at frame shows no face, those beside it are looked at too")
    func everySecondWithGap() throws {
        let detector = ToldDetector([0: [face(0, 0, 10, 10)], 1: [face(5, 0, 10, 10)], 4: [face(8, 0, 10, 10)]])
        let found = try FaceExtractor(FaceSettings(every: 2), size: 8, detector: detector).faces(in: frames(5)).map(\.finding)
        #expect(found.map(\.origin) == [.detected, .detected, .fallback, .fallback, .detected])
        #expect(detector.looked == [0, 2, 1, 4, 3])
    }

    @Test("A frame without a face gets the centred square, or the previous face where that is asked for")
    func missing() throws {
        let told: [UInt8: [DetectedFace]] = [1: [face(4, 5, 20, 30)]]
        let standard = try findings(FaceSettings(), told, frames: 3)
        #expect(
            standard.map(\.origin) == [.fallback, .detected, .fallback] && standard[2].box == FaceBox(x: 25, y: 15, width: 30, height: 30))
        let previous = try findings(FaceSettings(missing: .previous), told, frames: 3)
        #expect(previous.map(\.origin) == [.fallback, .detected, .reused])
        #expect(previous[2].box == previous[1].box && previous[2].score == 0 && previous[2].landmarks == previous[1].landmarks)
    }

    @Test("A moving average and a Gaussian smooth boxes and landmarks, and leave frames without a face out")
    func smoothing() throws {
        let told: [UInt8: [DetectedFace]] = [0: [face(0, 0, 10, 10)], 1: [face(6, 0, 10, 16)], 2: [face(0, 0, 10, 10)]]
        let mean = try findings(FaceSettings(smoothing: .movingAverage, smoothingRadius: 1), told, frames: 4)
        #expect(mean[1].box == FaceBox(x: 2, y: 0, width: 10, height: 12) && mean[0].box.x == 3)
        // Frame 3 has no face: it is the centred square, and no part of frame 2's mean.
        #expect(mean[2].box.x == 3 && mean[3].isFallback && mean[3].box.x == 25)
        #expect(abs(mean[1].landmarks[0].x - (2 + 3)) < 1e-4)
        let gaussian = try findings(FaceSettings(smoothing: .gaussian, smoothingRadius: 2), told, frames: 3)
        let side = Float(exp(-0.5))
        #expect(abs(gaussian[1].box.x - 6 / (1 + 2 * side)) < 1e-4)
        #expect(try findings(FaceSettings(), told, frames: 3)[1].box.x == 6)
    }

    // MARK: Cutting

    /// Red says the column, green the row.
    private func ramp(width: Int, height: Int) -> Picture {
        var picture = Picture(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width { (picture.pixels[3 * (y * width + x)], picture.pixels[3 * (y * width + x) + 1]) = (UInt8(x), UInt8(y)) }
        }
        return picture
    }

    private func cut(_ settings: FaceSettings, _ box: FaceBox, of picture: Picture, size: Int) -> Picture {
        FaceCrop.crop(picture, to: FaceFinding(box: box, score: 1, isFallback: false), settings, size: size)
    }

    @Test("A box is cut as it is, truncated to whole px; as a square only where that is asked for")
    func shape() {
        let picture = ramp(width: 100, height: 60), box = FaceBox(x: 30.9, y: 20.2, width: 10, height: 20)
        #expect(
            cut(FaceSettings(), box, of: picture, size: 20)
                == picture.cropped(x: 30, y: 20, width: 10, height: 20).resizedByArea(width: 20, height: 20))
        #expect(cut(FaceSettings(shape: .square), box, of: picture, size: 20) == picture.cropped(x: 26, y: 20, width: 20, height: 20))
    }

    @Test("A margin widens the box by its share of the result, as facenet-pytorch's does")
    func margin() {
        let picture = ramp(width: 100, height: 60), box = FaceBox(x: 30, y: 20, width: 30, height: 15)
        // 8 of 32 px: a quarter, so a third of each side, half of that on each side.
        let widened = picture.cropped(x: 25, y: 17, width: 40, height: 20).resizedByArea(width: 32, height: 32)
        #expect(cut(FaceSettings(margin: 0.25), box, of: picture, size: 32) == widened)
        #expect(
            cut(FaceSettings(margin: 0.25, shape: .square), box, of: picture, size: 40)
                == picture.cropped(x: 25, y: 8, width: 40, height: 40))
    }

    @Test(
        "Crops of the photograph by Pillow's filter are facenet-pytorch's, byte by byte", arguments: [(160, 0), (160, 44), (48, 0)])
    func facenetCrops(size: Int, margin: Int) throws {
        let edges = try Reference.values().tensor("astronaut.boxes").values
        let box = FaceBox(x: edges[0], y: edges[1], width: edges[2] - edges[0], height: edges[3] - edges[1])
        let settings = FaceSettings(margin: Double(margin) / Double(size), resize: .bilinear)
        let found = cut(settings, box, of: try Reference.picture("astronaut"), size: size)
        #expect(found == (try Reference.stored("crop.facenet.\(size).\(margin)")))
        #expect(found != cut(FaceSettings(margin: settings.margin), box, of: try Reference.picture("astronaut"), size: size))
    }

    @Test(
        "Pillow's bilinear filter is met byte by byte, smaller, larger and along one axis",
        arguments: [(37, 11), (11, 29), (5, 3), (64, 50), (1, 1), (37, 29)])
    func pillow(width: Int, height: Int) throws {
        let part = try Reference.picture("astronaut").cropped(x: 200, y: 60, width: 37, height: 29)
        #expect(part.resizedByPillowBilinear(width: width, height: height) == (try Reference.stored("crop.pillow.\(width).\(height)")))
    }

    @Test(
        "Alignment puts the eyes level at their places, whatever the face's turn and size",
        arguments: [(0.0, 40.0), (25, 60), (-40, 24), (170, 90)])
    func eyes(degrees: Double, distance: Double) throws {
        // One red and one green dot where the eyes are.
        let (cosine, sine) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
        let left = FacePoint(x: Float(150 - cosine * distance / 2), y: Float(120 - sine * distance / 2))
        let right = FacePoint(x: Float(150 + cosine * distance / 2), y: Float(120 + sine * distance / 2))
        var picture = Picture(width: 300, height: 240)
        for y in 0..<240 {
            for x in 0..<300 {
                func near(_ point: FacePoint) -> Bool { hypot(Float(x) + 0.5 - point.x, Float(y) + 0.5 - point.y) < Float(distance / 10) }
                if near(left) { picture.pixels[3 * (y * 300 + x)] = 255 }
                if near(right) { picture.pixels[3 * (y * 300 + x) + 1] = 255 }
            }
        }
        let finding = FaceFinding(
            box: FaceBox(x: 100, y: 80, width: 100, height: 100), score: 1, landmarks: [left, right, left, left, right], isFallback: false)
        for margin in [0, 0.2] {
            let found = FaceCrop.crop(picture, to: finding, FaceSettings(margin: margin, alignment: .eyes), size: 64)
            for (channel, place) in [EyeAlignment.left, EyeAlignment.right].enumerated() {
                var (sum, x, y) = (0.0, 0.0, 0.0)
                for i in 0..<(64 * 64) {
                    let level = Double(found.pixels[3 * i + channel])
                    (sum, x, y) = (sum + level, x + level * (Double(i % 64) + 0.5), y + level * (Double(i / 64) + 0.5))
                }
                func expected(_ share: Float) -> Double { (0.5 + (Double(share) - 0.5) * (1 - margin)) * 64 }
                #expect(
                    sum > 0 && abs(x / sum - expected(place.x)) < 0.4 && abs(y / sum - expected(place.y)) < 0.4, "\(x / sum), \(y / sum)")
            }
        }
    }

    @Test("Landmarks that lie on each other or are no numbers leave the box as it is cut without alignment")
    func noEyes() {
        let picture = ramp(width: 100, height: 60), box = FaceBox(x: 30, y: 20, width: 10, height: 20)
        for point in [FacePoint(x: 3, y: 3), FacePoint(x: .nan, y: 0), FacePoint(x: 1e30, y: -1e30)] {
            let finding = FaceFinding(box: box, score: 1, landmarks: [point, point, point, point, point], isFallback: false)
            #expect(
                FaceCrop.crop(picture, to: finding, FaceSettings(alignment: .eyes), size: 20)
                    == cut(FaceSettings(), box, of: picture, size: 20))
        }
    }

    @Test(
        "On the photograph the aligned eyes of a second detection lie where they should",
        .enabled(if: Reference.hasWeights, "\(Reference.reason)"))
    func alignedPhotograph() throws {
        let detector = Mtcnn(weights: try Reference.weights())
        let extractor = FaceExtractor(FaceSettings(margin: 0.3, alignment: .eyes), size: 224, detector: detector)
        let aligned = try extractor.faces(in: [try Reference.picture("astronaut")])[0].picture
        let eyes = try #require(detector.faces(in: aligned).first).landmarks
        func expected(_ share: Float) -> Float { (0.5 + (share - 0.5) * 0.7) * 224 }
        for (eye, place) in zip(eyes, [EyeAlignment.left, EyeAlignment.right]) {
            #expect(abs(eye.x - expected(place.x)) < 4 && abs(eye.y - expected(place.y)) < 4, "\(eye)")
        }
    }
}

@Suite("Settings of faces")
struct FaceSettingsTests {
    static let changes: [FaceSettings] = [
        FaceSettings(detector: .centredSquare), FaceSettings(selection: .mostProbable), FaceSettings(minimumFace: 30),
        FaceSettings(pyramidFactor: 0.6),
        FaceSettings(thresholds: [0.5, 0.7, 0.7]), FaceSettings(margin: 0.1), FaceSettings(shape: .square), FaceSettings(resize: .bilinear),
        FaceSettings(alignment: .eyes), FaceSettings(smoothing: .gaussian), FaceSettings(smoothing: .movingAverage),
        FaceSettings(smoothing: .gaussian, smoothingRadius: 3), FaceSettings(every: 2), FaceSettings(missing: .previous),
    ]

    @Test("Every field is part of the key and survives JSON")
    func keys() throws {
        #expect(Set(Self.changes.map(\.key) + [FaceSettings().key]).count == Self.changes.count + 1)
        for settings in Self.changes {
            #expect(try JSONDecoder().decode(FaceSettings.self, from: JSONEncoder().encode(settings)) == settings)
        }
    }

    @Test("A field that is not there has its default, and a value that there is none of is refused")
    func decoding() throws {
        #expect(
            try JSONDecoder().decode(FaceSettings.self, from: Data(#"{"detector": "mtcnn", "margin": 0.2}"#.utf8))
                == FaceSettings(margin: 0.2))
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(FaceSettings.self, from: Data(#"{"shape": "round"}"#.utf8)) }
    }

    @Test("Impossible values are named with what the field takes")
    func impossible() throws {
        for settings in Self.changes { try settings.check() }
        for (settings, field) in [
            (FaceSettings(minimumFace: 5), "minimumFace"), (FaceSettings(minimumFace: .nan), "minimumFace"),
            (FaceSettings(pyramidFactor: 1), "pyramidFactor"),
            (FaceSettings(thresholds: [0.6]), "thresholds"), (FaceSettings(thresholds: [0.6, 0.7, 1.5]), "thresholds"),
            (FaceSettings(margin: 1), "margin"),
            (FaceSettings(smoothingRadius: 0), "smoothingRadius"), (FaceSettings(every: 0), "every"),
        ] {
            let error = #expect(throws: FaceSettingsError.self) { try settings.check() }
            #expect(error?.field == field)
        }
    }
}
