// A run between two steps, as a file: all that a later process needs to compute the same bits.
import Base
import Foundation
import Inputs
import Networks
import Records
import TensorFiles
import Tensors

public enum CheckpointError: Error, CustomStringConvertible {
    case noState(path: String)
    case damaged(path: String, detail: String)
    /// It may be whole: nothing is known of its bytes.
    case unreadable(FileFailure)
    case noneWhole(last: String, previous: String)
    case otherRun(path: String, detail: String)
    case frozen(checkpoint: String, path: String, detail: String)

    public var description: String {
        switch self {
        case .noState(let path): return "\(path) is no checkpoint of a run: it holds no progress"
        case .damaged(let path, let detail): return "\(path) is damaged: \(detail)"
        case .unreadable(let failure): return "\(failure)"
        case .noneWhole(let last, let previous):
            return
                "there is no whole checkpoint to go on from: \(last); \(previous). Put back a copy of either file, or train anew: a child run begins with the same experiment"
        case .otherRun(let path, let detail): return "\(path) does not fit this experiment: \(detail)"
        case .frozen(let checkpoint, let path, let detail):
            return
                "\(path) holds the frozen weights that \(checkpoint) goes on with, and cannot be used: \(detail). Put back the file that the run wrote, or train anew"
        }
    }
}

/// Weights, optimiser state and progress: a run that goes on from here computes the same bits as one that never stopped.
struct Checkpoint {
    let progress: RunProgress
    /// As it stood, live changes included.
    let experiment: Experiment
    /// How the clips of the run are prepared.
    let preparation: EffectivePreparation
    /// Weights that lie in a file of their own.
    let frozen: FrozenWeights
    let statistics: SoundStatistics?
    /// Checksum of the best weights that belong to it; nil before the first epoch, and in checkpoints of earlier versions.
    let best: Int64?
    private let stored: Safetensors
    private let file: URL
    private let files: DurableFile

    private static let progressKey = "emolab.progress"
    private static let frozenKey = "emolab.frozen"
    private static let bestKey = "emolab.best"
    /// In every checkpoint that has a checksum, so that one whose checksum cannot be found any more is not taken for an earlier one.
    private static let versionKey = "emolab.version"

    /// The file's bytes.
    static func bytes(
        _ learner: Learner, _ progress: RunProgress, _ experiment: Experiment, _ preparation: EffectivePreparation,
        frozen: FrozenWeights = FrozenWeights(),
        statistics: SoundStatistics? = nil, best: Int64? = nil
    ) throws -> Data {
        var metadata = [RunFiles.experimentKey: try experiment.toml(), versionKey: "2", progressKey: try JSON.text(progress)]
        metadata[RunFiles.preparationKey] = preparation.json
        metadata[bestKey] = best.map { "\($0)" }
        if !frozen.checksums.isEmpty { metadata[frozenKey] = try JSON.text(frozen) }
        var tensors: [String: Tensor] = [:]
        for (name, tensor) in learner.store.values() where frozen.checksums[name] == nil { tensors["network/" + name] = tensor }
        for (name, tensor) in learner.optimiserState { tensors["optimiser/" + name] = tensor }
        var stored = Safetensors(tensors, metadata: metadata)
        try statistics?.store(in: &stored)
        return CheckpointSeal.bytes(of: stored)
    }

    /// - Throws: `CheckpointError.damaged` for anything but the bytes that were written, `.noState` for another kind of file; `.unreadable` where its
    ///   bytes may be whole; `ExperimentError` for a whole checkpoint whose experiment this program does not know.
    init(contentsOf file: URL, by files: DurableFile = .system) throws {
        self.file = file
        self.files = files
        let stored = try Self.read(file, by: files)
        self.stored = stored
        guard let progress = stored.metadata[Self.progressKey], let text = stored.metadata[RunFiles.experimentKey] else {
            throw CheckpointError.noState(path: file.path)
        }
        do {
            self.progress = try JSON.value(progress)
            frozen = try stored.metadata[Self.frozenKey].map { try JSON.value($0) } ?? FrozenWeights()
        } catch {
            throw CheckpointError.noState(path: file.path)
        }
        best = stored.metadata[Self.bestKey].flatMap { Int64($0) }
        experiment = try Experiment.parse(text)
        do { preparation = try RunFiles.preparation(of: stored) } catch {
            throw CheckpointError.otherRun(path: file.path, detail: "\(error)")
        }
        do { statistics = try SoundStatistics(from: stored, bands: experiment.inputs.melBands) } catch {
            throw CheckpointError.otherRun(path: file.path, detail: "\(error)")
        }
    }

    /// The newest whole checkpoint of a run's folder.
    /// - Returns: with it, where it is not the last that was written, why that one is not used.
    static func newest(of folder: URL, by files: DurableFile = .system) throws -> (checkpoint: Checkpoint, damage: String?) {
        let last = folder.appendingPathComponent(RunFiles.last), previous = folder.appendingPathComponent(RunFiles.previous)
        do {
            return (try Checkpoint(contentsOf: last, by: files), nil)
        } catch let error as CheckpointError where error.isDamage {
            do {
                return (try Checkpoint(contentsOf: previous, by: files), "\(error)")
            } catch let other as CheckpointError where other.isDamage {
                throw CheckpointError.noneWhole(last: "\(error)", previous: "\(other)")
            }
        }
    }

    /// Puts weights and optimiser state into `learner`. Throws `CheckpointError`.
    func restore(_ learner: Learner) throws {
        let apart = try frozen.read(for: file, by: files)
        do {
            try learner.store.load(Self.tensors(of: stored, under: "network/").merging(apart) { own, _ in own })
        } catch {
            throw CheckpointError.otherRun(path: file.path, detail: "\(error)")
        }
        learner.optimiserState = Self.tensors(of: stored, under: "optimiser/")
    }

    /// Best weights alone, by the names of the published checkpoints, with what is needed to use them: the bytes of their file.
    static func weights(
        of learner: Learner, experiment: Experiment, preparation: EffectivePreparation, statistics: SoundStatistics? = nil
    ) throws -> Data {
        let metadata = [
            RunFiles.preparationKey: preparation.json, RunFiles.experimentKey: try experiment.toml(),
            RunFiles.taskKey: try JSON.text(learner.task),
        ]
        var stored = Safetensors(learner.store.values(), metadata: metadata)
        try statistics?.store(in: &stored)
        return stored.bytes()
    }

    /// Reads and checks every byte; a file of earlier versions, without a checksum, as it is.
    private static func read(_ file: URL, by files: DurableFile) throws -> Safetensors {
        var bytes: Data
        do throws(FileFailure) { bytes = try files.read(file) } catch {
            // Only bytes that were read can be damaged: to resume from an older checkpoint would throw away what this one may hold.
            guard error.isMissing else { throw CheckpointError.unreadable(error) }
            throw CheckpointError.damaged(path: file.path, detail: "it is missing")
        }
        let finding = CheckpointSeal.check(&bytes)
        guard finding != .broken else {
            throw CheckpointError.damaged(path: file.path, detail: "its checksum is not that of its \(bytes.count) bytes")
        }
        let stored: Safetensors
        do { stored = try Safetensors(bytes: bytes) } catch { throw CheckpointError.damaged(path: file.path, detail: "\(error)") }
        guard finding == .whole || stored.metadata[versionKey] == nil else {
            throw CheckpointError.damaged(path: file.path, detail: "its checksum cannot be found")
        }
        return stored
    }

    private static func tensors(of stored: Safetensors, under prefix: String) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for name in stored.entries.keys where name.hasPrefix(prefix) {
            tensors[String(name.dropFirst(prefix.count))] = stored[name]
        }
        return tensors
    }
}

extension CheckpointError {
    /// The file is not what was written; the one before may be.
    fileprivate var isDamage: Bool {
        switch self {
        case .damaged, .noState: true
        case .unreadable, .noneWhole, .otherRun, .frozen: false
        }
    }
}
