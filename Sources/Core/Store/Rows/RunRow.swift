import Base
import Foundation
import GRDB
import Records

/// A row of `runs` without its long texts. Types are those of the columns, so that no value of a damaged store ends the program.
struct RunRow: Codable, FetchableRecord {
    var id: Int64
    var uuid: String
    var name: String
    var system: String
    var seed: Int64
    var parent: Int64?
    var study: Int64?
    var row: String?
    var fold: Int64?
    var folder: String
    var state: String
    var reason: String?
    var created: Double
    var started: Double?
    var ended: Double?
    var pid: Int64?
    var host: String?
    var boot: String?
    var processStarted: Int64?
    var heartbeat: Double?
    var attempt: Int
    var takenBack: Int
    var mainMetric: String?
    var selection: String?
    var step: Int
    var epoch: Int
    var bestEpoch: Int?
    var worked: Double
    var provenance: String
    var revision: Int
    /// From the plan.
    var targetLabelUse: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id, uuid, name, system, seed, parent, study, row, fold, folder, state, reason, created, started, ended, pid, host, boot
        case processStarted = "process_started"
        case heartbeat, attempt
        case takenBack = "taken_back"
        case mainMetric = "main_metric"
        case selection, step, epoch
        case bestEpoch = "best_epoch"
        case worked, provenance, revision
        case targetLabelUse = "target_label_use"
    }

    /// All columns of `runs` that a row has; conditions come after it.
    static let select =
        "SELECT "
        + CodingKeys.allCases.map { key in
            key == .targetLabelUse
                ? "CASE WHEN json_valid(plan) THEN CAST(json_extract(plan, '$.targetLabelUse') AS TEXT) END AS \(key.rawValue)"
                : "runs.\(key.rawValue)"
        }.joined(separator: ", ") + " FROM runs"

    /// As it is seen at `now`: a run whose process is gone is interrupted.
    func summary(_ scores: [Part: [String: Double]], _ mainMetric: Metric?, now: Date) -> RunSummary {
        func date(_ seconds: Double?) -> Date? { seconds.map(Date.init(timeIntervalSince1970:)) }
        var state = RunState(rawValue: state) ?? .interrupted
        let pid = pid.flatMap { Int32(exactly: $0) }
        if state.isLive {
            let process = ProcessIdentity(pid: pid ?? 0, host: host ?? "", boot: boot ?? "", started: processStarted ?? 0)
            switch process.life {
            case .alive: break
            case .dead: state = .interrupted
            case .unknown:
                if now.timeIntervalSince1970 - (heartbeat ?? 0) > RunStore.heartbeatLimit { state = .interrupted }
            }
        }
        // Of a killed run the last heartbeat is the best guess at its end.
        let ended = state == .interrupted ? heartbeat : ended
        var summary = RunSummary(
            id: id, uuid: uuid, name: name, system: system, seed: UInt64(bitPattern: seed), parent: parent, state: state, folder: folder,
            created: Date(timeIntervalSince1970: created))
        (summary.study, summary.row, summary.fold) = (study, row, fold.flatMap { Int(exactly: $0) })
        (summary.reason, summary.started, summary.ended) = (reason, date(started), date(ended))
        (summary.pid, summary.host, summary.attempt, summary.takenBack) = (pid, host, attempt, takenBack)
        (summary.step, summary.epoch, summary.bestEpoch) = (step, epoch, bestEpoch)
        (summary.scores, summary.mainMetric) = (scores, mainMetric)
        (summary.selection, summary.targetLabelUse) = (selection.flatMap(Selection.init), targetLabelUse)
        (summary.provenance, summary.worked, summary.revision) = (RunProvenance(text: provenance), worked, revision)
        return summary
    }
}
