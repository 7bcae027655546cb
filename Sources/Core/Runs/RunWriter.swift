import Base
import Foundation
import GRDB
import Metrics
import Training

/// Turns training events into rows, inside a transaction of `RunRecorder`.
struct RunWriter {
    let db: Database
    let run: Int64
    /// Some of the records may be in the store already. All but notes are written over then; a note of the same instant and words is the same.
    var mayRepeat = false

    // Columns are named everywhere: a newer program may add some while this one is at work.
    func write(_ records: some Collection<TimedEvent>, lastStep: inout Int) throws {
        let insertStep = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO steps (run, step, epoch, domain, class_loss, domain_loss, class_accuracy, domain_accuracy, alpha,
                    learning_rate, gradient_norm, clips, seconds, waiting_seconds)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        var hasNewPredictions = false
        for record in records {
            let time = record.time
            switch record.event {
            case .started(let plan):
                // Of a run that goes on from a checkpoint the past stays as it was planned.
                try replan(plan, after: lastStep)
                try setState(.running)
                try note(time, nil, .started, .info, "\(counted(plan.epochs, "epoch")) of \(counted(plan.stepsPerEpoch, "step"))")
            case .step(let step):
                lastStep = step.step
                try insertStep.execute(arguments: [
                    run, step.step, step.epoch, step.domain.rawValue, step.classLoss, step.domainLoss, step.classAccuracy,
                    step.domainAccuracy, step.alpha, step.learningRate, step.gradientNorm, step.clips, step.seconds, step.waitingSeconds,
                ])
            case .epoch(let epoch):
                try write(epoch)
                hasNewPredictions = true
            case .predictions(let epoch, let predictions):
                try write(predictions, epoch: epoch)
                hasNewPredictions = true
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
                try replan(plan, after: step)
                try db.execute(sql: "UPDATE runs SET experiment = ? WHERE id = ?", arguments: [experiment, run])
            case .anomaly(let anomaly):
                if case .wentBack(let step, _) = anomaly.action {
                    try forget(after: step)
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
        if hasNewPredictions { try thinPredictions() }
    }

    /// Takes back what was told of steps after this one. Readers begin anew, as after a resume.
    private func forget(after step: Int) throws {
        for table in ["predictions", "scores"] {
            try db.execute(
                sql: "DELETE FROM \(table) WHERE run = ? AND epoch IN (SELECT epoch FROM epochs WHERE run = ? AND step > ?)",
                arguments: [run, run, step])
        }
        for table in ["epochs", "steps"] { try db.execute(sql: "DELETE FROM \(table) WHERE run = ? AND step > ?", arguments: [run, step]) }
        try db.execute(
            sql: """
                UPDATE runs SET step = ?, taken_back = taken_back + 1, epoch = coalesce((SELECT max(epoch) FROM epochs WHERE run = runs.id), 0),
                    best_epoch = (SELECT max(epoch) FROM epochs WHERE run = runs.id AND is_best)
                WHERE id = ?
                """, arguments: [step, run])
    }

    private func replan(_ plan: RunPlan, after step: Int) throws {
        var plan = plan
        if step > 0, let text = try String.fetchOne(db, sql: "SELECT plan FROM runs WHERE id = ?", arguments: [run]) {
            let earlier: RunPlan = try JSON.value(text)
            plan = plan.continuing(earlier, after: step)
        }
        try db.execute(sql: "UPDATE runs SET plan = ? WHERE id = ?", arguments: [try JSON.text(plan), run])
    }

    private func write(_ epoch: EpochRecord) throws {
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO epochs (run, epoch, step, is_best, seconds, entropy, infomax, snd, dev)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                run, epoch.epoch, epoch.step, epoch.isBest, epoch.seconds, epoch.targetScores?.entropy, epoch.targetScores?.infomax,
                epoch.targetScores?.snd, epoch.targetScores?.dev,
            ])
        for (domain, scores) in [(Domain.source, epoch.source as DomainScores?), (.target, epoch.target)] {
            guard let scores else { continue }
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO scores (run, epoch, domain, loss, accuracy, macro_f1, domain_accuracy, clips, confusion)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    run, epoch.epoch, domain.rawValue, scores.loss, scores.accuracy, scores.macroF1, scores.domainAccuracy, scores.clips,
                    try JSON.text(scores.confusion),
                ])
        }
        try db.execute(sql: "UPDATE runs SET epoch = ? WHERE id = ?", arguments: [epoch.epoch, run])
        if epoch.isBest { try db.execute(sql: "UPDATE runs SET best_epoch = ? WHERE id = ?", arguments: [epoch.epoch, run]) }
    }

    private func write(_ predictions: [Prediction], epoch: Int) throws {
        let insert = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO predictions (run, epoch, domain, clip, truth, predicted, probabilities) VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        for prediction in predictions {
            try insert.execute(arguments: [
                run, epoch, prediction.domain.rawValue, prediction.clip, prediction.truth, prediction.predicted,
                PackedFloats.pack(prediction.probabilities),
            ])
        }
    }

    /// Predictions stay for the best and the last epoch. Whichever of the two events of an epoch comes first, the last epoch told counts.
    private func thinPredictions() throws {
        try db.execute(
            sql: """
                DELETE FROM predictions WHERE run = :run
                    AND epoch < (SELECT max(epoch) FROM predictions WHERE run = :run)
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
