// A clip as measures see it: what is true, what was answered, and the columns by which results are broken down.
import Corpora

public struct MeasuredClip: Sendable, Equatable {
    public var name: String
    public var speaker: String
    public var truth: Int
    public var probabilities: [Float]
    /// The corpus' columns, see `Clip.groupColumns`.
    public var columns: [String: String]

    public init(name: String, speaker: String, truth: Int, probabilities: [Float], columns: [String: String] = [:]) {
        (self.name, self.speaker, self.truth, self.probabilities, self.columns) = (name, speaker, truth, probabilities, columns)
    }

    /// The most probable class, the first of equals, and its probability.
    public var predicted: Int { probabilities.indices.reduce(0) { probabilities[$1] > probabilities[$0] ? $1 : $0 } }
    public var confidence: Double { Double(probabilities.max() ?? 0) }
}

extension Clip {
    /// Every column that results can be broken down by: the corpus' own, and `age` as one of five bands.
    public var groupColumns: [String: String] {
        var columns = columns
        columns["speaker"] = speaker
        columns["emotion"] = emotion
        for (name, value) in [("sex", sex), ("intensity", intensity), ("sentence", sentence), ("part", part)] {
            if let value { columns[name] = value }
        }
        if let age { columns["age"] = AgeBand(age).words }
        return columns.filter { !$0.value.isEmpty }
    }
}

/// Decades but for the ends: CREMA-D's actors are 20 to 74 years old, RAVDESS' 21 to 33.
public enum AgeBand: Int, Sendable, CaseIterable {
    case under30, thirties, forties, fifties, from60

    public init(_ age: Int) {
        self = age < 30 ? .under30 : age < 40 ? .thirties : age < 50 ? .forties : age < 60 ? .fifties : .from60
    }

    public var words: String { ["under 30", "30-39", "40-49", "50-59", "60 and over"][rawValue] }
}
