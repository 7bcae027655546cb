// A run's answers about its validation samples, each with the truth and the clip's columns: rows for tables of errors.
import Base
import Foundation
import GRDB
import Records

/// A run's answer about one sample, with the truth.
public struct SampleAnswer: Sendable, Equatable {
    public var sample: RunSample
    /// By the head's name, as in `Answer`.
    public var outputs: [String: [Float]]

    public init(_ sample: RunSample, outputs: [String: [Float]]) { (self.sample, self.outputs) = (sample, outputs) }

    /// The class that a head finds most probable; nil without its answer.
    public func answer(of head: Head) -> Int? { outputs[head.name]?.mostProbable }

    /// The true class; nil where nobody knows it, and for a target of values.
    public func label(for head: Head) -> Int? { sample.truth[head.target]?.label }

    /// Whether a head of classes is right; nil where nobody knows.
    public func isRight(_ head: Head) -> Bool? {
        label(for: head).flatMap { label in answer(of: head).map { $0 == label } }
    }
}

/// Every answer of one epoch.
public struct AnswerSet: Sendable, Equatable {
    public var epoch: Int
    /// Sorted by part, clip and unit.
    public var answers: [SampleAnswer]

    public init(epoch: Int, answers: [SampleAnswer]) { (self.epoch, self.answers) = (epoch, answers) }
}

/// An answer and its clip's columns; those are nil where the clip is no longer in the store.
public struct AnsweredClip: Sendable, Equatable {
    public var answer: SampleAnswer
    public var corpus: String
    /// The corpus' own word.
    public var emotion: String?
    public var intensity: String?
    public var sentence: String?
    public var sex: String?
    public var age: Int?
    /// Share of raters for each emotion; read only of samples that the run's main head was wrong about.
    public var ratings: [String: Double]?

    public init(_ answer: SampleAnswer, corpus: String) { (self.answer, self.corpus) = (answer, corpus) }

    /// As `Clip.id`.
    public var id: String { corpus + "/" + answer.sample.clip }
}

extension RunStore {
    /// The epochs whose answers are kept, ascending: the best and the last.
    public func answeredEpochs(run: Int64) throws -> [Int] {
        try read { db in
            // Both are looked up in the key; all distinct ones would read every row.
            let last = try Int.fetchOne(db, sql: "SELECT max(epoch) FROM answers WHERE run = ?", arguments: [run])
            let best = try Int.fetchOne(
                db,
                sql:
                    "SELECT best_epoch FROM runs WHERE id = ? AND EXISTS (SELECT 1 FROM answers WHERE run = runs.id AND epoch = best_epoch)",
                arguments: [run])
            return Set([best, last].compactMap(\.self)).sorted()
        }
    }

    /// Answers of the last epoch that has some, or nil.
    public func latestAnswers(run: Int64) throws -> AnswerSet? {
        try read { db in
            let epoch = try Int.fetchOne(db, sql: "SELECT max(epoch) FROM answers WHERE run = ?", arguments: [run])
            return try epoch.flatMap { try Self.answers(db, run: run, epoch: $0) }
        }
    }

    /// Answers of the best epoch, or nil.
    public func bestAnswers(run: Int64) throws -> AnswerSet? {
        try read { db in
            let epoch = try Int.fetchOne(db, sql: "SELECT best_epoch FROM runs WHERE id = ?", arguments: [run])
            return try epoch.flatMap { try Self.answers(db, run: run, epoch: $0) }
        }
    }

    private static func answers(_ db: Database, run: Int64, epoch: Int) throws -> AnswerSet? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT s.*, a.head, a.outputs FROM answers AS a JOIN run_samples AS s ON s.run = a.run AND s.sample = a.sample
                WHERE a.run = ? AND a.epoch = ? ORDER BY \(SampleRow.order)
                """)
        let answers = try entries(
            statement, [run, epoch], { answer, _ in answer }, add: { answer, head, outputs, _ in answer.outputs[head] = outputs })
        return answers.isEmpty ? nil : AnswerSet(epoch: epoch, answers: answers)
    }

    /// Every answer of an epoch, sorted by part, clip and unit.
    public func answeredClips(run: Int64, epoch: Int) throws -> [AnsweredClip] {
        try read { db in
            let plan = try Row.fetchOne(
                db,
                sql: """
                    SELECT task, CAST(json_extract(plan, '$.source') AS TEXT) AS source, CAST(json_extract(plan, '$.target') AS TEXT) AS target
                    FROM runs WHERE id = ? AND json_valid(plan)
                    """, arguments: [run])
            let task: LearningTask? = try (plan?["task"] as String?).map(JSON.value)
            let source: String? = plan?["source"], target: String? = plan?["target"]
            let statement = try db.cachedStatement(
                sql: """
                    SELECT s.*, a.head, a.outputs, c.emotion, c.intensity, c.sentence, c.sex, c.age, c.ratings
                    FROM answers AS a JOIN run_samples AS s ON s.run = a.run AND s.sample = a.sample
                    LEFT JOIN corpora ON corpora.name = CASE WHEN s.part LIKE 'source%' THEN ? ELSE ? END
                    LEFT JOIN clips AS c ON c.corpus = corpora.id AND c.name = s.clip
                    WHERE a.run = ? AND a.epoch = ? ORDER BY \(SampleRow.order)
                    """)
            return try Self.entries(
                statement, [source, target, run, epoch],
                { answer, row in
                    let domain = answer.sample.part.domain
                    var clip = AnsweredClip(answer, corpus: (domain == .source ? source : target) ?? domain.rawValue)
                    (clip.emotion, clip.intensity, clip.sentence) = (row["emotion"], row["intensity"], row["sentence"])
                    (clip.sex, clip.age) = (row["sex"], row["age"])
                    return clip
                },
                add: { clip, head, outputs, row in
                    clip.answer.outputs[head] = outputs
                    guard let main = task?.main, main.name == head, clip.answer.isRight(main) == false else { return }
                    clip.ratings = try (row["ratings"] as String?).map(JSON.value)
                })
        }
    }

    /// An entry a sample: made of its first row, to which every head's row adds its outputs.
    private static func entries<Entry>(
        _ statement: Statement, _ arguments: StatementArguments, _ make: (SampleAnswer, Row) -> Entry,
        add: (inout Entry, _ head: String, _ outputs: [Float], Row) throws -> Void
    ) throws -> [Entry] {
        let cursor = try Row.fetchCursor(statement, arguments: arguments)
        var entries: [Entry] = [], last: Int?
        while let row = try cursor.next() {
            if last != row["sample"] as Int {
                last = row["sample"]
                guard let sample = try SampleRow(row: row).record() else {
                    last = nil
                    continue
                }
                entries.append(make(SampleAnswer(sample, outputs: [:]), row))
            }
            try add(&entries[entries.count - 1], row["head"], PackedFloats.unpack(row["outputs"]), row)
        }
        return entries
    }
}
