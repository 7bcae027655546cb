import Foundation
import Testing

@testable import Base

@Suite struct UserFileTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("user-file-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    private func kind(_ name: String) -> mode_t {
        var status = stat()
        return lstat(path(name), &status) == 0 ? status.st_mode & S_IFMT : 0
    }
    private func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    @Test func `A file is made and replaced whole; one that only its user may read stays so`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try UserFile.write("one", to: path("a"))
        #expect(try text("a") == "one")
        chmod(path("a"), 0o600)
        try UserFile.write("two", to: path("a"))
        var status = stat()
        #expect(try text("a") == "two" && stat(path("a"), &status) == 0 && status.st_mode & 0o777 == 0o600)
        // A folder where the new file would be written first: what is there stays.
        try FileManager.default.createDirectory(atPath: path("a.new"), withIntermediateDirectories: false)
        #expect(throws: FileFailure(action: "open", path: path("a"), code: EEXIST)) { try UserFile.write("three", to: path("a")) }
        #expect(try text("a") == "two" && Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["a", "a.new"])
        #expect(throws: FileFailure(action: "open", path: folder.path, code: EISDIR)) { try UserFile.write("x", to: folder.path) }
    }

    @Test func `A link stays, and what it leads to is replaced`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try UserFile.write("one", to: path("a"))
        symlink("a", path("link"))
        try UserFile.write("two", to: path("link"))
        #expect(kind("link") == S_IFLNK)
        #expect(try text("a") == "two")
    }

    @Test func `A link that leads nowhere yet stays, and the file is made there; a circle is told`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("inner"), withIntermediateDirectories: false)
        symlink("inner/second", path("first"))
        symlink("file", path("inner/second"))
        try UserFile.write("one", to: path("first"))
        #expect(try text("inner/file") == "one")
        #expect(kind("first") == S_IFLNK && kind("inner/second") == S_IFLNK)
        symlink(path("b"), path("a"))
        symlink("a", path("b"))
        #expect(throws: FileFailure(action: "open", path: path("a"), code: ELOOP)) { try UserFile.write("x", to: path("a")) }
        #expect(kind("a") == S_IFLNK)
    }

    @Test func `A pipe and a device take the bytes and stay what they are`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(mkfifo(path("pipe"), 0o600) == 0)
        // Open for both sides, so that neither waits for the other.
        let reader = open(path("pipe"), O_RDWR)
        defer { close(reader) }
        try UserFile.write("through", to: path("pipe"))
        var bytes = [UInt8](repeating: 0, count: 16)
        #expect(read(reader, &bytes, 16) == 7 && String(decoding: bytes.prefix(7), as: UTF8.self) == "through" && kind("pipe") == S_IFIFO)
        // Under a link, so that a fault of ours could not harm the machine's own.
        symlink("/dev/null", path("null"))
        try UserFile.write("away", to: path("null"))
        try UserFile.stream(to: path("null")).write("away")
        var status = stat()
        #expect(kind("null") == S_IFLNK && stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }

    @Test func `A file that grows begins empty`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try UserFile.write("one", to: path("a"))
        let file = try UserFile.stream(to: path("a"))
        try file.write("tw")
        #expect(try text("a") == "tw")
        #expect(throws: FileFailure(action: "open", path: path("no/such"), code: ENOENT)) { try UserFile.stream(to: path("no/such")) }
    }
}
