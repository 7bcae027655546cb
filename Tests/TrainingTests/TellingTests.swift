// What a run tells against what its plan said that it would.
import Records
import Testing

@testable import Training

@Suite("What a plan announces")
struct TellingTests {
    @Test(
        "Steps and epochs tell what the plan announced and nothing else; a step without labelled clips has no class term",
        arguments: [AdaptationSettings.Method.dann, .coral, .supervised, .none])
    func announced(method: AdaptationSettings.Method) throws {
        let experiment = AdaptationTests.experiment(method)
        let (_, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        let plan = try #require(events.plans.first)
        var told: Set<String> = []
        for step in events.steps { step.values.forEach { id, _ in told.insert(id) } }
        #expect(told == Set(plan.series.map(\.id)), "every series that a plan announces is told by some step")
        let alternates = experiment.adaptation.batches == .alternating
        for step in events.steps {
            let isHidden = alternates && step.domain == .target && method != .supervised
            #expect((step.values.classLoss == nil) == isHidden && (step.values.classAccuracy == nil) == isHidden)
            #expect(step.values.totalLoss != nil && (step.values.alpha != nil) == method.aligns)
        }
        let scores = Set(events.epochs.flatMap(\.scores).flatMap(\.values).map { "\($0.head).\($0.name)" })
        #expect(scores == Set(plan.metrics.map { "\($0.head).\($0.name)" }))
        #expect(plan.mainMetric == plan.metrics.first && plan.mainMetric?.baseline == Metric.Baseline("chance", 0.25))
        #expect(
            events.epochs.allSatisfy { epoch in epoch.source?.values.contains { value in TargetScore(rawValue: value.name) != nil } == false
            })
    }

    @Test("A plan tells how target clips are used, what the run follows, and of how many clips")
    func plan() throws {
        func plan(_ method: AdaptationSettings.Method) throws -> RunPlan {
            var experiment = AdaptationTests.experiment(method)
            experiment.training.epochs = 1
            experiment.adaptation.alpha = AlphaSchedule()
            return try #require(try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }.events.plans.first)
        }
        let dann = try plan(.dann)
        #expect(
            dann.adaptation
                == PlannedAdaptation(method: "dann", aligns: true, hasDiscriminator: true, learnsFromTargetLabels: false, alternates: true))
        let alpha = try #require(dann.schedule(SeriesName.alpha))
        #expect(alpha.name == "conservative" && alpha.rampStart == 4 && dann.steps == 8)
        #expect(dann.schedule(SeriesName.learningRate)?.name == "cosine, restarts 10 ×2")
        #expect(dann.source == "studio" && dann.target == "crowd")
        #expect(dann.samples == [.sourceTraining: 32, .sourceValidation: 16, .targetTraining: 32, .targetValidation: 16])
        #expect(dann.preparation == Synthetic.preparation.record)
        let coral = try plan(.coral)
        #expect(coral.adaptation?.hasDiscriminator == false && coral.adaptation?.aligns == true && coral.adaptation?.alternates == false)
        let supervised = try plan(.supervised)
        #expect(supervised.adaptation?.learnsFromTargetLabels == true && supervised.schedule(SeriesName.alpha) == nil)
        let alone = try plan(.none)
        #expect(alone.adaptation == nil && alone.target == nil && alone.schedules.map(\.series) == [SeriesName.learningRate.id])
    }
}
