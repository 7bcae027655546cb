// Clips made of numbers: small, learnable, with a shift between two domains.
import Base
import Faces
import Foundation
import Inputs
import Records
import Systems

@testable import Training

/// An order source that hands out orders at given calls.
final class ScriptedOrders: OrderSource, @unchecked Sendable {
    private let lock = NSLock()
    private var calls = 0
    private let script: [Int: [Order]]

    /// Orders by the number of the call that gets them, from 0.
    init(_ script: [Int: [Order]] = [:]) { self.script = script }

    func takeOrders() -> [PendingOrder] {
        lock.withLock {
            defer { calls += 1 }
            return (script[calls] ?? []).enumerated().map { PendingOrder(id: Int64(100 * calls + $0.offset), order: $0.element) }
        }
    }
}

enum Synthetic {
    static let inputs: InputSettings = {
        var inputs = InputSettings()
        inputs.frames = 2
        inputs.pictureSize = 16
        inputs.normalisePictures = .backbone
        inputs.melBands = 8
        inputs.melFrames = 16
        return inputs
    }()

    /// How the clips would have been prepared, were they of files.
    static let preparation = EffectivePreparation.squares(inputs.preparation)

    /// A nano experiment made smaller still.
    static func experiment() -> Experiment {
        var experiment = Experiment.preset(.nano)
        experiment.inputs = inputs
        experiment.model.audio.channels = [12, 12]
        experiment.model.audio.kernels = [3, 3]
        experiment.model.audio.hidden = 8
        experiment.model.video.width = 16
        experiment.model.video.layers = 1
        experiment.model.video.heads = 2
        experiment.model.video.mlp = 24
        experiment.model.video.patch = 8
        experiment.model.fusion.width = 16
        experiment.model.fusion.heads = 2
        experiment.model.fusion.discriminatorWidth = 8
        experiment.optimiser.learningRate = 5e-3
        experiment.optimiser.warmUpEpochs = 0
        experiment.training.batch = 8
        experiment.training.epochs = 2
        return experiment
    }

    /// Class k is loud in bands 2k and 2k + 1 and lights the k-th quarter of the picture in its colour; the target is darker and noisier.
    static func clip(_ label: Int, _ domain: Domain, _ stream: inout RandomStream) -> PreparedClip {
        let noise: Float = domain == .source ? 0.3 : 0.6
        let sound = 10 + stream.int(below: 5), first = (16 - sound) / 2
        var mel = [Float](repeating: 0, count: 8 * 16)
        for band in 0..<8 {
            for frame in first..<first + sound {
                mel[band * 16 + frame] = (band / 2 == label ? 1.5 : -0.5) + noise * stream.normal()
            }
        }
        var pictures = [UInt8](repeating: 0, count: 2 * 16 * 16 * 3)
        for frame in 0..<2 {
            for row in 0..<16 {
                for column in 0..<16 {
                    let quarter = row / 8 * 2 + column / 8
                    for channel in 0..<3 {
                        let isLit = quarter == label && (channel == label || label == 3)
                        let light: Float = (isLit ? 200 : 70) * (domain == .source ? 1 : 0.6) + 20 * stream.normal()
                        pictures[((frame * 16 + row) * 16 + column) * 3 + channel] = UInt8(min(max(light, 0), 255))
                    }
                }
            }
        }
        let face = FaceFinding(box: FaceBox(x: 0, y: 0, width: 16, height: 16), score: 0, isFallback: true)
        return PreparedClip(
            mel: mel, melBands: 8, melFrames: 16, firstSoundFrame: first, soundFrames: sound, pictures: pictures, frames: 2, size: 16,
            faces: [face, face], duration: 1, hasSpeech: true, envelope: [], hasAudio: true, hasVideo: true)
    }

    static func feed(_ count: Int, _ domain: Domain, _ name: String) -> ClipsInMemory {
        var stream = RandomStream(seed: 9, name: name)
        return ClipsInMemory(
            (0..<count).map { index in
                let item = ClipItem(name: "\(name)-\(index)", speaker: "\(index % 5)", label: index % 4)
                return (item, clip(index % 4, domain, &stream))
            })
    }

    static func data(training: Int = 32, validation: Int = 16) -> RunData {
        RunData(
            task: .four, sourceTraining: feed(training, .source, "source-training"),
            sourceValidation: feed(validation, .source, "source-validation"), targetTraining: feed(training, .target, "target-training"),
            targetValidation: feed(validation, .target, "target-validation"), split: "by speaker", splitHash: "0", preparation: preparation)
    }

    /// A folder of its own that is removed afterwards.
    static func inFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    /// Runs to the end; returns how it ended and every event.
    @discardableResult
    static func run(
        _ experiment: Experiment, data: RunData = data(), orders: any OrderSource = ScriptedOrders(), in folder: URL,
        resuming: Bool = false,
        changes: [String] = [], replaying: [AppliedOrder] = [], files: DurableFile = .system
    ) throws -> (outcome: RunOutcome, events: [TrainingEvent]) {
        var events: [TrainingEvent] = []
        let keeper = CheckpointKeeper(folder: folder, settle: {}, files: files) { events.append(.message(level: $0, text: $1)) }
        let trainer = try Trainer(
            experiment: experiment, systems: Systems.all, data: data, orders: orders, folder: folder, resuming: resuming, changes: changes,
            replaying: replaying,
            keeper: keeper
        ) { events.append($0) }
        let outcome = trainer.run()
        return (outcome, events)
    }
}

extension [TrainingEvent] {
    var steps: [StepRecord] { compactMap { if case .step(let record) = $0 { record } else { nil } } }
    var epochs: [EpochRecord] { compactMap { if case .epoch(let record) = $0 { record } else { nil } } }
    var plans: [RunPlan] { compactMap { if case .started(let plan) = $0 { plan } else { nil } } }
    var orders: [String] { compactMap { if case .order(let record) = $0 { record.text } else { nil } } }
    var messages: [String] { compactMap { if case .message(_, let text) = $0 { text } else { nil } } }
    var checkpoints: [CheckpointRecord] { compactMap { if case .checkpoint(let record) = $0 { record } else { nil } } }
    var report: FinalReport? { compactMap { if case .finished(let report) = $0 { report } else { nil } }.first }
    /// Losses, rates and gradients of every step: equal only where every bit is.
    var trace: [[Double?]] {
        steps.map { [$0.values.classLoss, $0.values.domainLoss, $0.values.alpha, $0.values.learningRate, $0.values.gradientNorm] }
    }
}
