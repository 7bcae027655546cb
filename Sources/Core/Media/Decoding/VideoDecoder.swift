// Pictures of a clip at asked frames, decoded once in presentation order without holding the clip.
import CFFmpeg
import Foundation

public enum VideoDecoder {
    /// `count` pictures at linearly spaced frames, first and last included; a shorter clip repeats frames. Throws `MediaError`.
    public static func pictures(of url: URL, count: Int, threads: Int = 1) throws -> [Picture] {
        guard count > 0 else { throw MediaError.invalidRequest(file: url.path, what: "\(count) pictures make no clip") }
        var frames = try countPackets(url)
        // Packets and frames differ in some files (fields, damaged packets): then the decoded count is the right one.
        for _ in 0..<2 {
            let (pictures, decoded) = try decode(url, FrameSampling.linear(frames: frames, count: count), threads: threads)
            if decoded == frames { return pictures.compactMap { $0 } }
            frames = decoded
        }
        throw MediaError.damaged(file: url.path, what: "two decodings of it give different numbers of frames")
    }

    /// Pictures at the frames `indices` (0 is the first one shown), in the order asked; frames may be asked more than once.
    public static func pictures(of url: URL, indices: [Int], threads: Int = 1) throws -> [Picture] {
        if let negative = indices.first(where: { $0 < 0 }) {
            throw MediaError.invalidRequest(file: url.path, what: "there is no frame \(negative)")
        }
        let (pictures, decoded) = try decode(url, indices, threads: threads)
        if let beyond = indices.first(where: { $0 >= decoded }) {
            throw MediaError.invalidRequest(file: url.path, what: "frame \(beyond) was asked for, the clip has \(decoded)")
        }
        return pictures.compactMap { $0 }
    }

    /// Calls `body` with index, time in s and picture of every frame in turn, until it returns false.
    public static func forEachPicture(
        of url: URL, threads: Int = 1, _ body: (_ index: Int, _ seconds: Double, _ picture: Picture) throws -> Bool
    ) throws {
        let reader = try reader(url, threads: threads)
        let converter = PictureConverter(file: reader.input.path)
        while try reader.next() {
            let picture = try converter.picture(reader.frame.pointer, stream: reader.stream)
            if try !body(reader.frames - 1, seconds(of: reader), picture) { return }
        }
        try reader.checkCompleteness()
    }

    /// Decodes the whole stream; a place of the result is nil where the clip has no such frame.
    private static func decode(_ url: URL, _ indices: [Int], threads: Int) throws -> (pictures: [Picture?], decoded: Int) {
        let reader = try reader(url, threads: threads)
        let converter = PictureConverter(file: reader.input.path)
        var pictures = [Picture?](repeating: nil, count: indices.count)
        let order = indices.indices.sorted { indices[$0] < indices[$1] }
        var next = 0
        while try reader.next() {
            guard next < order.count, indices[order[next]] == reader.frames - 1 else { continue }
            let picture = try converter.picture(reader.frame.pointer, stream: reader.stream)
            while next < order.count, indices[order[next]] == reader.frames - 1 {
                pictures[order[next]] = picture
                next += 1
            }
        }
        try reader.checkCompleteness()
        return (pictures, reader.frames)
    }

    private static func reader(_ url: URL, threads: Int) throws -> StreamReader {
        let input = try InputFile(url)
        return try StreamReader(input: input, stream: input.videoStream(), threads: threads)
    }

    private static func countPackets(_ url: URL) throws -> Int {
        let input = try InputFile(url)
        let stream = try input.videoStream()
        for other in input.streams where other != stream { other?.pointee.discard = AVDISCARD_ALL }
        return try max(1, PacketCount(input).frames[Int(stream.pointee.index)])
    }

    private static func seconds(of reader: StreamReader) -> Double {
        let time = reader.frame.pointer.pointee.best_effort_timestamp
        return time == emolab_AV_NOPTS_VALUE() ? 0 : Double(time) * reader.stream.pointee.time_base.value
    }
}

public enum FrameSampling {
    /// `numpy.linspace(0, frames - 1, count)` cut to whole numbers: the sampling rule of the published pipelines.
    public static func linear(frames: Int, count: Int) -> [Int] {
        guard frames > 0, count > 0 else { return [] }
        guard count > 1 else { return [0] }
        let step = Double(frames - 1) / Double(count - 1)
        return (0..<count).map { $0 == count - 1 ? frames - 1 : Int(Double($0) * step) }
    }
}
