// A run's folder: the experiment as run, the best weights, and a checkpoint to resume from.
import Foundation
import Networks
import Tensors

public enum RunFiles {
    public static let experiment = "experiment.toml"
    public static let best = "best.safetensors"
    public static let last = "last.ckpt"
    /// Weights that no epoch changes, which `last.ckpt` leaves out.
    public static let frozen = "frozen.safetensors"
    /// Metadata of both weight files: the experiment as TOML; of `best` also the labels, comma-separated.
    static let experimentKey = "emolab.experiment"
    static let labelsKey = "emolab.labels"
}

/// From where a stopped run can go on.
public struct ResumePoint: Sendable {
    /// Steps done, and the experiment as it stands with the changes that were asked for.
    public let step: Int
    public let experiment: Experiment

    /// Reads a run's last checkpoint.
    /// - Parameter changes: overrides of keys that may change when a run goes on.
    /// - Throws: `CheckpointError`, `ExperimentError`, or why the file cannot be read.
    public init(of folder: URL, changes: [String] = []) throws {
        let checkpoint = try Checkpoint(of: folder)
        step = checkpoint.progress.step
        experiment = try checkpoint.experiment.resuming(with: changes)
    }
}

public enum CheckpointError: Error, CustomStringConvertible {
    case noState(path: String)
    case otherRun(path: String, detail: String)
    case frozen(checkpoint: String, path: String, detail: String)

    public var description: String {
        switch self {
        case .noState(let path): return "\(path) is no checkpoint of a run: it holds no progress"
        case .otherRun(let path, let detail): return "\(path) does not fit this experiment: \(detail)"
        case .frozen(let checkpoint, let path, let detail):
            return "\(path) holds the frozen weights that \(checkpoint) goes on with, and cannot be used: \(detail). Put back the file that the run wrote, or train anew"
        }
    }
}

/// Weights, optimiser state and progress: a run that goes on from here computes the same bits as one that never stopped.
struct Checkpoint {
    let progress: RunProgress
    /// As it stood, live changes included.
    let experiment: Experiment
    /// Weights that lie in a file of their own.
    let frozen: FrozenWeights
    let statistics: SoundStatistics?
    private let stored: Safetensors
    private let file: URL

    private static let progressKey = "emolab.progress"
    private static let frozenKey = "emolab.frozen"

    static func write(
        _ learner: Learner, _ progress: RunProgress, _ experiment: Experiment, frozen: FrozenWeights = FrozenWeights(), statistics: SoundStatistics? = nil,
        to file: URL
    ) throws {
        var metadata = [RunFiles.experimentKey: try experiment.toml()]
        metadata[progressKey] = String(decoding: try JSONEncoder().encode(progress), as: UTF8.self)
        if !frozen.checksums.isEmpty {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            metadata[frozenKey] = String(decoding: try encoder.encode(frozen), as: UTF8.self)
        }
        var tensors: [String: Tensor] = [:]
        for (name, tensor) in learner.store.values() where frozen.checksums[name] == nil { tensors["network/" + name] = tensor }
        for (name, tensor) in learner.optimiser.state { tensors["optimiser/" + name] = tensor }
        var stored = Safetensors(tensors, metadata: metadata)
        try statistics?.store(in: &stored)
        try stored.write(to: file)
    }

    /// The last checkpoint of a run's folder. Throws `CheckpointError`, or why the file cannot be read.
    init(of folder: URL) throws {
        file = folder.appendingPathComponent(RunFiles.last)
        stored = try Safetensors(contentsOf: file)
        guard let progress = stored.metadata[Self.progressKey], let text = stored.metadata[RunFiles.experimentKey] else {
            throw CheckpointError.noState(path: file.path)
        }
        self.progress = try JSONDecoder().decode(RunProgress.self, from: Data(progress.utf8))
        experiment = try Experiment.parse(text)
        do {
            frozen = try stored.metadata[Self.frozenKey].map { try JSONDecoder().decode(FrozenWeights.self, from: Data($0.utf8)) } ?? FrozenWeights()
        } catch {
            throw CheckpointError.noState(path: file.path)
        }
        do { statistics = try SoundStatistics(from: stored, bands: experiment.inputs.melBands) } catch {
            throw CheckpointError.otherRun(path: file.path, detail: "\(error)")
        }
    }

    /// Puts weights and optimiser state into `learner`. Throws `CheckpointError`.
    func restore(_ learner: Learner) throws {
        let apart = try frozen.read(for: file)
        do {
            try learner.store.load(Self.tensors(of: stored, under: "network/").merging(apart) { own, _ in own })
        } catch {
            throw CheckpointError.otherRun(path: file.path, detail: "\(error)")
        }
        learner.optimiser.state = Self.tensors(of: stored, under: "optimiser/")
    }

    /// Weights alone, by the names of the published checkpoints, with what is needed to use them.
    static func writeWeights(
        of learner: Learner, labels: [String], experiment: Experiment, statistics: SoundStatistics? = nil, to file: URL
    ) throws {
        let metadata = [RunFiles.experimentKey: try experiment.toml(), RunFiles.labelsKey: labels.joined(separator: ",")]
        var stored = Safetensors(learner.store.values(), metadata: metadata)
        try statistics?.store(in: &stored)
        try stored.write(to: file)
    }

    private static func tensors(of stored: Safetensors, under prefix: String) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for name in stored.entries.keys where name.hasPrefix(prefix) {
            tensors[String(name.dropFirst(prefix.count))] = stored[name]
        }
        return tensors
    }
}
