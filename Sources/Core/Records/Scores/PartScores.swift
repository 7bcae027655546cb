/// Every metric of one part's samples. What no label stands behind is not there.
public struct PartScores: Sendable, Codable, Equatable {
    public var part: Part
    /// Samples that were asked about, with and without truth.
    public var samples: Int
    public var values: [MetricValue]
    /// Confusion matrix by head: counts `[truth][answer]`, in the order of the target's class names.
    public var confusions: [String: [[Int]]]

    public init(_ part: Part, samples: Int, values: [MetricValue] = [], confusions: [String: [[Int]]] = [:]) {
        (self.part, self.samples, self.values, self.confusions) = (part, samples, values, confusions)
    }

    /// Nil where the part has no such metric, and where it is not a number.
    public subscript(_ name: String, of head: String) -> Double? { values.first { $0.name == name && $0.head == head }?.value }

    /// Samples with a class that a head's confusion counts.
    public func labelled(by head: String) -> Int { confusions[head]?.reduce(0) { $0 + $1.reduce(0, +) } ?? 0 }
}

extension [PartScores] {
    public subscript(part: Part) -> PartScores? { first { $0.part == part } }
}

/// A score of the source less the target's; nil where either is not known.
public func difference(_ source: Double?, _ target: Double?) -> Double? { source.flatMap { source in target.map { source - $0 } } }
