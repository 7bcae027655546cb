// A database file before it is opened: a look changes nothing, and one program at a time has the folder.
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import SQLiteFiles

@Suite("A database file before it is opened")
struct SQLiteFileTests {
    @Test(
        "A look at a file at rest reads it, changes no byte and no time, and makes no file beside it, whatever its name",
        arguments: ["a.sqlite", "a b.sqlite", "100%.sqlite", "a%20b.sqlite", "a?mode=memory", "#1.sqlite", "ü и 数.sqlite", "a&b=c;d+e"],
        ["wal", "delete"])
    func atRest(name: String, mode: String) throws {
        let folder = try DatabaseFolder(name)
        defer { folder.remove() }
        try folder.add("one")
        if mode == "delete" {
            let queue = try DatabaseQueue(path: folder.path)
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = delete") }
            try queue.close()
        }
        func time() throws -> [Int] {
            var status = stat()
            try #require(stat(folder.path, &status) == 0)
            return [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
        }
        let before = try folder.contents(), then = try time()
        try #require(before.keys.sorted() == [name])
        let (seen, meanwhile) = try SQLiteFile.look(at: folder.path, with: Configuration()) { (try words($0), try folder.names()) }
        #expect(seen == ["one"] && meanwhile == [name])
        #expect(try folder.contents() == before && time() == then)
    }

    @Test("A look at a file that somebody is writing sees what was written last, and changes neither the file nor its log")
    func beingWritten() throws {
        let folder = try DatabaseFolder()
        defer { folder.remove() }
        try folder.add("one")
        let writer = try folder.writer()
        try writer.add("two")
        let before = try folder.contents()
        try #require(before["a.sqlite-wal"]?.isEmpty == false)
        #expect(try SQLiteFile.look(at: folder.path, with: Configuration(), words) == ["one", "two"])
        #expect(try folder.contents() == before)
        try writer.add("three")
        #expect(try SQLiteFile.look(at: folder.path, with: Configuration(), words) == ["one", "two", "three"])
        try writer.close()
    }

    @Test("A file that somebody begins to write while it is looked at is looked at again")
    func writtenMeanwhile() throws {
        let folder = try DatabaseFolder()
        defer { folder.remove() }
        try folder.add("one")
        var writer: DatabasePool?, looks = 0
        let seen = try SQLiteFile.look(at: folder.path, with: Configuration()) { db in
            looks += 1
            let seen = try words(db)
            if writer == nil {
                writer = try folder.writer()
                try writer?.add("two")
            }
            return seen
        }
        #expect(seen == ["one", "two"] && looks == 2)
        try writer?.close()
    }

    @Test(
        "A file that is no database, or nothing yet, is told or empty, and stays as it is",
        arguments: [Data("no database, but as long as a header of one, and longer than that by some more".utf8), Data()])
    func foreign(bytes: Data) throws {
        let folder = try DatabaseFolder()
        defer { folder.remove() }
        try bytes.write(to: URL(fileURLWithPath: folder.path))
        let tables = Result {
            try SQLiteFile.look(at: folder.path, with: Configuration()) { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
        }
        switch tables {
        case .success(let count): #expect(bytes.isEmpty && count == 0)
        case .failure(let error): #expect(!bytes.isEmpty && (error as? DatabaseError)?.resultCode == .SQLITE_NOTADB)
        }
        #expect(try folder.contents() == ["a.sqlite": bytes])
    }

    @Test(
        "A file is made empty and for its user alone; one that is there keeps its bytes; where it cannot be made, the system's reason is there"
    )
    func make() throws {
        let folder = try DatabaseFolder()
        defer { folder.remove() }
        #expect(SQLiteFile.make(folder.path))
        var status = stat()
        #expect(stat(folder.path, &status) == 0 && status.st_mode & 0o777 == 0o600 && status.st_size == 0)
        try Data("bytes".utf8).write(to: URL(fileURLWithPath: folder.path))
        #expect(SQLiteFile.make(folder.path))
        #expect(try folder.contents() == ["a.sqlite": Data("bytes".utf8)])
        let isMade = SQLiteFile.make(folder.file("missing/a.sqlite")), reason = errno
        #expect(!isMade && reason == ENOENT)
    }

    @Test("Only who may write the file, its side files and the folder may write the database")
    func isWritable() async {
        await #expect(processExitsWith: .success) {
            let folder = try DatabaseFolder()
            defer { folder.remove() }
            try folder.add("one")
            #expect(SQLiteFile.isWritable(folder.path))
            #expect(try !folder.asStranger { SQLiteFile.isWritable(folder.path) })
            guard geteuid() == 0 else { return }
            // Each of them alone is enough to forbid it.
            func own(_ path: String, _ user: uid_t) { chown(path, user, gid_t.max) }
            try Data().write(to: URL(fileURLWithPath: folder.path + "-wal"))
            let all = [folder.url.path, folder.path, folder.path + "-wal"]
            for path in all { own(path, Stranger.id) }
            #expect(try folder.asStranger { SQLiteFile.isWritable(folder.path) })
            for path in all {
                own(path, 0)
                #expect(try !folder.asStranger { SQLiteFile.isWritable(folder.path) }, "\(path)")
                own(path, Stranger.id)
            }
        }
    }

    // MARK: The folder's lock

    @Test("Of many threads one at a time has the folder, and an error gives it back")
    func threads() throws {
        struct Oops: Error {}
        let folder = try DatabaseFolder()
        defer { folder.remove() }
        let inside = Atomic(0), entered = Atomic(0), most = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 12) { number in
            try? SQLiteFile.whileLocked(folder: folder.url) {
                let now = inside.add(1, ordering: .sequentiallyConsistent).newValue
                most.max(now, ordering: .sequentiallyConsistent)
                usleep(5000)
                inside.subtract(1, ordering: .sequentiallyConsistent)
                entered.add(1, ordering: .sequentiallyConsistent)
                if number % 3 == 0 { throw Oops() }
            }
        }
        #expect(entered.load(ordering: .sequentiallyConsistent) == 12 && most.load(ordering: .sequentiallyConsistent) == 1)
    }

    @Test("While another process has the folder, this one waits, also for its own database in it")
    func processes() throws {
        let folder = try DatabaseFolder()
        defer { folder.remove() }
        try folder.add("one")
        let other = Process(), input = Pipe(), output = Pipe()
        other.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        other.arguments = ["flock", folder.url.path, "sh", "-c", "echo held; cat"]
        (other.standardInput, other.standardOutput) = (input, output)
        try other.run()
        try #require(output.fileHandleForReading.availableData == Data("held\n".utf8))
        let isIn = Atomic(false), done = DispatchSemaphore(value: 0)
        // Looking waits for nobody.
        #expect(try SQLiteFile.look(at: folder.path, with: Configuration(), words) == ["one"])
        Thread.detachNewThread {
            SQLiteFile.whileLocked(folder: folder.url) { isIn.store(true, ordering: .sequentiallyConsistent) }
            done.signal()
        }
        #expect(done.wait(timeout: .now() + 0.3) == .timedOut && !isIn.load(ordering: .sequentiallyConsistent))
        try input.fileHandleForWriting.close()
        other.waitUntilExit()
        #expect(done.wait(timeout: .now() + 10) == .success && isIn.load(ordering: .sequentiallyConsistent))
    }
}
