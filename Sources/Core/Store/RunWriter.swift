import Base
import Foundation
import GRDB
import Records

/// Turns training events into rows, inside a transaction of the store.
struct RunWriter {
    let db: Database
    let run: Int64
    /// Some of the records may be in the store already. All but notes are written over then; a note of the same instant and words is the same.
    var mayRepeat = false

    // Columns are named everywhere: a newer program may add some while this one is at work.
    func write(_ records: some Collection<TimedEvent>, lastStep: inout Int) throws {
        let steps = try StepWriter(db, run: run)
        var hasNewAnswers = false
        for record in records {
            let time = record.time
            switch record.event {
            case .started(let plan):
                // Of a run that goes on from a checkpoint the past stays as it was planned.
                try replan(plan, after: lastStep, steps)
                try setState(.running)
                try note(time, nil, .started, .info, "\(counted(plan.epochs, "epoch")) of \(counted(plan.stepsPerEpoch, "step"))")
            case .step(let step):
                lastStep = step.step
                try steps.write(step)
            case .epoch(let epoch):
                try write(epoch)
                hasNewAnswers = true
            case .answers(let epoch, let answers):
                try write(answers, epoch: epoch)
                hasNewAnswers = true
            case .checkpoint(let checkpoint):
                try note(
                    time, checkpoint.step, .checkpoint, .info,
                    "\(checkpoint.kind.rawValue) of epoch \(checkpoint.epoch): \(checkpoint.file)",
                    data: try JSON.text(checkpoint))
                // Of the save that closes an epoch.
                if checkpoint.kind == .last {
                    try db.execute(
                        sql: "UPDATE epochs SET saving_seconds = ? WHERE run = ? AND epoch = ? AND step = ?",
                        arguments: [checkpoint.seconds, run, checkpoint.epoch, checkpoint.step])
                }
            case .order(let order):
                try db.execute(
                    sql: "UPDATE orders SET state = ?, applied = ?, step = ?, text = ? WHERE id = ? AND run = ?",
                    arguments: [(order.isRefused ? OrderState.refused : .applied).rawValue, time, order.step, order.text, order.id, run])
                try note(time, order.step, .order, order.isRefused ? .warning : .info, order.text, data: try JSON.text(order))
            case .replanned(let step, let plan, let experiment):
                try replan(plan, after: step, steps)
                try db.execute(sql: "UPDATE runs SET experiment = ? WHERE id = ?", arguments: [experiment, run])
            case .anomaly(let anomaly):
                if case .wentBack(let step, _) = anomaly.action {
                    try Self.forget(db, run: run, after: step)
                    try db.execute(sql: "UPDATE runs SET taken_back = taken_back + 1 WHERE id = ?", arguments: [run])
                    lastStep = step
                }
                try note(
                    time, anomaly.step, .anomaly, anomaly.action == .stopped ? .error : .warning, anomaly.words,
                    data: try JSON.text(anomaly))
            case .message(let level, let text):
                try note(time, lastStep, .message, level, text)
            case .worked(let seconds):
                try db.execute(sql: "UPDATE runs SET worked = ? WHERE id = ?", arguments: [seconds, run])
            case .paused(let step):
                try setState(.paused)
                try note(time, step, .paused, .info, "paused after step \(step)")
            case .resumed(let step):
                try setState(.running)
                try note(time, step, .resumed, .info, "goes on after step \(step)")
            case .finished(let report):
                try db.execute(
                    sql: "UPDATE runs SET final = ?, best_epoch = ? WHERE id = ?",
                    arguments: [try JSON.text(report), report.bestEpoch, run])
                // Those of the validation parts are the best epoch's, which stand already.
                try ScoreRows.write(report.scores.filter { $0.part.side == .test }, run: run, epoch: report.bestEpoch, db)
                try end(.finished, time: time)
                try note(time, report.steps, .finished, .info, "finished: best epoch \(report.bestEpoch) of \(report.epochs)")
            case .stopped(let step):
                try end(.stopped, time: time)
                try note(time, step, .stopped, .info, "stopped after step \(step)")
            case .failed(let reason):
                try db.execute(sql: "UPDATE runs SET reason = ? WHERE id = ?", arguments: [reason, run])
                try end(.failed, time: time)
                try note(time, lastStep, .failed, .error, reason)
            }
        }
        try db.execute(sql: "UPDATE runs SET step = max(step, ?) WHERE id = ?", arguments: [lastStep, run])
        if hasNewAnswers { try thinAnswers() }
    }

    /// Takes back what was told of steps after this one, and of the run's end. Readers begin anew.
    static func forget(_ db: Database, run: Int64, after step: Int) throws {
        for table in ["answers"] + ScoreRows.tables {
            try db.execute(
                sql: "DELETE FROM \(table) WHERE run = ? AND epoch IN (SELECT epoch FROM epochs WHERE run = ? AND step > ?)",
                arguments: [run, run, step])
        }
        for table in ScoreRows.tables {
            try db.execute(
                sql: "DELETE FROM \(table) WHERE run = ? AND part IN (?, ?)",
                arguments: [run, Part.sourceTest.rawValue, Part.targetTest.rawValue])
        }
        for table in ["epochs", "steps", "step_values"] {
            try db.execute(sql: "DELETE FROM \(table) WHERE run = ? AND step > ?", arguments: [run, step])
        }
        try db.execute(
            sql: """
                UPDATE runs SET final = NULL, step = ?, epoch = coalesce((SELECT max(epoch) FROM epochs WHERE run = runs.id), 0),
                    best_epoch = (SELECT max(epoch) FROM epochs WHERE run = runs.id AND is_best)
                WHERE id = ?
                """, arguments: [step, run])
    }

    private func replan(_ plan: RunPlan, after step: Int, _ steps: StepWriter) throws {
        var plan = plan
        if step > 0, let text = try String.fetchOne(db, sql: "SELECT plan FROM runs WHERE id = ?", arguments: [run]) {
            let earlier: RunPlan = try JSON.value(text)
            plan = plan.continuing(earlier, after: step)
        }
        try db.execute(
            sql: "UPDATE runs SET plan = ?, task = ?, main_head = ?, main_metric = ?, selection = ? WHERE id = ?",
            arguments: [
                try JSON.text(plan), try JSON.text(plan.task), plan.task.main?.name, try plan.mainMetric.map(JSON.text),
                plan.selection.rawValue, run,
            ])
        for series in plan.series { try steps.announce(series) }
    }

    private func write(_ epoch: EpochRecord) throws {
        try EpochRow(epoch, run: run).insert(db, onConflict: .replace)
        try ScoreRows.write(epoch.scores, run: run, epoch: epoch.epoch, db)
        try db.execute(sql: "UPDATE runs SET epoch = ? WHERE id = ?", arguments: [epoch.epoch, run])
        if epoch.isBest { try db.execute(sql: "UPDATE runs SET best_epoch = ? WHERE id = ?", arguments: [epoch.epoch, run]) }
    }

    private func write(_ answers: [Answer], epoch: Int) throws {
        let numbers = try SampleNumbers(db, run: run)
        let insert = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO answers (run, epoch, sample, head, outputs) VALUES (?, ?, ?, ?, ?)")
        for answer in answers {
            let sample = try numbers.number(of: answer)
            for (head, outputs) in answer.outputs {
                try insert.execute(arguments: [run, epoch, sample, head, PackedFloats.pack(outputs)])
            }
        }
    }

    /// Answers stay for the best and the last epoch. Whichever of the two events of an epoch comes first, the last epoch told counts.
    private func thinAnswers() throws {
        try db.execute(
            sql: """
                DELETE FROM answers WHERE run = :run
                    AND epoch < (SELECT max(epoch) FROM answers WHERE run = :run)
                    AND epoch < coalesce((SELECT epoch FROM runs WHERE id = :run), 0)
                    AND epoch IS NOT (SELECT best_epoch FROM runs WHERE id = :run)
                """, arguments: ["run": run])
    }

    private func setState(_ state: RunState) throws {
        try db.execute(sql: "UPDATE runs SET state = ? WHERE id = ?", arguments: [state.rawValue, run])
    }

    private func end(_ state: RunState, time: Double) throws {
        try setState(state)
        try db.execute(sql: "UPDATE runs SET ended = ? WHERE id = ?", arguments: [time, run])
        try db.execute(sql: "UPDATE orders SET state = 'lapsed' WHERE run = ? AND state IN ('pending', 'taken')", arguments: [run])
    }

    private func note(
        _ time: Double, _ step: Int?, _ kind: StoredEvent.Kind, _ level: MessageLevel, _ text: String, data: String? = nil
    ) throws {
        if mayRepeat {
            let known = try db.cachedStatement(sql: "SELECT 1 FROM events WHERE run = ? AND time = ? AND kind = ? AND text = ?")
            if try Int.fetchOne(known, arguments: [run, time, kind.rawValue, text]) != nil { return }
        }
        let insert = try db.cachedStatement(
            sql: "INSERT INTO events (run, time, step, kind, level, text, data) VALUES (?, ?, ?, ?, ?, ?, ?)")
        try insert.execute(arguments: [run, time, step, kind.rawValue, level.rawValue, text, data])
    }
}
