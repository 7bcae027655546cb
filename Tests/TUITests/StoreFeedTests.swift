import Corpora
import Foundation
import Runs
import Synchronization
import Testing
import Training

@testable import TUI

@Suite struct StoreFeedTests {
    /// What a feed delivered, waited for with a limit.
    private final class Inbox: Sendable {
        private let models = Mutex(Models())
        private let count = Mutex(0)

        func put(_ model: any PaneModel) {
            models.withLock { $0.set(model) }
            count.withLock { $0 += 1 }
        }

        var deliveries: Int { count.withLock { $0 } }
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

    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-feed-\(UUID().uuidString)", isDirectory: true)

    private func clips() -> CorpusScan {
        CorpusScan(
            clips: [
                Clip(name: "1001_A", corpus: "crowd", speaker: "1001", emotion: "sad", age: 31, ratings: ["sad": 0.75], video: "/nowhere/1001_A.flv"),
                Clip(name: "1002_B", corpus: "crowd", speaker: "1002", emotion: "fear", video: "/nowhere/1002_B.flv"),
            ], rejected: [RejectedFile(path: "/nowhere/notes.mp4", reason: "a text file, not a video")])
    }

    @Test("Corpora, a live run, its predictions and an order go through the store and back")
    func everything() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        _ = try store.addCorpus(name: "crowd", format: "crema-d", folder: "/nowhere", scan: clips())
        let feed = StoreFeed(store: store, cache: ClipCache(folder: folder.appendingPathComponent("cache")))
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
        var plan = try #require(Sample.train().plan)
        plan.stepsPerEpoch = 2
        recorder.record(.started(plan))
        for step in 1...3 {
            recorder.record(
                .step(
                    StepRecord(
                        step: step, epoch: 1, domain: .source, classLoss: 1 / Double(step), domainLoss: 0.7, classAccuracy: nil, domainAccuracy: nil,
                        alpha: 0.01, learningRate: 1e-3, gradientNorm: 1, clips: 8, seconds: 0.1, waitingSeconds: 0)))
        }
        recorder.record(
            .epoch(EpochRecord(epoch: 1, step: 2, source: Sample.scores(0.5, clips: 2), target: Sample.scores(0.4, clips: 2), isBest: true, seconds: 1)))
        recorder.record(
            .predictions(epoch: 1, [Prediction(clip: "1001_A", domain: .target, truth: 2, probabilities: [0, 0, 0, 0, 1, 0])]))
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
        recorder.record(.replanned(step: 3, plan, experiment: experiment + "[adaptation]\nalpha.maximum = 0.05\n"))
        recorder.record(.order(OrderRecord(id: try #require(try store.pendingOrders(run: run.id).first?.id), step: 3, text: "alpha.maximum 0.1 → 0.05")))
        #expect(inbox.waits { inbox.newest(TrainView.self).plan?.epochs == 9 && inbox.newest(TrainView.self).alpha.maximum == 0.05 })

        // A clip whose file is gone has a preview that says so, with what the store knows of it.
        feed.ask(PreviewRequest(clip: "crowd/1001_A", run: nil))
        #expect(inbox.waits { inbox.newest(PreviewView.self).clip == "crowd/1001_A" })
        let preview = inbox.newest(PreviewView.self)
        #expect(preview.ratings == ["sad": 0.75])
        if case .missing(let reason) = preview.state { #expect(reason.contains("1001_A")) } else { Issue.record("a preview of no file") }

        // Nothing changes: nothing is delivered, whatever the clock says. The list of runs, which is told every two seconds, comes last.
        usleep(2_500_000)
        let before = inbox.deliveries
        usleep(2_500_000)
        // But for the memory of the run's process, which is this one: other tests change it, and it is told every two seconds at most.
        #expect(inbox.deliveries - before <= 1)
    }

    @Test("A feed that was never started, or was stopped twice, goes away quietly")
    func unused() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        _ = StoreFeed(store: store)
        let feed = StoreFeed(store: store)
        feed.start { _ in }
        feed.stop()
        feed.stop()
    }

    @Test("An order to a run that is over comes back as a sentence")
    func lateOrder() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        let feed = StoreFeed(store: store)
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
        let grid = Workbench.snapshot(feed: StoreFeed(store: store), pane: 1, width: 100, height: 30)
        #expect(grid.text.contains("1002_B") && grid.text.contains("crema-d"))
    }
}
