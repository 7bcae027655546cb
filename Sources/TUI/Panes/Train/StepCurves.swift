// The steps of a run of any length in bounded memory: neighbours are joined as the run grows, and joining keeps minima, maxima and means.
import Training

public struct StepCurves: Sendable {
    /// What the steps of one point had of one figure.
    public struct Extent: Sendable, Equatable {
        public private(set) var low = Double.infinity
        public private(set) var high = -Double.infinity
        public private(set) var sum = 0.0
        public private(set) var count = 0
        /// A step that should have had the figure had no number: drawn as a gap.
        public private(set) var isBroken = false

        public var mean: Double { count > 0 ? sum / Double(count) : .nan }

        mutating func take(_ value: Double?, isExpected: Bool = false) {
            guard let value, value.isFinite else {
                if value != nil || isExpected { isBroken = true }
                return
            }
            low = min(low, value)
            high = max(high, value)
            sum += value
            count += 1
        }

        mutating func join(_ other: Extent) {
            low = min(low, other.low)
            high = max(high, other.high)
            sum += other.sum
            count += other.count
            isBroken = isBroken || other.isBroken
        }
    }

    public struct Point: Sendable, Equatable {
        /// The last step of the point, and the seconds of all steps up to it.
        public var step: Int
        public var seconds: Double
        /// Of steps with source clips, before alpha and lambda; what the optimiser saw of steps that have a class loss.
        public var classLoss = Extent()
        public var domainLoss = Extent()
        public var totalLoss = Extent()
        /// Share of clips whose domain the discriminator named, of source and of target batches where they alternate.
        public var domainAccuracy = Extent()
        public var alpha: Double
        public var learningRate: Double
    }

    /// Points kept; twice as many are joined in pairs. Wider than any screen has dots.
    public static let capacity = 2048

    public private(set) var points: [Point] = []
    /// Steps that a point stands for.
    public private(set) var stride = 1
    /// Lambda, and whether alpha is a factor of the loss rather than of the reversed gradient: what the total is made of.
    private let lambda: Double
    private let hasAlphaFactor: Bool

    public init(lambda: Double = 1, hasAlphaFactor: Bool = false) {
        self.lambda = lambda
        self.hasAlphaFactor = hasAlphaFactor
    }

    public var isEmpty: Bool { points.isEmpty }
    public var last: Point? { points.last }

    /// Takes a step in; steps come in order.
    public mutating func take(_ step: StepRecord) {
        let seconds = (points.last?.seconds ?? 0) + (step.seconds.isFinite ? step.seconds : 0)
        let isNew = points.last.map { ($0.step - 1) / stride != (step.step - 1) / stride } ?? true
        if isNew { points.append(Point(step: step.step, seconds: seconds, alpha: step.alpha, learningRate: step.learningRate)) }
        let at = points.count - 1
        (points[at].step, points[at].seconds) = (step.step, seconds)
        (points[at].alpha, points[at].learningRate) = (step.alpha, step.learningRate)
        // The store writes a loss that is not a number as none; a source step always has one.
        points[at].classLoss.take(step.domain == .source ? step.classLoss : nil, isExpected: step.domain == .source)
        points[at].domainLoss.take(step.domainLoss)
        points[at].domainAccuracy.take(step.domainAccuracy)
        if let classLoss = step.classLoss, let domainLoss = step.domainLoss {
            points[at].totalLoss.take(classLoss + lambda * (hasAlphaFactor ? step.alpha : 1) * domainLoss)
        }
        if points.count > 2 * Self.capacity { join() }
    }

    public mutating func take(_ steps: some Sequence<StepRecord>) { for step in steps { take(step) } }

    private mutating func join() {
        stride *= 2
        var joined: [Point] = []
        joined.reserveCapacity(points.count / 2 + 1)
        for point in points {
            guard let last = joined.last, (last.step - 1) / stride == (point.step - 1) / stride else {
                joined.append(point)
                continue
            }
            var sum = point
            sum.classLoss = last.classLoss
            sum.classLoss.join(point.classLoss)
            sum.domainLoss = last.domainLoss
            sum.domainLoss.join(point.domainLoss)
            sum.totalLoss = last.totalLoss
            sum.totalLoss.join(point.totalLoss)
            sum.domainAccuracy = last.domainAccuracy
            sum.domainAccuracy.join(point.domainAccuracy)
            joined[joined.count - 1] = sum
        }
        points = joined
    }

    /// Seconds of all steps up to this one, between points linearly.
    public func seconds(at step: Int) -> Double {
        guard let first = points.first, let last = points.last else { return 0 }
        if step <= first.step { return first.seconds * Double(max(0, step)) / Double(max(1, first.step)) }
        if step >= last.step { return last.seconds }
        var (low, high) = (0, points.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if points[middle].step <= step { low = middle } else { high = middle }
        }
        let (a, b) = (points[low], points[high])
        return a.seconds + (b.seconds - a.seconds) * Double(step - a.step) / Double(max(1, b.step - a.step))
    }
}
