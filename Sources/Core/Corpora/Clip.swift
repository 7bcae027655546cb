/// One take of one speaker: who, what, where its sound and picture lie. Copies of the same take (audio only, video only) are one clip.
public struct Clip: Sendable, Codable, Hashable, Identifiable {
    /// Unique in its corpus; the stem of the file name, e.g. `1043_ITS_FEA_HI` or `01-01-05-02-01-02-12`.
    public var name: String
    /// The corpus' name in the store, e.g. `studio`.
    public var corpus: String
    /// The speaker as the corpus numbers them, e.g. `1043`.
    public var speaker: String
    /// The corpus' own label, e.g. `surprised`; a `LabelSpace` maps it. Empty where the corpus names no class.
    public var emotion: String
    /// Means over the clip where the corpus has continuous labels, on its own scale brought to [-1, 1].
    public var valence: Double?
    public var arousal: Double?
    /// The corpus' official part, e.g. `train`, where it has one.
    public var part: String?
    public var intensity: String?
    public var sentence: String?
    public var sex: String?
    public var age: Int?
    /// Further columns of the corpus, e.g. `race`, `ethnicity`, `repetition`.
    public var columns: [String: String]
    /// Share of raters for each emotion, where the corpus has ratings.
    public var ratings: [String: Double]?
    /// Absolute path of the file whose picture is used, or of a folder of still pictures, one a frame.
    public var video: String?
    /// Absolute path of the file whose sound is used; may equal `video`.
    public var audio: String?
    /// Seconds in the files where the clip is a piece of a longer recording.
    public var start: Double?
    public var end: Double?
    /// Where in `video` the grey levels of the picture begin, in bytes, where it is a table of pictures (FER2013).
    public var pixelOffset: Int?
    /// Absolute path of the file with the labels over time, where there is one (AFEW-VA, SEWA).
    public var track: String?

    public var id: String { corpus + "/" + name }

    public init(
        name: String, corpus: String, speaker: String, emotion: String, intensity: String? = nil, sentence: String? = nil,
        sex: String? = nil, age: Int? = nil, columns: [String: String] = [:], ratings: [String: Double]? = nil,
        video: String? = nil, audio: String? = nil, valence: Double? = nil, arousal: Double? = nil, part: String? = nil,
        start: Double? = nil, end: Double? = nil, pixelOffset: Int? = nil, track: String? = nil
    ) {
        self.name = name
        self.corpus = corpus
        self.speaker = speaker
        self.emotion = emotion
        self.intensity = intensity
        self.sentence = sentence
        self.sex = sex
        self.age = age
        self.columns = columns
        self.ratings = ratings
        self.video = video
        self.audio = audio
        self.valence = valence
        self.arousal = arousal
        self.part = part
        self.start = start
        self.end = end
        self.pixelOffset = pixelOffset
        self.track = track
    }

    /// The piece of its files that the clip is, in s; nil where it is all of them.
    public var seconds: Range<Double>? {
        guard start != nil || end != nil else { return nil }
        let first = max(0, start ?? 0)
        return first..<max(first, end ?? .infinity)
    }
}

/// A file in a corpus folder that is not used, and why.
public struct RejectedFile: Sendable, Codable, Hashable {
    public var path: String
    public var reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}
