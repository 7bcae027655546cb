// Where the steps that a sound encoder attends to lie in the clip.
import Base
import Inputs
import Records
import Training

/// Steps of the encoder that hold sound, joined where there are very many.
struct SoundSteps {
    /// A stretch of sound that is taken away at once.
    struct Span: Equatable {
        /// Among the steps shown.
        var steps: Range<Int>
        /// Columns of the spectrogram, counted from the first that is sound.
        var frames: Range<Int>
    }

    /// Columns of the spectrogram that make one step of the encoder.
    let pooling: Int
    /// The encoder's steps that are shown.
    let shown: Range<Int>
    /// Encoder's steps in each step that is shown; the last may have fewer.
    let joinedBy: Int
    /// Of the first column of sound, s from the clip's beginning, and from one column to the next.
    private let start: Double
    private let hop: Double
    /// Of the encoder's step 0 against the first column of sound: negative where padding comes first.
    private let offset: Int
    private let soundFrames: Int

    init(_ clip: PreparedClip, _ experiment: Experiment, pooling: Int = 2) {
        let inputs = experiment.inputs
        self.pooling = pooling
        hop = Double(inputs.hopLength) / Double(inputs.sampleRate)
        start = Double(clip.sound?.kept.lowerBound ?? 0) * hop
        soundFrames = clip.soundFrames
        if experiment.model.mask {
            offset = 0
            shown = 0..<max(clip.soundFrames / pooling, 1)
        } else {
            offset = -clip.firstSoundFrame
            let last = min(clip.firstSoundFrame + max(clip.soundFrames, 1), clip.melFrames / pooling * pooling)
            shown = clip.firstSoundFrame / pooling..<max((last + pooling - 1) / pooling, clip.firstSoundFrame / pooling + 1)
        }
        joinedBy = (shown.count + Explanation.mostSteps - 1) / Explanation.mostSteps
    }

    var count: Int { (shown.count + joinedBy - 1) / joinedBy }

    /// Columns of sound that a step shown is made of.
    private func frames(_ step: Int) -> Range<Int> {
        let first = (shown.lowerBound + step * joinedBy) * pooling + offset
        let end = (shown.lowerBound + min((step + 1) * joinedBy, shown.count)) * pooling + offset
        // An odd last column belongs to the last step as far as taking away goes.
        let from = min(max(0, first), max(0, soundFrames - 1))
        return from..<max(from, step == count - 1 ? soundFrames : min(end, soundFrames))
    }

    /// Seconds at which a column begins: frames of the transform are centred on their samples.
    private func seconds(_ column: Int) -> Double { max(0, start + (Double(column) - 0.5) * hop) }

    /// One more than there are steps.
    var borders: [Double] { (0..<count).map { seconds(frames($0).lowerBound) } + [seconds(frames(count - 1).upperBound)] }

    /// Sums of the encoder's values over the steps shown.
    func joined(_ values: [Double]) -> [Double] {
        (0..<count).map { step in
            (step * joinedBy..<min((step + 1) * joinedBy, shown.count)).reduce(0) {
                $0 + (shown.lowerBound + $1 < values.count ? values[shown.lowerBound + $1] : 0)
            }
        }
    }

    /// The steps in spans of equal length, at most so many.
    func spans(atMost most: Int) -> [Span] {
        let length = (count + most - 1) / max(1, most)
        return stride(from: 0, to: count, by: max(1, length)).map { first in
            let end = min(first + max(1, length), count)
            return Span(steps: first..<end, frames: frames(first).lowerBound..<frames(end - 1).upperBound)
        }
    }

    func borders(of spans: [Span]) -> [Double] {
        spans.map { seconds($0.frames.lowerBound) } + [seconds(spans.last?.frames.upperBound ?? 0)]
    }
}
