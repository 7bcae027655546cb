// The sound of a span of seconds: what cutting the whole sound would give, without decoding all that lies before.
import CFFmpeg
import Foundation

struct SoundSpan {
    private let url: URL
    private let rate: Int
    private let seconds: Range<Double>
    private let maximumSeconds: Double
    private let warnings: MediaWarnings?

    /// Seconds that are decoded before what is used (coders look back: MP3's bit reservoir, overlapping windows), and again that are
    /// resampled before what is wanted (the filter looks back, a few hundred samples).
    private static let lead = 1.0
    /// Containers that go to exactly the packet asked for and tell its time to the sample. Others are decoded from their beginning.
    private static let exactContainers: Set = ["mov,mp4,m4a,3gp,3g2,mj2", "wav", "w64", "flac"]
    /// Codecs beside PCM whose samples do not hang on all that came before. AAC fills bands with noise from a generator that runs
    /// from the beginning on: after a jump it is another noise.
    private static let exactCodecs: Set = ["flac", "alac", "mp3"]

    /// - Parameter seconds: on the film's clock, on which the pictures are too.
    init(_ url: URL, rate: Int, seconds: Range<Double>, maximumSeconds: Double, warnings: MediaWarnings? = nil) {
        self.url = url
        self.rate = rate
        self.seconds = seconds
        self.maximumSeconds = maximumSeconds
        self.warnings = warnings
    }

    /// Samples from the nearest one to the span's start up to the nearest one to its end, as far as there is sound; zeros before it begins.
    func samples() throws -> [Float] {
        guard seconds.lowerBound.isFinite, seconds.lowerBound >= 0, seconds.upperBound > seconds.lowerBound else {
            throw MediaError.invalidRequest(
                file: url.path, what: "there is no sound in a span from \(seconds.lowerBound) to \(seconds.upperBound) s")
        }
        return try samples(seeking: true) ?? samples(seeking: false) ?? []
    }

    /// Nil where the container cannot go to a place exactly enough, or need not.
    private func samples(seeking: Bool) throws -> [Float]? {
        let input = try InputFile(url)
        let reader = try StreamReader(input: input, stream: input.audioStream(), threads: 1, warnings: warnings)
        guard try reader.next() else {
            try reader.checkCompleteness()
            return []
        }
        let sourceRate = try AudioDecoder.checkedRate(of: reader)
        let beginning = reader.seconds
        /// Samples are counted from the sound's own first one, in the source as in the result.
        func place(_ time: Double, _ rate: Int) -> Int { Int(min(1e15, ((time - beginning) * Double(rate)).rounded())) }
        let (first, end) = (place(seconds.lowerBound, rate), place(seconds.upperBound, rate))
        // The resampler begins where a sample of the source and one of the result fall together, as they do at the sound's beginning.
        let divisor = greatestCommonDivisor(sourceRate, rate)
        let period = max(0, place(seconds.lowerBound - Self.lead, sourceRate)) / (sourceRate / divisor)
        let fed = period * (sourceRate / divisor)

        var position = 0
        if seeking {
            let codec = String(cString: avcodec_get_name(reader.stream.pointee.codecpar.pointee.codec_id))
            guard fed > 2 * sourceRate, Self.exactContainers.contains(input.formatName),
                codec.hasPrefix("pcm_") || Self.exactCodecs.contains(codec),
                reader.seek(to: beginning + Double(fed) / Double(sourceRate) - Self.lead), try reader.next()
            else { return nil }
            position = place(reader.seconds, sourceRate)
            guard position > 0, position <= fed else { return nil }
        }
        var cut = Cut(from: first, to: end, next: period * (rate / divisor))
        let resampler = rate == sourceRate ? nil : try MonoResampler(from: sourceRate, to: rate)
        var downmixer = Downmixer(input)
        repeat {
            guard try AudioDecoder.checkedRate(of: reader) == sourceRate else {
                throw MediaError.damaged(file: input.path, what: "its sample rate changes midway")
            }
            try downmixer.mono(reader.frame.pointer) { mono in
                let skipped = min(mono.count, max(0, fed - position))
                position += mono.count
                let rest = UnsafeBufferPointer(rebasing: mono[skipped...])
                guard !rest.isEmpty else { return }
                if let resampler { try resampler.convert(rest) { cut.add($0) } } else { cut.add(rest) }
            }
            if Double(cut.samples.count) > maximumSeconds * Double(rate) {
                throw MediaError.tooLong(file: input.path, limit: maximumSeconds)
            }
        } while try cut.next < end && reader.next()
        if cut.next < end {
            try reader.checkCompleteness(until: seconds.upperBound)
            try resampler?.convert(nil) { cut.add($0) }
            cut.finish(length: (position * rate + sourceRate - 1) / sourceRate)
        }
        downmixer.warn(warnings)
        guard !cut.samples.isEmpty else {
            throw MediaError.invalidRequest(
                file: url.path, what: "there is no sound between \(decimal(seconds.lowerBound)) and \(decimal(seconds.upperBound)) s")
        }
        return cut.samples
    }
}

/// Keeps the samples `first ..< end` of those that come by.
private struct Cut {
    private(set) var samples: [Float] = []
    /// Place of the sample that comes next.
    private(set) var next: Int
    private let first: Int
    private let end: Int

    init(from first: Int, to end: Int, next: Int) {
        self.first = max(0, first)
        self.end = end
        self.next = next
        if first < 0 { samples = [Float](repeating: 0, count: min(0, end) - first) }
    }

    mutating func add(_ block: UnsafeBufferPointer<Float>) {
        let (from, to) = (max(next, first), min(next + block.count, end))
        if from < to { samples.append(contentsOf: block[(from - next)..<(to - next)]) }
        next += block.count
    }

    /// Brings the sound's end to where it is by its `length`: what a drained filter gives more is cut, what it gives less is silence.
    mutating func finish(length: Int) {
        if next > length {
            samples.removeLast(min(samples.count, max(0, min(next, end) - max(length, first))))
        } else if next < length, next < end {
            samples.append(contentsOf: repeatElement(0, count: max(0, min(length, end) - max(next, first))))
        }
    }
}

func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
