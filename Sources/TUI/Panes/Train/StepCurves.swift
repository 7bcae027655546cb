// The steps of a run of any length in bounded memory: neighbours are joined as the run grows, and joining keeps minima, maxima and means.
import Records

public struct StepCurves: Sendable {
    /// What the steps of one point had of one series.
    public struct Extent: Sendable, Equatable {
        public private(set) var low = Double.infinity
        public private(set) var high = -Double.infinity
        public private(set) var sum = 0.0
        public private(set) var count = 0
        /// The newest of the values.
        public private(set) var last: Double?
        /// A step had no number for it: drawn as a gap.
        public private(set) var isBroken = false

        public var mean: Double { count > 0 ? sum / Double(count) : .nan }

        mutating func take(_ value: Double) {
            last = value
            guard value.isFinite else {
                isBroken = true
                return
            }
            low = min(low, value)
            high = max(high, value)
            sum += value
            count += 1
        }

        mutating func join(_ later: Extent) {
            low = min(low, later.low)
            high = max(high, later.high)
            sum += later.sum
            count += later.count
            last = later.last ?? last
            isBroken = isBroken || later.isBroken
        }
    }

    public struct Point: Sendable, Equatable {
        /// The last step of the point, and the seconds of all steps up to it.
        public var step: Int
        public var seconds: Double
        /// By the places of `StepCurves.place`; series that came later than the point are missing at the end.
        fileprivate var extents: [Extent] = []

        /// Nothing where no step of the point has the series.
        public subscript(place: Int?) -> Extent {
            guard let place, place < extents.count else { return Extent() }
            return extents[place]
        }

        fileprivate mutating func take(_ value: Double, at place: Int) {
            while extents.count <= place { extents.append(Extent()) }
            extents[place].take(value)
        }
    }

    /// Points kept; twice as many are joined in pairs. Wider than any screen has dots.
    public static let capacity = 2048

    public private(set) var points: [Point] = []
    /// Steps that a point stands for.
    public private(set) var stride = 1
    private static let total = SeriesName.total.id

    /// Ids of the series, in the order in which steps brought them.
    private var series: [String] = []

    public init() {}

    public var isEmpty: Bool { points.isEmpty }
    public var last: Point? { points.last }

    /// Where points have a series; nil where no step had it.
    public func place(of series: Series) -> Int? {
        let id = series.id
        return self.series.firstIndex(of: id)
    }

    /// The newest value of a series, up to a step.
    public func last(_ series: Series, upTo step: Int = .max) -> Double? {
        guard let place = place(of: series) else { return nil }
        return points.last { $0.step <= step && $0[place].last != nil }?[place].last
    }

    /// Takes a step in; steps come in order.
    public mutating func take(_ step: StepRecord) {
        let seconds = (points.last?.seconds ?? 0) + (step.seconds.isFinite ? step.seconds : 0)
        let isNew = points.last.map { ($0.step - 1) / stride != (step.step - 1) / stride } ?? true
        if isNew { points.append(Point(step: step.step, seconds: seconds)) }
        let at = points.count - 1
        (points[at].step, points[at].seconds) = (step.step, seconds)
        // Steps tell their series in one order, with some missing: the next is mostly the one after the last.
        var next = 0
        step.values.forEach { id, value in
            // What a batch of the target minimised lacks the classes' term: beside a source batch's it is another figure.
            if step.domain == .target, id == Self.total { return }
            while next < series.count, series[next] != id { next += 1 }
            if next == series.count {
                next = series.firstIndex(of: id) ?? series.count
                if next == series.count { series.append(id) }
            }
            points[at].take(value, at: next)
            next += 1
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
            sum.extents = (0..<max(last.extents.count, point.extents.count)).map { place in
                var extent = last[place]
                extent.join(point[place])
                return extent
            }
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
