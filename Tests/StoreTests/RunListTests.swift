import Base
import Foundation
import Records
import TestSupport
import Testing

@testable import Store

@Suite("The list of runs, row by row") final class RunListTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "emolab-list-\(UUID().uuidString)", isDirectory: true)
    private let store: RunStore

    init() throws { store = try RunStore(at: folder) }
    deinit { try? FileManager.default.removeItem(at: folder) }

    private func run(_ name: String, parent: Int64? = nil) throws -> RunSummary {
        try store.createRun(name: name, experiment: "name = \"\(name)\"\n", seed: 42, parent: parent)
    }

    @Test("Only rows that changed since the last look are read, whichever part of a run changed")
    func changes() throws {
        let first = try run("first"), second = try run("second")
        var look = try store.runChanges(after: nil)
        #expect(look.runs.isEmpty && look.total == 2)
        #expect(try store.runChanges(after: look.counter).runs.isEmpty)
        try store.issue(.pause, run: first.id)
        look = try store.runChanges(after: look.counter)
        #expect(look.runs.map(\.id) == [first.id])
        let recorder = RunRecorder(store: store, run: second)
        recorder.record(.stopped(step: 3))
        try recorder.close()
        look = try store.runChanges(after: look.counter)
        #expect(look.runs.map(\.id) == [second.id] && look.runs[0].state == .stopped)
        let third = try run("third", parent: second.id)
        look = try store.runChanges(after: look.counter)
        #expect(look.runs.map(\.id) == [third.id] && look.total == 3)
        try store.deleteRun(second.id, withFolder: false)
        look = try store.runChanges(after: look.counter)
        #expect(look.total == 2 && look.runs.map(\.id) == [third.id] && look.runs[0].parent == nil)
        #expect(try store.runIDs() == [first.id, third.id])
    }

    @Test("Pages go from the newest run to the oldest")
    func pages() throws {
        let ids = try (0..<5).map { try run("r\($0)").id }
        let page = try store.runs(limit: 2)
        #expect(page.map(\.id) == [ids[4], ids[3]])
        #expect(try store.runs(before: ids[3], limit: 10).map(\.id) == [ids[2], ids[1], ids[0]])
        #expect(try store.runs(before: ids[0], limit: 10).isEmpty)
    }

    @Test("Runs that no process ended are found, a dead one as interrupted; ended ones are not looked at")
    func open() throws {
        let alive = try run("alive"), dead = try run("dead"), over = try run("over")
        try store.write { db in
            try db.execute(sql: "UPDATE runs SET state = 'finished' WHERE id = ?", arguments: [over.id])
            try db.execute(sql: "UPDATE runs SET boot = 'another boot' WHERE id = ?", arguments: [dead.id])
        }
        let open = try store.openRuns()
        #expect(open.map(\.id) == [dead.id, alive.id] && open.map(\.state) == [.interrupted, .running])
        #expect(try store.asked(of: [alive.id, 99]) == [alive.id: AskedRun(experiment: "name = \"alive\"\n", preparation: nil)])
    }

    @Test("A look at ten thousand runs of which one changed takes a fraction of a millisecond, not a reading of all")
    func quick() throws {
        try store.write { db in
            for i in 0..<10_000 {
                try db.execute(
                    sql:
                        "INSERT INTO runs (uuid, name, system, experiment, seed, folder, state, created, best_epoch, main_head) VALUES (?, 'a', '', '', ?, 'runs/x', 'finished', 0, 1, 'emotion')",
                    arguments: ["\(i)", i])
            }
        }
        let changed = try run("changed")
        let counter = try store.runChanges(after: nil).counter
        var looks: [Duration] = []
        for _ in 0..<20 {
            try store.issue(.pause, run: changed.id)
            var count = 0
            looks.append(try ContinuousClock().measure { count = try store.runChanges(after: counter).runs.count })
            #expect(count == 1)
        }
        var count = 0
        let all = try ContinuousClock().measure { count = try store.runs().count }
        #expect(count == 10_001)
        print("one changed run of 10,000: \(looks.min() ?? .zero); all: \(all)")
        #expect(try #require(looks.min()) < all / 10)
    }
}
