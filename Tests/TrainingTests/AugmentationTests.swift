// Augmentation: what it changes, what it leaves, and that it hangs on its stream alone.
import Base
import Faces
import Foundation
import Inputs
import Media
import Records
import Tensors
import Testing

@testable import Training

@Suite("Augmentation")
struct AugmentationTests {
    private static var inputs: InputSettings {
        var inputs = Synthetic.experiment().inputs
        inputs.sampleRate = 8000
        inputs.fftSize = 512
        inputs.hopLength = 128
        inputs.maximumFrequency = 4000
        return inputs
    }

    private static var off: AugmentationSettings {
        var off = AugmentationSettings()
        off.enabled = true
        (off.timeShift, off.noise, off.gain, off.masks, off.mirror) = (0, 0, 0, 0, false)
        (off.brightness, off.contrast, off.saturation, off.crop, off.jitter, off.rotation) = (0, 0, 0, 1, 0, 0)
        return off
    }

    /// A clip whose spectrogram is that of its sound: a tone that changes from frame to frame.
    private static func clip() throws -> PreparedClip {
        var stream = RandomStream(seed: 1, name: "clips")
        var clip = Synthetic.clip(1, .source, &stream)
        let samples = (0..<4000).map { i in Int16(20_000 * sin(Double(i) * (0.1 + Double(i) * 1e-4))) }
        clip.sound = PreparedSound(samples: samples, scale: 1 / 32767, rate: 8000, kept: 9..<21)
        let settings = inputs.preparation.sound
        let image = try MelFrontEnd(settings).decibels(clip.sound!.waveform)
        let (mel, first) = settings.assembled(image.frames(9..<21))
        (clip.mel, clip.firstSoundFrame, clip.soundFrames) = (mel.values, first, 12)
        return clip
    }

    private func stream(_ name: String) -> RandomStream { RandomStream(seed: 1, name: name) }

    @Test("Switched off, as a whole or change by change, the clip stays bit for bit")
    func off() throws {
        let clip = try Self.clip()
        #expect(try Augmentation(AugmentationSettings(), inputs: Self.inputs).apply(to: clip, stream("a")) == clip)
        #expect(try Augmentation(Self.off, inputs: Self.inputs).apply(to: clip, stream("a")) == clip)
    }

    @Test("A share of the clips loses its sound or its pictures, never both, and a model of one modality loses nothing")
    func modalityDropout() throws {
        let clip = try Self.clip()
        var settings = Self.off
        settings.modalityDropout = 0.4
        let both = try Augmentation(settings, inputs: Self.inputs)
        let copies = try (0..<400).map { try both.apply(to: clip, stream("m\($0)")) }
        let deaf = copies.filter { $0.soundFrames == 0 && $0.mel.allSatisfy { $0 == 0 } },
            blind = copies.filter { $0.pictures.allSatisfy { $0 == 128 } }
        #expect((55...105).contains(deaf.count) && (55...105).contains(blind.count))
        #expect(deaf.allSatisfy { $0.pictures == clip.pictures } && blind.allSatisfy { $0.mel == clip.mel })
        #expect(copies.filter { $0 == clip }.count == 400 - deaf.count - blind.count)
        let heard = try Augmentation(settings, inputs: Self.inputs, modalities: .audio)
        #expect(try (0..<40).allSatisfy { try heard.apply(to: clip, stream("m\($0)")) == clip })
    }

    @Test("A clip's changes hang on its stream alone, and each change on a stream of its own")
    func streams() throws {
        let clip = try Self.clip()
        var settings = AugmentationSettings()
        settings.enabled = true
        settings.rotation = 5
        let augmentation = try Augmentation(settings, inputs: Self.inputs)
        let copies = try (0..<12).map { try augmentation.apply(to: clip, stream("a\($0)")) }
        for (i, copy) in copies.enumerated() { #expect(try augmentation.apply(to: clip, stream("a\(i)")) == copy) }
        #expect(Set(copies.map(\.mel)).count == 12 && Set(copies.map(\.pictures)).count == 12)
        for copy in copies {
            #expect(copy.mel.count == clip.mel.count && copy.pictures.count == clip.pictures.count && copy.mel.allSatisfy(\.isFinite))
        }
        let draw = augmentation.draw(for: clip, stream("x"))
        settings.noise = 0
        settings.mirror = false
        let fewer = try Augmentation(settings, inputs: Self.inputs).draw(for: clip, stream("x"))
        #expect(fewer.noise == nil && fewer.timeShift == draw.timeShift && fewer.maskedBands == draw.maskedBands && fewer.cut == draw.cut)
        #expect(draw.timeShift != nil && draw.brightness != nil && draw.contrast != nil && draw.saturation != nil && draw.gain != nil)
    }

    @Test("A shift by whole frames moves the spectrogram by whole frames")
    func timeShift() throws {
        let clip = try Self.clip()
        var settings = Self.off
        settings.timeShift = 3
        let augmentation = try Augmentation(settings, inputs: Self.inputs)
        let moved = try augmentation.apply(AugmentationDraw(timeShift: 2 * 128), to: clip, stream("a"))
        let sound = Self.inputs.preparation.sound
        let whole = try MelFrontEnd(sound).decibels(clip.sound!.waveform)
        // Frames that see nothing of the edge are those of the whole clip, two later.
        let (expected, _) = sound.assembled(whole.frames(11..<23))
        let worst = zip(moved.mel, expected.values).map { abs($0 - $1) }.max() ?? 1
        #expect(worst < 1e-3, "off by \(worst)")
        #expect(moved.soundFrames == clip.soundFrames)
        let draws = (0..<200).map { augmentation.draw(for: clip, stream("d\($0)")).timeShift ?? 0 }
        #expect(draws.allSatisfy { abs($0) <= 3 * 128 } && Set(draws).count > 100 && draws.contains { $0 > 0 } && draws.contains { $0 < 0 })
    }

    @Test("Without its sound, a shifted clip loses frames at one end, at most a quarter")
    func withoutSound() throws {
        var clip = try Self.clip()
        clip.sound = nil
        var settings = Self.off
        settings.timeShift = 3
        let augmentation = try Augmentation(settings, inputs: Self.inputs)
        for i in 0..<20 {
            let copy = try augmentation.apply(to: clip, stream("a\(i)"))
            #expect(copy.firstSoundFrame >= clip.firstSoundFrame && copy.soundFrames >= clip.soundFrames * 3 / 4)
            #expect(copy.firstSoundFrame + copy.soundFrames <= clip.firstSoundFrame + clip.soundFrames)
        }
    }

    @Test("Noise lies as far below the sound as drawn, and the gain is what was drawn", arguments: [0.0, 10, 30])
    func noise(ratio: Double) throws {
        let clip = try Self.clip()
        let augmentation = try Augmentation(Self.off, inputs: Self.inputs)
        let clean = try #require(augmentation.waveform(of: clip, AugmentationDraw(), stream("a")))
        let noisy = try #require(augmentation.waveform(of: clip, AugmentationDraw(noise: ratio), stream("a")))
        func power(_ samples: [Float]) -> Double { samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count) }
        let measured = 10 * log10(power(clean.samples) / power(zip(noisy.samples, clean.samples).map { $0 - $1 }))
        #expect(abs(measured - ratio) < 0.001, "\(measured) dB")
        let loud = try #require(augmentation.waveform(of: clip, AugmentationDraw(gain: 6), stream("a")))
        #expect(abs(10 * log10(power(loud.samples) / power(clean.samples)) - 6) < 0.01)
        #expect(clean.samples.count == 12 * 128 && clean.rate == 8000)
    }

    @Test("Masks are stretches of the mean, two of each kind, at most as wide as asked")
    func masks() throws {
        let clip = try Self.clip()
        var settings = Self.off
        settings.masks = 2
        settings.maskWidth = 2
        let augmentation = try Augmentation(settings, inputs: Self.inputs)
        let draw = augmentation.draw(for: clip, stream("m"))
        #expect(draw.maskedBands.count == 2 && draw.maskedFrames.count == 2 && draw.timeShift == nil)
        let copy = try augmentation.apply(draw, to: clip, stream("m"))
        for band in 0..<clip.melBands {
            for frame in 0..<clip.melFrames {
                let isMasked =
                    draw.maskedFrames.contains { $0.contains(frame) }
                    || (draw.maskedBands.contains { $0.contains(band) }
                        && (clip.firstSoundFrame..<(clip.firstSoundFrame + clip.soundFrames)).contains(frame))
                let value = copy.mel[band * clip.melFrames + frame]
                #expect(value == (isMasked ? 0 : clip.mel[band * clip.melFrames + frame]))
            }
        }
    }

    @Test("All frames are mirrored, cut, turned and coloured alike; a mirror twice is none")
    func pictures() throws {
        let size = 16
        func one(_ frame: Int) -> [UInt8] { (0..<(size * size * 3)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ frame &* 0) } }
        let pictures = one(0) + one(0)
        func changed(_ draw: AugmentationDraw, _ pictures: [UInt8]) -> [UInt8] {
            var copy = pictures
            PictureChanges(draw, size: size).apply(to: &copy)
            return copy
        }
        #expect(changed(AugmentationDraw(), pictures) == pictures)
        let mirrored = changed(AugmentationDraw(isMirrored: true), pictures)
        #expect(
            mirrored[0] == pictures[15 * 3] && mirrored[1] == pictures[15 * 3 + 1]
                && changed(AugmentationDraw(isMirrored: true), mirrored) == pictures)
        let all = AugmentationDraw(
            isMirrored: true, brightness: 1.1, contrast: 0.8, saturation: 1.2,
            cut: AugmentationDraw.Cut(side: 0.9, x: 0.02, y: -0.01, angle: 7))
        let copy = changed(all, pictures)
        #expect(copy != pictures && Array(copy[..<(size * size * 3)]) == Array(copy[(size * size * 3)...]))
    }

    @Test("Cut: the whole square is the picture itself, a quarter turn is exact, half the square is its middle; colours keep greys grey")
    func geometry() {
        let size = 8
        var picture = [UInt8](repeating: 0, count: size * size * 3)
        for row in 0..<size { for column in 0..<size { picture[(row * size + column) * 3] = UInt8(10 * row + column) } }
        func red(_ draw: AugmentationDraw) -> [[UInt8]] {
            var copy = picture
            PictureChanges(draw, size: size).apply(to: &copy)
            return (0..<size).map { row in (0..<size).map { copy[(row * size + $0) * 3] } }
        }
        func cut(_ side: Double, _ angle: Int, x: Double = 0) -> AugmentationDraw {
            AugmentationDraw(cut: AugmentationDraw.Cut(side: side, x: x, y: 0, angle: angle))
        }
        let original = red(AugmentationDraw())
        #expect(red(cut(1, 0)) == original)
        // Anticlockwise: the right edge becomes the top.
        let turned = red(cut(1, 90))
        #expect(turned[0] == original.map { $0[7] } && turned[7] == original.map { $0[0] })
        #expect(red(cut(1, 180)) == original.reversed().map { $0.reversed() })
        let middle = red(cut(0.5, 0))
        #expect(middle[0][0] >= original[2][2] - 6 && middle[7][7] <= original[5][5] + 6)
        // An eighth to the right: one column, the edge going on.
        let moved = red(cut(1, 0, x: 0.125))
        #expect(moved[3][0] == original[3][1] && moved[3][7] == original[3][7])

        var grey = [UInt8](repeating: 100, count: size * size * 3)
        PictureChanges(AugmentationDraw(brightness: 1.2, saturation: 1.5), size: size).apply(to: &grey)
        #expect(grey.allSatisfy { $0 == 120 })
        var colour: [UInt8] = [200, 50, 50]
        PictureChanges(AugmentationDraw(saturation: 0), size: 1).apply(to: &colour)
        #expect(colour == [95, 95, 95])
    }

    @Test("Drawn values keep to the settings")
    func bounds() throws {
        let clip = try Self.clip()
        var settings = AugmentationSettings()
        settings.enabled = true
        settings.rotation = 3
        let augmentation = try Augmentation(settings, inputs: Self.inputs)
        let draws = (0..<400).map { augmentation.draw(for: clip, stream("b\($0)")) }
        let noises = draws.compactMap(\.noise)
        #expect(noises.allSatisfy { (10...30).contains($0) } && (140...260).contains(noises.count))
        #expect(draws.allSatisfy { abs($0.gain ?? 99) <= 6 && abs(($0.brightness ?? 9) - 1) <= 0.2 })
        #expect(draws.allSatisfy { ((0.9 - 1e-6)...1).contains($0.cut?.side ?? 0) && abs($0.cut?.x ?? 9) <= 0.0701 })
        #expect(Set(draws.compactMap { $0.cut?.angle }) == Set(-3...3))
        #expect((120...280).contains(draws.count { $0.isMirrored }))
    }

    @Test("Old files with augmentation still parse, new keys are checked, the presets of the spectrum give way to named keys")
    func experiments() throws {
        let old = try Experiment.parse(
            "[augmentation]\nenabled = true\ntime_shift = 4\nmasks = 1\nmask_width = 6\nmirror = false\nbrightness = 0.1")
        #expect(old.augmentation.enabled && old.augmentation.timeShift == 4 && old.augmentation.noise == 0.5)
        #expect(try Experiment.parse(old.toml()) == old)
        for wrong in [
            "noise = 2", "noise_minimum = 40", "crop = 0.1", "jitter = 1", "rotation = 181", "gain = -1", "contrast = 1",
            "modality_dropout = 1",
        ] {
            #expect(throws: ExperimentError.self) { try Experiment.parse("[augmentation]\n" + wrong) }
        }
        let fine = try Experiment.parse("[inputs]\nspectrum = \"fine\"")
        #expect(fine.inputs.hopLength == 512 && fine.inputs.fftSize == 2048)
        let mixed = try Experiment.parse("[inputs]\nspectrum = \"fine\"\nhop_length = 256")
        #expect(mixed.inputs.hopLength == 256 && mixed.inputs.fftSize == 2048)
        #expect(try Experiment.parse(mixed.toml()) == mixed)
        #expect(Experiment().inputs.hopLength == 1365)
        let faces = try Experiment.parse("[inputs.faces]\nmargin = 0.2\nminimum_face = 30\nselection = \"most-probable\"").inputs
            .preparation.faces
        #expect(faces.margin == 0.2 && faces.minimumFace == 30 && faces.selection == .mostProbable)
        #expect { try Experiment.parse("[inputs.faces]\nmarign = 0.2") } throws: { "\($0)".contains("inputs.faces.margin") }
        #expect { try Experiment.parse("[inputs.faces]\ndetector = \"mtcn\"") } throws: { "\($0)".contains("mtcnn") }
        #expect { try Experiment.parse("[inputs.faces]\nminimum_face = 2") } throws: { "\($0)".contains("inputs.faces.minimum_face") }
        #expect { try Experiment.parse("[inputs]\nspectrum = \"fnie\"") } throws: { "\($0)".contains("fine") }
    }
}
