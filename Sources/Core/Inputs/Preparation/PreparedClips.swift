import Base
import Corpora
import Foundation
import Synchronization

/// Prepared clips on demand, from any corpus: read from the stores, made where they are missing, and the last used ones kept in memory
/// up to a bound. Used from any thread.
public final class PreparedClips: Sendable {
    public let preparer: Preparer
    /// Bytes that clips kept in memory may take.
    public let memoryLimit: Int
    /// Whether clips bring their waveform.
    public let withSound: Bool
    private let kept: Mutex<RecentClips>

    /// - Parameter memoryLimit: by default a quarter of the memory that there is for this process; 0 reads every clip anew.
    public init(_ preparer: Preparer, memoryLimit: Int = MachineMemory.current.bytes / 4, withSound: Bool = false) {
        self.preparer = preparer
        self.memoryLimit = memoryLimit
        self.withSound = withSound
        kept = Mutex(RecentClips(limit: memoryLimit))
    }

    /// - Throws: what decoding throws where the clip is in no store.
    public func clip(_ clip: Clip) throws -> PreparedClip {
        if let known = kept.withLock({ $0.clip(clip.id) }) { return known }
        let prepared = try preparer.prepared(clip, sound: withSound)
        keep(prepared, clip)
        return prepared
    }

    /// Hands over a clip that could not be stored, so that it need not be made again while there is room.
    public func keep(_ prepared: PreparedClip, _ clip: Clip) {
        var prepared = prepared
        if !withSound { prepared.sound = nil }
        kept.withLock { [prepared] in $0.keep(prepared, clip.id) }
    }

    /// Bytes of the clips in memory now.
    public var bytesInMemory: Int { kept.withLock(\.bytes) }
}

/// Clips by name, the least recently used going first.
struct RecentClips {
    let limit: Int
    private(set) var bytes = 0
    private var clips: [String: (clip: PreparedClip, use: UInt64)] = [:]
    /// Uses in order; those that a later use of the same clip has overtaken are passed over.
    private var uses: [(name: String, use: UInt64)] = []
    private var oldest = 0
    private var count: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    mutating func clip(_ name: String) -> PreparedClip? {
        guard let clip = clips[name]?.clip else { return nil }
        note(name)
        return clip
    }

    mutating func keep(_ clip: PreparedClip, _ name: String) {
        guard clip.bytes <= limit else { return }
        if let present = clips[name] { bytes -= present.clip.bytes }
        clips[name] = (clip, 0)
        bytes += clip.bytes
        note(name)
        while bytes > limit, oldest < uses.count {
            let (name, use) = uses[oldest]
            oldest += 1
            guard let entry = clips[name], entry.use == use else { continue }
            clips[name] = nil
            bytes -= entry.clip.bytes
        }
    }

    private mutating func note(_ name: String) {
        count += 1
        clips[name]?.use = count
        uses.append((name, count))
        if oldest > 1024, oldest > uses.count / 2 {
            uses.removeFirst(oldest)
            oldest = 0
        }
        // Clips that are all in memory are only ever used again: nothing would take the overtaken uses away.
        if uses.count > 4 * clips.count + 1024 {
            uses = uses[oldest...].filter { clips[$0.name]?.use == $0.use }
            oldest = 0
        }
    }
}
