import Corpora
import Foundation
import Records

/// Why a command's words name no trained model. Names are as they were written: who prints them makes them printable.
public enum ModelNameError: Error, Equatable, CustomStringConvertible {
    case noSuchModel(String)
    case noWeights(run: Int64, epoch: Int, path: String)

    public var description: String {
        switch self {
        case .noSuchModel(let name):
            "\(name) is neither the number of a run nor a folder or file with its weights (best.safetensors); `emolab runs list` shows the runs"
        case .noWeights(let run, 0, _): "run \(run) has no weights: it has not finished an epoch"
        case .noWeights(let run, _, let path): "run \(run) has no weights: \(path) is gone"
        }
    }
}

/// A trained model by the words of a command: RUN of predict, explain, eval and robustness.
public struct NamedModel: Sendable, Equatable {
    public var weights: URL
    /// The run whose weights these are, where the store was asked and knows it.
    public var run: RunSummary?

    package init(weights: URL, run: RunSummary?) {
        self.weights = weights
        self.run = run
    }

    /// A path of a weights file, or of a folder that holds `best.safetensors`; nil where there is neither, and for a run's number. Asks no store.
    public init?(path: String) {
        guard Self.number(path) == nil else { return nil }
        let url = URL(fileURLWithPath: (path as NSString).expandingTildeInPath).standardizedFileURL
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return nil }
        weights = isFolder.boolValue ? url.appendingPathComponent(RunFiles.best) : url
        guard FileManager.default.fileExists(atPath: weights.path) else { return nil }
    }

    /// Whether a word is a run's number, also as `run:3`.
    public static func number(_ name: String) -> Int64? { Int64(name.hasPrefix("run:") ? String(name.dropFirst(4)) : name) }
}

extension RunStore {
    /// The model of a run by its number, by its folder or by the path of its weights; also weights that are of no run.
    /// - Throws: `ModelNameError`, `StoreError`.
    public func model(named name: String) throws -> NamedModel {
        if let id = NamedModel.number(name) {
            guard let run = try run(id)?.summary else { throw StoreError.noSuchRun(id) }
            let weights = runFolder(of: run).appendingPathComponent(RunFiles.best)
            guard FileManager.default.fileExists(atPath: weights.path) else {
                throw ModelNameError.noWeights(run: id, epoch: run.epoch, path: weights.path)
            }
            return NamedModel(weights: weights, run: run)
        }
        guard var model = NamedModel(path: name) else { throw ModelNameError.noSuchModel(name) }
        // Other files of its folder are not what the run's predictions were made with.
        if model.weights.lastPathComponent == RunFiles.best { model.run = try run(holding: model.weights) }
        return model
    }

    /// The run in whose folder a file is.
    package func run(holding file: URL) throws -> RunSummary? {
        let folder = file.deletingLastPathComponent().resolvingSymlinksInPath().path
        return try runs().first { runFolder(of: $0).resolvingSymlinksInPath().path == folder }
    }
}
