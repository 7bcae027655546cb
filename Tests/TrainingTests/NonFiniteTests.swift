import Corpora
import Foundation
import Records
import TensorFiles
import Tensors
import Testing

@testable import Training

@Suite("Numbers that go wrong")
struct NonFiniteTests {
    /// The usual data with one clip of the source whose sound is not a number.
    private func broken() throws -> RunData {
        var data = Synthetic.data()
        let feed = data.sourceTraining
        data.sourceTraining = ClipsInMemory(
            try feed.items.indices.map { index in
                var clip = try feed.load(index)
                if index == 5 { clip.mel[7] = .nan }
                return (feed.items[index], clip)
            })
        return data
    }

    private func experiment(_ policy: TrainingSettings.NonFinite) -> Experiment {
        var experiment = Synthetic.experiment()
        experiment.training.nonFinite = policy
        return experiment
    }

    private func anomalies(_ events: [TrainingEvent]) -> [AnomalyRecord] {
        events.compactMap { if case .anomaly(let record) = $0 { record } else { nil } }
    }

    @Test("Stop: the step is named with the clip, the batch is kept, no weight changes, and the checkpoint from before is whole")
    func stops() throws {
        try Synthetic.inFolder { folder in
            let (outcome, events) = try Synthetic.run(experiment(.stop), data: broken(), in: folder)
            #expect(outcome == .failed)
            let record = try #require(anomalies(events).first)
            #expect(record.culprits == ["source/source-training-5"] && record.clips.count == 8 && record.action == .stopped)
            #expect(record.step == events.steps.count + 1)
            let file = try Safetensors(contentsOf: folder.appendingPathComponent(try #require(record.file)))
            #expect(file.metadata["emolab.clips"]?.split(separator: "\n").map { "source/\($0)" } == record.clips)
            #expect(try file.tensor("mel").shape[0] == 8 && file.integers("labels").count == 8 && file["pictures"] != nil)
            guard case .failed(let reason)? = events.last else { return #expect(Bool(false), "the last event is no failure") }
            #expect(reason.contains("source-training-5") && reason.contains("non_finite"))
            #expect(reason.hasPrefix("step \(record.step): ") && record.words.hasPrefix("step \(record.step): "), "one number for one step")
            // The checkpoint of the start: from there a run with another policy comes to its end.
            let (resumed, _) = try Synthetic.run(experiment(.stop), in: folder, resuming: true)
            #expect(resumed == .finished)
        }
    }

    @Test("Skip: the batch is left out once an epoch, every other step is taken, and no weight is ever anything but a number")
    func skips() throws {
        let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(experiment(.skip), data: broken(), in: $0) }
        let found = anomalies(events)
        #expect(
            outcome == .finished && found.count == 2
                && found.allSatisfy { $0.action == .skipped && $0.culprits == ["source/source-training-5"] })
        #expect(events.steps.count == 16 - 2)
        #expect(Set(events.steps.map(\.step)).union(found.map(\.step)) == Set(1...16))
        #expect(
            events.steps.allSatisfy { $0.values.gradientNorm.isFinite } && events.epochs.allSatisfy { $0.source?.loss?.isFinite == true })
    }

    @Test("Skip ends the run after so many in a row")
    func skipsAreLimited() throws {
        var data = Synthetic.data()
        let feed = data.sourceTraining
        data.sourceTraining = ClipsInMemory(
            try feed.items.indices.map { index in
                var clip = try feed.load(index)
                clip.mel = clip.mel.map { _ in .nan }
                return (feed.items[index], clip)
            })
        var experiment = experiment(.skip)
        experiment.adaptation.batches = .joint
        experiment.training.nonFiniteLimit = 3
        let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(experiment, data: data, in: $0) }
        #expect(outcome == .failed && anomalies(events).map(\.action) == [.skipped, .skipped, .skipped, .stopped])
    }

    @Test("Back: the run goes on from its checkpoint with half the rate each time, and ends where it went back too often")
    func goesBack() throws {
        var experiment = experiment(.back)
        experiment.training.nonFiniteLimit = 2
        let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(experiment, data: broken(), in: $0) }
        #expect(outcome == .failed)
        #expect(anomalies(events).map(\.action) == [.wentBack(step: 0, rateFactor: 0.5), .wentBack(step: 0, rateFactor: 0.25), .stopped])
        let first = events.steps.filter { $0.step == 1 }
        #expect(first.map(\.values.learningRate) == [5e-3, 2.5e-3, 1.25e-3])
    }

    /// A rate at which the weights leave all numbers, until it is lowered.
    @Test("Back heals a rate that is too high, and a run that was stopped and resumed in between ends with the same bits")
    func heals() throws {
        var experiment = experiment(.back)
        experiment.optimiser.learningRate = 1e30
        experiment.training.nonFiniteRateFactor = 1e-33
        let (whole, steps) = try Synthetic.inFolder { folder in
            let (outcome, events) = try Synthetic.run(experiment, in: folder)
            #expect(outcome == .finished)
            let record = try #require(anomalies(events).first)
            #expect(record.action == .wentBack(step: 0, rateFactor: 1e-33))
            return (try Safetensors(contentsOf: folder.appendingPathComponent(RunFiles.best)).entries, events.steps.count)
        }
        for call in [2, steps / 2, steps - 2] {
            try Synthetic.inFolder { folder in
                let (stopped, _) = try Synthetic.run(experiment, orders: ScriptedOrders([call: [.stop]]), in: folder)
                #expect(stopped == .stopped)
                let (outcome, _) = try Synthetic.run(experiment, in: folder, resuming: true)
                #expect(outcome == .finished)
                #expect(try Safetensors(contentsOf: folder.appendingPathComponent(RunFiles.best)).entries == whole)
            }
        }
    }

    @Test("No file is written beyond the first five")
    func filesAreLimited() throws {
        try Synthetic.inFolder { folder in
            var experiment = experiment(.skip)
            experiment.training.epochs = 8
            let (_, events) = try Synthetic.run(experiment, data: broken(), in: folder)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("bad-batch") }
            #expect(anomalies(events).count == 8 && files.count == 5 && anomalies(events).compactMap(\.file).count == 5)
        }
    }

    @Test("A discriminator that diverges is told once, and again when it has recovered")
    func discriminator() {
        var watch = DiscriminatorWatch()
        var told: [MessageLevel] = []
        for loss in Array(repeating: 0.7, count: 100) + Array(repeating: 4, count: 60) + Array(repeating: 0.7, count: 100) {
            if let news = watch.observe(loss) { told.append(news.level) }
        }
        #expect(told == [.warning, .info])
        var calm = DiscriminatorWatch()
        #expect((0..<200).allSatisfy { calm.observe($0 % 2 == 0 ? 0.2 : 1.8) == nil })
    }
}
