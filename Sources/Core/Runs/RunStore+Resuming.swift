// What a run that goes on needs of its store: where it stands.
import Base
import Foundation
import Records
import Store
import Training

extension RunStore {
    /// From where a run that ended goes on.
    /// - Throws: `StoreError` where it does not exist, goes on already, has nothing left to train, or has no checkpoint; `CheckpointError`;
    ///   `ExperimentError` for a change that it cannot make.
    public func resumePoint(run id: Int64, changes: [String] = []) throws -> ResumePoint {
        try recoverBeforeResuming(id)
        guard let summary = try run(id)?.summary else { throw StoreError.noSuchRun(id) }
        if summary.state.isLive { throw StoreError.runIsLive(id, pid: summary.pid ?? 0) }
        let folder = runFolder(of: summary)
        guard RunFiles.hasCheckpoint(folder) else {
            throw StoreError.cannotResume(id, reason: "it ended before its first checkpoint; a child run (--parent \(id)) begins anew")
        }
        let point = try ResumePoint(of: folder, changes: changes)
        if summary.state == .finished, point.isAtItsEnd {
            let reason =
                point.isPatienceSpent
                ? "it has finished early, after \(counted(point.epochs, "epoch")): no better one in \(point.experiment.training.patience). More patience lets it go on "
                    + "(--set training.patience=0 for no end to it)"
                : "it has finished, with \(counted(point.epochs, "epoch")); more of them let it go on (--set training.epochs=\(2 * point.epochs))"
            throw StoreError.cannotResume(id, reason: reason + ". A child run (--parent \(id)) begins anew")
        }
        return point
    }
}
