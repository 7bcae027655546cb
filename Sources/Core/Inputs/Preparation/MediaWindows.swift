// A long film or sound file in overlapping windows, each prepared as a clip of its own would be: read once, from its beginning to its end.
import Base
import Faces
import Foundation
import Media

/// How a long recording is cut. The last window is shorter: it reaches from its own start to the recording's end.
public struct WindowSettings: Sendable, Codable, Hashable {
    /// Seconds a window, and from one window's start to the next one's.
    public var length: Double
    public var hop: Double

    /// Windows that may lie over one moment: so many times the pictures of one are in memory at most.
    public static let mostAtOnce = 16.0
    /// Seconds that a window may last.
    public static let lengths = 0.5...600.0
    /// `0.5 to 600 s`.
    public static var lengthWords: String { "\(lengths.lowerBound) to \(Int(lengths.upperBound)) s" }
    /// More windows than a day of a hop of a second.
    public static let most = 100_000
    /// A rest that is shorter than this is no window, s.
    public static let shortest = 0.25

    public init(length: Double = 3, hop: Double = 1) {
        self.length = length
        self.hop = hop
    }

    /// - Throws: `MediaError.invalidRequest` where no windows can be cut so.
    public func check() throws {
        guard length.isFinite, Self.lengths.contains(length), hop.isFinite, hop > 0, length / hop <= Self.mostAtOnce else {
            throw MediaError.invalidRequest(
                file: nil,
                what:
                    "windows of \(length) s every \(hop) s: they are \(Self.lengthWords) long, and at most \(Int(Self.mostAtOnce)) lie over one moment"
            )
        }
    }

    /// The windows of a recording of so many seconds: the last is the first that reaches its end.
    public func spans(of seconds: Double) -> [Range<Double>] {
        var spans: [Range<Double>] = []
        while spans.count < Self.most {
            let start = Double(spans.count) * hop
            guard spans.isEmpty ? seconds > 0 : seconds - start >= Self.shortest else { break }
            spans.append(start..<min(start + length, seconds))
            if start + length >= seconds { break }
        }
        return spans
    }
}

/// One window, prepared. Without a clip where there was neither sound nor picture in it.
public struct MediaWindow: Sendable {
    /// Seconds from the recording's beginning.
    public var seconds: Range<Double>
    public var clip: PreparedClip?
}

extension Preparer {
    /// Prepares window after window, as a clip of those seconds would be: the same pictures and faces, sound to 1e-5. No more than a few windows
    /// are in memory.
    /// - Parameters:
    ///   - sound, pictures: what is wanted of the recording; where both are, windows reach as far as both do.
    ///   - warnings: takes what a person should know of the file.
    ///   - body: takes each window and how many there are, in order, and says whether to go on.
    /// - Throws: `MediaError`, what finding faces throws, what `body` throws.
    public func forEachWindow(
        of file: URL, sound: Bool, pictures: Bool, _ windows: WindowSettings, threads: Int = 1, warnings: MediaWarnings? = nil,
        _ body: (MediaWindow, _ count: Int) throws -> Bool
    ) throws {
        try windows.check()
        let film = pictures ? try VideoDecoder.frameTimes(of: file) : ([], .infinity)
        let length = sound ? try Self.soundSeconds(of: file) : .infinity
        let spans = windows.spans(of: min(length, film.end))
        let heard = sound ? BoundedPipeline<Heard?>(ahead: 2) { give in try self.hear(file, spans, warnings, give) } : nil
        let seen =
            pictures
            ? BoundedPipeline<[Picture]>(ahead: 1) { give in try self.pictures(of: file, film.times, spans, threads, warnings, give) } : nil
        defer {
            heard?.cancelAndWait()
            seen?.cancelAndWait()
        }
        for span in spans {
            let sound = try heard?.next() ?? nil
            let frames = try seen?.next() ?? []
            let faces = frames.isEmpty ? nil : try see(frames)
            let clip =
                sound == nil && faces == nil ? nil : stored(sound, faces, duration: span.upperBound - span.lowerBound).prepared(preparation)
            guard try body(MediaWindow(seconds: span, clip: clip), spans.count) else { return }
        }
    }

    private static func soundSeconds(of file: URL) throws -> Double {
        let info = try MediaProbe.inspect(file)
        guard let audio = info.audio else { throw MediaError.noAudio(file: file.path) }
        return audio.duration ?? info.duration ?? 0
    }

    /// Each window's sound; nil where the sound has ended.
    private func hear(_ file: URL, _ spans: [Range<Double>], _ warnings: MediaWarnings?, _ give: (Heard?) throws -> Void) throws {
        let rate = settings.sound.mel.rate
        var buffer: [Float] = [], first = 0, beginning = 0.0, next = 0
        func place(_ time: Double) -> Int { Int(((time - beginning) * Double(rate)).rounded()) }
        /// The window from what lies in the buffer, zeros before the sound begins.
        func take(_ span: Range<Double>) throws {
            let (start, end) = (place(span.lowerBound), min(place(span.upperBound), first + buffer.count))
            guard end > max(start, 0) else { return try give(nil) }
            let silence = [Float](repeating: 0, count: max(0, -start))
            try give(try hear(Waveform(samples: silence + buffer[(max(start, 0) - first)..<(end - first)], rate: rate)))
        }
        try AudioDecoder.forEachBlock(of: file, rate: rate, warnings: warnings, beginning: { beginning = $0 }) { block in
            buffer.append(contentsOf: block)
            while next < spans.count, place(spans[next].upperBound) <= first + buffer.count {
                try take(spans[next])
                next += 1
            }
            // What lies before the next window is needed no more; dropped now and then, because it moves the rest.
            let unneeded = min(buffer.count, max(0, (next < spans.count ? place(spans[next].lowerBound) : .max) - first))
            if unneeded > 4 * rate || unneeded == buffer.count {
                buffer.removeFirst(unneeded)
                first += unneeded
            }
        }
        for span in spans[next...] { try take(span) }
    }

    /// Each window's pictures; none where the film has ended.
    private func pictures(
        of file: URL, _ times: [Double], _ spans: [Range<Double>], _ threads: Int, _ warnings: MediaWarnings?,
        _ give: ([Picture]) throws -> Void
    ) throws {
        let wanted = spans.map { FrameSampling.linear(times: times, in: $0, count: settings.frames) }
        /// Places among `times` that some window shows, ascending.
        let places = Set(wanted.joined()).sorted()
        var kept: [Int: Picture] = [:]
        var (next, window) = (0, 0)
        /// Gives the windows that are complete.
        func giveComplete() throws {
            while window < wanted.count, wanted[window].allSatisfy({ kept[$0] != nil }) {
                try give(wanted[window].compactMap { kept[$0] })
                window += 1
                let first = window < wanted.count ? wanted[window].first ?? .max : .max
                kept = kept.filter { $0.key >= first }
            }
        }
        // A frame that its packet promised and that cannot be decoded is the next one that can be.
        let tolerance = 1e-4
        try VideoDecoder.forEachPicture(
            of: file, threads: threads, warnings: warnings, where: { next < places.count && $0 >= times[places[next]] - tolerance }
        ) {
            _, seconds, picture in
            while next < places.count, times[places[next]] - tolerance <= seconds {
                kept[places[next]] = picture
                next += 1
            }
            try giveComplete()
            return window < wanted.count
        }
        // Or the last one, at the film's end.
        guard window < wanted.count, let last = kept.keys.max().flatMap({ kept[$0] }) else {
            return try wanted[window...].forEach { _ in try give([]) }
        }
        for place in places[next...] { kept[place] = last }
        try giveComplete()
    }
}
