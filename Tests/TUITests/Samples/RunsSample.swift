import Foundation
import Records
import Store

@testable import TUI

extension Sample {
    /// A time that reads the same wherever the tests run.
    static let noon: Date = {
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour, parts.tm_isdst) = (126, 2, 9, 12, -1)
        return Date(timeIntervalSince1970: Double(mktime(&parts)))
    }()

    static func summary(
        _ id: Int64, _ name: String, seed: UInt64, state: RunState = .finished, reason: String? = nil, parent: Int64? = nil,
        source: Double? = nil,
        target: Double? = nil, minutes: Double = 38, oracle: Bool = false
    ) -> RunSummary {
        let started = noon.addingTimeInterval(Double(id) * 3600)
        var run = RunSummary(
            id: id, name: name, seed: seed, parent: parent, state: state, folder: "runs/00\(id)-\(name)-\(seed)", created: started)
        (run.reason, run.started, run.ended, run.pid, run.host) = (reason, started, started.addingTimeInterval(minutes * 60), 1, "lab3")
        if source != nil { (run.step, run.epoch, run.bestEpoch) = (6624, 23, 19) }
        run.mainMetric = Metric(MetricName.accuracy, of: "emotion", .higherIsBetter, from: 0, to: 1)
        if let source { run.scores[.sourceValidation] = [MetricName.accuracy: source, MetricName.macroF1: source - 0.012] }
        if let target { run.scores[.targetValidation] = [MetricName.accuracy: target, MetricName.macroF1: target - 0.02] }
        (run.selection, run.revision, run.worked) = (.source, 1, minutes * 60)
        run.targetLabelUse = oracle ? "oracle: learns from target labels" : nil
        return run
    }

    /// Every state, three seeds of two experiments, a child.
    static func runs() -> RunsView {
        var view = RunsView()
        view.state = .ready
        view.isComplete = true
        view.version = 1
        let summaries = [
            summary(42, "full", seed: 123, state: .running, parent: 37, source: 0.846, target: 0.671),
            summary(41, "full", seed: 7, state: .paused, source: 0.8, target: 0.61),
            summary(
                40, "full-alpha-1", seed: 42, state: .failed,
                reason: "the class loss is not a number since step 1 998; lower optimiser.learning_rate", source: 0.41, target: 0.22,
                minutes: 3),
            summary(39, "supervised", seed: 42, source: 0.851, target: 0.787, oracle: true),
            summary(38, "source-only", seed: 2024, state: .interrupted, source: 0.79, target: 0.52),
            summary(37, "full", seed: 42, source: 0.839, target: 0.655), summary(36, "full", seed: 123, source: 0.85, target: 0.66),
            summary(35, "full", seed: 2024, source: 0.828, target: 0.641),
            summary(34, "source-only", seed: 123, source: 0.85, target: 0.548),
            summary(33, "source-only", seed: 42, source: 0.846, target: 0.562),
            summary(32, "audio-only", seed: 42, state: .stopped, minutes: 1),
        ]
        view.rows = summaries.map { RunRow($0) }
        return view
    }

    static func manyRuns(_ count: Int) -> RunsView {
        var view = runs()
        let names = ["full", "source-only", "cdan-joint"]
        view.rows = stride(from: count, through: 1, by: -1).map { (id: Int) -> RunRow in
            let source = Double(id % 101) / 101, target = Double(id % 89) / 89
            return RunRow(summary(Int64(id), names[id % 3], seed: UInt64(id % 7), source: source, target: target))
        }
        return view
    }

    static let seedGroups = SeedGroups(groups: [42: 0, 41: 0, 40: 1, 39: 2, 38: 3, 37: 0, 36: 0, 35: 0, 34: 3, 33: 3, 32: 4])

    /// Marked runs that learned a little differently.
    static func compared(_ ids: [Int64] = [37, 33], epochs: Int = 23) -> ComparedRuns {
        ComparedRuns(runs: ids.indices.map { comparedRun(ids[$0], place: $0, epochs: epochs) })
    }

    private static func comparedRun(_ id: Int64, place: Int, epochs: Int) -> ComparedRuns.Run {
        var curves = StepCurves()
        for step in stride(from: 1, through: epochs * 288, by: 8) {
            let loss: Double = 0.5 + Double(place) * 0.2 + 1.4 * exp(-Double(step) / 900)
            curves.take(StepRecord(step: step, classLoss: loss, learningRate: 1e-4))
        }
        var records = train(upTo: epochs * 288).epochs
        for index in records.indices {
            guard let accuracy = records[index].target(head)?.accuracy else { continue }
            records[index].set(.target, MetricName.accuracy, accuracy - 0.08 * Double(place + 1))
        }
        let row = runs().rows.first { $0.id == id }
        var settings = ["model.lora.rank": "4", "training.seeds": "[42]"]
        settings["name"] = place == 0 ? "full" : "source-only"
        settings["adaptation.method"] = place == 0 ? "dann" : "none"
        settings["adaptation.alpha.maximum"] = place == 0 ? "0.095" : "0"
        settings["optimiser.learning_rate"] = place == 0 ? "5e-05" : "0.0001"
        return ComparedRuns.Run(
            id: id, summary: row?.summary ?? summary(id, "other", seed: 1), curves: curves, epochs: records, stepsPerEpoch: 288,
            head: head, settings: settings)
    }
}
