// Records of a run of one head of classes, written shortly.
import Records

extension PlannedAdaptation {
    static let dann = of("dann", hasDiscriminator: true), cdan = of("cdan", hasDiscriminator: true)
    static let coral = of("coral", alternates: false), mmd = of("mmd", alternates: false)
    static let supervised = PlannedAdaptation(
        method: "supervised", aligns: false, hasDiscriminator: false, learnsFromTargetLabels: true, alternates: true)

    private static func of(_ method: String, hasDiscriminator: Bool = false, alternates: Bool = true) -> PlannedAdaptation {
        PlannedAdaptation(
            method: method, aligns: true, hasDiscriminator: hasDiscriminator, learnsFromTargetLabels: false, alternates: alternates)
    }
}

extension StepRecord {
    /// - Parameter classLoss: not a number where the step's was none; nil where the step had no labelled sample.
    init(
        step: Int, epoch: Int = 1, domain: Domain = .source, classLoss: Double?, domainLoss: Double? = nil, domainAccuracy: Double? = nil,
        alpha: Double? = nil, learningRate: Double = 1e-3, samples: Int = 4, seconds: Double = 0.1, waitingSeconds: Double = 0
    ) {
        self.init(step: step, epoch: epoch, domain: domain, samples: samples, seconds: seconds, waitingSeconds: waitingSeconds)
        func add(_ series: Series, _ value: Double?) { if let value { values.append(series.id, value) } }
        add(Series(.term, "class"), classLoss)
        add(SeriesName.domain, domainLoss)
        add(SeriesName.total, (classLoss ?? 0) + (domainLoss ?? 0))
        add(SeriesName.domainAccuracy, domainAccuracy)
        add(SeriesName.alpha, alpha)
        add(SeriesName.learningRate, learningRate)
    }
}

extension EpochRecord {
    /// Changes a value of a validation part; nil takes it away.
    mutating func set(_ domain: Domain, _ name: String, of head: String = Sample.head, _ value: Double?) {
        change(domain) { part in
            part.values.removeAll { $0.name == name && $0.head == head }
            if let value { part.values.append(MetricValue(name, of: head, value)) }
        }
    }

    mutating func set(_ domain: Domain, confusion: [[Int]]) { change(domain) { $0.confusions[Sample.head] = confusion } }

    private mutating func change(_ domain: Domain, _ body: (inout PartScores) -> Void) {
        for index in scores.indices where scores[index].part == Part(domain, .validation) { body(&scores[index]) }
    }
}
