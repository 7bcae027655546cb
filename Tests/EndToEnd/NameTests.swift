// What a name may be, wherever a user gives one, and what else commands refuse or say of values.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct NameTests {
        static let wrong = ["", "  ", String(repeating: "n", count: 101), "a\u{7}b", "a\nb"]

        @Test("A corpus' name is not empty, not long, and holds neither slash nor control characters", arguments: wrong + ["a/b"])
        func corpora(_ name: String) throws {
            let home = try Home()
            let result = try home.emolab("corpora", "add", FaultLab.ground().corpora.appendingPathComponent("crowd").path, "--name", name)
            #expect(result.status == 2 && result.errors.contains("--name '"), "\(result.errors)")
            #expect(try home.json("corpora", "list", "--json").array.isEmpty)
        }

        @Test("So is a run's, which may be one of a family", arguments: wrong)
        func runs(_ name: String) throws {
            let home = try FaultLab.copy(of: FaultLab.ground().home)
            // As TOML writes it, since a text without quotes is trimmed.
            let text = "\"" + name.replacingOccurrences(of: "\u{7}", with: "\\u0007").replacingOccurrences(of: "\n", with: "\\n") + "\""
            let result = try home.emolab("train", "tiny.toml", "--set", "name=\(text)")
            #expect(result.status == 2 && result.errors.contains("'name' is"), "\(result.errors)")
            #expect(try home.json("runs", "list", "--json").array.isEmpty)
            try home.write("named.toml", "name = \(text)\n")
            let file = try home.emolab("train", "named.toml")
            #expect(file.status == 1 && file.errors.contains("'name' is"), "\(file.errors)")
        }

        @Test("So is a label space's, with the file that has it", arguments: ["a/b", "", "  "])
        func spaces(_ name: String) throws {
            let home = try Home()
            let path = try home.write("spaces.toml", "[spaces.\"\(name)\"]\nlabels = [\"anger\", \"sad\"]\n")
            let result = try home.emolab("labels", "show", path)
            #expect(result.status == 1 && result.errors.contains("spaces.toml") && result.errors.contains("the name '"), "\(result.errors)")
        }

        @Test("Values that begin with a minus are taken where they are valid, and refused in words where they are not")
        func minus() throws {
            let home = try FaultLab.copy(of: FaultLab.ground().finished)
            let levels = try home.json("robustness", "1", "--kinds", "white", "--levels", "-5", "--bootstrap", "0", "--json")
            #expect(levels["robustness"]["rows"][1]["corruption"]["level"].double == -5)
            #expect(try home.emolab("corpora", "split", "studio", "--share", "0.5", "--split-seed", "-1").status == 0)
            let forgotten = try home.emolab("robustness", "1", "--levels", "--json")
            #expect(forgotten.status == 2 && forgotten.errors.contains("Missing value for '--levels"), "\(forgotten.errors)")
            try FileManager.default.copyItem(at: home.data.appendingPathComponent("emolab"), to: home.file("-store"))
            #expect(try home.json("runs", "list", "--store", "-store", "--json").array.count == 1)
        }

        @Test("Levels of robustness are typed as the table prints them, and --json holds both values of both")
        func levels() throws {
            let home = try FaultLab.copy(of: FaultLab.ground().finished)
            let both = try home.json("robustness", "1", "--kinds", "both", "--levels", "10/3,20 / 1", "--bootstrap", "0", "--json")
            let rows = both["robustness"]["rows"].array.dropFirst().map { $0["corruption"] }
            #expect(rows.map { $0["noise"].double } == [10, 20] && rows.map { $0["level"].double } == [3, 1])
            let text = try home.emolab("robustness", "1", "--kinds", "dropped", "--levels", "2/8", "--bootstrap", "0")
            #expect(text.status == 0 && text.output.contains("2/8"), "\(text.errors)")
        }

        @Test("Seeds are different whole numbers", arguments: ["a,b", "1,1", "1,,2", "", "-1"])
        func seeds(_ seeds: String) throws {
            let result = try Home().emolab("train", "demo", "--seeds", seeds)
            #expect(result.status == 2 && result.errors.contains("--seeds takes different whole numbers"), "\(result.errors)")
        }

        @Test(
            "Overrides that no run can use are bad usage, also for a child and for a run that goes on",
            arguments: [
                ["train", "--parent", "1", "--set", "training.epochs=-1"], ["train", "--resume", "1", "--set", "training.epoch=9"],
                ["train", "--resume", "1", "--set", "model.preset=small"],
                ["train", "tiny.toml", "--set", "training.seeds=[1, 1]"],
            ])
        func overrides(_ words: [String]) throws {
            let result = try RunningProgram(words, in: FaultLab.copy(of: FaultLab.ground().finished)).finish()
            #expect(result.status == 2, "\(result.errors)")
        }

        @Test("Names that are mistyped are answered with names that there are, each sentence ended")
        func suggestions() throws {
            let home = try FaultLab.copy(of: FaultLab.ground().finished)
            let column = try home.emolab("eval", "1", "--by", "nosuch")
            #expect(column.status == 2 && column.errors.contains("column nosuch. There are: "), "\(column.errors)")
            #expect(try !home.emolab("labels", "show", "x").errors.contains("did you mean"))
            let key = try home.emolab("report", "--compare", "foo")
            #expect(key.status == 2 && !key.errors.contains("did you mean") && key.errors.contains("emolab train --keys"), "\(key.errors)")
            let report = try home.emolab("report")
            #expect(
                report.status == 1 && report.errors.contains("--compare") && report.errors.contains("report.table=mine"), "\(report.errors)"
            )
        }

        @Test("A named pipe in a folder counts among the files that cannot be used, and features says so as predict does")
        func pipes() throws {
            let home = try FaultLab.copy(of: FaultLab.ground().finished)
            try FileManager.default.createDirectory(at: home.file("films"), withIntermediateDirectories: true)
            try #require(mkfifo(home.file("films/pipe.mp4").path, 0o600) == 0)
            let result = try home.emolab("predict", "1", home.file("films").path, "--json")
            #expect(
                try result.status == 1 && result.errors.contains("emolab: 1 of 1 file cannot be used")
                    && result.lastJSON()["error"].string != nil, "\(result.errors)")
            let features = try home.emolab("features", "nowhere.mp4", "--output", "out")
            #expect(features.status == 1 && features.errors.contains("emolab: 1 of 1 file cannot be used"), "\(features.errors)")
        }

        @Test("EMOLAB_MTCNN may be a relative path, and an empty one is none")
        func weightsPath() throws {
            let home = try Home()
            try home.write("my.safetensors", "not weights")
            let named = try home.emolab("weights", "--json", environment: ["EMOLAB_MTCNN": "my.safetensors"])
            #expect(try named.status == 1 && named.lastJSON()[0]["path"].string == home.file("my.safetensors").path, "\(named.output)")
            let none = try home.emolab("weights", "--json", environment: ["EMOLAB_MTCNN": ""])
            #expect(try none.lastJSON()[0]["path"].string?.hasSuffix("emolab/weights/mtcnn.safetensors") == true)
        }

        @Test("make alone prints the targets and makes nothing")
        func plainMake() throws {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let result = try RunningProgram(["-C", root.path], of: "make", in: Home()).finish()
            #expect(
                result.status == 0 && result.output.contains("make demo") && result.output.contains("make test")
                    && !result.output.contains("swift build"), "\(result.output)")
        }
    }
}
