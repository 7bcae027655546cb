// What a program wrote, call by call, and from it what a disk may hold when the power goes after any of these calls. After ALICE (Pillai et al.,
// OSDI 2014): bytes last from the file's next flush on, names from the flush of their folder on, and between two flushes any part may have arrived.
import Foundation

/// Which of what was not flushed is lost.
enum PowerLoss: CaseIterable, Sendable {
    /// Nothing: SIGKILL alone.
    case nothing
    /// Bytes and names.
    case all
    /// Bytes; names are there, as where a file system writes its own journal first.
    case bytes
    /// Every second write; names are there.
    case everySecondWrite
}

/// A journal of the layer, read whole.
struct DiskHistory {
    private enum Kind: Int { case create = 1, truncate, write, sync, rename, unlink, folder, told, mapped, removeFolder }

    private struct Entry {
        var kind: Kind
        var call, file, offset: Int
        var path, other: String
        var bytes: Data
    }

    private var entries: [Entry] = []
    private let home: String

    /// - Throws: `Program.Failure` where the journal ends in the middle of an entry that is no last one of a killed process.
    init(_ page: FaultPage, of home: Home) throws {
        self.home = home.folder.path
        let bytes = [UInt8](try Data(contentsOf: page.journal))
        var place = 0
        func numbers() -> [Int] { (0..<7).map { i in bytes[(place + i * 8)...].prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) } } }
        while place + 56 <= bytes.count {
            let head = numbers()
            let lengths = head[4...6], end = place + 56 + lengths.reduce(0, +)
            guard let kind = Kind(rawValue: head[0]), end <= bytes.count else { break }
            var start = place + 56
            func next(_ count: Int) -> Data {
                defer { start += count }
                return Data(bytes[start..<(start + count)])
            }
            let path = String(decoding: next(head[4]), as: UTF8.self), other = String(decoding: next(head[5]), as: UTF8.self)
            entries.append(Entry(kind: kind, call: head[1], file: head[2], offset: head[3], path: path, other: other, bytes: next(head[6])))
            place = end
        }
    }

    var count: Int { entries.count }

    /// Entry `index` in words, its path relative to the home.
    func words(_ index: Int) -> String {
        guard index >= 0 else { return "nothing" }
        let entry = entries[index]
        return "\(entry.kind) \(relative(entry.other.isEmpty ? entry.path : entry.other))"
            + (entry.kind == .write ? " \(entry.bytes.count) bytes at \(entry.offset)" : "")
    }

    /// What the program printed up to and with that entry.
    func told(upTo index: Int) -> String {
        entries[..<(index + 1)].filter { $0.kind == .told || isOutput($0) && $0.kind == .write && relative($0.path).hasPrefix("output-") }
            .map { String(decoding: $0.bytes, as: UTF8.self) }.joined()
    }

    /// Of `RunningProgram`, which lie in the home too.
    private func isOutput(_ entry: Entry) -> Bool { ["output-", "errors-"].contains { relative(entry.path).hasPrefix($0) } }

    /// Files that were mapped to be written: writes that no journal sees.
    var mappedFiles: Set<String> { Set(entries.filter { $0.kind == .mapped }.map { relative($0.path) }) }

    private func relative(_ path: String) -> String { path.hasPrefix(home + "/") ? String(path.dropFirst(home.count + 1)) : path }

    /// The disk after entry `index`, as it differs from `ground`, the home's copy from before the program ran.
    func disk(after index: Int, losing loss: PowerLoss, ground: Home) -> Disk {
        var model = Model(ground: ground)
        for entry in entries[..<(index + 1)] where !isOutput(entry) {
            let path = relative(entry.path)
            switch entry.kind {
            case .create: model.create(path, entry.file)
            case .truncate: model.change(path, entry.file, .length(entry.offset))
            case .write: model.change(path, entry.file, .bytes(entry.bytes, at: entry.offset))
            case .sync: model.flush(path, entry.file)
            case .rename: model.rename(path, to: relative(entry.other))
            case .unlink: model.unlink(path)
            case .folder: model.folders.insert(path)
            case .removeFolder: model.folders.remove(path)
            case .told, .mapped: break
            }
        }
        return model.disk(losing: loss)
    }
}

/// Files by path, as they differ from the ground: nil where one is gone.
struct Disk: Hashable, Sendable {
    var files: [String: Data?] = [:]
    var folders: Set<String> = []

    /// Makes `home`, a copy of the ground, hold this.
    func write(to home: Home) throws {
        let manager = FileManager.default
        for folder in folders { try manager.createDirectory(at: home.file(folder), withIntermediateDirectories: true) }
        for (path, bytes) in files {
            let file = home.file(path)
            guard let bytes else {
                try? manager.removeItem(at: file)
                continue
            }
            try manager.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try bytes.write(to: file)
        }
    }
}

private enum Change {
    case bytes(Data, at: Int)
    case length(Int)

    func apply(to file: inout Data) {
        switch self {
        case .length(let length):
            if length < file.count { file = Data(file.prefix(length)) } else { file.append(Data(count: length - file.count)) }
        case .bytes(let bytes, let offset):
            if offset + bytes.count > file.count { file.append(Data(count: offset + bytes.count - file.count)) }
            file.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        }
    }
}

private struct Model {
    private struct File {
        /// As flushed, and what was changed since.
        var flushed: Data
        var since: [Change] = []

        func bytes(losing loss: PowerLoss) -> Data {
            var bytes = flushed
            for (index, change) in since.enumerated() {
                switch loss {
                case .nothing: change.apply(to: &bytes)
                case .everySecondWrite: if index % 2 == 0 { change.apply(to: &bytes) }
                case .all, .bytes: break
                }
            }
            return bytes
        }
    }

    private enum NameChange {
        case appears(String, file: Int)
        case goes(String)
        case moves(String, String)

        var folders: [String] {
            switch self {
            case .appears(let path, _), .goes(let path): [(path as NSString).deletingLastPathComponent]
            case .moves(let from, let to): [from, to].map { ($0 as NSString).deletingLastPathComponent }
            }
        }

        func apply(to names: inout [String: Int?]) {
            switch self {
            case .appears(let path, let file): names[path] = file
            case .goes(let path): names[path] = .some(nil)
            case .moves(let from, let to):
                names[to] = names[from] ?? nil
                names[from] = .some(nil)
            }
        }
    }

    private let ground: Home
    private var files: [File] = []
    /// The system's numbers of files, which it uses again.
    private var numbers: [Int: Int] = [:]
    /// As flushed; a path that is not in it is as in the ground, nil is gone.
    private var names: [String: Int?] = [:]
    private var since: [NameChange] = []
    var folders: Set<String> = []

    init(ground: Home) { self.ground = ground }

    mutating func create(_ path: String, _ number: Int) {
        files.append(File(flushed: Data()))
        numbers[number] = files.count - 1
        since.append(.appears(path, file: files.count - 1))
    }

    mutating func change(_ path: String, _ number: Int, _ change: Change) {
        let index = known(path, number)
        files[index].since.append(change)
    }

    mutating func flush(_ path: String, _ number: Int) {
        var isFolder: ObjCBool = false
        let isThere = FileManager.default.fileExists(atPath: ground.file(path).path, isDirectory: &isFolder)
        if folders.contains(path) || (isThere && isFolder.boolValue) {
            for change in since where change.folders.contains(path) { change.apply(to: &names) }
            since.removeAll { $0.folders.contains(path) }
            return
        }
        let index = known(path, number)
        files[index] = File(flushed: files[index].bytes(losing: .nothing))
    }

    mutating func rename(_ from: String, to: String) {
        if currentNames[from] == nil { _ = known(from, -1) }
        since.append(.moves(from, to))
    }

    mutating func unlink(_ path: String) { since.append(.goes(path)) }

    /// A file that was there before the program ran is taken from the ground when it is first met.
    private mutating func known(_ path: String, _ number: Int) -> Int {
        if let index = numbers[number] { return index }
        files.append(File(flushed: (try? Data(contentsOf: ground.file(path))) ?? Data()))
        if number >= 0 { numbers[number] = files.count - 1 }
        names[path] = files.count - 1
        return files.count - 1
    }

    private var currentNames: [String: Int?] {
        var all = names
        for change in since { change.apply(to: &all) }
        return all
    }

    func disk(losing loss: PowerLoss) -> Disk {
        var disk = Disk(folders: folders)
        for (path, file) in loss == .all ? names : currentNames {
            // Shared memory of the store's readers: it does not outlive them, and SQLite makes it anew.
            if path.hasSuffix("-shm") { continue }
            disk.files[path] = .some(file.map { files[$0].bytes(losing: loss) })
        }
        return disk
    }
}
