import CFFmpeg

/// One stream of a file being written: an open libav encoder, the frame it is fed from, the packet it answers with.
final class EncodedStream {
    let codec: UnsafeMutablePointer<AVCodecContext>
    let stream: UnsafeMutablePointer<AVStream>
    let frame: UnsafeMutablePointer<AVFrame>
    /// Presentation time of the next frame: pictures, or samples a channel, so far.
    var next: Int64 = 0

    private let container: UnsafeMutablePointer<AVFormatContext>
    private let packet: UnsafeMutablePointer<AVPacket>
    private let path: String

    /// Opens `encoder` after `configure` has set it up, and adds its stream to `container`.
    init(
        _ encoder: UnsafePointer<AVCodec>, in container: UnsafeMutablePointer<AVFormatContext>, path: String,
        options: [(String, String)], configure: (UnsafeMutablePointer<AVCodecContext>) -> Void
    ) throws(EncodingError) {
        var context = avcodec_alloc_context3(encoder)
        var frame = av_frame_alloc()
        var packet = av_packet_alloc()
        guard let codec = context, let newFrame = frame, let newPacket = packet, let stream = avformat_new_stream(container, nil) else {
            avcodec_free_context(&context)
            av_frame_free(&frame)
            av_packet_free(&packet)
            throw .library(path: path, doing: "allocating an encoder", message: "out of memory")
        }
        self.codec = codec
        self.stream = stream
        self.frame = newFrame
        self.packet = newPacket
        self.container = container
        self.path = path

        configure(codec)
        // One thread and no version strings: the same pictures give the same bytes.
        codec.pointee.thread_count = 1
        codec.pointee.flags |= AV_CODEC_FLAG_BITEXACT
        if container.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0 {
            codec.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        }
        stream.pointee.time_base = codec.pointee.time_base
        var dictionary: OpaquePointer?
        defer { av_dict_free(&dictionary) }
        for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
        let name = String(cString: encoder.pointee.name)
        try encodingCheck(avcodec_open2(codec, encoder, &dictionary), path, "opening the encoder \(name)")
        try encodingCheck(avcodec_parameters_from_context(stream.pointee.codecpar, codec), path, "describing the stream of \(name)")
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = codec
        var oldFrame: UnsafeMutablePointer<AVFrame>? = frame
        var oldPacket: UnsafeMutablePointer<AVPacket>? = packet
        avcodec_free_context(&context)
        av_frame_free(&oldFrame)
        av_packet_free(&oldPacket)
    }

    /// Encodes `frame`, or flushes the encoder where `flush` is set, and writes every packet that comes out.
    func encode(flush: Bool = false) throws(EncodingError) {
        try encodingCheck(avcodec_send_frame(codec, flush ? nil : frame), path, "encoding")
        while true {
            let code = avcodec_receive_packet(codec, packet)
            if code == emolab_AVERROR_EAGAIN() || code == emolab_AVERROR_EOF() { return }
            try encodingCheck(code, path, "encoding")
            // A packet without duration ends where it begins: mp4 would then leave the last picture out of the edit list.
            if packet.pointee.duration == 0, codec.pointee.codec_type == AVMEDIA_TYPE_VIDEO { packet.pointee.duration = 1 }
            av_packet_rescale_ts(packet, codec.pointee.time_base, stream.pointee.time_base)
            packet.pointee.stream_index = stream.pointee.index
            try encodingCheck(av_interleaved_write_frame(container, packet), path, "writing")
        }
    }
}
