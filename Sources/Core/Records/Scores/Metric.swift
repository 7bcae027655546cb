/// One named score of a head, as a run announces it before its first epoch.
public struct Metric: Sendable, Codable, Equatable {
    public enum Direction: String, Sendable, Codable {
        case higherIsBetter, lowerIsBetter
        /// Neither end is good, as a discriminator's accuracy.
        case neither
    }

    /// The value that a model without any skill gets.
    public struct Baseline: Sendable, Codable, Equatable {
        /// e.g. `chance`, `constant`.
        public var name: String
        public var value: Double
        public init(_ name: String, _ value: Double) { (self.name, self.value) = (name, value) }
    }

    /// Name in the store: `accuracy`, `macro_f1`, `ccc.valence`.
    public var name: String
    /// Empty where it is of no head, as a discriminator's accuracy.
    public var head: String
    /// Name on the screen: `macro-F1`.
    public var title: String
    public var direction: Direction
    /// Ends of its range; nil where it has none on that side.
    public var lower, upper: Double?
    public var unit: String?
    public var baseline: Baseline?
    /// Needs no truth.
    public var isLabelFree: Bool

    public init(
        _ name: String, of head: String = "", title: String? = nil, _ direction: Direction, from lower: Double? = nil,
        to upper: Double? = nil,
        unit: String? = nil, baseline: Baseline? = nil, isLabelFree: Bool = false
    ) {
        self.name = name
        self.head = head
        self.title = title ?? name
        self.direction = direction
        (self.lower, self.upper) = (lower, upper)
        self.unit = unit
        self.baseline = baseline
        self.isLabelFree = isLabelFree
    }

    public func isBetter(_ a: Double, than b: Double) -> Bool { direction == .lowerIsBetter ? a < b : a > b }
}

/// Names of metrics that the program itself asks for.
public enum MetricName {
    public static let accuracy = "accuracy"
    public static let macroF1 = "macro_f1"
    public static let loss = "loss"
    /// Share of samples whose domain the discriminator names rightly; of no head.
    public static let domainAccuracy = "domain_accuracy"
}

/// A metric's value on some part.
public struct MetricValue: Sendable, Codable, Equatable {
    public var head: String
    public var name: String
    /// Nil where it is not a number, as a correlation with a constant.
    public var value: Double?

    public init(_ name: String, of head: String = "", _ value: Double?) { (self.head, self.name, self.value) = (head, name, value) }
}
