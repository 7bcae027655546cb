// Soft neighbourhood density (Saito et al.: Tune it the right way, ICCV 2021): how many neighbours a target clip has among the answers.
// Higher is better. As the authors' code: cosines of softmax outputs over 0.05, a clip's own set to -1, softmax, mean entropy with ln(p + 1e-5).
import Foundation

package enum SoftNeighbourhoodDensity {
    package static let temperature = 0.05
    /// It compares all pairs: of more clips so many are taken, evenly spaced, which keeps it below 0.1 s.
    package static let mostClips = 2000

    /// Nil for fewer than two clips.
    package static func score(_ rows: [[Float]]) -> Double? {
        let chosen = evenly(rows, atMost: mostClips)
        let (count, width) = (chosen.count, chosen.first?.count ?? 0)
        guard count > 1 else { return nil }
        var unit = [Double](repeating: 0, count: count * width)
        for (index, row) in chosen.enumerated() {
            let norm = row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            for (column, value) in row.enumerated() { unit[index * width + column] = Double(value) / max(norm, 1e-12) }
        }
        var total = 0.0
        var weights = [Double](repeating: 0, count: count)
        unit.withUnsafeBufferPointer { unit in
            weights.withUnsafeMutableBufferPointer { weights in
                for i in 0..<count {
                    var sum = 0.0
                    for j in 0..<count {
                        var cosine = -1.0
                        if j != i {
                            cosine = 0
                            for column in 0..<width { cosine += unit[i * width + column] * unit[j * width + column] }
                        }
                        // Cosines are at most 1, so this neither overflows nor loses what counts.
                        weights[j] = exp((cosine - 1) / temperature)
                        sum += weights[j]
                    }
                    for j in 0..<count {
                        let share = weights[j] / sum
                        total -= share * log(share + 1e-5)
                    }
                }
            }
        }
        return total / Double(count)
    }
}

/// All of a list, or `most` of its elements with even steps between them: a function of the order alone.
package func evenly<Element>(_ list: [Element], atMost most: Int) -> [Element] {
    guard list.count > most else { return list }
    return (0..<most).map { list[$0 * list.count / most] }
}
