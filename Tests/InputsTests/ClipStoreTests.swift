// The store of prepared clips under everything that happens to files: cut, flipped, foreign, moved, full, shared.
import Foundation
import GRDB
import Media
import Records
import TestSupport
import Testing

@testable import Base
@testable import Corpora
@testable import Faces
@testable import Inputs

@Suite("Store of prepared clips")
struct ClipStoreTests {
    let folder: MadeUpFolder
    let cache: ClipCache
    let settings = PreparationSettings(sound: MelImageSettings(mel: MelSettings(bands: 4), frames: 6), frames: 2, size: 8)

    init() throws {
        folder = try MadeUpFolder(["a.mp4": "media"])
        cache = ClipCache(folder: folder.url.appendingPathComponent("cache"))
    }

    private func clip(_ file: String = "a.mp4") -> Clip {
        Clip(name: file, corpus: "studio", speaker: "1", emotion: "sad", video: folder.path(file), audio: folder.path(file))
    }

    private func made(_ number: Int = 0, settings: PreparationSettings? = nil, hasAudio: Bool = true, hasVideo: Bool = true) -> StoredClip {
        let settings = settings ?? self.settings
        let kept = hasAudio ? 5 : 0
        let face = FaceFinding(
            box: FaceBox(x: 1.5, y: 2, width: 3, height: 4), score: 0.75,
            landmarks: (0..<5).map { FacePoint(x: Float($0) + 0.1, y: -Float($0)) },
            origin: .interpolated)
        let fallback = FaceFinding(box: FaceBox(x: 0, y: 0, width: 8, height: 8), score: 0, isFallback: true)
        return StoredClip(
            decibels: Spectrogram(values: (0..<(4 * kept)).map { Float($0 + number) / 7 - 30.1 }, bands: 4, frames: kept),
            pictures: (0..<(2 * settings.size * settings.size * 3)).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ number) }, frames: 2,
            size: settings.size,
            faces: hasVideo ? [face, fallback] : [], duration: 2.0123456789, hasSpeech: true, envelope: (0..<512).map { Float($0) / 512 },
            hasAudio: hasAudio, hasVideo: hasVideo,
            sound: hasAudio
                ? PreparedSound(samples: (0..<4001).map { Int16(truncatingIfNeeded: $0 &* 7919) }, scale: 3e-5, rate: 22_050, kept: 3..<8)
                : nil)
    }

    @discardableResult
    private func put(_ clip: Clip, _ stored: StoredClip, _ settings: PreparationSettings? = nil, in cache: ClipCache? = nil) throws
        -> String
    {
        let cache = cache ?? self.cache
        let content = try #require(cache.content(of: clip))
        try cache.put(
            ClipBlob.encode(stored), rawBytes: stored.bytes, finding: ClipFinding(clip.name, stored), content, clip.corpus,
            settings ?? self.settings)
        return content
    }

    private func sql(_ path: String, _ text: String, _ arguments: StatementArguments = StatementArguments()) throws {
        let queue = try DatabaseQueue(path: path)
        // A checkpoint cannot be made within a transaction.
        try queue.writeWithoutTransaction { try $0.execute(sql: text, arguments: arguments) }
        try queue.close()
    }

    @Test(
        "A clip comes back bit for bit, whichever of sound and picture it has, whole or in the parts asked for",
        arguments: [(true, true), (true, false), (false, true)])
    func roundTrip(hasAudio: Bool, hasVideo: Bool) throws {
        let stored = made(hasAudio: hasAudio, hasVideo: hasVideo)
        let content = try put(clip(), stored)
        #expect(cache.stored(content, "studio", settings, parts: .all) == stored)
        #expect(cache.clip(clip(), settings) == stored.prepared(settings))
        let part = try #require(cache.stored(content, "studio", settings, parts: [.pictures]))
        #expect(part.pictures == stored.pictures && part.sound == nil && part.faces.isEmpty)
    }

    @Test("Planes and differences give the numbers back", arguments: [1, 2, 7, 8, 33])
    func planes(size: Int) {
        let pixels = (0..<(3 * size * size * 3)).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31) }
        #expect(BytePlanes.pictures(planes: BytePlanes.pictures(pixels, size: size), size: size) == pixels)
        let numbers = (0..<(size * 5)).map { Float(bitPattern: UInt32(truncatingIfNeeded: $0 &* 2_654_435_761)) }
        #expect(BytePlanes.floats(BytePlanes.floats(numbers)).map(\.bitPattern) == numbers.map(\.bitPattern))
        let samples = (0..<(size * 9)).map { Int16(truncatingIfNeeded: $0 &* 25_717) } + [Int16.min, Int16.max]
        #expect(BytePlanes.samples(BytePlanes.samples(samples)) == samples)
    }

    @Test("Other settings and changed media find nothing; renamed and moved media are found")
    func keys() throws {
        try put(clip(), made())
        var other = settings
        other.size = 16
        #expect(cache.clip(clip(), other) == nil)
        try FileManager.default.createDirectory(atPath: folder.path("new place"), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: folder.path("a.mp4"), toPath: folder.path("new place/b.mp4"))
        #expect(cache.clip(clip(), settings) == nil)
        #expect(cache.clip(clip("new place/b.mp4"), settings) != nil)
        try folder.write("new place/b.mp4", Data("other".utf8))
        #expect(cache.clip(clip("new place/b.mp4"), settings) == nil, "the same length, written in the same second")
        var piece = clip("new place/b.mp4")
        try put(piece, made())
        #expect(cache.clip(piece, settings) != nil)
        for change in [{ $0.start = 1 }, { $0.end = 2 }, { $0.pixelOffset = 3 }, { $0.audio = nil }] as [(inout Clip) -> Void] {
            piece = clip("new place/b.mp4")
            change(&piece)
            #expect(cache.clip(piece, settings) == nil)
        }
    }

    @Test("Content is hashed once: an unchanged file is known by its times, a changed one is not")
    func media() throws {
        let store = try ClipStore(cache.file(of: "studio").path.replacingOccurrences(of: "cache/studio", with: "media"))
        var old = [timespec(tv_sec: 1_000_000_000, tv_nsec: 1), timespec(tv_sec: 1_000_000_000, tv_nsec: 1)]
        utimensat(AT_FDCWD, folder.path("a.mp4"), &old, 0)
        let signature = try #require(MediaSignature(folder.path("a.mp4")))
        #expect(signature.isFresh, "changed a moment ago, whatever its time says")
        let content = try #require(try store.content(of: folder.path("a.mp4")))
        #expect(try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM media") } == 0)
        try store.write {
            try $0.execute(sql: "INSERT INTO media VALUES (?, ?, 'known')", arguments: [folder.path("a.mp4"), signature.text])
        }
        #expect(try store.content(of: folder.path("a.mp4")) == content, "named a moment ago by this process")
        #expect(try ClipStore(store.path).content(of: folder.path("a.mp4")) == "known")
        utimensat(AT_FDCWD, folder.path("a.mp4"), nil, 0)
        #expect(try store.content(of: folder.path("a.mp4")) == content)
        #expect(try store.content(of: folder.path("gone.mp4")) == nil)
        // A folder of stills: names and contents of its files.
        for name in ["1.png", "2.png"] { try folder.write("stills/" + name, Data(name.utf8)) }
        let stills = try #require(try store.content(of: folder.path("stills")))
        try folder.write("stills/2.png", Data("3.png".utf8))
        #expect(try store.content(of: folder.path("stills")) != stills)
    }

    @Test("An entry cut at any length, or with any one byte changed, is as good as none, and is made again")
    func damage() throws {
        let content = try put(clip(), made())
        let blob = try ClipBlob.encode(made())
        for length in stride(from: 0, to: blob.count, by: 7) {
            #expect(throws: (any Error).self) { try blob[..<length].withUnsafeBytes { _ = try ClipBlob.decode($0, settings) } }
        }
        let path = cache.file(of: "studio").path
        for i in stride(from: 0, to: blob.count, by: 11) {
            var bytes = blob
            bytes[i] ^= 0x41
            // Without its checksum a changed byte must still not crash, and never make a clip of another shape.
            if let clip = try? bytes.withUnsafeBytes({ try ClipBlob.decode($0, settings) }) {
                #expect(clip.pictures.count == 384 && clip.faces.count == 2 && clip.decibels.bands == 4)
            }
            if i % 22 == 0 {
                try sql(path, "UPDATE clips SET blob = ?", [Data(bytes)])
                #expect(cache.stored(content, "studio", settings, parts: .all) == nil, "byte \(i)")
            }
        }
        #expect(try cache.verify("studio") == CacheVerification(whole: 0, damaged: 1))
        #expect(try cache.verify("studio", repairing: true).damaged == 1 && cache.entry(content, "studio", settings) == nil)
        try put(clip(), made())
        #expect(cache.clip(clip(), settings) == made().prepared(settings))
        #expect(try cache.verify("studio") == CacheVerification(whole: 1))
    }

    @Test(
        "A store that is no database, or another program's, is put aside with a notice, and the work goes on",
        arguments: ["noise", "cut", "foreign", "old"])
    func foreignStore(kind: String) throws {
        let path = cache.file(of: "studio").path
        try FileManager.default.createDirectory(at: cache.folder, withIntermediateDirectories: true)
        switch kind {
        case "noise": try Data((0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 7919) }).write(to: URL(fileURLWithPath: path))
        case "cut":
            try put(clip(), made(), in: ClipCache(folder: cache.folder))
            try sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            try bytes.prefix(100).write(to: URL(fileURLWithPath: path))
        case "foreign": try sql(path, "CREATE TABLE accounts (name TEXT)")
        default:
            try sql(path, "CREATE TABLE clips (name TEXT); PRAGMA application_id = \(ClipStore.applicationID); PRAGMA user_version = 0")
        }
        try put(clip(), made())
        #expect(cache.clip(clip(), settings) == made().prepared(settings))
        let notices = cache.takeNotices()
        #expect(notices.count == 1 && notices[0].contains(path) && notices[0].contains(".damaged-1"))
        #expect(FileManager.default.fileExists(atPath: path + ".damaged-1"))
        #expect(cache.takeNotices().isEmpty)
    }

    @Test("A store of a newer program is left alone")
    func newerStore() throws {
        let path = cache.file(of: "studio").path
        try put(clip(), made(), in: ClipCache(folder: cache.folder))
        try sql(path, "PRAGMA user_version = 99")
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let other = ClipCache(folder: cache.folder)
        #expect(other.clip(clip(), settings) == nil)
        #expect(other.takeNotices().first?.contains("newer emolab") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test("Pages overwritten while the store is open: what was lost is made again in a new store")
    func brokenPages() throws {
        for number in 0..<40 {
            try folder.write("\(number).mp4", Data("media \(number)".utf8))
            try put(clip("\(number).mp4"), made(number))
        }
        let path = cache.file(of: "studio").path
        try sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: 16384)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: Int(size) - 16384))
        try handle.close()
        let fresh = ClipCache(folder: cache.folder)
        for number in 0..<40 { #expect(fresh.clip(clip("\(number).mp4"), settings) == nil) }
        try put(clip(), made(), in: fresh)
        #expect(fresh.clip(clip(), settings) == made().prepared(settings) && !fresh.takeNotices().isEmpty)
    }

    @Test("A folder that cannot be written is told once; clips are then made each time")
    func unwritable() throws {
        // A file where the folder should be: that stops root too.
        let cache = ClipCache(folder: folder.url.appendingPathComponent("a.mp4/cache"))
        #expect(cache.content(of: clip()) == nil && cache.clip(clip(), settings) == nil)
        #expect(throws: CacheError.self) {
            try cache.put([], rawBytes: 0, finding: ClipFinding(name: "", status: .prepared), "x", "studio", settings)
        }
        #expect(cache.takeNotices().count == 1)
        try EncodedClip.make(folder.url.appendingPathComponent("b.mp4"))
        let preparer = try Preparer(settings: PreparationSettings(frames: 2, size: 16), cache: cache)
        let kept = Kept()
        let report = preparer.prepareAll([clip("b.mp4")], unstored: { _, prepared in kept.add(prepared) })
        #expect(report.prepared == 1 && report.unstored == 1 && report.storeFailure?.contains("XDG_CACHE_HOME") == true)
        #expect(kept.all == [try preparer.prepared(clip("b.mp4"), sound: true)])
        #expect(preparer.prepareAll([clip("b.mp4"), clip("a.mp4")], workers: 1, mustStore: true).isCancelled)
    }

    // MARK: A cache of somebody else

    /// Prepared by its owner, who has closed it, and open to everybody's eyes.
    private func putAtRest(_ numbers: Range<Int>) throws {
        for number in numbers { try folder.write("\(number).mp4", Data("media \(number)".utf8)) }
        do {
            let cache = ClipCache(folder: cache.folder)
            for number in numbers { try put(clip("\(number).mp4"), made(number), in: cache) }
        }
        try Stranger.share(folder.url)
        try #require(FileManager.default.contentsOfDirectory(atPath: cache.folder.path) == ["studio.sqlite"])
    }

    @Test(
        "A cache that one may not write is read as it is, with no file made beside it, and anew once its owner wrote it; what cannot be kept is said"
    )
    func othersCache() async {
        await #expect(processExitsWith: .success) {
            let tests = try ClipStoreTests()
            let (folder, settings, path) = (tests.folder.url, tests.settings, tests.cache.file(of: "studio").path)
            try tests.putAtRest(0..<1)
            let before = try Data(contentsOf: URL(fileURLWithPath: path)), cache = tests.cache
            let error = try Stranger.looks(at: folder) {
                for _ in 0..<2 { try #require(cache.clip(tests.clip("0.mp4"), settings) == tests.made(0).prepared(settings)) }
                return #expect(throws: CacheError.self) { try tests.put(tests.clip("a.mp4"), tests.made()) }
            }
            #expect(error == .readOnly(path: path) && cache.takeNotices().isEmpty)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            try tests.putAtRest(1..<3)
            let seen = try Stranger.looks(at: folder) { (0..<3).map { cache.clip(tests.clip("\($0).mp4"), settings) } }
            #expect(seen == (0..<3).map { tests.made($0).prepared(settings) } && cache.takeNotices().isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: cache.folder.path) == ["studio.sqlite"])
        }
    }

    @Test(
        "A damaged cache of somebody else stays in its place, is told once, and keeps nobody from work; its owner puts it aside",
        arguments: [true, false])
    func othersDamagedCache(isOpen: Bool) async {
        // An exit test takes no values along.
        if isOpen {
            await #expect(processExitsWith: .success) { try ClipStoreTests().damageOthersCache(isOpen: true) }
        } else {
            await #expect(processExitsWith: .success) { try ClipStoreTests().damageOthersCache(isOpen: false) }
        }
    }

    private func damageOthersCache(isOpen: Bool) throws {
        try putAtRest(0..<40)
        let path = cache.file(of: "studio").path, file = URL(fileURLWithPath: path)
        let sound = try Data(contentsOf: file)
        let damaged = sound.prefix(isOpen ? 16384 : 20) + Data(repeating: 0xA5, count: sound.count - (isOpen ? 16384 : 20))
        func damage() throws {
            let handle = try FileHandle(forWritingTo: file)
            try handle.write(contentsOf: damaged)
            try handle.close()
        }
        if !isOpen { try damage() }
        let seen = try Stranger.looks(at: folder.url) {
            if isOpen {
                try #require(cache.clip(clip("0.mp4"), settings) != nil)
                try Stranger.ownerActs(in: folder.url, damage)
            }
            return (0..<40).map { cache.clip(clip("\($0).mp4"), settings) }
        }
        #expect(seen.allSatisfy { $0 == nil })
        let notices = cache.takeNotices()
        #expect(notices.count == 1 && notices[0].contains(path) && notices[0].contains("not yours to write"), "\(notices)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: cache.folder.path) == ["studio.sqlite"] && Data(contentsOf: file) == damaged
        )
        let owner = ClipCache(folder: cache.folder)
        try put(clip("0.mp4"), made(), in: owner)
        #expect(owner.clip(clip("0.mp4"), settings) != nil && FileManager.default.fileExists(atPath: path + ".damaged-1"))
    }

    @Test("Where the cache's folder cannot be written and holds nothing yet, that is told once; side files of somebody else let one read")
    func othersFolder() async {
        await #expect(processExitsWith: .success) {
            let tests = try ClipStoreTests()
            let (folder, settings, cache) = (tests.folder.url, tests.settings, tests.cache)
            try FileManager.default.createDirectory(at: cache.folder, withIntermediateDirectories: true)
            try Stranger.share(folder)
            let early = ClipCache(folder: cache.folder)
            #expect(try Stranger.looks(at: folder) { early.clip(tests.clip(), settings) } == nil)
            let notices = early.takeNotices()
            #expect(notices.count == 1 && notices[0].contains("its folder cannot be written"), "\(notices)")
            guard geteuid() == 0 else { return }
            // A group's folder, where the one who has the store open left side files that are only his.
            try tests.put(tests.clip(), tests.made())
            try Stranger.share(folder)
            chmod(cache.folder.path, 0o777)
            chmod(cache.file(of: "studio").path, 0o666)
            let other = ClipCache(folder: cache.folder)
            let error = try Stranger.looks(at: folder) {
                try #require(other.clip(tests.clip(), settings) == tests.made().prepared(settings))
                return #expect(throws: CacheError.self) { try tests.put(tests.clip(), tests.made(), in: other) }
            }
            #expect(error == .readOnly(path: cache.file(of: "studio").path) && other.takeNotices().isEmpty)
        }
    }

    @Test("Names of corpora cannot leave the folder and do not fall together")
    func names() {
        let names = ["studio", "../../studio", "st/udio", "st_udio", "", "\u{1b}[31m", "студия", String(repeating: "x", count: 500)]
        let files = names.map { cache.file(of: $0) }
        #expect(Set(files).count == names.count)
        for file in files {
            #expect(file.deletingLastPathComponent().path == cache.folder.path && file.lastPathComponent.utf8.count < 120)
            #expect(file.lastPathComponent.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 32 })
        }
    }

    @Test("Settings lie side by side and are removed one by one; files are private to the user")
    func removal() throws {
        var other = settings
        other.size = 16
        try put(clip(), made())
        try put(clip(), made(1, settings: other), other)
        #expect(try FileManager.default.attributesOfItem(atPath: cache.folder.path)[.posixPermissions] as? Int == 0o700)
        #expect(try FileManager.default.attributesOfItem(atPath: cache.file(of: "studio").path)[.posixPermissions] as? Int == 0o600)
        #expect(try Set(cache.contents(of: "studio").map(\.key)) == [settings.key, other.key])
        #expect(try cache.removeAll("studio", key: other.key) == 1)
        #expect(cache.clip(clip(), settings) != nil && cache.clip(clip(), other) == nil)
        #expect(try cache.removeAll("studio") == 1 && cache.clip(clip(), settings) == nil)
        #expect(try cache.contents(of: "studio").isEmpty && cache.removeAll("nobody") == 0)
    }

    @Test("Beyond the size limit, what was not used for longest goes first, and nothing that is in use")
    func sizeLimit() throws {
        // Noise, which nothing makes smaller.
        func noisy(_ number: Int, _ settings: PreparationSettings) -> StoredClip {
            var generator = SystemRandomNumberGenerator()
            var clip = made(number, settings: settings)
            clip.pictures = clip.pictures.map { _ in UInt8.random(in: 0...255, using: &generator) }
            return clip
        }
        var old = settings, older = settings, fresh = settings
        (old.size, older.size, fresh.size) = (64, 72, 80)
        for settings in [old, older, fresh] {
            for number in 0..<10 {
                try folder.write("\(number).mp4", Data("media \(number)".utf8))
                try put(clip("\(number).mp4"), noisy(number, settings), settings)
            }
        }
        let path = cache.file(of: "studio").path
        try sql(path, "UPDATE settings SET used = 2000 WHERE key = ?", [old.key])
        try sql(path, "UPDATE settings SET used = 1000 WHERE key = ?", [older.key])
        func count(_ settings: PreparationSettings) throws -> Int {
            try cache.contents(of: "studio").first { $0.key == settings.key }?.clips ?? 0
        }
        try sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
        let all = cache.bytes
        #expect(ClipCache(folder: cache.folder, limit: all).keepToLimit(keeping: []) == nil)
        // Nearly all of the older must go, nothing of the others.
        #expect(ClipCache(folder: cache.folder, limit: all - 200_000).keepToLimit(keeping: [("studio", old)])?.contains("dropped") == true)
        #expect(try count(older) < 8 && count(old) == 10 && count(fresh) == 10)
        #expect(cache.bytes <= all - 200_000)
        // What is in use stays, even where that is too much.
        let words = ClipCache(folder: cache.folder, limit: 1000).keepToLimit(keeping: [("studio", old)])
        #expect(words?.contains("all of it is in use") == true)
        #expect(try count(older) == 0 && count(old) == 10 && count(fresh) == 10)
        #expect(try cache.verify("studio").isSound)
    }

    @Test("Threads that write and read at once leave every clip whole")
    func threads() throws {
        let names = (0..<24).map { "t\($0).mp4" }
        for name in names { try folder.write(name, Data(name.utf8)) }
        let caches = (0..<3).map { _ in ClipCache(folder: cache.folder) }
        DispatchQueue.concurrentPerform(iterations: 72) { i in
            _ = try? put(clip(names[i % 24]), made(i % 24), in: caches[i / 24])
            _ = caches[i % 3].clip(clip(names[(i * 7) % 24]), settings)
        }
        for (i, name) in names.enumerated() { #expect(cache.clip(clip(name), settings) == made(i).prepared(settings)) }
        #expect(try cache.verify("studio") == CacheVerification(whole: 24))
        #expect(caches.allSatisfy { $0.takeNotices().isEmpty })
    }

    @Test("Folders of the cache before this one are removed, others stay")
    func oldFormat() throws {
        try folder.write("cache/0123456789abcdef/studio/x.safetensors", Data("x".utf8))
        try folder.write("cache/mine/notes.txt", Data("x".utf8))
        #expect(cache.removeOldFormat()?.contains("removed 1 folder") == true && cache.removeOldFormat() == nil)
        #expect(FileManager.default.fileExists(atPath: folder.path("cache/mine/notes.txt")))
    }

    @Test("Memory keeps the clips used last, up to its bound")
    func recent() {
        let clip = made().prepared(settings)
        var recent = RecentClips(limit: 3 * clip.bytes)
        for name in ["a", "b", "c"] { recent.keep(clip, name) }
        #expect(recent.clip("a") == clip)
        recent.keep(clip, "d")
        #expect(recent.clip("b") == nil && recent.clip("a") != nil && recent.clip("c") != nil && recent.clip("d") != nil)
        #expect(recent.bytes == 3 * clip.bytes)
        for i in 0..<20_000 { _ = recent.clip(["a", "c", "d"][i % 3]) }
        recent.keep(clip, "e")
        #expect(recent.clip("d") == nil && recent.clip("a") != nil && recent.clip("c") != nil && recent.clip("e") != nil)
        #expect(recent.bytes == 3 * clip.bytes)
        var none = RecentClips(limit: 0)
        none.keep(clip, "a")
        #expect(none.clip("a") == nil && none.bytes == 0)
    }
}

private final class Kept: @unchecked Sendable {
    private let lock = NSLock()
    private var clips: [PreparedClip] = []
    func add(_ clip: PreparedClip) { lock.withLock { clips.append(clip) } }
    var all: [PreparedClip] { lock.withLock { clips } }
}
