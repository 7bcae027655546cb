import Foundation
import Testing

@testable import Media

@Suite("Speech is cut out, padded and normalised")
struct VoiceActivityTests {
    /// `[4, frames]` in dB: -60 everywhere, 0 in `loud`.
    func spectrogram(frames: Int, loud: Range<Int>) -> Spectrogram {
        Spectrogram(
            values: (0..<4).flatMap { band in (0..<frames).map { loud.contains($0) ? Float(band) * -0.5 : -60 + Float($0 % 3) } },
            bands: 4, frames: frames)
    }

    @Test("Three frames before the first and two after the last loud frame are kept")
    func margins() {
        #expect(VoiceActivity.speechRange(in: spectrogram(frames: 100, loud: 30..<70)) == 27..<72)
    }

    @Test("The margins end at the clip's ends")
    func ends() {
        #expect(VoiceActivity.speechRange(in: spectrogram(frames: 100, loud: 1..<99)) == 0..<100)
    }

    @Test("The range is the published code's on a golden spectrogram")
    func golden() throws {
        let wave = Waveform(samples: try Golden("librosa_mel").values("in.wave_22050"), rate: 22_050)
        // Run of `gvad` with numpy, scipy and librosa 0.11 on the same sound, silenced but for [0.6 s, 1.9 s).
        var cut = wave
        for i in cut.samples.indices where !(13_230..<41_895).contains(i) { cut.samples[i] *= 0.001 }
        #expect(VoiceActivity.speechRange(in: try MelSpectrogram(.printed).decibels(cut)) == 7..<34)
        #expect(VoiceActivity.speechRange(in: try MelSpectrogram(.fine).decibels(cut)) == 22..<86)
    }

    @Test("Silence, a single frame, a constant and what is no number have no speech: the whole clip is kept")
    func undefined() throws {
        for spectrogram in [
            Spectrogram(values: [Float](repeating: -100, count: 200), bands: 4, frames: 50),
            Spectrogram(values: [1, 2, 3, 4], bands: 4, frames: 1),
            Spectrogram(values: [Float](repeating: .nan, count: 8), bands: 4, frames: 2), Spectrogram(values: [], bands: 4, frames: 0),
        ] {
            #expect(VoiceActivity.speechRange(in: spectrogram) == nil)
        }
        let image = try MelFrontEnd(MelImageSettings(frames: 64)).image(
            of: Spectrogram(values: [Float](repeating: -100, count: 200), bands: 4, frames: 50))
        #expect(!image.hasSpeech && image.speech == 0..<50 && image.realFrames == 50)
    }

    @Test("Smoothing mirrors at the borders, also where the clip is shorter than the kernel")
    func smoothing() {
        let constant = VoiceActivity.smoothed([Float](repeating: 3, count: 7))
        #expect(constant.allSatisfy { abs($0 - 3) < 1e-5 })
        let pair = VoiceActivity.smoothed([0, 1])
        #expect(abs(pair[0] + pair[1] - 1) < 1e-6 && abs(pair[0] - 0.5) < 1e-3)
    }

    @Test("Fewer frames are padded left ⌊(128 - T) / 2⌋, right the rest; more are cropped in the middle")
    func assembly() throws {
        let front = try MelFrontEnd(MelImageSettings(normalisation: .speech, cutsToSpeech: false))
        for (frames, first, real) in [(45, 41, 45), (128, 0, 128), (127, 0, 127), (201, 0, 128)] {
            let sound = Spectrogram(values: (0..<(2 * frames)).map { Float($0 % frames) }, bands: 2, frames: frames)
            let image = front.image(of: sound)
            #expect(image.firstRealFrame == first && image.realFrames == real && image.spectrogram.frames == 128)
            let row = Array(image.spectrogram.values[..<128])
            #expect(row[..<first].allSatisfy { $0 == 0 } && row[(first + real)...].allSatisfy { $0 == 0 })
            #expect(zip(row[first..<(first + real)], row[(first + 1)..<(first + real)]).allSatisfy { $0 < $1 })
            if frames == 201 {
                // Columns 36 ..< 164 of 201: their mean is 99.5.
                #expect(abs(row[63] + row[64]) < 1e-5 && row[63] < 0)
            }
        }
    }

    @Test("Normalised over all cells the image has mean 0 and deviation 1; over speech, its real frames do")
    func normalisation() throws {
        let sound = Spectrogram(values: (0..<300).map { Float(-20 + 7 * sin(Double($0))) }, bands: 3, frames: 100)
        func moments(_ values: [Float]) -> (mean: Double, deviation: Double) {
            let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
            return (mean, (values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)).squareRoot())
        }
        for normalisation in MelImageSettings.Normalisation.allCases where !normalisation.isOverManyClips {
            let image = try MelFrontEnd(MelImageSettings(normalisation: normalisation, cutsToSpeech: false)).image(of: sound)
            let real = image.spectrogram.frames(image.firstRealFrame..<(image.firstRealFrame + image.realFrames)).values
            let (mean, deviation) = moments(normalisation == .clip ? image.spectrogram.values : real)
            #expect(abs(mean) < 1e-5 && abs(deviation - 1) < 1e-4)
        }
        // The printed order: 0 dB of padding is the loudest there is, and is moved by the mean like everything else.
        let clip = try MelFrontEnd(MelImageSettings(cutsToSpeech: false)).image(of: sound)
        #expect(clip.spectrogram[0, 0] > 1 && clip.spectrogram[0, 0] == clip.spectrogram[2, 127])
    }

    @Test("Normalised by band, a clip sounds the same whatever a microphone does to its bands")
    func bandNormalisation() throws {
        let settings = MelImageSettings(frames: 6, normalisation: .band, cutsToSpeech: false)
        let plain = Spectrogram(values: (0..<20).map { Float(($0 * 7) % 11) }, bands: 4, frames: 5)
        var filtered = plain
        for i in filtered.values.indices { filtered.values[i] += [-20, 0, 3.5, 9][i / 5] }
        let (a, b) = (settings.assembled(plain).image.values, settings.assembled(filtered).image.values)
        #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 })
        for band in 0..<4 { #expect(abs(a[band * 6..<band * 6 + 6].reduce(0, +)) < 1e-5) }
        #expect(abs(a.reduce(0) { $0 + $1 * $1 } / 20 - 1) < 1e-3)
    }
}
