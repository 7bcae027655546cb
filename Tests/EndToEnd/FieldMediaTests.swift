// What is odd about files that people bring reaches them, whichever command they use.
import Foundation
import Media
import Testing

extension EndToEnd {
    @Suite(.serialized) struct FieldMediaTests {
        private static func write(_ url: URL, opposite: Bool = false, silent: Bool = false) throws {
            let writer = try MediaWriter(url: url, video: nil, audio: AudioEncoding(codec: .pcm16, rate: 16_000, channels: 2))
            try writer.append(
                (0..<24_000).flatMap { i -> [Float] in
                    let sample = silent || i < 6000 || i > 18_000 ? 0 : Float(0.4 * sin(Double(i) * 0.1))
                    return [sample, opposite ? -sample : sample]
                })
            try writer.finish()
        }

        @Test(
            "Channels that cancel are told by features, corpora check, prepare and predict, in words and as JSON; clips without speech are named"
        )
        func warnings() throws {
            let home = try PredictTests.homeWithRun()
            try FileManager.default.createDirectory(at: home.file("field"), withIntermediateDirectories: true)
            for (name, opposite, silent) in [("good", false, false), ("odd", true, false), ("mute", false, true)] {
                try Self.write(home.file("field/\(name).wav"), opposite: opposite, silent: silent)
            }
            try home.write("field/clips.csv", "path,label,speaker\ngood.wav,happy,a\nodd.wav,sad,b\nmute.wav,anger,c\n")
            let files = ["good", "odd"].map { home.file("field/\($0).wav").path }
            func run(_ arguments: [String]) throws -> Program.Result { try RunningProgram(arguments, in: home).finish() }
            let features = try run(["features"] + files + ["--output", home.file("out").path, "--json"])
            #expect(try features.json().map { $0["warnings"].array.count } == [0, 1])
            #expect(try run(["features"] + files + ["--output", home.file("out").path]).errors.contains("odd.wav: its channels cancel"))

            _ = try home.json("corpora", "add", home.file("field").path, "--name", "field", "--json")
            let check = try home.emolab("corpora", "check", "field", "--json")
            #expect(check.status == 1)
            let remarks = try check.lastJSON()["corpora"].array.first?["remarks"].array ?? []
            #expect(Set(remarks.compactMap { $0["clip"].string }) == ["odd", "mute"] && remarks.contains { $0["kind"].string == "silent" })
            let shown = try home.emolab("corpora", "check", "field")
            #expect(shown.output.contains("odd: its channels cancel") && shown.output.contains("mute: its sound is silent"))

            let prepared = try home.json("prepare", "field", "--experiment", "demo-audio-only", "--json")
            #expect(prepared["remarks"].array.map { $0["clip"].string } == ["odd"])
            #expect(prepared["speechless"].array.contains { $0.string == "mute" })
            let again = try home.emolab("prepare", "field", "--experiment", "demo-audio-only")
            #expect(again.output.contains("field/odd: its channels cancel") && again.output.contains("field/mute: no speech found"))

            // The run hears and sees: the film's sound is opposite too.
            let film = home.file("film.mp4")
            let writer = try MediaWriter(
                url: film, video: VideoEncoding(codec: .mpeg4, width: 96, height: 64, frameRate: FrameRate(20)),
                audio: AudioEncoding(codec: .aac, rate: 22_050, channels: 2, bitRate: 128_000))
            for frame in 0..<40 { try writer.append(Picture(width: 96, height: 64, red: UInt8(5 * frame), green: 90, blue: 60)) }
            try writer.append(
                (0..<44_100).flatMap { i -> [Float] in [Float(0.4 * sin(Double(i) * 0.06)), -Float(0.4 * sin(Double(i) * 0.06))] })
            try writer.finish()
            for options in [[], ["--windows", "1"]] as [[String]] {
                let answer = try run(["predict", "1", film.path, "--json"] + options).lastJSON()
                #expect(answer["warnings"].array.contains { $0.string?.contains("channels cancel") == true }, "\(answer)")
                #expect(try run(["predict", "1", film.path] + options).errors.contains("film.mp4: its channels cancel"))
            }
        }

        @Test("A run of pictures alone keeps clips whose sound is damaged, with a word; one that hears loses them with the reason")
        func damagedSound() throws {
            let home = try Home()
            let film = home.file("field/film.mp4")
            try PredictTests.write(film, seconds: 1)
            try home.write("field/text.wav", "this is no sound")
            try home.write("field/clips.csv", "name,path,audio,label,speaker\na,film.mp4,text.wav,happy,a\nb,film.mp4,film.mp4,sad,b\n")
            _ = try home.json("corpora", "add", home.file("field").path, "--name", "field", "--json")
            let seen = try home.emolab("prepare", "field", "--experiment", "demo-video-only", "--json")
            let summary = try seen.lastJSON()
            #expect(seen.status == 0 && summary["prepared"].int == 2 && summary["remarks"].array.first?["clip"].string == "a", "\(summary)")
            let heard = try home.emolab("prepare", "field", "--experiment", "demo", "--json")
            #expect(heard.status == 1)
            #expect(try heard.lastJSON()["damaged"].array.first?["reason"].string?.contains("text.wav") == true)
        }
    }
}
