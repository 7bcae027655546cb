// Labels in weight files are any text at all.
import Foundation
import Records
import TensorFiles
import Testing

@testable import Analysis
@testable import Training

@Suite("Labels of any text")
struct LabelTextTests {
    static let labels = ["anger, hot", "\"sad\"", "two\nlines", "\\ and ü, 喜\u{7f}"]

    @Test("Labels with commas, quotes and line ends survive training, resuming, prediction and a start from the weights")
    func survive() throws {
        var data = Synthetic.data(training: 16, validation: 8)
        data.task = LearningTask(classes: Self.labels)
        let experiment = CheckpointTests.experiment
        try Synthetic.inFolder { folder in
            let first = folder.appendingPathComponent("first"), best = first.appendingPathComponent(RunFiles.best)
            #expect(try Synthetic.run(experiment, data: data, orders: ScriptedOrders([6: [.stop]]), in: first).outcome == .stopped)
            #expect(try TrainedModel(best).labels == Self.labels)
            #expect(try Synthetic.run(experiment, data: data, in: first, resuming: true).outcome == .finished)
            let model = try TrainedModel(best)
            #expect(model.labels == Self.labels)
            #expect(try model.answers(of: data.sourceValidation, domain: .source).allSatisfy { $0.probabilities.count == 4 })
            // The same labels keep the heads; others of the same number do not.
            var started = experiment
            started.training.start = "run:1"
            for (labels, keeps) in [(Self.labels, true), (["anger", " hot", "\"sad\"", "x"], false)] {
                let start = try StartingWeights(
                    started, task: LearningTask(classes: labels), preparation: Synthetic.preparation, start: best)
                let name = try #require(model.store.parameters.first { $0.name.hasPrefix("head") })
                #expect((start.value(name.name, name.value.shape) != nil) == keeps)
            }
        }
    }

    @Test(
        "What is no task is refused, also one whose head has no target",
        arguments: ["", "a,b", "[\"a\"]", "{}", #"{"targets":{},"heads":[{"name":"a","target":"a","axis":"sample"}]}"#])
    func noTask(text: String) { #expect(RunFiles.task(of: Safetensors([:], metadata: [RunFiles.taskKey: text])) == nil) }
}
