// Functions of one value and of a row in double precision; the platform's own, away from where a method of ours has the same name.
import Foundation

enum Naive {
    static func exponential(_ x: Double) -> Double { exp(x) }
    static func logarithm(_ x: Double) -> Double { log(x) }
    static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
    static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    static func gelu(_ x: Double) -> Double { x / 2 * (1 + erf(x / 2.0.squareRoot())) }
    static func geluByTanh(_ x: Double) -> Double { x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) }

    static func softmax(_ row: [Double]) -> [Double] {
        let most = row.max() ?? 0, powers = row.map { exp($0 - most) }, sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    static func logSoftmax(_ row: [Double]) -> [Double] { softmax(row).map { log($0) } }

    /// (row - mean) / sqrt(variance + epsilon), the variance divided by the count.
    static func normalised(_ row: [Double], epsilon: Double = 1e-5) -> [Double] {
        let mean = row.reduce(0, +) / Double(row.count)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
        return row.map { ($0 - mean) / (variance + epsilon).squareRoot() }
    }
}
