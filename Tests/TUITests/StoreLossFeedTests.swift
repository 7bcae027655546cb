import Foundation
import Records
import Store
import Synchronization
import Testing

@testable import TUI

@Suite struct StoreLossFeedTests {
    private final class Inbox: Sendable {
        private let models = Mutex(Models())

        func put(_ model: any PaneModel) { models.withLock { $0.set(model) } }
        func newest<Model: PaneModel>(_ type: Model.Type) -> Model { models.withLock { $0[type] } }

        /// Seconds until `condition` holds, nil after ten.
        func wait(until condition: () -> Bool) -> Double? {
            let start = ContinuousClock.now
            while ContinuousClock.now - start < .seconds(10) {
                if condition() { return (ContinuousClock.now - start) / .seconds(1) }
                usleep(10_000)
            }
            return nil
        }
    }

    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "emolab-loss-\(UUID().uuidString)", isDirectory: true)
    private var stores: URL { folder.appendingPathComponent("store", isDirectory: true) }
    private var file: URL { stores.appendingPathComponent("emolab.sqlite") }

    @Test(
        "A store that goes away is told on the screen, also that another file is in its place; what came meanwhile is shown when it is back"
    )
    func goneAndBack() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: file)
        let run = try store.createRun(name: "small", experiment: "name = \"small\"\n", seed: 7)
        let feed = StoreFeed(store: store, services: .madeUp)
        let inbox = Inbox()
        feed.start { inbox.put($0) }
        defer { feed.stop() }
        #expect(inbox.wait { inbox.newest(TrainView.self).run?.id == run.id } != nil)

        let elsewhere = folder.appendingPathComponent("elsewhere", isDirectory: true)
        try FileManager.default.moveItem(at: stores, to: elsewhere)
        #expect(inbox.wait { inbox.newest(StoreFailure.self).text?.contains("is gone") == true } != nil)
        #expect(inbox.newest(StoreFailure.self).text?.contains(file.path) == true)
        #expect(inbox.wait { inbox.newest(TrainView.self).run == nil } != nil, "nothing of a store that is gone stays")
        feed.issue(.pause, run: run.id)
        #expect(inbox.wait { inbox.newest(Notice.self).text.contains("the order was not stored") } != nil)
        #expect(!FileManager.default.fileExists(atPath: stores.path), "the screen makes no store of its own")

        let stranger = try RunStore(at: file)
        _ = try stranger.createRun(name: "stranger", experiment: "", seed: 1)
        #expect(inbox.wait { inbox.newest(StoreFailure.self).text?.contains("another file") == true } != nil)
        #expect(inbox.newest(TrainView.self).run?.title.contains("stranger") != true)

        try FileManager.default.removeItem(at: stores)
        try FileManager.default.moveItem(at: elsewhere, to: stores)
        #expect(inbox.wait { inbox.newest(StoreFailure.self).text == nil && inbox.newest(TrainView.self).run?.id == run.id } != nil)
        try store.issue(.pause, run: run.id)
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.message(level: .warning, text: "back"))
        try recorder.close()
        #expect(inbox.wait { inbox.newest(TrainView.self).events.contains { $0.text == "back" } } != nil)
    }

    @Test("Two screens at once show the same within a second, whichever of them gave the order")
    func twoScreens() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: file)
        let run = try store.createRun(name: "small", experiment: "name = \"small\"\n", seed: 7)
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(
            .step(
                StepRecord(step: 1, classLoss: 1, alpha: 0.01, samples: 8)))
        let source = StoreOrders(store: store, run: run.id, attempt: run.attempt, interval: 0.02)
        let screens = try (0..<2).map { _ in
            (StoreFeed(store: try RunStore(at: file), services: .madeUp), Inbox())
        }
        for (feed, inbox) in screens { feed.start { inbox.put($0) } }
        defer { screens.forEach { $0.0.stop() } }
        for (_, inbox) in screens { #expect(inbox.wait { inbox.newest(TrainView.self).run?.id == run.id } != nil) }

        var isPaused = false, orders = 0
        for round in 0..<6 {
            // Both screens press the same key: whether the run is paused then does not depend on who was first.
            let order: Order = round % 2 == 0 ? .pause : .resume
            for (feed, _) in screens { feed.issue(order, run: run.id) }
            var obeyed = 0
            let limit = ContinuousClock.now + .seconds(10)
            while obeyed < 2, ContinuousClock.now < limit {
                for taken in source.takeOrders() {
                    #expect(taken.order == order)
                    if isPaused != (order == .pause) { recorder.record(order == .pause ? .paused(step: round) : .resumed(step: round)) }
                    isPaused = order == .pause
                    recorder.record(.order(OrderRecord(id: taken.id, step: round, text: isPaused ? "paused" : "resumed")))
                    obeyed += 1
                }
                usleep(2000)
            }
            orders += obeyed
            try recorder.flush()
            let expected: TrainView.State = isPaused ? .paused : .training
            for (_, inbox) in screens {
                let seconds = inbox.wait {
                    let view = inbox.newest(TrainView.self)
                    return view.run?.state == expected && view.events.filter { $0.kind == .order }.count == orders
                }
                // A poll is a tenth of a second, at most one where reading is slow.
                #expect(seconds ?? 99 < 3)
            }
            #expect(screens[0].1.newest(TrainView.self).events == screens[1].1.newest(TrainView.self).events)
        }
        #expect(orders == 12)
        try recorder.close()
    }
}
