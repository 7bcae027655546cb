import CFFmpeg
import Foundation

/// Writes one media file through libav: mp4, flv or wav, by the ending of its name.
///
/// The file grows beside its place as `NAME.part` and takes its name in `finish()`, so a file under its own name is whole.
/// The same input gives the same bytes. Not thread-safe; any number of writers may run at once.
public final class MediaWriter {
    public let url: URL
    /// The encoders in use, e.g. `libx264` and `aac`.
    public private(set) var encoders: [String] = []

    private let partial: String
    private var container: UnsafeMutablePointer<AVFormatContext>?
    private var videoStream: EncodedStream?
    private var audioStream: EncodedStream?
    private var scaler: OpaquePointer?
    private var resampler: OpaquePointer?
    private var pending: [Float] = []
    private var isOpen = false

    /// Opens `url` + `.part` for writing, with pictures, sound or both. Throws `EncodingError`.
    public init(url: URL, video: VideoEncoding? = nil, audio: AudioEncoding? = nil) throws(EncodingError) {
        LibavLog.install()
        self.url = url
        partial = url.path + ".part"
        guard video != nil || audio != nil else { throw .nothingToWrite(path: url.path) }
        if let video { try Self.check(video, url.path) }
        if let audio { try Self.check(audio, url.path) }
        guard avformat_alloc_output_context2(&container, nil, nil, url.path) >= 0, let container else {
            throw .unknownContainer(path: url.path)
        }
        container.pointee.flags |= AVFMT_FLAG_BITEXACT
        if let video { videoStream = try openVideo(video, container) }
        if let audio { audioStream = try openAudio(audio, container) }
        try encodingCheck(avio_open(&container.pointee.pb, partial, AVIO_FLAG_WRITE), partial, "opening for writing")
        isOpen = true
        try encodingCheck(avformat_write_header(container, nil), partial, "writing the header")
    }

    deinit { discard() }

    /// Encodes one picture of the size that the writer was opened with.
    public func append(_ picture: Picture) throws(EncodingError) {
        guard let videoStream, let scaler else {
            throw .wrongOrder(path: url.path, reason: "a picture was given to a file without pictures, or to a finished one")
        }
        let codec = videoStream.codec.pointee
        guard picture.width == Int(codec.width), picture.height == Int(codec.height) else {
            throw .wrongPicture(
                path: url.path, width: picture.width, height: picture.height, expectedWidth: Int(codec.width),
                expectedHeight: Int(codec.height))
        }
        let frame = videoStream.frame
        try encodingCheck(av_frame_make_writable(frame), partial, "preparing a frame")
        picture.pixels.withUnsafeBufferPointer { pixels in
            var source: [UnsafePointer<UInt8>?] = [pixels.baseAddress, nil, nil, nil]
            var stride: [Int32] = [Int32(picture.width * 3), 0, 0, 0]
            withUnsafePointer(to: &frame.pointee.data) { planes in
                planes.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 8) { target in
                    withUnsafePointer(to: &frame.pointee.linesize) { sizes in
                        sizes.withMemoryRebound(to: Int32.self, capacity: 8) { targetStride in
                            _ = sws_scale(scaler, &source, &stride, 0, Int32(picture.height), target, targetStride)
                        }
                    }
                }
            }
        }
        frame.pointee.pts = videoStream.next
        videoStream.next += 1
        try videoStream.encode()
    }

    /// Encodes sound: samples in [-1, 1], interleaved where there are several channels; louder ones are clipped.
    public func append(_ samples: [Float]) throws(EncodingError) {
        guard let audioStream else {
            throw .wrongOrder(path: url.path, reason: "sound was given to a file without sound, or to a finished one")
        }
        try pending.append(contentsOf: resampled(samples, audioStream))
        try encodePending(audioStream, last: false)
    }

    /// Flushes the encoders, closes the file and gives it its name.
    public func finish() throws(EncodingError) {
        guard let container, isOpen else { throw .wrongOrder(path: url.path, reason: "the file is finished already") }
        if let audioStream {
            try pending.append(contentsOf: resampled(nil, audioStream))
            try encodePending(audioStream, last: true)
            try audioStream.encode(flush: true)
        }
        try videoStream?.encode(flush: true)
        try encodingCheck(av_write_trailer(container), partial, "writing the trailer")
        isOpen = false
        try encodingCheck(avio_closep(&container.pointee.pb), partial, "closing")
        guard rename(partial, url.path) == 0 else {
            defer { unlink(partial) }
            throw .cannotRename(path: partial, to: url.path, message: String(cString: strerror(errno)))
        }
        release()
    }

    /// Closes and removes the unfinished file; does nothing after `finish()`.
    public func discard() {
        guard let container else { return }
        let wasOpen = container.pointee.pb != nil
        avio_closep(&container.pointee.pb)
        release()
        if wasOpen { unlink(partial) }
    }

    private func release() {
        videoStream = nil
        audioStream = nil
        sws_freeContext(scaler)
        scaler = nil
        swr_free(&resampler)
        avformat_free_context(container)
        container = nil
        isOpen = false
    }

    // MARK: Opening

    private static func check(_ video: VideoEncoding, _ path: String) throws(EncodingError) {
        guard (2...16_384).contains(video.width), (2...16_384).contains(video.height),
            video.width.isMultiple(of: 2), video.height.isMultiple(of: 2)
        else { throw .badSettings(path: path, reason: "a video of \(video.width)x\(video.height) px: both sides must be even, 2 to 16384") }
        guard (1...1_000_000).contains(video.frameRate.numerator), (1...1_000_000).contains(video.frameRate.denominator) else {
            throw .badSettings(
                path: path, reason: "a frame rate of \(video.frameRate.numerator)/\(video.frameRate.denominator): both must be positive")
        }
    }

    private static func check(_ audio: AudioEncoding, _ path: String) throws(EncodingError) {
        let rates = 8_000...192_000
        guard rates.contains(audio.rate), rates.contains(audio.sourceRate), (1...8).contains(audio.channels) else {
            throw .badSettings(
                path: path,
                reason: "sound of \(audio.rate) Hz and \(audio.channels) channels: 8000 to 192000 Hz, 1 to 8 channels are possible")
        }
    }

    private func openVideo(_ video: VideoEncoding, _ container: UnsafeMutablePointer<AVFormatContext>) throws(EncodingError)
        -> EncodedStream
    {
        var names: [String]
        switch video.codec {
        case .h264: names = ["libx264", "libopenh264"] + (video.allowsSubstitute ? ["mpeg4"] : [])
        case .flv1: names = ["flv"]
        case .mpeg4: names = ["mpeg4"]
        }
        let encoder = try firstEncoder(names, codec: video.codec.rawValue)
        let name = String(cString: encoder.pointee.name)
        var options: [(String, String)] = []
        if name == "libx264" {
            options = [("preset", video.preset)]
            if case .constantRateFactor(let factor) = video.quality { options.append(("crf", String(factor))) }
            if case .quantiser(let quantiser) = video.quality { options.append(("qp", String(quantiser))) }
        }
        let opened = try EncodedStream(encoder, in: container, path: url.path, options: options) { codec in
            codec.pointee.width = Int32(video.width)
            codec.pointee.height = Int32(video.height)
            codec.pointee.pix_fmt = AV_PIX_FMT_YUV420P
            codec.pointee.time_base = AVRational(num: Int32(video.frameRate.denominator), den: Int32(video.frameRate.numerator))
            codec.pointee.framerate = AVRational(num: Int32(video.frameRate.numerator), den: Int32(video.frameRate.denominator))
            codec.pointee.gop_size = 24
            switch video.quality {
            case .bitRate(let rate): codec.pointee.bit_rate = Int64(rate)
            case .constantRateFactor(let factor) where name != "libx264": Self.setQuantiser(max(2, (factor - 8) / 2), codec)
            case .quantiser(let quantiser) where name != "libx264": Self.setQuantiser(quantiser, codec)
            default: break
            }
        }
        opened.frame.pointee.width = Int32(video.width)
        opened.frame.pointee.height = Int32(video.height)
        opened.frame.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        try encodingCheck(av_frame_get_buffer(opened.frame, 0), url.path, "allocating a frame")
        scaler = sws_getContext(
            Int32(video.width), Int32(video.height), AV_PIX_FMT_RGB24, Int32(video.width), Int32(video.height), AV_PIX_FMT_YUV420P,
            SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT, nil, nil, nil)
        guard scaler != nil else { throw .library(path: url.path, doing: "preparing colour conversion", message: "libswscale refused") }
        return opened
    }

    private static func setQuantiser(_ quantiser: Int, _ codec: UnsafeMutablePointer<AVCodecContext>) {
        codec.pointee.flags |= AV_CODEC_FLAG_QSCALE
        codec.pointee.global_quality = Int32(quantiser) * FF_QP2LAMBDA
    }

    private func openAudio(_ audio: AudioEncoding, _ container: UnsafeMutablePointer<AVFormatContext>) throws(EncodingError)
        -> EncodedStream
    {
        let encoder: UnsafePointer<AVCodec>
        switch audio.codec {
        case .aac: encoder = try firstEncoder(["aac"], codec: "AAC")
        case .mp3: encoder = try firstEncoder(["libmp3lame", "libshine"], codec: "MP3")
        case .pcm16: encoder = try firstEncoder(["pcm_s16le"], codec: "PCM")
        }
        let format = try sampleFormat(of: encoder)
        // libav's two-loop search costs as much as the pictures and hardly helps speech.
        let options = audio.codec == .aac ? [("aac_coder", "fast")] : []
        let opened = try EncodedStream(encoder, in: container, path: url.path, options: options) { codec in
            codec.pointee.sample_fmt = format
            codec.pointee.sample_rate = Int32(audio.rate)
            codec.pointee.time_base = AVRational(num: 1, den: Int32(audio.rate))
            codec.pointee.bit_rate = Int64(audio.bitRate)
            av_channel_layout_default(&codec.pointee.ch_layout, Int32(audio.channels))
        }
        if audio.sourceRate != audio.rate {
            var target = opened.codec.pointee.ch_layout
            var source = target
            try encodingCheck(
                swr_alloc_set_opts2(
                    &resampler, &target, AV_SAMPLE_FMT_FLT, Int32(audio.rate), &source, AV_SAMPLE_FMT_FLT, Int32(audio.sourceRate), 0, nil),
                url.path, "preparing resampling")
            try encodingCheck(swr_init(resampler), url.path, "preparing resampling")
        }
        if opened.codec.pointee.frame_size == 0 { opened.codec.pointee.frame_size = 4096 }  // PCM takes any block
        opened.frame.pointee.format = format.rawValue
        opened.frame.pointee.sample_rate = Int32(audio.rate)
        opened.frame.pointee.nb_samples = opened.codec.pointee.frame_size
        try encodingCheck(
            av_channel_layout_copy(&opened.frame.pointee.ch_layout, &opened.codec.pointee.ch_layout), url.path, "describing channels")
        try encodingCheck(av_frame_get_buffer(opened.frame, 0), url.path, "allocating a frame")
        return opened
    }

    /// The first of the formats that `encode(_:_:)` can fill which the encoder takes.
    private func sampleFormat(of encoder: UnsafePointer<AVCodec>) throws(EncodingError) -> AVSampleFormat {
        var offered: [AVSampleFormat] = []
        var next = encoder.pointee.sample_fmts
        while let format = next?.pointee, format != AV_SAMPLE_FMT_NONE {
            offered.append(format)
            next = next?.successor()
        }
        let usable = [AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_S16P, AV_SAMPLE_FMT_S16]
        if let format = usable.first(where: offered.contains) { return format }
        throw .badSettings(path: url.path, reason: "the encoder \(String(cString: encoder.pointee.name)) takes no usual sample format")
    }

    private func firstEncoder(_ names: [String], codec: String) throws(EncodingError) -> UnsafePointer<AVCodec> {
        for name in names {
            if let encoder = avcodec_find_encoder_by_name(name) {
                encoders.append(name)
                return encoder
            }
        }
        throw .noEncoder(path: url.path, codec: codec, tried: names)
    }

    // MARK: Sound

    /// Brings interleaved samples to the file's rate; `nil` takes out what the filter still holds.
    private func resampled(_ samples: [Float]?, _ stream: EncodedStream) throws(EncodingError) -> [Float] {
        guard let resampler else { return samples ?? [] }
        let channels = Int(stream.codec.pointee.ch_layout.nb_channels)
        let count = Int32((samples?.count ?? 0) / channels)
        let room = Int(swr_get_out_samples(resampler, count))
        var out = [Float](repeating: 0, count: max(1, room) * channels)
        let made = out.withUnsafeMutableBytes { target in
            (samples ?? []).withUnsafeBytes { source in
                var output: UnsafeMutablePointer<UInt8>? = target.bindMemory(to: UInt8.self).baseAddress
                var input: UnsafePointer<UInt8>? = source.bindMemory(to: UInt8.self).baseAddress
                if samples == nil { return swr_convert(resampler, &output, Int32(room), nil, 0) }
                return swr_convert(resampler, &output, Int32(room), &input, count)
            }
        }
        try encodingCheck(made, partial, "resampling")
        return Array(out.prefix(Int(made) * channels))
    }

    /// Encodes the whole blocks of what waits, and the rest too where it is the `last`.
    private func encodePending(_ stream: EncodedStream, last: Bool) throws(EncodingError) {
        let channels = Int(stream.codec.pointee.ch_layout.nb_channels)
        let block = Int(stream.codec.pointee.frame_size) * channels
        var used = 0
        while pending.count - used >= block || (last && pending.count - used >= channels) {
            let count = min(block, (pending.count - used) / channels * channels)
            try encode(pending[used..<(used + count)], channels)
            used += count
        }
        pending.removeFirst(used)
    }

    private func encode(_ samples: ArraySlice<Float>, _ channels: Int) throws(EncodingError) {
        guard let audioStream else { return }
        let frame = audioStream.frame
        let count = samples.count / channels
        try encodingCheck(av_frame_make_writable(frame), partial, "preparing a frame")
        frame.pointee.nb_samples = Int32(count)
        let format = AVSampleFormat(rawValue: frame.pointee.format)
        let planar = av_sample_fmt_is_planar(format) != 0
        let asFloat = format == AV_SAMPLE_FMT_FLTP || format == AV_SAMPLE_FMT_FLT
        for channel in 0..<channels {
            guard let plane = frame.pointee.extended_data[planar ? channel : 0] else { continue }
            let (offset, step) = planar ? (0, 1) : (channel, channels)
            for i in 0..<count {
                let sample = min(1, max(-1, samples[samples.startIndex + i * channels + channel]))
                let index = offset + i * step
                if asFloat {
                    UnsafeMutableRawPointer(plane).storeBytes(of: sample, toByteOffset: index * 4, as: Float.self)
                } else {
                    UnsafeMutableRawPointer(plane).storeBytes(
                        of: Int16((sample * 32767).rounded()), toByteOffset: index * 2, as: Int16.self)
                }
            }
        }
        frame.pointee.pts = audioStream.next
        audioStream.next += Int64(count)
        try audioStream.encode()
    }
}
