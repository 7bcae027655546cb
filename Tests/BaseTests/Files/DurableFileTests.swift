import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Base

struct DurableFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-files-" + UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }

    @Test func `A file is written whole, for its user alone, and takes the place of the one before`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("a")
        try DurableFile.write("before, and longer", to: file)
        try DurableFile.write([Data("aft".utf8), Data(), Data("er".utf8)], to: file)
        #expect(try String(contentsOf: file, encoding: .utf8) == "after")
        #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o600)
        #expect(try names() == ["a"])
    }

    @Test func `Where it cannot be written, what was there stays, nothing is left beside it, and the error says why`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        // A folder cannot be replaced by a file: the last of the calls fails.
        let taken = folder.appendingPathComponent("taken")
        try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: true)
        #expect(throws: FileFailure(action: "rename", path: taken.path, code: EISDIR)) { try DurableFile.write("x", to: taken) }
        #expect(try names() == ["taken"])
        let missing = folder.appendingPathComponent("missing/a")
        let failure = try #require(throws: FileFailure.self) { try DurableFile.write("x", to: missing) }
        #expect(failure == FileFailure(action: "open", path: missing.path, code: ENOENT))
        #expect(failure.description.contains("missing/a cannot be written (open): No such file or directory"))
        #expect(
            FileFailure(action: "write", path: "/a", code: ENOSPC).description
                == "/a cannot be written (write): No space left on device. Free some space on that disk")
    }

    @Test func `Whichever call fails, what was there stays and nothing is left beside it`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("a")
        try DurableFile.write("before", to: file)
        for code in [ENOSPC, EDQUOT, EIO, EFBIG, EROFS] {
            for action in ["open", "write", "flush", "rename"] {
                let failing = DurableFile.failing { asked, path in asked == action && path.hasSuffix(".new") ? code : nil }
                #expect(throws: FileFailure(action: action, path: file.path, code: code)) {
                    try failing.write([Data("af".utf8), Data("ter".utf8)], to: file)
                }
                #expect(try String(contentsOf: file, encoding: .utf8) == "before" && names() == ["a"], "\(action) \(code)")
            }
        }
        // The second part fails after the first is written.
        let isFirst = Mutex(true)
        let second = DurableFile.failing { asked, _ in
            asked != "write"
                ? nil
                : isFirst.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst ? nil : ENOSPC
                }
        }
        #expect(throws: FileFailure(action: "write", path: file.path, code: ENOSPC)) {
            try second.write([Data("af".utf8), Data("ter".utf8)], to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == "before" && names() == ["a"])
    }

    @Test func `Files are moved and removed, also where there is none`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (a, b) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
        try DurableFile.write("a", to: a)
        try DurableFile.write("b", to: b)
        try DurableFile.system.move(a, to: b)
        #expect(try names() == ["b"])
        #expect(try String(contentsOf: b, encoding: .utf8) == "a")
        #expect(DurableFile.isThere(b) && !DurableFile.isThere(a) && !DurableFile.isThere(b.appendingPathComponent("c")))
        try DurableFile.remove(b)
        try DurableFile.remove(b)
        #expect(try names().isEmpty)
    }

    @Test func `A file is read whole, in as many calls as it takes, and one that cannot be read says why`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("a"), bytes = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) })
        try DurableFile.write([bytes], to: file)
        #expect(try DurableFile.read(file) == bytes)
        try DurableFile.write("", to: file)
        #expect(try DurableFile.read(file).isEmpty)
        let missing = try #require(throws: FileFailure.self) { try DurableFile.read(folder.appendingPathComponent("b")) }
        #expect(missing.isMissing && missing.action == "read")
        let isFolder = try #require(throws: FileFailure.self) { try DurableFile.read(folder) }
        #expect(!isFolder.isMissing && isFolder.description == "\(folder.path) cannot be read: Is a directory")
        for code in [EIO, EMFILE, EACCES, EINTR, ESTALE] {
            for action in ["open", "read"] {
                let failure = try #require(throws: FileFailure.self) {
                    try DurableFile.failing { asked, _ in asked == action ? code : nil }.read(file)
                }
                #expect(failure == FileFailure(action: "read", path: file.path, code: code) && !failure.isMissing)
                #expect(failure.description.hasPrefix("\(file.path) cannot be read: \(String(cString: strerror(code)))"))
            }
        }
    }

    @Test func `What is set aside keeps its bytes under the next free name`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("a.ckpt")
        for text in ["one", "two"] {
            try DurableFile.write(text, to: file)
            try DurableFile.setAside(file, as: "damaged")
        }
        #expect(try names() == ["a.damaged-1.ckpt", "a.damaged-2.ckpt"])
        #expect(try DurableFile.setAside(file, as: "damaged") == nil)
        #expect(try String(contentsOf: folder.appendingPathComponent("a.damaged-2.ckpt"), encoding: .utf8) == "two")
    }

    @Test func `A call that a signal ends is begun again`() throws {
        var calls = 0
        let answer = try FileCall.check("write", "/a") { () -> Int in
            calls += 1
            errno = EINTR
            return calls < 3 ? -1 : 7
        }
        #expect(answer == 7 && calls == 3)
    }
}
