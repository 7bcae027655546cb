// Two-class logistic regression on standardised features, by L-BFGS (Nocedal 1980): tells two domains apart, for DEV and the A-distance.
import Foundation

/// Minimises `|w|²/2 + C Σ sᵢ lossᵢ` with a free intercept, as scikit-learn's `LogisticRegression` after a `StandardScaler`.
struct LogisticRegression: Sendable {
    /// Of the standardised features.
    private(set) var weights: [Double]
    private(set) var intercept: Double
    private let means, scales: [Double]

    /// - Parameters:
    ///   - rows: features, one row a clip, all as long.
    ///   - positive: the class of each.
    ///   - inversePenalty: C; smaller keeps the weights nearer to 0.
    ///   - isBalanced: each class counts as much as the other, however many clips it has.
    init(_ rows: [[Float]], _ positive: [Bool], inversePenalty: Double, isBalanced: Bool = false) {
        precondition(rows.count == positive.count && !rows.isEmpty, "one class a row, and one row at least")
        let (count, width) = (rows.count, rows[0].count)
        var means = [Double](repeating: 0, count: width), scales = means
        for row in rows { for (column, value) in row.enumerated() { means[column] += Double(value) } }
        for column in 0..<width { means[column] /= Double(count) }
        for row in rows {
            for (column, value) in row.enumerated() { scales[column] += (Double(value) - means[column]) * (Double(value) - means[column]) }
        }
        // A feature that never changes stays 0.
        for column in 0..<width {
            let deviation = (scales[column] / Double(count)).squareRoot()
            scales[column] = deviation > 1e-9 * (1 + abs(means[column])) ? 1 / deviation : 0
        }
        var values = [Double](repeating: 0, count: count * width)
        for (index, row) in rows.enumerated() {
            for (column, value) in row.enumerated() { values[index * width + column] = (Double(value) - means[column]) * scales[column] }
        }
        let positives = positive.count { $0 }
        let shares = positive.map { isPositive in
            isBalanced ? Double(count) / (2 * Double(max(isPositive ? positives : count - positives, 1))) : 1
        }
        let loss = PenalisedLoss(
            values: values, width: width, signs: positive.map { $0 ? 1 : -1 }, shares: shares, inversePenalty: inversePenalty)
        var point = [Double](repeating: 0, count: width + 1)
        LimitedMemoryBFGS.minimise(&point, loss.valueAndGradient)
        (weights, intercept) = (Array(point.dropLast()), point[width])
        (self.means, self.scales) = (means, scales)
    }

    /// Positive where the row looks like the positive class.
    func logit(_ row: [Float]) -> Double {
        row.indices.reduce(intercept) { $0 + weights[$1] * (Double(row[$1]) - means[$1]) * scales[$1] }
    }

    /// Cross-entropy of one row.
    func loss(_ row: [Float], _ isPositive: Bool) -> Double { softplus(isPositive ? -logit(row) : logit(row)) }
}

/// `ln(1 + eˣ)` without overflow.
private func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

/// The objective over weights and, last, the intercept; scaled by `1 / (C n)`, which moves no minimum.
private struct PenalisedLoss {
    /// `[rows, width]`.
    let values: [Double]
    let width: Int
    /// 1 and -1.
    let signs: [Double]
    let shares: [Double]
    let inversePenalty: Double

    func valueAndGradient(_ point: [Double]) -> (value: Double, gradient: [Double]) {
        let scale = 1 / (inversePenalty * Double(signs.count))
        var gradient = point.map { $0 * scale }
        gradient[width] = 0
        var value = 0.5 * scale * point[..<width].reduce(0) { $0 + $1 * $1 }
        values.withUnsafeBufferPointer { values in
            point.withUnsafeBufferPointer { point in
                gradient.withUnsafeMutableBufferPointer { gradient in
                    for row in signs.indices {
                        let start = row * width
                        let margin = signs[row] * (point[width] + dot(values.baseAddress! + start, point.baseAddress!, width))
                        let share = shares[row] / Double(signs.count)
                        value += share * softplus(-margin)
                        let pull = -share * signs[row] / (1 + exp(margin))
                        for column in 0..<width { gradient[column] += pull * values[start + column] }
                        gradient[width] += pull
                    }
                }
            }
        }
        return (value, gradient)
    }

    /// Four sums at once, always in the same order.
    private func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
        var sums = SIMD4<Double>(repeating: 0)
        let whole = count & ~3
        for i in stride(from: 0, to: whole, by: 4) {
            sums += SIMD4(a[i], a[i + 1], a[i + 2], a[i + 3]) * SIMD4(b[i], b[i + 1], b[i + 2], b[i + 3])
        }
        var sum = (sums[0] + sums[1]) + (sums[2] + sums[3])
        for i in whole..<count { sum += a[i] * b[i] }
        return sum
    }
}

/// Limited-memory BFGS with backtracking, for smooth convex functions.
private enum LimitedMemoryBFGS {
    static let memory = 10
    static let mostSteps = 300
    /// Of the largest entry of the gradient.
    static let tolerance = 1e-8

    static func minimise(_ point: inout [Double], _ function: ([Double]) -> (value: Double, gradient: [Double])) {
        var (value, gradient) = function(point)
        var steps: [(s: [Double], y: [Double], rho: Double)] = []
        for _ in 0..<mostSteps {
            guard gradient.contains(where: { abs($0) > tolerance }) else { return }
            var direction = gradient.map { -$0 }
            var factors: [Double] = []
            for step in steps.reversed() {
                let factor = step.rho * dot(step.s, direction)
                factors.append(factor)
                add(-factor, step.y, to: &direction)
            }
            if let last = steps.last {
                let scale = 1 / (last.rho * dot(last.y, last.y))
                for i in direction.indices { direction[i] *= scale }
            }
            for (step, factor) in zip(steps, factors.reversed()) { add(factor - step.rho * dot(step.y, direction), step.s, to: &direction) }
            let slope = dot(gradient, direction)
            guard slope < 0 else { return }

            var length = steps.isEmpty ? 1 / max(1, dot(gradient, gradient).squareRoot()) : 1
            var next = point, found = false
            var (nextValue, nextGradient) = (value, gradient)
            for _ in 0..<40 {
                next = point
                add(length, direction, to: &next)
                (nextValue, nextGradient) = function(next)
                if nextValue <= value + 1e-4 * length * slope {
                    found = true
                    break
                }
                length /= 2
            }
            // No further step within the precision of numbers.
            guard found else { return }
            let s = zip(next, point).map { $0 - $1 }, y = zip(nextGradient, gradient).map { $0 - $1 }
            let curvature = dot(s, y)
            if curvature > 1e-12 * dot(y, y) {
                steps.append((s, y, 1 / curvature))
                if steps.count > memory { steps.removeFirst() }
            }
            (point, value, gradient) = (next, nextValue, nextGradient)
        }
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    private static func add(_ factor: Double, _ a: [Double], to b: inout [Double]) { for i in b.indices { b[i] += factor * a[i] } }
}
