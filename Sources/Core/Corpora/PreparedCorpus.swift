import Foundation

/// A corpus' prepared clips in memory, as training takes them.
public struct PreparedCorpus: Sendable {
    /// Clips that could be prepared, in the order given.
    public let clips: [(clip: Clip, prepared: PreparedClip)]
    public let report: PreparationReport

    /// Loads clips from the cache, preparing those that are not there.
    /// - Parameters:
    ///   - memoryLimit: bytes; by default half of the machine's memory.
    ///   - shouldStop, progress: as in `Preparer.prepareAll`.
    /// - Throws: `PreparedCorpusError.tooLarge` before any work where the clips would not fit.
    public init(
        _ clips: [Clip], with preparer: Preparer, memoryLimit: Int = Int(ProcessInfo.processInfo.physicalMemory / 2),
        workers: Int = ProcessInfo.processInfo.activeProcessorCount, shouldStop: @Sendable () -> Bool = { false },
        progress: @Sendable (PreparationProgress) -> Void = { _ in }
    ) throws {
        let needed = clips.count * preparer.settings.bytesPerClip
        guard needed <= memoryLimit else {
            throw PreparedCorpusError.tooLarge(clips: clips.count, bytes: needed, limit: memoryLimit)
        }
        let slots = Slots(count: clips.count)
        report = preparer.forEach(clips, workers: workers, shouldStop: shouldStop, progress: progress) { i, prepared in
            slots.put(prepared, at: i)
        }
        self.clips = zip(clips, slots.all).compactMap { clip, prepared in prepared.map { (clip, $0) } }
    }
}

public enum PreparedCorpusError: Error, Equatable, CustomStringConvertible {
    case tooLarge(clips: Int, bytes: Int, limit: Int)

    public var description: String {
        switch self {
        case .tooLarge(let clips, let bytes, let limit):
            "\(clips) prepared clips need \(bytes >> 20) MiB of memory and \(limit >> 20) MiB may be used: "
                + "use fewer clips, fewer frames or smaller pictures"
        }
    }
}

private final class Slots: @unchecked Sendable {
    private let lock = NSLock()
    private var slots: [PreparedClip?]

    init(count: Int) { slots = Array(repeating: nil, count: count) }
    func put(_ clip: PreparedClip, at i: Int) { lock.withLock { slots[i] = clip } }
    var all: [PreparedClip?] { lock.withLock { slots } }
}
