import Base
import Foundation
import GRDB
import Records
import TestSupport
import Testing

@testable import Store

@Suite("Files that are no store, or a damaged one")
struct StoreRefusalTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var url: URL { folder.url.appendingPathComponent("given.sqlite") }

    /// Every file of the folder with its bytes; nobody has one of them open meanwhile.
    private func contents() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.url.path) {
            let path = folder.url.appendingPathComponent(name)
            files[name] = try Data(contentsOf: path)
        }
        return files
    }

    private func makeStore() throws {
        let queue = try DatabaseQueue(path: url.path)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA application_id = \(Schema.applicationID)") }
        try Schema.migrator.migrate(queue)
        try queue.write { db in
            for id in [1, 2, 5] {
                try db.execute(
                    sql:
                        "INSERT INTO runs (id, uuid, name, system, experiment, seed, folder, state, created) VALUES (?, ?, '', '', '', 1, '', 'stopped', 0)",
                    arguments: [id, "\(id)"])
            }
        }
        try queue.close()
    }

    enum Kind: String, CaseIterable {
        case text, random, foreign, foreignInWAL, foreignWithLog, newer, cutInHeader, cutInPage, cutAfterPages, damagedPages
    }

    @Test("Neither the file nor its folder is changed by a refusal, for reading or for writing", arguments: Kind.allCases)
    func changesNothing(kind: Kind) throws {
        switch kind {
        case .text: try Data("name,value\n".utf8).write(to: url)
        case .random: try Data((0..<9000).map { _ in UInt8.random(in: 0...255) }).write(to: url)
        case .foreign, .foreignInWAL, .foreignWithLog:
            let queue = try DatabaseQueue(path: url.path)
            try queue.writeWithoutTransaction { db in
                if kind != .foreign { try db.execute(sql: "PRAGMA journal_mode = WAL") }
                try db.execute(sql: "CREATE TABLE photos (id INTEGER); INSERT INTO photos VALUES (1)")
            }
            if kind == .foreignWithLog {
                // As after a crash: the log is there, and its rows are nowhere else.
                let copy = folder.url.appendingPathComponent("crashed.sqlite")
                try FileManager.default.copyItem(at: url, to: copy)
                try FileManager.default.copyItem(atPath: url.path + "-wal", toPath: copy.path + "-wal")
                try queue.close()
                try FileManager.default.removeItem(at: url)
                try FileManager.default.moveItem(at: copy, to: url)
                try FileManager.default.moveItem(atPath: copy.path + "-wal", toPath: url.path + "-wal")
            } else {
                try queue.close()
            }
        case .newer:
            try makeStore()
            let queue = try DatabaseQueue(path: url.path)
            try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')") }
            try queue.close()
        default:
            try makeStore()
            let whole = try Data(contentsOf: url)
            switch kind {
            case .cutInHeader: try whole.prefix(60).write(to: url)
            case .cutInPage: try whole.prefix(5000).write(to: url)
            case .cutAfterPages: try whole.prefix(4096 * 6).write(to: url)
            default:
                var bytes = whole
                for index in 4096..<4096 * 20 { bytes[index] = 0xA5 }
                try bytes.write(to: url)
            }
        }
        let before = try contents()
        for access in [RunStore.Access.readWrite, .readOnly] {
            let error = #expect(throws: StoreError.self) { try RunStore(at: url, access: access) }
            switch (kind, error) {
            case (.text, .foreignFile), (.random, .foreignFile), (.foreign, .foreignFile), (.foreignInWAL, .foreignFile),
                (.foreignWithLog, .foreignFile), (.newer, .newerSchema), (.cutInHeader, .damaged), (.cutInPage, .damaged),
                (.cutAfterPages, .damaged),
                (.damagedPages, .damaged), (.cutInHeader, .foreignFile):
                break
            default: Issue.record("\(kind): \(String(describing: error))")
            }
            #expect(try #require(error).description.contains(url.path))
        }
        var after = try contents()
        // The index of a log that a crash left is SQLite's to make; it holds nothing that is not in the log.
        if kind == .foreignWithLog { after["given.sqlite-shm"] = nil }
        #expect(after == before)
    }

    @Test("A pipe, a device and a folder in the file's place are refused at once")
    func noFile() throws {
        let pipe = folder.url.appendingPathComponent("a.fifo")
        try #require(mkfifo(pipe.path, 0o600) == 0)
        for path in [pipe.path, "/dev/null", "/dev/full"] {
            for access in [RunStore.Access.readWrite, .readOnly] {
                #expect(throws: StoreError.cannotOpen(path: path, reason: "it is no regular file")) {
                    try RunStore(at: URL(fileURLWithPath: path), access: access)
                }
            }
        }
        let inFile = folder.url.appendingPathComponent("text")
        try Data("x".utf8).write(to: inFile)
        #expect(throws: StoreError.cannotOpen(path: inFile.path, reason: "it is a file, not a folder")) {
            try RunStore(at: inFile.appendingPathComponent("emolab.sqlite"))
        }
    }

    @Test("An empty file becomes a store; garbage in the place of a log that nobody wrote costs nothing")
    func emptyAndGarbage() throws {
        try Data().write(to: url)
        #expect(try RunStore(at: url).runs().isEmpty)
        try FileManager.default.removeItem(at: url)
        try makeStore()
        try Data((0..<50_000).map { _ in UInt8.random(in: 0...255) }).write(to: URL(fileURLWithPath: url.path + "-wal"))
        #expect(try RunStore(at: url).runs().map(\.id) == [5, 2, 1])
    }

    @Test("A name with spaces, signs of URIs and other scripts is a name")
    func names() throws {
        let odd = folder.url.appendingPathComponent("a ?immutable=1&mode=ro #50% 語.sqlite")
        let id = try RunStore(at: odd).createRun(name: "nano", experiment: "", seed: 1).id
        #expect(try RunStore(at: odd).runs().map(\.id) == [id] && RunStore(at: odd, access: .readOnly).runs().count == 1)
    }
}
