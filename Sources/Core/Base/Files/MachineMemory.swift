// The memory that this process may fill: the machine's, or less where a control group limits it, as in a container.
import Foundation

/// Linux's control groups of version 1 and 2, and the hybrid of both: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
public struct MachineMemory: Sendable, Equatable {
    /// What every budget of memory is a share of.
    public var bytes: Int
    /// Memory of the machine itself, bytes.
    public var installed: Int
    /// The file that sets a lower limit; nil where the machine's memory is all there is to count with.
    public var limitFile: String?

    /// The memory of this process, now: a limit may be changed while it runs.
    public static var current: MachineMemory { MachineMemory(installed: Int(clamping: ProcessInfo.processInfo.physicalMemory), root: "/") }

    /// - Parameter root: the folder that holds `proc/self/cgroup` and `sys/fs/cgroup`.
    public init(installed: Int, root: String) {
        self.installed = installed
        bytes = installed
        let folder = URL(fileURLWithPath: root, isDirectory: true)
        for file in Self.limitFiles(in: folder) {
            guard let limit = Self.limit(in: file), limit < bytes else { continue }
            (bytes, limitFile) = (limit, file.path)
        }
    }

    /// Files that may limit the group of this process, or a group around it. Most of them are not there.
    private static func limitFiles(in root: URL) -> [URL] {
        let groups = (try? BoundedFile.text(of: root.appendingPathComponent("proc/self/cgroup"), atMost: 1 << 16)) ?? ""
        let mount = root.appendingPathComponent("sys/fs/cgroup", isDirectory: true)
        // In a container the group's path may be the host's: then only the mount's own files are there, and they are the container's.
        var files = [mount, mount.appendingPathComponent("unified")].flatMap { unified in
            unifiedNames.map { unified.appendingPathComponent($0) }
        }
        files.append(mount.appendingPathComponent("memory/memory.limit_in_bytes"))
        for line in groups.split(separator: "\n") {
            // `4:memory:/a/b` of version 1, `0::/a/b` of version 2. A path may hold colons.
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[0] == "0", fields[1].isEmpty {
                for unified in [mount, mount.appendingPathComponent("unified")] { files += upwards(fields[2], in: unified, unifiedNames) }
            } else if fields[1].split(separator: ",").contains("memory") {
                files += upwards(fields[2], in: mount.appendingPathComponent("memory"), ["memory.limit_in_bytes"])
            }
        }
        return files
    }

    /// Beyond `memory.max` a process is killed; beyond `memory.high` it is slowed down until it gives memory back.
    private static let unifiedNames = ["memory.max", "memory.high"]

    /// The files of a group and of every group around it, below `mount`. A limit of any of them holds.
    private static func upwards(_ path: Substring, in mount: URL, _ names: [String]) -> [URL] {
        let parts = path.split(separator: "/")
        // A group outside the part of the tree that this process sees.
        guard !parts.contains(".."), parts.count <= 64 else { return [] }
        var folder = mount, files: [URL] = []
        for part in parts {
            folder.appendPathComponent(String(part))
            files += names.map { folder.appendingPathComponent($0) }
        }
        return files
    }

    /// Bytes; nil where there is no limit (`max`), no such file, or a value that no limit has: version 1 writes 2^63 - 4096 for none.
    private static func limit(in file: URL) -> Int? {
        guard let text = try? BoundedFile.text(of: file, atMost: 256), let bytes = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { return nil }
        return bytes >= leastLimit ? bytes : nil
    }

    /// This program itself takes more: a lower limit is a mistake, or it would have been killed.
    private static let leastLimit = 16 << 20
}
