import Corpora
import Records

/// One clip as the Clip pane shows it, and what one run or two say of it. Delivered several times: sight and sound first, then what the model
/// says, then why.
public struct ClipView: PaneModel {
    public enum State: Sendable, Equatable {
        case nothing, loading
        /// Sight and sound are there.
        case ready
        case failed(String)
    }

    public typealias Answer = RunAnswer

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
    /// The part that is being computed, and the share that is done.
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

    var question: ClipQuestion { ClipQuestion(clip: clip, run: run, other: other) }
}
