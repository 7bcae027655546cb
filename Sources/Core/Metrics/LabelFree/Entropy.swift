import Foundation

/// `-Σ p ln p` of one distribution, in nats.
package func entropy(_ probabilities: some Sequence<Double>) -> Double {
    probabilities.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
}
