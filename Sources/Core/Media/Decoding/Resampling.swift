// libswresample's two uses here: any sample format to planar float, and mono float from one rate to another with soxr.
import CFFmpeg

/// Owner of a libswresample context.
final class Resampler {
    let pointer: OpaquePointer

    init(
        from source: (layout: AVChannelLayout, format: AVSampleFormat, rate: Int),
        to target: (layout: AVChannelLayout, format: AVSampleFormat, rate: Int), soxr: Bool
    ) throws {
        var context: OpaquePointer?
        var (sourceLayout, targetLayout) = (source.layout, target.layout)
        var status = swr_alloc_set_opts2(
            &context, &targetLayout, target.format, Int32(target.rate), &sourceLayout, source.format, Int32(source.rate), 0, nil)
        guard status >= 0, let context else { throw MediaError.outOfMemory(what: "a resampler") }
        pointer = context
        if soxr {
            av_opt_set_int(UnsafeMutableRawPointer(context), "resampler", Int64(SWR_ENGINE_SOXR.rawValue), 0)
            // 20 bits is soxr's "high quality", librosa's default.
            av_opt_set_double(UnsafeMutableRawPointer(context), "precision", 20, 0)
        }
        LibavLog.clear()
        status = swr_init(context)
        guard status >= 0 else {
            if soxr { throw MediaError.noSoxr(reason: LibavLog.explain(status)) }
            throw MediaError.invalidRequest(file: nil, what: "no conversion between these sample formats: \(LibavLog.explain(status))")
        }
    }

    deinit {
        var pointer: OpaquePointer? = pointer
        swr_free(&pointer)
    }
}

/// Turns decoded frames of any sample format and number of channels into mono float, the mean over channels.
///
/// Sound that libsndfile does not read comes to `librosa.load` through the ffmpeg program as 16-bit samples, and so it does in
/// pipelines that extract WAV files first. That rounding, 98 dB below full scale, is 0.1 dB and more in the quiet cells of a mel
/// spectrogram: it is done here too.
struct Downmixer {
    /// Containers that libsndfile reads, so that librosa gets their sound unrounded.
    private static let unrounded: Set = ["wav", "w64", "aiff", "au", "caf", "flac", "ogg", "mp3", "voc", "ircam", "nistsphere"]

    private let file: String
    private let isRounded: Bool
    private var converter: Resampler?
    private var format: Int32 = -1
    private var channels = 0
    private var planes: [Float] = []
    private var levels = ChannelLevels()
    /// The largest mono sample so far, without its sign.
    private var peak: Float = 0

    init(_ input: InputFile) {
        file = input.path
        isRounded = !Self.unrounded.contains(input.formatName)
    }

    /// Calls `body` with the mono samples of `frame`. Throws where one of them is no number, or so large that its power is none.
    mutating func mono(_ frame: UnsafeMutablePointer<AVFrame>, _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
        let count = Int(frame.pointee.nb_samples)
        let channels = Int(frame.pointee.ch_layout.nb_channels)
        guard count > 0 else { return }
        guard channels > 0, channels <= 64 else { throw MediaError.damaged(file: file, what: "\(channels) channels") }
        try prepare(format: frame.pointee.format, channels: channels, rate: Int(frame.pointee.sample_rate))
        if planes.count < count * channels { planes = [Float](repeating: 0, count: count * channels) }
        try planes.withUnsafeMutableBufferPointer { planes in
            let base = planes.baseAddress!
            var outputs = (0..<channels).map {
                UnsafeMutablePointer<UInt8>?(UnsafeMutableRawPointer(base + $0 * count).assumingMemoryBound(to: UInt8.self))
            }
            let inputs = UnsafeMutableRawPointer(frame.pointee.extended_data!).assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
            let written = swr_convert(converter!.pointer, &outputs, Int32(count), inputs, Int32(count))
            guard written == count else {
                throw MediaError.damaged(file: file, what: "samples cannot be converted: \(LibavLog.explain(written))")
            }
            if isRounded { for channel in 0..<channels { Self.widen(base + channel * count, count) } }
            if channels > 1 { levels.add(base, channels: channels, count: count) }
            for channel in 1..<max(channels, 1) {
                let plane = base + channel * count
                for i in 0..<count { base[i] += plane[i] }
            }
            if channels > 1 {
                let divisor = Float(channels)
                for i in 0..<count { base[i] /= divisor }
                levels.addMean(base, count: count)
            }
            let mono = UnsafeBufferPointer(start: base, count: count)
            peak = max(peak, try Self.checkedPeak(of: mono, file))
            try body(mono)
        }
    }

    /// To be called after the last frame.
    func warn(_ warnings: MediaWarnings?) {
        if levels.cancel { warnings?.add(.channelsCancel) }
        if peak > Self.overScale { warnings?.add(.overScale(peak: peak)) }
    }

    /// Of floats that are sound; a careless limiter stays far below, and 16-bit numbers written as floats lie far above.
    private static let overScale: Float = 100
    /// The power of a transform of a million such samples still is a float.
    private static let largest: Float = 1e12

    private static func checkedPeak(of samples: UnsafeBufferPointer<Float>, _ file: String) throws -> Float {
        // By their bits, since whole vectors of these compare at once.
        var bits: UInt32 = 0
        for sample in samples { bits = max(bits, sample.bitPattern & 0x7fff_ffff) }
        let peak = Float(bitPattern: bits)
        guard peak.isFinite else { throw MediaError.damaged(file: file, what: "a sample is not a number") }
        guard peak <= largest else {
            throw MediaError.damaged(file: file, what: "a sample is \(peak), where full scale is 1: its power would be infinite")
        }
        return peak
    }

    /// 16-bit samples that fill the first half of `plane` to floats in [-1, 1) that fill it; from the end, so that none is overwritten.
    private static func widen(_ plane: UnsafeMutablePointer<Float>, _ count: Int) {
        let samples = UnsafeRawPointer(plane)
        for i in stride(from: count - 1, through: 0, by: -1) {
            plane[i] = Float(samples.loadUnaligned(fromByteOffset: 2 * i, as: Int16.self)) / 32768
        }
    }

    private mutating func prepare(format: Int32, channels: Int, rate: Int) throws {
        guard converter == nil || format != self.format || channels != self.channels else { return }
        // Channels without positions: nothing is mixed here.
        var layout = AVChannelLayout()
        layout.order = AV_CHANNEL_ORDER_UNSPEC
        layout.nb_channels = Int32(channels)
        converter = try Resampler(
            from: (layout, AVSampleFormat(format), rate), to: (layout, isRounded ? AV_SAMPLE_FMT_S16P : AV_SAMPLE_FMT_FLTP, rate),
            soxr: false)
        (self.format, self.channels) = (format, channels)
    }
}

/// Mono float from one rate to another with soxr.
final class MonoResampler {
    private let engine: Resampler
    private let ratio: Double
    private var output: [Float] = []

    init(from source: Int, to target: Int) throws {
        var mono = AVChannelLayout()
        av_channel_layout_default(&mono, 1)
        engine = try Resampler(from: (mono, AV_SAMPLE_FMT_FLT, source), to: (mono, AV_SAMPLE_FMT_FLT, target), soxr: true)
        ratio = Double(target) / Double(source)
    }

    /// Feeds `samples`, or drains what is left where there are none, and calls `body` with what comes out.
    func convert(_ samples: UnsafeBufferPointer<Float>?, _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
        var fed = samples
        while true {
            let room = max(4096, Int(Double(fed?.count ?? 0) * ratio) + 64)
            if output.count < room { output = [Float](repeating: 0, count: room) }
            let written = output.withUnsafeMutableBytes { bytes -> Int32 in
                var target: UnsafeMutablePointer<UInt8>? = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
                let capacity = Int32(bytes.count / MemoryLayout<Float>.size)
                guard let fed else { return swr_convert(engine.pointer, &target, capacity, nil, 0) }
                var source = UnsafePointer<UInt8>?(UnsafeRawPointer(fed.baseAddress!).assumingMemoryBound(to: UInt8.self))
                return swr_convert(engine.pointer, &target, capacity, &source, Int32(fed.count))
            }
            guard written >= 0 else { throw MediaError.noSoxr(reason: LibavLog.explain(written)) }
            if written > 0 { try output.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[..<Int(written)])) } }
            // Fed samples go in at once; a drain is repeated until nothing comes.
            if samples != nil || written == 0 { return }
            fed = nil
        }
    }
}
