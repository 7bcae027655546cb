// Rules of the source that no compiler checks: which types say for themselves that threads may share them, and which locks there are.
import Foundation
import Testing

@Suite struct ThreadRulesTests {
    /// Types that own memory of their own, and why threads may share them although the compiler cannot see it. Everything else is `Sendable` as it stands.
    private static let storage: [String: String] = [
        "Tensor": "memory that is written before it is shared, and copied before it is written again",
        "Parameter": "a network's memory; a network works for one thread at a time",
        "Unused": "a buffer of the pool that nobody else has an address of",
        "FloatBuffer": "weights that are never changed, and the workspace of one call",
        "FourierPlan": "a plan of FFTW's, which is never changed and never destroyed",
        "Owned": "a value that came as sending, leaves as sending and has no copy",
    ]

    private static let sources: [(name: String, text: String)] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return files.filter { $0.pathExtension == "swift" }.compactMap { file in
            (try? String(contentsOf: file, encoding: .utf8)).map { (file.lastPathComponent, $0) }
        }
    }()

    @Test("Only storage types are unchecked, each with its reason beside it")
    func unchecked() throws {
        try #require(Self.sources.count > 300)
        var found: Set<String> = []
        for (name, text) in Self.sources {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            for (index, line) in lines.enumerated() where line.contains("@unchecked") && !line.contains("// @unchecked: ") {
                let type = line.firstMatch(of: /(?:struct|class|enum|actor|extension) (\w+)/).map { String($0.1) }
                #expect(type.map { Self.storage[$0] != nil } == true, "\(name):\(index + 1): \(line)")
                #expect(lines.dropFirst(index + 1).first?.contains("// @unchecked: ") == true, "\(name):\(index + 1) does not say why")
                if let type { found.insert(type) }
            }
        }
        #expect(found == Set(Self.storage.keys), "some are no longer there")
    }

    @Test("Every lock of Swift code is a Mutex around what it guards")
    func locks() throws {
        try #require(Self.sources.count > 300)
        let others = [
            "NSLock", "NSRecursiveLock", "NSCondition", "objc_sync", "os_unfair_lock", "pthread_mutex", "pthread_rwlock",
            "OSAllocatedUnfairLock",
        ]
        for (name, text) in Self.sources {
            for other in others { #expect(!text.contains(other), "\(name) has \(other)") }
        }
    }
}
