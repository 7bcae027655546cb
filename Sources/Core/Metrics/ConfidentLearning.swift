// Which labels are likely wrong, by what a model says of clips it did not learn from: the confident joint of Northcutt, Jiang and Chuang, "Confident
// Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, 2021, section 3.1.

public struct ConfidentLearning: Sendable, Equatable {
    /// For each class the mean probability that clips labelled so are given of it; nil for a class without clips.
    public let thresholds: [Double?]

    /// - Parameter clips: label and probabilities of held-out clips of one domain, all with as many probabilities as there are classes.
    public init(_ clips: some Sequence<(label: Int, probabilities: [Float])>, classes: Int) {
        var sums = [Double](repeating: 0, count: classes), counts = [Int](repeating: 0, count: classes)
        for (label, probabilities) in clips where label >= 0 && label < classes && probabilities.count == classes {
            sums[label] += Double(probabilities[label])
            counts[label] += 1
        }
        thresholds = zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : nil }
    }

    /// The class that the model is confident of: the most probable of those at least as probable as clips of that class are on average. Nil where
    /// it is confident of none. A label that differs from it is likely an error.
    public func confidentLabel(_ probabilities: [Float]) -> Int? {
        var best: Int?
        for (index, (probability, threshold)) in zip(probabilities, thresholds).enumerated() {
            guard let threshold, Double(probability) >= threshold else { continue }
            if best.map({ probability > probabilities[$0] }) ?? true { best = index }
        }
        return best
    }
}
