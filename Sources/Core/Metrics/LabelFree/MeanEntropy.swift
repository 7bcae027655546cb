// Mean entropy of the answers on target clips (Morerio, Cavazza, Murino: Minimal-entropy correlation alignment for unsupervised deep
// domain adaptation, ICLR 2018). Lower is better; a model that gives every clip the same class with certainty scores best, which is its flaw.

package enum MeanEntropy {
    /// In nats; nil without clips. `rows` are one distribution over the classes a clip.
    package static func score(_ rows: [[Float]]) -> Double? {
        guard !rows.isEmpty else { return nil }
        return rows.reduce(0) { $0 + entropy($1.lazy.map(Double.init)) } / Double(rows.count)
    }
}
