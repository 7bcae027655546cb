import Base
import Foundation
import GRDB

/// Kinds of what is found out about a run after it was trained.
public enum AnalysisKind: String, Sendable, Codable, CaseIterable { case evaluation, robustness, explanation }

/// An analysis without its data: what there is to look at.
public struct AnalysisEntry: Sendable, Codable, Equatable {
    public var kind: AnalysisKind
    /// Of an explanation the clip as `domain/name`; else empty.
    public var subject: String
    public var made: Date
}

extension RunStore {
    /// Stores an analysis in place of an earlier one of the same kind and subject. Throws `StoreError`.
    public func record(_ analysis: some Encodable, kind: AnalysisKind, subject: String = "", run id: Int64) throws {
        let text = try JSON.text(analysis)
        try write { db in
            guard try summary(db, of: id) != nil else { throw StoreError.noSuchRun(id) }
            try db.execute(
                sql: "INSERT OR REPLACE INTO analyses (run, kind, subject, made, data) VALUES (?, ?, ?, ?, ?)",
                arguments: [id, kind.rawValue, subject, Date().timeIntervalSince1970, text])
            try noteRunChange(db, id)
        }
    }

    /// The stored analysis, or nil where there is none. Throws `StoreError`, `DecodingError`.
    public func analysis<Analysis: Decodable>(_: Analysis.Type, kind: AnalysisKind, subject: String = "", run id: Int64) throws -> Analysis?
    {
        let text = try read { db in
            try String.fetchOne(
                db, sql: "SELECT data FROM analyses WHERE run = ? AND kind = ? AND subject = ?", arguments: [id, kind.rawValue, subject])
        }
        return try text.map { try JSON.value($0) }
    }

    /// What analyses a run has, by kind and subject.
    public func analyses(run id: Int64) throws -> [AnalysisEntry] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT kind, subject, made FROM analyses WHERE run = ? ORDER BY kind, subject", arguments: [id])
                .compactMap { row in
                    AnalysisKind(rawValue: row["kind"]).map {
                        AnalysisEntry(kind: $0, subject: row["subject"], made: Date(timeIntervalSince1970: row["made"]))
                    }
                }
        }
    }
}
