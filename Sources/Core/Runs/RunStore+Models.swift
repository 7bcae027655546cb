import Corpora
import Foundation
import Training

/// Why a command's words name no trained model.
public enum ModelNameError: Error, Equatable, CustomStringConvertible {
    case noSuchModel(String)
    case noWeights(run: Int64, state: RunState)

    public var description: String {
        switch self {
        case .noSuchModel(let name):
            "there is no run or weights file \(name): give a run's number (`emolab runs list`), its folder, or the path of a best.safetensors"
        case .noWeights(let run, let state): "run \(run) (\(state.rawValue)) has no best.safetensors: its first epoch is not over, or its folder is gone"
        }
    }
}

/// A trained model by the words of a command: which file, and the run where it is one of the store's.
public struct NamedModel: Sendable, Equatable {
    public var weights: URL
    public var run: Int64?

    /// A path of a weights file, or of a folder that holds `best.safetensors`; nil where there is neither, and for a bare number, which is a run's.
    public init?(path: String) {
        guard Int64(path) == nil else { return nil }
        let url = URL(fileURLWithPath: (path as NSString).expandingTildeInPath)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return nil }
        weights = isFolder.boolValue ? url.appendingPathComponent(RunFiles.best) : url
        guard FileManager.default.fileExists(atPath: weights.path) else { return nil }
    }

    fileprivate init(weights: URL, run: Int64) {
        self.weights = weights
        self.run = run
    }
}

extension RunStore {
    /// The model of a run by its number, also as `run:3`.
    /// - Throws: `ModelNameError`, `StoreError.noSuchRun`.
    public func model(ofRun name: String) throws -> NamedModel {
        guard let id = Int64(name.hasPrefix("run:") ? String(name.dropFirst(4)) : name) else { throw ModelNameError.noSuchModel(name) }
        guard let run = try run(id) else { throw StoreError.noSuchRun(id) }
        let weights = runFolder(of: run.summary).appendingPathComponent(RunFiles.best)
        guard FileManager.default.fileExists(atPath: weights.path) else { throw ModelNameError.noWeights(run: id, state: run.summary.state) }
        return NamedModel(weights: weights, run: id)
    }
}
