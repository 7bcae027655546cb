// What is measured of the front end: loading, spectra, voice activity, decoding; each on the same three seconds.
import Base
import Foundation
import Media

/// The files that ours and the reference read: three seconds of sound and of 1280x720 pictures.
struct MediaMaterial {
    let folder: URL
    var sound: URL { folder.appendingPathComponent("sound.wav") }
    var film: URL { folder.appendingPathComponent("film.mp4") }

    static let seconds = 3
    private static let pictureRate = 30

    /// Writes both into a new folder, which `remove()` takes away.
    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-bench-\(UUID().uuidString)", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let voice = Self.voice(rate: 48_000)
        let writer = try MediaWriter(url: sound, audio: AudioEncoding(codec: .pcm16, rate: 48_000))
        try writer.append(voice)
        try writer.finish()
        let pictures = try MediaWriter(
            url: film, video: VideoEncoding(width: 1280, height: 720, frameRate: FrameRate(Self.pictureRate)),
            audio: AudioEncoding(rate: 48_000))
        for frame in 0..<Self.seconds * Self.pictureRate {
            try pictures.append(Self.picture(frame))
            let span = 48_000 / Self.pictureRate
            try pictures.append(Array(voice[(frame * span)..<((frame + 1) * span)]))
        }
        try pictures.finish()
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// Half a second of a quiet room, two of gliding harmonics in it, half a second of the room: noise 60 dB below the voice.
    private static func voice(rate: Int) -> [Float] {
        var stream = RandomStream(seed: 1, name: "room")
        return (0..<seconds * rate).map { i in
            let t = Double(i) / Double(rate)
            let room = 0.001 * (2 * stream.uniform() - 1)
            guard t > 0.5, t < 2.5 else { return room }
            let phase: Double = 2 * Double.pi * (120 * t + 15 * t * t)
            var voice = 0.0
            for harmonic in 1...12 { voice += 0.15 / Double(harmonic) * sin(Double(harmonic) * phase) }
            let loudness: Double = 0.6 + 0.4 * sin(9 * t)
            return room + Float(voice * loudness)
        }
    }

    /// A moving gradient with an oval in it: as easy to code as a talking head.
    private static func picture(_ frame: Int) -> Picture {
        let (width, height) = (1280, 720)
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        pixels.withUnsafeMutableBufferPointer { pixels in
            for y in 0..<height {
                for x in 0..<width {
                    let (dx, dy) = (x - 640 - 2 * (frame % 40), y - 360)
                    let isFace = dx * dx * 4 + dy * dy * 2 < 160_000
                    let at = 3 * (y * width + x)
                    pixels[at] = isFace ? UInt8(180 + (x * y) % 32) : UInt8((x / 8 + frame) & 0xff)
                    pixels[at + 1] = isFace ? UInt8(140 + (x + y) % 32) : UInt8(y / 4)
                    pixels[at + 2] = isFace ? 120 : UInt8(60 + (x ^ y) % 16)
                }
            }
        }
        return Picture(width: width, height: height, pixels: pixels)
    }
}

/// One thing that is measured. Names are those of `scripts/reference/librosa_mel.py`.
struct MediaWork {
    let name: String
    let shape: String
    let run: () throws -> Void

    static let names = ["load-3s", "mel-3s", "mel-fine-3s", "mfcc-3s", "stft-3s", "gvad-3s", "decode-720p"]

    static func all(_ material: MediaMaterial) throws -> [MediaWork] {
        let wave = try AudioDecoder.waveform(of: material.sound, rate: 22_050)
        let (printed, fine) = (try MelSpectrogram(.printed), try MelSpectrogram(.fine))
        let librosa = try MelSpectrogram(.librosa)
        let linear = try LinearSpectrogram(LinearSpectrogramSettings())
        let decibels = try fine.decibels(wave)
        return [
            MediaWork(name: "load-3s", shape: "WAV at 48000 Hz to 22050 Hz") {
                _ = try AudioDecoder.waveform(of: material.sound, rate: 22_050)
            },
            MediaWork(name: "mel-3s", shape: "128 bands, transform 4096, hop 1365, dB") { _ = try printed.decibels(wave) },
            MediaWork(name: "mel-fine-3s", shape: "128 bands, transform 2048, hop 512, dB") { _ = try fine.decibels(wave) },
            MediaWork(name: "mfcc-3s", shape: "20 coefficients, transform 2048, hop 512") {
                _ = CepstralCoefficients.of(try librosa.decibels(wave))
            },
            MediaWork(name: "stft-3s", shape: "1025 bins, hop 512, dB") { _ = try linear(wave) },
            MediaWork(name: "gvad-3s", shape: "\(decibels.bands) x \(decibels.frames)") { _ = VoiceActivity.speechRange(in: decibels) },
            MediaWork(name: "decode-720p", shape: "8 of 90 frames, H.264") { _ = try VideoDecoder.pictures(of: material.film, count: 8) },
        ]
    }
}
