import Foundation
import Records

public enum RunState: String, Sendable, Codable, CaseIterable {
    case running, paused, stopped, finished, failed
    /// Waits for a process that takes it.
    case planned
    /// Never written: a run that is `running` or `paused` in the store and whose process is gone is seen so.
    case interrupted

    /// Whether a process is at work on it.
    public var isLive: Bool { self == .running || self == .paused }

    /// The state's name wherever a person reads it: screen, tables, messages, filters.
    public var name: String { rawValue }
}

/// A run as a table row.
public struct RunSummary: Sendable, Codable, Equatable, Identifiable {
    public var id: Int64
    /// Names it among the runs of all stores.
    public var uuid: String
    public var name: String
    /// The published system that it trains.
    public var system: String
    public var seed: UInt64
    public var parent: Int64?
    /// The study that it is a run of, the row of its table, and the fold.
    public var study: Int64?
    public var row: String?
    public var fold: Int?
    public var state: RunState
    /// Why it failed.
    public var reason: String?
    /// Relative to the store's folder, e.g. `runs/0001-nano-42`.
    public var folder: String
    public var created: Date
    public var started: Date?
    public var ended: Date?
    public var pid: Int32?
    public var host: String?
    /// Counts how often the run was begun; grows by one at each resume, which may take steps back.
    public var attempt: Int
    public var step: Int
    public var epoch: Int
    public var bestEpoch: Int?
    /// Metrics of the main head by name: of validation parts at the best epoch, of test parts with the best weights once the run is over. What is
    /// not a number is not there.
    public var scores: [Part: [String: Double]]
    /// The main head's first metric; nil until the run has a plan.
    public var mainMetric: Metric?
    /// What chooses the best epoch; nil where this program does not know it.
    public var selection: Selection?
    /// Where the run reads target labels, in words that begin with `oracle`; nil where it never does.
    public var targetLabelUse: String?
    /// Grows with every change of this run.
    public var revision: Int
    /// How often the run went back to a checkpoint because a number went wrong.
    public var takenBack: Int
    /// Program, libraries and machine of every attempt.
    public var provenance: RunProvenance
    /// Seconds that the run was worked on, in all its processes: steps, validation and saving, no pauses and nothing between two processes.
    public var worked: Double

    /// A run that has told nothing yet.
    public init(
        id: Int64, uuid: String = "", name: String, system: String = "", seed: UInt64, parent: Int64? = nil, state: RunState,
        folder: String, created: Date
    ) {
        (self.id, self.uuid, self.name, self.system, self.seed, self.parent) = (id, uuid, name, system, seed, parent)
        (self.state, self.folder, self.created) = (state, folder, created)
        (attempt, step, epoch, revision, takenBack, worked) = (1, 0, 0, 0, 0, 0)
        (scores, provenance) = ([:], RunProvenance())
    }

    /// Grows whenever steps may have been taken back: whoever keeps what it has read of the run begins anew then.
    public var history: Int { attempt + takenBack }

    /// The main metric of a part; nil where it is not known.
    public func score(_ part: Part) -> Double? { mainMetric.flatMap { score(part, $0.name) } }

    /// A metric of the main head; nil where the part has none, and where it is not a number.
    public func score(_ part: Part, _ metric: String) -> Double? { scores[part]?[metric] }
}

/// A run with what it was asked and what came of it.
public struct StoredRun: Sendable, Codable, Equatable, Identifiable {
    public var summary: RunSummary
    /// The experiment's TOML as run.
    public var experiment: String
    public var plan: RunPlan?
    public var finalReport: FinalReport?

    public init(_ summary: RunSummary, experiment: String, plan: RunPlan? = nil, finalReport: FinalReport? = nil) {
        (self.summary, self.experiment, self.plan, self.finalReport) = (summary, experiment, plan, finalReport)
    }

    public var id: Int64 { summary.id }
}
