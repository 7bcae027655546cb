// The stored evaluation of the shown run, for the panes that say how far apart its domains lie.
import Metrics
import Records
import Store

/// What `emolab eval` found out about a run.
public struct EvaluationView: PaneModel, Equatable {
    public var run: Int64?
    /// Of which clips: empty for the run's own validation clips.
    public var subject = ""
    /// When it was made, as the user's clock says it.
    public var made = ""
    public var report: EvaluationReport?

    public init() {}
    public init(run: Int64?, subject: String = "", made: String = "", report: EvaluationReport?) {
        (self.run, self.subject, self.made, self.report) = (run, subject, made, report)
    }
}

struct EvaluationReader: StoreReader {
    private var told: EvaluationView?
    private var entry: AnalysisEntry?

    mutating func read(_ turn: StoreTurn) throws -> [any PaneModel] {
        guard turn.runsChanged || turn.shown != told?.run else { return [] }
        // The run's own validation clips before other parts, then the newest.
        let all = try turn.shown.map { try turn.store.analyses(run: $0) } ?? []
        let newest = all.filter { $0.kind == .evaluation }.sorted {
            ($0.subject.isEmpty ? 0 : 1, $1.made) < ($1.subject.isEmpty ? 0 : 1, $0.made)
        }.first
        guard newest != entry || turn.shown != told?.run else { return [] }
        entry = newest
        var view = EvaluationView(run: turn.shown, report: nil)
        if let run = turn.shown, let newest {
            view.subject = newest.subject
            view.made = LocalTime.minute(newest.made)
            // One that another version wrote is as good as none.
            view.report = try? turn.store.analysis(EvaluationReport.self, kind: .evaluation, subject: newest.subject, run: run)
        }
        told = view
        return [view]
    }
}
