// A run that is stopped and resumed at every one of its steps, in every way that a run can be set up.
import Corpora
import Foundation
import Records
import Synchronization
import TensorFiles
import Tensors
import Testing

@testable import Metrics
@testable import Training

/// A way to set up a run; small, so that all of them can be tried at every step.
struct ResumeCase: CustomTestStringConvertible, Sendable {
    var name: String
    var experiment: Experiment
    /// The clips of both domains lie on several parts, and the run asks for test scores.
    var hasTestParts = false
    /// A model chooses the target clips.
    var asksModel = false

    var testDescription: String { name }

    /// Everything that draws random numbers is on, so that each case is a test of all of them.
    static let base: Experiment = {
        var experiment = Synthetic.experiment()
        experiment.augmentation.enabled = true
        experiment.augmentation.rotation = 5
        experiment.augmentation.modalityDropout = 0.3
        experiment.model.audio.dropout = 0.1
        experiment.model.video.dropout = 0.1
        experiment.model.fusion.dropout = 0.1
        return experiment
    }()

    static func with(_ name: String, _ change: (inout Experiment) -> Void) -> ResumeCase {
        var experiment = base
        change(&experiment)
        return ResumeCase(name: name, experiment: experiment)
    }

    static let all: [ResumeCase] = {
        var cases = [with("as it is") { _ in }]
        for method in OptimiserSettings.Method.allCases { cases.append(with("optimiser \(method)") { $0.optimiser.method = method }) }
        for schedule in LearningRateKind.allCases {
            cases.append(
                with("learning rate \(schedule.rawValue)") {
                    $0.optimiser.schedule = schedule
                    $0.optimiser.warmUpEpochs = 0.5
                    ($0.optimiser.decayEpochs, $0.optimiser.restartEpochs) = (1, 1)
                    ($0.optimiser.plateauPatience, $0.optimiser.plateauThreshold) = (0, 0.999)
                    $0.training.epochs = 3
                })
        }
        for schedule in AlphaSchedule.Kind.allCases {
            cases.append(with("alpha \(schedule)") { $0.adaptation.alpha = AlphaSchedule(kind: schedule) })
        }
        for method in AdaptationSettings.Method.allCases {
            cases.append(
                with("adaptation \(method)") {
                    $0.adaptation.method = method
                    if method.comparesWithinBatch { $0.adaptation.batches = .joint }
                })
        }
        for modalities in ModelSettings.Modalities.allCases {
            cases.append(with("modalities \(modalities)") { $0.model.modalities = modalities })
        }
        for kind in ModelSettings.FusionSettings.Kind.allCases { cases.append(with("fusion \(kind)") { $0.model.fusion.kind = kind }) }
        for selection in Selection.allCases {
            cases.append(with("selection \(selection)") { $0.training.selection = selection })
        }
        for precision in TrainingSettings.Precision.allCases {
            cases.append(with("precision \(precision)") { $0.training.precision = precision })
        }
        for normalise in InputSettings.Normalisation.allCases {
            cases.append(with("sound normalised by \(normalise)") { $0.inputs.normalise = normalise })
        }
        cases += [
            with("entropy weighting") { ($0.adaptation.method, $0.adaptation.entropyWeighting) = (.cdan, true) },
            with("joint batches") { $0.adaptation.batches = .joint },
            with("balanced classes") { $0.training.sampling = .balanced },
            with("discriminators in four places") { $0.adaptation.discriminators = ["fused", "audio", "video", "stage1"] },
            with("a part of the target") { ($0.adaptation.subset, $0.adaptation.subsetShare) = (.stratified, 0.5) },
            with("attention over patches") { ($0.model.tokens, $0.model.pooling, $0.model.mask) = (.patches, .attention, false) },
            with("pooled tokens") { $0.model.tokens = .pooled },
            with("video frozen") { ($0.model.video.frozen, $0.model.video.dropout) = (true, 0) },
            with("video frozen, features kept") {
                ($0.model.video.frozen, $0.model.video.dropout) = (true, 0)
                $0.augmentation.enabled = false
            },
            with("video frozen, features not kept") {
                ($0.model.video.frozen, $0.model.video.dropout, $0.training.cacheFeatures) = (true, 0, false)
                $0.augmentation.enabled = false
            },
            with("sound frozen") { $0.model.audio.frozen = true },
            with("adapters") { ($0.model.lora.enabled, $0.model.video.frozen, $0.model.lora.rank) = (true, true, 2) },
            with("adapters in bf16") {
                ($0.model.lora.enabled, $0.model.video.frozen, $0.model.lora.rank) = (true, true, 2)
                $0.training.precision = .bf16Mixed
            },
            with("patience") {
                ($0.training.patience, $0.training.epochs) = (1, 6)
                ($0.optimiser.learningRate, $0.optimiser.minimumRate) = (1e-9, 0)
            },
            with("no clipping, no smoothing, no augmentation") {
                ($0.optimiser.clipNorm, $0.training.labelSmoothing, $0.augmentation.enabled) = (0, 0, false)
            },
            with("a last batch that is smaller") { $0.training.batch = 7 },
        ]
        cases.append(ResumeCase(name: "test parts", experiment: base, hasTestParts: true))
        var asking = base
        (asking.adaptation.subset, asking.adaptation.subsetShare, asking.adaptation.subsetModel) = (.uncertainty, 0.5, "run:1")
        cases.append(ResumeCase(name: "a model chooses the target clips", experiment: asking, asksModel: true))
        return cases
    }()

    func data(in folder: URL) throws -> RunData {
        var data = Synthetic.data(training: 16, validation: 8)
        if hasTestParts {
            data.sourceTest = Synthetic.feed(8, .source, "source-test")
            data.targetTest = Synthetic.feed(8, .target, "target-test")
        }
        if asksModel {
            var source = Synthetic.experiment()
            (source.adaptation.method, source.training.epochs) = (.none, 1)
            let model = folder.appendingPathComponent("model")
            try Synthetic.run(source, data: data, in: model)
            data.sourceModel = model.appendingPathComponent(RunFiles.best)
        }
        return data
    }
}

/// What a run left, without what no two runs have in common: seconds, and the stops on the way.
struct RunRemains: Equatable {
    var steps: [StepRecord]
    var epochs: [EpochRecord]
    var answers: [Int: [Answer]]
    var report: FinalReport?
    var progress: RunProgress
    /// Weights and optimiser state of the last checkpoint, and the frozen weights.
    var tensors: [String: Safetensors.Entry]
    var best: Data

    init(_ events: [TrainingEvent], _ folder: URL) throws {
        steps = events.steps.map {
            var step = $0; (step.seconds, step.waitingSeconds) = (0, 0); return step
        }
        epochs = events.epochs.map(Self.untimed)
        answers = [:]
        for case .answers(let epoch, let list) in events { answers[epoch] = list }
        report = events.report
        report?.seconds = 0
        report?.samplesPerSecond = 0
        let file = folder.appendingPathComponent(RunFiles.last)
        progress = try Checkpoint(contentsOf: file).progress
        progress.stepSeconds = 0
        progress.ordersSinceStep = nil
        progress.best = progress.best.map(Self.untimed)
        tensors = try Safetensors(contentsOf: file).entries
        let frozen = folder.appendingPathComponent(RunFiles.frozen)
        if FileManager.default.fileExists(atPath: frozen.path) {
            tensors.merge(try Safetensors(contentsOf: frozen).entries) { own, _ in own }
        }
        best = try Data(contentsOf: folder.appendingPathComponent(RunFiles.best))
    }

    private static func untimed(_ epoch: EpochRecord) -> EpochRecord {
        var epoch = epoch
        (epoch.seconds, epoch.savingSeconds) = (0, nil)
        return epoch
    }

    /// The parts that differ, by name: easier to read than both values.
    func differences(from other: RunRemains) -> [String] {
        var names: [String] = []
        if steps != other.steps {
            names.append("steps from \(zip(steps, other.steps).first { $0 != $1 }?.0.step ?? min(steps.count, other.steps.count))")
        }
        if epochs != other.epochs { names.append("epochs") }
        if answers != other.answers { names.append("answers") }
        if report != other.report { names.append("report") }
        if progress != other.progress { names.append("progress") }
        let changed = Set(tensors.keys).union(other.tensors.keys).filter { tensors[$0] != other.tensors[$0] }
        if !changed.isEmpty { names.append("\(changed.count) tensors, \(changed.sorted().prefix(2))") }
        if best != other.best { names.append("best weights") }
        return names
    }
}

@Suite("Resuming")
struct ResumeTests {
    private static let points = Mutex((cases: 0, points: 0))

    @Test(
        "Stopped before its first step and after every step, each time resumed, a run leaves the bits of one that never stopped",
        arguments: ResumeCase.all)
    func everyStep(of run: ResumeCase) throws {
        try Synthetic.inFolder { folder in
            let data = try run.data(in: folder)
            let (wholeFolder, halves) = (folder.appendingPathComponent("whole"), folder.appendingPathComponent("halves"))
            let (outcome, events) = try Synthetic.run(run.experiment, data: data, in: wholeFolder)
            try #require(outcome == .finished, "\(events.messages) \(String(describing: events.last))")
            let whole = try RunRemains(events, wholeFolder)
            var told: [TrainingEvent] = [], stops = 0
            while true {
                let call = stops == 0 ? 0 : 1
                let part = try Synthetic.run(
                    run.experiment, data: data, orders: ScriptedOrders([call: [.stop]]), in: halves, resuming: stops > 0)
                told += part.events
                if part.outcome == .finished { break }
                try #require(part.outcome == .stopped && part.events.steps.count <= 1, "\(String(describing: part.events.last))")
                stops += 1
                try #require(stops <= whole.steps.count + 1)
            }
            #expect(try RunRemains(told, halves).differences(from: whole) == [])
            #expect(stops == whole.steps.count + 1)
            let total = Self.points.withLock { points in
                points = (points.cases + 1, points.points + stops)
                return points
            }
            print(
                "resumed at \(stops) points: \(run.name); so far \(total.points) points of \(total.cases) of \(ResumeCase.all.count) set-ups"
            )
        }
    }

    @Test("Stopped once, wherever that is, the rest of the run is the same too", arguments: 0...8)
    func once(stop: Int) throws {
        try Synthetic.inFolder { folder in
            let data = Synthetic.data(training: 16, validation: 8), experiment = ResumeCase.base
            let (wholeFolder, halves) = (folder.appendingPathComponent("whole"), folder.appendingPathComponent("halves"))
            let whole = try RunRemains(try Synthetic.run(experiment, data: data, in: wholeFolder).events, wholeFolder)
            let first = try Synthetic.run(experiment, data: data, orders: ScriptedOrders([stop: [.stop]]), in: halves)
            #expect(first.outcome == .stopped && first.events.steps.count == stop)
            let second = try Synthetic.run(experiment, data: data, in: halves, resuming: true)
            #expect(try RunRemains(first.events + second.events, halves).differences(from: whole) == [])
        }
    }

    @Test("Saved after every step, a run leaves the bits of one that is saved after its epochs only; the key is live")
    func minutes() throws {
        try Synthetic.inFolder { folder in
            let data = Synthetic.data(training: 16, validation: 8)
            var experiment = ResumeCase.base
            experiment.training.checkpointMinutes = 0
            let (never, always) = (folder.appendingPathComponent("never"), folder.appendingPathComponent("always"))
            let (_, rare) = try Synthetic.run(experiment, data: data, in: never)
            #expect(rare.checkpoints.filter { $0.kind == .last }.map(\.step) == [0, 4, 8])
            // Ordered after two steps; a hundred thousandth of a minute is over before the next.
            let orders = ScriptedOrders([2: [.set(key: "training.checkpoint_minutes", value: "1e-6")]])
            let (_, often) = try Synthetic.run(experiment, data: data, orders: orders, in: always)
            #expect(often.checkpoints.filter { $0.kind == .last }.map(\.step) == [0, 2, 3, 4, 5, 6, 7, 8])
            // The best weights' file names the experiment, in which the key has changed.
            #expect(try RunRemains(often, always).differences(from: RunRemains(rare, never)) == ["best weights"])
            let best = try [always, never].map { try Safetensors(contentsOf: $0.appendingPathComponent(RunFiles.best)).entries }
            #expect(best[0] == best[1])
        }
    }

    @Test(
        "A run that has finished goes on where it gets more epochs, and says what that means for alpha; run whole with as many it is another"
    )
    func longer() throws {
        try Synthetic.inFolder { folder in
            let data = Synthetic.data(training: 16, validation: 8)
            var experiment = ResumeCase.base
            experiment.training.epochs = 1
            try Synthetic.run(experiment, data: data, in: folder)
            #expect(try ResumePoint(of: folder).isAtItsEnd)
            let point = try ResumePoint(of: folder, changes: ["training.epochs=3"])
            #expect(!point.isAtItsEnd && point.epochs == 1 && point.step == 4)
            let (outcome, events) = try Synthetic.run(
                point.experiment, data: data, in: folder, resuming: true, changes: ["training.epochs=3"])
            #expect(outcome == .finished && events.steps.map(\.step) == Array(5...12) && events.report?.epochs == 3)
            let words = try #require(events.messages.first { $0.contains("goes on to 3") })
            #expect(words.contains("Alpha is a share of the whole run"))
            for step in events.steps { #expect(step.values.alpha == experiment.adaptation.alpha.value(at: Double(step.step - 1) / 11)) }
        }
    }
}
