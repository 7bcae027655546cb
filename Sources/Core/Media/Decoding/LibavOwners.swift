// One owner for each libav object: it is freed when the last reference goes, on every way out.
import CFFmpeg

final class Packet {
    let pointer: UnsafeMutablePointer<AVPacket>

    init() throws {
        guard let pointer = av_packet_alloc() else { throw MediaError.outOfMemory(what: "a packet") }
        self.pointer = pointer
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVPacket>? = pointer
        av_packet_free(&pointer)
    }
}

final class Frame {
    let pointer: UnsafeMutablePointer<AVFrame>

    init() throws {
        guard let pointer = av_frame_alloc() else { throw MediaError.outOfMemory(what: "a frame") }
        self.pointer = pointer
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&pointer)
    }
}

/// An opened decoder of one stream.
final class Decoder {
    let pointer: UnsafeMutablePointer<AVCodecContext>

    /// Larger pictures than 8K are refused rather than allocated: a few flipped bits can ask for gigabytes.
    static let maximumPixels: Int64 = 8192 * 8192

    init(stream: UnsafeMutablePointer<AVStream>, file: String, threads: Int) throws {
        let parameters = stream.pointee.codecpar!
        let name = String(cString: avcodec_get_name(parameters.pointee.codec_id))
        guard let codec = avcodec_find_decoder(parameters.pointee.codec_id) else { throw MediaError.noDecoder(file: file, codec: name) }
        guard let context = avcodec_alloc_context3(codec) else { throw MediaError.outOfMemory(what: "a decoder") }
        pointer = context
        context.pointee.max_pixels = Self.maximumPixels
        context.pointee.thread_count = Int32(max(1, threads))
        context.pointee.pkt_timebase = stream.pointee.time_base
        var status = avcodec_parameters_to_context(context, parameters)
        if status >= 0 { status = avcodec_open2(context, codec, nil) }
        guard status >= 0 else {
            throw MediaError.damaged(file: file, what: "the \(name) decoder refuses it: \(LibavLog.explain(status))")
        }
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVCodecContext>? = pointer
        avcodec_free_context(&pointer)
    }
}
