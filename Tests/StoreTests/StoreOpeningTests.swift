import Base
import Foundation
import GRDB
import Records
import TestSupport
import Testing

@testable import Store

@Suite("Opening a store")
struct StoreOpeningTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func permissions(_ url: URL) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
    }

    @Test("A new store, its folder and its side files are private to the user")
    func isPrivate() throws {
        let store = try RunStore(at: folder.store)
        _ = try store.createRun(name: "nano", experiment: Sample.experiment, seed: 1)
        #expect(try permissions(store.folder) == 0o700)
        for suffix in ["", "-wal", "-shm"] {
            #expect(try permissions(URL(fileURLWithPath: store.url.path + suffix)) == 0o600, "emolab.sqlite\(suffix)")
        }
    }

    @Test("A folder as path means emolab.sqlite in it")
    func folderAsPath() throws {
        #expect(try RunStore(at: folder.url).url.lastPathComponent == "emolab.sqlite")
    }

    @Test("Opening again changes nothing")
    func reopens() throws {
        let id = try RunStore(at: folder.store).createRun(name: "nano", experiment: Sample.experiment, seed: 1).id
        #expect(try RunStore(at: folder.store).run(id)?.experiment == Sample.experiment)
        #expect(try RunStore(at: folder.store, access: .readOnly).runs().map(\.id) == [id])
    }

    @Test("A run's rule of selection is in its row from the start")
    func selection() throws {
        let store = try RunStore(at: folder.store)
        let run = try store.createRun(name: "a", experiment: "", seed: 1, selection: .snd)
        #expect(run.selection == .snd)
        #expect(try store.createRun(name: "b", experiment: "", seed: 1).selection == nil)
    }

    @Test("A text file, a foreign database and a newer store are refused and left byte for byte", arguments: ["text", "foreign", "newer"])
    func refusesForeign(kind: String) throws {
        let url = folder.url.appendingPathComponent("other.sqlite")
        switch kind {
        case "text": try Data(repeating: UInt8(ascii: "x"), count: 5000).write(to: url)
        case "foreign":
            let queue = try DatabaseQueue(path: url.path)
            try queue.write { try $0.execute(sql: "CREATE TABLE photos (id INTEGER)") }
            try queue.close()
        default:
            let queue = try DatabaseQueue(path: url.path)
            try Schema.migrator.migrate(queue)
            try queue.write { db in
                try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
                try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')")
            }
            try queue.close()
        }
        let before = try Data(contentsOf: url)
        let error = #expect(throws: StoreError.self) { try RunStore(at: url) }
        switch (kind, error) {
        case ("newer", .newerSchema(_, let steps)): #expect(steps == ["99 from the future"])
        case ("text", .foreignFile), ("foreign", .foreignFile): break
        default: Issue.record("\(kind): \(String(describing: error))")
        }
        #expect(try Data(contentsOf: url) == before)
    }

    @Test("A damaged store is told as damaged, not as empty")
    func damaged() throws {
        do {
            let store = try RunStore(at: folder.store)
            _ = try store.createRun(name: "nano", experiment: String(repeating: Sample.experiment, count: 2000), seed: 1)
            let pool = try #require(store.pool)
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            try pool.close()
        }
        let handle = try FileHandle(forUpdating: folder.store)
        try handle.seek(toOffset: 100)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: 4000))
        try handle.close()
        let error = #expect(throws: StoreError.self) { try RunStore(at: folder.store) }
        guard case .damaged(let path, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path == folder.store.path)
    }

    @Test("A missing store cannot be opened for what is there, and is not made", arguments: [RunStore.Access.readOnly, .existing])
    func missing(access: RunStore.Access) throws {
        #expect(throws: StoreError.notPresent(path: folder.store.path)) { try RunStore(at: folder.store, access: access) }
        #expect(!FileManager.default.fileExists(atPath: folder.store.deletingLastPathComponent().path))
        let empty = try RunStore(emptyAt: folder.store)
        #expect(try empty.runs().isEmpty && empty.corpora().isEmpty && empty.revision() == StoreRevision(corpora: 0, runs: 0, notes: 0))
        #expect(throws: StoreError.readOnly(path: folder.store.path)) { try empty.createRun(name: "a", experiment: "", seed: 1) }
        #expect(!FileManager.default.fileExists(atPath: folder.store.deletingLastPathComponent().path))
    }

    @Test(
        "Links lead to the store: its log, its run folders and its name are those of the file",
        arguments: ["absolute", "relative", "chain", "dangling"])
    func links(kind: String) throws {
        let files = FileManager.default, links = folder.url.appendingPathComponent("links/deep"),
            link = links.appendingPathComponent("s.sqlite")
        try files.createDirectory(at: links, withIntermediateDirectories: true)
        func lead(_ link: URL, to path: String) throws { try files.createSymbolicLink(atPath: link.path, withDestinationPath: path) }
        if kind != "dangling" { _ = try RunStore(at: folder.store).createRun(name: "first", experiment: "", seed: 1) }
        switch kind {
        case "absolute": try lead(link, to: folder.store.path)
        case "relative": try lead(link, to: "../../store/emolab.sqlite")
        default:
            // By way of a folder that is a link itself: what is relative counts from where the link really lies.
            try lead(folder.url.appendingPathComponent("way"), to: "links")
            try lead(folder.url.appendingPathComponent("links/second"), to: "../store/emolab.sqlite")
            try lead(link, to: folder.url.appendingPathComponent("way/second").path)
        }
        let before = kind == "dangling" ? 0 : 1
        let store = try RunStore(at: link)
        let run = try store.createRun(name: "linked", experiment: "", seed: 1)
        #expect(try store.runs().count == before + 1 && RunStore(at: folder.store).runs() == store.runs())
        #expect(
            store.url.resolvingSymlinksInPath() == folder.store.resolvingSymlinksInPath() && store.url.lastPathComponent == "emolab.sqlite")
        #expect(files.fileExists(atPath: folder.url.appendingPathComponent("store/" + run.folder).path))
        #expect(try files.contentsOfDirectory(atPath: links.path) == ["s.sqlite"])
        #expect(try RunStore(at: link, access: .readOnly).runs().count == before + 1)
    }

    @Test("Links that lead round in a circle are refused")
    func circle() throws {
        let a = folder.url.appendingPathComponent("a.sqlite"), b = folder.url.appendingPathComponent("b.sqlite")
        try FileManager.default.createSymbolicLink(at: a, withDestinationURL: b)
        try FileManager.default.createSymbolicLink(at: b, withDestinationURL: a)
        #expect { try RunStore(at: a) } throws: { "\($0)".contains("cannot be opened") }
    }

    @Test("A store that another program is writing is opened for reading within a second, and written once that has ended")
    func inUse() throws {
        let id = try RunStore(at: folder.store).createRun(name: "first", experiment: "", seed: 1).id
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.store.path, configuration: configuration)
        try other.unsafeReentrantWrite { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let start = ContinuousClock.now
        let store = try RunStore(at: folder.store)
        #expect(ContinuousClock.now - start < .seconds(3) && store.wasInUse && store.pool == nil)
        #expect(try store.runs().map(\.id) == [id])
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.3) { try? other.unsafeReentrantWrite { try $0.execute(sql: "ROLLBACK") } }
        _ = try store.createRun(name: "second", experiment: "", seed: 1)
        #expect(try store.runs().count == 2 && store.pool != nil && RunStore(at: folder.store).wasInUse == false)
    }

    @Test("Writing through a store opened for reading is refused")
    func readOnly() throws {
        _ = try RunStore(at: folder.store)
        let store = try RunStore(at: folder.store, access: .readOnly)
        #expect(throws: StoreError.readOnly(path: folder.store.path)) { try store.createRun(name: "a", experiment: "", seed: 1) }
    }

    @Test("Eight threads that open a fresh store at once all get it")
    func openedAtOnce() throws {
        let failures = FailureList()
        DispatchQueue.concurrentPerform(iterations: 8) { i in
            do {
                _ = try RunStore(at: folder.store).createRun(name: "run", experiment: "", seed: UInt64(i))
            } catch {
                failures.add("\(error)")
            }
        }
        #expect(failures.all == [])
        #expect(try RunStore(at: folder.store).runs().count == 8)
    }
}

final class FailureList: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [String] = []
    func add(_ text: String) { lock.withLock { list.append(text) } }
    var all: [String] { lock.withLock { list } }
}
