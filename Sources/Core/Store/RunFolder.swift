import Base
import Foundation
import Records
import SQLiteFiles

/// A run's folder: `experiment.toml` as run, `metrics.csv` (one row a step), `epochs.csv` (one row an epoch and part), weights.
enum RunFolder {
    static let metricsFile = "metrics.csv"
    static let epochsFile = "epochs.csv"

    /// `0001-name-seed`; the name is cut to what every file system and shell takes.
    static func name(id: Int64, name: String, seed: UInt64) -> String {
        var number = String(id)
        number = String(repeating: "0", count: max(0, 4 - number.count)) + number
        let allowed = name.lowercased().unicodeScalars.map { scalar -> Character in
            let isPlain = (97...122).contains(scalar.value) || (48...57).contains(scalar.value) || scalar == "+" || scalar == "_"
            return isPlain ? Character(scalar) : "-"
        }
        let words = String(allowed).split(separator: "-").joined(separator: "-")
        return [number, words.isEmpty ? "run" : String(words.prefix(48)), String(seed)].joined(separator: "-")
    }

    /// The greatest run's number among the folders beside a store; nil where there are none.
    static func lastNumber(in folder: URL) -> Int64? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("runs").path)) ?? []
        // A name that no run of ours has must not use up the numbers.
        return names.compactMap { Int64($0.prefix { $0.isASCII && $0.isNumber }) }.filter { (1..<1 << 40).contains($0) }.max()
    }

    /// What a run's row says of its folder, as it may be: `runs/NAME`. A store is a file from outside too; what leads elsewhere is read as a folder
    /// that is not there.
    static func checked(_ folder: String) -> String {
        let parts = folder.split(separator: "/", omittingEmptySubsequences: false)
        let isFolder = parts.count == 2 && parts[0] == "runs" && !["", ".", ".."].contains(parts[1]) && !parts[1].utf8.contains(0)
        return isFolder ? folder : "runs/none"
    }

    static func make(_ folder: URL, experiment: String?) throws {
        try PrivateFiles.makeFolder(folder)
        guard let experiment else { return }
        do {
            try DurableFile.write(experiment, to: folder.appendingPathComponent(RunFiles.experiment))
        } catch {
            throw StoreError.cannotOpen(path: folder.path, reason: "\(error)")
        }
    }
}

/// Appends lines to a file, beginning it with a header where it is new or empty.
final class LineWriter {
    private let handle: FileHandle
    private let path: String

    init(_ url: URL, header: String) throws {
        try PrivateFiles.makeFile(url)
        path = url.path
        // A link in its place would lead what is written elsewhere, and a pipe would wait for a reader.
        let file = open(url.path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        var status = stat()
        guard file >= 0, fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            let reason = file >= 0 || errno == ELOOP ? "a link or a device is in its place" : String(cString: strerror(errno))
            if file >= 0 { close(file) }
            throw StoreError.cannotOpen(path: url.path, reason: reason)
        }
        handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        if try handle.seekToEnd() == 0 { try handle.write(contentsOf: Data((header + "\n").utf8)) }
    }

    /// Whether its path still leads to it.
    var isInPlace: Bool {
        do { return try FileIdentity.at(path)?.identity == FileIdentity.of(handle.fileDescriptor) } catch { return true }
    }

    func append(_ lines: [String]) throws {
        guard !lines.isEmpty else { return }
        try handle.write(contentsOf: Data((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// Waits until what was appended outlives a loss of power.
    func synchronise() throws { try handle.synchronize() }

    deinit { try? handle.close() }
}
