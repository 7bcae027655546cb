import Base

/// The truth about one target of a sample. A target that nobody knows has none.
public enum Truth: Sendable, Equatable {
    /// Index into the target's class names.
    case label(Int)
    /// One a dimension.
    case values([Double])

    public var label: Int? { if case .label(let label) = self { label } else { nil } }
    public var values: [Double]? { if case .values(let values) = self { values } else { nil } }
}

extension Truth: Codable {
    /// A number is a label, a list holds values.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let label = try? container.decode(Int.self) {
            self = .label(label)
        } else {
            self = .values(try container.decode([Double].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .label(let label): try container.encode(label)
        case .values(let values): try container.encode(values)
        }
    }
}

/// A sample of a run: what it is, in which part it stands, and what is known of it.
public struct RunSample: Sendable, Codable, Equatable {
    public var part: Part
    public var clip: String
    public var unit: SampleUnit
    public var speaker: String
    /// Truth by the target's name; a target that nobody knows is missing.
    public var truth: [String: Truth]

    public init(_ part: Part, clip: String, unit: SampleUnit = .clip, speaker: String = "", truth: [String: Truth] = [:]) {
        (self.part, self.clip, self.unit, self.speaker, self.truth) = (part, clip, unit, speaker, truth)
    }
}

/// A model's answer about one sample. The truth stands with the sample, once a run.
public struct Answer: Sendable, Codable, Equatable {
    public var part: Part
    public var clip: String
    public var unit: SampleUnit
    /// Outputs by the head's name: probabilities that add up to 1, or one value a dimension.
    public var outputs: [String: [Float]]

    public init(_ part: Part, clip: String, unit: SampleUnit = .clip, outputs: [String: [Float]]) {
        (self.part, self.clip, self.unit, self.outputs) = (part, clip, unit, outputs)
    }
}

extension [Float] {
    /// The most probable class, the first of equals; nil where there is none.
    public var mostProbable: Int? { isEmpty ? nil : indices.reduce(0) { self[$1] > self[$0] ? $1 : $0 } }
}
