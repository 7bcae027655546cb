// What a run told and the store does not have yet: bounded, so that a run of days outlives a store that is away for days.
import Records

/// Records that wait to be written, in order. Beyond `maximum` it loses resolution, not history: every second step of the older ones goes, then
/// quiet messages. Epochs, orders, checkpoints, ends and the answers that the store would keep stay whatever happens.
struct Backlog {
    /// What had to go since it was last asked.
    struct Dropped: Equatable {
        var steps = 0
        /// Numbers of the steps between which some are missing.
        var range: ClosedRange<Int>?
        var messages = 0

        var isEmpty: Bool { steps == 0 && messages == 0 }

        /// `5000 steps between 1 and 20000, 3 messages`
        var words: String {
            var parts: [String] = []
            if let range { parts.append("\(steps) steps between \(range.lowerBound) and \(range.upperBound)") }
            if messages > 0 { parts.append("\(messages) messages") }
            return parts.joined(separator: ", ")
        }
    }

    private(set) var records: [TimedEvent] = []
    private(set) var dropped = Dropped()
    private let maximum: Int
    /// The size at which it is thinned next: where nothing more can go, not at each record.
    private var threshold: Int

    init(maximum: Int) {
        self.maximum = maximum
        threshold = maximum
    }

    mutating func append(_ record: TimedEvent) {
        records.append(record)
        if records.count > threshold { thin() }
    }

    /// Hands over everything.
    mutating func takeAll() -> [TimedEvent] {
        defer { records = [] }
        return records
    }

    /// Puts records back in front of those that came meanwhile.
    mutating func putBack(_ earlier: consuming [TimedEvent]) {
        let later = records
        records = []
        earlier.append(contentsOf: later)
        records = earlier
        dropOldAnswers()
        if records.count > threshold { thin() }
    }

    /// What was dropped, once.
    mutating func takeDropped() -> Dropped {
        defer { dropped = Dropped() }
        return dropped
    }

    private mutating func thin() {
        dropOldAnswers()
        dropOldTimes()
        // The newest quarter stays whole: that is what a person looks at.
        let recent = records.count - maximum / 4
        var isOdd = false
        var kept: [TimedEvent] = []
        kept.reserveCapacity(records.count)
        for (index, record) in records.enumerated() {
            if index < recent, case .step(let step) = record.event {
                isOdd.toggle()
                if !isOdd {
                    dropped.steps += 1
                    dropped.range =
                        min(dropped.range?.lowerBound ?? step.step, step.step)...max(dropped.range?.upperBound ?? step.step, step.step)
                    continue
                }
            }
            kept.append(record)
        }
        records = kept
        if records.count > maximum {
            let excess = records.count - maximum
            var gone = 0
            records.removeAll { record in
                guard gone < excess, case .message(let level, _) = record.event, level == .debug || level == .info else { return false }
                gone += 1
                return true
            }
            dropped.messages += gone
        }
        threshold = max(maximum, records.count + maximum / 4)
    }

    /// How long the run was worked on is told again and again: the last time says all.
    private mutating func dropOldTimes() {
        guard let last = records.lastIndex(where: \.tellsTime) else { return }
        var index = -1
        records.removeAll { record in
            index += 1
            return index < last && record.tellsTime
        }
    }

    /// The store keeps the answers of the best and the last epoch: of those that wait only these are worth their memory.
    private mutating func dropOldAnswers() {
        var newest = Int.min, told: Set<Int> = [], best: Int?, count = 0
        for record in records {
            switch record.event {
            case .answers(let epoch, _): (newest, count) = (max(newest, epoch), count + 1)
            case .epoch(let epoch):
                told.insert(epoch.epoch)
                if epoch.isBest { best = epoch.epoch }
            default: break
            }
        }
        guard count > 2 else { return }
        records.removeAll { record in
            guard case .answers(let epoch, _) = record.event else { return false }
            return epoch < newest && epoch != best && told.contains(epoch)
        }
    }
}

extension TimedEvent {
    fileprivate var tellsTime: Bool { if case .worked = event { true } else { false } }
}
