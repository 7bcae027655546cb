// A mel power spectrogram of sound that comes in pieces: an hour of it is never held. A whole waveform goes the same way, so that both
// give the same bits.

public struct MelStream {
    /// Frames made together; even, because frames are transformed in pairs.
    private static let framesAtOnce = 256

    private let mel: MelSpectrogram
    /// Samples from the next frame's start on; before the first sample lie the zeros that centred frames reach into.
    private var pending: [Float]
    /// Samples to come that lie between two frames, where hops are longer than transforms.
    private var unread = 0
    private var samples = 0
    private var frames = 0
    private var loudest: Float = 0
    private var pieces: [Spectrogram] = []

    init(_ mel: MelSpectrogram) {
        self.mel = mel
        pending = [Float](repeating: 0, count: mel.settings.fftLength / 2)
    }

    private var span: Int { (Self.framesAtOnce - 1) * mel.settings.hopLength + mel.settings.fftLength }

    /// The next samples, at the settings' rate.
    public mutating func add(_ block: UnsafeBufferPointer<Float>) throws {
        samples += block.count
        var taken = min(block.count, unread)
        unread -= taken
        while taken < block.count {
            let count = min(block.count - taken, span - pending.count)
            pending.append(contentsOf: block[taken..<(taken + count)])
            taken += count
            if pending.count == span {
                try make(Self.framesAtOnce)
                let skipped = min(block.count - taken, unread)
                taken += skipped
                unread -= skipped
            }
        }
    }

    /// Power `[bands, 1 + samples / hop]` of all that was added.
    public consuming func finished() throws -> Spectrogram {
        let all = 1 + samples / mel.settings.hopLength
        while frames < all {
            let count = min(Self.framesAtOnce, all - frames)
            let needed = (count - 1) * mel.settings.hopLength + mel.settings.fftLength
            if pending.count < needed { pending.append(contentsOf: repeatElement(0, count: needed - pending.count)) }
            try make(count)
        }
        if pieces.count == 1 { return pieces[0] }
        let bands = mel.settings.bands
        var values = [Float](repeating: 0, count: bands * all)
        values.withUnsafeMutableBufferPointer { values in
            var first = 0
            for piece in pieces {
                for band in 0..<bands {
                    for frame in 0..<piece.frames { values[band * all + first + frame] = piece.values[band * piece.frames + frame] }
                }
                first += piece.frames
            }
        }
        return Spectrogram(values: values, bands: bands, frames: all)
    }

    /// The next `count` frames.
    private mutating func make(_ count: Int) throws {
        let hop = mel.settings.hopLength
        let padded = Array(pending.prefix((count - 1) * hop + mel.settings.fftLength))
        pieces.append(try mel.power(padded: padded, loudest: &loudest))
        frames += count
        unread = max(0, count * hop - pending.count)
        pending.removeFirst(count * hop - unread)
    }
}
