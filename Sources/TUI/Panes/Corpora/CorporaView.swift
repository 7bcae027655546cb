import Corpora
import Records

/// Everything the Corpora pane shows.
public struct CorporaView: PaneModel {
    public enum State: Sendable, Equatable { case loading, ready }

    public struct Corpus: Sendable, Equatable {
        public var name: String
        public var format: String
        public var folder: String
        public var clips: Int
        public var speakers: Int
        public var rejected: Int
        /// Clips with pictures in none of which a face was found, and clips with sound without speech in it.
        public var withoutFace: Int
        public var withoutSpeech: Int

        public init(
            name: String, format: String, folder: String, clips: Int, speakers: Int, rejected: Int, withoutFace: Int = 0,
            withoutSpeech: Int = 0
        ) {
            self.name = name
            self.format = format
            self.folder = folder
            self.clips = clips
            self.speakers = speakers
            self.rejected = rejected
            self.withoutFace = withoutFace
            self.withoutSpeech = withoutSpeech
        }
    }

    public struct Row: Sendable, Equatable, Identifiable {
        public let corpus: String
        public let name: String
        /// As `Clip.id`; kept, since a hundred thousand rows are compared by it.
        public let id: String
        public private(set) var filterWords = ""
        public var speaker: String
        public var emotion: String
        public var intensity: String?
        public var sentence: String?
        public var sex: String?
        public var age: Int?
        /// Seconds; known once the clip is prepared.
        public var length: Double?
        /// Frames with a face, of all prepared ones; nil without pictures and until it is prepared.
        public var faces: Int?
        public var frames: Int?
        /// The part of the split that the shown run used it for, where that is known.
        public var split: String?
        /// What the shown run says of it.
        public var prediction: String?
        public var isRight: Bool?

        public init(
            corpus: String, name: String, speaker: String, emotion: String, intensity: String? = nil, sentence: String? = nil,
            sex: String? = nil, age: Int? = nil, length: Double? = nil, faces: Int? = nil, frames: Int? = nil, split: String? = nil,
            prediction: String? = nil, isRight: Bool? = nil
        ) {
            self.corpus = corpus
            self.name = name
            id = corpus + "/" + name
            self.speaker = speaker
            self.emotion = emotion
            self.intensity = intensity
            self.sentence = sentence
            self.sex = sex
            self.age = age
            self.length = length
            self.faces = faces
            self.frames = frames
            self.split = split
            self.prediction = prediction
            self.isRight = isRight
            keepWords()
        }

        /// To be called after changes: words are found in what was kept.
        mutating func keepWords() {
            filterWords = Self.filterColumns.indices.compactMap { filterText($0)?.lowercased() }.joined(separator: "\n")
        }
    }

    /// Who is on which side of the shown run's split of a corpus.
    public struct Balance: Sendable, Equatable {
        public struct Side: Sendable, Equatable {
            /// `training`, `validation`, `test`; `all` where no run splits the corpus.
            public var name: String
            public var clips = 0
            public var speakers = 0
            public var emotions: [String: Int] = [:]

            public init(name: String) { self.name = name }
        }

        public var corpus: String
        /// Only those that have clips.
        public var sides: [Side] = []
        /// The corpus' emotions, the most frequent first.
        public var emotions: [String] = []
        /// Speakers on more than one side, and clips on none.
        public var sharedSpeakers: [String] = []
        public var unused = 0
        /// The run that splits it so; nil where none does.
        public var run: Int64?

        public init(corpus: String) { self.corpus = corpus }
    }

    public struct Rejected: Sendable, Equatable {
        public var corpus: String
        public var path: String
        public var reason: String

        public init(corpus: String, path: String, reason: String) {
            self.corpus = corpus
            self.path = path
            self.reason = reason
        }
    }

    public var state = State.loading
    public var corpora: [Corpus] = []
    public var rows: [Row] = []
    public var rejected: [Rejected] = []
    /// One a corpus.
    public var balances: [Balance] = []
    /// The shown run, whose preparation a preview follows.
    public var run: Int64?
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
    /// For each frame the probability of the face that was cut, nil where none was found and the centred square stands in.
    public var scores: [Float?] = []
    /// Pairs of minimum and maximum: `[slices * 2]`.
    public var envelope: [Float] = []
    /// `[melBands, melFrames]`, the padded ends cut off.
    public var mel: [Float] = []
    public var melBands = 0
    public var melFrames = 0
    /// Seconds of the whole clip.
    public var duration = 0.0
    /// Share of raters for each emotion, where the corpus has ratings.
    public var ratings: [String: Double] = [:]

    public init() {}

    public init(clip: String, missing reason: String, ratings: [String: Double] = [:]) {
        self.clip = clip
        self.ratings = ratings
        state = .missing(reason)
    }

    public init(clip: String, _ preview: ClipPreview, ratings: [String: Double] = [:]) {
        self.clip = clip
        self.ratings = ratings
        state = .ready
        (pictures, frames, size, scores) = (preview.pictures, preview.frames, preview.size, preview.scores)
        (envelope, mel, melBands, melFrames) = (preview.envelope, preview.mel, preview.melBands, preview.melFrames)
        duration = preview.duration
    }

    /// Picture `index`, or `nil` where there is none.
    public func picture(_ index: Int) -> ArraySlice<UInt8>? {
        let bytes = size * size * 3
        guard index >= 0, index < frames, bytes > 0, pictures.count >= (index + 1) * bytes else { return nil }
        return pictures[(index * bytes)..<((index + 1) * bytes)]
    }
}

/// Asks for a clip's preview.
public struct PreviewRequest: StandingRequest {
    /// `Clip.id`.
    public var clip: String
    /// The run whose clips it is to be prepared like; nil for none.
    public var run: Int64?
    public init(clip: String, run: Int64?) { (self.clip, self.run) = (clip, run) }
}
