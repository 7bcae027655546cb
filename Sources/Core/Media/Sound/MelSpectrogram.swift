// Mel power spectrogram of a waveform, librosa's `feature.melspectrogram`. Made once for its settings, used from any thread.

public struct MelSpectrogram: Sendable {
    public let settings: MelSettings
    public let bank: MelFilterBank
    let spectrum: ShortTimeSpectrum
    /// For each band the power, as a share of the frame's energy, below which a single-precision transform is off by more than
    /// `worstError`.
    private let trust: [Float]

    /// Decibels by which a cell may be off before its frame is transformed again in double precision.
    static let worstError: Float = 5e-4
    /// Power of the rounding noise of a single-precision transform in one bin, as a share of the frame's energy: on gliding tones
    /// its mean is 7.5e-15, but it gathers in few bins; one in five hundred has more than this.
    static let roundingNoise: Float = 1.5e-13
    /// Cells that much below the loudest one, 90 dB, need no precision: 80 dB below it everything is cut off.
    static let irrelevant: Float = 1e-9

    /// Throws `MediaError.invalidRequest` for impossible settings.
    public init(_ settings: MelSettings) throws {
        self.settings = settings
        bank = try MelFilterBank(settings)
        spectrum = try ShortTimeSpectrum(fftLength: settings.fftLength, hopLength: settings.hopLength, windowLength: settings.windowLength)
        // A relative error e of the amplitude is 20·log₁₀(1 + e) dB, about 8.7 e; noise of independent bins averages out in wide bands.
        let ratio = 8.7 / Self.worstError
        trust = bank.filters.map { filter in
            let sum = filter.weights.reduce(0, +)
            let squares = filter.weights.reduce(0) { $0 + $1 * $1 }
            return sum > 0 ? Self.roundingNoise * ratio * ratio * squares / sum : 0
        }
    }

    /// Power `[bands, 1 + samples / hop]`. Throws where the waveform has another rate than the settings.
    public func power(_ waveform: Waveform) throws -> Spectrogram {
        guard waveform.rate == settings.rate else {
            throw MediaError.invalidRequest(
                file: nil, what: "a waveform at \(waveform.rate) Hz does not fit mel settings for \(settings.rate) Hz")
        }
        var stream = stream()
        try waveform.samples.withUnsafeBufferPointer { try stream.add($0) }
        return try stream.finished()
    }

    /// The same of sound that comes in pieces and need not be held.
    public func stream() -> MelStream { MelStream(self) }

    /// Power of the frames of a padded signal. Cells are measured by the loudest one so far, `loudest`, which grows.
    func power(padded: [Float], loudest: inout Float) throws -> Spectrogram {
        let frames = spectrum.frames(padded: padded.count)
        let energies = frameEnergies(padded, frames: frames)
        var mel = Spectrogram(values: [Float](repeating: 0, count: settings.bands * frames), bands: settings.bands, frames: frames)
        // Neighbours are alike: after a block most of which single precision was not enough for, the next is made in double at once.
        var expectsDoubt = false
        for first in stride(from: 0, to: frames, by: ShortTimeSpectrum.lanes) {
            let block = first..<min(first + ShortTimeSpectrum.lanes, frames)
            if expectsDoubt {
                try doublePrecision(padded, Array(block), into: &mel)
            } else {
                try singlePrecision(padded, block, into: &mel)
            }
            loudest = max(loudest, self.loudest(of: mel, block))
            let doubtful = doubtfulFrames(mel, block, energies, floor: loudest * Self.irrelevant)
            if !expectsDoubt, !doubtful.isEmpty { try doublePrecision(padded, doubtful, into: &mel) }
            expectsDoubt = 2 * doubtful.count > block.count
        }
        return mel
    }

    private func loudest(of mel: Spectrogram, _ block: Range<Int>) -> Float {
        mel.values.withUnsafeBufferPointer { cells in
            var loudest: Float = 0
            for band in 0..<mel.bands { for frame in block { loudest = max(loudest, cells[band * mel.frames + frame]) } }
            return loudest
        }
    }

    /// Power in dB re 1, at most 80 dB below the loudest cell.
    public func decibels(_ waveform: Waveform) throws -> Spectrogram { Decibels.fromPower(try power(waveform)) }

    /// Some frames, transformed in single precision.
    func singlePrecision(_ padded: [Float], _ frames: Range<Int>, into mel: inout Spectrogram) throws {
        let stride = mel.frames
        try mel.values.withUnsafeMutableBufferPointer { target in
            try bank.weights.withUnsafeBufferPointer { weights in
                try spectrum.forEachBlock(padded: padded, frames: frames, bins: bank.usedBins) { first, count, power in
                    for (band, row) in bank.rows.enumerated() {
                        var sum = SIMD8<Float>.zero
                        for i in 0..<row.count { sum += weights[row.firstWeight + i] * power[row.firstBin + i] }
                        for lane in 0..<count { target[band * stride + first + lane] = sum[lane] }
                    }
                }
            }
        }
    }

    /// Frames with cells so far below the frame's energy that rounding shows in them, in double precision: a strong tone over a quiet
    /// ground, holes that a coder left.
    private func doublePrecision(_ padded: [Float], _ frames: [Int], into mel: inout Spectrogram) throws {
        let buffer = try ExactFourierBuffer(length: settings.fftLength)
        var power = [Float](repeating: 0, count: bank.usedBins)
        let stride = mel.frames
        mel.values.withUnsafeMutableBufferPointer { cells in
            power.withUnsafeMutableBufferPointer { power in
                bank.weights.withUnsafeBufferPointer { weights in
                    for frame in frames {
                        spectrum.transformExactly(padded, frame: frame, buffer)
                        for bin in 0..<power.count { power[bin] = ShortTimeSpectrum.power(buffer, bin) }
                        for (band, row) in bank.rows.enumerated() {
                            cells[band * stride + frame] = Self.sum(
                                weights.baseAddress! + row.firstWeight, power.baseAddress! + row.firstBin, row.count)
                        }
                    }
                }
            }
        }
    }

    /// Of `count` products, eight side by side: a sum in turn cannot use vectors.
    private static func sum(_ weights: UnsafePointer<Float>, _ power: UnsafePointer<Float>, _ count: Int) -> Float {
        let (a, b) = (UnsafeRawPointer(weights), UnsafeRawPointer(power))
        var lanes = SIMD8<Float>.zero
        var i = 0
        while i + 8 <= count {
            lanes +=
                a.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
                * b.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
            i += 8
        }
        var sum = lanes.sum()
        while i < count {
            sum += weights[i] * power[i]
            i += 1
        }
        return sum
    }

    /// The frames of a block with a relevant cell that single precision is not to be trusted with.
    private func doubtfulFrames(_ mel: Spectrogram, _ block: Range<Int>, _ energies: [Float], floor: Float) -> [Int] {
        mel.values.withUnsafeBufferPointer { cells in
            block.filter { frame in
                for band in 0..<mel.bands {
                    let cell = cells[band * mel.frames + frame]
                    if cell < trust[band] * energies[frame], cell > floor { return true }
                }
                return false
            }
        }
    }

    /// An upper bound of each frame's energy: the squares of the hops that it covers, the window left out.
    private func frameEnergies(_ padded: [Float], frames: Int) -> [Float] {
        let hop = settings.hopLength
        let hops = (padded.count + hop - 1) / hop
        let squares = padded.withUnsafeBytes { bytes in
            (0..<hops).map { block -> Float in
                let (start, end) = (block * hop, min((block + 1) * hop, padded.count))
                var lanes = SIMD8<Float>.zero
                var i = start
                while i + 8 <= end {
                    let eight = bytes.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
                    lanes += eight * eight
                    i += 8
                }
                return lanes.sum() + padded[i..<end].reduce(0) { $0 + $1 * $1 }
            }
        }
        let cover = (settings.fftLength + hop - 1) / hop
        return (0..<frames).map { frame in squares[frame..<min(frame + cover, hops)].reduce(0, +) }
    }
}
