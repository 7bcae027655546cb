// A service that asks one run or two about a clip. Answers and explanations come stage by stage.
import Corpora

/// A clip, and the runs that are asked about it.
public struct ClipQuestion: Sendable, Hashable {
    /// `Clip.id`.
    public var clip: String
    /// The shown run, and one beside it.
    public var run, other: Int64?

    public init(clip: String, run: Int64?, other: Int64?) { (self.clip, self.run, self.other) = (clip, run, other) }

    public var runs: [Int64] { [run, other].compactMap(\.self) }
}

/// Shares of a picture's attention.
public struct AttentionPlaces: Sendable, Equatable {
    /// Name and share, 0...1.
    public var parts: [(name: String, share: Double)]
    /// False where no face points were found and the picture's thirds stand in.
    public var hasPoints: Bool

    public init(parts: [(name: String, share: Double)], hasPoints: Bool) { (self.parts, self.hasPoints) = (parts, hasPoints) }

    public static func == (a: AttentionPlaces, b: AttentionPlaces) -> Bool {
        a.hasPoints == b.hasPoints && a.parts.elementsEqual(b.parts) { $0.name == $1.name && $0.share == $1.share }
    }
}

/// One run's answer about a clip.
public struct RunAnswer: Sendable, Equatable {
    public var run: Int64
    public var title: String
    public var labels: [String]
    public var truth: Int?
    /// One a label; empty until the model has answered.
    public var probabilities: [Double] = []
    /// The explanation; nil until it is computed.
    public var explanation: Explanation?
    /// One a picture.
    public var places: [AttentionPlaces] = []
    /// The model takes audio, and takes frames.
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

/// All that is known of a clip so far.
public struct ClipReport: Sendable {
    /// Nil where the store knows no such clip.
    public var clip: Clip?
    /// Nil until it is prepared.
    public var preview: ClipPreview?
    /// The shown run was trained on centred squares, although a detector was asked for.
    public var hasSquares = false
    /// In the order of the runs that were asked.
    public var answers: [RunAnswer] = []
    /// The part that is being computed, and the share that is done.
    public var working: (what: String, share: Double)?
    /// Why there is nothing to show.
    public var failure: String?

    public init() {}
}

/// Asks trained models about clips. Takes seconds, on a thread of little priority.
public protocol ClipInquirer: Sendable {
    /// Returns when all is told.
    /// - Parameters:
    ///   - isOutdated: true once nobody waits for the answer any more: work ends early.
    ///   - tell: called several times, for what is there early.
    func ask(_ question: ClipQuestion, isOutdated: @escaping @Sendable () -> Bool, tell: @escaping @Sendable (ClipReport) -> Void)
}

extension Explanation {
    /// Whether all its rows have the lengths that they must: what is stored is foreign bytes like any file.
    public var isWhole: Bool {
        let classes = labels.count
        guard classes > 0, probabilities.count == classes, labels.indices.contains(predicted), probabilities.allSatisfy(\.isFinite) else {
            return false
        }
        if let truth, !labels.indices.contains(truth) { return false }
        if let sound {
            guard sound.borders.count > 1, sound.attention.map({ $0.count == sound.borders.count - 1 }) ?? true,
                sound.alone.map({ $0.count == classes }) ?? true
            else { return false }
        }
        if let pictures {
            let frames = pictures.seconds.count
            guard pictures.rows > 0, pictures.columns > 0, pictures.rows < 1000, pictures.columns < 1000, pictures.patches.count == frames,
                pictures.faces.count == frames, pictures.frames.count == frames, pictures.alone.map({ $0.count == classes }) ?? true,
                pictures.patches.allSatisfy({ $0.count == pictures.rows * pictures.columns }),
                pictures.held.map({ $0.count == frames && $0.allSatisfy { $0.count == classes } }) ?? true
            else { return false }
        }
        return crossModal.allSatisfy { stage in
            let steps = stage.picturesToSound.first?.count ?? 0
            return stage.picturesToSound.allSatisfy { $0.count == steps }
        }
    }
}
