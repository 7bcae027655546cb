// What a run of any task tells comes back by name: through the recorder, the store's readers and the tables of its folder.
import Base
import Corpora
import Foundation
import Records
import TestSupport
import Testing

@testable import Store

@Suite("Records by name")
struct NamedRecordTests {
    private static let task = LearningTask(
        targets: [
            "emotion": .classes(["anger", "happy", "sad"]),
            "affect": .values([Dimension("valence", from: -1, to: 1), Dimension("arousal", from: -1, to: 1)]),
        ], heads: [Head("emotion", target: "emotion"), Head("affect", target: "affect")])
    private static let terms = [Series(.term, "class"), Series(.term, "value"), Series(.term, "triplet")]
    private static let ccc = Series(.metric, "ccc.valence", of: "affect")
    private static let plan = RunPlan(
        stepsPerEpoch: 2, epochs: 1, batchSize: 4, task: task, source: "studio", samples: [.sourceTraining: 8, .sourceValidation: 3],
        split: "by speaker", splitHash: "ab", series: terms + [ccc, SeriesName.total],
        metrics: [
            Metric("accuracy", of: "emotion", .higherIsBetter, from: 0, to: 1),
            Metric("ccc.valence", of: "affect", title: "CCC of valence", .higherIsBetter, from: -1, to: 1),
            Metric("ccc.arousal", of: "affect", .higherIsBetter, from: -1, to: 1),
        ], parameters: 10, trainableParameters: 10)

    private static let samples = [
        RunSample(
            .sourceTraining, clip: "a", unit: .span(0..<2500), speaker: "1", truth: ["emotion": .label(2), "affect": .values([0.5, -1])]),
        RunSample(.sourceValidation, clip: "b", unit: .span(0..<2500), speaker: "2", truth: ["emotion": .label(0)]),
        RunSample(.sourceValidation, clip: "b", unit: .span(2500..<5000), speaker: "2", truth: ["affect": .values([0.25, 0])]),
        RunSample(.sourceValidation, clip: "b", unit: .span(12_500..<15_000), speaker: "2"),
    ]
    private static let steps = [
        StepRecord(
            step: 1, epoch: 1, domain: .source,
            values: ["term.class": 1.5, "term.value": 0.25, "term.triplet": 0, "metric.ccc.valence.affect": .nan, "term.total": 1.75],
            samples: 4, seconds: 0.5),
        // No sample with a class: the term is absent.
        StepRecord(step: 2, epoch: 1, domain: .source, values: ["term.value": 0.125, "term.total": 0.125], samples: 3, seconds: 0.25),
    ]
    private static let epoch = EpochRecord(
        epoch: 1, step: 2,
        scores: [
            PartScores(
                .sourceValidation, samples: 3,
                values: [
                    MetricValue("accuracy", of: "emotion", 1), MetricValue("ccc.valence", of: "affect", nil),
                    MetricValue("ccc.arousal", of: "affect", -0.5),
                ], confusions: ["emotion": [[1, 0, 0], [0, 0, 0], [0, 0, 0]]])
        ], isBest: true, seconds: 0.75)
    private static let answers = samples.dropFirst().map {
        Answer($0.part, clip: $0.clip, unit: $0.unit, outputs: ["emotion": [0.5, 0.25, 0.25], "affect": [0.75, -0.5]])
    }

    @Test("A class head, a value head, windows and three terms come back equal, from the store and as tables")
    func roundTrip() throws {
        let folder = try TemporaryFolder(), store = try RunStore(at: folder.store)
        let run = try store.createRun(name: "windows", experiment: "name = \"windows\"", seed: 1, system: "invented", selection: .source)
        try store.recordSamples(Self.samples, run: run.id)
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.started(Self.plan))
        Self.steps.forEach { recorder.record(.step($0)) }
        recorder.record(.answers(epoch: 1, Self.answers))
        recorder.record(.epoch(Self.epoch))
        try recorder.close()

        #expect(try store.steps(run: run.id) == Self.steps && store.epochs(run: run.id) == [Self.epoch])
        #expect(try store.samples(run: run.id) == Self.samples, "windows of a clip stand in their order in time")
        let answers = try #require(try store.bestAnswers(run: run.id))
        #expect(answers.answers == zip(Self.samples.dropFirst(), Self.answers).map { SampleAnswer($0, outputs: $1.outputs) })
        #expect(answers.answers.map { $0.isRight(Self.task.heads[0]) } == [true, nil, nil])
        let stored = try #require(try store.run(run.id))
        #expect(stored.plan == Self.plan && stored.summary.system == "invented" && stored.summary.selection == .source)
        #expect(stored.summary.mainMetric == Self.plan.metrics[0] && stored.summary.score(.sourceValidation) == 1)
        #expect(stored.summary.score(.targetValidation) == nil && !stored.summary.uuid.isEmpty)

        func table(_ name: String) throws -> String {
            try String(contentsOf: store.runFolder(of: run).appendingPathComponent(name), encoding: .utf8)
        }
        #expect(
            try table("metrics.csv") == """
                step,epoch,domain,samples,seconds,waiting_seconds,class_loss,value_loss,triplet_loss,affect_ccc.valence,total_loss
                1,1,source,4,0.5,0.0,1.5,0.25,0.0,nan,1.75
                2,1,source,3,0.25,0.0,,0.125,,,0.125

                """)
        #expect(
            try table("epochs.csv") == """
                epoch,step,part,is_best,samples,emotion_accuracy,affect_ccc.valence,affect_ccc.arousal
                1,2,sourceValidation,1,3,1.0,,-0.5

                """)
        // A plan of other columns makes both tables anew.
        var other = Self.plan
        other.series.removeFirst(3)
        other.metrics.removeFirst()
        let further = RunRecorder(store: store, run: try #require(try store.summary(of: run.id)))
        further.record(.replanned(step: 2, other, experiment: "name = \"windows\""))
        try further.close()
        #expect(try table("metrics.csv").split(separator: "\n")[1...] == ["1,1,source,4,0.5,0.0,nan,1.75", "2,1,source,3,0.25,0.0,,0.125"])
        #expect(try table("epochs.csv").split(separator: "\n").last == "1,2,sourceValidation,1,3,,-0.5")
    }

    @Test("An answer of a sample that nobody announced is kept, and samples told again keep their numbers")
    func strangers() throws {
        let folder = try TemporaryFolder(), store = try RunStore(at: folder.store)
        let run = try store.createRun(name: "a", experiment: "", seed: 1)
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.answers(epoch: 1, Self.answers))
        try recorder.close()
        try store.recordSamples(Self.samples.dropLast(), run: run.id)
        // The last one is answered, and stays with what is known of it.
        #expect(try store.samples(run: run.id).map(\.speaker) == ["1", "2", "2", ""])
        let truths = try store.latestAnswers(run: run.id)?.answers.map(\.sample.truth)
        #expect(truths == [["emotion": .label(0)], ["affect": .values([0.25, 0])], [:]])
        try store.recordSamples([], run: run.id)
        #expect(try store.samples(run: run.id).map(\.part) == [.sourceValidation, .sourceValidation, .sourceValidation])
    }

    @Test("Scores of test parts stand in the run's row once it is over, and go when it goes on")
    func testParts() throws {
        let folder = try TemporaryFolder(), store = try RunStore(at: folder.store)
        let run = try store.createRun(name: "a", experiment: "", seed: 1)
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.started(Sample.plan))
        recorder.record(.epoch(Sample.epoch(1, accuracy: 0.5, isBest: true)))
        let tests = [Sample.scores(.sourceTest, 0.25), Sample.scores(.targetTest, nil)]
        recorder.record(.finished(Sample.report(bestEpoch: 1, epochs: 1, steps: 10, tests)))
        try recorder.close()
        let ended = try #require(try store.runs().first)
        #expect(ended.score(.sourceTest) == 0.25 && ended.score(.targetTest) == nil && ended.score(.targetTest, MetricName.loss) == 0.7)
        #expect(ended.score(.sourceValidation, MetricName.macroF1) == 0.25)
        #expect(
            try store.epochs(run: run.id) == [Sample.epoch(1, accuracy: 0.5, isBest: true)], "an epoch tells of the parts that validate")
        // Only a run that ended is resumed: this process would hold it otherwise.
        let resumed = try store.resumeRun(run.id, after: 10)
        #expect(resumed.score(.sourceTest) == nil && resumed.score(.sourceValidation) == 0.5)
        #expect(try store.run(run.id)?.finalReport == nil)
    }
}
