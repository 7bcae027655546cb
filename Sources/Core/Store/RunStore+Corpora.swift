import Base
import Corpora
import Foundation
import GRDB
import Records

extension RunStore {
    /// Adds a scanned corpus with its clips and rejected files, in one transaction.
    /// - Parameter replacing: true puts the scan in place of a corpus of that name; findings of clips whose files and span in them are
    ///   the same stay, whatever else is said of them now.
    /// - Throws: `StoreError.badName`; `StoreError.corpusExists` without `replacing`.
    @discardableResult
    public func addCorpus(name: String, format: String, folder: String, scan: CorpusScan, replacing: Bool = false) throws -> Int64 {
        if let problem = NameRule.plain.problem(of: name) { throw StoreError.badName(name, problem: problem) }
        // Before the transaction: others wait for its end.
        let leftOut = try JSON.text(scan.leftOut)
        let texts = try scan.clips.map { (columns: try JSON.text($0.columns), ratings: try $0.ratings.map(JSON.text)) }
        return try write { db in
            let existing = try Int64.fetchOne(db, sql: "SELECT id FROM corpora WHERE name = ?", arguments: [name])
            if existing != nil && !replacing { throw StoreError.corpusExists(name) }
            let id: Int64
            if let existing {
                id = existing
                try db.execute(
                    sql: "UPDATE corpora SET format = ?, folder = ?, left_out = ? WHERE id = ?", arguments: [format, folder, leftOut, id])
                try db.execute(sql: "DELETE FROM rejected_files WHERE corpus = ?", arguments: [id])
            } else {
                try db.execute(
                    sql: "INSERT INTO corpora (name, format, folder, added, left_out) VALUES (?, ?, ?, ?, ?)",
                    arguments: [name, format, folder, Date().timeIntervalSince1970, leftOut])
                id = db.lastInsertedRowID
            }
            try writeClips(db, scan.clips, texts, corpus: id)
            let reject = try db.makeStatement(sql: "INSERT OR REPLACE INTO rejected_files (corpus, path, reason) VALUES (?, ?, ?)")
            for file in scan.rejected { try reject.execute(arguments: [id, file.path, file.reason]) }
            try noteChange(db, .corpora)
            return id
        }
    }

    private func writeClips(_ db: Database, _ clips: [Clip], _ texts: [(columns: String, ratings: String?)], corpus: Int64) throws {
        let kept = Set(clips.map(\.name))
        let before = try String.fetchAll(db, sql: "SELECT name FROM clips WHERE corpus = ?", arguments: [corpus])
        let delete = try db.makeStatement(sql: "DELETE FROM clips WHERE corpus = ? AND name = ?")
        for name in before where !kept.contains(name) { try delete.execute(arguments: [corpus, name]) }
        let insert = try db.makeStatement(
            sql: """
                INSERT INTO clips (corpus, name, speaker, emotion, intensity, sentence, sex, age, columns, ratings, video, audio,
                    valence, arousal, part, start_seconds, end_seconds, pixel_offset, track)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (corpus, name) DO UPDATE SET speaker = excluded.speaker, emotion = excluded.emotion,
                    intensity = excluded.intensity, sentence = excluded.sentence, sex = excluded.sex, age = excluded.age,
                    columns = excluded.columns, ratings = excluded.ratings, video = excluded.video, audio = excluded.audio,
                    valence = excluded.valence, arousal = excluded.arousal, part = excluded.part,
                    start_seconds = excluded.start_seconds, end_seconds = excluded.end_seconds,
                    pixel_offset = excluded.pixel_offset, track = excluded.track
                """)
        let forget = try db.makeStatement(
            sql: """
                UPDATE clips SET status = 'listed', reason = NULL, duration = NULL, speech = NULL, frames = NULL, faces = NULL
                WHERE corpus = ? AND name = ? AND NOT (video IS ? AND audio IS ? AND start_seconds IS ? AND end_seconds IS ?
                    AND pixel_offset IS ?)
                """)
        for (clip, text) in zip(clips, texts) {
            try forget.execute(arguments: [
                corpus, clip.name, clip.video, clip.audio, clip.start, clip.end, clip.pixelOffset,
            ])
            try insert.execute(arguments: [
                corpus, clip.name, clip.speaker, clip.emotion, clip.intensity, clip.sentence, clip.sex, clip.age,
                text.columns, text.ratings, clip.video, clip.audio, clip.valence, clip.arousal,
                clip.part, clip.start, clip.end, clip.pixelOffset, clip.track,
            ])
        }
    }

    /// Forgets a corpus; its files and cached clips stay.
    public func removeCorpus(_ name: String) throws {
        try write { db in
            try db.execute(sql: "DELETE FROM corpora WHERE name = ?", arguments: [name])
            guard db.changesCount > 0 else { throw StoreError.noSuchCorpus(name) }
            try noteChange(db, .corpora)
        }
    }

    /// Writes what preparation found; names that the corpus lacks are passed over.
    public func recordPreparation(corpus: String, _ findings: [ClipFinding]) throws {
        try write { db in
            let id = try corpusID(db, corpus)
            let update = try db.makeStatement(
                sql: """
                    UPDATE clips SET status = ?, reason = ?, duration = ?, speech = ?, frames = ?, faces = ?
                    WHERE corpus = ? AND name = ?
                    """)
            for finding in findings {
                try update.execute(arguments: [
                    finding.status.rawValue, finding.reason, finding.duration, finding.hasSpeech, finding.frames, finding.faces, id,
                    finding.name,
                ])
            }
            try noteChange(db, .corpora)
        }
    }

    public func corpora() throws -> [StoredCorpus] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, name, format, folder, added, left_out,
                        (SELECT count(*) FROM clips WHERE corpus = corpora.id) AS clips,
                        (SELECT count(DISTINCT speaker) FROM clips WHERE corpus = corpora.id) AS speakers,
                        (SELECT count(*) FROM clips WHERE corpus = corpora.id AND status = 'prepared') AS prepared,
                        (SELECT count(*) FROM clips WHERE corpus = corpora.id AND status = 'damaged') AS damaged,
                        (SELECT count(*) FROM rejected_files WHERE corpus = corpora.id) AS rejected
                    FROM corpora ORDER BY name
                    """
            ).map { row in
                StoredCorpus(
                    id: row["id"], name: row["name"], format: row["format"], folder: row["folder"],
                    added: Date(timeIntervalSince1970: row["added"]), clips: row["clips"], speakers: row["speakers"],
                    prepared: row["prepared"], damaged: row["damaged"], rejectedFiles: row["rejected"],
                    leftOut: try JSON.value(row["left_out"]))
            }
        }
    }

    /// Table rows of a corpus, sorted by name.
    public func clips(corpus: String) throws -> [StoredClip] {
        try read { db in
            let cursor = try Row.fetchCursor(
                db,
                sql: """
                    SELECT id, name, speaker, emotion, intensity, sentence, sex, age, video IS NOT NULL AS has_video,
                        audio IS NOT NULL AS has_audio, ratings IS NOT NULL AS has_ratings, status, reason, duration, speech, frames, faces, valence, arousal, part,
                        start_seconds, end_seconds
                    FROM clips WHERE corpus = ? ORDER BY name
                    """, arguments: [try corpusID(db, corpus)])
            var clips: [StoredClip] = []
            while let row = try cursor.next() {
                clips.append(
                    StoredClip(
                        id: row["id"], name: row["name"], speaker: row["speaker"], emotion: row["emotion"], intensity: row["intensity"],
                        sentence: row["sentence"], sex: row["sex"], age: row["age"], hasVideo: row["has_video"],
                        hasAudio: row["has_audio"], hasRatings: row["has_ratings"],
                        status: ClipStatus(rawValue: row["status"]) ?? .listed, reason: row["reason"], duration: row["duration"],
                        hasSpeech: row["speech"], frames: row["frames"], faces: row["faces"], valence: row["valence"],
                        arousal: row["arousal"], part: row["part"], start: row["start_seconds"], end: row["end_seconds"]))
            }
            return clips
        }
    }

    /// One clip with all its columns, files and ratings, or nil.
    public func clip(corpus: String, name: String) throws -> Clip? {
        try read { db in
            try Row.fetchOne(
                db, sql: Self.fullClips + " WHERE corpora.name = ? AND clips.name = ?", arguments: [corpus, name]
            ).map(Self.clip)
        }
    }

    /// Every clip of a corpus as it was scanned, sorted by name: what preparation and training start from.
    public func fullClips(corpus: String) throws -> [Clip] {
        try read { db in
            _ = try corpusID(db, corpus)
            return try Row.fetchAll(
                db, sql: Self.fullClips + " WHERE corpora.name = ? ORDER BY clips.name", arguments: [corpus]
            ).map(Self.clip)
        }
    }

    public func rejectedFiles(corpus: String) throws -> [RejectedFile] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT path, reason FROM rejected_files WHERE corpus = ? ORDER BY path",
                arguments: [try corpusID(db, corpus)]
            ).map { RejectedFile(path: $0["path"], reason: $0["reason"]) }
        }
    }

    private static let fullClips = """
        SELECT clips.name AS name, corpora.name AS corpus_name, speaker, emotion, intensity, sentence, sex, age, columns, ratings, video, audio,
            valence, arousal, part, start_seconds, end_seconds, pixel_offset, track
        FROM clips JOIN corpora ON corpora.id = clips.corpus
        """

    private static func clip(_ row: Row) throws -> Clip {
        Clip(
            name: row["name"], corpus: row["corpus_name"], speaker: row["speaker"], emotion: row["emotion"], intensity: row["intensity"],
            sentence: row["sentence"], sex: row["sex"], age: row["age"], columns: try JSON.value(row["columns"]),
            ratings: try (row["ratings"] as String?).map(JSON.value), video: row["video"], audio: row["audio"], valence: row["valence"],
            arousal: row["arousal"], part: row["part"], start: row["start_seconds"], end: row["end_seconds"],
            pixelOffset: row["pixel_offset"], track: row["track"])
    }

    private func corpusID(_ db: Database, _ name: String) throws -> Int64 {
        guard let id = try Int64.fetchOne(db, sql: "SELECT id FROM corpora WHERE name = ?", arguments: [name]) else {
            throw StoreError.noSuchCorpus(name)
        }
        return id
    }
}
