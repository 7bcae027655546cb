// A run that no system of today makes: classes and values, windows as samples, three terms of the loss. Commands and panes read it by name.
import Base
import Corpora
import Foundation
import Records
import Store
import Testing
import TestSupport

extension EndToEnd {
    @Suite(.serialized) struct MadeUpRunTests {
        private static let classes = Head("emotion", target: "emotion"), affect = Head("affect", target: "affect")
        private static let targets: [String: Target] = [
            "emotion": .classes(["anger", "happy", "sad"]),
            "affect": .values([Dimension("valence", from: -1, to: 1), Dimension("arousal", from: -1, to: 1)]),
        ]
        private static let metrics: [String: [Metric]] = [
            "emotion": [
                Metric("accuracy", of: "emotion", .higherIsBetter, from: 0, to: 1, baseline: .init("chance", 1.0 / 3)),
                Metric("loss", of: "emotion", .lowerIsBetter, from: 0, unit: "nats"),
            ],
            "affect": [
                Metric(
                    "ccc.valence", of: "affect", title: "CCC of valence", .higherIsBetter, from: -1, to: 1, baseline: .init("constant", 0)),
                Metric("rmse.valence", of: "affect", title: "RMSE of valence", .lowerIsBetter, from: 0),
            ],
        ]
        private static let windows = [
            RunSample(.sourceTraining, clip: "a", unit: .span(0..<2500), speaker: "1", truth: ["emotion": .label(2)]),
            RunSample(
                .sourceValidation, clip: "b", unit: .span(0..<2500), speaker: "2",
                truth: ["emotion": .label(0), "affect": .values([0.5, -1])]),
            RunSample(.sourceValidation, clip: "b", unit: .span(2500..<5000), speaker: "2", truth: ["affect": .values([0.25, 0])]),
            RunSample(.sourceValidation, clip: "b", unit: .span(12_500..<15_000), speaker: "2"),
        ]

        /// The main head comes first.
        private static let orders = [[classes, affect], [affect, classes]]

        /// A home with a run for each order of heads.
        private static func home(_ orders: [[Head]]) throws -> Home {
            let home = try Home(), store = try RunStore(at: home.store)
            let clips = ["a", "b"].map {
                Clip(name: $0, corpus: "studio", speaker: $0 == "a" ? "1" : "2", emotion: "happy", video: "/nowhere/\($0).mp4")
            }
            try store.addCorpus(name: "studio", format: "table", folder: "/nowhere", scan: CorpusScan(clips: clips, rejected: []))
            for heads in orders {
                let run = try store.createRun(
                    name: "\(heads[0].name)-windows", experiment: "name = \"\(heads[0].name)-windows\"\nsystem = \"invented\"\n", seed: 1,
                    system: "invented", selection: .source)
                try store.recordSamples(windows, run: run.id)
                let recorder = RunRecorder(store: store, run: run)
                let terms = ["class", "value", "triplet"].map { Series(.term, $0) }
                recorder.record(
                    .started(
                        RunPlan(
                            stepsPerEpoch: 2, epochs: 1, batchSize: 2, task: LearningTask(targets: targets, heads: heads), source: "studio",
                            samples: [.sourceTraining: 1, .sourceValidation: 3], split: "by speaker", splitHash: "ab",
                            series: terms + [SeriesName.total, SeriesName.learningRate], metrics: heads.flatMap { metrics[$0.name] ?? [] },
                            schedules: [PlannedSchedule(SeriesName.learningRate, name: "constant", values: [0.01, 0.01])], parameters: 10,
                            trainableParameters: 10)))
                for step in 1...2 {
                    var values: StepValues = ["term.value": 0.25, "term.triplet": 0.5, "term.total": 2, "schedule.learning_rate": 0.01]
                    // The second has no sample with a class.
                    if step == 1 { values["term.class"] = 1.25 }
                    recorder.record(.step(StepRecord(step: step, epoch: 1, domain: .source, values: values, samples: 2, seconds: 0.5)))
                }
                recorder.record(
                    .answers(
                        epoch: 1,
                        windows.dropFirst().map {
                            Answer(
                                $0.part, clip: $0.clip, unit: $0.unit, outputs: ["emotion": [0.5, 0.25, 0.25], "affect": [0.75, -0.5]])
                        }))
                let scores = PartScores(
                    .sourceValidation, samples: 3,
                    values: [
                        MetricValue("accuracy", of: "emotion", 1), MetricValue("loss", of: "emotion", 0.75),
                        MetricValue("ccc.valence", of: "affect", 0.625), MetricValue("rmse.valence", of: "affect", nil),
                    ], confusions: ["emotion": [[1, 0, 0], [0, 0, 0], [0, 0, 0]]])
                recorder.record(.epoch(EpochRecord(epoch: 1, step: 2, scores: [scores], isBest: true, seconds: 0.5)))
                recorder.record(
                    .finished(FinalReport(bestEpoch: 1, epochs: 1, steps: 2, scores: [scores], seconds: 1.5, samplesPerSecond: 4)))
                try recorder.close()
            }
            return home
        }

        @Test("Commands print its plan, scores and confusions by name, as text and as JSON")
        func commands() throws {
            let home = try Self.home(Self.orders)
            let shown = try home.json("runs", "show", "1", "--json"), plan = shown["run"]["plan"]
            #expect(plan["task"]["heads"].array.map { $0["name"].string } == ["emotion", "affect"])
            #expect(plan["series"].array.compactMap { $0["name"].string } == ["class", "value", "triplet", "total", "learning_rate"])
            let scores = shown["epochs"][0].part("sourceValidation")
            #expect(scores.metric("accuracy").double == 1 && scores.metric("ccc.valence", of: "affect").double == 0.625)
            #expect(scores.metric("rmse.valence", of: "affect") == .null && scores.confusion.array.count == 3)
            let texts = try ["1", "2"].map { try RunningProgram(["runs", "show", $0], in: home).finish() }
            for text in texts {
                #expect(text.status == 0 && text.output.contains("CCC of valence") && text.output.contains("0.625"), "\(text.output)")
            }
            #expect(texts[0].output.contains("validation: source 1.000 on 1 labelled of 3 clips"), "\(texts[0].output)")
            #expect(texts[1].output.contains("validation: source 0.625 on 3 clips"), "\(texts[1].output)")
            let list = try home.json("runs", "--json").array
            #expect(list.map { $0["scores"]["sourceValidation"]["ccc.valence"].double } == [0.625, nil])
            #expect(try home.emolab("runs").output.contains("accuracy, ccc.valence of the best epoch"))
            for (run, name) in [(1, "emotion"), (2, "affect")] {
                let folder = home.runs.appendingPathComponent("000\(run)-\(name)-windows-1")
                let rows = try String(contentsOf: folder.appendingPathComponent("metrics.csv"), encoding: .utf8).split(separator: "\n")
                #expect(rows[0].hasSuffix(",class_loss,value_loss,triplet_loss,total_loss,learning_rate"))
                #expect(
                    rows.dropFirst().map { $0.hasSuffix(",1.25,0.25,0.5,2.0,0.01") } == [true, false], "the class term of step 2 is absent")
            }
        }

        @Test("Every pane shows it, or says plainly what it cannot draw", arguments: [(80, 24), (160, 50), (20, 6)])
        func panes(columns: Int, rows: Int) throws {
            for heads in Self.orders {
                let home = try Self.home([heads])
                for pane in ["corpora", "train", "adaptation", "confusion", "clip", "errors", "runs", "parameters", "log"] {
                    let frame = try RunningProgram(["--once", pane, "--size", "\(columns)x\(rows)", "--colors", "none"], in: home).finish()
                    #expect(frame.status == 0 && frame.errors == "", "\(pane), \(heads[0].name): \(frame.errors)")
                    guard columns >= 80, heads[0] == Self.affect, ["confusion", "errors"].contains(pane) else { continue }
                    #expect(frame.output.contains("answers with values (valence, arousal)"), "\(pane): \(frame.output)")
                }
            }
        }
    }
}
