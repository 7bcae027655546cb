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
        var mel = try singlePrecision(padded)
        for cell in mel.values { loudest = max(loudest, cell) }
        try refine(&mel, padded, floor: loudest * Self.irrelevant)
        return mel
    }

    /// Power in dB re 1, at most 80 dB below the loudest cell.
    public func decibels(_ waveform: Waveform) throws -> Spectrogram { Decibels.fromPower(try power(waveform)) }

    /// Every frame, transformed in single precision.
    func singlePrecision(_ padded: [Float]) throws -> Spectrogram {
        let frames = spectrum.frames(padded: padded.count)
        var mel = Spectrogram(values: [Float](repeating: 0, count: settings.bands * frames), bands: settings.bands, frames: frames)
        try mel.values.withUnsafeMutableBufferPointer { target in
            try bank.weights.withUnsafeBufferPointer { weights in
                try spectrum.forEachBlock(padded: padded, bins: bank.usedBins) { first, count, power in
                    for (band, row) in bank.rows.enumerated() {
                        var sum = SIMD8<Float>.zero
                        for i in 0..<row.count { sum += weights[row.firstWeight + i] * power[row.firstBin + i] }
                        for lane in 0..<count { target[band * frames + first + lane] = sum[lane] }
                    }
                }
            }
        }
        return mel
    }

    /// Frames with cells so far below the frame's energy that rounding shows in them are done again in double precision: a strong
    /// tone over a quiet ground, holes that a coder left.
    private func refine(_ mel: inout Spectrogram, _ padded: [Float], floor: Float) throws {
        let doubtful = doubtfulFrames(mel, frameEnergies(padded, frames: mel.frames), floor: floor)
        guard doubtful.contains(true) else { return }
        let buffer = try ExactFourierBuffer(length: settings.fftLength)
        var power = [Float](repeating: 0, count: bank.usedBins)
        for frame in 0..<mel.frames where doubtful[frame] {
            spectrum.transformExactly(padded, frame: frame, buffer)
            for bin in power.indices { power[bin] = ShortTimeSpectrum.power(buffer, bin) }
            power.withUnsafeBufferPointer { power in
                bank.weights.withUnsafeBufferPointer { weights in
                    for (band, row) in bank.rows.enumerated() {
                        var sum: Float = 0
                        for i in 0..<row.count { sum += weights[row.firstWeight + i] * power[row.firstBin + i] }
                        mel.values[band * mel.frames + frame] = sum
                    }
                }
            }
        }
    }

    /// True for each frame with a relevant cell that is not to be trusted.
    private func doubtfulFrames(_ mel: Spectrogram, _ energies: [Float], floor: Float) -> [Bool] {
        mel.values.withUnsafeBufferPointer { cells in
            var doubtful = [Bool](repeating: false, count: mel.frames)
            for band in 0..<mel.bands {
                let share = trust[band]
                for frame in 0..<mel.frames {
                    let cell = cells[band * mel.frames + frame]
                    if cell < share * energies[frame], cell > floor { doubtful[frame] = true }
                }
            }
            return doubtful
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
