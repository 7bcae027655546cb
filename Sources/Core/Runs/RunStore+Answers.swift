// What a run said of its validation clips, each beside what is known of the clip: rows for tables of errors.
import Foundation
import GRDB
import Training

/// One prediction and its clip's columns; those are nil where the clip is no longer in the store.
public struct AnsweredClip: Sendable, Equatable {
    public var prediction: Prediction
    public var corpus: String
    public var speaker: String?
    /// The corpus' own word.
    public var emotion: String?
    public var intensity: String?
    public var sentence: String?
    public var sex: String?
    public var age: Int?
    /// Share of raters for each emotion; read only of clips that the run was wrong about.
    public var ratings: [String: Double]?

    /// As `Clip.id`.
    public var id: String { corpus + "/" + prediction.clip }
}

extension RunStore {
    /// The epochs whose predictions are kept, ascending: the best and the last.
    public func predictedEpochs(run: Int64) throws -> [Int] {
        try read { db in
            // Both are looked up in the key; all distinct ones would read every row.
            let last = try Int.fetchOne(db, sql: "SELECT max(epoch) FROM predictions WHERE run = ?", arguments: [run])
            let best = try Int.fetchOne(
                db,
                sql:
                    "SELECT best_epoch FROM runs WHERE id = ? AND EXISTS (SELECT 1 FROM predictions WHERE run = runs.id AND epoch = best_epoch)",
                arguments: [run])
            return Set([best, last].compactMap(\.self)).sorted()
        }
    }

    /// Every validation clip of an epoch, sorted by domain and name.
    /// - Parameter corpora: names of the run's corpora.
    public func answeredClips(run: Int64, epoch: Int, corpora: (source: String, target: String)) throws -> [AnsweredClip] {
        try read { db in
            let cursor = try Row.fetchCursor(
                db,
                sql: """
                    SELECT p.domain, p.clip, p.truth, p.probabilities, c.speaker, c.emotion, c.intensity, c.sentence, c.sex, c.age,
                        CASE WHEN p.truth <> p.predicted THEN c.ratings END
                    FROM predictions AS p
                    LEFT JOIN corpora ON corpora.name = CASE p.domain WHEN 'source' THEN ? ELSE ? END
                    LEFT JOIN clips AS c ON c.corpus = corpora.id AND c.name = p.clip
                    WHERE p.run = ? AND p.epoch = ? ORDER BY p.domain, p.clip
                    """, arguments: [corpora.source, corpora.target, run, epoch])
            var answers: [AnsweredClip] = []
            while let row = try cursor.next() {
                let domain = Domain(rawValue: row[0]) ?? .source
                answers.append(
                    AnsweredClip(
                        prediction: Prediction(clip: row[1], domain: domain, truth: row[2], probabilities: PackedFloats.unpack(row[3])),
                        corpus: domain == .source ? corpora.source : corpora.target, speaker: row[4], emotion: row[5], intensity: row[6],
                        sentence: row[7], sex: row[8], age: row[9], ratings: try (row[10] as String?).map(JSON.value)))
            }
            return answers
        }
    }
}
