// Whether all that a container promises is there: one rule for sound and pictures, in all containers. A file is refused where it lacks what it promises,
// and by its structure is cut or tells no better; it is used with a warning where next to nothing is missing, or where only the header can be wrong.
import CFFmpeg

struct Completeness {
    /// What may be missing of a file that was cut, so that it is used with a warning: a last frame, the last percent.
    private static let trifle = (seconds: 0.05, share: 0.01)
    /// What a header may be off by without a word.
    private static let slack = (seconds: 0.25, share: 0.05)
    /// A file whose structure tells nothing is cut where it lacks a quarter.
    private static let leastShare = 0.75

    private let input: InputFile
    private let stream: UnsafeMutablePointer<AVStream>

    init(_ input: InputFile, _ stream: UnsafeMutablePointer<AVStream>) { (self.input, self.stream) = (input, stream) }

    private var isVideo: Bool { stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO }

    /// Seconds that the headers promise, and whether of this stream alone; nil where they promise nothing that was not reckoned from what is there.
    private var promise: (seconds: Double, isOwn: Bool)? {
        let context = input.context.pointee
        if [AVFMT_DURATION_FROM_BITRATE, AVFMT_DURATION_FROM_PTS].contains(context.duration_estimation_method) { return nil }
        if let seconds = stream.seconds { return (seconds, true) }
        return context.duration > 0 ? (Double(context.duration) / Double(AV_TIME_BASE), false) : nil
    }

    /// libav shortens the length of an AVI or WAV that was cut; the file's own header tells the whole, else its bytes do.
    private func ownPromise(_ reached: Double) -> (seconds: Double, isOwn: Bool)? {
        let end = input.end, index = Int(stream.pointee.index)
        if end.promised.count == input.streams.count, index < end.promised.count, let seconds = end.promised[index], seconds >= reached {
            return (seconds, true)
        }
        if end.kind == .cutInMedia, let seconds = end.seconds, seconds >= reached { return (seconds, false) }
        return end.share.map { ($0 > 0 ? reached / $0 : .infinity, true) }
    }

    private static func exceeds(_ lacking: Double, _ bound: (seconds: Double, share: Double), of whole: Double) -> Bool {
        lacking > max(bound.seconds, bound.share * whole)
    }

    /// - Parameter reached: seconds that the stream's packets reach.
    /// - Parameter limit: where reading was to end, s.
    /// - Returns: what a person should know.
    /// - Throws: `MediaError.truncated`.
    func check(reached: Double, limit: Double = .infinity) throws -> MediaWarning? {
        let end = input.end.kind
        guard let promise = ownPromise(reached) ?? promise else {
            return end == .cutInMedia || end == .lacksBytes ? .cutOff(after: reached, of: nil) : nil
        }
        let promised = min(promise.seconds, limit)
        func truncated(_ reached: Double) -> MediaError {
            .truncated(file: input.path, what: "it ends after \(decimal(reached)) of \(decimal(promised)) s")
        }
        if end == .cutInMedia {
            guard !Self.exceeds(promised - reached, Self.trifle, of: promised) else { throw truncated(reached) }
            return limit < promise.seconds ? nil : .cutOff(after: reached, of: reached < promised ? promised : nil)
        }
        let bound = end == .lacksBytes || end == .exactLength ? Self.trifle : Self.slack
        guard Self.exceeds(promised - reached, bound, of: promised) else { return nil }
        // A container's length is that of its longest stream.
        let all = promise.isOwn ? reached : max(reached, try furthest())
        let missesAll = Self.exceeds(promised - all, bound, of: promised)
        switch end {
        case .lacksBytes where missesAll, .exactLength where missesAll: throw truncated(all)
        case .unknown where all < Self.leastShare * promised: throw truncated(all)
        case .unknown where missesAll: return .cutOff(after: all, of: promised)
        case .whole where missesAll: return .wrongLength(told: promised, found: all)
        default: return reached < promised / 2 ? .endsEarly(isVideo: isVideo, after: reached, of: promised) : nil
        }
    }

    /// Seconds that any stream's packets reach. Reads the file once more: only where one stream alone is shorter than the file.
    private func furthest() throws -> Double { try PacketCount(InputFile(input.url)).seconds.max() ?? 0 }
}

extension InputFile {
    /// Throws where the container's own index points so far beyond the end of the file that what is missing is more than a trifle: before anything is decoded.
    func checkIndex(of stream: UnsafeMutablePointer<AVStream>) throws {
        var (last, reached): (Int64, Int64) = (0, 0)
        for i in 0..<avformat_index_get_entries_count(stream) {
            guard let entry = avformat_index_get_entry(stream, i) else { continue }
            let end = entry.pointee.pos &+ Int64(entry.pointee.size)
            last = max(last, end)
            if end <= size { reached = max(reached, entry.pointee.timestamp) }
        }
        guard last > size else { return }
        // What else the structure tells stays: libav shortens the length of a file that was cut.
        end.kind = .cutInMedia
        guard let promised = stream.seconds else { return }
        let there = max(0, min(promised, Double(reached) * stream.pointee.time_base.value))
        // The entry's own length is not known here: reading to the end tells where it is little.
        if promised - there > max(0.5, 0.1 * promised), formatName.hasPrefix("mov") {
            throw MediaError.truncated(file: path, what: "it ends after \(decimal(there)) of \(decimal(promised)) s")
        }
    }
}
