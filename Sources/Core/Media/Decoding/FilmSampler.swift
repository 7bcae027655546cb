// Frames of a film by their number, in all of it or in a span of seconds.
import CFFmpeg
import Foundation

struct FilmSampler {
    private let url: URL
    private let seconds: Range<Double>?
    private let threads: Int
    private let warnings: MediaWarnings?

    /// Labels are written in milliseconds: a frame that begins so little before a border lies behind it. The same at both ends, so
    /// that neighbouring spans share no frame.
    static let tolerance = 1e-3
    /// A container that goes by decoding time may land on a key frame that is shown too late: seconds to go back further.
    static let stepsBack = [0.0, 5]

    /// - Parameter seconds: only frames that come on screen in this span, from the film's beginning; a span that lies within one
    ///   frame is that frame. Stills have no time.
    init(_ url: URL, seconds: Range<Double>?, threads: Int, warnings: MediaWarnings? = nil) {
        self.url = url
        self.warnings = warnings
        self.seconds = seconds
        self.threads = threads
    }

    /// `count` frames, linearly spaced; `decoded` takes them as they come.
    func sampled(count: Int, decoded taken: (Picture) -> Void = { _ in }) throws -> [SampledPicture] {
        if let seconds, !(seconds.lowerBound.isFinite && seconds.lowerBound >= 0 && seconds.upperBound > seconds.lowerBound) {
            throw MediaError.invalidRequest(
                file: url.path, what: "there is no picture in a span from \(seconds.lowerBound) to \(seconds.upperBound) s")
        }
        var frames: Int
        if seconds == nil {
            let input = try InputFile(url)
            let plan = try FramePlan(input, input.videoStream())
            if let pictures = try? pictures(by: plan, of: input, count: count, decoded: taken) { return pictures }
            frames = plan.frames
        } else {
            frames = try countPackets()
        }
        // Packets and frames differ in some files (fields, damaged packets): then the decoded count is the right one.
        for _ in 0..<2 {
            let (pictures, decoded) = try pictures(at: FrameSampling.linear(frames: frames, count: count), decoded: taken)
            if decoded == frames { return pictures.compactMap { $0 } }
            frames = decoded
        }
        throw MediaError.damaged(file: url.path, what: "two decodings of it give different numbers of frames")
    }

    /// Linearly spaced frames, and only what they are made from decoded. Nil where nothing may be left out, and where not all went well: what is wrong
    /// with a film shows when all of it is decoded.
    /// - Parameter input: the file as the plan's reading left it. Opening takes libav as long as decoding two frames, so it is read again rather than opened again.
    private func pictures(by plan: FramePlan, of input: InputFile, count: Int, decoded: (Picture) -> Void) throws -> [SampledPicture]? {
        let indices = FrameSampling.linear(frames: plan.frames, count: count)
        guard let times = plan.times(at: indices) else { return nil }
        let numbers = Dictionary(zip(times, indices)) { first, _ in first }
        let duties = plan.duties(for: times)
        let input = try plan.rewinds(input) ? input : InputFile(url)
        let reader = try StreamReader(input: input, stream: input.videoStream(), threads: threads, duties: duties, warnings: warnings)
        let converter = PictureConverter(input)
        var found: [Int: SampledPicture] = [:]
        while try reader.next() {
            guard let index = numbers[reader.frame.pointer.pointee.best_effort_timestamp] else { continue }
            let picture = try converter.picture(reader.frame.pointer, stream: reader.stream)
            decoded(picture)
            found[index] = SampledPicture(picture: picture, index: index, seconds: reader.seconds)
        }
        try reader.checkCompleteness()
        // A container that went back to another packet than the first gives another number of them.
        guard found.count == numbers.count, reader.refused == 0, reader.packets == duties.count else { return nil }
        return indices.compactMap { found[$0] }
    }

    /// Decodes all frames; a place of the result is nil where there is no such frame.
    func pictures(at indices: [Int], decoded: (Picture) -> Void = { _ in }) throws -> (pictures: [SampledPicture?], decoded: Int) {
        if let start = seconds?.lowerBound {
            for place in Self.stepsBack.map({ start - $0 }) where place > 0 {
                // A place within a group of frames, where nothing can be decoded, is no damage: from the beginning it will show.
                if let result = try? pictures(at: indices, from: place, decoded) { return result }
            }
        }
        guard let result = try pictures(at: indices, from: nil, decoded) else {
            throw MediaError.damaged(file: url.path, what: "it cannot be read")
        }
        return result
    }

    /// Nil where the container went to a place behind the first frame wanted.
    /// - Parameter place: seconds where to begin to read; nil for the film's beginning.
    private func pictures(
        at indices: [Int], from place: Double?, _ decoded: (Picture) -> Void
    ) throws -> (pictures: [SampledPicture?], decoded: Int)? {
        let input = try InputFile(url)
        let reader = try StreamReader(input: input, stream: input.videoStream(), threads: threads, warnings: warnings)
        let span = input.isStill ? nil : seconds
        if let place, span != nil, !reader.seek(to: place) { return nil }
        let collector = Collector(indices, reader)
        /// The last frame before the span, and when it came on screen.
        let onScreen = try Frame()
        var earlier: Double?
        while try reader.next() {
            guard let span else {
                try collector.take(reader.frame, at: reader.seconds, decoded)
                continue
            }
            let time = reader.seconds
            if place != nil, reader.frames == 1, time > span.lowerBound + Self.tolerance { return nil }
            if time < span.lowerBound - Self.tolerance {
                av_frame_unref(onScreen.pointer)
                av_frame_move_ref(onScreen.pointer, reader.frame.pointer)
                earlier = time
            } else if time < span.upperBound - Self.tolerance {
                try collector.take(reader.frame, at: time, decoded)
            } else {
                break
            }
        }
        guard let span else {
            try reader.checkCompleteness()
            return (collector.pictures, collector.count)
        }
        if collector.count == 0, reader.frames > 0 {
            // The film may have ended before the span begins; else the span lies within one frame.
            guard let earlier, !reader.isAtEnd || span.lowerBound < earlier + reader.frameSeconds else {
                throw MediaError.invalidRequest(
                    file: url.path, what: "no picture is shown between \(decimal(span.lowerBound)) and \(decimal(span.upperBound)) s")
            }
            try collector.take(onScreen, at: earlier, decoded)
        }
        try reader.checkCompleteness(until: span.upperBound)
        return (collector.pictures, collector.count)
    }

    private func countPackets() throws -> Int {
        let input = try InputFile(url)
        let stream = try input.videoStream()
        for other in input.streams where other != stream { other?.pointee.discard = AVDISCARD_ALL }
        guard let seconds, !input.isStill else { return try max(1, PacketCount(input).frames[Int(stream.pointee.index)]) }
        _ = input.seek(stream, to: seconds.lowerBound)
        let packet = try Packet()
        var count = 0
        while try input.readSoundPart(into: packet) {
            guard packet.pointer.pointee.stream_index == stream.pointee.index else { continue }
            let (shown, decoded) = (input.seconds(packet.pointer.pointee.pts, stream), input.seconds(packet.pointer.pointee.dts, stream))
            if packet.pointer.pointee.flags & AV_PKT_FLAG_DISCARD == 0, let time = shown ?? decoded,
                time >= seconds.lowerBound - Self.tolerance, time < seconds.upperBound - Self.tolerance
            {
                count += 1
            }
            if let decoded, decoded >= seconds.upperBound { break }
        }
        return max(1, count)
    }
}

/// Converts the frames that are asked for as they come by.
private final class Collector {
    private(set) var pictures: [SampledPicture?]
    private(set) var count = 0
    private let indices: [Int]
    private let order: [Int]
    private var next = 0
    private let converter: PictureConverter
    private let reader: StreamReader

    init(_ indices: [Int], _ reader: StreamReader) {
        self.indices = indices
        self.reader = reader
        order = indices.indices.sorted { indices[$0] < indices[$1] }
        pictures = Array(repeating: nil, count: indices.count)
        converter = PictureConverter(reader.input)
    }

    /// The frame that is shown next.
    func take(_ frame: Frame, at time: Double, _ decoded: (Picture) -> Void) throws {
        defer { count += 1 }
        guard next < order.count, indices[order[next]] == count else { return }
        let picture = try converter.picture(frame.pointer, stream: reader.stream)
        decoded(picture)
        let sampled = SampledPicture(picture: picture, index: count, seconds: reader.input.isStill ? nil : time)
        while next < order.count, indices[order[next]] == count {
            pictures[order[next]] = sampled
            next += 1
        }
    }
}
