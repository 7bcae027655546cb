// The tests' side of Tests/FaultLayer: what is asked of it, and what it says of the calls that it saw.
import Foundation
import Synchronization
import Testing

/// What the layer does at the calls from `first` to `last`, numbered from 1 in the order that the processes make them.
enum Fault: Sendable, CustomStringConvertible {
    /// The call does nothing and ends with this error number.
    case error(Int32, at: Int)
    /// Half of what was asked is read or written.
    case short(at: Int)
    /// From that call on nothing can be written, as on a full disk (`ENOSPC`) or with a used-up quota (`EDQUOT`). Counts calls that need space only.
    case fullDisk(Int32, from: Int)
    /// The process ends by SIGKILL before or after the call. Counts calls that change something only.
    case killBefore(Int)
    case killAfter(Int)

    var description: String {
        switch self {
        case .error(let code, let call): "\(Self.name(code)) at call \(call)"
        case .short(let call): "half of call \(call)"
        case .fullDisk(let code, let call): "\(Self.name(code)) from call \(call) on"
        case .killBefore(let call): "SIGKILL before call \(call)"
        case .killAfter(let call): "SIGKILL after call \(call)"
        }
    }

    static func name(_ code: Int32) -> String {
        [ENOSPC: "ENOSPC", EIO: "EIO", EINTR: "EINTR", EACCES: "EACCES", EDQUOT: "EDQUOT"][code] ?? "error \(code)"
    }
}

/// The layer as a library, compiled once for all tests.
enum FaultLayer {
    static func library() throws -> String { try compiled.get() }

    /// The folder goes when the tests end.
    private static let compiled = Result {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../FaultLayer/FaultLayer.swift")
            .standardized
        // A space or a colon would end the path in LD_PRELOAD.
        let folder = URL(fileURLWithPath: "/tmp/emolab-faults-\(UUID().uuidString.prefix(8))", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        libraryFolder = folder
        atexit(removeLibrary)
        let library = folder.appendingPathComponent("libfaults.so").path
        let compiler = Process(), errors = Pipe()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = ["swiftc", "-O", "-swift-version", "6", "-parse-as-library", "-emit-library", "-o", library, source.path]
        compiler.standardError = errors
        try compiler.run()
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else {
            throw Program.Failure(description: "the layer does not compile: \(String(decoding: said, as: UTF8.self).suffix(2000))")
        }
        return library
    }
}

private nonisolated(unsafe) var libraryFolder: URL?
private func removeLibrary() { libraryFolder.map { try? FileManager.default.removeItem(at: $0) } }

/// One page of control; the layouts here and there are the same by hand.
struct FaultPage: Sendable {
    struct Call: Sendable, Equatable {
        var number: Int
        var name: String
        /// Relative to the home.
        var path: String
    }

    private static let recordSize = 256, records = 4096, recordCount = 1 << 15
    let file, journal: URL
    private let home: String

    /// - Parameter journalling: with every change in `journal`, for `DiskHistory`.
    init(_ fault: Fault? = nil, in home: Home, journalling: Bool = false) throws {
        self.home = home.folder.path
        file = home.file("faults.page")
        journal = home.file("faults.journal")
        var head = Data(count: Self.records)
        func put(_ value: Int, at offset: Int) {
            withUnsafeBytes(of: value.littleEndian) { head.replaceSubrange(offset..<(offset + 8), with: $0) }
        }
        func put(_ text: String, at offset: Int) { head.replaceSubrange(offset..<(offset + text.utf8.count), with: Data(text.utf8)) }
        let (first, last, code, action, counts): (Int, Int, Int, Int, Int) =
            switch fault {
            case nil: (Int.max, Int.max, 0, 0, 0)
            case .error(let code, let call): (call, call, Int(code), 1, 0)
            case .short(let call): (call, call, -1, 1, 0)
            case .fullDisk(let code, let call): (call, Int.max, Int(code), 1, 2)
            case .killBefore(let call): (call, call, 0, 2, 1)
            case .killAfter(let call): (call, call, 0, 3, 1)
            }
        for (value, offset) in [(first, 8), (last, 16), (code, 24), (action, 32), (counts, 40), (journalling ? 1 : 0, 48)] {
            put(value, at: offset)
        }
        put(self.home, at: 512)
        put(journal.path, at: 2048)
        try head.write(to: file)
        guard truncate(file.path, Self.records + Self.recordSize * Self.recordCount) == 0 else {
            throw Program.Failure(description: "no page")
        }
    }

    /// What the program's environment needs.
    func environment() throws -> [String: String?] { ["LD_PRELOAD": try FaultLayer.library(), "EMOLAB_FAULTS": file.path] }

    /// Every call that was counted.
    func calls() throws -> [Call] {
        let bytes = try Data(contentsOf: file, options: .alwaysMapped)
        return (0..<min(Self.number(bytes, 0), Self.recordCount)).map { index in
            let start = Self.records + index * Self.recordSize
            func text(_ range: Range<Int>) -> String { String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self) }
            let path = text((start + 24)..<(start + Self.recordSize))
            return Call(
                number: index + 1, name: text(start..<(start + 24)),
                path: path.hasPrefix(home + "/") ? String(path.dropFirst(home.count + 1)) : path)
        }
    }

    /// How many calls were met by the fault: none where the program made fewer.
    func injected() throws -> Int { Self.number(try Data(contentsOf: file, options: .alwaysMapped), 56) }

    private static func number(_ bytes: Data, _ offset: Int) -> Int {
        Int(littleEndian: bytes[offset..<(offset + 8)].withUnsafeBytes { $0.loadUnaligned(as: Int.self) })
    }
}
