// A run's folder: the experiment as run, the best weights, and a checkpoint to resume from.
import Foundation
import Networks
import Tensors

public enum RunFiles {
    public static let experiment = "experiment.toml"
    public static let best = "best.safetensors"
    public static let last = "last.ckpt"
}

public enum CheckpointError: Error, CustomStringConvertible {
    case noState(path: String)
    case otherRun(path: String, detail: String)

    public var description: String {
        switch self {
        case .noState(let path): return "\(path) is no checkpoint of a run: it holds no progress"
        case .otherRun(let path, let detail): return "\(path) does not fit this experiment: \(detail)"
        }
    }
}
