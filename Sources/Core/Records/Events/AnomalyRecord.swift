import Foundation

/// A step whose loss or gradient was not a number, and what was done about it.
public struct AnomalyRecord: Sendable, Codable, Equatable {
    public enum Action: Sendable, Codable, Equatable {
        case stopped
        case skipped
        /// Back to the checkpoint after that step, with the learning rate multiplied by `rateFactor` in all.
        case wentBack(step: Int, rateFactor: Double)
    }

    /// The step that could not be taken.
    public var step: Int
    public var epoch: Int
    /// What went wrong, in words.
    public var reason: String
    /// The batch's clips as `domain/name`, and those of them that are to blame, where they can be told.
    public var clips: [String]
    public var culprits: [String]
    /// The batch, a safetensors file in the run's folder; nil where none was written.
    public var file: String?
    public var action: Action

    public init(step: Int, epoch: Int, reason: String, clips: [String], culprits: [String], file: String?, action: Action) {
        self.step = step
        self.epoch = epoch
        self.reason = reason
        self.clips = clips
        self.culprits = culprits
        self.file = file
        self.action = action
    }

    /// In one line: what, which clips, what was done, where to look.
    public var words: String {
        let named = culprits.isEmpty ? clips : culprits
        let some = named.prefix(3).joined(separator: ", ") + (named.count > 3 ? " and \(named.count - 3) more" : "")
        let blame = named.isEmpty ? "" : culprits.isEmpty ? ", with \(some)" : ", because of \(some)"
        let done =
            switch action {
            case .stopped: "the run ends"
            case .skipped: "the batch is left out"
            case .wentBack(let step, let factor): "back to step \(step), learning rate × \(String(format: "%.4g", factor))"
            }
        return "step \(step): \(reason)\(blame): \(done)" + (file.map { "; the batch is in \($0)" } ?? "")
    }
}
