import Base
import Foundation
import Records
import TestSupport
import Testing

@testable import Training

@Suite("Damaged experiments") struct FuzzTests {
    private static let pieces = [
        "model.preset=nano", "=", ".", "[", "]", "{", "}", "\n", "\"nano\"", "training.epochs", "[1, 2]", "preset.base.training", "true",
        "-1", "0", "1e300", "\"\"", "''",
    ]

    private static func taken(_ body: () throws -> Experiment) throws -> Bool {
        do {
            let experiment = try body()
            guard try Experiment.parse(experiment.toml()) == experiment else {
                throw FuzzFinding("it does not read back: \(try experiment.toml())")
            }
            return true
        } catch is ExperimentError { return false }
    }

    @Test("A damaged experiment is refused with an error, or is one that a run can use and that reads back the same")
    func files() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let seeds = try ["demo.toml", "demo-source-only.toml", "zu-dann/base-full-speaker.toml", "zu-dann/late.toml"].map {
            [UInt8](try Data(contentsOf: root.appendingPathComponent("experiments").appendingPathComponent($0)))
        }
        Fuzz.run("experiments", quick: 300, seeds: seeds, pieces: Self.pieces) { input in
            try Self.taken { try Experiment.parse(String(decoding: input, as: UTF8.self)) }
        }
    }

    @Test("So is a damaged override")
    func overrides() throws {
        let seeds = [
            "training.epochs=3", "model.preset=nano", "data.target=\"crowd\"", "model.audio.channels=[8, 8, 8]",
            "adaptation.alpha.maximum = 0.1", "optimiser.learning_rate=5e-5",
        ].map { Array($0.utf8) }
        Fuzz.run("overrides", quick: 300, seeds: seeds, pieces: Self.pieces) { input in
            try Self.taken { try Experiment.parse("", overrides: [String(decoding: input, as: UTF8.self)]) }
        }
    }

    @Test("Progress and frozen weights of a checkpoint are read, or refused")
    func progress() throws {
        let text = "{\"step\":1200,\"epoch\":3,\"random\":[1,2],\"best\":{\"epoch\":2,\"score\":0.5}}"
        Fuzz.run(
            "checkpoint JSON", quick: 500, seeds: [Array(text.utf8), Array("{\"checksums\":{\"a\":\"00\"}}".utf8)],
            pieces: ["{", "}", "[", "]", ":", ",", "\"step\"", "\"epoch\"", "null", "1"], accepted: 0...1
        ) { input in
            let progress = try? JSONDecoder().decode(RunProgress.self, from: Data(input)),
                frozen = try? JSONDecoder().decode(FrozenWeights.self, from: Data(input))
            return progress != nil || frozen != nil
        }
    }
}
