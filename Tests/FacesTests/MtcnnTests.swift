import Foundation
import Media
import TensorFiles
import Tensors
import TestSupport
import Testing

@testable import Faces

@Suite("MTCNN is facenet-pytorch's")
struct MtcnnTests {
    @Test("All three networks answer as facenet-pytorch's to the same input", .enabled(if: Reference.hasWeights, "\(Reference.reason)"))
    func stages() throws {
        let weights = try Reference.weights(), golden = try Safetensors(contentsOf: Fixtures.url("faces/mtcnn_stages.safetensors"))
        let x = try golden.tensor("pnet.in"), values = x.values, height = x.shape[2], width = x.shape[3]
        let cells = ProposalNetwork(weights).cells(width: width, height: height, atLeast: 0) { y, row in
            for i in 0..<width { for c in 0..<3 { row[3 * i + c] = values[(c * height + y) * width + i] } }
        }
        let boxes = try golden.tensor("pnet.out.box"), map = Array(boxes.shape[2...])
        expectClose(
            Tensor(cells.map(\.probability), shape: map),
            Tensor(Array(try golden.tensor("pnet.out.prob").values[cells.count...]), shape: map), 1e-5, "P-net")
        expectClose(Tensor((0..<4).flatMap { k in cells.map { $0.correction[k] } }, shape: boxes.shape), boxes, 1e-5, "P-net's boxes")
        for (name, network) in [("rnet", CropNetwork.refine(weights)), ("onet", .output(weights))] {
            let x = try golden.tensor(name + ".in").permuted([0, 2, 3, 1]), values = x.values, floats = x.shape[1...].reduce(1, *)
            let verdicts = network.verdicts(count: x.shape[0]) { crop, plane in for i in 0..<floats { plane[i] = values[crop * floats + i] }
            }
            let count = x.shape[0]
            let scores = try golden.tensor(name + ".out.prob").values
            expectClose(
                Tensor(verdicts.map(\.probability), shape: [count]), Tensor((0..<count).map { scores[2 * $0 + 1] }, shape: [count]), 1e-5,
                name)
            expectClose(
                Tensor(verdicts.flatMap { v in (0..<4).map { v.correction[$0] } }, shape: [count, 4]), try golden.tensor(name + ".out.box"),
                1e-5, "\(name)'s boxes")
            if name == "onet" {
                expectClose(
                    Tensor(verdicts.flatMap(\.landmarks), shape: [count, 10]), try golden.tensor("onet.out.landmarks"), 1e-5, "landmarks")
            }
        }
    }

    @Test(
        "Every face of a picture lies within 0.01 px of facenet-pytorch's, in its order, with its score and landmarks",
        .enabled(if: Reference.hasWeights, "\(Reference.reason)"), arguments: [("astronaut", 1), ("group", 10), ("demo0", 1), ("demo1", 1)])
    func pictures(_ name: String, count: Int) throws {
        let detector = Mtcnn(weights: try Reference.weights()), golden = try Reference.values()
        let faces = detector.faces(in: try Reference.picture(name))
        try #require(faces.count == count)
        let boxes = try golden.tensor("\(name).boxes").values, scores = try golden.tensor("\(name).scores").values
        let landmarks = try golden.tensor("\(name).landmarks").values
        for (i, face) in faces.enumerated() {
            let found = [face.box.x, face.box.y, face.box.x + face.box.width, face.box.y + face.box.height]
            for k in 0..<4 { #expect(abs(found[k] - boxes[4 * i + k]) < 0.01) }
            #expect(abs(face.score - scores[i]) < 1e-5)
            for (k, point) in face.landmarks.enumerated() {
                #expect(abs(point.x - landmarks[10 * i + 2 * k]) < 0.01 && abs(point.y - landmarks[10 * i + 2 * k + 1]) < 0.01)
            }
        }
    }

    @Test(
        "A larger minimum, stricter thresholds and a coarser pyramid lose small faces",
        .enabled(if: Reference.hasWeights, "\(Reference.reason)"))
    func settings() throws {
        let weights = try Reference.weights(), group = try Reference.picture("group")
        let all = Mtcnn(weights: weights).faces(in: group)
        let large = Mtcnn(weights: weights, settings: FaceSettings(minimumFace: 40)).faces(in: group)
        func least(_ faces: [DetectedFace]) -> Float { faces.map(\.box.height).min() ?? 0 }
        #expect(large.count < all.count && large.count >= 4 && least(large) > least(all) + 5)
        let strict = Mtcnn(weights: weights, settings: FaceSettings(thresholds: [0.6, 0.7, 0.99999])).faces(in: group)
        #expect(strict.count < all.count && strict.allSatisfy { $0.score > 0.99999 })
        #expect(Mtcnn(weights: weights, settings: FaceSettings(pyramidFactor: 0.3)).faces(in: group) != all)
    }

    @Test("Pictures too small for the pyramid, lines of two px and even grey end with no face, whatever the weights")
    func oddPictures() throws {
        let detector = Mtcnn(weights: try Reference.untrained(), settings: FaceSettings(thresholds: [0.6, 0.7, 1]))
        for (width, height) in [(1, 1), (11, 11), (20000, 2), (2, 20000), (19, 400), (20, 20), (21, 1500)] {
            #expect(detector.faces(in: Picture(width: width, height: height, red: 120)).isEmpty, "\(width)x\(height)")
        }
    }

    @Test("Any number of threads share one detector and find the same", .enabled(if: Reference.hasWeights, "\(Reference.reason)"))
    func threads() async throws {
        let detector = Mtcnn(weights: try Reference.weights()), picture = try Reference.picture("group")
        let expected = detector.faces(in: picture)
        await withTaskGroup(of: [DetectedFace].self) { group in
            for _ in 0..<4 { group.addTask { detector.faces(in: picture) } }
            for await faces in group { #expect(faces == expected) }
        }
    }

    @Test(
        "A picture whose pyramid two threads share has the faces that one thread finds, to the bit",
        .enabled(if: Reference.hasWeights, "\(Reference.reason)"))
    func shared() throws {
        let weights = try Reference.weights(), picture = try Reference.picture("group")
        for settings in [FaceSettings(), FaceSettings(minimumFace: 150), FaceSettings(minimumFace: 4096)] {
            let detector = Mtcnn(weights: weights, settings: settings)
            #expect(detector.faces(in: picture, threads: 2) == detector.faces(in: picture))
        }
        #expect(!Mtcnn(weights: weights).faces(in: picture, threads: 2).isEmpty)
    }

    @Test("The pyramid starts where the least face has 12 px and ends where the picture has")
    func pyramid() {
        let scales = Mtcnn.scales(width: 1280, height: 720, minimumFace: 20, factor: 0.709)
        #expect(scales.count == 11 && scales[0] == 0.6 && scales[1] == 0.6 * 0.709)
        #expect(Mtcnn.scales(width: 19, height: 400, minimumFace: 20, factor: 0.709).isEmpty)
        #expect(Mtcnn.scales(width: 20, height: 400, minimumFace: 20, factor: 0.709).count == 1)
    }

    @Test(
        "Overlaps are dropped by union without a px more, inclusions by the smaller box with one; ties go to the earlier, and to the later")
    func overlaps() {
        func box(_ left: Float, _ right: Float, _ score: Float) -> CandidateBox {
            CandidateBox(left: left, top: 0, right: right, bottom: 10, score: score)
        }
        // Half of each is shared: 1/3 of the union.
        let pair = [box(0, 10, 0.8), box(5, 15, 0.9)]
        #expect(pair.withoutOverlaps(above: 0.4).map(\.left) == [5, 0])
        #expect(pair.withoutOverlaps(above: 0.3).map(\.left) == [5])
        // Exactly at the threshold both stay.
        #expect([box(0, 10, 0.8), box(0, 5, 0.9)].withoutOverlaps(above: 0.5).count == 2)
        // 6 of 11 px of the smaller one's width are shared, 6/11 = 0.545.
        #expect(pair.withoutInclusions(above: 0.55).count == 2)
        #expect(pair.withoutInclusions(above: 0.54).map(\.left) == [5])
        let equal = [box(0, 10, 0.5), box(1, 11, 0.5)]
        #expect(equal.withoutOverlaps(above: 0.5).map(\.left) == [0])
        #expect(equal.withoutInclusions(above: 0.5).map(\.left) == [1])
    }

    @Test("A box is cut from one px before its truncated edge, held to the picture, and left out where nothing remains")
    func pixels() {
        func part(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float) -> [Range<Int>]? {
            CandidateBox(left: left, top: top, right: right, bottom: bottom, score: 1).pixels(width: 100, height: 50).map {
                [$0.columns, $0.rows]
            }
        }
        #expect(part(10.9, 5.2, 20.9, 15.9) == [9..<20, 4..<15])
        #expect(part(-7.5, -0.5, 300, 60) == [0..<100, 0..<50])
        #expect(part(101.5, 5, 140, 20) == nil)
        #expect(part(-30, 5, -4, 20) == nil)
        #expect(part(.nan, 5, 10, 20) == nil && part(1e30, 5, 1e31, 20) == nil)
    }
}
