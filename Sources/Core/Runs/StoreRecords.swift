import Foundation
import Inputs
import Training

// What panes and commands read from the store: plain values, no handles.

public struct StoredCorpus: Sendable, Codable, Equatable, Identifiable {
    public var id: Int64
    public var name: String
    /// The layout's name, e.g. `ravdess`.
    public var format: String
    public var folder: String
    public var added: Date
    public var clips: Int
    public var speakers: Int
    /// Clips that preparation went through, and those it could not use.
    public var prepared: Int
    public var damaged: Int
    public var rejectedFiles: Int
    /// Files not used on purpose, e.g. `["songs": 1012]`.
    public var leftOut: [String: Int]
}

/// A clip as a table row: all that is sorted and filtered by, nothing that needs decoding.
public struct StoredClip: Sendable, Codable, Equatable, Identifiable {
    public var id: Int64
    public var name: String
    public var speaker: String
    public var emotion: String
    public var intensity: String?
    public var sentence: String?
    public var sex: String?
    public var age: Int?
    public var hasVideo: Bool
    public var hasAudio: Bool
    public var hasRatings: Bool
    public var status: ClipStatus
    /// Why it is damaged.
    public var reason: String?
    /// Seconds; nil until prepared. The same holds for the next three.
    public var duration: Double?
    public var hasSpeech: Bool?
    public var frames: Int?
    /// Frames in which a face was found.
    public var faces: Int?
    /// Means over the clip in [-1, 1], the corpus' official part, and the piece of its files in s, where it has them.
    public var valence: Double?
    public var arousal: Double?
    public var part: String?
    public var start: Double?
    public var end: Double?
}

public enum RunState: String, Sendable, Codable, CaseIterable {
    case running, paused, stopped, finished, failed
    /// Never written: a run that is `running` or `paused` in the store and whose process is gone is seen so.
    case interrupted

    /// Whether a process is at work on it.
    public var isLive: Bool { self == .running || self == .paused }

    /// The state's name wherever a person reads it: screen, tables, messages, filters.
    public var name: String { rawValue }
}

/// A run as a table row.
public struct RunSummary: Sendable, Codable, Equatable, Identifiable {
    public var id: Int64
    public var name: String
    public var seed: UInt64
    public var parent: Int64?
    public var state: RunState
    /// Why it failed.
    public var reason: String?
    /// Relative to the store's folder, e.g. `runs/0001-nano-42`.
    public var folder: String
    public var created: Date
    public var started: Date?
    public var ended: Date?
    public var pid: Int32?
    public var host: String?
    /// Counts how often the run was begun; grows by one at each resume, which may take steps back.
    public var attempt: Int
    public var step: Int
    public var epoch: Int
    public var bestEpoch: Int?
    /// Accuracy and macro-F1 of the best epoch on validation clips, in [0, 1].
    public var sourceAccuracy: Double?
    public var sourceMacroF1: Double?
    public var targetAccuracy: Double?
    public var targetMacroF1: Double?
    /// What chooses the best epoch; nil where this program does not know it.
    public var selection: TrainingSettings.Selection?
    /// Accuracy of the best weights on the test parts, which never chose them; nil until the run is over, and where it has none.
    public var sourceTestAccuracy: Double?
    public var targetTestAccuracy: Double?
    /// Where the run reads target labels, in words that begin with `oracle`; nil where it never does.
    public var targetLabelUse: String?
    /// Grows with every change of this run.
    public var revision: Int
    /// How often the run went back to a checkpoint because a number went wrong.
    public var takenBack = 0
    /// Program, libraries and machine of every attempt.
    public var provenance = RunProvenance()
    /// Seconds that the run was worked on, in all its processes: steps, validation and saving, no pauses and nothing between two processes.
    public var worked = 0.0

    /// Grows whenever steps may have been taken back: whoever keeps what it has read of the run begins anew then.
    public var history: Int { attempt + takenBack }

}

/// A run with what it was asked and what came of it.
public struct StoredRun: Sendable, Codable, Equatable, Identifiable {
    public var summary: RunSummary
    /// The experiment's TOML as run.
    public var experiment: String
    public var plan: RunPlan?
    public var finalReport: FinalReport?

    public var id: Int64 { summary.id }
}

public struct StoredEvent: Sendable, Codable, Equatable, Identifiable {
    public enum Kind: String, Sendable, Codable {
        case message, checkpoint, order, anomaly, paused, resumed, started, finished, stopped, failed
    }

    public var id: Int64
    public var time: Date
    /// The step after which it happened, where that is known.
    public var step: Int?
    public var kind: Kind
    public var level: MessageLevel
    public var text: String
}

/// Every clip's prediction at one epoch.
public struct PredictionSet: Sendable, Codable, Equatable {
    public var epoch: Int
    public var predictions: [Prediction]
}

public enum OrderState: String, Sendable, Codable {
    case pending, taken, applied
    /// The trainer took it and could not carry it out; the order's text says why.
    case refused
    /// The run ended before it was applied.
    case lapsed
}

public struct StoredOrder: Sendable, Codable, Equatable, Identifiable {
    public var id: Int64
    public var run: Int64
    public var order: Order
    /// Who asked, e.g. `pid 4711 on lab3`.
    public var issuedBy: String
    public var issued: Date
    public var state: OrderState
    public var step: Int?
    /// The order as applied, in words.
    public var text: String?
}

/// Numbers that grow with every change to corpora, to runs and to what people wrote about clips, whichever process made it: compare before
/// reading more.
public struct StoreRevision: Sendable, Equatable {
    public var corpora: Int
    public var runs: Int
    public var notes: Int
}
