// The memory to count with, in made-up trees of control groups.
import Foundation
import Testing

@testable import Base

struct MachineMemoryTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Of /proc/self/cgroup; nil where there is no such file.
        var groups: String?
        /// Below sys/fs/cgroup.
        var files: [String: String] = [:]
        var expected: Int
        var limit: String?
    }

    private static let host = 64 << 30, gib = 1 << 30

    private static let cases = [
        Case(testDescription: "no groups", groups: nil, expected: host),
        Case(
            testDescription: "version 2, its own limit", groups: "0::/a/b\n", files: ["a/b/memory.max": "\(8 * gib)\n"], expected: 8 * gib,
            limit: "a/b/memory.max"),
        Case(
            testDescription: "version 2, a group around it has the lower one", groups: "0::/a/b\n",
            files: ["a/b/memory.max": "\(8 * gib)", "a/memory.max": "\(2 * gib)", "memory.max": "max"], expected: 2 * gib,
            limit: "a/memory.max"),
        Case(
            testDescription: "version 2, no limit of its own", groups: "0::/a/b\n",
            files: ["a/b/memory.max": "max\n", "a/memory.max": "\(3 * gib)\n"],
            expected: 3 * gib, limit: "a/memory.max"),
        Case(testDescription: "version 2, none at all", groups: "0::/a\n", files: ["a/memory.max": "max\n"], expected: host),
        Case(
            testDescription: "a container that sees itself as the root", groups: "0::/\n", files: ["memory.max": "\(gib)\n"], expected: gib,
            limit: "memory.max"),
        Case(
            testDescription: "slowed down before it is killed", groups: "0::/a\n",
            files: ["a/memory.max": "\(4 * gib)", "a/memory.high": "\(3 * gib)"],
            expected: 3 * gib, limit: "a/memory.high"),
        Case(
            testDescription: "version 1", groups: "5:cpu,cpuacct:/x\n4:memory:/a/b\n0::/\n",
            files: ["memory/a/b/memory.limit_in_bytes": "\(5 * gib)\n", "memory/memory.limit_in_bytes": "9223372036854771712\n"],
            expected: 5 * gib,
            limit: "memory/a/b/memory.limit_in_bytes"),
        Case(
            testDescription: "version 1, nested", groups: "4:memory:/a/b\n",
            files: ["memory/a/b/memory.limit_in_bytes": "9223372036854771712\n", "memory/a/memory.limit_in_bytes": "\(gib)\n"],
            expected: gib,
            limit: "memory/a/memory.limit_in_bytes"),
        Case(
            testDescription: "version 1, the host's path in a container", groups: "4:memory:/docker/0123\n",
            files: ["memory/memory.limit_in_bytes": "\(2 * gib)\n"],
            expected: 2 * gib, limit: "memory/memory.limit_in_bytes"),
        Case(
            testDescription: "version 1, none", groups: "4:memory:/\n", files: ["memory/memory.limit_in_bytes": "9223372036854771712\n"],
            expected: host),
        Case(
            testDescription: "both, the memory in version 1", groups: "4:hugetlb,memory:/a\n0::/b\n",
            files: ["memory/a/memory.limit_in_bytes": "\(6 * gib)", "unified/b/memory.max": "\(7 * gib)"], expected: 6 * gib,
            limit: "memory/a/memory.limit_in_bytes"),
        Case(
            testDescription: "both, the memory in version 2", groups: "1:name=systemd:/\n0::/b\n",
            files: ["unified/b/memory.max": "\(7 * gib)"], expected: 7 * gib, limit: "unified/b/memory.max"),
        Case(testDescription: "more than the machine has", groups: "0::/a\n", files: ["a/memory.max": "\(128 * gib)"], expected: host),
        Case(
            testDescription: "values that are none", groups: "0::/a/b/c/d/e\n",
            files: [
                "a/memory.max": "", "a/b/memory.max": "-1\n", "a/b/c/memory.max": "0\n",
                "a/b/c/d/memory.max": "99999999999999999999999999\n", "a/b/c/d/e/memory.max": "4 GB\n",
            ],
            expected: host),
        Case(
            testDescription: "a name with colons and spaces", groups: "0::/a b:c\n", files: ["a b:c/memory.max": "\(gib)"], expected: gib,
            limit: "a b:c/memory.max"),
        Case(
            testDescription: "a group outside of what is seen", groups: "0::/../../../../../../etc\n", files: ["memory.max": "\(gib)"],
            expected: gib, limit: "memory.max"),
        Case(testDescription: "lines that are none", groups: "\n:\n0\n::::\nmemory\n4:memory\n", expected: host),
    ]

    @Test("The lowest limit on the way up counts, of either version, and never more than the machine has", arguments: cases)
    func limits(_ one: Case) throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-memory-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        func write(_ path: String, _ text: String) throws {
            let file = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        if let groups = one.groups { try write("proc/self/cgroup", groups) }
        for (path, text) in one.files { try write("sys/fs/cgroup/" + path, text) }
        let memory = MachineMemory(installed: Self.host, root: root.path)
        #expect(memory.bytes == one.expected && memory.installed == Self.host)
        #expect(memory.limitFile == one.limit.map { root.appendingPathComponent("sys/fs/cgroup/" + $0).path })
    }

    @Test("A folder in a limit's place, and one without permission, count as none")
    func unreadable() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-memory-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        try FileManager.default.createDirectory(
            at: root.appendingPathComponent("sys/fs/cgroup/memory.max"), withIntermediateDirectories: true)
        #expect(MachineMemory(installed: Self.host, root: root.path) == MachineMemory(installed: Self.host, root: "/nowhere"))
    }

    @Test("Here there is some, and no more than the machine has")
    func here() {
        let memory = MachineMemory.current
        #expect(memory.bytes >= 64 << 20 && memory.bytes <= memory.installed)
    }
}
