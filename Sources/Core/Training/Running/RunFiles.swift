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
    var progress: RunProgress
    var experiment: Experiment
    /// Weights that lie in a file of their own.
    var frozen = FrozenWeights()
    var statistics: SoundStatistics?

    private static let progressKey = "emolab.progress"
    private static let frozenKey = "emolab.frozen"

    func write(_ learner: Learner, to file: URL) throws {
        var metadata = [RunFiles.experimentKey: try experiment.toml()]
        metadata[Self.progressKey] = String(decoding: try JSONEncoder().encode(progress), as: UTF8.self)
        if !frozen.checksums.isEmpty {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            metadata[Self.frozenKey] = String(decoding: try encoder.encode(frozen), as: UTF8.self)
        }
        var tensors: [String: Tensor] = [:]
        for (name, tensor) in learner.store.values() where frozen.checksums[name] == nil { tensors["network/" + name] = tensor }
        for (name, tensor) in learner.optimiser.state { tensors["optimiser/" + name] = tensor }
        var stored = Safetensors(tensors, metadata: metadata)
        try statistics?.store(in: &stored)
        try stored.write(to: file)
    }

    /// Puts weights and optimiser state into `learner`. Throws `CheckpointError`, or why the file cannot be read.
    static func read(from file: URL, into learner: Learner) throws -> Checkpoint {
        let stored = try Safetensors(contentsOf: file)
        guard let progress = stored.metadata[progressKey], let text = stored.metadata[RunFiles.experimentKey] else {
            throw CheckpointError.noState(path: file.path)
        }
        var checkpoint = Checkpoint(
            progress: try JSONDecoder().decode(RunProgress.self, from: Data(progress.utf8)), experiment: try Experiment.parse(text))
        if let frozen = stored.metadata[frozenKey] {
            do { checkpoint.frozen = try JSONDecoder().decode(FrozenWeights.self, from: Data(frozen.utf8)) } catch {
                throw CheckpointError.noState(path: file.path)
            }
        }
        let frozen = try checkpoint.frozen.read(for: file)
        do {
            checkpoint.statistics = try SoundStatistics(from: stored, bands: checkpoint.experiment.inputs.melBands)
            try learner.store.load(tensors(of: stored, under: "network/").merging(frozen) { own, _ in own })
        } catch {
            throw CheckpointError.otherRun(path: file.path, detail: "\(error)")
        }
        learner.optimiser.state = tensors(of: stored, under: "optimiser/")
        return checkpoint
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
