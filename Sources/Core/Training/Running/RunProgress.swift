// Where a run stands: all that a resumed run needs beside weights and optimiser state.
import Records

struct RunProgress: Codable, Equatable {
    /// The epoch in progress, from 1, and steps of it that are done.
    var epoch = 1
    var stepsInEpoch = 0
    /// Steps done since the start.
    var step = 0
    var best: EpochRecord?
    /// Epochs closed since the best one.
    var epochsSinceBest = 0
    /// Of a plateau schedule; nil before its first epoch, and for others.
    var plateau: PlateauProgress?
    /// Seconds of steps, and samples in them; pauses and validation left out.
    var stepSeconds = 0.0
    var samples = 0
    /// The target clips that a model chose at the start; nil where the choice can be made again from seed and names.
    var subset: [String]?
    /// Numbers of the orders that were carried out since the last step; nil in checkpoints of earlier versions.
    var ordersSinceStep: [Int64]?
    /// Steps in a row that were left out since a number went wrong; nil for none.
    var skipped: Int?
    /// How often the run went back to a checkpoint, and what its learning rate is multiplied with since; nil where it never did.
    var goneBack: GoneBack?
    /// Nil before the first step of a run with a discriminator.
    var discriminator: DiscriminatorWatch?

    struct GoneBack: Codable, Equatable {
        var times = 0
        var rateFactor = 1.0
    }

    /// Counts a step that was taken or left out.
    mutating func advance() {
        step += 1
        stepsInEpoch += 1
        ordersSinceStep = []
    }

    /// Notes orders that were dealt with since the last step.
    mutating func note(orders numbers: [Int64]) { ordersSinceStep = (ordersSinceStep ?? []) + numbers }

    /// Whether a checkpoint with this progress was written after the order was carried out. Of a checkpoint of earlier versions it may be
    /// said that it was not: to carry out all orders of one step again, in order, changes nothing.
    func holds(_ order: AppliedOrder) -> Bool { order.step < step || ordersSinceStep?.contains(order.id) == true }

    /// Whether `record` beats the best so far: by the main metric of the chosen domain, or by a label-free score of the target. Ties go to the
    /// lower loss, of the source where labels do not choose; an epoch without the score loses to one with it.
    func isBetter(_ record: EpochRecord, by selection: Selection, _ metric: Metric) -> Bool {
        guard let best else { return true }
        func value(_ record: EpochRecord) -> Double? {
            guard let score = selection.targetScore else { return Self.scores(record, selection)?[metric.name, of: metric.head] }
            return record[.targetValidation]?[score.rawValue, of: metric.head]
        }
        func loss(_ record: EpochRecord) -> Double? { Self.scores(record, selection)?[MetricName.loss, of: metric.head] }
        switch (value(record), value(best)) {
        case (let new?, let old?) where new != old:
            return selection.targetScore?.isBetter(new, than: old) ?? metric.isBetter(new, than: old)
        case (.some, nil): return true
        case (nil, .some): return false
        default: return Self.isLower(loss(record), loss(best))
        }
    }

    private static func isLower(_ a: Double?, _ b: Double?) -> Bool { (a ?? .infinity) < (b ?? .infinity) }

    func isPatienceSpent(_ patience: Int) -> Bool { patience > 0 && epochsSinceBest >= patience }

    /// Tells a plateau schedule how an epoch went: the target's validation loss where its labels choose the checkpoint, else the source's. Warm-up
    /// epochs do not count.
    /// - Parameter metric: the main one; the loss is of its head.
    mutating func observe(_ record: EpochRecord, _ schedule: LearningRateSchedule, by selection: Selection, _ metric: Metric) {
        guard schedule.kind == .plateau, Double(record.epoch) > schedule.warmUp else { return }
        let values = Self.scores(record, selection)?.values ?? []
        guard let loss = values.first(where: { $0.name == MetricName.loss && $0.head == metric.head }) else { return }
        var watcher = plateau ?? PlateauProgress()
        watcher.observe(loss.value ?? .nan, schedule)
        plateau = watcher
    }

    private static func scores(_ record: EpochRecord, _ selection: Selection) -> PartScores? {
        (selection == .oracle ? record[.targetValidation] : nil) ?? record[.sourceValidation]
    }
}
