// What the Runs pane shows: a row a run with its texts made once, groups of seeds, and marked runs side by side.
import Corpora
import Foundation
import Records
import Store
import Viz

/// Every run of the store, newest first.
public struct RunsView: PaneModel {
    public enum State: Sendable, Equatable { case loading, ready }

    public var state = State.loading
    public var rows: [RunRow] = []
    /// True once the whole list was read; the newest runs come first.
    public var isComplete = false
    /// Grows with every change.
    public var version = 0

    public init() {}
}

/// One run as a row of the table. Its texts and numbers are made where it is read, so that filtering ten thousand rows makes none.
public struct RunRow: TableRow, Equatable {
    private final class Content: Sendable {
        let summary: RunSummary
        let state: TrainView.State
        let texts: [String?]
        let numbers: [Double]
        let search: String
        /// That it was worked on.
        let seconds: Double

        init(_ summary: RunSummary) {
            self.summary = summary
            state = TrainView.State(summary)
            seconds = summary.worked
            texts = RunColumn.allCases.map { $0.text(of: summary) }
            numbers = RunColumn.allCases.map { $0.number(of: summary) ?? .nan }
            search = texts.compactMap { $0?.lowercased() }.joined(separator: "\n")
        }
    }

    public let id: Int64
    private let content: Content

    public init(_ summary: RunSummary) {
        id = summary.id
        content = Content(summary)
    }

    public var summary: RunSummary { content.summary }
    public var state: TrainView.State { content.state }
    /// `full, seed 123`.
    public var title: String { "\(summary.name), seed \(summary.seed)" }
    /// By how much the source is better than the target, by the main metric of the best epoch.
    public var gap: Double? { summary.gap }

    public static let filterColumns = RunColumn.allCases.map(\.title)
    public static let exportColumns = [
        "state", "run", "experiment", "seed", "parent", "metric", "source", "target", "gap", "source_macro_f1", "target_macro_f1", "epoch",
        "duration_seconds", "started", "target_labels_used_for",
    ]
    public var exportValues: [DataValue] {
        let run = summary
        return [
            DataValue(state.word), DataValue(run.id), DataValue(run.name), .text("\(run.seed)"), DataValue(run.parent),
            DataValue(run.mainMetric?.name), DataValue(run.source), DataValue(run.target), DataValue(run.gap), DataValue(run.sourceMacroF1),
            DataValue(run.targetMacroF1),
            DataValue(run.epoch),
            DataValue(content.seconds), DataValue(run.started), DataValue(run.targetLabelUse),
        ]
    }
    public var filterWords: String { content.search }
    public func filterText(_ column: Int) -> String? { content.texts.indices.contains(column) ? content.texts[column] : nil }
    public func filterAlias(_ column: Int) -> String? { column == RunColumn.state.rawValue ? state.stored.name : nil }
    public func filterNumber(_ column: Int) -> Double? {
        guard content.numbers.indices.contains(column), content.numbers[column].isFinite else { return nil }
        return content.numbers[column]
    }

    public static func == (a: RunRow, b: RunRow) -> Bool { a.content === b.content || a.summary == b.summary }
}

extension RunSummary {
    // Of the best epoch on validation samples, by the main metric.
    var source: Double? { score(.sourceValidation) }
    var target: Double? { score(.targetValidation) }
    /// By how much the source is better.
    var gap: Double? { difference(source, target).map { mainMetric?.direction == .lowerIsBetter ? -$0 : $0 } }

    /// The main metric's values as it prints them: `.812`, `0.438`, `12.5`.
    func text(_ score: Double) -> String { mainMetric?.text(score) ?? Numbers.share(score) }
    func signedText(_ score: Double) -> String {
        guard let metric = mainMetric, !metric.isShare else { return Numbers.signedShare(score) }
        return (score < 0 ? "−" : "+") + Numbers.three(abs(score))
    }

    var sourceMacroF1: Double? { score(.sourceValidation, MetricName.macroF1) }
    var targetMacroF1: Double? { score(.targetValidation, MetricName.macroF1) }
}

extension TrainView.State {
    init(_ summary: RunSummary) {
        switch summary.state {
        case .running: self = summary.step == 0 ? .waiting : .training
        case .paused: self = .paused
        case .stopped: self = .stopped
        case .finished: self = .finished
        case .failed: self = .failed(summary.reason ?? "no reason was stored")
        case .interrupted: self = .interrupted
        case .planned: self = .planned
        }
    }

    /// What the store and commands call it.
    var stored: RunState {
        switch self {
        case .waiting, .training: .running
        case .paused: .paused
        case .stopped: .stopped
        case .finished: .finished
        case .interrupted: .interrupted
        case .failed: .failed
        case .planned: .planned
        }
    }

    /// One word, the name that commands have for it too. Of a run at work the screen also says whether its first step is done.
    var word: String {
        switch self {
        case .waiting: "waiting"
        case .training: "training"
        default: stored.name
        }
    }

    var mark: (glyph: String, role: Role) {
        switch self {
        case .waiting, .planned: ("○", .muted)
        case .training: ("●", .good)
        case .paused: ("‖", .target)
        case .stopped: ("■", .muted)
        case .finished: ("✓", .good)
        case .interrupted, .failed: ("✗", .bad)
        }
    }
}

/// The columns of the table: text, number, width.
enum RunColumn: Int, CaseIterable {
    case state, run, experiment, seed, parent, metric, source, target, gap, sourceF1, targetF1, epoch, duration, started, oracle

    var title: String {
        switch self {
        case .sourceF1: "source-f1"
        case .targetF1: "target-f1"
        default: String(describing: self)
        }
    }

    var table: TableColumn {
        switch self {
        case .state: TableColumn("state", width: 13, giveWay: 1)
        case .run: TableColumn("run", width: 5, alignment: .right)
        case .experiment: TableColumn("experiment", width: 16, giveWay: 1, isFlexible: true)
        case .seed: TableColumn("seed", width: 5, alignment: .right, giveWay: 3)
        case .parent: TableColumn("parent", width: 6, alignment: .right, giveWay: 6)
        case .metric: TableColumn("metric", width: 12, giveWay: 11)
        case .source: TableColumn("source", width: 6, alignment: .right, giveWay: 2)
        case .target: TableColumn("target", width: 6, alignment: .right)
        case .gap: TableColumn("gap", width: 6, alignment: .right, giveWay: 3)
        case .sourceF1: TableColumn("source F1", width: 9, alignment: .right, giveWay: 10)
        case .targetF1: TableColumn("target F1", width: 9, alignment: .right, giveWay: 9)
        case .epoch: TableColumn("epoch", width: 5, alignment: .right, giveWay: 7)
        case .duration: TableColumn("duration", width: 8, alignment: .right, giveWay: 5)
        case .started: TableColumn("started", width: 16, giveWay: 4)
        case .oracle: TableColumn("oracle", width: 6, giveWay: 8)
        }
    }

    func text(of run: RunSummary) -> String? {
        switch self {
        case .state: TrainView.State(run).word
        case .run: "\(run.id)"
        case .experiment: run.name
        case .seed: "\(run.seed)"
        case .parent: run.parent.map { "\($0)" }
        case .metric: run.mainMetric?.title
        case .source: run.source.map(run.text)
        case .target: run.target.map(run.text)
        case .gap: run.gap.map(run.signedText)
        case .sourceF1: run.sourceMacroF1.map(Numbers.share)
        case .targetF1: run.targetMacroF1.map(Numbers.share)
        case .epoch: "\(run.epoch)"
        case .duration: run.started == nil ? nil : Numbers.clock(run.worked)
        case .started: run.started.map(LocalTime.minute)
        case .oracle: run.targetLabelUse == nil ? nil : "oracle"
        }
    }

    /// As compared and sorted: shares as 0...1, the duration in minutes.
    func number(of run: RunSummary) -> Double? {
        switch self {
        case .run: Double(run.id)
        case .seed: Double(run.seed)
        case .parent: run.parent.map(Double.init)
        case .source: run.source
        case .target: run.target
        case .gap: run.gap
        case .sourceF1: run.sourceMacroF1
        case .targetF1: run.targetMacroF1
        case .epoch: Double(run.epoch)
        case .duration: run.started == nil ? nil : run.worked / 60
        case .started: run.started?.timeIntervalSince1970
        case .state, .experiment, .metric, .oracle: nil
        }
    }
}

/// Times as the user's clock says them.
enum LocalTime {
    /// `2026-03-09 14:02`.
    static func minute(_ date: Date) -> String {
        let local = parts(date)
        return "\(local.tm_year + 1900)-\(two(local.tm_mon + 1))-\(two(local.tm_mday)) \(two(local.tm_hour)):\(two(local.tm_min))"
    }

    /// `14:02:11`.
    static func clock(_ date: Date) -> String {
        let local = parts(date)
        return [local.tm_hour, local.tm_min, local.tm_sec].map(two).joined(separator: ":")
    }

    private static func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func parts(_ date: Date) -> tm {
        // A time from a damaged store may be any number.
        var seconds = time_t(min(max(date.timeIntervalSince1970, -6e10), 2e11))
        var local = tm()
        localtime_r(&seconds, &local)
        return local
    }
}
