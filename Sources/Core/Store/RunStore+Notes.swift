// What people write about clips while they look at errors: tags and a note, kept whatever becomes of the run.
import Base
import Foundation
import GRDB

public struct ClipNote: Sendable, Codable, Equatable, Identifiable {
    public var corpus: String
    public var clip: String
    /// Sorted, none twice.
    public var tags: [String]
    public var note: String
    /// Of the last change.
    public var time: Date

    /// As `Clip.id`.
    public var id: String { corpus + "/" + clip }

    public init(corpus: String, clip: String, tags: [String] = [], note: String = "", time: Date = Date()) {
        (self.corpus, self.clip, self.tags, self.note, self.time) = (corpus, clip, tags, note, time)
    }
}

extension RunStore {
    /// Characters of a tag and of a note that are kept.
    public static let longestTag = 40, longestNote = 2000
    /// Tags of one clip that are kept.
    public static let mostTags = 32

    /// Gives a clip a tag, or takes it away where it has it.
    /// - Returns: whether it has the tag now.
    @discardableResult
    public func toggleTag(_ tag: String, corpus: String, clip: String) throws -> Bool {
        let tag = String(tag.trimmingCharacters(in: .whitespacesAndNewlines).prefix(Self.longestTag))
        guard !tag.isEmpty else { return false }
        return try write { db in
            var note = try Self.note(db, corpus, clip) ?? ClipNote(corpus: corpus, clip: clip)
            let has = !note.tags.contains(tag)
            note.tags = has ? Array((note.tags + [tag]).sorted().prefix(Self.mostTags)) : note.tags.filter { $0 != tag }
            try put(db, note)
            return has
        }
    }

    /// Puts a note in place of the clip's earlier one; an empty one takes it away.
    public func setNote(_ text: String, corpus: String, clip: String) throws {
        try write { db in
            var note = try Self.note(db, corpus, clip) ?? ClipNote(corpus: corpus, clip: clip)
            note.note = String(text.trimmingCharacters(in: .whitespacesAndNewlines).prefix(Self.longestNote))
            try put(db, note)
        }
    }

    /// What was written about the clips of a corpus, or of all, sorted by corpus and clip.
    public func clipNotes(corpus: String? = nil) throws -> [ClipNote] {
        try read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT corpus, clip, tags, note, time FROM clip_notes WHERE ? IS NULL OR corpus = ? ORDER BY corpus, clip",
                arguments: [corpus, corpus])
            return try rows.map(Self.note)
        }
    }

    /// What was written about one clip, or nil.
    public func clipNote(corpus: String, clip: String) throws -> ClipNote? { try read { try Self.note($0, corpus, clip) } }

    private static func note(_ db: Database, _ corpus: String, _ clip: String) throws -> ClipNote? {
        try Row.fetchOne(
            db, sql: "SELECT corpus, clip, tags, note, time FROM clip_notes WHERE corpus = ? AND clip = ?", arguments: [corpus, clip]
        ).map(note)
    }

    private static func note(_ row: Row) throws -> ClipNote {
        ClipNote(
            corpus: row["corpus"], clip: row["clip"], tags: try JSON.value(row["tags"]), note: row["note"],
            time: Date(timeIntervalSince1970: row["time"]))
    }

    private func put(_ db: Database, _ note: ClipNote) throws {
        if note.tags.isEmpty, note.note.isEmpty {
            try db.execute(sql: "DELETE FROM clip_notes WHERE corpus = ? AND clip = ?", arguments: [note.corpus, note.clip])
        } else {
            try db.execute(
                sql: "INSERT OR REPLACE INTO clip_notes (corpus, clip, tags, note, time) VALUES (?, ?, ?, ?, ?)",
                arguments: [note.corpus, note.clip, try JSON.text(note.tags), note.note, Date().timeIntervalSince1970])
        }
        try noteChange(db, .notes)
    }
}
