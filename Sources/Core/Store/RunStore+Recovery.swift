// Takes in what a run told while the store could not be written.
import Base
import Foundation
import GRDB
import Records

/// What came of a file of unwritten records.
public struct RecoveredRecords: Sendable, Codable, Equatable {
    public var run: Int64
    public var file: String
    /// Records that the store has now.
    public var records: Int
    /// Lines that were none; the file is kept where there were some.
    public var damaged: Int
    /// Where the file is now, nil where it is not needed any more.
    public var kept: String?
}

extension RunStore {
    /// Records of one transaction: a hundredth of a second.
    static let recordsAtOnce = 5000

    /// Takes in what a run left unwritten, in order, each record once however often this is tried; then the file goes, or is put aside where
    /// some of its lines are damaged.
    /// - Parameter file: `unwritten.jsonl` in the run's folder unless told.
    /// - Returns: nil where there is no such file and none was named.
    /// - Throws: `StoreError.noSuchRun`, `.runIsLive`, `.cannotRecover`, or `FileFailure` where the file cannot be read; nothing is changed then.
    public func recoverRecords(run id: Int64, from file: URL? = nil, by files: DurableFile = .system) throws -> RecoveredRecords? {
        guard let run = try summary(of: id) else { throw StoreError.noSuchRun(id) }
        let url = file ?? runFolder(of: run).appendingPathComponent(UnwrittenRecords.fileName)
        if file == nil, !DurableFile.isThere(url) { return nil }
        if run.state.isLive { throw StoreError.runIsLive(id, pid: run.pid ?? 0) }
        var reader = try UnwrittenRecords.Reader(url, by: files)
        func refusal(_ reason: String) -> StoreError { .cannotRecover(path: url.path, reason: reason) }
        let header = reader.header
        guard header.run == id, abs(header.created - run.created.timeIntervalSince1970) < 0.001 else {
            throw refusal("it is of run \(header.run), \(header.name), of another store or another number")
        }
        guard header.attempt == run.attempt else {
            throw refusal("run \(id) was resumed since: its steps were trained again")
        }
        var lastStep = run.step, count = 0
        while true {
            let records = reader.next(Self.recordsAtOnce)
            if records.isEmpty { break }
            var step = lastStep
            try write { db in
                guard let now = try summary(db, of: id) else { throw StoreError.noSuchRun(id) }
                if now.state.isLive, count == 0 { throw StoreError.runIsLive(id, pid: now.pid ?? 0) }
                guard now.attempt == header.attempt else { throw refusal("run \(id) was resumed meanwhile") }
                try RunWriter(db: db, run: id, mayRepeat: true).write(records, lastStep: &step)
                try noteRunChange(db, id)
            }
            (lastStep, count) = (step, count + records.count)
        }
        let words =
            "taken in: \(counted(count, "record")) that could not be written while the run went on"
            + (reader.damaged > 0 ? "; \(reader.damaged) damaged lines were passed over" : "")
        try note(reader.damaged > 0 ? .warning : .info, words, step: lastStep, run: id)
        try RunFolder.make(runFolder(of: run), experiment: nil)
        try rewriteTables(of: run)
        var kept: URL?
        if reader.damaged > 0 {
            kept = try files.setAside(url, as: "damaged")
        } else {
            try files.remove(url)
        }
        return RecoveredRecords(run: id, file: url.path, records: count, damaged: reader.damaged, kept: kept?.path)
    }

    /// The same before a run is resumed. A file that is of no use then is left where it is, and named in the run's log: it must not keep the run
    /// from going on. One that cannot be read does: once the run is resumed, its records could not be taken in any more.
    package func recoverBeforeResuming(_ id: Int64, by files: DurableFile = .system) throws {
        do {
            _ = try recoverRecords(run: id, by: files)
        } catch StoreError.runIsLive {
        } catch let error as StoreError {
            guard case .cannotRecover = error, let step = try summary(of: id)?.step else { throw error }
            try note(.warning, "\(error)", step: step, run: id)
        }
    }

    private func note(_ level: MessageLevel, _ text: String, step: Int, run id: Int64) throws {
        var step = step
        try write { db in
            let event = TimedEvent(time: Date().timeIntervalSince1970, event: .message(level: level, text: text))
            try RunWriter(db: db, run: id).write([event], lastStep: &step)
            try noteRunChange(db, id)
        }
    }
}
