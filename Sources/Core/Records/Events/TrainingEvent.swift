/// An event of a trainer: nothing else leaves it. A recorder writes events to the store, and panes read the store.
public enum TrainingEvent: Sendable, Codable, Equatable {
    case started(RunPlan)
    case step(StepRecord)
    case epoch(EpochRecord)
    case answers(epoch: Int, [Answer])
    case checkpoint(CheckpointRecord)
    case order(OrderRecord)
    /// A live setting changed: the plan from that step on, and the experiment as it stands now, as TOML.
    case replanned(step: Int, RunPlan, experiment: String)
    /// A number went wrong: no step was taken with this batch.
    case anomaly(AnomalyRecord)
    case message(level: MessageLevel, text: String)
    /// Seconds that the run was worked on so far, in all its processes: steps, validation and saving, no pauses.
    case worked(seconds: Double)
    case paused(step: Int)
    case resumed(step: Int)
    case finished(FinalReport)
    case stopped(step: Int)
    case failed(String)
}

public enum MessageLevel: String, Sendable, Codable { case debug, info, warning, error }
