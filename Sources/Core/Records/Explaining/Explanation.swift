// Why a model said what it said of one clip: plain numbers with their units, to be stored, drawn and compared.
public struct Explanation: Sendable, Codable, Equatable {
    /// The clip's name, or a file's.
    public var clip: String
    /// Where it is a clip of the run's corpora.
    public var corpus: String?
    public var domain: Domain?
    public var labels: [String]
    /// One a label.
    public var probabilities: [Double]
    /// Indices into the labels; the truth where it is known.
    public var predicted: Int
    public var truth: Int?
    /// Seconds.
    public var duration: Double
    public var sound: Sound?
    public var pictures: Pictures?
    /// One a stage of middle fusion, where it has steps and frames to attend to.
    public var crossModal: [CrossModal]
    /// How far each attention agrees with what happens when its things are taken away.
    public var agreements: [Agreement]
    /// What this model cannot be asked, and why; what else a reader should know.
    public var notes: [String]

    public struct Sound: Sendable, Codable, Equatable {
        /// Where steps begin and end, in s from the clip's beginning: one more than there are steps.
        public var borders: [Double]
        /// One a step; adds up to 1, or to less where some lies on padding. Nil where nothing weighs the steps.
        public var attention: [Double]?
        public var attentionFrom: AttentionSource?
        public var occlusion: SpanOcclusion?
        /// Loss of probability without any sound.
        public var withoutAll: Double?
        /// Probabilities where the sound alone is left, one a label; nil in a model that only hears.
        public var alone: [Double]?

        package init(
            borders: [Double], attention: [Double]? = nil, attentionFrom: AttentionSource? = nil, occlusion: SpanOcclusion? = nil,
            withoutAll: Double? = nil, alone: [Double]? = nil
        ) {
            (self.borders, self.attention, self.attentionFrom) = (borders, attention, attentionFrom)
            (self.occlusion, self.withoutAll, self.alone) = (occlusion, withoutAll, alone)
        }
    }

    public enum AttentionSource: String, Sendable, Codable {
        /// The sound encoder's own attention, which pools its steps.
        case encoder
        /// How the pictures attend to the steps in the last stage of fusion, the mean over frames and heads.
        case pictures
    }

    public struct SpanOcclusion: Sendable, Codable, Equatable {
        /// s from the clip's beginning, one more than there are spans.
        public var borders: [Double]
        /// Loss of the predicted class's probability where the span is set to the spectrogram's mean.
        public var drops: [Double]

        package init(borders: [Double], drops: [Double]) { (self.borders, self.drops) = (borders, drops) }
    }

    public struct Pictures: Sendable, Codable, Equatable {
        /// When each comes on screen, s from the clip's beginning, by even spacing.
        public var seconds: [Double]
        public var faces: [FaceFinding]
        /// Patches in a column and in a row of a picture.
        public var rows, columns: Int
        /// Rollout: how much of the picture's vector comes from each patch, `[frames][rows * columns]`, row by row from the top.
        public var patches: [[Double]]
        /// The same of each frame.
        public var frames: [Double]
        /// What comes from the clip's own token, which is part of no picture.
        public var fromClipToken: Double
        /// How much of each output frame comes from each input frame, `[frames][frames]`.
        public var temporal: [[Double]]
        /// Loss of probability where a frame is replaced by the one before it (the first by the second).
        public var frameDrops: [Double]?
        /// Loss of probability where a patch is grey in all frames, `[rows * columns]`.
        public var patchDrops: [Double]?
        /// Loss of probability with grey pictures.
        public var withoutAll: Double?
        /// Probabilities where the pictures alone are left, one a label; nil in a model that only sees.
        public var alone: [Double]?
        /// Probabilities where each picture stands through the whole clip, `[frames][labels]`, where that was tried.
        public var held: [[Double]]?

        package init(
            seconds: [Double], faces: [FaceFinding], rows: Int, columns: Int, patches: [[Double]], frames: [Double], fromClipToken: Double,
            temporal: [[Double]], frameDrops: [Double]? = nil, patchDrops: [Double]? = nil, withoutAll: Double? = nil,
            alone: [Double]? = nil, held: [[Double]]? = nil
        ) {
            (self.seconds, self.faces, self.rows, self.columns, self.patches) = (seconds, faces, rows, columns, patches)
            (self.frames, self.fromClipToken, self.temporal) = (frames, fromClipToken, temporal)
            (self.frameDrops, self.patchDrops) = (frameDrops, patchDrops)
            (self.withoutAll, self.alone, self.held) = (withoutAll, alone, held)
        }
    }

    public struct CrossModal: Sendable, Codable, Equatable {
        /// From 1.
        public var stage: Int
        /// Means over heads: how a step of sound attends to the frames `[steps][frames]`, and a frame to the steps `[frames][steps]`. Rows add
        /// up to 1.
        public var soundToPictures: [[Double]]
        public var picturesToSound: [[Double]]

        package init(stage: Int, soundToPictures: [[Double]], picturesToSound: [[Double]]) {
            (self.stage, self.soundToPictures, self.picturesToSound) = (stage, soundToPictures, picturesToSound)
        }
    }

    /// Spearman's rank correlation of an attention with the losses of probability that taking things away causes.
    public struct Agreement: Sendable, Codable, Equatable {
        public enum Kind: String, Sendable, Codable, CaseIterable {
            /// The attention over steps against silenced spans.
            case sound
            /// Rollout of frames against replaced frames, of patches against grey patches.
            case frames, patches
            /// How the sound attends to frames in the last stage against replaced frames.
            case soundToFrames = "sound_to_frames"
            /// How frames attend to the sound in the last stage against silenced spans.
            case framesToSound = "frames_to_sound"
        }
        public var kind: Kind
        /// Things that were taken away.
        public var count: Int
        /// -1 ... 1; nil where either is constant.
        public var spearman: Double?

        package init(kind: Kind, count: Int, spearman: Double? = nil) { (self.kind, self.count, self.spearman) = (kind, count, spearman) }
    }

    /// More steps than this are joined.
    public static let mostSteps = 128

    package init(
        clip: String, corpus: String? = nil, domain: Domain? = nil, labels: [String], probabilities: [Double], predicted: Int,
        truth: Int? = nil, duration: Double, sound: Sound? = nil, pictures: Pictures? = nil, crossModal: [CrossModal],
        agreements: [Agreement], notes: [String]
    ) {
        (self.clip, self.corpus, self.domain, self.labels, self.probabilities) = (clip, corpus, domain, labels, probabilities)
        (self.predicted, self.truth, self.duration, self.sound, self.pictures) = (predicted, truth, duration, sound, pictures)
        (self.crossModal, self.agreements, self.notes) = (crossModal, agreements, notes)
    }
}
