// `emolab features` as a script would use it: any file in, arrays for NumPy out, and a reason for each file that has none.
import Foundation
import Media
import TensorFiles
import Tensors
import Testing

extension EndToEnd {
    @Suite(.serialized) struct FeaturesTests {
        /// A second of a moving grey picture, of a gliding tone between silences, or of both.
        private static func write(_ url: URL, pictures: Bool = true, sound: Bool = true, codec: AudioEncoding.Codec = .aac) throws {
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            let writer = try MediaWriter(
                url: url, video: pictures ? VideoEncoding(width: 96, height: 64, frameRate: FrameRate(25)) : nil,
                audio: sound ? AudioEncoding(codec: codec, rate: 22_050) : nil)
            for frame in 0..<50 {
                if pictures {
                    try writer.append(
                        Picture(width: 96, height: 64, red: UInt8(4 * frame), green: UInt8(4 * frame), blue: UInt8(4 * frame)))
                }
                if sound {
                    try writer.append(
                        (0..<882).map { i in
                            let t = Double(frame * 882 + i) / 22_050
                            return t > 0.6 && t < 1.4 ? Float(0.4 * sin(2 * Double.pi * (300 * t + 200 * t * t))) : 0
                        })
                }
            }
            try writer.finish()
        }

        private static func arrays(_ url: URL) throws -> [String: StoredArray] { try TensorFile(contentsOf: url).arrays }

        @Test("A film gives spectrogram, speech, faces and how they were made, equal to what the front end gives in memory")
        func film() throws {
            let home = try Home()
            let film = home.file("clip.mp4")
            try Self.write(film)
            let result = try home.emolab(
                "features", film.path, "--settings", "fine", "--frames", "5", "--size", "32", "--output", "out", "--json")
            #expect(result.status == 0, "\(result.errors)")
            #expect(
                result.errors.contains("weights are missing") && result.errors.split(separator: "\n").count == 1, "once, and nothing else")
            let line = try result.lastJSON()
            #expect(
                line["file"].string == film.path && line["error"] == .null && line["faces"].int == 0 && line["hasSpeech"] == .flag(true))

            let arrays = try Self.arrays(home.file("out/clip.npz"))
            let wave = try AudioDecoder.waveform(of: film, rate: 22_050)
            let mel = try MelSpectrogram(.fine).decibels(wave)
            #expect(arrays["mel"]?.shape == [mel.bands, mel.frames] && arrays["mel"]?.tensor.values == mel.values)
            let speech = try #require(VoiceActivity.speechRange(in: mel))
            #expect(arrays["speech"]?.integers == [speech.lowerBound, speech.upperBound] && speech.lowerBound > 0)
            #expect(arrays["has_speech"]?.integers == [1] && arrays["has_speech"]?.shape == [])
            let pictures = try VideoDecoder.sampled(of: .film(path: film.path, seconds: nil), count: 5)
            #expect(
                arrays["frame_index"]?.integers == pictures.map(\.index) && arrays["frame_time"]?.doubles == pictures.compactMap(\.seconds))
            #expect(arrays["frames"]?.type == .u8 && arrays["frames"]?.shape == [5, 32, 32, 3] && arrays["boxes"]?.shape == [5, 4])
            // Without weights: the centred square of half the shorter side, marked as such.
            #expect(arrays["boxes"]?.tensor.values == (0..<5).flatMap { _ in [32, 16, 32, 32] as [Float] })
            #expect(arrays["fallback"]?.integers == [1, 1, 1, 1, 1] && arrays["scores"]?.tensor.values == [0, 0, 0, 0, 0])
            #expect(arrays["landmarks"]?.shape == [5, 5, 2] && arrays["landmarks"]?.tensor.values.allSatisfy(\.isNaN) == true)
            let grey = pictures.map { $0.picture.pixels[3 * (32 * 96 + 48)] }
            let faces = [UInt8](try #require(arrays["frames"]).data)
            #expect((0..<5).allSatisfy { faces[$0 * 32 * 32 * 3] == grey[$0] })

            let settings = try Data(contentsOf: home.file("out/clip.json"))
            #expect(arrays["settings"]?.data == settings)
            let told = try JSON(String(decoding: settings, as: UTF8.self))
            #expect(
                told["settings"].string == "fine" && told["mel"]["hopLength"].int == 512
                    && told["pictures"]["detector"].string == "centred-square")
            #expect(told["sound"]["samples"].int == wave.samples.count && told["pictures"]["widths"].array.count == 5)
        }

        @Test("Sound alone, pictures alone, a still and a folder of stills have what they have; equal names are numbered")
        func parts() throws {
            let home = try Home()
            try Self.write(home.file("a/clip.wav"), pictures: false, codec: .pcm16)
            try Self.write(home.file("b/clip.mp4"), sound: false)
            let still = Array("P6\n8 6\n255\n".utf8) + [UInt8](repeating: 90, count: 144)
            try Data(still).write(to: home.file("clip.ppm"))
            try FileManager.default.createDirectory(at: home.file("clip"), withIntermediateDirectories: true)
            for i in 8...11 { try Data(still).write(to: home.file("clip/\(i).ppm")) }
            let result = try home.emolab(
                "features", "a/clip.wav", "b/clip.mp4", "clip.ppm", "clip", "--frames", "3", "--size", "16", "--output", "out", "--json")
            #expect(result.status == 0, "\(result.errors)")
            #expect(
                try result.json().map { ($0["output"].string ?? "").split(separator: "/").last ?? "" } == [
                    "clip.npz", "clip-2.npz", "clip-3.npz", "clip-4.npz",
                ])
            let files = try ["clip", "clip-2", "clip-3", "clip-4"].map { try Self.arrays(home.file("out/\($0).npz")) }
            #expect(
                files.map { $0["mel"] != nil } == [true, false, false, false]
                    && files.map { $0["frames"] != nil } == [false, true, true, true])
            #expect(files[0]["mel"]?.shape[0] == 128)
            #expect(files[2]["frame_index"]?.integers == [0, 0, 0] && files[3]["frame_index"]?.integers == [0, 1, 3])
            #expect(files[2]["frame_time"]?.doubles.allSatisfy(\.isNaN) == true)
        }

        @Test("What cannot be used is a reason of its own, the rest is done, and the exit code says so")
        func badFiles() throws {
            let home = try Home()
            try Self.write(home.file("good.wav"), pictures: false, codec: .pcm16)
            // A sound under a film's name is no mistake of the content.
            try FileManager.default.copyItem(at: home.file("good.wav"), to: home.file("wrong ending.mp4"))
            let whole = try Data(contentsOf: home.file("good.wav"))
            let evil = "evil\n\u{1b}[31m😀.wav"
            try whole.write(to: home.file(evil))
            try whole.prefix(whole.count / 3).write(to: home.file("cut.wav"))
            try Data().write(to: home.file("empty.mp4"))
            try home.write("text.mp4", "not a film")
            try FileManager.default.createDirectory(at: home.file("nothing in it"), withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(at: home.file("loop.mp4"), withDestinationURL: home.file("loop.mp4"))
            mkfifo(home.file("pipe.mp4").path, 0o600)
            let bad = [
                ("cut.wav", "truncated"), ("empty.mp4", "empty"), ("text.mp4", "not a sound or video file"),
                ("nothing in it", "without a picture"),
                ("loop.mp4", "symbolic links"), ("absent.mp4", "No such file"), ("pipe.mp4", "not a regular file"),
            ]
            let arguments = ["features", "good.wav", "wrong ending.mp4", evil] + bad.map(\.0) + ["--output", "out"]
            let result = try RunningProgram(arguments + ["--json"], in: home).finish()
            #expect(result.status == 1)
            let lines = try result.json()
            #expect(lines.map { $0["error"] == .null } == [true, true, true] + bad.map { _ in false })
            for (line, (name, reason)) in zip(lines.dropFirst(3), bad) {
                #expect(line["file"].string == name && line["error"].string?.contains(reason) == true, "\(line)")
            }
            #expect(FileManager.default.fileExists(atPath: home.file("out/evil\n\u{1b}[31m😀.npz").path))
            let text = try RunningProgram(arguments, in: home).finish()
            #expect(text.status == 1 && text.output.split(separator: "\n").count == 3)
            #expect(!text.output.contains("\u{1b}") && !text.errors.contains("\u{1b}"), "a file's name must not steer the terminal")
        }

        @Test("A file that may not be read is a reason")
        func noPermission() throws {
            let home = try Home()
            try Self.write(home.file("secret.wav"), pictures: false, codec: .pcm16)
            chmod(home.file("secret.wav").path, 0)
            try FileManager.default.createDirectory(at: home.file("out"), withIntermediateDirectories: true)
            chmod(home.file("out").path, 0o777)
            var words = ["features", "secret.wav", "--output", "out", "--json"], program = Program.path
            if geteuid() == 0 {
                // The superuser may read everything: nobody is to try, with a program of their own, since ours may lie in a closed folder.
                try FileManager.default.copyItem(atPath: Program.path, toPath: home.file("emolab").path)
                chmod(home.file("emolab").path, 0o755)
                words = ["--reuid", "65534", "--regid", "65534", "--clear-groups", home.file("emolab").path] + words
                program = "setpriv"
            }
            let result = try RunningProgram(words, of: program, in: home).finish()
            #expect(result.status == 1, "\(result.errors)")
            #expect(try result.lastJSON()["error"].string?.contains("Permission denied") == true)
        }

        @Test("Settings come from presets and experiments; what is none is refused with what there is")
        func settings() throws {
            let home = try Home()
            try Self.write(home.file("a.wav"), pictures: false, codec: .pcm16)
            for (name, bands) in [("printed", 128), ("zu", 128), ("fine", 128), ("emocatcher", 64)] {
                #expect(try home.emolab("features", "a.wav", "--settings", name, "--output", name).status == 0)
                #expect(try Self.arrays(home.file("\(name)/a.npz"))["mel"]?.shape[0] == bands)
            }
            #expect(try home.emolab("features", "a.wav", "--settings", "demo", "--output", "demo").status == 0)
            for arguments in [["--settings", "none"], ["--frames", "0"], ["--size", "4"]] {
                let result = try RunningProgram(["features", "a.wav", "--output", "o"] + arguments, in: home).finish()
                #expect(
                    result.status == 2 && (result.errors.hasPrefix("emolab: ") || result.errors.hasPrefix("Error: ")), "\(result.errors)")
            }
            #expect(try home.emolab("features", "--output", "o").status == 2)
            let blocked = try home.emolab("features", "a.wav", "--output", "a.wav/inside")
            #expect(blocked.status == 1 && blocked.errors.contains("cannot be made"))
        }
    }
}
