// The sound of any file as mono samples at an asked rate, as `librosa.load` gives it: mean over channels, then soxr at high quality.
import CFFmpeg
import Foundation

public enum AudioDecoder {
    /// Hz, of files and of requests. A damaged header may say 1 Hz, which would turn seconds of sound into hours.
    static let rates = 1000...768_000

    /// All sound of `url` in mono at `rate` Hz: exactly ⌈length · rate / source rate⌉ samples, beginning with the sound's first one.
    /// Throws `MediaError`; more than `maximumSeconds` of sound is an error, so memory stays bounded.
    /// - Parameter seconds: only this span of the film's clock, on which the pictures are too. Its samples are those of the whole sound
    ///   to 1e-5; where the sound begins later than the span, zeros come before it; where it ends earlier, so does the result.
    /// - Parameter warnings: takes what a person should know of the sound.
    public static func waveform(
        of url: URL, rate: Int, seconds: Range<Double>? = nil, maximumSeconds: Double = 3600, warnings: MediaWarnings? = nil
    ) throws -> Waveform {
        try check(rate: rate, for: url)
        if let seconds {
            let span = SoundSpan(url, rate: rate, seconds: seconds, maximumSeconds: maximumSeconds, warnings: warnings)
            return Waveform(samples: try span.samples(), rate: rate)
        }
        var samples: [Float] = []
        try forEachBlock(of: url, rate: rate, maximumSeconds: maximumSeconds, warnings: warnings) { samples.append(contentsOf: $0) }
        return Waveform(samples: samples, rate: rate)
    }

    /// The same samples block by block, in order, for sound that need not be held whole.
    /// - Parameter beginning: called once, before the first block, with when the first sample sounds: s from the film's beginning.
    public static func forEachBlock(
        of url: URL, rate: Int, maximumSeconds: Double = .infinity, warnings: MediaWarnings? = nil, beginning: (Double) -> Void = { _ in },
        _ body: (UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
        try check(rate: rate, for: url)
        let input = try InputFile(url)
        let reader = try StreamReader(input: input, stream: input.audioStream(), threads: 1, warnings: warnings)
        var downmixer = Downmixer(input)
        var resampler: MonoResampler?
        var sourceRate = 0
        var received = 0
        var delivered = 0
        while try reader.next() {
            let frame = reader.frame.pointer
            let frameRate = try checkedRate(of: reader)
            if sourceRate == 0 {
                sourceRate = frameRate
                beginning(reader.seconds)
                if rate != sourceRate { resampler = try MonoResampler(from: sourceRate, to: rate) }
            }
            guard frameRate == sourceRate else {
                throw MediaError.damaged(file: input.path, what: "its sample rate changes from \(sourceRate) to \(frameRate) Hz midway")
            }
            received += Int(frame.pointee.nb_samples)
            if Double(received) / Double(sourceRate) > maximumSeconds {
                throw MediaError.tooLong(file: input.path, limit: maximumSeconds)
            }
            try downmixer.mono(frame) { mono in
                guard let resampler else { return try body(mono) }
                try resampler.convert(mono) {
                    delivered += $0.count
                    try body($0)
                }
            }
        }
        try reader.checkCompleteness()
        downmixer.warn(warnings)
        guard let resampler else { return }
        try finish(resampler, delivered: delivered, wanted: (received * rate + sourceRate - 1) / sourceRate, body)
    }

    private static func check(rate: Int, for url: URL) throws {
        guard rates.contains(rate) else {
            throw MediaError.invalidRequest(
                file: url.path, what: "a sample rate of \(rate) Hz is not between \(rates.lowerBound) and \(rates.upperBound) Hz")
        }
    }

    /// Hz of the frame that was decoded last.
    static func checkedRate(of reader: StreamReader) throws -> Int {
        let rate = Int(reader.frame.pointer.pointee.sample_rate)
        guard rates.contains(rate) else { throw MediaError.damaged(file: reader.input.path, what: "a sample rate of \(rate) Hz") }
        return rate
    }

    /// Drains the resampler and cuts or fills with zeros to exactly `wanted` samples.
    private static func finish(
        _ resampler: MonoResampler, delivered: Int, wanted: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
        var missing = wanted - delivered
        try resampler.convert(nil) { block in
            let count = min(block.count, max(0, missing))
            missing -= count
            if count > 0 { try body(UnsafeBufferPointer(rebasing: block[..<count])) }
        }
        if missing > 0 { try [Float](repeating: 0, count: missing).withUnsafeBufferPointer(body) }
    }
}
