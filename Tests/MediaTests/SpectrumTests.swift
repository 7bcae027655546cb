import Foundation
import Testing

@testable import Media

@Suite("Spectra equal librosa's")
struct SpectrumTests {
    let golden: Golden
    let wave: Waveform

    init() throws {
        golden = try Golden("librosa_mel")
        wave = Waveform(samples: try golden.values("in.wave_22050"), rate: 22_050)
    }

    @Test("Mel filter bank: the same support, weights to 1e-7")
    func filterBank() throws {
        let bank = try MelFilterBank(.printed)
        let reference = try golden.values("out.filterbank_slaney")
        let bins = 2049
        #expect(bank.filters.count == 128)
        for (band, filter) in bank.filters.enumerated() {
            var dense = [Float](repeating: 0, count: bins)
            dense.replaceSubrange(filter.first..<(filter.first + filter.weights.count), with: filter.weights)
            let row = Array(reference[(band * bins)..<((band + 1) * bins)])
            #expect(dense.map { $0 != 0 } == row.map { $0 != 0 }, "support of band \(band)")
            #expect(largestDifference(dense, row) <= 1e-7, "weights of band \(band)")
        }
    }

    @Test("EmoCatcher's filter bank has 2174 weights, the outer bands where they belong")
    func emoCatcherBank() throws {
        let bank = try MelFilterBank(MelSettings(bands: 64))
        #expect(bank.filters.reduce(0) { $0 + $1.weights.count } == 2174)
        #expect(bank.filters[0].first == 1 && bank.filters[0].weights.count == 15)
        #expect(bank.filters[63].first == 1022 && bank.usedBins == 1115)
    }

    @Test(
        "Mel power to 1e-4 relative",
        arguments: [
            (MelSettings.printed, "out.mel_4096_1365_128_6000"),
            (MelSettings(fftLength: 2048, hopLength: 512, maximumFrequency: 11_025), "out.mel_default"),
        ])
    func melPower(settings: MelSettings, name: String) throws {
        let mel = try MelSpectrogram(settings).power(wave)
        let reference = try golden.values(name)
        #expect([mel.bands, mel.frames] == (try golden.shape(name)))
        let worst = zip(mel.values, reference).reduce(Float(0)) { max($0, abs($1.0 - $1.1) / max(abs($1.1), 1e-10)) }
        #expect(worst <= 1e-4)
    }

    @Test("Decibels below the loudest cell to 1e-3 dB")
    func decibels() throws {
        let mel = try MelSpectrogram(.printed).power(wave)
        let decibels = Decibels.fromPower(mel, reference: .maximum)
        #expect(largestDifference(decibels.values, try golden.values("out.db_ref_max")) <= 1e-3)
    }

    @Test("Twenty cepstral coefficients to 1e-3 of their scale")
    func cepstralCoefficients() throws {
        let mel = MelSettings(fftLength: 2048, hopLength: 512, maximumFrequency: 11_025)
        let coefficients = CepstralCoefficients.of(try MelSpectrogram(mel).decibels(wave), count: 20)
        #expect([coefficients.bands, coefficients.frames] == (try golden.shape("out.mfcc20")))
        #expect(largestDifference(coefficients.values, try golden.values("out.mfcc20")) <= 1e-2)
    }

    @Test("Two frames in one transform leak nothing: a silent one beside a loud one stays 120 dB below it")
    func pairedFramesStayApart() throws {
        var samples = [Float](repeating: 0, count: 8192)
        for i in 0..<4096 { samples[i] = sin(Float(i) * 0.7) }
        let spectrum = try ShortTimeSpectrum(fftLength: 1024, hopLength: 512)
        var silent: [Float] = []
        var loudest: Float = 0
        let padded = spectrum.padded(samples)
        try spectrum.forEachBlock(padded: padded, frames: 0..<spectrum.frames(padded: padded.count), bins: spectrum.bins) {
            first, count, power in
            for bin in 0..<spectrum.bins {
                for lane in 0..<count {
                    loudest = max(loudest, power[bin][lane])
                    // Frame 8 is the last with sound in it; the silent frame 9 shares its transform.
                    if first + lane >= 9 { silent.append(power[bin][lane]) }
                }
            }
        }
        #expect(silent.count == 8 * spectrum.bins && silent.allSatisfy { $0 <= 1e-12 * loudest })
    }

    /// Every frame of a padded signal in single precision alone.
    private func singlePrecision(_ mel: MelSpectrogram, _ padded: [Float]) throws -> Spectrogram {
        let frames = mel.spectrum.frames(padded: padded.count), bands = mel.settings.bands
        var power = Spectrogram(values: [Float](repeating: 0, count: bands * frames), bands: bands, frames: frames)
        try mel.singlePrecision(padded, 0..<frames, into: &power)
        return power
    }

    @Test("A quiet ground beneath a loud tone is as precise as in double precision", arguments: [MelSettings.printed, .fine])
    func quietGround(settings: MelSettings) throws {
        var random = TestRandom(seed: 3)
        let samples = (0..<66_150).map { i in
            let t = Double(i) / 22_050
            let noise = Double(random.next(below: 2_000_001) - 1_000_000) * 1e-6
            return Float(0.4 * sin(2 * Double.pi * (180 * t + 60 * t * t)) + 0.0001 * noise)
        }
        let mel = try MelSpectrogram(settings)
        let single = Decibels.fromPower(try singlePrecision(mel, mel.spectrum.padded(samples)))
        let decibels = try mel.decibels(Waveform(samples: samples, rate: 22_050))
        let exact = try ShortTimeSpectrum(fftLength: settings.fftLength, hopLength: settings.hopLength).power(samples)
        var reference = decibels
        for (band, filter) in mel.bank.filters.enumerated() {
            for frame in 0..<exact.frames {
                let sum = filter.weights.indices.reduce(0.0) { $0 + Double(filter.weights[$1]) * Double(exact[filter.first + $1, frame]) }
                reference.values[band * exact.frames + frame] = Float(sum)
            }
        }
        let exactDecibels = Decibels.fromPower(reference).values
        #expect(largestDifference(single.values, exactDecibels) > 3e-4, "single precision alone would do here")
        #expect(largestDifference(decibels.values, exactDecibels) < 2.5e-4)
    }

    @Test("A short-time spectrum equals the transform by definition, also for odd numbers of frames")
    func definition() throws {
        let samples = (0..<200).map { Float(sin(0.3 * Double($0)) + 0.2 * cos(1.1 * Double($0))) }
        let (n, hop) = (64, 40)
        let spectrum = try ShortTimeSpectrum(fftLength: n, hopLength: hop, windowLength: 48).power(samples)
        #expect(spectrum.frames == 6 && spectrum.bands == 33)
        for frame in 0..<spectrum.frames {
            for bin in 0..<spectrum.bands {
                var (re, im) = (0.0, 0.0)
                for k in 0..<48 {
                    let place = frame * hop - n / 2 + 8 + k
                    guard samples.indices.contains(place) else { continue }
                    let value = Double(samples[place]) * (0.5 - 0.5 * cos(2 * Double.pi * Double(k) / 48))
                    re += value * cos(2 * Double.pi * Double(bin * (8 + k)) / Double(n))
                    im -= value * sin(2 * Double.pi * Double(bin * (8 + k)) / Double(n))
                }
                #expect(abs(Double(spectrum[bin, frame]) - (re * re + im * im)) < 1e-4, "bin \(bin) of frame \(frame)")
            }
        }
    }

    @Test("The same sound gives the same bits, from any thread")
    func deterministic() throws {
        let mel = try MelSpectrogram(.printed)
        let first = try mel.decibels(wave)
        nonisolated(unsafe) var same = [Bool](repeating: false, count: 8)
        let lock = NSLock()
        DispatchQueue.concurrentPerform(iterations: 8) { i in
            let equal = (try? mel.decibels(wave)) == first
            lock.withLock { same[i] = equal }
        }
        #expect(same.allSatisfy { $0 })
    }

    @Test("Silence, no samples and one sample are spectra too")
    func edges() throws {
        let front = try MelFrontEnd(MelImageSettings())
        for count in [0, 1, 1364, 1365, 22_050] {
            let decibels = try front.decibels(Waveform(samples: [Float](repeating: 0, count: count), rate: 22_050))
            #expect(decibels.frames == 1 + count / 1365)
            #expect(decibels.values.allSatisfy { $0 == -100 })
            let image = front.image(of: decibels)
            #expect(!image.hasSpeech && image.realFrames == decibels.frames && image.spectrogram.values.allSatisfy(\.isFinite))
        }
    }

    @Test(
        "Sound in pieces gives the whole's spectrogram to the bit, and one longer than a stretch the same as a short one",
        arguments: [
            (MelSettings.printed, 10), (MelSettings(fftLength: 256, hopLength: 100, bands: 20), 1),
            (MelSettings(fftLength: 128, hopLength: 300, bands: 8), 4),
        ])
    func pieces(settings: MelSettings, repeats: Int) throws {
        let samples = [[Float]](repeating: wave.samples, count: repeats).flatMap { $0 }
        let mel = try MelSpectrogram(settings)
        let whole = try mel.power(Waveform(samples: samples, rate: 22_050))
        #expect(whole.frames == 1 + samples.count / settings.hopLength)
        var random = TestRandom(seed: 6), stream = mel.stream(), place = 0
        while place < samples.count {
            let end = min(samples.count, place + 1 + random.next(below: 9000))
            try samples[place..<end].withUnsafeBufferPointer { try stream.add($0) }
            place = end
        }
        #expect(try stream.finished() == whole)
        let padded = mel.spectrum.padded(samples)
        let at = mel.spectrum.frames(padded: padded.count) - 1
        let alone = try singlePrecision(mel, Array(padded[(at * settings.hopLength)...]))
        for band in 0..<settings.bands { #expect(abs(whole[band, at] - alone[band, 0]) <= 1e-4 * abs(alone[band, 0]) + 1e-9) }
    }

    @Test("Impossible settings are refused, not trapped")
    func impossible() {
        for settings in [
            MelSettings(rate: 0), MelSettings(fftLength: 0), MelSettings(fftLength: 4095), MelSettings(hopLength: 0), MelSettings(bands: 0),
            MelSettings(maximumFrequency: 12_000), MelSettings(minimumFrequency: 6000), MelSettings(minimumFrequency: .nan),
        ] {
            #expect(throws: MediaError.self) { try MelSpectrogram(settings) }
        }
        #expect(throws: MediaError.self) { try MelSpectrogram(.printed).power(Waveform(samples: [0], rate: 16_000)) }
    }
}
