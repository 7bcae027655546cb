// What a mistake costs: one line on standard error that says what, where and what to do, and the right exit code.
import Foundation
import Records
import Runs
import Store
import Testing

extension EndToEnd {
    @Suite(.serialized) struct BadUsageTests {
        /// Arguments, the exit code, and what the error has to say.
        struct Mistake: Sendable, CustomTestStringConvertible {
            var arguments: [String]
            var status: Int32
            var words: [String]
            var testDescription: String { arguments.joined(separator: " ") }

            init(_ arguments: String, _ status: Int32, _ words: String...) {
                self.arguments = arguments.split(separator: " ").map(String.init)
                self.status = status
                self.words = words
            }
        }

        static let mistakes = [
            Mistake("--frobnicate", 2, "--frobnicate"),
            Mistake("frobnicate", 2, "'emolab' has no command frobnicate", "emolab --help"),
            Mistake("trian demo", 2, "no command trian, did you mean train?"),
            Mistake("runs shwo 3", 2, "'emolab runs' has no command shwo, did you mean show?"),
            Mistake("train", 2, "experiment"),
            Mistake("bench --runs 0", 2, "1 to 10000"),
            Mistake("--once nowhere", 2, "there is no pane nowhere", "corpora, train"),
            Mistake("--once train --size 80", 2, "80x24"),
            Mistake("--once train --size 0x24", 2, "80x24"),
            Mistake("--colors many", 2, "auto, none, 8, 16, 256 or 24bit"),
            Mistake("--glyphs runes", 2, "braille"),
            Mistake("--once train --output frame.docx", 2, "frame.docx", ".svg"),
            Mistake("--output frame.png", 2, "--output goes with --once"),
            Mistake("--record -", 2, "--record takes a file"),
            Mistake("--record /dev/stdout", 2, "--record takes a file"),
            Mistake("--once train --record keys.txt", 2, "--record and --once exclude each other"),
            Mistake("demo --json", 2, "--json goes with --headless"),
            Mistake("demo --headless --once train", 2, "--headless and --once exclude each other"),
            Mistake("report --compare seeds", 2, "training.seeds", "are one row"),
            Mistake("corpora split studio --rule folds --folds 4 --fold 5", 2, "--fold takes 1 to 4"),
            Mistake("corpora check studio --split folds --folds 4 --fold 5", 2, "--fold takes 1 to 4"),
            Mistake("runs order 1 dance", 2, "pause, resume, stop, or set KEY VALUE"),
            Mistake("runs show seven", 2, "seven"),
            Mistake("corpora add . --format vhs", 2, "ravdess, crema-d"),
            Mistake("train demo --set epochs", 2, "section.key=value"),
            Mistake("train demo --seeds many", 2, "--seeds", "42,123", "'many'"),
            Mistake("train missing.toml", 1, "missing.toml", "cannot be read"),
            Mistake("train zu-dann/midle", 1, "zu-dann/midle", "did you mean zu-dann/middle?"),
            Mistake("train demo", 1, "no corpus named studio", "emolab corpora list"),
            Mistake("prepare studio", 1, "no corpus named studio"),
            Mistake("corpora list studio", 1, "no corpus named studio"),
            Mistake("corpora remove studio", 1, "no corpus named studio"),
            Mistake("corpora add nowhere", 1, "no folder at", "nowhere"),
            Mistake("runs show 7", 1, "there is no run 7"),
            Mistake("runs order 7 pause", 1, "there is no run 7"),
            Mistake("corpora make-demo made --actors 0", 2, "1 to 91"),
            Mistake("corpora make-demo made --size 63", 2, "an even number"),
        ]

        @Test("A mistake ends with its exit code, words that help, and nothing on standard output", arguments: mistakes)
        func mistake(_ mistake: Mistake) throws {
            let home = try Home()
            // An empty store: without one, that is what is said.
            _ = try RunStore(at: home.store)
            let result = try RunningProgram(mistake.arguments, in: home).finish()
            #expect(result.status == mistake.status, "\(result.errors)")
            for word in mistake.words { #expect(result.errors.contains(word), "\(result.errors)") }
            #expect(result.output == "")
            #expect(!result.errors.contains("Error Domain=") && !result.errors.contains("Fatal error"))
        }

        @Test(
            "A wrong experiment file is refused with line and key, and with the nearest name that there is",
            arguments: [
                ("[training]\nepoch = 3\n", ["line 2", "training.epoch", "did you mean 'training.epochs'"]),
                ("name = \"x\"\n[adaptation]\nmethod = \"dan\"\n", ["line 3", "adaptation.method", "did you mean 'dann'"]),
                ("[training]\n\nepochs = \"many\"\n", ["line 3", "training.epochs", "whole number"]),
                ("[training\nepochs = 3\n", ["line 1", "not valid TOML"]),
                ("[training]\nepochs = -1\n", ["line 2", "training.epochs", "-1"]),
            ])
        func wrongExperiment(text: String, words: [String]) throws {
            let home = try Home()
            let path = try home.write("my experiment.toml", text)
            let result = try home.emolab("train", path)
            #expect(result.status == 1 || result.status == 2)
            for word in words + ["my experiment.toml"] { #expect(result.errors.contains(word), "\(result.errors)") }
            #expect(result.output == "")
            // A mistake costs nothing: no run was made.
            #expect(try home.json("runs", "list", "--json").array.isEmpty)
        }

        @Test("A folder named as a built-in experiment does not stand in its way")
        func folderNamedDemo() throws {
            let home = try Home()
            try FileManager.default.createDirectory(at: home.file("demo"), withIntermediateDirectories: true)
            let result = try home.emolab("train", "demo")
            #expect(result.errors.contains("no corpus named studio"))
        }

        @Test("A text file is no store: it is refused and stays as it is")
        func textFileAsStore() throws {
            let home = try Home()
            let text = String(repeating: "my notes, by no means a database\n", count: 100)
            let path = try home.write("notes.txt", text)
            for arguments in [["runs", "list"], ["corpora", "list"], ["train", "demo"], ["--once", "train"]] {
                let result = try RunningProgram(arguments + ["--store", path], in: home).finish()
                #expect(result.status == 1 && result.errors.contains("is not a store of emolab") && result.errors.contains("--store"))
            }
            #expect(try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8) == text)
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.folder.path).filter { $0.hasPrefix("notes") } == ["notes.txt"])
            let doctor = try home.emolab("doctor", "--json", "--store", path)
            let finding = try #require(try doctor.lastJSON().array.first { $0["what"].string == "store" })
            #expect(doctor.status == 1 && finding["advice"].string?.contains("is not a store of emolab") == true)
        }

        @Test("A folder that cannot be written is named, whatever wanted to write there")
        func unwritable() throws {
            let home = try Home()
            // Nobody can make files in /proc, not even root, who may write everywhere else.
            let place = geteuid() == 0 ? URL(fileURLWithPath: "/proc") : home.file("locked")
            if geteuid() != 0 {
                try FileManager.default.createDirectory(
                    at: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o500])
            }
            let folder = place.appendingPathComponent("emolab").path
            for arguments in [
                ["runs", "list", "--store", folder + "/"], ["corpora", "make-demo", folder], ["demo", "--headless", "--folder", folder],
            ] {
                let result = try RunningProgram(arguments, in: home).finish()
                #expect(result.status == 1 && result.errors.contains(place.path), "\(arguments): \(result.errors)")
                #expect(!result.errors.contains("Error Domain=") && result.output == "")
            }
        }

        @Test("Demo corpora are not made in a folder that holds something else, nor over others")
        func occupiedFolder() throws {
            let home = try Home()
            try home.write("mine/letter.txt", "dear")
            let foreign = try home.emolab("corpora", "make-demo", home.file("mine").path)
            #expect(foreign.status == 1 && foreign.errors.contains("is not empty and holds no demo corpora"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.file("mine").path) == ["letter.txt"])
            let other = try home.emolab("corpora", "make-demo", Demo.firstRun().corpora.path, "--actors", "5")
            #expect(other.status == 1 && other.errors.contains("other settings"))
        }

        @Test("Without a terminal the workbench says so and what to use instead", arguments: [[], ["workbench"], ["demo"]])
        func noTerminal(arguments: [String]) throws {
            let home = try Home()
            let result = try RunningProgram(arguments, in: home).finish()
            #expect(result.status == 1 && result.output == "")
            #expect(result.errors.contains("needs a terminal") && result.errors.contains("--once train"))
            // Nothing was made that nobody can watch.
            #expect(!FileManager.default.fileExists(atPath: home.data.appendingPathComponent("emolab/demo").path))
        }
    }
}
