import Corpora

/// Everything the Corpora pane shows.
public struct CorporaView: PaneModel {
    public enum State: Sendable, Equatable {
        case loading, ready
        case failed(String)
    }

    public struct Corpus: Sendable, Equatable {
        public var name: String
        public var format: String
        public var folder: String
        public var clips: Int
        public var speakers: Int
        public var rejected: Int

        public init(name: String, format: String, folder: String, clips: Int, speakers: Int, rejected: Int) {
            self.name = name
            self.format = format
            self.folder = folder
            self.clips = clips
            self.speakers = speakers
            self.rejected = rejected
        }
    }

    public struct Row: Sendable, Equatable {
        public var clip: Clip
        /// Which part of the split, e.g. `training`, in the run whose predictions are shown.
        public var split: String?
        /// Seconds.
        public var length: Double?
        public var prediction: String?
        public var isRight: Bool?

        public init(clip: Clip, split: String? = nil, length: Double? = nil, prediction: String? = nil, isRight: Bool? = nil) {
            self.clip = clip
            self.split = split
            self.length = length
            self.prediction = prediction
            self.isRight = isRight
        }
    }

    public struct Rejected: Sendable, Equatable {
        public var corpus: String
        public var file: RejectedFile

        public init(corpus: String, file: RejectedFile) {
            self.corpus = corpus
            self.file = file
        }
    }

    public var state = State.loading
    public var corpora: [Corpus] = []
    public var rows: [Row] = []
    public var rejected: [Rejected] = []
    /// Grows whenever `rows` or `rejected` change: filtering is done anew only then.
    public var version = 0

    public init() {}
}

/// One clip's sight and sound, from the prepared cache.
public struct PreviewView: PaneModel {
    public enum State: Sendable, Equatable {
        case ready
        /// Not in the cache: what to do about it.
        case missing(String)
    }

    /// `Clip.id`.
    public var clip = ""
    public var state = State.missing("")
    /// Faces `[frames, size, size, 3]`.
    public var pictures: [UInt8] = []
    public var frames = 0
    public var size = 0
    /// Frames whose face is the fallback.
    public var fallbacks = 0
    /// Pairs of minimum and maximum: `[slices * 2]`.
    public var envelope: [Float] = []
    /// `[melBands, melFrames]`, the padded ends cut off.
    public var mel: [Float] = []
    public var melBands = 0
    public var melFrames = 0
    /// Seconds of the whole clip.
    public var duration = 0.0

    public init() {}

    public init(clip: String, missing reason: String) {
        self.clip = clip
        state = .missing(reason)
    }

    public init(clip: String, prepared: PreparedClip) {
        self.clip = clip
        state = .ready
        if prepared.hasVideo {
            pictures = prepared.pictures
            frames = prepared.frames
            size = prepared.size
            fallbacks = prepared.faces.filter(\.isFallback).count
        }
        duration = prepared.duration
        guard prepared.hasAudio else { return }
        envelope = prepared.envelope
        let first = min(max(prepared.firstSoundFrame, 0), prepared.melFrames)
        let count = min(max(prepared.soundFrames, 0), prepared.melFrames - first)
        guard count > 0, prepared.mel.count == prepared.melBands * prepared.melFrames else { return }
        melBands = prepared.melBands
        melFrames = count
        mel = (0..<prepared.melBands).flatMap { band in
            prepared.mel[(band * prepared.melFrames + first)..<(band * prepared.melFrames + first + count)]
        }
    }

    /// Picture `index`, or `nil` where there is none.
    public func picture(_ index: Int) -> ArraySlice<UInt8>? {
        let bytes = size * size * 3
        guard index >= 0, index < frames, bytes > 0, pictures.count >= (index + 1) * bytes else { return nil }
        return pictures[(index * bytes)..<((index + 1) * bytes)]
    }
}

/// Asks for a clip's preview.
public struct PreviewRequest: FeedRequest, Equatable {
    /// `Clip.id`.
    public var clip: String
    public init(clip: String) { self.clip = clip }
}
