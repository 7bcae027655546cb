// What a new run's parameters start with instead of being drawn: an earlier run's weights, and published files of one encoder.
import Base
import Foundation
import Inputs
import Networks
import Records
import TensorFiles
import Tensors

public enum StartError: Error, Equatable, CustomStringConvertible {
    case unreadable(key: String, path: String, detail: String)
    case notOfARun(key: String, path: String)
    case missing(key: String, path: String, names: [String])
    /// Several sets of weights in one file, each of which fits.
    case ambiguous(key: String, path: String, sets: [String])
    case shape(key: String, path: String, name: String, expected: [Int], found: [Int])
    case nothingFits(key: String, path: String)
    case inputs(key: String, path: String, setting: String, value: String, expected: String, advice: String)
    case unresolved(String)

    public var description: String {
        switch self {
        case .unreadable(let key, let path, let detail): "\(key): \(path) cannot be read: \(detail)"
        case .notOfARun(let key, let path):
            "\(key): \(path) does not hold the experiment that it was trained by: name a run, or the best.safetensors of one. "
                + "A published encoder's weights go into its own key, which ends in `pretrained`"
        case .missing(let key, let path, let names):
            "\(key): \(path) lacks \(names.count) of the encoder's tensors, first '\(names.first ?? "")'"
                + (TensorFile.adviceOnShard(path).map { "; " + $0 } ?? "")
        case .ambiguous(let key, let path, let sets):
            "\(key): \(path) holds \(sets.count) sets of weights that fit, and they differ: \(sets.joined(separator: ", ")). "
                + "Save the one that is meant in a file of its own: the tensors whose names begin with \(sets.first ?? "its word"), for instance"
        case .shape(let key, let path, let name, let expected, let found):
            "\(key): in \(path) '\(name)' has shape \(found), the network needs \(expected): model.preset = \"base\" has the published sizes"
        case .nothingFits(let key, let path):
            "\(key): of \(path) no tensor fits this network: it was trained at another model.preset, or with other parts"
        case .inputs(let key, let path, let setting, let value, let expected, let advice):
            "\(key): \(path) was trained with \(setting) = \(expected), but this experiment has \(value); \(advice)"
        case .unresolved(let name): "training.start = \"\(name)\" names no file"
        }
    }
}

/// Collects what is taken while a network is built. Values of a start win over those of a published file.
final class StartingWeights {
    private var run: RunWeights?
    private var encoders: [PublishedEncoder] = []
    /// Names of parameters that the start has no value for.
    private var fresh: [String] = []
    private var taken = 0
    /// Parameters that the start has in another shape, heads left out.
    private var misfits = 0
    /// What a person should know of the start: another preparation, values that are no numbers.
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - preparation: how the clips of the new run are prepared.
    ///   - start: the file that `training.start` stands for.
    /// - Throws: `StartError` where a file cannot be used.
    init(
        _ job: TrainingJob, of systems: SystemLibrary, _ experiment: Experiment, task: LearningTask, preparation: EffectivePreparation,
        start: URL?
    ) throws {
        if !experiment.training.start.isEmpty {
            guard let start else { throw StartError.unresolved(experiment.training.start) }
            let run = try RunWeights(start, for: job, of: systems, task: task)
            self.run = run
            if let difference = run.preparation.difference(to: preparation) {
                warnings.append(
                    "training.start: the clips of this run are prepared otherwise than those that \(run.path) was trained on: \(difference)"
                )
            }
        }
        for source in job.imports {
            try source.check()
            encoders.append(try PublishedEncoder(source, resized: job.resized))
        }
    }

    /// The value that the parameter of that name starts with; nil where it is drawn.
    func value(_ name: String, _ shape: [Int]) -> Tensor? {
        if let run, let value = run.value(name, shape) {
            taken += 1
            run.check(name, value)
            return value
        }
        if run?.has(name) == true { misfits += 1 }
        if let encoder = encoders.first(where: { $0.isResponsible(for: name) }) { return encoder.value(name, shape) }
        if run != nil { fresh.append(name) }
        return nil
    }

    /// What was taken and what starts fresh, in words, one a file.
    /// - Throws: `StartError` where a published file lacked a tensor, or nothing of the start was of use.
    func finish() throws(StartError) -> [String] {
        var words: [String] = []
        if let run {
            // Biases of the same number of classes fit anywhere: most must.
            guard taken > misfits else { throw .nothingFits(key: "training.start", path: run.path) }
            let parts = Self.parts(of: fresh)
            words.append(
                "starts from \(run.path): \(taken) tensors" + (run.mergesAdapters ? ", its adapters merged" : "")
                    + (parts.isEmpty ? "" : "; fresh: " + parts.joined(separator: ", ")))
            if let warning = run.notFinite.words("training.start", run.path) { warnings.append(warning) }
        }
        for encoder in encoders {
            words.append(try encoder.finish())
            if let warning = encoder.warning { warnings.append(warning) }
        }
        return words
    }

    /// Parts of the network by the first words of their names, in order.
    private static func parts(of names: [String]) -> [String] {
        var parts: [String] = []
        for name in names {
            let words = name.split(separator: ".").map(String.init)
            let part =
                name.contains(".lora_") ? "adapters" : words[0] == "discriminator" ? words.prefix(2).joined(separator: ".") : words[0]
            if !parts.contains(part) { parts.append(part) }
        }
        return parts
    }
}

/// Tensors that hold what is no number.
package struct NotFiniteValues {
    package init() {}

    private var first: String?
    private var count = 0

    package mutating func add(_ name: String, _ tensor: Tensor) {
        guard let words = tensor.notFiniteWords else { return }
        first = first ?? "'\(name)' (\(words))"
        count += 1
    }

    /// The first of them by its name, and how many more there are; nil where all are numbers.
    private var names: String? { first.map { $0 + (count > 1 ? ", and \(count - 1) more are not all numbers" : "") } }

    /// Of weights that training starts from.
    func words(_ key: String, _ path: String) -> String? {
        names.map { "\(key): of \(path) the tensor \($0): training cannot go on from it" }
    }

    /// Of weights that are asked about clips.
    package func words(_ path: String) -> String? {
        names.map { "\(path): weights are not all numbers: \($0): what the model answers means nothing" }
    }
}

/// An earlier run's best weights, by name.
private final class RunWeights {
    let path: String
    let preparation: EffectivePreparation
    let mergesAdapters: Bool
    private let values: [String: Tensor]
    private let keepsHeads: Bool
    private let resized: TrainingJob.Resizing
    private(set) var notFinite = NotFiniteValues()

    init(_ file: URL, for job: TrainingJob, of systems: SystemLibrary, task: LearningTask) throws {
        path = file.path
        let key = "training.start"
        let stored: Safetensors
        do { stored = try Safetensors(contentsOf: file) } catch { throw StartError.unreadable(key: key, path: path, detail: error.reason) }
        guard let text = stored.metadata[RunFiles.experimentKey], let learned = RunFiles.task(of: stored) else {
            throw StartError.notOfARun(key: key, path: path)
        }
        do { preparation = try RunFiles.preparation(of: stored) } catch {
            throw StartError.unreadable(key: key, path: path, detail: "\(error)")
        }
        let old: [LoRA]
        do { old = try systems.job(for: Experiment.parse(text)).adapters } catch {
            throw StartError.unreadable(key: key, path: path, detail: "\(error)")
        }
        var values: [String: Tensor] = [:]
        for name in stored.entries.keys { values[name] = stored[name] }
        // Adapters of the same kind go on; others are worked into what they adapt, and new ones start from nothing.
        mergesAdapters = !old.isEmpty && old != job.adapters
        if mergesAdapters, let adapter = old.first {
            do { values = try LoRA.merged(values, scale: Float(adapter.alpha / Double(adapter.rank))) } catch {
                throw StartError.unreadable(key: key, path: path, detail: "\(error)")
            }
        }
        self.values = values
        keepsHeads = learned == task
        resized = job.resized
    }

    /// Looks for values that are no numbers.
    func check(_ name: String, _ value: Tensor) { notFinite.add(name, value) }

    /// Whether it has that part of a network at all; heads are remade often.
    func has(_ name: String) -> Bool { !name.hasPrefix("head") && values[name] != nil }

    func value(_ name: String, _ shape: [Int]) -> Tensor? {
        // As many classes are not the same classes.
        if !keepsHeads, name.hasPrefix("head") { return nil }
        guard let value = values[name] else { return nil }
        return value.shape == shape ? value : resized(name, value, shape)
    }
}

/// The file of a published encoder. All of the encoder must be in it; what it holds besides is left out.
private final class PublishedEncoder {
    private let key, path, scope: String
    private let file: TensorFile
    private let resized: TrainingJob.Resizing
    private var names: WeightNames
    private var missing: [String] = []
    private var failure: StartError?
    private var notFinite = NotFiniteValues()

    init(_ source: WeightImport, resized: @escaping TrainingJob.Resizing) throws {
        (key, path, scope, self.resized) = (source.key, source.path, source.scope, resized)
        do {
            file = try TensorFile(contentsOf: URL(fileURLWithPath: (path as NSString).expandingTildeInPath))
        } catch {
            throw StartError.unreadable(key: key, path: path, detail: error.reason)
        }
        names = WeightNames(file)
    }

    var warning: String? { notFinite.words(key, path) }

    func isResponsible(for name: String) -> Bool { name.hasPrefix(scope) && !name.contains(".lora_") }

    func value(_ name: String, _ shape: [Int]) -> Tensor? {
        let own = String(name.dropFirst(scope.count))
        guard let (inFile, array) = names.find(own, shape: shape) else {
            missing.append(names.expected(own))
            return nil
        }
        let tensor = array.tensor
        notFinite.add(inFile, tensor)
        if array.shape == shape { return tensor }
        if let resized = resized(name, tensor, shape) { return resized }
        failure = failure ?? .shape(key: key, path: path, name: inFile, expected: shape, found: array.shape)
        return nil
    }

    func finish() throws(StartError) -> String {
        if let failure { throw failure }
        if !missing.isEmpty { throw .missing(key: key, path: path, names: missing) }
        do { try names.check() } catch { throw .ambiguous(key: key, path: path, sets: error.sets) }
        let used = names.used
        let rest = Set(file.names.filter { !used.contains($0) }.map { $0.split(separator: ".").first.map(String.init) ?? $0 }).sorted()
        return "\(key): \(used.count) tensors of \(path)" + (rest.isEmpty ? "" : "; left out: \(rest.joined(separator: ", "))")
    }
}
