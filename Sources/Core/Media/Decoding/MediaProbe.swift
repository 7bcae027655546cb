// Looks into a media file without decoding it.
import CFFmpeg
import Foundation

public enum MediaProbe {
    /// What `url` holds. The number of video frames is counted from the packets, so the file is read once. Throws `MediaError`.
    public static func inspect(_ url: URL) throws -> MediaInfo {
        let input = try InputFile(url)
        let video = try input.stream(AVMEDIA_TYPE_VIDEO)
        let audio = try input.stream(AVMEDIA_TYPE_AUDIO)
        guard video != nil || audio != nil else {
            throw MediaError.notMedia(file: input.path, reason: "it has neither a video nor an audio stream")
        }
        let count = try PacketCount(input)
        let whole = input.context.pointee.duration
        let reach = count.seconds.max() ?? 0
        // What its packets reach is the truth where the header is far off.
        let containerSeconds = (whole > 0 ? Double(whole) / Double(AV_TIME_BASE) : nil).flatMap {
            reach > 0 && abs($0 - reach) > max(0.25, 0.05 * $0) ? nil : $0
        }
        return MediaInfo(
            container: String(cString: input.context.pointee.iformat.pointee.name),
            duration: containerSeconds ?? reach,
            video: video.map { describeVideo($0, input, frames: count.frames[Int($0.pointee.index)], reach: count.seconds) },
            audio: audio.map { describeAudio($0, reach: count.seconds) },
            streams: input.streams.count)
    }

    /// Throws `MediaError` where there are no pictures to decode.
    public static func checkVideo(_ url: URL) throws { _ = try InputFile(url).videoStream() }

    private static func describeVideo(
        _ stream: UnsafeMutablePointer<AVStream>, _ input: InputFile, frames: Int, reach: [Double]
    ) -> MediaInfo.Video {
        let parameters = stream.pointee.codecpar.pointee
        let orientation = Orientation(displayMatrix: emolab_display_matrix(stream, nil))
        let size = PixelAspect(input, stream, nil).shownSize(width: Int(parameters.width), height: Int(parameters.height))
        let (width, height) = orientation.shownSize(width: size.width, height: size.height)
        let format = av_get_pix_fmt_name(AVPixelFormat(parameters.format)).map { String(cString: $0) }
        let rate = av_guess_frame_rate(input.context, stream, nil).value
        return MediaInfo.Video(
            codec: String(cString: avcodec_get_name(parameters.codec_id)), pixelFormat: format ?? "unknown",
            width: width, height: height, rotation: orientation.clockwiseDegrees, frameRate: rate, frameCount: frames,
            duration: stream.seconds ?? positive(reach[Int(stream.pointee.index)]))
    }

    private static func describeAudio(_ stream: UnsafeMutablePointer<AVStream>, reach: [Double]) -> MediaInfo.Audio {
        let parameters = stream.pointee.codecpar.pointee
        return MediaInfo.Audio(
            codec: String(cString: avcodec_get_name(parameters.codec_id)), rate: Int(parameters.sample_rate),
            channels: Int(parameters.ch_layout.nb_channels),
            duration: stream.seconds ?? positive(reach[Int(stream.pointee.index)]))
    }

    private static func positive(_ value: Double) -> Double? { value > 0 ? value : nil }
}

/// Counts what the container delivers for each stream, packets to be thrown away (edit lists) left out.
struct PacketCount {
    private(set) var frames: [Int]
    /// Seconds that the packets of each stream span.
    private(set) var seconds: [Double]

    /// Reads `input` to its end; what follows damage does not count.
    init(_ input: InputFile) throws {
        let packet = try Packet()
        frames = [Int](repeating: 0, count: input.streams.count)
        var reach = [Reach](repeating: Reach(), count: frames.count)
        while try input.readSoundPart(into: packet) {
            let index = Int(packet.pointer.pointee.stream_index)
            // A container may announce further streams while it is read (MPEG-TS, FLV).
            guard index < frames.count, let stream = input.streams[index] else { continue }
            reach[index].add(packet.pointer, stream)
            if packet.pointer.pointee.flags & AV_PKT_FLAG_DISCARD == 0 { frames[index] += 1 }
        }
        seconds = reach.map(\.seconds)
    }
}
