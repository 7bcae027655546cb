import Foundation
import Records

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
