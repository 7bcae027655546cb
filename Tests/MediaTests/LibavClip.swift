// Clips that MediaWriter does not write: frames at any times, any pixel format and tags, sound that begins late. Lossless, so that
// a test can say what is to come out.
import CFFmpeg
import Foundation

enum LibavClip {
    struct Frame {
        var milliseconds: Int
        /// Levels of a flat picture, in 8 bits.
        var y = 128, u = 128, v = 128
    }

    struct Video {
        var frames: [Frame]
        var width = 32
        var height = 16
        var format = AV_PIX_FMT_YUV420P
        var space = AVCOL_SPC_UNSPECIFIED
        var range = AVCOL_RANGE_UNSPECIFIED
        /// Width by height of a pixel.
        var aspect = AVRational(num: 0, den: 1)
    }

    struct Audio {
        var samples: [Int16]
        var rate = 8000
        /// Milliseconds at which the first sample sounds.
        var start = 0
        var codec = "pcm_s16le"
    }

    struct Failure: Error {
        let what: String
    }

    /// Writes a file in the container of its name's ending, with the muxer's `options`; pictures as FFV1, sound as 16-bit PCM where no other codec is asked for.
    static func write(_ url: URL, video: Video? = nil, audio: Audio? = nil, options: [String: String] = [:]) throws {
        var made: UnsafeMutablePointer<AVFormatContext>?
        try check(avformat_alloc_output_context2(&made, nil, nil, url.path), "container")
        let container = made!
        defer { avformat_free_context(container) }
        let pictures = try video.map { video in
            try Encoder("ffv1", container) { codec in
                (codec.pointee.width, codec.pointee.height, codec.pointee.pix_fmt) = (Int32(video.width), Int32(video.height), video.format)
                (codec.pointee.colorspace, codec.pointee.color_range) = (video.space, video.range)
                codec.pointee.time_base = AVRational(num: 1, den: 1000)
                codec.pointee.sample_aspect_ratio = video.aspect
            }
        }
        let sound = try audio.map { audio in
            try Encoder(audio.codec, container) { codec in
                (codec.pointee.sample_rate, codec.pointee.sample_fmt) = (Int32(audio.rate), codec.pointee.codec.pointee.sample_fmts[0])
                codec.pointee.time_base = AVRational(num: 1, den: Int32(audio.rate))
                av_channel_layout_default(&codec.pointee.ch_layout, 1)
            }
        }
        try check(avio_open(&container.pointee.pb, url.path, AVIO_FLAG_WRITE), "file")
        defer { avio_closep(&container.pointee.pb) }
        var dictionary: OpaquePointer?
        defer { av_dict_free(&dictionary) }
        for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
        try check(avformat_write_header(container, &dictionary), "header")
        if let video, let pictures {
            for frame in video.frames { try pictures.encode(picture: frame, of: video) }
            try pictures.send(nil)
        }
        if let audio, let sound {
            let begin = audio.start * audio.rate / 1000
            let block = sound.codec.pointee.frame_size > 0 ? Int(sound.codec.pointee.frame_size) : 400
            for first in stride(from: 0, to: audio.samples.count, by: block) {
                try sound.encode(samples: Array(audio.samples[first..<min(first + block, audio.samples.count)]), at: begin + first)
            }
            try sound.send(nil)
        }
        try check(av_write_trailer(container), "trailer")
    }

    private static func check(_ code: Int32, _ what: String) throws { if code < 0 { throw Failure(what: "\(what): \(code)") } }

    private final class Encoder {
        let codec: UnsafeMutablePointer<AVCodecContext>
        let stream: UnsafeMutablePointer<AVStream>
        let container: UnsafeMutablePointer<AVFormatContext>

        init(
            _ name: String, _ container: UnsafeMutablePointer<AVFormatContext>, _ configure: (UnsafeMutablePointer<AVCodecContext>) -> Void
        ) throws {
            guard let encoder = avcodec_find_encoder_by_name(name), let codec = avcodec_alloc_context3(encoder),
                let stream = avformat_new_stream(container, nil)
            else { throw Failure(what: "no encoder \(name)") }
            (self.codec, self.stream, self.container) = (codec, stream, container)
            configure(codec)
            codec.pointee.strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL
            if container.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0 { codec.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
            try check(avcodec_open2(codec, encoder, nil), name)
            try check(avcodec_parameters_from_context(stream.pointee.codecpar, codec), name)
            stream.pointee.time_base = codec.pointee.time_base
            stream.pointee.sample_aspect_ratio = codec.pointee.sample_aspect_ratio
        }

        deinit {
            var context: UnsafeMutablePointer<AVCodecContext>? = codec
            avcodec_free_context(&context)
        }

        func encode(picture: LibavClip.Frame, of video: Video) throws {
            var frame = av_frame_alloc()
            defer { av_frame_free(&frame) }
            guard let frame else { throw Failure(what: "a frame") }
            (frame.pointee.width, frame.pointee.height, frame.pointee.format) = (
                Int32(video.width), Int32(video.height), video.format.rawValue
            )
            (frame.pointee.colorspace, frame.pointee.color_range) = (video.space, video.range)
            try check(av_frame_get_buffer(frame, 0), "a frame's room")
            let isDeep = video.format == AV_PIX_FMT_YUV420P10LE
            for (plane, level) in [picture.y, picture.u, picture.v].enumerated() {
                let (data, stride) =
                    switch plane {
                    case 0: (frame.pointee.data.0!, Int(frame.pointee.linesize.0))
                    case 1: (frame.pointee.data.1!, Int(frame.pointee.linesize.1))
                    default: (frame.pointee.data.2!, Int(frame.pointee.linesize.2))
                    }
                let bytes = stride * (plane == 0 ? video.height : (video.height + 1) / 2)
                if isDeep {
                    UnsafeMutableRawPointer(data).assumingMemoryBound(to: UInt16.self).update(
                        repeating: UInt16(4 * level), count: bytes / 2)
                } else {
                    data.update(repeating: UInt8(level), count: bytes)
                }
            }
            frame.pointee.pts = Int64(picture.milliseconds)
            try send(frame)
        }

        func encode(samples: [Int16], at place: Int) throws {
            var frame = av_frame_alloc()
            defer { av_frame_free(&frame) }
            guard let frame else { throw Failure(what: "a frame") }
            (frame.pointee.format, frame.pointee.nb_samples, frame.pointee.sample_rate) = (
                codec.pointee.sample_fmt.rawValue, Int32(samples.count), codec.pointee.sample_rate
            )
            av_channel_layout_default(&frame.pointee.ch_layout, 1)
            try check(av_frame_get_buffer(frame, 0), "a frame's room")
            let data = UnsafeMutableRawPointer(frame.pointee.data.0!)
            switch av_get_packed_sample_fmt(codec.pointee.sample_fmt) {
            case AV_SAMPLE_FMT_S16: data.assumingMemoryBound(to: Int16.self).update(from: samples, count: samples.count)
            case AV_SAMPLE_FMT_S32:
                data.assumingMemoryBound(to: Int32.self).update(from: samples.map { Int32($0) << 16 }, count: samples.count)
            case AV_SAMPLE_FMT_FLT:
                data.assumingMemoryBound(to: Float.self).update(from: samples.map { Float($0) / 32768 }, count: samples.count)
            default: throw Failure(what: "\(codec.pointee.sample_fmt)")
            }
            frame.pointee.pts = Int64(place)
            try send(frame)
        }

        func send(_ frame: UnsafeMutablePointer<AVFrame>?) throws {
            try check(avcodec_send_frame(codec, frame), "encoding")
            var packet = av_packet_alloc()
            defer { av_packet_free(&packet) }
            guard let packet else { throw Failure(what: "a packet") }
            while avcodec_receive_packet(codec, packet) >= 0 {
                // The last frame's length is nobody's but the packet's: without one it ends where it begins, and mov leaves it out.
                if packet.pointee.duration == 0 { packet.pointee.duration = 40 }
                av_packet_rescale_ts(packet, codec.pointee.time_base, stream.pointee.time_base)
                packet.pointee.stream_index = stream.pointee.index
                try check(av_interleaved_write_frame(container, packet), "writing")
            }
        }
    }
}
