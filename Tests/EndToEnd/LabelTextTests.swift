// A user's label space whose labels are any text: from the file to the answers.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct LabelTextTests {
        @Test("Labels with commas, quotes and line ends go through training, resuming and predicting as they are")
        func anyText() throws {
            let ground = try FaultLab.ground()
            let home = try FaultLab.copy(of: ground.home)
            let labels = ["anger, \"hot\"", "low\nmood", "the, rest"]
            let file = try home.write(
                "odd.toml",
                #"""
                [spaces.odd]
                labels = ["anger, \"hot\"", "low\nmood", "the, rest"]
                merges = { anger = "anger, \"hot\"", disgust = "anger, \"hot\"", sad = "low\nmood", fear = "low\nmood", neutral = "the, rest", happy = "the, rest", surprised = "the, rest", calm = "the, rest" }

                """#)
            let experiment = try String(contentsOf: home.file("tiny.toml"), encoding: .utf8)
            try home.write("tiny.toml", experiment.replacingOccurrences(of: "labels = \"six\"", with: "labels = \"\(file)\""))
            let trained = try home.emolab("train", "tiny.toml", "--json")
            #expect(trained.status == 0, "\(trained.errors.suffix(300))")
            let resumed = try home.emolab("train", "--resume", "1", "--set", "training.epochs=4", "--json")
            #expect(resumed.status == 0, "\(resumed.errors.suffix(300))")
            let names = FileManager.default.subpaths(atPath: ground.corpora.path) ?? []
            let film = ground.corpora.appendingPathComponent(
                try #require(names.sorted().first { $0.hasPrefix("crowd") && ($0.hasSuffix(".flv") || $0.hasSuffix(".mp4")) })
            ).path
            let answer = try home.emolab("predict", "1", film, "--json", "--csv", "out.csv")
            #expect(answer.status == 0, "\(answer.errors.suffix(300))")
            let line = try answer.lastJSON()
            #expect(line["probabilities"].keys.sorted() == labels.sorted() && labels.contains(line["prediction"].string ?? ""))
            let table = try String(contentsOf: home.file("out.csv"), encoding: .utf8)
            #expect(
                table.hasPrefix("file,start,end,prediction,probability,\"p_anger, \"\"hot\"\"\",\"p_low\nmood\",\"p_the, rest\",speech,"))
        }

        @Test("A run whose labels lie in a file named by a relative path is asked, and goes on, from any folder")
        func otherFolder() throws {
            let home = try FaultLab.copy(of: FaultLab.ground().home)
            try home.write(
                "moods.toml",
                "[spaces.moods]\nlabels = [\"anger\", \"sad\", \"neutral\"]\nmerges = { disgust = \"anger\", fear = \"sad\", happy = \"neutral\", surprised = \"neutral\", calm = \"neutral\" }\n"
            )
            let experiment = try String(contentsOf: home.file("tiny.toml"), encoding: .utf8)
            try home.write("tiny.toml", experiment.replacingOccurrences(of: "labels = \"six\"", with: "labels = \"moods.toml\""))
            let trained = try home.emolab("train", "tiny.toml", "--json")
            #expect(trained.status == 0, "\(trained.errors.suffix(300))")
            for words in [["eval", "1", "--bootstrap", "0"], ["train", "--resume", "1", "--set", "training.epochs=4"]] {
                let asked = try RunningProgram(["-C", "/", Program.path] + words, of: "env", in: home).finish()
                #expect(asked.status == 0, "\(words): \(asked.errors.suffix(300))")
            }
        }

        @Test("Where no clip can be used, the message counts the labels and what else is missing, and says what to do")
        func noneUsable() throws {
            let home = try FaultLab.copy(of: FaultLab.ground().home)
            try home.write("own.toml", "[synonyms]\n\"colère\" = []\njoie = []\n[spaces.own]\nlabels = [\"colère\", \"joie\"]\n")
            let labels = try home.emolab("train", "tiny.toml", "--set", "data.labels=own.toml")
            #expect(
                labels.status == 1
                    && labels.errors.contains("have labels that data.labels = \"\(home.file("own.toml").path)\" does not know ("),
                "\(labels.errors)")
            #expect(labels.errors.contains("`emolab labels show \(home.file("own.toml").path)`"))
            try home.write("own.toml", "[synonyms]\ncolère = []\n")
            let key = try home.emolab("train", "tiny.toml", "--set", "data.labels=own.toml")
            #expect(key.errors.contains("a key with such letters stands in quotes"), "\(key.errors)")
        }
    }
}
