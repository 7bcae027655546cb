import Base
import Foundation
import GRDB
import Records
import TestSupport
import Testing

@testable import Store

@Suite("Recording a run")
struct RunRecorderTests {
    let folder: TemporaryFolder
    let store: RunStore
    let run: RunSummary

    init() throws {
        folder = try TemporaryFolder()
        store = try RunStore(at: folder.store)
        run = try store.createRun(name: "nano DANN/1", experiment: Sample.experiment, seed: 42)
    }

    /// Three epochs of ten steps, the second one best.
    private func record(into recorder: RunRecorder) {
        recorder.record(.started(Sample.plan))
        for epoch in 1...3 {
            for i in 1...10 {
                recorder.record(.step(Sample.step((epoch - 1) * 10 + i, epoch: epoch, domain: i % 2 == 0 ? .target : .source)))
            }
            recorder.record(.answers(epoch: epoch, Sample.answers(epoch)))
            recorder.record(.epoch(Sample.epoch(epoch, accuracy: [0.5, 0.7, 0.6][epoch - 1], isBest: epoch < 3)))
        }
    }

    @Test("What a trainer tells is read back as told")
    func roundTrip() throws {
        let recorder = RunRecorder(store: store, run: run)
        record(into: recorder)
        recorder.record(.message(level: .warning, text: "slow disk"))
        recorder.record(.checkpoint(CheckpointRecord(kind: .best, epoch: 2, step: 20, file: "best.safetensors")))
        let report = Sample.report(bestEpoch: 2, epochs: 3, steps: 30)
        recorder.record(.finished(report))
        try recorder.close()

        let stored = try #require(try store.run(run.id))
        #expect(stored.plan == Sample.plan && stored.finalReport == report && stored.experiment == Sample.experiment)
        #expect(stored.summary.state == .finished && stored.summary.step == 30 && stored.summary.epoch == 3)
        #expect(stored.summary.bestEpoch == 2 && stored.summary.score(.sourceValidation) == 0.7)
        #expect(stored.summary.score(.targetValidation, MetricName.macroF1) == (0.7 - 0.1) / 2)
        let steps = try store.steps(run: run.id)
        #expect(steps == (1...30).map { Sample.step($0, epoch: ($0 - 1) / 10 + 1, domain: $0 % 2 == 0 ? .target : .source) })
        #expect(try store.steps(run: run.id, after: 28).map(\.step) == [29, 30])
        #expect(try store.steps(run: run.id, after: 0, limit: 2).map(\.step) == [1, 2])
        #expect(
            try store.epochs(run: run.id, after: 1) == [
                Sample.epoch(2, accuracy: 0.7, isBest: true), Sample.epoch(3, accuracy: 0.6, isBest: false),
            ])
        #expect(try store.events(run: run.id).map(\.kind) == [.started, .message, .checkpoint, .finished])
    }

    @Test("A run that goes back takes its later steps and epochs out of store and tables, and readers begin anew")
    func goesBack() throws {
        let recorder = RunRecorder(store: store, run: run)
        record(into: recorder)
        try recorder.flush()
        let before = try #require(try store.run(run.id)).summary
        let anomaly = AnomalyRecord(
            step: 31, epoch: 4, reason: "the loss is nan", clips: ["source/a", "source/b"], culprits: ["source/b"], file: nil,
            action: .wentBack(step: 20, rateFactor: 0.5))
        recorder.record(.anomaly(anomaly))
        recorder.record(.step(Sample.step(21, epoch: 3, domain: .source)))
        try recorder.flush()
        let after = try #require(try store.run(run.id)).summary
        #expect(after.step == 21 && after.epoch == 2 && after.bestEpoch == 2 && after.takenBack == 1)
        #expect(after.history > before.history && after.attempt == before.attempt)
        #expect(try store.steps(run: run.id).map(\.step) == Array(1...21) && store.epochs(run: run.id).map(\.epoch) == [1, 2])
        #expect(try store.latestAnswers(run: run.id)?.epoch == 2)
        let event = try #require(try store.events(run: run.id).last)
        #expect(
            event.kind == .anomaly && event.level == .warning && event.step == 31
                && event.text.contains("because of source/b: back to step 20, learning rate × 0.5"))
        let rows = try String(contentsOf: store.runFolder(of: run).appendingPathComponent("metrics.csv"), encoding: .utf8).split(
            separator: "\n"
        ).dropFirst()
        #expect(rows.map { Int($0.prefix { $0 != "," }) } == Array(1...21).map(Optional.init))
        // Skipped, nothing is taken back.
        recorder.record(
            .anomaly(AnomalyRecord(step: 22, epoch: 3, reason: "the loss is inf", clips: [], culprits: [], file: nil, action: .skipped)))
        try recorder.close()
        #expect(try store.run(run.id)?.summary.takenBack == 1 && store.steps(run: run.id).count == 21)
    }

    @Test("Answers stay for the best and the last epoch only")
    func answers() throws {
        let recorder = RunRecorder(store: store, run: run)
        record(into: recorder)
        try recorder.close()
        #expect(try store.latestAnswers(run: run.id)?.outputs == Sample.answers(3).map(\.outputs))
        #expect(try store.bestAnswers(run: run.id)?.outputs == Sample.answers(2).map(\.outputs))
        #expect(try store.read { try Int.fetchAll($0, sql: "SELECT DISTINCT epoch FROM answers ORDER BY epoch") } == [2, 3])
    }

    @Test("The run folder has the experiment as run and one line a step and an epoch and part")
    func runFolder() throws {
        let recorder = RunRecorder(store: store, run: run)
        record(into: recorder)
        try recorder.close()
        #expect(run.folder == "runs/0001-nano-dann-1-42")
        let folder = store.runFolder(of: run)
        #expect(try String(contentsOf: folder.appendingPathComponent("experiment.toml"), encoding: .utf8) == Sample.experiment)
        let metrics = try String(contentsOf: folder.appendingPathComponent("metrics.csv"), encoding: .utf8).split(separator: "\n")
        #expect(metrics.count == 31)
        #expect(metrics[1] == "1,1,source,4,0.01,0.0,0.5,0.6931471805599453,0.25,0.5,0.0001,5e-05,1.25")
        #expect(try String(contentsOf: folder.appendingPathComponent("epochs.csv"), encoding: .utf8).split(separator: "\n").count == 7)
    }

    @Test("A link in the place of a table is not written through", arguments: ["metrics.csv", "epochs.csv"])
    func links(name: String) throws {
        let victim = folder.url.appendingPathComponent("victim"), table = store.runFolder(of: run).appendingPathComponent(name)
        try Data("mine".utf8).write(to: victim)
        try? FileManager.default.removeItem(at: table)
        #expect(symlink(victim.path, table.path) == 0)
        #expect(throws: StoreError.cannotOpen(path: table.path, reason: "a link or a device is in its place")) {
            try LineWriter(table, header: "a")
        }
        #expect(try String(contentsOf: victim, encoding: .utf8) == "mine")
    }

    @Test("A loss that is not a number is a gap, and does not stop the records")
    func notANumber() throws {
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.step(Sample.step(1, loss: .nan)))
        recorder.record(.step(Sample.step(2, loss: .infinity)))
        var epoch = Sample.epoch(1, accuracy: 0.5, isBest: true)
        epoch.scores[0].values[2].value = .nan
        recorder.record(.epoch(epoch))
        try recorder.close()
        #expect(try store.steps(run: run.id).map { $0[Sample.classLoss]?.isNaN } == [true, false])
        let scores = try #require(try store.epochs(run: run.id).first?[.sourceValidation])
        #expect(scores["loss", of: "emotion"] == nil && scores["accuracy", of: "emotion"] == 0.5)
    }

    @Test("Steps appear in the store while the run goes on, without a flush")
    func isLive() async throws {
        let recorder = RunRecorder(store: store, run: run)
        let before = try store.revision()
        recorder.record(.step(Sample.step(1)))
        for _ in 0..<100 where try store.steps(run: run.id).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try store.steps(run: run.id).count == 1)
        #expect(try store.revision().runs > before.runs)
        #expect(try store.revision().corpora == before.corpora)
        try recorder.close()
    }

    @Test("A reader in another connection sees whole transactions while a writer writes")
    func concurrentReader() throws {
        let recorder = RunRecorder(store: store, run: run)
        let reader = try RunStore(at: folder.store, access: .readOnly)
        let failures = FailureList()
        DispatchQueue.concurrentPerform(iterations: 3) { worker in
            do {
                if worker == 0 {
                    for i in 1...2000 {
                        recorder.record(.step(Sample.step(i)))
                        if i % 100 == 0 { try recorder.flush() }
                    }
                } else {
                    var last = 0
                    var revision = -1
                    while last < 2000 {
                        let now = try reader.revision().runs
                        if now < revision { failures.add("the revision went back") }
                        revision = now
                        let steps = try reader.steps(run: run.id, after: last)
                        if steps.map(\.step) != Array((last + 1)..<(last + 1 + steps.count)) { failures.add("a gap after \(last)") }
                        last += steps.count
                    }
                }
            } catch {
                failures.add("\(error)")
            }
        }
        try recorder.close()
        #expect(failures.all == [])
    }

    @Test("Records that cannot be written wait in memory and are written once that is possible again")
    func waitsWhileLocked() throws {
        let recorder = RunRecorder(store: store, run: run)
        try store.write { try $0.execute(sql: "ALTER TABLE steps RENAME TO hidden") }
        recorder.record(.step(Sample.step(1)))
        #expect(throws: StoreError.self) { try recorder.flush() }
        #expect(recorder.failure != nil)
        try store.write { try $0.execute(sql: "ALTER TABLE hidden RENAME TO steps") }
        recorder.record(.step(Sample.step(2)))
        try recorder.close()
        #expect(try store.steps(run: run.id).map(\.step) == [1, 2])
        #expect(recorder.failure == nil)
    }
}

extension AnswerSet {
    fileprivate var outputs: [[String: [Float]]] { answers.map(\.outputs) }
}
