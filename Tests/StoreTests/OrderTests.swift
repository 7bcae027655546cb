import Base
import Foundation
import Records
import TestSupport
import Testing

@testable import Store

@Suite("Orders")
struct OrderTests {
    let folder: TemporaryFolder
    let store: RunStore
    let run: RunSummary

    init() throws {
        folder = try TemporaryFolder()
        store = try RunStore(at: folder.store)
        run = try store.createRun(name: "nano", experiment: Sample.experiment, seed: 1)
    }

    private func wait(_ source: StoreOrders, for count: Int) async throws -> [PendingOrder] {
        var orders: [PendingOrder] = []
        for _ in 0..<200 where orders.count < count {
            orders += source.takeOrders()
            try await Task.sleep(for: .milliseconds(10))
        }
        return orders
    }

    @Test("An order issued through another connection is handed out once, oldest first, and acknowledged")
    func lifeOfAnOrder() async throws {
        let source = StoreOrders(store: store, run: run.id, interval: 0.01)
        let screen = try RunStore(at: folder.store)
        let asked: [Order] = [.pause, .resume, .set(key: "alpha.maximum", value: "0.05"), .stop]
        let ids = try asked.map { try screen.issue($0, run: run.id, by: "test") }
        let orders = try await wait(source, for: 4)
        #expect(orders.map(\.id) == ids)
        #expect(orders.map(\.order) == asked)
        #expect(source.takeOrders().isEmpty)
        #expect(try screen.pendingOrders(run: run.id).map(\.state) == Array(repeating: .taken, count: 4))

        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.order(OrderRecord(id: ids[2], step: 7, text: "alpha.maximum 0.1 → 0.05")))
        try recorder.flush()
        #expect(try screen.pendingOrders(run: run.id).map(\.id) == [ids[0], ids[1], ids[3]])
        let applied = try #require(try screen.orders(run: run.id).first { $0.id == ids[2] })
        #expect(applied.state == .applied && applied.step == 7 && applied.text == "alpha.maximum 0.1 → 0.05" && applied.issuedBy == "test")
        recorder.record(.stopped(step: 8))
        try recorder.close()
        #expect(try screen.orders(run: run.id).map(\.state) == [.lapsed, .lapsed, .applied, .lapsed])
    }

    @Test("However many ask at once, every order is taken exactly once")
    func exactlyOnce() throws {
        let second = try RunStore(at: folder.store)
        let taken = FailureList()
        let failures = FailureList()
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            do {
                for i in 0..<50 {
                    if worker < 2 {
                        try (worker == 0 ? store : second).issue(.set(key: "k\(worker)", value: "\(i)"), run: run.id)
                    } else {
                        for order in try (worker == 2 ? store : second).takeOrders(run: run.id) { taken.add("\(order.id)") }
                    }
                }
            } catch {
                failures.add("\(error)")
            }
        }
        for order in try store.takeOrders(run: run.id) { taken.add("\(order.id)") }
        #expect(failures.all == [])
        #expect(taken.all.count == 100)
        #expect(Set(taken.all).count == 100)
    }

    @Test("A run that has ended takes no orders")
    func ended() throws {
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.stopped(step: 0))
        try recorder.close()
        #expect(throws: StoreError.runNotLive(run.id, state: .stopped)) { try store.issue(.pause, run: run.id) }
        #expect(throws: StoreError.noSuchRun(99)) { try store.issue(.pause, run: 99) }
    }

    @Test("Taking orders answers at once, also while another process holds the store")
    func answersAtOnce() throws {
        let source = StoreOrders(store: store, run: run.id, interval: 0.01)
        // Whoever waited for the store once would wait until it is given up.
        let all = try store.write { _ in
            ContinuousClock().measure { for _ in 0..<1000 { _ = source.takeOrders() } }
        }
        #expect(all < .seconds(RunStore.busyTimeout))
    }

    @Test(
        "Orders that were taken in the instant in which the store went away are handed out when it is back, and those handed out before are not"
    )
    func takenInDoubt() throws {
        let source = StoreOrders(store: store, run: run.id, attempt: run.attempt, interval: 60)
        let first = try store.issue(.pause, run: run.id)
        source.look()
        #expect(source.takeOrders().map(\.id) == [first])
        let second = try store.issue(.resume, run: run.id), third = try store.issue(.stop, run: run.id)
        // The transaction came to the disk, its orders did not come back.
        _ = try store.takeOrders(run: run.id)
        let elsewhere = folder.url.appendingPathComponent("elsewhere.sqlite")
        try FileManager.default.moveItem(at: folder.store, to: elsewhere)
        source.look()
        try FileManager.default.moveItem(at: elsewhere, to: folder.store)
        source.look()
        #expect(source.takeOrders().map(\.id) == [second, third])
        source.look()
        #expect(source.takeOrders().isEmpty)
    }

    @Test("An answer is waited for: applied, refused, lapsed at the end, or of a process that died")
    func answers() throws {
        let recorder = RunRecorder(store: store, run: run)
        let ids = try [Order.pause, .set(key: "k", value: "v"), .resume].map { try store.issue($0, run: run.id) }
        #expect(try store.answer(to: ids[0], run: run.id, within: 0.1) == nil)
        recorder.record(.order(OrderRecord(id: ids[0], step: 3, text: "paused")))
        recorder.record(.order(OrderRecord(id: ids[1], step: 3, text: "refused: no such key", isRefused: true)))
        recorder.record(.stopped(step: 3))
        #expect(try store.answer(to: ids[0], run: run.id, within: 10)?.state == .applied)
        #expect(try store.answer(to: ids[1], run: run.id, within: 10)?.text == "refused: no such key")
        #expect(try store.answer(to: ids[2], run: run.id, within: 10)?.state == .lapsed)
        try recorder.close()
        let next = try store.createRun(name: "next", experiment: Sample.experiment, seed: 1)
        let order = try store.issue(.pause, run: next.id)
        try store.write { try $0.execute(sql: "UPDATE runs SET boot = 'another-boot' WHERE id = ?", arguments: [next.id]) }
        #expect(try store.answer(to: order, run: next.id, within: 10)?.state == .lapsed)
        #expect(try store.answer(to: 999, run: next.id, within: 10) == nil)
    }
}
