// Reading a database that is somebody else's to write. Each of these tests has a process of its own, which becomes another user.
import Foundation
import GRDB
import TestSupport
import Testing

@testable import SQLiteFiles

@Suite("A database that is only read")
struct SQLiteReaderTests {
    @Test("One that is not ours to write is read without side files and read anew after each time its owner wrote it")
    func readAnew() async {
        await #expect(processExitsWith: .success) {
            let folder = try DatabaseFolder()
            defer { folder.remove() }
            try folder.add("one")
            let before = try folder.contents()
            let reader = try folder.asStranger { try SQLiteReader(folder.path, Configuration()) }
            let seen = try folder.asStranger {
                [try reader.read(words), try reader.read(words), try SQLiteFile.look(at: folder.path, with: Configuration(), words)]
            }
            #expect(seen == [["one"], ["one"], ["one"]])
            #expect(try folder.contents() == before)
            for word in ["two", "three"] {
                try folder.add(word)
                let before = try folder.contents()
                let seen = try folder.asStranger {
                    [try reader.read(words), try SQLiteFile.look(at: folder.path, with: Configuration(), words)]
                }
                #expect(seen[0].last == word && seen[1] == seen[0])
                #expect(try folder.contents() == before)
            }
        }
    }

    @Test("What is read without locks while its owner writes it is read again")
    func writtenMeanwhile() async {
        await #expect(processExitsWith: .success) {
            let folder = try DatabaseFolder()
            defer { folder.remove() }
            try folder.add("one")
            let reader = try folder.asStranger { try SQLiteReader(folder.path, Configuration()) }
            var looks = 0
            let seen = try folder.asStranger {
                try reader.read { db in
                    looks += 1
                    let seen = try words(db)
                    if looks == 1 {
                        try Stranger.ownerActs(in: folder.url) { try folder.add("two") }
                        // What SQLite says of pages that changed under it does not count either.
                        throw DatabaseError(resultCode: .SQLITE_CORRUPT)
                    }
                    return seen
                }
            }
            #expect(seen == ["one", "two"] && looks == 2)
        }
    }

    @Test("While its owner has it open, what he wrote is seen at once, by a reader from before too; and again after he closed it")
    func ownerWrites() async {
        await #expect(processExitsWith: .success) {
            let folder = try DatabaseFolder()
            defer { folder.remove() }
            try folder.add("one")
            let early = try folder.asStranger { try SQLiteReader(folder.path, Configuration()) }
            let owner = try folder.writer()
            try owner.add("two")
            try folder.share()
            let late = try folder.asStranger { try SQLiteReader(folder.path, Configuration()) }
            for word in ["three", "four"] {
                try owner.add(word)
                let seen = try folder.asStranger {
                    [try early.read(words), try late.read(words), try SQLiteFile.look(at: folder.path, with: Configuration(), words)]
                }
                #expect(seen.map(\.last) == [word, word, word])
            }
            try owner.close()
            try folder.add("five")
            let all = ["one", "two", "three", "four", "five"]
            #expect(try folder.asStranger { [try early.read(words), try late.read(words)] } == [all, all])
        }
    }

    @Test("A log without its index is told, and read once somebody who may write opened it")
    func noIndex() async {
        await #expect(processExitsWith: .success) {
            let folder = try DatabaseFolder()
            defer { folder.remove() }
            // As after a loss of power, when its writer could not put the log into the file.
            let source = try DatabaseFolder()
            defer { source.remove() }
            let writer = try source.writer()
            try writer.add("one")
            for ending in ["", "-wal"] { try FileManager.default.copyItem(atPath: source.path + ending, toPath: folder.path + ending) }
            try folder.share()
            let before = try folder.contents(), path = folder.path
            try folder.asStranger {
                #expect(throws: SQLiteFileError.noIndex(path: path)) { try SQLiteReader(path, Configuration()) }
                #expect(throws: SQLiteFileError.noIndex(path: path)) { try SQLiteFile.look(at: path, with: Configuration(), words) }
            }
            #expect(try folder.contents() == before)
            #expect(SQLiteFileError.noIndex(path: path).reason.contains("somebody who may write it has to open it once"))
            try folder.add("two")
            #expect(try folder.asStranger { try SQLiteReader(path, Configuration()).read(words) } == ["one", "two"])
        }
    }

    @Test("One that has gone is told, and another in its place is read")
    func gone() async {
        await #expect(processExitsWith: .success) {
            let folder = try DatabaseFolder()
            defer { folder.remove() }
            try folder.add("one")
            let path = folder.path
            let reader = try folder.asStranger { try SQLiteReader(path, Configuration()) }
            try FileManager.default.moveItem(atPath: path, toPath: folder.file("away"))
            try folder.asStranger {
                #expect(throws: SQLiteFileError.gone(path: path)) { try reader.read(words) }
                #expect(throws: SQLiteFileError.gone(path: path)) { try SQLiteReader(path, Configuration()) }
            }
            try folder.add("other")
            #expect(try folder.asStranger { try reader.read(words) } == ["other"])
        }
    }

    @Test("One that is ours to write is read with locks: every word is seen as it is written")
    func ours() throws {
        let folder = try DatabaseFolder()
        defer { folder.remove() }
        try folder.add("one")
        let reader = try SQLiteReader(folder.path, Configuration())
        #expect(try reader.read(words) == ["one"])
        let writer = try folder.writer()
        for word in ["two", "three"] {
            try writer.add(word)
            #expect(try reader.read(words).last == word)
        }
        #expect(throws: DatabaseError.self) { try reader.read { try $0.execute(sql: "DELETE FROM words") } }
        try writer.close()
    }
}
