// How clips were really prepared, and who may use it.
import Foundation
import Media
import TensorFiles
import Tensors
import TestSupport
import Testing

@testable import Base
@testable import Corpora
@testable import Faces
@testable import Inputs

@Suite("Effective preparation")
struct EffectivePreparationTests {
    let folder: MadeUpFolder

    init() throws { folder = try MadeUpFolder() }

    private var wanted: PreparationSettings {
        PreparationSettings(frames: 2, size: 16, faces: FaceSettings(detector: .mtcnn, minimumFace: 40, thresholds: [0.6, 0.7, 0.75]))
    }
    private var weights: URL { folder.url.appendingPathComponent("mtcnn.safetensors") }

    /// Weights of noise: they find nothing, and are a detector's all the same.
    private func install(_ number: UInt64 = 1, source: String = "a test") throws {
        var stream = RandomStream(seed: number, name: "weights")
        let tensors = MtcnnWeights.shapes.sorted { $0.key < $1.key }.map { name, shape in
            (name, Tensor((0..<shape.reduce(1, *)).map { _ in 0.01 * stream.normal() }, shape: shape))
        }
        try Safetensors(Dictionary(uniqueKeysWithValues: tensors), metadata: ["source": source]).write(to: weights)
    }

    @Test("What is stored with a run is read again as it was, whatever ran")
    func json() throws {
        for preparation in [
            EffectivePreparation.squares(wanted), .detected(wanted, weights: "1f0c"),
            EffectivePreparation.squares(wanted).concerning(faces: false),
        ] {
            #expect(try EffectivePreparation(json: preparation.json) == preparation)
            #expect(try EffectivePreparation(preparation.record) == preparation)
            #expect(preparation.record.faces == preparation.faces && preparation.record.isFallback == preparation.isFallback)
        }
        #expect(EffectivePreparation.squares(wanted).record.version == "version \(PreparationSettings.version)")
        #expect(
            EffectivePreparation.detected(wanted, weights: "1f0c").record.version
                == "version \(PreparationSettings.version), detector \(Mtcnn.version)")
        #expect(throws: (any Error).self) { try EffectivePreparation(json: "{}") }
    }

    @Test(
        "Another detector, other weights and other settings are told apart, in the cache and for people; weights count by their numbers alone"
    )
    func differences() throws {
        let squares = EffectivePreparation.squares(wanted)
        try install()
        let one = try FacePreparation(new: wanted, weights: weights)
        try install(1, source: "another file of the same numbers")
        let same = try FacePreparation(new: wanted, weights: weights)
        try install(2)
        let two = try FacePreparation(new: wanted, weights: weights)
        #expect(one.record == same.record && one.record.weights != two.record.weights && one.detector?.name == "mtcnn")
        #expect(Set([squares, one.record, two.record].map(\.key)).count == 3)
        #expect(
            squares.difference(to: one.record)?.contains(
                "centred squares (mtcnn was asked for, its weights were missing) → mtcnn (weights ") == true)
        #expect(one.record.difference(to: two.record) != nil && one.record.difference(to: same.record) == nil)
        var others = wanted
        others.sound.normalisation = .clip
        #expect(one.record.difference(to: EffectivePreparation.detected(others, weights: one.record.weights ?? "")) != nil)
    }

    @Test("A run on squares stays with squares when the detector is installed, and says so; one that asked for squares has nothing to say")
    func squaresStay() throws {
        let run = try FacePreparation(new: wanted, weights: weights).record
        try install()
        let again = try FacePreparation(like: run, weights: weights)
        #expect(
            again.effective == run && again.detector == nil
                && again.warning?.contains("faces are centred squares: the run was trained on them") == true)
        #expect(again.warning?.contains("installed now") == true)
        #expect(try FacePreparation(new: wanted, weights: weights).warning == nil)
        var squares = wanted
        squares.faces.detector = .centredSquare
        #expect(try FacePreparation(like: .squares(squares), weights: weights).warning == nil)
    }

    @Test("A run on detected faces is refused without its weights and with others, with what differs and what to do")
    func weightsMustBe() throws {
        try install()
        let run = try FacePreparation(new: wanted, weights: weights).record
        #expect(try FacePreparation(like: run, weights: weights).effective == run)
        try FileManager.default.removeItem(at: weights)
        let fingerprint = try #require(run.weights)
        let missing = #expect(throws: PreparationMismatch.weightsMissing(fingerprint: fingerprint, path: weights.path)) {
            try FacePreparation(like: run, weights: weights)
        }
        #expect(missing.map { "\($0)" }?.contains("emolab weights import-mtcnn FILE") == true && "\(missing!)".contains(weights.path))
        try install(2)
        let other = #expect(throws: PreparationMismatch.self) { try FacePreparation(like: run, weights: weights) }
        #expect("\(other!)".contains(fingerprint.prefix(12)) && "\(other!)".contains("holds the weights"))
    }

    @Test("A run of another version of the preparation or of the detector is refused, and says which")
    func versions() throws {
        try install()
        for run in [EffectivePreparation.squares(wanted), try FacePreparation(new: wanted, weights: weights).record] {
            let old = try EffectivePreparation(
                json: run.json.replacingOccurrences(of: "\"version\":\(PreparationSettings.version)", with: "\"version\":1"))
            let error = #expect(throws: PreparationMismatch.self) { try FacePreparation(like: old, weights: weights) }
            #expect("\(error!)".contains("version 1 of the preparation") && old.key != run.key)
        }
        let run = try FacePreparation(new: wanted, weights: weights).record
        let old = try EffectivePreparation(
            json: run.json.replacingOccurrences(of: "\"detectorVersion\":\(Mtcnn.version)", with: "\"detectorVersion\":0"))
        #expect(throws: PreparationMismatch.otherVersion(what: "MTCNN", version: 0, now: Mtcnn.version)) {
            try FacePreparation(like: old, weights: weights)
        }
    }

    @Test("A model of audio only goes on whatever finds faces here, also where the weights are damaged")
    func audioOnly() throws {
        let without = try FacePreparation(new: wanted, usesFaces: false, weights: weights)
        try install()
        let with = try FacePreparation(new: wanted, usesFaces: false, weights: weights)
        #expect(without.record == with.record && without.effective != with.effective && without.warning == nil)
        #expect(
            with.record.covers(without.effective) && with.record.covers(with.effective)
                && with.record.difference(to: without.effective) == nil)
        let resumed = try FacePreparation(like: without.record, weights: weights)
        #expect(resumed.record == without.record && resumed.effective == with.effective && resumed.warning == nil)
        try folder.write("mtcnn.safetensors", Data("damaged".utf8))
        #expect(try FacePreparation(like: without.record, weights: weights).record == without.record)
        #expect(throws: (any Error).self) { try FacePreparation(new: wanted, weights: weights) }
    }

    @Test("Every clip says how it was prepared, decoded now or from the cache, and a run's clip in the cache needs no detector")
    func clips() throws {
        try install()
        try EncodedClip.make(folder.url.appendingPathComponent("a.mp4"))
        let path = folder.path("a.mp4")
        let clip = Clip(name: "a", corpus: "studio", speaker: "1", emotion: "sad", video: path, audio: path)
        let cache = ClipCache(folder: folder.url.appendingPathComponent("cache"))
        let faces = try FacePreparation(new: wanted, weights: weights)
        let fresh = try Preparer(faces, cache: cache).prepared(clip)
        #expect(fresh.preparation == faces.effective)
        try FileManager.default.removeItem(at: weights)
        #expect(try Preparer.clip(clip, like: faces.record, cache: cache) == fresh)
        #expect(cache.clip(clip, .squares(wanted)) == nil)
        let nowhere = ClipCache(folder: folder.url.appendingPathComponent("other"))
        #expect(throws: (any Error).self) { try Preparer.clip(clip, like: faces.record, cache: nowhere) }
    }
}
