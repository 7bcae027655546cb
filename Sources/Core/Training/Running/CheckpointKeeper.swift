// Keeps a run's folder such that the run can go on from it whenever the power goes: the order of its files, and what is done where one cannot be
// written.
import Base
import Dispatch
import Foundation
import Inputs
import Networks
import Records
import Tensors

/// The files of a save, each whole on the disk before the next begins:
/// 1. `best.new.safetensors`, where the epoch was the best;
/// 2. what was told so far, in the store or beside it (`settle`);
/// 3. `new.ckpt`, which names the checksum of its best weights;
/// 4. `last.ckpt` is `previous.ckpt` too, then `new.ckpt` is `last.ckpt`;
/// 5. `best.safetensors` is `best.previous.safetensors` too, then `best.new.safetensors` is `best.safetensors`.
///
/// Killed between any two of these, `resume` finds one checkpoint with the best weights that it names.
final class CheckpointKeeper {
    /// Seconds between two attempts: while the run trains, and while it waits at its end.
    struct Patience: Sendable {
        var training = 30.0
        var waiting = 3.0
    }

    /// Of the last checkpoint on the disk; nil before the first.
    private(set) var saved: RunProgress?
    /// Steps that it is past.
    var savedStep: Int? { saved?.step }
    /// Why the last save failed; nil where it did not.
    private(set) var failure: String?
    /// Best weights that the checkpoint names, but no file holds.
    private(set) var isBestLost = false
    let patience: Patience
    let files: DurableFile

    private let folder: URL
    private let settle: () throws -> Void
    private let tell: (MessageLevel, String) -> Void
    private var frozen = FrozenWeights()
    private var best: Int64?
    /// Best weights that no checkpoint in place names yet.
    private var pending: Data?
    private var isPendingWritten = false
    /// The last checkpoint names best weights that still lie in `best.new.safetensors`.
    private var isPlacementDue = false
    private var savedAt = DispatchTime.now(), triedAt = DispatchTime.now()

    /// - Parameters:
    ///   - settle: makes what was told so far last; throws `FileFailure` where a later attempt may do it.
    ///   - files: by which the folder's files are read and written.
    ///   - tell: takes what a person should know.
    init(
        folder: URL, settle: @escaping () throws -> Void, patience: Patience = Patience(), files: DurableFile = .system,
        tell: @escaping (MessageLevel, String) -> Void
    ) {
        self.folder = folder
        self.settle = settle
        self.patience = patience
        self.files = files
        self.tell = tell
    }

    /// Takes over a folder that a run left behind, whenever it ended: leftovers go, and the checkpoint with its best weights has its place.
    /// What does not fit is set aside, never written over: `last.damaged-1.ckpt`, `best.other-1.safetensors`.
    /// - Parameter isPrevious: `checkpoint` is not the last that was written, because that is damaged.
    /// - Throws: `FileFailure`, also where best weights cannot be read: they may be whole.
    func resume(from checkpoint: Checkpoint, isPrevious: Bool) throws {
        let wanted = checkpoint.progress.best == nil ? nil : checkpoint.best
        let placed = checkpoint.progress.best == nil ? nil : try checksum(RunFiles.best)
        saved = checkpoint.progress
        frozen = checkpoint.frozen
        for name in [
            RunFiles.newLast, RunFiles.last, RunFiles.previous, RunFiles.newBest, RunFiles.best, RunFiles.previousBest, RunFiles.frozen,
        ] {
            try? files.remove(file(name + ".new"))
        }
        try files.remove(file(RunFiles.newLast))
        if isPrevious {
            if let aside = try files.setAside(file(RunFiles.last), as: "damaged") {
                tell(.warning, "the damaged checkpoint is kept as \(aside.path)")
            }
            try files.move(file(RunFiles.previous), to: file(RunFiles.last))
        }
        guard checkpoint.progress.best != nil else { return try files.remove(file(RunFiles.newBest)) }
        guard let wanted else {
            best = placed
            return isBestLost = best == nil
        }
        best = wanted
        if placed == wanted {
            try files.remove(file(RunFiles.newBest))
        } else if try checksum(RunFiles.newBest) == wanted {
            isPlacementDue = true
            try placeBest()
        } else if try checksum(RunFiles.previousBest) == wanted {
            try setAsideBest()
            try files.move(file(RunFiles.previousBest), to: file(RunFiles.best))
        } else {
            try setAsideBest()
            isBestLost = true
        }
    }

    /// Best weights that are not those that the checkpoint names, damaged or of another checkpoint, stay beside those that are to come.
    private func setAsideBest() throws(FileFailure) {
        guard let aside = try files.setAside(file(RunFiles.best), as: "other") else { return }
        tell(.warning, "\(RunFiles.best) is not the file that the checkpoint names; it is kept as \(aside.path)")
    }

    /// Takes the run back to what `checkpoint` holds: best weights that waited are of a time that did not happen.
    func goBack(to checkpoint: Checkpoint, isPrevious: Bool) throws {
        (pending, isPendingWritten, isPlacementDue) = (nil, false, false)
        try resume(from: checkpoint, isPrevious: isPrevious)
    }

    /// Whether the folder holds one, of this process or an earlier one.
    var hasCheckpoint: Bool { saved != nil }

    /// Makes the folder with the experiment as run. Where that cannot be done, it is told and tried again.
    func open(_ experiment: Experiment) throws {
        do {
            try makeFolder(for: experiment)
            try files.write(experiment.toml(), to: file(RunFiles.experiment))
        } catch let error as FileFailure {
            _ = fail("\(error)")
        }
    }

    /// Takes the file of the best weights so far, to be written with the next checkpoint; until then it stays in memory.
    func keepBest(_ bytes: Data) {
        pending = bytes
        isPendingWritten = false
        best = bytes.withUnsafeBytes { ContentHash.checksum($0) }
        isBestLost = false
    }

    /// Forgets best weights that are lost.
    func forgetBest() {
        best = nil
        isBestLost = false
    }

    /// Whether the best weights are where they should be.
    /// Weights that cannot be read just now count as there.
    var hasBest: Bool {
        if pending != nil { return true }
        return !isBestLost && (isPlacementDue ? exists(RunFiles.newBest) || (try? isPlaced()) ?? true : exists(RunFiles.best))
    }
    /// Whether the best weights have their place: what failed last may have come after that, a flush of the folder.
    private func isPlaced() throws(FileFailure) -> Bool {
        let placed = try checksum(RunFiles.best)
        return placed != nil && placed == best
    }
    /// Whether best weights wait in memory.
    var hasUnsavedBest: Bool { pending != nil }

    /// Whether it is time for a save in the middle of an epoch.
    /// - Parameter minutes: between two of them; 0 for none, unless the last save failed.
    func isDue(after minutes: Double, step: Int) -> Bool {
        if failure != nil { return triedAt.secondsSince >= patience.training }
        return minutes > 0 && savedStep != step && savedAt.secondsSince >= minutes * 60
    }

    /// Writes best weights that wait, and a checkpoint. All of it or, seen from a later process, nothing.
    /// - Returns: false where a file cannot be written; the folder then holds what it held, and a person has been told once.
    /// - Throws: what is no trouble of files.
    func save(
        _ learner: Learner, _ progress: RunProgress, _ experiment: Experiment, _ preparation: EffectivePreparation,
        statistics: SoundStatistics?
    ) throws -> Bool {
        triedAt = .now()
        do {
            try makeFolder(for: experiment)
            try placeBest()
            if let pending, !isPendingWritten || !exists(RunFiles.newBest) {
                try files.write([pending], to: file(RunFiles.newBest))
                isPendingWritten = true
            }
            let apart = try frozen.kept(of: learner.store, for: file(RunFiles.last), by: files)
            try settle()
            let bytes = try Checkpoint.bytes(learner, progress, experiment, preparation, frozen: apart, statistics: statistics, best: best)
            try files.write([bytes], to: file(RunFiles.newLast))
            if exists(RunFiles.last) { try files.keep(file(RunFiles.last), as: file(RunFiles.previous)) }
            try files.move(file(RunFiles.newLast), to: file(RunFiles.last))
            saved = progress
            if pending != nil {
                pending = nil
                isPlacementDue = true
                try placeBest()
            } else {
                // Both checkpoints name the same best weights now.
                try files.remove(file(RunFiles.previousBest))
            }
        } catch let error as FileFailure {
            return fail("\(error)")
        }
        if failure != nil { tell(.info, "\(folder.path) can be written again: the run is saved after step \(progress.step)") }
        failure = nil
        savedAt = .now()
        return true
    }

    /// Of a run that has finished only the last checkpoint stays.
    func finish() {
        for name in [RunFiles.previous, RunFiles.previousBest] { try? files.remove(file(name)) }
    }

    private func fail(_ reason: String) -> Bool {
        if failure == nil {
            tell(.warning, "\(reason). Training goes on, nothing is lost yet; saving is tried again every \(Int(patience.training)) s")
        }
        failure = reason
        return false
    }

    private func placeBest() throws(FileFailure) {
        guard isPlacementDue else { return }
        guard exists(RunFiles.newBest) else {
            // They are in their place, or the folder was deleted.
            isBestLost = try !isPlaced()
            isPlacementDue = false
            return
        }
        if exists(RunFiles.best) { try files.keep(file(RunFiles.best), as: file(RunFiles.previousBest)) }
        try files.move(file(RunFiles.newBest), to: file(RunFiles.best))
        isPlacementDue = false
    }

    /// Makes the folder where it is missing: somebody may have deleted it.
    private func makeFolder(for experiment: Experiment) throws {
        guard !FileManager.default.fileExists(atPath: folder.path) else { return }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw FileFailure(action: "make", path: folder.path, code: (error as? CocoaError).flatMap(Self.systemCode) ?? EIO)
        }
        try files.write(experiment.toml(), to: file(RunFiles.experiment))
    }

    private static func systemCode(_ error: CocoaError) -> Int32? {
        (error.userInfo[NSUnderlyingErrorKey] as? NSError).map { Int32($0.code) } ?? (error.code == .fileWriteNoPermission ? EACCES : nil)
    }

    private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
    private func exists(_ name: String) -> Bool { DurableFile.isThere(file(name)) }

    /// Of a file's bytes; nil where there is no such file.
    /// - Throws: where it cannot be read.
    private func checksum(_ name: String) throws(FileFailure) -> Int64? {
        let bytes: Data
        do throws(FileFailure) { bytes = try files.read(file(name)) } catch {
            guard error.isMissing else { throw error }
            return nil
        }
        return bytes.withUnsafeBytes { ContentHash.checksum($0) }
    }
}

extension DispatchTime {
    var secondsSince: Double { Double(DispatchTime.now().uptimeNanoseconds - uptimeNanoseconds) * 1e-9 }
}
