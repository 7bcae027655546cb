import Foundation
import Testing

@testable import Base

struct BoundedFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-bounded-" + UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    @Test func `A file is read up to its limit and refused beyond, with the limit in words`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("a")
        for count in [0, 1, 1023, 1024] {
            try Data(repeating: 7, count: count).write(to: file)
            #expect(try BoundedFile.data(of: file, atMost: 1024).count == count)
        }
        try Data(repeating: 7, count: 1025).write(to: file)
        let refusal = try #require(throws: UnreadableFile.self) { try BoundedFile.data(of: file, atMost: 1024) }
        #expect(refusal.description == "\(file.path): it has more than 1 kB, which are the most that are read of such a file")
        #expect(try BoundedFile.data(of: file, atMost: 1 << 40).count == 1025)
    }

    @Test(.timeLimit(.minutes(1))) func `What is no regular file is refused at once: no pipe is waited for, no device is read`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let pipe = folder.appendingPathComponent("pipe")
        #expect(mkfifo(pipe.path, 0o600) == 0)
        for (path, reason) in [
            (pipe.path, "it is no regular file"), ("/dev/zero", "it is no regular file"), (folder.path, "it is a folder"),
            (folder.path + "/none", "there is no such file"), ("/" + String(repeating: "x", count: 5000), "File name too long"),
        ] {
            let refusal = try #require(throws: UnreadableFile.self) { try BoundedFile.data(of: URL(fileURLWithPath: path), atMost: 1024) }
            #expect(refusal.reason == reason, "\(path.prefix(80))")
        }
    }

    @Test func `Text is UTF-8 or refused`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("a")
        try Data([0x61, 0xFF]).write(to: file)
        #expect(throws: UnreadableFile(path: file.path, reason: "it is no text in UTF-8")) { try BoundedFile.text(of: file, atMost: 10) }
        try Data("é".utf8).write(to: file)
        #expect(try BoundedFile.text(of: file, atMost: 10) == "é")
    }

    @Test func `A link that lies where a file is written beside, or in its place, is not written through`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let victim = folder.appendingPathComponent("victim"), file = folder.appendingPathComponent("last.ckpt")
        try Data("mine".utf8).write(to: victim)
        for name in ["last.ckpt.new", "last.ckpt"] {
            try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
            #expect(symlink(victim.path, folder.appendingPathComponent(name).path) == 0)
        }
        try DurableFile.write("weights", to: file)
        #expect(try String(contentsOf: victim, encoding: .utf8) == "mine")
        var status = stat()
        #expect(lstat(file.path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o777 == 0o600)
        #expect(try String(contentsOf: file, encoding: .utf8) == "weights")
    }
}
