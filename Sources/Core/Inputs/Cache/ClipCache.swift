import Base
import Corpora
import Foundation
import Records
import SQLiteFiles
import Synchronization

/// Prepared clips on disk: one store a corpus in one folder. A store that is damaged is put aside and made anew; where nothing can be
/// kept, clips are made again each time: a cache never stops the work. Used from any thread and any number of processes.
public final class ClipCache: Sendable {
    /// Stores lie in it as `CORPUS.sqlite`.
    public let folder: URL
    /// Bytes that all stores of the folder may take together; nil for as many as there are.
    public let limit: Int?
    private let state = Mutex(State())

    private struct State {
        var stores: [String: ClipStore] = [:]
        /// Corpora whose store cannot be opened, and why: told once, not tried again.
        var closed: [String: CacheError] = [:]
        var notices: [String] = []

        /// Keeps the store that `body` opens, with what the user should know of it; where it cannot be opened, that is told, and it stays closed.
        mutating func open(_ corpus: String, path: String, _ body: () throws -> (store: ClipStore, notices: [String])) throws -> ClipStore {
            do {
                let (store, words) = try body()
                notices += words
                stores[corpus] = store
                return store
            } catch {
                let error = CacheError.translate(error, path: path)
                closed[corpus] = error
                notices.append("\(error)")
                throw error
            }
        }
    }

    /// `prepared` in the user's cache folder.
    public static var standardFolder: URL { UserFolders.cache().appendingPathComponent("prepared", isDirectory: true) }

    public init(folder: URL = ClipCache.standardFolder, limit: Int? = nil) {
        self.folder = folder
        self.limit = limit
    }

    /// What the user should know of the stores since the last call, e.g. that one was damaged and put aside.
    public func takeNotices() -> [String] {
        state.withLock { state in
            defer { state.notices = [] }
            return state.notices
        }
    }

    // MARK: Clips

    /// The entry of a clip, or nil where there is none, it is damaged, or the clip's media have changed since.
    public func clip(_ clip: Clip, _ preparation: EffectivePreparation) -> PreparedClip? {
        guard let content = content(of: clip) else { return nil }
        return stored(content, clip.corpus, preparation, parts: .all)?.prepared(preparation)
    }

    /// The name of what is in a clip's files, or nil where one cannot be read or the corpus has no store.
    func content(of clip: Clip) -> String? {
        var words: [String] = []
        for (kind, path) in [("video", clip.video), ("audio", clip.audio)] {
            guard let path else { continue }
            guard let content = try? use(clip.corpus, { try $0.content(of: path) }) else { return nil }
            words.append("\(kind) \(content)")
        }
        if let start = clip.start { words.append("start \(start)") }
        if let end = clip.end { words.append("end \(end)") }
        if let offset = clip.pixelOffset { words.append("offset \(offset)") }
        if let frames = ChosenFrames(clip.columns) { words.append("frames \(frames.text)") }
        return ContentHash.text(words.joined(separator: "\n"))
    }

    func entry(_ content: String, _ corpus: String, _ preparation: EffectivePreparation) -> ClipStore.Entry? {
        (try? use(corpus) { try $0.entry(content, preparation) }) ?? nil
    }

    func stored(_ content: String, _ corpus: String, _ preparation: EffectivePreparation, parts: ClipParts) -> StoredClip? {
        (try? use(corpus) { try $0.clip(content, preparation, parts: parts) }) ?? nil
    }

    /// - Throws: `CacheError` where it cannot be kept.
    func put(_ blob: [UInt8], rawBytes: Int, finding: ClipFinding, _ content: String, _ corpus: String, _ preparation: EffectivePreparation)
        throws
    {
        try use(corpus) { try $0.put(blob, rawBytes: rawBytes, finding: finding, content, preparation) }
    }

    func putFailure(_ reason: String, _ content: String, _ corpus: String, _ preparation: EffectivePreparation) {
        try? use(corpus) { try $0.putFailure(reason, content, preparation) }
    }

    func touch(_ corpus: String, _ preparation: EffectivePreparation) { try? use(corpus) { try $0.touch(preparation) } }

    /// Why a corpus' store cannot be used, where that is so.
    func whyClosed(_ corpus: String) -> CacheError? { state.withLock { $0.closed[corpus] } }

    // MARK: Stores

    /// The file of a corpus' store. A hash keeps names apart that become equal where they are made plain.
    public func file(of corpus: String) -> URL {
        let plain = String(
            corpus.unicodeScalars.prefix(80).map { scalar in
                let isPlain =
                    scalar.isASCII
                    && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "-" || scalar == "_")
                return isPlain ? Character(scalar) : "_"
            })
        let name = plain == corpus && !plain.isEmpty ? plain : plain + "-" + ContentHash.text(corpus).prefix(8)
        return folder.appendingPathComponent(name + ".sqlite")
    }

    /// Runs `body` on the corpus' store; where it turns out to be damaged, that one is put aside and a new one gets the same.
    func use<Value>(_ corpus: String, _ body: (ClipStore) throws -> Value) throws -> Value {
        let store = try store(of: corpus)
        do {
            return try body(store)
        } catch  where CacheError.isDamage(error) {
            let fresh = try replacement(of: store, corpus, because: error)
            do { return try body(fresh) } catch { throw CacheError.translate(error, path: fresh.path) }
        } catch {
            throw CacheError.translate(error, path: store.path)
        }
    }

    private func store(of corpus: String) throws -> ClipStore {
        try state.withLock { state in
            if let store = state.stores[corpus] { return store }
            if let error = state.closed[corpus] { throw error }
            return try state.open(corpus, path: file(of: corpus).path) {
                let (store, notice) = try open(corpus)
                return (store, notice.map { [$0] } ?? [])
            }
        }
    }

    private func replacement(of store: ClipStore, _ corpus: String, because error: any Error) throws -> ClipStore {
        try state.withLock { state in
            // Another thread was here first.
            if let current = state.stores[corpus], current !== store { return current }
            state.stores[corpus] = nil
            return try state.open(corpus, path: store.path) {
                let notice: String? = try SQLiteFile.whileLocked(folder: folder) {
                    // Nor is another process' new store ours to put aside.
                    store.isCurrent ? try Self.putAside(store.path, because: error) : nil
                }
                let (fresh, second) = try open(corpus)
                return (fresh, [notice, second].compactMap(\.self))
            }
        }
    }

    private func open(_ corpus: String) throws -> (store: ClipStore, notice: String?) {
        let path = file(of: corpus).path
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CacheError.cannotOpen(path: path, reason: "its folder cannot be made: \(error.reason)")
        }
        return try SQLiteFile.whileLocked(folder: folder) {
            do {
                return (try ClipStore(path), nil)
            } catch  where CacheError.isDamage(error) {
                let notice = try Self.putAside(path, because: error)
                return (try ClipStore(path), notice)
            }
        }
    }

    /// Renames a store and its side files. Nothing is deleted: the user may want to look.
    /// - Throws: `CacheError` also for a store of somebody else: the one in its place would be closed to its owner.
    private static func putAside(_ path: String, because error: any Error) throws -> String {
        let reason = (error as? ClipStore.Foreign)?.description ?? "it is damaged"
        guard SQLiteFile.isWritable(path) else {
            throw CacheError.cannotOpen(path: path, reason: "\(reason), and it is not yours to write")
        }
        var number = 1
        while DurableFile.isThere(URL(fileURLWithPath: "\(path).damaged-\(number)")) { number += 1 }
        for suffix in ["-wal", "-shm", ""] {
            guard rename(path + suffix, "\(path).damaged-\(number)\(suffix)") == 0 || errno == ENOENT else {
                throw CacheError.cannotOpen(
                    path: path, reason: "it is damaged and cannot be put aside: \(String(cString: strerror(errno)))")
            }
        }
        return "\(path): \(reason); it was renamed to end in .damaged-\(number), and its clips are prepared again"
    }

    // MARK: Upkeep

    /// Corpora that have a store in the folder, by the name of its file.
    public var storeFiles: [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".sqlite") }.sorted().map { folder.appendingPathComponent($0) }
    }

    /// Bytes of all stores on the disk.
    public var bytes: Int { storeFiles.reduce(0) { $0 + ClipStore.bytes(of: $1.path) } }

    /// What a corpus' store holds, most recently used first.
    /// - Throws: `CacheError`.
    public func contents(of corpus: String) throws -> [StoredSettings] {
        // Looking makes no store.
        guard FileManager.default.fileExists(atPath: file(of: corpus).path) else { return [] }
        return try use(corpus) { try $0.contents(corpus: corpus) }
    }

    /// Reads every clip of a corpus; with `repairing`, drops what is damaged.
    /// - Throws: `CacheError`.
    public func verify(_ corpus: String, repairing: Bool = false) throws -> CacheVerification {
        guard FileManager.default.fileExists(atPath: file(of: corpus).path) else { return CacheVerification() }
        let store = try store(of: corpus)
        var result: CacheVerification
        do {
            result = try store.verify(repairing: repairing)
        } catch  where CacheError.isDamage(error) {
            result = CacheVerification(file: ["\(error)"])
        } catch {
            throw CacheError.translate(error, path: store.path)
        }
        if repairing, !result.file.isEmpty {
            // SQLite's own tree is broken: no deletion mends that.
            _ = try replacement(of: store, corpus, because: ClipStore.Foreign(description: "it is damaged (\(result.file[0]))"))
        }
        return result
    }

    /// Forgets which clips of a corpus could not be prepared with these settings.
    public func forgetFailures(_ corpus: String, _ preparation: EffectivePreparation) throws {
        try use(corpus) { try $0.forgetFailures(preparation) }
    }

    /// Removes a corpus' clips of one choice of settings (its key), or all of them with the store.
    /// - Returns: clips removed.
    @discardableResult
    public func removeAll(_ corpus: String, key: String? = nil) throws -> Int {
        guard FileManager.default.fileExists(atPath: file(of: corpus).path) else { return 0 }
        return try use(corpus) { try $0.removeAll(key: key) }
    }

    /// Settings that were used so lately, in s, are taken to be in use, if by another process.
    static let usedLately = 900.0

    /// Drops clips until the stores keep to the limit: of settings that were not used for longest first, never of those in use.
    /// - Parameter keeping: preparations of this process, per corpus.
    /// - Returns: clips dropped in words, or nil where there was nothing to do.
    public func keepToLimit(keeping: [(corpus: String, preparation: EffectivePreparation)]) -> String? {
        guard let limit, bytes > limit else { return nil }
        let inUse = Set(keeping.map { file(of: $0.corpus).path + " " + $0.preparation.key })
        var candidates: [(store: ClipStore, settings: StoredSettings)] = []
        var others: [ClipStore] = []
        defer { for store in others { store.close() } }
        let own = state.withLock { $0.stores.values.map { $0 } }
        for url in storeFiles {
            let opened = own.first { $0.path == url.path }
            guard let store = opened ?? (try? ClipStore(url.path)) else { continue }
            if opened == nil { others.append(store) }
            candidates += ((try? store.contents(corpus: url.path)) ?? []).map { (store, $0) }
        }
        let now = Date().timeIntervalSince1970
        candidates.removeAll { inUse.contains($0.store.path + " " + $0.settings.key) || now - $0.settings.used < Self.usedLately }
        candidates.sort { $0.settings.used < $1.settings.used }
        var dropped = 0
        for (store, settings) in candidates where bytes > limit {
            // Pages are freed, not bytes, so a little more than asked may go.
            dropped += (try? store.drop(bytes - limit, key: settings.key)) ?? 0
            try? store.shrink()
        }
        let size = { (bytes: Int) in String(format: "%.1f MiB", Double(bytes) / 1_048_576) }
        var words = dropped > 0 ? "dropped \(size(dropped)) of clips prepared with settings that were not used lately" : ""
        if bytes > limit {
            words +=
                (words.isEmpty ? "" : "; ")
                + "the stores take \(size(bytes)), more than the limit of \(size(limit)), and all of it is in use"
        }
        return words
    }

    /// Removes what versions before one store a corpus left: folders of files named by settings.
    /// - Returns: what was done, in words; nil where there was nothing.
    public func removeOldFormat() -> String? {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { name in
            name.count == 16 && name.allSatisfy(\.isHexDigit)
        }
        let removed = names.count { (try? FileManager.default.removeItem(at: folder.appendingPathComponent($0))) != nil }
        return removed > 0 ? "removed \(removed) folder\(removed == 1 ? "" : "s") of an older cache from \(folder.path)" : nil
    }
}
