// Stores of other programs: of later steps, and from before the first release.
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Store

@Suite("Steps of the schema")
struct SchemaTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("A later step is added to a store of step 1, which keeps its rows; for reading alone it is asked for")
    func laterStep() throws {
        let id = try RunStore(at: folder.store).createRun(name: "a", experiment: "", seed: 1).id
        var later = Schema.migrator
        later.registerMigration("2 invented") { try $0.execute(sql: "ALTER TABLE runs ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'") }
        #expect(throws: StoreError.older(path: folder.store.path)) {
            try RunStore(at: folder.store, access: .readOnly, patience: 1, schema: later)
        }
        let store = try RunStore(at: folder.store, access: .existing, patience: 1, schema: later)
        #expect(try store.runs().map(\.id) == [id] && store.notice == nil)
        #expect(try store.read { try String.fetchOne($0, sql: "SELECT colour FROM runs") } == "red")
    }

    /// A store as a program from before the first release left it.
    private func makeEarlier() throws -> Data {
        try FileManager.default.createDirectory(at: folder.store.deletingLastPathComponent(), withIntermediateDirectories: true)
        let queue = try DatabaseQueue(path: folder.store.path)
        try queue.writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    PRAGMA application_id = \(Schema.applicationID);
                    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                    INSERT INTO grdb_migrations VALUES ('1 corpora'), ('2 runs');
                    CREATE TABLE runs (id INTEGER PRIMARY KEY, name TEXT);
                    INSERT INTO runs VALUES (41, 'old');
                    """)
        }
        try queue.close()
        return try Data(contentsOf: folder.store)
    }

    @Test("A store from before the first release is put aside byte for byte, and runs count on after its folders")
    func putsAside() throws {
        let bytes = try makeEarlier(), runs = folder.store.deletingLastPathComponent().appendingPathComponent("runs")
        for name in ["0007-a-1", "0041-old-2", "notes", "99999999999999999999-x"] {
            try FileManager.default.createDirectory(at: runs.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        #expect(throws: StoreError.beforeRelease(path: folder.store.path)) { try RunStore(at: folder.store, access: .readOnly) }
        #expect(try Data(contentsOf: folder.store) == bytes)
        let store = try RunStore(at: folder.store)
        let aside = folder.store.deletingLastPathComponent().appendingPathComponent("emolab.before-release-1.sqlite")
        #expect(try store.runs().isEmpty && store.notice?.contains("emolab.before-release-1.sqlite") == true)
        #expect(try Data(contentsOf: aside) == bytes)
        let run = try store.createRun(name: "new", experiment: "", seed: 3)
        #expect(run.id == 42 && run.folder == "runs/0042-new-3")
        #expect(try RunStore(at: folder.store).notice == nil)
        #expect(FileManager.default.fileExists(atPath: runs.appendingPathComponent("0041-old-2").path))
    }

    @Test("A second one gets a name of its own")
    func twice() throws {
        _ = try makeEarlier()
        _ = try RunStore(at: folder.store)
        for file in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder.store.path + file) }
        _ = try makeEarlier()
        #expect(try RunStore(at: folder.store).notice?.contains("emolab.before-release-2.sqlite") == true)
    }
}
