// `emolab predict` as a script would use it: any files in, an answer or a reason for each out.
import Analysis
import Foundation
import Media
import Records
import Runs
import Store
import Systems
import Testing
import Training

extension EndToEnd {
    @Suite(.serialized) struct PredictTests {
        /// A film of so many seconds: something moves, and a tone glides between silences.
        static func write(_ url: URL, seconds: Double, pictures: Bool = true, sound: Bool = true) throws {
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            let writer = try MediaWriter(
                url: url, video: pictures ? VideoEncoding(codec: .mpeg4, width: 96, height: 64, frameRate: FrameRate(20)) : nil,
                audio: sound ? AudioEncoding(rate: 22_050) : nil)
            if pictures {
                for frame in 0..<Int(seconds * 20) {
                    let grey = UInt8(frame * 7 % 200)
                    try writer.append(Picture(width: 96, height: 64, red: grey, green: 90, blue: 200 - grey))
                }
            }
            if sound {
                try writer.append(
                    (0..<Int(seconds * 22_050)).map { i in
                        let t = Double(i) / 22_050
                        return t.truncatingRemainder(dividingBy: 2) > 0.5 ? Float(0.4 * sin(2 * .pi * (200 + 40 * t) * t)) : 0
                    })
            }
            try writer.finish()
        }

        /// A copy of the home of the first demo run, which may be written to: its run is number 1.
        static func homeWithRun() throws -> Home {
            let home = try Demo.newHome()
            try FileManager.default.copyItem(at: Demo.firstRun().finished, to: home.data)
            return home
        }

        @Test("Of a run's own clips, predict says what the run's evaluation said")
        func sameAsEvaluation() throws {
            let home = try Self.homeWithRun()
            let store = try RunStore(at: home.store)
            let told = try #require(try store.bestAnswers(run: 1)).answers
            let labels = try TrainedModel(store.model(named: "1").weights, systems: Systems.all).labels
            for (domain, corpus) in [(Domain.source, "studio"), (.target, "crowd")] {
                let some = told.filter { $0.sample.part.domain == domain }.prefix(2)
                #expect(some.count == 2)
                for one in some {
                    let clip = try #require(try store.clip(corpus: corpus, name: one.sample.clip))
                    guard let file = clip.video, clip.video == clip.audio else { continue }
                    let line = try home.json("predict", "1", file, "--json")
                    #expect(line["error"] == .null && line["file"].string == file && line["frames"].int == 8)
                    let probabilities = labels.map { line["probabilities"][$0].double ?? .nan }
                    let outputs = try #require(one.outputs["emotion"]), best = try #require(outputs.mostProbable)
                    #expect(zip(probabilities, outputs).allSatisfy { abs($0 - Double($1)) < 1e-6 }, "\(one.sample.clip)")
                    #expect(line["probability"].double == probabilities[best])
                }
            }
        }

        @Test("A folder is gone through; damaged files are named with their reason, the rest is answered, and the exit code says so")
        func folder() throws {
            let home = try Self.homeWithRun()
            try Self.write(home.file("clips/a.mp4"), seconds: 2)
            try Self.write(home.file("clips/inner/silent.mkv"), seconds: 2, sound: false)
            try Self.write(home.file("clips/inner/sound.m4a"), seconds: 2, pictures: false)
            let bytes = try Data(contentsOf: home.file("clips/a.mp4"))
            try bytes.prefix(bytes.count / 2).write(to: home.file("clips/cut.mp4"))
            try home.write("clips/text.mp4", "no film")
            try home.write("clips/notes.txt", "left out")
            let result = try home.emolab("predict", "run:1", "clips", "absent.mp4", "evil\u{1b}[31m.mp4", "--json", "--csv", "out.csv")
            #expect(
                result.status == 1 && result.errors.contains("5 of 6 files cannot be used")
                    && result.errors.contains("1 sound file left out"), "\(result.errors)")
            let lines = try result.json()
            #expect(
                lines.map { ($0["file"].string ?? "").components(separatedBy: "/").last } == [
                    "a.mp4", "cut.mp4", "silent.mkv", "text.mp4", "absent.mp4", "evil\u{1b}[31m.mp4",
                ])
            #expect(lines.map { $0["error"] == .null } == [true, false, false, false, false, false])
            #expect(lines[2]["error"].string?.contains("needs sound and pictures") == true)
            // Advice is of what this command can do.
            let sound = try home.emolab("predict", "1", "clips/inner/sound.m4a", "clips/inner/silent.mkv", "--json")
            let reasons = try sound.json().map { $0["error"].string ?? "" }
            #expect(sound.status == 1 && reasons.count == 2)
            for (reason, (lacking, other)) in zip(reasons, [("video", "audio"), ("audio", "video")]) {
                #expect(
                    reason.contains(
                        "has no \(lacking) stream, and this model needs sound and pictures. Give a film that has both, or ask a run of model.modalities = \"\(other)\""
                    ))
                #expect(!reason.contains("use it as"))
            }
            let answer = lines[0]
            #expect(abs((answer["probabilities"].keys.compactMap { answer["probabilities"][$0].double }.reduce(0, +)) - 1) < 1e-5)
            #expect(answer["probabilities"][answer["prediction"].string ?? ""] == answer["probability"])
            let rows = try String(contentsOf: home.file("out.csv"), encoding: .utf8).components(separatedBy: "\r\n").dropLast()
            #expect(rows.count == 7 && rows.first?.hasPrefix("file,start,end,prediction,probability,p_") == true)
            #expect(rows[1].contains(answer["prediction"].string ?? "?") && rows[2].contains("truncated"))

            let table = try home.emolab("predict", "1", "clips/a.mp4", "evil\u{1b}[31m.mp4")
            #expect(
                table.status == 1 && table.lines.count == 2 && table.lines[1].hasPrefix("a.mp4")
                    && !(table.output + table.errors).contains("\u{1b}"))
        }

        @Test("A window slides over a long film; the last one is as short as the rest, and one whole window is the whole clip")
        func windows() throws {
            let home = try Self.homeWithRun()
            try Self.write(home.file("long.mp4"), seconds: 7.4)
            let line = try home.json("predict", "1", "long.mp4", "--windows", "3", "--json")
            let windows = line["windows"].array
            #expect(
                windows.map { $0["start"].double } == [0, 1, 2, 3, 4, 5] && windows.prefix(5).map { $0["end"].double } == [3, 4, 5, 6, 7])
            #expect(abs((windows.last?["end"].double ?? 0) - 7.4) < 0.1)
            for window in windows {
                let sum = window["probabilities"].keys.compactMap { window["probabilities"][$0].double }.reduce(0, +)
                #expect(abs(sum - 1) < 1e-5 && window["frames"].int == 8)
            }
            let csv = try home.emolab("predict", "1", "long.mp4", "--windows", "3", "--hop", "2", "--csv", "w.csv")
            #expect(csv.status == 0 && csv.lines.count == 5, "\(csv.output)")
            #expect(try String(contentsOf: home.file("w.csv"), encoding: .utf8).components(separatedBy: "\r\n").count == 6)

            try Self.write(home.file("short.mp4"), seconds: 2)
            let whole = try home.json("predict", "1", "short.mp4", "--json"),
                window = try home.json("predict", "1", "short.mp4", "--windows", "4", "--json")["windows"]
            #expect(window.array.count == 1)
            for label in whole["probabilities"].keys {
                // The sound's coder adds some milliseconds, of which the window has those that have pictures.
                #expect(abs((whole["probabilities"][label].double ?? 0) - (window[0]["probabilities"][label].double ?? 1)) < 0.05)
            }
        }

        @Test("Weights answer without a store, in bf16 and on one thread too; --timing tells the stages")
        func weights() throws {
            let home = try Self.homeWithRun()
            let store = try RunStore(at: home.store)
            try FileManager.default.copyItem(at: store.model(named: "1").weights, to: home.file("model.safetensors"))
            try FileManager.default.removeItem(at: home.data)
            try Self.write(home.file("a.mp4"), seconds: 2)
            let exact = try home.json("predict", "model.safetensors", "a.mp4", "--json", "--threads", "1")
            let near = try home.json("predict", "model.safetensors", "a.mp4", "--json", "--precision", "bf16", "--timing")
            for label in exact["probabilities"].keys {
                #expect(abs((exact["probabilities"][label].double ?? 0) - (near["probabilities"][label].double ?? 9)) < 0.05)
            }
            #expect(near["timing"].array.count == 5 && near["timing"][0].keys == ["total", "decode", "faces", "sound", "model"])
            #expect(near["timing"].array.allSatisfy { $0["total"].double ?? 0 > $0["model"].double ?? 1 })
            #expect(!FileManager.default.fileExists(atPath: home.store.path), "a weights file needs no store")
            let text = try home.emolab("predict", "model.safetensors", "a.mp4", "--timing")
            #expect(text.status == 0 && text.output.contains("milliseconds"))
        }

        @Test("What names no model, no file or no window is refused with words")
        func refused() throws {
            let home = try Self.homeWithRun()
            for (arguments, status, words) in [
                (["99", "a.mp4"], 1, "there is no run 99"), (["nothing", "a.mp4"], 1, "emolab runs list"), (["1"], 2, "<file>"),
                (["1", "a.mp4", "--windows", "0"], 2, "windows of"), (["1", "a.mp4", "--windows", "100"], 2, "windows of"),
                (["1", "a.mp4", "--threads", "0"], 2, "--threads"), (["1", "a.mp4", "--precision", "f16"], 2, "f16"),
                (["1", "a.mp4", "--timing", "--hop", "1"], 2, "--timing"),
                (["1", "a.mp4", "--csv", "no/such/folder.csv"], 1, "cannot be written"),
            ] as [([String], Int32, String)] {
                let result = try RunningProgram(["predict"] + arguments, in: home).finish()
                #expect(result.status == status && result.errors.contains(words), "\(arguments): \(result.status) \(result.errors)")
            }
            try home.write("notes.txt", "no weights")
            let none = try home.emolab("predict", "notes.txt", "a.mp4")
            #expect(none.status == 1 && none.errors.contains("notes.txt"))
            try FileManager.default.createDirectory(at: home.file("empty"), withIntermediateDirectories: true)
            let empty = try home.emolab("predict", "1", "empty", "--json")
            #expect(empty.status == 1)
            #expect(try empty.lastJSON()["error"].string?.contains("there is no film") == true)
        }
    }
}
