import Corpora
import Foundation
import Records
import Store
import Synchronization
import Testing

@testable import TUI

@Suite struct StoreFeedTests {
    /// What a feed delivered, waited for with a limit.
    private final class Inbox: Sendable {
        private let models = Mutex(Models())
        private let all = Mutex<[any PaneModel]>([])

        func put(_ model: any PaneModel) {
            models.withLock { $0.set(model) }
            all.withLock { $0.append(model) }
        }

        var deliveries: Int { all.withLock { $0.count } }
        var notices: [String] { all.withLock { $0.compactMap { ($0 as? Notice)?.text } } }
        func count<Model: PaneModel>(of type: Model.Type) -> Int { all.withLock { $0.count { $0 is Model } } }
        func newest<Model: PaneModel>(_ type: Model.Type) -> Model { models.withLock { $0[type] } }

        /// True once `condition` holds, false after ten seconds.
        func waits(until condition: () -> Bool) -> Bool {
            for _ in 0..<1000 {
                if condition() { return true }
                usleep(10_000)
            }
            return false
        }
    }

    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "emolab-feed-\(UUID().uuidString)", isDirectory: true)

    private func clips() -> CorpusScan {
        CorpusScan(
            clips: [
                Clip(
                    name: "1001_A", corpus: "crowd", speaker: "1001", emotion: "sad", age: 31, ratings: ["sad": 0.75],
                    video: "/nowhere/1001_A.flv"),
                Clip(name: "1002_B", corpus: "crowd", speaker: "1002", emotion: "fear", video: "/nowhere/1002_B.flv"),
            ], rejected: [RejectedFile(path: "/nowhere/notes.mp4", reason: "a text file, not a video")])
    }

    @Test("Corpora, a live run, its predictions and an order go through the store and back")
    func everything() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        _ = try store.addCorpus(name: "crowd", format: "crema-d", folder: "/nowhere", scan: clips())
        let feed = StoreFeed(store: store, services: .madeUp)
        let inbox = Inbox()
        feed.start { inbox.put($0) }
        defer { feed.stop() }
        #expect(inbox.waits { inbox.newest(CorporaView.self).state == .ready })
        let corpora = inbox.newest(CorporaView.self)
        #expect(corpora.rows.map(\.id) == ["crowd/1001_A", "crowd/1002_B"] && corpora.rows[0].age == 31)
        #expect(corpora.rejected.first?.reason == "a text file, not a video")
        #expect(inbox.newest(TrainView.self).run == nil)

        // A run begins in this process and is seen without anyone telling the feed.
        let experiment = "name = \"small\"\n[data]\nsource = \"studio\"\ntarget = \"crowd\"\n"
        let run = try store.createRun(name: "small", experiment: experiment, seed: 7)
        let recorder = RunRecorder(store: store, run: run)
        try store.recordSamples(
            [RunSample(.targetValidation, clip: "1001_A", speaker: "1001", truth: [Sample.head: .label(2)])], run: run.id)
        var plan = try #require(Sample.train().plan)
        plan.stepsPerEpoch = 2
        recorder.record(.started(plan))
        for step in 1...3 {
            recorder.record(
                .step(
                    StepRecord(step: step, classLoss: 1 / Double(step), domainLoss: 0.7, alpha: 0.01, samples: 8)))
        }
        recorder.record(
            .epoch(
                EpochRecord(
                    epoch: 1, step: 2,
                    scores: [Sample.scores(.sourceValidation, 0.5, clips: 2), Sample.scores(.targetValidation, 0.4, clips: 2)],
                    isBest: true,
                    seconds: 1)
            ))
        recorder.record(
            .answers(epoch: 1, [Answer(.targetValidation, clip: "1001_A", outputs: [Sample.head: [0, 0, 0, 0, 1, 0]])]))
        #expect(inbox.waits { inbox.newest(TrainView.self).steps.count == 3 && inbox.newest(TrainView.self).epochs.count == 1 })
        let train = inbox.newest(TrainView.self)
        #expect(train.run?.id == run.id && train.run?.state == .training && train.run?.title == "small, seed 7")
        #expect(train.source == "studio" && train.target == "crowd" && train.steps.map(\.step) == [1, 2, 3])
        #expect(inbox.waits { inbox.newest(CorporaView.self).rows.first?.prediction == "fear" })
        let row = try #require(inbox.newest(CorporaView.self).rows.first)
        #expect(row.isRight == false && row.split == "validation")

        feed.issue(.set(key: "alpha.maximum", value: "0.05"), run: run.id)
        #expect(inbox.waits { (try? store.pendingOrders(run: run.id).first?.order) == .set(key: "alpha.maximum", value: "0.05") })

        // The trainer takes it: the plan on the screen is the new one.
        plan.epochs = 9
        plan.schedules[0].values = [0, 0.05]
        recorder.record(.replanned(step: 3, plan, experiment: experiment + "[adaptation]\nalpha.maximum = 0.05\n"))
        recorder.record(
            .order(OrderRecord(id: try #require(try store.pendingOrders(run: run.id).first?.id), step: 3, text: "alpha.maximum 0.1 → 0.05"))
        )
        #expect(
            inbox.waits { inbox.newest(TrainView.self).plan?.epochs == 9 && abs(inbox.newest(TrainView.self).alphaMaximum - 0.05) < 1e-9 })

        // A clip whose file is gone has a preview that says so, with what the store knows of it.
        feed.show([PreviewRequest(clip: "crowd/1001_A", run: nil)])
        #expect(inbox.waits { inbox.newest(PreviewView.self).clip == "crowd/1001_A" })
        let preview = inbox.newest(PreviewView.self)
        #expect(preview.ratings == ["sad": 0.75])
        if case .missing(let reason) = preview.state { #expect(reason.contains("1001_A")) } else { Issue.record("a preview of no file") }
    }

    @Test("Where nothing changes a look delivers nothing, also one at which the list is due")
    func unchanged() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        _ = try store.addCorpus(name: "crowd", format: "crema-d", folder: "/nowhere", scan: clips())
        let run = try store.createRun(name: "small", experiment: "name = \"small\"\n", seed: 7)
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.stopped(step: 1))
        try recorder.close()
        var runs = RunReader(chosen: nil)
        var readers: [any StoreReader] = [
            CorporaReader(), MatricesReader(), AnswersReader(experiments: MadeUpExperiments()), NotesReader(),
            ComparedReader(experiments: MadeUpExperiments()), EvaluationReader(), ParametersReader(experiments: MadeUpExperiments()),
            LogReader(),
        ]
        func look(changed: Bool, isListDue: Bool) throws -> [any PaneModel] {
            var models = try runs.read(store, changed: changed, isListDue: isListDue)
            var turn = StoreTurn(store: store, corporaChanged: changed, runsChanged: changed, notesChanged: changed, isListDue: isListDue)
            (turn.shown, turn.predictions) = (runs.shownRun, runs.predictions)
            for index in readers.indices { models += try readers[index].read(turn) }
            return models
        }
        #expect(try look(changed: true, isListDue: true).count > 6)
        _ = try look(changed: false, isListDue: true)
        for isListDue in [true, false, true] { #expect(try look(changed: false, isListDue: isListDue).isEmpty) }
    }

    @Test("What is asked before anybody listens is answered once somebody does, and every session begins with everything")
    func beforeStart() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        _ = try store.addCorpus(name: "crowd", format: "crema-d", folder: "/nowhere", scan: clips())
        let feed = StoreFeed(store: store, services: .madeUp)
        feed.ask(LogFileRequest(path: "/nowhere/log"))
        feed.ask(NoteAction(note: "looks away", corpus: "crowd", clip: "1001_A"))
        feed.show([PreviewRequest(clip: "crowd/1001_A", run: nil)])
        feed.issue(.pause, run: 99)
        // Time enough for a feed that would not wait.
        usleep(300_000)
        #expect(feed.pending > 0)
        #expect(try store.clipNotes().isEmpty)
        for round in 1...2 {
            let inbox = Inbox()
            feed.start { inbox.put($0) }
            #expect(inbox.waits { inbox.newest(LogView.self).isLoaded && inbox.newest(RunsView.self).state == .ready }, "\(round)")
            #expect(
                inbox.waits { inbox.newest(AnswersView.self).state == .ready && inbox.newest(MatricesView.self).state == .ready },
                "\(round)")
            #expect(
                inbox.waits { inbox.newest(CorporaView.self).rows.count == 2 && inbox.newest(ParametersView.self).isLoaded }, "\(round)")
            #expect(inbox.waits { inbox.newest(NotesView.self).notes["crowd/1001_A"]?.note == "looks away" }, "\(round)")
            if round == 1 {
                #expect(inbox.waits { inbox.newest(PreviewView.self).clip == "crowd/1001_A" })
                #expect(
                    inbox.waits {
                        inbox.notices.contains { $0.contains("order was not stored") } && inbox.notices.contains("1001_A: note kept")
                    })
            }
            #expect(inbox.waits { feed.pending == 0 }, "\(round)")
            feed.stop()
            let count = inbox.deliveries
            feed.ask(RunRequest(run: 1))
            feed.stop()
            #expect(inbox.deliveries == count)
        }
        // One that nobody ever listened to goes away quietly, with what it was asked.
        weak var unused: StoreFeed?
        do {
            let feed = StoreFeed(store: store, services: .madeUp)
            feed.ask(RunRequest(run: 1))
            unused = feed
        }
        #expect(unused == nil)
    }

    @Test("Whoever gets a model may ask the feed, and stop it, there and then", .timeLimit(.minutes(1)))
    func receiverStops() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let feed = StoreFeed(store: try RunStore(at: folder), services: .madeUp), inbox = Inbox()
        feed.start { [weak feed] model in
            inbox.put(model)
            guard model is CorporaView else { return }
            feed?.ask(RunRequest(run: 1))
            feed?.stop()
            inbox.put(Notice(text: "stopped"))
        }
        #expect(inbox.waits { inbox.notices.contains("stopped") })
        feed.stop()
        let count = inbox.deliveries
        usleep(300_000)
        #expect(inbox.deliveries == count && inbox.count(of: CorporaView.self) == 1)
    }

    @Test("Once a feed is stopped nothing comes any more, though a model was on its way", .timeLimit(.minutes(1)))
    func stopWaits() throws {
        let begun = DispatchSemaphore(value: 0), received = Mutex(0)
        let delivery = Delivery { _ in
            begun.signal()
            usleep(100_000)
            received.withLock { $0 += 1 }
        }
        DispatchQueue.global().async { delivery.deliver(Notice(text: "slow")) }
        begun.wait()
        delivery.end()
        #expect(received.withLock(\.self) == 1)
        delivery.deliver(Notice(text: "late"))
        #expect(received.withLock(\.self) == 1)
    }

    @Test("What is on the screen is answered again when what it rests on has changed, and only then; what is no longer shown is not")
    func standing() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        _ = try store.addCorpus(name: "crowd", format: "crema-d", folder: "/nowhere", scan: clips())
        let feed = StoreFeed(store: store, services: .madeUp)
        let inbox = Inbox()
        feed.start { inbox.put($0) }
        defer { feed.stop() }
        func reason() -> String { if case .missing(let reason) = inbox.newest(PreviewView.self).state { reason } else { "" } }
        feed.show([PreviewRequest(clip: "crowd/1001_A", run: nil)])
        #expect(inbox.waits { reason().contains("/nowhere/1001_A.flv") })
        var moved = clips()
        moved.clips[0].video = "/elsewhere/1001_A.flv"
        _ = try store.addCorpus(name: "crowd", format: "crema-d", folder: "/elsewhere", scan: moved, replacing: true)
        #expect(inbox.waits { reason().contains("/elsewhere/1001_A.flv") })
        // Another clip's row is no reason, nor is the same request again.
        let count = inbox.count(of: PreviewView.self)
        moved.clips[1].video = "/elsewhere/1002_B.flv"
        _ = try store.addCorpus(name: "crowd", format: "crema-d", folder: "/elsewhere", scan: moved, replacing: true)
        feed.show([])
        feed.show([PreviewRequest(clip: "crowd/1001_A", run: nil)])
        #expect(inbox.waits { inbox.count(of: CorporaView.self) >= 3 && feed.pending == 0 } && inbox.count(of: PreviewView.self) == count)
        feed.show([])
        _ = try store.addCorpus(name: "crowd", format: "crema-d", folder: "/nowhere", scan: clips(), replacing: true)
        #expect(inbox.waits { inbox.count(of: CorporaView.self) >= 4 && feed.pending == 0 } && inbox.count(of: PreviewView.self) == count)
        // A file that comes is told by nobody; it is looked for whenever the list is due.
        feed.show([PreviewRequest(clip: "crowd/1001_A", run: nil)])
        #expect(inbox.waits { reason().contains("/nowhere/1001_A.flv") })
    }

    @Test("A shown run that is deleted is told, and what is shown in its place")
    func deletedRun() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        for seed in 1...3 {
            let recorder = RunRecorder(store: store, run: try store.createRun(name: "r", experiment: "", seed: UInt64(seed)))
            recorder.record(.stopped(step: 1))
            try recorder.close()
        }
        let feed = StoreFeed(store: store, services: .madeUp)
        let inbox = Inbox()
        feed.start { inbox.put($0) }
        defer { feed.stop() }
        #expect(inbox.waits { inbox.newest(TrainView.self).run?.id == 3 && inbox.newest(RunsView.self).rows.count == 3 })
        try RunStore(at: folder).deleteRun(3, withFolder: false)
        #expect(inbox.waits { inbox.notices == ["run 3 was deleted; run 2 is shown"] && inbox.newest(TrainView.self).run?.id == 2 })
        // One that is not shown is nobody's concern; one deleted here says last what was done.
        try store.deleteRun(1, withFolder: false)
        #expect(inbox.waits { inbox.newest(RunsView.self).rows.count == 1 })
        feed.ask(DeleteRun(run: 2, withFolder: false))
        #expect(inbox.waits { inbox.notices.count == 3 })
        #expect(inbox.notices.dropFirst() == ["run 2 was deleted; there is no other run", "run 2 deleted; its folder stays"])
    }

    @Test("An order to a run that is over comes back as a sentence")
    func lateOrder() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        let feed = StoreFeed(store: store, services: .madeUp)
        let inbox = Inbox()
        feed.start { inbox.put($0) }
        defer { feed.stop() }
        feed.issue(.pause, run: 99)
        #expect(inbox.waits { inbox.newest(Notice.self).text.contains("order") })
    }

    @Test("A snapshot waits for the store and draws its pane")
    func snapshot() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        _ = try store.addCorpus(name: "crowd", format: "crema-d", folder: "/nowhere", scan: clips())
        let grid = Workbench.snapshot(feed: StoreFeed(store: store, services: .madeUp), pane: .corpora, width: 100, height: 30)
        #expect(grid.text.contains("1002_B") && grid.text.contains("crema-d"))
    }
}
