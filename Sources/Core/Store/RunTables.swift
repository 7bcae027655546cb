// The two tables of a run's folder. Their columns are those of the run's plan.
import Base
import Foundation
import Records

/// The columns of a run's tables: those that every run has, then a column a series or a metric of its plan.
struct RunTableLayout: Equatable {
    private enum EpochColumn: String, CaseIterable {
        case epoch, step, part
        case isBest = "is_best"
        case samples
    }

    private let series: [Series]
    private let metrics: [Metric]

    init(_ plan: RunPlan) { (series, metrics) = (plan.series, plan.metrics) }

    var metricsHeader: String { (StepColumn.allCases.map(\.rawValue) + series.map(\.column)).joined(separator: ",") }

    var epochsHeader: String {
        (EpochColumn.allCases.map(\.rawValue) + metrics.map { $0.head.isEmpty ? $0.name : "\($0.head)_\($0.name)" }).joined(separator: ",")
    }

    func line(_ step: StepRecord) -> String {
        let fixed = StepColumn.allCases.map { column in
            switch column {
            case .step: "\(step.step)"
            case .epoch: "\(step.epoch)"
            case .domain: step.domain.rawValue
            case .samples: "\(step.samples)"
            case .seconds: "\(step.seconds)"
            case .waitingSeconds: "\(step.waitingSeconds)"
            }
        }
        return (fixed + series.map { Self.text(step[$0]) }).joined(separator: ",")
    }

    func lines(_ epoch: EpochRecord) -> [String] {
        epoch.scores.map { scores in
            let fixed = EpochColumn.allCases.map { column in
                switch column {
                case .epoch: "\(epoch.epoch)"
                case .step: "\(epoch.step)"
                case .part: scores.part.rawValue
                case .isBest: epoch.isBest ? "1" : "0"
                case .samples: "\(scores.samples)"
                }
            }
            return (fixed + metrics.map { Self.text(scores[$0.name, of: $0.head]) }).joined(separator: ",")
        }
    }

    /// Swift prints the shortest digits that give the number back, with a point in every locale.
    private static func text(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }

    /// Puts both tables in place of the files.
    func write(to folder: URL, steps: [StepRecord], epochs: [EpochRecord]) throws {
        let metrics = ([metricsHeader] + steps.map(line)).joined(separator: "\n") + "\n"
        let scores = ([epochsHeader] + epochs.flatMap(lines)).joined(separator: "\n") + "\n"
        try DurableFile.write(metrics, to: folder.appendingPathComponent(RunFolder.metricsFile))
        try DurableFile.write(scores, to: folder.appendingPathComponent(RunFolder.epochsFile))
    }
}

/// The tables of a run that goes on, open for appending.
final class RunTables {
    let layout: RunTableLayout
    private let metrics: LineWriter
    private let epochs: LineWriter

    init(_ folder: URL, _ layout: RunTableLayout) throws {
        self.layout = layout
        metrics = try LineWriter(folder.appendingPathComponent(RunFolder.metricsFile), header: layout.metricsHeader)
        epochs = try LineWriter(folder.appendingPathComponent(RunFolder.epochsFile), header: layout.epochsHeader)
    }

    /// False where somebody deleted or replaced one of them.
    var areInPlace: Bool { metrics.isInPlace && epochs.isInPlace }

    func append(_ records: some Sequence<TimedEvent>) throws {
        var steps: [String] = [], scores: [String] = []
        for record in records {
            switch record.event {
            case .step(let step): steps.append(layout.line(step))
            case .epoch(let epoch): scores += layout.lines(epoch)
            default: break
            }
        }
        try metrics.append(steps)
        try epochs.append(scores)
    }

    func synchronise() throws {
        try metrics.synchronise()
        try epochs.synchronise()
    }
}
