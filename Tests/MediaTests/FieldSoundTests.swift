// Sounds as people have them: written into a pipe, of the other byte order, with channels that cancel, a constant added, samples beyond measure.
import Foundation
import Testing

@testable import Media

@Suite("Sounds as people bring them")
struct FieldSoundTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func number(_ value: UInt64, _ count: Int, big: Bool = false) -> [UInt8] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        return big ? bytes.reversed() : bytes
    }

    /// A WAV of mono 16-bit samples at 8 kHz whose header tells these lengths.
    private func wave(_ samples: [Float], riff: UInt64, data: UInt64) -> [UInt8] {
        var bytes = Clips.wav(samples, rate: 8000)
        bytes.replaceSubrange(4..<8, with: number(riff, 4))
        bytes.replaceSubrange(40..<44, with: number(data, 4))
        return bytes
    }

    private var tone: [Float] { (0..<8000).map { Float(sin(Double($0) * 0.3)) * 0.5 } }

    @Test(
        "A WAV whose writer could not know its length is read to its end, and no length of hours is believed",
        arguments: [0, 0xffff_ffff, 0xffff_ffdb, 0x7fff_ffff, 0x7fff_ffdb, 0x7fff_f000, 0x7fff_ff00, 0x8000_0000] as [UInt64])
    func openLength(data: UInt64) throws {
        for riff in [min(data + 36, 0xffff_ffff), 0, 0xffff_ffff] {
            let url = try folder.write("a.wav", wave(tone, riff: riff, data: data))
            let warnings = MediaWarnings()
            #expect(try AudioDecoder.waveform(of: url, rate: 8000, warnings: warnings).samples.count == 8000 && warnings.all.isEmpty)
            #expect(try AudioDecoder.waveform(of: url, rate: 8000, seconds: 0.5..<9).samples.count == 4000)
            #expect(try abs((MediaProbe.inspect(url).audio?.duration ?? 0) - 1) < 0.01)
        }
    }

    @Test("The same with lengths of 64 bits, and in AIFF, where SoX leaves another number")
    func otherOpenLengths() throws {
        let plain = Clips.wav(tone, rate: 8000)
        let open = number(0xffff_ffff, 4), unknown = number(1 << 50, 8)
        let rf64Parts: [[UInt8]] = [
            Array("RF64".utf8), open, Array("WAVEds64".utf8), number(28, 4), unknown, unknown, number(0, 8), number(0, 4),
            Array(plain[12..<40]), open,
            Array(plain[44...]),
        ]
        let frames: UInt64 = 0x7f00_0000 / 2
        let samples = stride(from: 44, to: plain.count, by: 2).flatMap { [plain[$0 + 1], plain[$0]] }
        let rate: [UInt8] = [0x40, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0]
        let aiffParts: [[UInt8]] = [
            Array("FORM".utf8), number(0x7f00_0050, 4, big: true), Array("AIFFCOMM".utf8), number(18, 4, big: true),
            number(1, 2, big: true),
            number(frames, 4, big: true), number(16, 2, big: true), rate, Array("SSND".utf8), number(0x7f00_0008, 4, big: true),
            number(0, 8), samples,
        ]
        let rf64: [UInt8] = Array(rf64Parts.joined()), aiff: [UInt8] = Array(aiffParts.joined())
        for (name, bytes) in [("a.wav", rf64), ("a.aiff", aiff)] {
            let url = try folder.write(name, bytes)
            #expect(
                try AudioDecoder.waveform(of: url, rate: 8000).samples
                    == AudioDecoder.waveform(of: folder.write("b.wav", plain), rate: 8000).samples, "\(name)")
        }
    }

    @Test(
        "A WAV that ends early is refused with how much of how much is there, however long it was to be",
        arguments: [16_000, 1_600_000_000, 3_000_000_000] as [UInt64])
    func cutWave(data: UInt64) throws {
        let url = try folder.write("a.wav", wave(Array(tone.prefix(2000)), riff: 36 + data, data: data))
        do {
            _ = try AudioDecoder.waveform(of: url, rate: 8000)
            Issue.record("a sound of 0.25 s was taken for whole")
        } catch let error as MediaError {
            guard case .truncated = error else { throw error }
            #expect(error.what.contains("0.25 of \(data / 16_000).") && error.what.hasSuffix(" s"), "\(error)")
        }
        // The last percent is a warning.
        let near = try folder.write("b.wav", wave(Array(tone.prefix(7960)), riff: 16_036, data: 16_000))
        let warnings = MediaWarnings()
        #expect(try AudioDecoder.waveform(of: near, rate: 8000, warnings: warnings).samples.count == 7960)
        guard case .cutOff? = warnings.all.first else { throw LibavClip.Failure(what: "\(warnings.all)") }
        // What follows the sound may be cut.
        let tail = try folder.write(
            "c.wav", Array([Clips.wav(tone, rate: 8000), Array("LIST".utf8), number(4000, 4), [1, 2, 3]].joined()))
        #expect(try AudioDecoder.waveform(of: tail, rate: 8000).samples.count == 8000)
    }

    /// Two seconds that no coder makes small.
    private func noise(_ name: String, codec: String, rate: Int, options: [String: String] = [:]) throws -> [UInt8] {
        let url = folder.url.appendingPathComponent("whole-" + name)
        var random = TestRandom(seed: 3)
        let samples = (0..<2 * rate).map { _ in Int16(truncatingIfNeeded: Int(random.next() % 20_000) - 10_000) }
        try LibavClip.write(url, audio: .init(samples: samples, rate: rate, codec: codec), options: options)
        return try [UInt8](Data(contentsOf: url))
    }

    private func read(_ url: URL) throws -> (seconds: Double, warnings: [MediaWarning]) {
        let warnings = MediaWarnings()
        let wave = try AudioDecoder.waveform(of: url, rate: 16_000, warnings: warnings)
        return (Double(wave.samples.count) / 16_000, warnings.all)
    }

    @Test(
        "A cut sound of any container is refused with how much of how much is there, or told of; a whole one is neither",
        arguments: [
            ("a.wav", "pcm_s16le", 16_000, true), ("a.w64", "pcm_s16le", 16_000, true), ("a.caf", "pcm_s16le", 16_000, true),
            ("a.au", "pcm_s16be", 16_000, true),
            ("a.aiff", "pcm_s16be", 16_000, true), ("a.flac", "flac", 16_000, true), ("a.mp3", "libmp3lame", 22_050, true),
            ("a.wma", "wmav2", 16_000, true),
            ("a.ts", "mp2", 16_000, false), ("a.ogg", "flac", 16_000, false), ("a.mka", "pcm_s16le", 16_000, true),
        ] as [(String, String, Int, Bool)])
    func cutSound(name: String, codec: String, rate: Int, tellsLength: Bool) throws {
        let whole = try noise(name, codec: codec, rate: rate, options: name == "a.ogg" ? ["page_duration": "100000"] : [:])
        let all = try read(folder.write(name, whole))
        #expect(abs(all.seconds - 2) < 0.15 && all.warnings.isEmpty, "\(all)")
        for share in [0.351, 0.503, 0.682, 0.824, 0.93, 0.961] {
            let url = try folder.write(name, Array(whole.prefix(Int(Double(whole.count) * share))))
            do {
                let result = try read(url)
                #expect(!result.warnings.isEmpty, "\(share) of \(name) is used in silence")
                #expect(!tellsLength || share > 0.95, "\(share) of \(name) is used: \(result)")
            } catch let error as MediaError {
                guard case .truncated = error else { throw error }
                #expect(error.what.contains(" of 2.0") || error.what.contains(" of 1.9"), "\(error)")
            }
        }
    }

    @Test(
        "Sounds whose writer could not know their length are whole, in every container that has a place for it",
        arguments: [
            ("a.caf", "pcm_s16le", 0..<0, 0xff), ("a.au", "pcm_s16be", 8..<12, 0xff), ("a.flac", "flac", 22..<26, 0),
            ("a.mp3", "libmp3lame", 0..<0, 0),
        ] as [(String, String, Range<Int>, UInt8)])
    func openSound(name: String, codec: String, place: Range<Int>, value: UInt8) throws {
        var bytes = try noise(
            name, codec: codec, rate: name == "a.mp3" ? 22_050 : 16_000,
            options: name == "a.mp3" ? ["write_xing": "0", "id3v2_version": "0"] : [:])
        var place = place
        switch name {
        case "a.caf":
            let data = try #require(Data(bytes).range(of: Data("data".utf8))).lowerBound
            place = data + 4..<data + 12
        case "a.flac": bytes[21] &= 0xf0
        default: break
        }
        for i in place { bytes[i] = value }
        let all = try read(folder.write(name, bytes))
        #expect(abs(all.seconds - 2) < 0.15 && all.warnings.isEmpty, "\(all)")
    }

    @Test(
        "The walk over a sound's structure ends, whatever is in it", .timeLimit(.minutes(1)),
        arguments: [
            ("a.w64", "pcm_s16le"), ("a.caf", "pcm_s16le"), ("a.au", "pcm_s16be"), ("a.flac", "flac"), ("a.mp3", "libmp3lame"),
            ("a.wma", "wmav2"), ("a.ts", "mp2"),
        ])
    func walks(name: String, codec: String) throws {
        let whole = try noise(name, codec: codec, rate: name == "a.mp3" ? 22_050 : 16_000)
        #expect(try [.whole, .exactLength].contains(ContainerEnd(of: folder.write(name, whole).path).kind))
        var random = TestRandom(seed: 5)
        var kinds: Set<String> = []
        for _ in 0..<150 {
            var bytes = random.next(below: 3) == 0 ? whole : Array(whole.prefix(random.next(below: whole.count)))
            for _ in 0...random.next(below: 6) where !bytes.isEmpty {
                let values: [UInt8] = [0xff, 0x7f, 0, UInt8(random.next(below: 256))]
                let place = random.next(below: random.next(below: 2) == 0 ? min(200, bytes.count) : bytes.count)
                for i in place..<min(place + 1 + random.next(below: 9), bytes.count) { bytes[i] = values[random.next(below: 4)] }
            }
            kinds.insert("\(ContainerEnd(of: try folder.write("b-" + name, bytes).path).kind)")
        }
        #expect(kinds.count > 1)
    }

    @Test("Tags behind an MP3 are no sound, and none before it; what its first frame counts and is not there is missing")
    func taggedMp3() throws {
        let plain = try noise("a.mp3", codec: "libmp3lame", rate: 22_050)
        let first: [UInt8] = Array("ID3".utf8) + [3, 0, 0, 0, 0, 0, 20] + [UInt8](repeating: 0, count: 20)
        let last: [UInt8] = Array("TAG".utf8) + [UInt8](repeating: 32, count: 125)
        let start = Array(plain.prefix(3)) == Array("ID3".utf8) ? 10 + Int(plain[8]) * 128 + Int(plain[9]) : 0
        let sound = Array(plain[start...])
        #expect(try ContainerEnd(of: folder.write("b.mp3", first + sound + last).path).kind == .whole)
        #expect(try ContainerEnd(of: folder.write("c.mp3", first + sound.dropLast(9)).path).kind == .cutInMedia)
        // Cut between two frames of MPEG-2, by the bit rates of its layer III.
        var between = 0
        for _ in 0..<40 {
            let rate = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160][Int(sound[between + 2] >> 4) - 1]
            between += 72_000 * rate / 22_050 + Int(sound[between + 2] >> 1 & 1)
        }
        #expect(try ContainerEnd(of: folder.write("e.mp3", first + Array(sound.prefix(between))).path).kind == .lacksBytes)
    }

    @Test("A RIFX file gives the samples of its RIFF twin, in every plain coding; of another coding the byte order is named")
    func otherByteOrder() throws {
        for (format, width, code) in [(Clips.SampleFormat.unsigned8, 1, 1), (.signed16, 2, 1), (.signed24, 3, 1), (.float32, 4, 3)] {
            let plain = Clips.wav(tone, rate: 8000, channels: 2, format: format)
            let parts: [[UInt8]] = [
                Array("RIFX".utf8), number(UInt64(plain.count - 8), 4, big: true), Array("WAVEfmt ".utf8), number(16, 4, big: true),
                number(UInt64(code), 2, big: true), number(2, 2, big: true), number(8000, 4, big: true),
                number(UInt64(16_000 * width), 4, big: true),
                number(UInt64(2 * width), 2, big: true), number(UInt64(8 * width), 2, big: true), Array("data".utf8),
                number(UInt64(plain.count - 44), 4, big: true),
            ]
            let header: [UInt8] = Array(parts.joined())
            let samples = stride(from: 44, to: plain.count, by: width).flatMap { Array(plain[$0..<($0 + width)].reversed()) }
            let turned = try folder.write("a.wav", header + samples)
            let twin = try folder.write("b.wav", plain)
            #expect(
                try AudioDecoder.waveform(of: turned, rate: 8000).samples == AudioDecoder.waveform(of: twin, rate: 8000).samples,
                "\(format)")
            // Cut, it is known to be.
            let cut = try folder.write("c.wav", header + samples.prefix(2000))
            #expect(throws: MediaError.self) { try AudioDecoder.waveform(of: cut, rate: 8000) }
        }
        let adpcm: [[UInt8]] = [
            Array("RIFX".utf8), number(1060, 4, big: true), Array("WAVEfmt ".utf8), number(20, 4, big: true), number(0x11, 2, big: true),
            number(1, 2, big: true), number(8000, 4, big: true), number(4055, 4, big: true), number(256, 2, big: true),
            number(4, 2, big: true),
            number(2, 2, big: true), number(505, 2, big: true), Array("data".utf8), number(1024, 4, big: true),
            [UInt8](repeating: 17, count: 1024),
        ]
        let url = try folder.write("d.wav", Array(adpcm.joined()))
        do {
            _ = try AudioDecoder.waveform(of: url, rate: 8000)
            Issue.record("an ADPCM of the other byte order was read")
        } catch let error as MediaError { #expect(error.description.contains("RIFX") && error.description.contains("byte order")) }
    }

    @Test("Channels that cancel are told of, whatever their number and whatever constant lies on them; others are not")
    func channelsThatCancel() throws {
        let count = 8000
        func voice(_ i: Int, _ shift: Int = 0) -> Float { Float(sin(Double(i + shift) * 0.31) * sin(Double(i + shift) * 0.0021)) * 0.4 }
        let kinds: [(String, Bool, Int, (Int, Int) -> Float)] = [
            ("opposite", true, 2, { i, channel in channel == 0 ? voice(i) : -voice(i) }),
            ("opposite, one fainter", true, 2, { i, channel in channel == 0 ? voice(i) : -0.6 * voice(i) }),
            ("opposite on a constant", true, 2, { i, channel in 0.3 + (channel == 0 ? voice(i) : -voice(i)) }),
            ("two pairs", true, 4, { i, channel in channel % 2 == 0 ? voice(i) : -voice(i) }),
            ("right alone", false, 2, { i, channel in channel == 0 ? 0 : voice(i) }),
            ("one of eight", false, 8, { i, channel in channel == 5 ? voice(i) : 0 }),
            ("near", false, 2, { i, channel in voice(i, 3 * channel) }),
            ("independent", false, 2, { i, channel in channel == 0 ? voice(i) : Float(sin(Double(i) * 0.77)) * 0.4 }),
            ("silent", false, 2, { _, _ in 0 }), ("mono", false, 1, { i, _ in voice(i) }),
        ]
        for (name, isOdd, channels, sample) in kinds {
            let samples = (0..<count * channels).map { sample($0 / channels, $0 % channels) }
            let url = try folder.write("a.wav", Clips.wav(samples, rate: 8000, channels: channels))
            for seconds in [nil, 0.2..<0.9] as [Range<Double>?] {
                let warnings = MediaWarnings()
                let mono = try AudioDecoder.waveform(of: url, rate: 8000, seconds: seconds, warnings: warnings).samples
                #expect(warnings.all == (isOdd ? [.channelsCancel] : []), "\(name)")
                // The mean stays the mean.
                if seconds == nil, name == "right alone" { #expect(abs(mono[1000] - voice(1000) / 2) < 1e-3) }
            }
        }
    }

    @Test("A constant on every sample opens no gate and moves no cell of the spectrogram", arguments: [-0.08, 0.3, 0.002] as [Float])
    func offset(constant: Float) throws {
        let rate = 48_000
        var random = TestRandom(seed: 3)
        let sound = (0..<3 * rate).map { i -> Float in
            let isLoud = i > rate && i < 2 * rate
            let noise = (Float(random.next() % 2000) / 1000 - 1) * 2e-5
            return noise + (isLoud ? Float(sin(Double(i) * 0.05) * sin(Double(i) * 0.0007)) * 0.06 : 0)
        }
        let front = try MelFrontEnd(MelImageSettings(frames: 4096))
        func heard(_ samples: [Float]) throws -> (MelImage, Spectrogram) {
            let wave = try AudioDecoder.waveform(of: folder.write("a.wav", Clips.wav(samples, rate: rate, format: .float32)), rate: 22_050)
            return (try front.image(of: wave), try front.decibels(wave))
        }
        let (plain, _) = try heard(sound), (lifted, decibels) = try heard(sound.map { $0 + constant })
        #expect(plain.hasSpeech && lifted.hasSpeech && plain.speech.count < 45)
        #expect(
            abs(plain.speech.lowerBound - lifted.speech.lowerBound) <= 1 && abs(plain.speech.upperBound - lifted.speech.upperBound) <= 1)
        // The lowest band is as full as librosa has it.
        let lowest = (0..<decibels.frames).map { decibels[0, $0] }.sorted()[decibels.frames / 2]
        #expect(lowest > 20 * log10(abs(constant)) + 10)
    }

    @Test("A sample whose power is no number is refused; samples a little above full scale are sound, far above they are told of")
    func hugeSamples() throws {
        func samples(_ scale: Float) -> [Float] { tone.map { $0 * scale } }
        for (scale, isRefused, isTold) in [
            (Float(1), false, false), (8, false, false), (65_536, false, true), (1e24, true, false), (1e19, true, false),
        ] {
            let url = try folder.write("a.wav", Clips.wav(samples(scale), rate: 8000, format: .float32))
            let warnings = MediaWarnings()
            let wave = Result { try AudioDecoder.waveform(of: url, rate: 22_050, warnings: warnings) }
            if isRefused {
                #expect(throws: MediaError.self) { try wave.get() }
                #expect(throws: MediaError.self) { try AudioDecoder.waveform(of: url, rate: 22_050, seconds: 0..<1) }
            } else {
                #expect(try MelFrontEnd(MelImageSettings()).decibels(wave.get()).values.allSatisfy(\.isFinite))
                #expect(warnings.all.isEmpty != isTold, "\(scale): \(warnings.all)")
            }
        }
    }
}
