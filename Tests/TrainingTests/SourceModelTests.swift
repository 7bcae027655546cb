// Target subsets that a trained model chooses.
import Base
import Corpora
import Foundation
import Records
import Testing

@testable import Analysis
@testable import Metrics
@testable import Training

@Suite("Subsets that a model chooses")
struct SourceModelTests {
    /// A source-only run's weights in `folder`, and an adaptation that asks them.
    private func prepared(_ folder: URL, _ subset: TargetSubset) throws -> (experiment: Experiment, data: RunData) {
        var source = Synthetic.experiment()
        source.adaptation.method = .none
        let first = folder.appendingPathComponent("source")
        _ = try Synthetic.run(source, in: first)
        var experiment = Synthetic.experiment()
        experiment.adaptation.subset = subset
        experiment.adaptation.subsetShare = 0.25
        experiment.adaptation.subsetModel = "run:1"
        var data = Synthetic.data()
        data.sourceModel = first.appendingPathComponent(RunFiles.best)
        return (experiment, data)
    }

    @Test(
        "A run adapts to the share that the model chose, by entropy or by features, and says so",
        arguments: [TargetSubset.uncertainty, .kCentre])
    func chooses(subset: TargetSubset) throws {
        try Synthetic.inFolder { folder in
            let (experiment, data) = try prepared(folder, subset)
            let model = try #require(data.opinions)
            let opinions = try model.opinions(of: data.targetTraining, for: experiment, data.preparation)
            #expect(
                opinions.count == 32 && opinions.allSatisfy { abs($0.probabilities.reduce(0, +) - 1) < 1e-5 && $0.features.count == 32 })
            let chosen = try subset.indices(
                of: data.targetTraining, share: 0.25, seed: 1, opinions: data.opinions, experiment: experiment,
                preparation: data.preparation)
            #expect(chosen.count == 8 && Set(chosen).count == 8)
            if subset == .uncertainty {
                let least = chosen.map { opinions[$0].entropy }.min() ?? 0
                #expect(opinions.indices.filter { !chosen.contains($0) }.allSatisfy { opinions[$0].entropy <= least })
            }
            let (_, events) = try Synthetic.run(experiment, data: data, in: folder.appendingPathComponent("adapted"))
            #expect(events.plans.first?.samples[.targetTraining] == 8)
            #expect(events.messages.contains { $0.contains("best.safetensors") && $0.contains(subset.rawValue) })
        }
    }

    @Test("A resumed run keeps its subset, also where the model is gone")
    func resumes() throws {
        try Synthetic.inFolder { folder in
            let (experiment, data) = try prepared(folder, .uncertainty)
            let whole = try Synthetic.run(experiment, data: data, in: folder.appendingPathComponent("whole"))
            let stopped = folder.appendingPathComponent("stopped")
            _ = try Synthetic.run(experiment, data: data, orders: ScriptedOrders([3: [.stop]]), in: stopped)
            try FileManager.default.removeItem(at: try #require(data.sourceModel))
            let rest = try Synthetic.run(experiment, data: data, in: stopped, resuming: true)
            #expect(rest.events.plans.first?.samples[.targetTraining] == 8)
            #expect(rest.events.steps.last?.values.classLoss == whole.events.steps.last?.values.classLoss)
            #expect(rest.events.steps.last?.values.domainLoss == whole.events.steps.last?.values.domainLoss)
        }
    }

    @Test("No model, a file that is none, and one of other inputs are refused with words before the run")
    func refused() throws {
        try Synthetic.inFolder { folder in
            var (experiment, data) = try prepared(folder, .kCentre)
            let model = try #require(data.opinions)
            experiment.inputs.melFrames = 24
            let error = #expect(throws: SourceModelError.self) {
                try model.opinions(of: data.targetTraining, for: experiment, Synthetic.preparation)
            }
            #expect("\(error as Any)".contains("[inputs]"))
            experiment = try prepared(folder, .kCentre).experiment
            let text = folder.appendingPathComponent("text")
            try Data("no weights".utf8).write(to: text)
            data.sourceModel = text
            #expect(throws: SourceModelError.self) { try Synthetic.run(experiment, data: data, in: folder.appendingPathComponent("a")) }
            data.sourceModel = nil
            #expect(throws: TargetOpinionsError.missing) {
                try Synthetic.run(experiment, data: data, in: folder.appendingPathComponent("b"))
            }
            experiment.adaptation.subsetModel = ""
            #expect(throws: ExperimentError.self) { try experiment.validate() }
        }
    }
}
