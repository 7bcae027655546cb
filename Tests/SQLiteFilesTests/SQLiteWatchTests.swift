// Whether a path still leads to the file that was opened.
import Foundation
import GRDB
import Testing

@testable import SQLiteFiles

@Suite("A database file that is open")
struct SQLiteWatchTests {
    /// A database that is open, with a word in its log.
    private func open(_ folder: DatabaseFolder) throws -> (writer: DatabasePool, watch: SQLiteWatch) {
        try folder.add("one")
        let watch = SQLiteWatch(folder.path, patience: 1)
        try watch.admit()
        let writer = try folder.writer()
        try writer.add("two")
        watch.noteLog()
        return (writer, watch)
    }

    private func move(_ path: String, _ other: String) throws { try FileManager.default.moveItem(atPath: path, toPath: other) }

    @Test("As long as it is the same, a look says how long its log is, and further connections come in")
    func same() throws {
        let folder = try DatabaseFolder()
        defer { folder.remove() }
        let (writer, watch) = try open(folder)
        let size = try watch.check()
        #expect(try size > 0 && size == FileIdentity.at(folder.path + "-wal")?.size)
        try watch.admit()
        try writer.add("three")
        #expect(try watch.check() > size)
        watch.patience = 3
        #expect(watch.patience == 3)
        try writer.close()
    }

    @Test(
        "Deleted, moved away, or its folder moved: it has gone; back in its place it is the same",
        arguments: ["delete", "move", "folder", "file for a folder"])
    func gone(how: String) throws {
        let folder = try DatabaseFolder()
        let away = URL(fileURLWithPath: folder.url.path + "-away")
        defer {
            folder.remove()
            try? FileManager.default.removeItem(at: away)
        }
        let (writer, watch) = try open(folder)
        switch how {
        case "delete": unlink(folder.path)
        case "move": try move(folder.path, folder.file("away"))
        default: try move(folder.url.path, away.path)
        }
        if how == "file for a folder" { try Data().write(to: folder.url) }
        #expect(throws: SQLiteFileError.gone(path: folder.path)) { try watch.check() }
        #expect(throws: SQLiteFileError.gone(path: folder.path)) { try watch.admit() }
        // SQLite itself says nothing.
        try writer.add("lost")
        if how != "delete" {
            if how == "file for a folder" { try FileManager.default.removeItem(at: folder.url) }
            if how == "move" { try move(folder.file("away"), folder.path) } else { try move(away.path, folder.url.path) }
            #expect(try watch.check() > 0)
        }
        try writer.close()
    }

    @Test(
        "Another file in its place is told, were it a copy to the byte; so is one that a link leads to by now", arguments: ["copy", "link"])
    func replaced(how: String) throws {
        let folder = try DatabaseFolder()
        defer { folder.remove() }
        let (writer, watch) = try open(folder)
        try FileManager.default.copyItem(atPath: folder.path, toPath: folder.file("copy"))
        if how == "link" {
            try move(folder.path, folder.file("away"))
            symlink("copy", folder.path)
        } else {
            rename(folder.file("copy"), folder.path)
        }
        #expect(throws: SQLiteFileError.replaced(path: folder.path)) { try watch.check() }
        #expect(throws: SQLiteFileError.replaced(path: folder.path)) { try watch.admit() }
        try writer.close()
    }

    @Test("Its log must stay too")
    func log() throws {
        let folder = try DatabaseFolder()
        defer { folder.remove() }
        let (writer, watch) = try open(folder)
        let log = folder.path + "-wal"
        try move(log, folder.file("log"))
        #expect(throws: SQLiteFileError.gone(path: log)) { try watch.check() }
        try FileManager.default.copyItem(atPath: folder.file("log"), toPath: log)
        #expect(throws: SQLiteFileError.replaced(path: log)) { try watch.check() }
        rename(folder.file("log"), log)
        #expect(try watch.check() > 0)
        try writer.close()
    }

    @Test("A file that the system cannot speak of just now has not gone")
    func failed() throws {
        let folder = try DatabaseFolder()
        defer { folder.remove() }
        #expect(try FileIdentity.at(folder.path) == nil)
        try Data("12345".utf8).write(to: URL(fileURLWithPath: folder.path))
        let here = try #require(try FileIdentity.at(folder.path))
        link(folder.path, folder.file("second"))
        #expect(try here.size == 5 && FileIdentity.at(folder.file("second"))?.identity == here.identity)
        let handle = Foundation.open(folder.path, O_RDONLY | O_CLOEXEC)
        #expect(FileIdentity.of(handle) == here.identity)
        close(handle)
        #expect(FileIdentity.of(-1) == nil)
        // Links that lead in a circle stand for whatever else may be wrong.
        symlink("circle", folder.file("circle"))
        let failure = SQLiteFileError.failed(path: folder.file("circle"), reason: String(cString: strerror(ELOOP)))
        #expect(throws: failure) { try FileIdentity.at(folder.file("circle")) }
        #expect(throws: failure) { try SQLiteWatch(folder.file("circle"), patience: 1).check() }
    }
}
