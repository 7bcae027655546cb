// Values of a step, by name.

/// One named curve of a run's steps.
public struct Series: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A part of the loss, before its weight.
        case term
        /// A score of the batch.
        case metric
        /// A setting that follows a plan, as alpha.
        case schedule
        /// A figure of the optimisation itself, as the norm of the gradient.
        case diagnostic
    }

    public var kind: Kind
    public var name: String
    /// Empty where it is of no head.
    public var head: String
    public var unit: String?

    public init(_ kind: Kind, _ name: String, of head: String = "", unit: String? = nil) {
        (self.kind, self.name, self.head, self.unit) = (kind, name, head, unit)
    }

    /// Names it among a run's series: `term.class`, `metric.accuracy.emotion`, `schedule.alpha`.
    public var id: String { Self.id(kind, name, of: head) }

    public static func id(_ kind: Kind, _ name: String, of head: String = "") -> String {
        "\(kind.rawValue).\(name)" + (head.isEmpty ? "" : ".\(head)")
    }

    /// Its heading in tables: `class_loss`, `emotion_accuracy`, `alpha`.
    public var column: String { (head.isEmpty ? "" : head + "_") + name + (kind == .term ? "_loss" : "") }
}

/// Series that every run of steps has, and ids by which readers ask for them.
public enum SeriesName {
    /// The minimised loss: all terms with their weights.
    public static let total = Series(.term, "total")
    /// Cross-entropy of the main head's labelled samples.
    public static let classTerm = Series(.term, "class")
    public static let learningRate = Series(.schedule, "learning_rate")
    public static let alpha = Series(.schedule, "alpha")
    public static let gradientNorm = Series(.diagnostic, "gradient_norm")
    /// The term that draws the domains together, before alpha and its weight.
    public static let domain = Series(.term, "domain")
    /// Share of the batch whose domain the discriminator named.
    public static let domainAccuracy = Series(.metric, "domain_accuracy")
}

/// The values of one step by series. A term without a labelled sample is not there; a value that is not a number is NaN.
public struct StepValues: Sendable, Equatable {
    /// Few: looking through them is faster than a table.
    private var entries: [(id: String, value: Double)] = []

    public init() {}

    public subscript(id: String) -> Double? {
        get { entries.first { $0.id == id }?.value }
        set {
            entries.removeAll { $0.id == id }
            if let newValue { entries.append((id, newValue)) }
        }
    }

    public subscript(series: Series) -> Double? {
        get { self[series.id] }
        set { self[series.id] = newValue }
    }

    /// Adds a value whose series is not there yet.
    public mutating func append(_ id: String, _ value: Double) { entries.append((id, value)) }

    public var isEmpty: Bool { entries.isEmpty }

    /// In the order in which they were put in.
    public func forEach(_ body: (_ id: String, _ value: Double) throws -> Void) rethrows {
        for entry in entries { try body(entry.id, entry.value) }
    }

    /// The same values, in whatever order; two that are no numbers are alike.
    public static func == (a: StepValues, b: StepValues) -> Bool {
        a.entries.count == b.entries.count
            && a.entries.allSatisfy { entry in b[entry.id].map { $0 == entry.value || ($0.isNaN && entry.value.isNaN) } ?? false }
    }
}

extension StepValues: Codable {
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        entries = try container.allKeys.map { ($0.stringValue, try container.decode(Double.self, forKey: $0)) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for entry in entries { try container.encode(entry.value, forKey: Name(stringValue: entry.id)) }
    }
}

extension StepValues: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Double)...) { entries = elements.map { ($0.0, $0.1) } }
}
