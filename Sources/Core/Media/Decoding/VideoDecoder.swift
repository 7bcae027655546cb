// Pictures of a clip at asked frames or times, decoded in presentation order without holding the clip.
import CFFmpeg
import Foundation

public enum VideoDecoder {
    /// `count` pictures at linearly spaced frames, first and last included; a shorter clip repeats frames. Throws `MediaError`.
    public static func pictures(of url: URL, count: Int, threads: Int = 1) throws -> [Picture] {
        try pictures(of: .film(path: url.path, seconds: nil), count: count, threads: threads)
    }

    /// The same of a film, a span of one, a still picture, a folder of stills or a table of grey levels.
    /// - Parameter decoded: takes pictures of a film as they are decoded, so that work on them can begin; most of them are among those
    ///   returned in the end.
    public static func pictures(
        of source: PictureSource, count: Int, threads: Int = 1, warnings: MediaWarnings? = nil, decoded: (Picture) -> Void = { _ in }
    ) throws -> [Picture] {
        try sampled(of: source, count: count, threads: threads, warnings: warnings, decoded: decoded).map(\.picture)
    }

    /// The same with number and time of each picture.
    public static func sampled(
        of source: PictureSource, count: Int, threads: Int = 1, warnings: MediaWarnings? = nil, decoded: (Picture) -> Void = { _ in }
    ) throws -> [SampledPicture] {
        guard count > 0 else { throw MediaError.invalidRequest(file: source.path, what: "\(count) pictures make no clip") }
        switch source {
        case .film(let path, _) where StillFolder.isFolder(path):
            return try StillFolder(path).sampled(count: count, warnings: warnings)
        case .stills(let folder, let prefix, let numbers):
            return try StillFolder(folder, only: (prefix, numbers)).sampled(count: count, warnings: warnings)
        case .film(let path, let seconds):
            return try FilmSampler(URL(fileURLWithPath: path), seconds: seconds, threads: threads, warnings: warnings).sampled(
                count: count, decoded: decoded)
        case .greyLevels(let table, let offset, let side):
            let picture = try GreyLevels.picture(inTable: table, offset: offset, side: side)
            return [SampledPicture](repeating: SampledPicture(picture: picture, index: 0, seconds: nil), count: count)
        }
    }

    /// Decodes every picture of stills, holding one at a time. A film's are decoded by `forEachPicture`.
    /// - Throws: where none can be decoded; of others that cannot, `warnings` tell.
    public static func check(_ stills: PictureSource, warnings: MediaWarnings? = nil) throws {
        switch stills {
        case .film(let path, _): try StillFolder(path).check(warnings: warnings)
        case .stills(let folder, let prefix, let numbers): try StillFolder(folder, only: (prefix, numbers)).check(warnings: warnings)
        case .greyLevels: _ = try pictures(of: stills, count: 1)
        }
    }

    /// Pictures at the frames `indices` (0 is the first one shown), in the order asked; frames may be asked more than once.
    public static func pictures(of url: URL, indices: [Int], threads: Int = 1) throws -> [Picture] {
        if let negative = indices.first(where: { $0 < 0 }) {
            throw MediaError.invalidRequest(file: url.path, what: "there is no frame \(negative)")
        }
        let (pictures, decoded) = try FilmSampler(url, seconds: nil, threads: threads).pictures(at: indices)
        if let beyond = indices.first(where: { $0 >= decoded }) {
            throw MediaError.invalidRequest(file: url.path, what: "frame \(beyond) was asked for, the clip has \(decoded)")
        }
        return pictures.compactMap { $0?.picture }
    }

    /// The pictures on screen at `times`, s from the film's beginning, in the order asked. Before the first frame that one is shown;
    /// a time beyond the end is an error. Decodes from the key frame before the first time to the last one.
    public static func pictures(of url: URL, times: [Double], threads: Int = 1) throws -> [Picture] {
        try TimeSampler(url, threads: threads).pictures(at: times)
    }

    /// Calls `body` with index, time in s from the film's beginning, and picture of every frame in turn, until it returns false.
    /// - Parameter isWanted: frames for which it is false, by their time, are passed over; they are not turned into pictures.
    public static func forEachPicture(
        of url: URL, threads: Int = 1, warnings: MediaWarnings? = nil, where isWanted: (_ seconds: Double) -> Bool = { _ in true },
        _ body: (_ index: Int, _ seconds: Double, _ picture: Picture) throws -> Bool
    ) throws {
        let input = try InputFile(url)
        let reader = try StreamReader(input: input, stream: input.videoStream(), threads: threads, warnings: warnings)
        let converter = PictureConverter(input)
        while try reader.next() {
            guard isWanted(reader.seconds) else { continue }
            let picture = try converter.picture(reader.frame.pointer, stream: reader.stream)
            if try !body(reader.frames - 1, reader.seconds, picture) { return }
        }
        try reader.checkCompleteness()
    }

    /// When each frame of a film comes on screen, s from its beginning, ascending: as its packets say, without decoding. And when the last one goes.
    public static func frameTimes(of url: URL) throws -> (times: [Double], end: Double) {
        let input = try InputFile(url)
        let stream = try input.videoStream()
        for other in input.streams where other != stream { other?.pointee.discard = AVDISCARD_ALL }
        let rate = av_guess_frame_rate(input.context, stream, nil).value
        let frame = rate > 0 ? 1 / rate : 0.04
        let packet = try Packet()
        var times: [Double] = []
        while try input.readSoundPart(into: packet) {
            guard packet.pointer.pointee.stream_index == stream.pointee.index, packet.pointer.pointee.flags & AV_PKT_FLAG_DISCARD == 0
            else { continue }
            let (shown, decoded) = (input.seconds(packet.pointer.pointee.pts, stream), input.seconds(packet.pointer.pointee.dts, stream))
            times.append(shown ?? decoded ?? Double(times.count) * frame)
        }
        times.sort()
        return (times, (times.last ?? -frame) + frame)
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

    /// The same among the frames that come on screen in a span: what decoding that span alone gives. `times` ascend; a span within one frame
    /// is that frame; before the first frame there is none.
    public static func linear(times: [Double], in span: Range<Double>, count: Int) -> [Int] {
        func place(_ time: Double) -> Int {
            var (low, high) = (0, times.count)
            while low < high {
                let middle = (low + high) / 2
                if times[middle] < time - FilmSampler.tolerance { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let (first, end) = (place(span.lowerBound), place(span.upperBound))
        if first < end { return linear(frames: end - first, count: count).map { first + $0 } }
        return first > 0 ? [Int](repeating: first - 1, count: count) : []
    }
}

extension PictureSource {
    /// The file or folder.
    var path: String {
        switch self {
        case .film(let path, _), .stills(let path, _, _): path
        case .greyLevels(let table, _, _): table
        }
    }
}
