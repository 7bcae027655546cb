// Scores of a classifier from its confusion counts; definitions as in scikit-learn.

/// `confusion[truth][prediction]` and everything that follows from it. Undefined ratios (no clip, no prediction) count as 0.
public struct ClassificationScores: Sendable, Equatable {
    public let confusion: [[Int]]

    public init(confusion: [[Int]]) {
        self.confusion = confusion
    }

    /// Counts pairs of indices below `classes`.
    public init(truth: [Int], predicted: [Int], classes: Int) {
        precondition(truth.count == predicted.count, "one prediction a truth")
        var counts = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
        for (t, p) in zip(truth, predicted) { counts[t][p] += 1 }
        self.init(confusion: counts)
    }

    public var classes: Int { confusion.count }
    public var total: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }
    /// Clips of each class, and predictions of each class.
    public var support: [Int] { confusion.map { $0.reduce(0, +) } }
    public var predictions: [Int] { (0..<classes).map { c in confusion.reduce(0) { $0 + $1[c] } } }
    private var hits: [Int] { (0..<classes).map { confusion[$0][$0] } }

    public var accuracy: Double { ratio(hits.reduce(0, +), total) }
    public var recall: [Double] { zip(hits, support).map(ratio) }
    public var precision: [Double] { zip(hits, predictions).map(ratio) }
    public var f1: [Double] {
        (0..<classes).map { ratio(2 * hits[$0], support[$0] + predictions[$0]) }
    }

    /// Mean F1 over the classes that occur as truth or prediction.
    public var macroF1: Double { mean(occurring.map { f1[$0] }) }
    public var weightedF1: Double {
        total == 0 ? 0 : zip(f1, support).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(total)
    }
    /// Mean recall over the classes that occur as truth.
    public var balancedAccuracy: Double { mean((0..<classes).filter { support[$0] > 0 }.map { recall[$0] }) }

    /// Agreement beyond chance (Cohen 1960); 0 where chance alone already agrees fully.
    public var cohenKappa: Double {
        guard total > 0 else { return 0 }
        let expected = zip(support, predictions).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / Double(total * total)
        return expected == 1 ? 0 : (accuracy - expected) / (1 - expected)
    }

    private var occurring: [Int] { (0..<classes).filter { support[$0] + predictions[$0] > 0 } }
    private func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
    private func mean(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }
}

/// How well the two domains are mixed: `1 - |2a - 1|` with `a` the discriminator's balanced accuracy on both domains (zu-dann §6).
public func domainConfusion(balancedAccuracy a: Double) -> Double { 1 - abs(2 * a - 1) }
