import Base
import Foundation
import Records
import TensorFiles
import Tensors
import Testing

@testable import Training

@Suite("The trainer")
struct TrainerTests {
    @Test("A tiny run learns its classes from both modalities, and from each alone", arguments: ModelSettings.Modalities.allCases)
    func learns(modalities: ModelSettings.Modalities) throws {
        var experiment = Synthetic.experiment()
        experiment.model.modalities = modalities
        experiment.training.epochs = 12
        let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        #expect(outcome == .finished)
        let report = try #require(events.report)
        #expect(try #require(report.source?.accuracy) > 0.8)
        #expect(report.source?.samples == 16 && report[.targetValidation]?.samples == 16)
        #expect(report.steps == 12 * 8 && report.epochs == 12)
        #expect(try #require(events.epochs[0].source?.loss) > #require(report.source?.loss))
        #expect(events.epochs.filter(\.isBest).last?.epoch == report.bestEpoch)
    }

    @Test("Source and target batches alternate, only source batches have an emotion loss, and alpha is applied as planned")
    func alternates() throws {
        let experiment = Synthetic.experiment()
        let (_, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        let plan = try #require(events.plans.first), steps = events.steps
        #expect(plan.stepsPerEpoch == 8 && plan.steps == steps.count)
        #expect(steps.map(\.domain) == (0..<16).map { $0 % 2 == 0 ? .source : .target })
        #expect(
            steps.allSatisfy {
                ($0.values.classLoss != nil) == ($0.domain == .source) && ($0.values.classAccuracy != nil) == ($0.domain == .source)
            })
        #expect(steps.allSatisfy { $0.values.domainLoss != nil && $0.values.domainAccuracy != nil && $0.values.gradientNorm > 0 })
        for (index, step) in steps.enumerated() {
            #expect(step.values.alpha == experiment.adaptation.alpha.value(at: Double(index) / 15))
        }
        #expect(
            plan.plannedAlpha.count == 201 && plan.plannedAlpha.last == steps.last?.values.alpha
                && plan.plannedAlpha.first == steps.first?.values.alpha)
        #expect(steps[0].values.learningRate == 5e-3 && steps[15].values.learningRate < 5e-3)
        #expect(plan.plannedLearningRate.count == 201 && plan.plannedLearningRate.first == steps[0].values.learningRate)
        #expect(abs(try #require(plan.plannedLearningRate.last) - steps[15].values.learningRate) < 1e-12)
        #expect(events.epochs.allSatisfy { $0.target != nil && $0.source?.labelled(by: "emotion") == 16 })
        let answers = events.compactMap { if case .answers(_, let list) = $0 { list } else { nil } }
        #expect(answers.count == 2 && answers.allSatisfy { $0.count == 32 })
        #expect(answers[0].allSatisfy { abs($0.probabilities.reduce(0, +) - 1) < 1e-5 })
    }

    @Test("Joint batches take half from each domain and learn both losses in every step")
    func joint() throws {
        var experiment = Synthetic.experiment()
        experiment.adaptation.batches = .joint
        let (_, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        #expect(
            events.steps.count == 16
                && events.steps.allSatisfy { $0.values.classLoss != nil && $0.values.domainLoss != nil && $0.samples == 8 })
    }

    @Test("Without adaptation there is neither a domain loss nor alpha; without a target there are no target scores")
    func sourceOnly() throws {
        var experiment = Synthetic.experiment()
        experiment.adaptation.method = .none
        let (_, withTarget) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        #expect(
            withTarget.steps.count == 8
                && withTarget.steps.allSatisfy { $0.values.domainLoss == nil && $0.values.alpha == nil && $0.domain == .source })
        #expect(withTarget.epochs.allSatisfy { $0.target != nil })
        experiment.data.target = ""
        var data = Synthetic.data()
        data.targetTraining = ClipsInMemory()
        data.targetValidation = ClipsInMemory()
        let (outcome, alone) = try Synthetic.inFolder { try Synthetic.run(experiment, data: data, in: $0) }
        #expect(outcome == .finished && alone.epochs.allSatisfy { $0.target == nil })
    }

    @Test("Training never looks at target labels")
    func targetLabelsUnused() throws {
        var wrong = Synthetic.data()
        let feed = wrong.targetTraining
        wrong.targetTraining = ClipsInMemory(
            try feed.items.indices.map { index in
                var item = feed.items[index]
                item.label = item.label.map { ($0 + 1) % 4 }
                return (item, try feed.load(index))
            })
        let (_, right) = try Synthetic.inFolder { try Synthetic.run(Synthetic.experiment(), in: $0) }
        let (_, other) = try Synthetic.inFolder { try Synthetic.run(Synthetic.experiment(), data: wrong, in: $0) }
        #expect(right.trace == other.trace)
    }

    @Test("Same seed, same bits, dropout and augmentation included; another seed, others")
    func deterministic() throws {
        var experiment = Synthetic.experiment()
        experiment.augmentation.enabled = true
        let runs = try (0..<2).map { _ in try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }.events }
        #expect(runs[0].trace == runs[1].trace)
        #expect(runs[0].epochs.map(\.source) == runs[1].epochs.map(\.source))
        experiment.training.seeds = [43]
        let (_, other) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        #expect(other.trace != runs[0].trace)
    }

    @Test("Stopped and resumed, a run computes the bits of one that never stopped", arguments: [3, 8, 11])
    func resumes(stopAt call: Int) throws {
        var experiment = Synthetic.experiment()
        experiment.augmentation.enabled = true
        let (_, whole) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        try Synthetic.inFolder { folder in
            let (outcome, first) = try Synthetic.run(experiment, orders: ScriptedOrders([call: [.stop]]), in: folder)
            #expect(outcome == .stopped && first.report == nil)
            #expect(first.last == .stopped(step: first.steps.count))
            let (end, second) = try Synthetic.run(experiment, in: folder, resuming: true)
            #expect(end == .finished)
            #expect(first.steps.count + second.steps.count == 16)
            #expect((first + second).trace == whole.trace)
            #expect(second.report?.source == whole.report?.source && second.report?.bestEpoch == whole.report?.bestEpoch)
        }
    }

    @Test("Every optimiser trains, each its own way, and resumes with its state", arguments: OptimiserSettings.Method.allCases)
    func optimisers(method: OptimiserSettings.Method) throws {
        var experiment = Synthetic.experiment()
        let (_, usual) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        experiment.optimiser.method = method
        let (outcome, whole) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        #expect(outcome == .finished && (method == .adamw) == (whole.trace == usual.trace))
        try Synthetic.inFolder { folder in
            let (_, first) = try Synthetic.run(experiment, orders: ScriptedOrders([5: [.stop]]), in: folder)
            let (_, second) = try Synthetic.run(experiment, in: folder, resuming: true)
            #expect((first + second).trace == whole.trace)
        }
    }

    @Test("A plateau cuts the rate of later epochs, and a resumed run remembers how it stood")
    func plateauResumes() throws {
        var experiment = Synthetic.experiment()
        experiment.training.epochs = 4
        experiment.optimiser.schedule = .plateau
        experiment.optimiser.plateauPatience = 0
        // No loss falls by so much: every epoch after the first is followed by a cut.
        experiment.optimiser.plateauThreshold = 0.999
        let (_, whole) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        let peak = experiment.optimiser.learningRate, expected = [peak, peak, peak / 2, peak / 4]
        #expect(whole.steps.allSatisfy { $0.values.learningRate == max(expected[$0.epoch - 1], experiment.optimiser.minimumRate) })
        try Synthetic.inFolder { folder in
            let (_, first) = try Synthetic.run(experiment, orders: ScriptedOrders([19: [.stop]]), in: folder)
            let (_, second) = try Synthetic.run(experiment, in: folder, resuming: true)
            #expect(first.steps.last?.epoch == 3 && second.steps.last?.epoch == 4)
            #expect((first + second).trace == whole.trace)
        }
    }

    @Test("Pause holds the run between two steps until it is resumed")
    func pause() throws {
        let orders = ScriptedOrders([2: [.pause], 5: [.resume]])
        let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(Synthetic.experiment(), orders: orders, in: $0) }
        #expect(outcome == .finished)
        let paused = try #require(events.firstIndex(of: .paused(step: 2)))
        let resumed = try #require(events.firstIndex(of: .resumed(step: 2)))
        #expect(paused < resumed)
        #expect(events[paused..<resumed].allSatisfy { if case .step = $0 { false } else { true } })
        #expect(events.orders == ["paused", "resumed"])
    }

    @Test("A paused run can be stopped")
    func stopWhilePaused() throws {
        let orders = ScriptedOrders([1: [.pause], 3: [.stop]])
        let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(Synthetic.experiment(), orders: orders, in: $0) }
        #expect(outcome == .stopped && events.last == .stopped(step: 1))
    }

    @Test("Live settings act from the next step on; others and nonsense are refused in words")
    func liveSettings() throws {
        let orders = ScriptedOrders([
            4: [
                .set(key: "learning_rate", value: "0.001"), .set(key: "alpha.maximum", value: "0.05"), .set(key: "epochs", value: "1"),
                .set(key: "batch", value: "2"), .set(key: "patience", value: "soon"),
            ]
        ])
        var experiment = Synthetic.experiment()
        experiment.optimiser.schedule = .constant
        let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(experiment, orders: orders, in: $0) }
        #expect(outcome == .finished && events.report?.epochs == 1 && events.steps.count == 8)
        #expect(events.steps.map(\.values.learningRate) == Array(repeating: 0.005, count: 4) + Array(repeating: 0.001, count: 4))
        #expect(events.steps.last?.values.alpha == 0.05)
        #expect(events.orders[0] == "learning_rate 0.005 → 0.001")
        #expect(events.orders[1] == "alpha.maximum 0.099 → 0.05")
        #expect(events.orders[2] == "epochs 2 → 1")
        #expect(events.orders[3].hasPrefix("refused") && events.orders[3].contains("batch"))
        #expect(events.orders[4].hasPrefix("refused") && events.orders[4].contains("whole number"))
    }

    @Test("The folder holds the experiment as run, the best weights and a checkpoint")
    func files() throws {
        try Synthetic.inFolder { folder in
            let experiment = Synthetic.experiment()
            let (_, events) = try Synthetic.run(experiment, in: folder)
            #expect(try Experiment.read(folder.appendingPathComponent("experiment.toml")) == experiment)
            let best = try Safetensors(contentsOf: folder.appendingPathComponent("best.safetensors"))
            #expect(RunFiles.task(of: best) == .four)
            #expect(best.entries["timesformer.embeddings.cls_token"]?.shape == [1, 1, 16])
            #expect(best.entries["discriminator.fused.2.weight"]?.shape == [2, 8])
            #expect(events.checkpoints.filter { $0.kind == .last }.map(\.epoch) == [0, 1, 2])
            #expect(events.checkpoints.contains { $0.kind == .best && $0.file == "best.safetensors" })
        }
    }

    @Test("A checkpoint of another network, or a damaged one, is refused with its path")
    func foreignCheckpoint() throws {
        try Synthetic.inFolder { folder in
            var experiment = Synthetic.experiment()
            experiment.training.epochs = 1
            try Synthetic.run(experiment, in: folder)
            experiment.model.fusion.width = 8
            #expect(throws: CheckpointError.self) { try Synthetic.run(experiment, in: folder, resuming: true) }
            let file = folder.appendingPathComponent("last.ckpt")
            let bytes = try Data(contentsOf: file)
            try bytes.prefix(bytes.count / 2).write(to: file)
            #expect { try Synthetic.run(experiment, in: folder, resuming: true) } throws: { "\($0)".contains(file.path) }
        }
    }

    @Test("Patience ends a run that no longer gets better")
    func patience() throws {
        var experiment = Synthetic.experiment()
        experiment.training.epochs = 40
        experiment.training.patience = 2
        experiment.optimiser.learningRate = 1e-9
        experiment.optimiser.minimumRate = 0
        let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        let report = try #require(events.report)
        #expect(outcome == .finished && report.epochs < 40)
        #expect(report.epochs == report.bestEpoch + 2)
        #expect(events.messages.contains { $0.contains("ends early") })
    }

    @Test("A loss that is no number ends the run as failed, at its step")
    func notANumber() throws {
        var data = Synthetic.data()
        let feed = data.sourceTraining
        data.sourceTraining = ClipsInMemory(
            try feed.items.indices.map { index in
                var clip = try feed.load(index)
                clip.mel[clip.firstSoundFrame] = .nan
                return (feed.items[index], clip)
            })
        let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(Synthetic.experiment(), data: data, in: $0) }
        #expect(outcome == .failed && events.steps.isEmpty)
        guard case .failed(let text)? = events.last else { return #expect(Bool(false), "the last event is no failure") }
        #expect(text.contains("not a number because of source/source-training-"))
    }

    @Test("A clip prepared with other settings ends the run with its name")
    func foreignClip() throws {
        var experiment = Synthetic.experiment()
        experiment.inputs.melFrames = 32
        let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        guard case .failed(let text)? = events.last else { return #expect(Bool(false), "the last event is no failure") }
        #expect(outcome == .failed && text.contains("source-training-") && text.contains("8x32"))
    }

    @Test("Nothing to train on, a label without a class, and a clip on both sides of a split are refused before the run")
    func refusedData() throws {
        let folder = URL(fileURLWithPath: "/nonexistent")
        var data = Synthetic.data()
        data.targetTraining = ClipsInMemory()
        #expect(throws: RunDataError.empty(part: "target training")) { try Synthetic.run(Synthetic.experiment(), data: data, in: folder) }
        data = Synthetic.data()
        data.task = LearningTask(classes: ["a", "b", "c"])
        #expect(throws: RunDataError.label(clip: "source-training-3", label: 3, classes: 3)) {
            try Synthetic.run(Synthetic.experiment(), data: data, in: folder)
        }
        data = Synthetic.data()
        data.sourceValidation = data.sourceTraining
        #expect(throws: RunDataError.sharedClips("source-training-0")) { try Synthetic.run(Synthetic.experiment(), data: data, in: folder) }
    }

    @Test("Test parts are scored once, at the end, with the best weights; validation clips as test give the best epoch's scores")
    func testParts() throws {
        var data = Synthetic.data()
        data.sourceTest = Synthetic.feed(12, .source, "source-test")
        data.targetTest = Synthetic.feed(8, .target, "target-test")
        var experiment = Synthetic.experiment()
        experiment.training.epochs = 4
        // So fast that the last epoch is hardly the best.
        experiment.optimiser.learningRate = 0.05
        let report = try #require(try Synthetic.inFolder { try Synthetic.run(experiment, data: data, in: $0) }.events.report)
        #expect(report[.sourceTest]?.samples == 12 && report[.targetTest]?.samples == 8)
        let plain = try #require(try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }.events.report)
        #expect(plain[.sourceTest] == nil && plain.source == report.source, "a test part changes nothing before the end")

        // The same clips under other names.
        let validation = Synthetic.feed(16, .source, "source-validation")
        data.sourceTest = ClipsInMemory(
            validation.items.indices.map { index in
                var item = validation.items[index]
                item.name += "-again"
                return (item, validation.load(index))
            })
        let again = try #require(try Synthetic.inFolder { try Synthetic.run(experiment, data: data, in: $0) }.events.report)
        #expect(again[.sourceTest]?.accuracy == again.source?.accuracy && again[.sourceTest]?.confusion == again.source?.confusion)
        data.sourceTest = data.sourceValidation
        #expect(throws: RunDataError.sharedClips("source-validation-0")) {
            try Synthetic.inFolder { try Synthetic.run(experiment, data: data, in: $0) }
        }
    }

    @Test("Choosing on target labels is named, whether of clips or of the checkpoint")
    func oracleIsNamed() throws {
        var experiment = Synthetic.experiment()
        experiment.training.selection = .oracle
        experiment.adaptation.subset = .stratified
        experiment.adaptation.subsetShare = 0.25
        let (_, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        #expect(events.messages.contains { $0.contains("oracle") } && events.messages.contains { $0.contains("stratified") })
        #expect(events.plans.first?.samples[.targetTraining] == 8)
    }
}

@Suite("Feeding")
struct FeedingTests {
    @Test("An epoch sees each source clip once, and the target in whole passes over several epochs")
    func plans() {
        let planner = EpochPlanner(sourceLabels: Array(repeating: 0, count: 10), targetClips: 7, batch: 4, batches: .alternating, seed: 1)
        #expect(planner.steps == 6)
        var target: [Int] = []
        for epoch in 1...7 {
            let plan = planner.plan(epoch: epoch)
            #expect(plan.count == 6)
            #expect(plan.flatMap(\.source).sorted() == Array(0..<10))
            target += plan.flatMap(\.target)
        }
        #expect(target.count == 84)
        for pass in 0..<12 { #expect(target[pass * 7..<pass * 7 + 7].sorted() == Array(0..<7)) }
        #expect(planner.plan(epoch: 1) != planner.plan(epoch: 2))
        #expect(planner.plan(epoch: 3) == planner.plan(epoch: 3))
    }

    @Test("Masked sound starts at frame 0 and is as long as the batch's longest; unmasked it stays as prepared")
    func sound() throws {
        var stream = RandomStream(seed: 1, name: "clips")
        var clips = (0..<2).map { _ in Synthetic.clip(0, .source, &stream) }
        (clips[0].firstSoundFrame, clips[0].soundFrames) = (3, 9)
        (clips[1].firstSoundFrame, clips[1].soundFrames) = (5, 6)
        let entries = clips.map { (item: ClipItem(name: "x", speaker: "", label: 0), domain: Domain.source, clip: $0) }
        var model = Synthetic.experiment().model
        let masked = try Batcher(inputs: Synthetic.inputs, model: model, preparation: Synthetic.preparation).assemble(entries).input
        #expect(masked.mel?.shape == [2, 8, 9] && masked.melLengths == [9, 6])
        let values = try #require(masked.mel?.values)
        #expect(values[0] == clips[0].mel[3] && values[9 * 8 + 9 + 5] == clips[1].mel[16 + 5 + 5] && values[9 * 8 + 6] == 0)
        model.mask = false
        let plain = try Batcher(inputs: Synthetic.inputs, model: model, preparation: Synthetic.preparation).assemble(entries).input
        #expect(plain.mel?.values == clips[0].mel + clips[1].mel && plain.melLengths == nil)
    }

    @Test("Pictures become 0…1 with channels first, or normalised as asked", arguments: InputSettings.PictureNormalisation.allCases)
    func pictures(normalisation: InputSettings.PictureNormalisation) throws {
        var stream = RandomStream(seed: 1, name: "clips")
        var clip = Synthetic.clip(0, .source, &stream)
        clip.pictures[(1 * 16 * 16 + 2 * 16 + 3) * 3 + 1] = 255
        let entry = (item: ClipItem(name: "x", speaker: "", label: 0), domain: Domain.source, clip: clip)
        var inputs = Synthetic.inputs
        inputs.normalisePictures = normalisation
        let pictures = try #require(
            try Batcher(inputs: inputs, model: Synthetic.experiment().model, preparation: Synthetic.preparation).assemble([entry]).input
                .pictures)
        let green = (0..<512).map { Float(clip.pictures[$0 * 3 + 1]) / 255 }
        let (mean, deviation) = moments(green)
        let expectedMaximum: Float =
            switch normalisation {
            case .none: 1
            case .backbone: (1 - 0.45) / 0.225
            case .clip: (1 - mean) / deviation
            case .change: (1 - green[2 * 16 + 3]) / 0.1
            }
        #expect(pictures.shape == [1, 2, 3, 16, 16])
        #expect(abs(pictures.values[((1 * 3 + 1) * 16 + 2) * 16 + 3] - expectedMaximum) < 1e-5)
        guard normalisation == .clip else { return }
        let planes = pictures.reshaped([2, 3, 256]).transposed(0, 1)
        for channel in 0..<3 {
            let (mean, deviation) = moments(planes.selected(axis: 0, channel).values)
            #expect(abs(mean) < 1e-4 && abs(deviation - 1) < 1e-3)
        }
    }

    private func moments(_ values: [Float]) -> (mean: Float, deviation: Float) {
        let count = Float(values.count)
        let mean: Float = values.reduce(0, +) / count
        let squares: Float = values.reduce(0) { sum, value in sum + (value - mean) * (value - mean) }
        return (mean, (squares / count).squareRoot())
    }
}
