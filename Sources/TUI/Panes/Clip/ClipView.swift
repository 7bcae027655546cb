import Analysis
import Corpora
import Faces

/// One clip as the Clip pane shows it, and what one run or two say of it. Delivered several times: sight and sound first, then what the model
/// says, then why.
public struct ClipView: PaneModel {
    public enum State: Sendable, Equatable {
        case nothing, loading
        /// Sight and sound are there.
        case ready
        case failed(String)
    }

    /// Shares of a picture's attention.
    public struct Where: Sendable, Equatable {
        /// Name and share, 0...1.
        public var parts: [(name: String, share: Double)]
        /// False where no face points were found and the picture's thirds stand in.
        public var hasPoints: Bool

        public init(parts: [(name: String, share: Double)], hasPoints: Bool) { (self.parts, self.hasPoints) = (parts, hasPoints) }

        public static func == (a: Where, b: Where) -> Bool {
            a.hasPoints == b.hasPoints && a.parts.elementsEqual(b.parts) { $0.name == $1.name && $0.share == $1.share }
        }
    }

    /// What one run says.
    public struct Answer: Sendable, Equatable {
        public var run: Int64
        public var title: String
        public var labels: [String]
        public var truth: Int?
        /// One a label; empty until the model has answered.
        public var probabilities: [Double] = []
        /// What the model looked at; nil until that is worked out.
        public var explanation: Explanation?
        /// One a picture.
        public var places: [Where] = []
        /// Whether the model hears, and sees.
        public var hears = true, sees = true
        /// Why there is no answer.
        public var failure: String?

        public init(run: Int64, title: String, labels: [String] = [], truth: Int? = nil) {
            (self.run, self.title, self.labels, self.truth) = (run, title, labels, truth)
        }

        public var predicted: Int? {
            probabilities.isEmpty ? nil : probabilities.indices.reduce(0) { probabilities[$1] > probabilities[$0] ? $1 : $0 }
        }
    }

    /// As asked for: `Clip.id`, the run and the one beside it.
    public var request = ClipRequest(clip: "", run: nil, other: nil)
    public var state = State.nothing
    public var speaker = "", sex: String?, age: Int?, emotion = "", intensity: String?, sentence: String?
    /// Shares of raters, the largest first.
    public var ratings: [(emotion: String, share: Double)] = []
    /// Sight and sound as the run's model gets them.
    public var sight = PreviewView()
    /// The shown run was trained on centred squares, although a detector was asked for.
    public var hasSquares = false
    /// Of the spectrogram's ends in the clip, and Hz of its upper edge.
    public var soundStart = 0.0, soundEnd = 0.0, highest = 0.0
    /// Of the shown run, then of the other.
    public var answers: [Answer] = []
    /// What is still being worked out, and the share that is done.
    public var working: (what: String, share: Double)?

    public init() {}

    /// Seconds at which a picture comes on screen.
    public func seconds(_ frame: Int) -> Double {
        if let times = answers.first?.explanation?.pictures?.seconds, times.indices.contains(frame) { return times[frame] }
        return sight.frames > 1 ? sight.duration * Double(frame) / Double(sight.frames - 1) : 0
    }
}

/// Asks for a clip, what `run` says of it, and beside it what `other` says.
public struct ClipRequest: StandingRequest {
    /// `Clip.id`.
    public var clip: String
    public var run: Int64?
    public var other: Int64?
    public init(clip: String, run: Int64?, other: Int64?) { (self.clip, self.run, self.other) = (clip, run, other) }
}
