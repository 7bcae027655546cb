// Corpora on the command line: tables, checks, splits and label spaces as docs/corpora.md and docs/splits.md show them.
import Foundation
import Media
import Testing

extension EndToEnd {
    @Suite(.serialized) struct CorporaCommandTests {
        private static let docs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .appendingPathComponent("docs")

        /// The first fenced block of a kind in docs/corpora.md.
        private static func block(_ kind: String) throws -> String {
            let text = try String(contentsOf: docs.appendingPathComponent("corpora.md"), encoding: .utf8)
            let start = try #require(text.range(of: "```\(kind)\n"))
            return String(text[start.upperBound...].prefix(upTo: try #require(text[start.upperBound...].range(of: "```")).lowerBound))
        }

        private static func write(_ file: URL, seconds: Double, pitch: Double, pictures: Bool = true) throws {
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            let writer = try MediaWriter(
                url: file, video: pictures ? VideoEncoding(width: 64, height: 64, frameRate: FrameRate(10), allowsSubstitute: true) : nil,
                audio: AudioEncoding(codec: pictures ? .aac : .pcm16, rate: 16_000))
            if pictures {
                for frame in 0..<Int(seconds * 10) {
                    var picture = Picture(width: 64, height: 64, red: 90, green: 120, blue: 150)
                    for i in 0..<64 * 20 { picture.pixels[3 * (i + 64 * (frame % 40))] = 250 }
                    try writer.append(picture)
                }
            }
            let sound = (0..<Int(seconds * 16_000)).map { i -> Float in
                let time = Double(i) / 16_000
                return 0.4 * Float(sin(2 * Double.pi * pitch * time * (1 + time / 12)))
            }
            try writer.append(sound)
            try writer.finish()
        }

        @Test("The tables shown in the docs come in, in either form, and a bad row is told with its line")
        func tables() throws {
            let home = try Home()
            try Self.write(home.file("ours/session1.mp4"), seconds: 7, pitch: 220)
            try Self.write(home.file("ours/voices/ben-07.wav"), seconds: 2, pitch: 330, pictures: false)
            let table = try home.write("ours/clips.csv", Self.block("csv") + "nowhere.mp4,sad,ben,,,,\n")
            let added = try home.json("corpora", "add", table, "--json")
            #expect(
                added["name"].string == "ours" && added["format"].string == "table" && added["clips"].int == 3 && added["speakers"].int == 2
            )
            #expect(added["rejected"].array.map { $0["path"].string } == [table + ":5"])
            let listed = try home.json("corpora", "list", "ours", "--json")["clips"].array
            #expect(listed.map { $0["name"].string } == ["session1@1.5-4", "session1@4-6.25", "voices/ben-07"])
            #expect(listed[0]["start"].double == 1.5 && listed[0]["part"].string == "train" && listed[2]["part"].string == "test")
            try home.write("ours/lines.jsonl", Self.block("jsonl"))
            let lines = try home.json("corpora", "add", home.file("ours/lines.jsonl").path, "--json")
            #expect(lines["name"].string == "lines" && lines["clips"].int == 3 && lines["rejected"].array.isEmpty)

            let checked = try home.emolab("corpora", "check", "ours", "lines", "--deep", "--labels", "six", "--json")
            // The same three clips are in both.
            let report = try checked.lastJSON()
            #expect(checked.status == 1 && report["isComplete"].bool == true && report["duplicates"].array.count >= 3)
            let corpus = try #require(report["corpora"].array.first)
            #expect(
                corpus["problems"].array.isEmpty && corpus["labels"]["unmapped"].keys.isEmpty
                    && corpus["sides"].array.first?["text"].string == "official parts")
            let text = try home.emolab("corpora", "check", "ours", "--split", "leave-one-out", "--fold", "2", "--quick")
            #expect(
                text.status == 1 && text.output.contains("speaker ben left out (2 of 2) validates") && text.output.contains("clips.csv:5"))
            #expect(text.output.contains("those of its clips are there and readable") && !text.output.contains("all there"))
        }

        @Test("A check that finds a missing file, a label without a place and a shared speaker ends with 1 and names them")
        func check() throws {
            let home = try Home()
            try Self.write(home.file("x/a.mp4"), seconds: 2, pitch: 220)
            try Self.write(home.file("x/b.mp4"), seconds: 2, pitch: 440)
            try home.write("x/clips.csv", "path,label,speaker,split\na.mp4,sad,ann,train\nb.mp4,bored,ann,val\n")
            _ = try home.json("corpora", "add", home.file("x").path, "--json")
            try FileManager.default.removeItem(at: home.file("x/b.mp4"))
            let result = try home.emolab("corpora", "check", "x", "--labels", "six", "--quick")
            #expect(result.status == 1)
            for words in [
                "b: missing: there is no file", "no place for bored (1)", "1 speaker on more than one side: ann", "no clip is anger",
            ] {
                #expect(result.output.contains(words), "\(words): \(result.output)")
            }
            #expect(try home.emolab("corpora", "check", "x", "--deep", "--quick").status == 2)
            #expect(try home.emolab("corpora", "check").status == 2)
            #expect(try home.emolab("corpora", "check", "nobody").status == 1)
            let name = try home.emolab("corpora", "check", "x", "--labels", "sixx")
            #expect(name.status == 1 && name.errors.contains("did you mean six?"))
        }

        @Test("The split that is shown is the split of the run: same hash, and every clip's side is in the store")
        func split() throws {
            let home = try Demo.homeWithCorpora()
            let shown = try home.json(
                "corpora", "split", "studio", "--rule", "folds", "--fold-rule", "pairs", "--fold", "2", "--members", "--json")
            #expect(shown["text"].string == "fold 2 of 2 (03, 04) validates" && shown["audit"]["sharedSpeakers"].array.isEmpty)
            let again = try home.json(
                "corpora", "split", "studio", "--rule", "folds", "--fold-rule", "pairs", "--fold", "2", "--split-seed", "9", "--json")
            #expect(again["hash"].string == shown["hash"].string, "pairs have no chance in them")
            let run = try home.emolab(
                "train", "demo-source-only", "--json", "--set", "training.epochs=1", "--set", "data.target=", "--set", "data.split=folds",
                "--set", "data.fold_rule=pairs", "--set", "data.fold=2")
            #expect(run.status == 0, "\(run.errors)")
            let plan = try #require(try run.json().first { $0["event"].string == "started" })["plan"]
            #expect(plan["splitHash"].string == shown["hash"].string && plan["split"].string == shown["text"].string)
            #expect(plan["samples"]["sourceValidation"].int == shown["members"]["validation"].array.count)

            let bad = try home.emolab("corpora", "split", "studio", "--rule", "folds", "--fold-rule", "pairs", "--fold", "3")
            #expect(bad.status == 1 && bad.errors.contains("there is no fold 3: the rule makes folds 1 to 2"))
            let random = try home.emolab("corpora", "split", "studio", "--rule", "random")
            #expect(random.status == 0 && random.output.contains("speakers on more than one side"))
            #expect(try home.emolab("corpora", "split", "studio", "--rule", "rondom").status == 2)
            #expect(
                try home.emolab("corpora", "split", "studio", "--rule", "official").errors.contains(
                    "has no official train and no validation part"))
        }

        @Test("Label spaces are listed and shown, the user's own among them")
        func labels() throws {
            let home = try Home()
            try home.write("config/emolab/labels/mine.toml", Self.block("toml"))
            let all = try home.json("labels", "list", "--json").array
            #expect(all.compactMap { $0["name"].string }.suffix(2) == ["polarity", "tired"] && all.count > 8)
            #expect(all.last?["file"].string?.hasSuffix("mine.toml") == true)
            let shown = try home.json("labels", "show", "polarity", "--json")
            #expect(shown["labels"].array.first?["words"].array.compactMap(\.string).contains("angry") == true)
            let text = try home.emolab("labels", "show", "L7")
            #expect(text.status == 0 && text.output.contains("fer7 (also fer2013, L7)") && text.output.contains("surprise, surprised"))
            let wrong = try home.emolab("labels", "show", "tierd")
            #expect(wrong.status == 1 && wrong.errors.contains("did you mean tired?"))
            try home.write("config/emolab/labels/wrong.toml", "[spaces.a]\nlabels = [\"sad\", \"hapy\"]\n")
            let broken = try home.emolab("labels", "list")
            #expect(
                broken.status == 0 && broken.errors.contains("wrong.toml, line 1: a names hapy")
                    && broken.errors.contains("did you mean happy?"))
        }

        @Test("A check is stopped by Ctrl+C and says that it is not complete")
        func interrupted() throws {
            let home = try Demo.newHome()
            _ = try home.json("corpora", "add", Demo.firstRun().corpora.appendingPathComponent("studio").path, "--json")
            let program = try home.start("corpora", "check", "studio", "--deep", "--json")
            // Whether it has begun by then or is over already, it must end in order.
            Thread.sleep(forTimeInterval: 0.3)
            program.send(SIGINT)
            let result = try program.finish()
            #expect([0, 1, 130, -SIGINT].contains(result.status))
            if result.status == 130 { #expect(try result.lastJSON()["isComplete"].bool == false) }
        }
    }
}
