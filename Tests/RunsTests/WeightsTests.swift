import Corpora
import Foundation
import GRDB
import Records
import TestSupport
import Testing
import Training

@testable import Runs
@testable import Store

@Suite("Weights of earlier runs by name")
struct WeightsTests {
    private let folder: TemporaryFolder
    private let store: RunStore

    init() throws {
        folder = try TemporaryFolder()
        store = try RunStore(at: folder.store)
    }

    /// A finished run with a file of weights.
    @discardableResult
    private func finish(_ name: String, seed: UInt64, _ overrides: String..., state: String = "finished") throws -> RunSummary {
        let experiment = try Experiment.parse("name = \"\(name)\"\n", overrides: overrides)
        let run = try store.createRun(name: name, experiment: experiment.toml(), seed: seed)
        try store.write { db in try db.execute(sql: "UPDATE runs SET state = ? WHERE id = ?", arguments: [state, run.id]) }
        try Data("weights".utf8).write(to: store.runFolder(of: run).appendingPathComponent("best.safetensors"))
        return run
    }

    private func experiment(seed: Int, _ overrides: String...) throws -> Experiment {
        try Experiment.parse("[training]\nseeds = [\(seed)]\n", overrides: overrides)
    }

    private func found(_ name: String, like experiment: Experiment) throws -> Int64? {
        try store.weights(named: name, for: "training.start", like: experiment).run?.id
    }

    @Test("run:NAME is a finished run: of the same size and source first, then of the same seed, then the newest")
    func newest() throws {
        try finish("a/base", seed: 1)  // 1
        try finish("a/base", seed: 2)  // 2
        try finish("a/base", seed: 1)  // 3
        try finish("a/base", seed: 2)  // 4
        try finish("a/base", seed: 1, "model.preset=nano")  // 5
        try finish("a/base", seed: 1, state: "failed")  // 6
        try finish("other", seed: 1)  // 7
        #expect(try found("run:a/base", like: experiment(seed: 1)) == 3)
        #expect(try found("run:a/base", like: experiment(seed: 2)) == 4)
        #expect(try found("run:a/base", like: experiment(seed: 9)) == 4)
        #expect(try found("run:a/base", like: experiment(seed: 9, "model.preset=nano")) == 5)
        #expect(try found("run:a/base", like: experiment(seed: 2, "data.source=elsewhere")) == 4)
        #expect(try found("run:2", like: experiment(seed: 1)) == 2)
    }

    @Test("A file in a run's folder is that run's, another file nobody's")
    func files() throws {
        let run = try finish("a", seed: 1), own = store.runFolder(of: run).appendingPathComponent("best.safetensors")
        #expect(try found(own.path, like: experiment(seed: 1)) == run.id)
        let other = folder.url.appendingPathComponent("weights.safetensors")
        try Data().write(to: other)
        #expect(try found(other.path, like: experiment(seed: 1)) == nil)
    }

    @Test("What is not there is refused with the key that names it")
    func missing() throws {
        let some = try experiment(seed: 1)
        #expect(throws: WeightsError.noRun(key: "training.start", name: "run:7", reason: "there is no run 7")) {
            try found("run:7", like: some)
        }
        #expect { try found("run:nothing", like: some) } throws: {
            "\($0)".hasPrefix("training.start = \"run:nothing\": there is no finished run of that name")
        }
        #expect { try found("/nowhere/best.safetensors", like: some) } throws: {
            "\($0)".contains("there is no file /nowhere/best.safetensors")
        }
        let run = try finish("a", seed: 1)
        try FileManager.default.removeItem(at: store.runFolder(of: run).appendingPathComponent("best.safetensors"))
        #expect { try found("run:a", like: some) } throws: { "\($0)".contains("there is no file") }
    }

    @Test(
        "Clips that a run learned from are its own training clips and those of the runs before it; a target counts where it was adapted to")
    func learned() throws {
        let clips = (0..<20).map { Sample.clip($0, corpus: "studio") }, targets = (0..<20).map { Sample.clip($0) }
        let first = try finish("first", seed: 1, "adaptation.method=none")
        let second = try finish("second", seed: 1, "training.start=run:\(first.id)")
        let whole = try Split(clips, rule: .speaker, seed: 1), other = try Split(targets, rule: .speaker, seed: 2)
        let again = try Split(clips, rule: .speaker, seed: 3)
        func samples(_ source: Split) -> [RunSample] {
            [(Domain.source, source), (.target, other)].flatMap { domain, split in
                Split.Side.allCases.flatMap { side in split[side].map { RunSample(Part(domain, side), clip: $0) } }
            }
        }
        try store.recordSamples(samples(whole), run: first.id)
        try store.recordSamples(samples(again), run: second.id)
        #expect(try store.clipsLearned(by: first.id) == Set(whole[.training].map { "studio/" + $0 }))
        let both = Set((whole[.training] + again[.training]).map { "studio/" + $0 } + other[.training].map { "crowd/" + $0 })
        #expect(try store.clipsLearned(by: second.id) == both)
    }
}
