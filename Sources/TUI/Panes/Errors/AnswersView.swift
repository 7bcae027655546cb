import Base
import Records

/// What the shown run said of its validation clips, each beside what is known of the clip.
public struct AnswersView: PaneModel {
    public enum State: Sendable, Equatable { case loading, ready }

    /// Why a label is likely wrong.
    public enum Doubt: Sendable, Equatable {
        /// More raters heard and saw what the model did than what the label says.
        case raters
        /// Nobody rated it; by confident learning the model is sure of another class, the index given.
        case confident(Int)
    }

    public struct Row: Sendable, Equatable, Identifiable {
        public var domain: Domain
        public var corpus: String
        public var name: String
        public var unit: SampleUnit
        /// Index into the labels; nil for a clip without a label.
        public var truth: Int?
        public var predicted: Int
        public var probabilities: [Float]
        /// The emotion that most raters chose, in their own word, and their share.
        public var raters: (emotion: String, share: Double)?
        public var doubt: Doubt?
        public var speaker, sex, intensity, sentence: String?
        public var age: Int?
        public var tags: [String] = []
        public var note = ""
        /// In the words of the labels; no truth for a clip without a label.
        public var truthLabel: String?
        public var predictedLabel: String

        /// As `Clip.id`.
        public var clip: String { corpus + "/" + name }
        public var id: String { domain.rawValue + ":" + clip + (unit == .clip ? "" : "#" + unit.text) }
        /// Nil where nobody knows.
        public var isRight: Bool? { truth.map { $0 == predicted } }
        public var isWrong: Bool { isRight == false }
        public var confidence: Double { probabilities.indices.contains(predicted) ? Double(probabilities[predicted]) : 0 }
        public var truthProbability: Double? { truth.map { probabilities.indices.contains($0) ? Double(probabilities[$0]) : 0 } }

        public init(
            domain: Domain, corpus: String, name: String, unit: SampleUnit = .clip, truth: Int?, predicted: Int, probabilities: [Float],
            labels: [String]
        ) {
            (self.domain, self.corpus, self.name, self.unit) = (domain, corpus, name, unit)
            (self.truth, self.predicted, self.probabilities) = (truth, predicted, probabilities)
            func word(_ index: Int) -> String { labels.indices.contains(index) ? labels[index] : "?" }
            (truthLabel, predictedLabel) = (truth.map(word), word(predicted))
        }

        public static func == (a: Row, b: Row) -> Bool {
            a.id == b.id && a.truth == b.truth && a.predicted == b.predicted && a.probabilities == b.probabilities && a.tags == b.tags
                && a.note == b.note && a.doubt == b.doubt
        }
    }

    /// Every validation clip of one epoch, right and wrong, by domain and name.
    public struct Epoch: Sendable, Equatable {
        public var epoch: Int
        public var isBest: Bool
        public var rows: [Row]
        public init(epoch: Int, isBest: Bool, rows: [Row]) { (self.epoch, self.isBest, self.rows) = (epoch, isBest, rows) }
    }

    public var state = State.loading
    /// The run that these are of; nil where there is none.
    public var run: Int64?
    public var title = ""
    public var isLive = false
    public var labels: [String] = []
    /// Why there are no errors to list, where the run answers with values.
    public var notice: String?
    public var source = "", target = ""
    /// Ascending; predictions are kept of the best epoch and the last.
    public var epochs: [Epoch] = []
    /// Grows with every change of these.
    public var version = 0

    public init() {}

    public func epoch(_ number: Int) -> Epoch? { epochs.first { $0.epoch == number } }
    /// The newest epoch of a run under way, the best of one that is over.
    public var standing: Epoch? { isLive ? epochs.last : epochs.last { $0.isBest } ?? epochs.last }
}
