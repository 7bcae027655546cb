// Mutual information between clips and answers: entropy of the mean answer minus mean entropy (Bridle, Heading, MacKay: Unsupervised
// classifiers, mutual information and phantom targets, NIPS 1991; Shi and Sha, ICML 2012). Higher is better: certain, and of all classes.

package enum InformationMaximisation {
    /// In nats, 0 to ln(classes); nil without clips.
    package static func score(_ rows: [[Float]]) -> Double? {
        guard let first = rows.first, let mean = MeanEntropy.score(rows) else { return nil }
        var sums = [Double](repeating: 0, count: first.count)
        for row in rows { for (index, value) in row.enumerated() { sums[index] += Double(value) } }
        return entropy(sums.map { $0 / Double(rows.count) }) - mean
    }
}
