// What commands say where a corpus is missing, was moved, or lacks files: what is asked for, and the ways out.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct MissingCorpusTests {
        @Test("A corpus that an experiment asks for is named with its key, whether it is the default, and the ways out")
        func missing() throws {
            let home = try FaultLab.copy(of: FaultLab.ground().home)
            _ = try home.json("corpora", "remove", "crowd", "--json")
            let target = try home.emolab("train", "demo")
            #expect(target.status == 1)
            for words in [
                "no corpus named crowd", "data.target", "(its default)", "--set data.target= --set adaptation.method=none",
                "corpora add FOLDER --name crowd", "emolab demo",
            ] {
                #expect(target.errors.contains(words), "\(target.errors)")
            }
            // The way out is one.
            let without = try home.emolab("train", "tiny.toml", "--set", "data.target=", "--set", "adaptation.method=none")
            #expect(
                without.status == 0 && without.output.contains("no target") && !without.output.contains("target 0 + 0"), "\(without.errors)"
            )
            let own = try home.emolab("train", "demo", "--set", "data.source=mine")
            #expect(
                own.errors.contains("no corpus named mine, which data.source asks for") && !own.errors.contains("default")
                    && !own.errors.contains("emolab demo"))
            let scored = try home.emolab("eval", "1", "--source", "nope")
            #expect(
                scored.status == 1 && scored.errors.contains("no corpus named nope, which --source asks for")
                    && !scored.errors.contains("any more"), "\(scored.errors)")
        }

        @Test("A corpus that was moved is told with the command that takes it in from its new place, and that command works")
        func moved() throws {
            let ground = try FaultLab.ground()
            let home = try FaultLab.copy(of: ground.home)
            try FileManager.default.copyItem(at: ground.corpora, to: home.file("here"))
            for corpus in ["studio", "crowd"] { _ = try home.json("corpora", "add", home.file("here/\(corpus)").path, "--json") }
            _ = try home.json("train", "tiny.toml", "--json")
            try FileManager.default.moveItem(at: home.file("here"), to: home.file("there"))
            // Prepared clips would do without the files.
            try FileManager.default.removeItem(at: home.cache)
            for words in [
                ["train", "tiny.toml"], ["eval", "1"], ["robustness", "1"], ["prepare", "studio", "--experiment", "tiny.toml"],
                ["corpora", "check", "studio", "--quick"],
                ["explain", "1", "1001_IEO_FEA_HI", "--domain", "target"],
                ["augment", "studio/01-01-01-01-01-01-01", "--experiment", "tiny.toml", "--output", "sheet"],
            ] {
                var words = words
                if words[0] == "explain" || words[0] == "augment" {
                    let corpus = words[0] == "explain" ? "crowd" : "studio"
                    let clip = try #require(home.json("corpora", "list", corpus, "--json")["clips"][0]["name"].string)
                    words[words[0] == "explain" ? 2 : 1] = words[0] == "explain" ? clip : "studio/" + clip
                }
                let result = try RunningProgram(words, in: home).finish()
                #expect(
                    result.status == 1 && result.errors.contains("emolab corpora add NEWFOLDER --name"),
                    "\(words): \(result.status) \(result.errors)")
            }
            for corpus in ["studio", "crowd"] {
                _ = try home.json("corpora", "add", home.file("there/\(corpus)").path, "--name", corpus, "--json")
            }
            #expect(try home.emolab("eval", "1", "--bootstrap", "0").status == 0)
        }

        @Test("corpora check tells rows of the table that name files which are not there, and label spaces as they were named")
        func unusedRows() throws {
            let ground = try FaultLab.ground()
            let home = try Home()
            let film = try #require(
                FileManager.default.subpathsOfDirectory(atPath: ground.corpora.path).filter { $0.hasSuffix(".mp4") }.min())
            try home.write("lab/clips.csv", "path,label,speaker\na.mp4,angry,ann\nnowhere.mp4,sad,ben\n")
            try FileManager.default.copyItem(at: ground.corpora.appendingPathComponent(film), to: home.file("lab/a.mp4"))
            _ = try home.json("corpora", "add", home.file("lab").path, "--json")
            let text = try home.emolab("corpora", "check", "lab", "--quick", "--labels", "six")
            #expect(
                text.status == 1 && text.output.contains("clips.csv:3: ") && text.output.contains("nowhere.mp4")
                    && text.output.contains("labels in six"), "\(text.output)")
            #expect(text.output.contains("1 clip of 1 speaker"))
            let json = try home.emolab("corpora", "check", "lab", "--quick", "--json")
            #expect(try json.status == 1 && json.lastJSON()["corpora"][0]["unusedRows"].array.count == 1)
            try home.write("lab/clips.csv", "path,label,speaker\na.mp4,angry,ann\n")
            _ = try home.json("corpora", "add", home.file("lab").path, "--json")
            #expect(try home.emolab("corpora", "check", "lab", "--quick").status == 0)
        }

        @Test("A run whose source and target are one corpus is warned of")
        func sameCorpus() throws {
            let home = try FaultLab.copy(of: FaultLab.ground().home)
            let result = try home.emolab("train", "tiny.toml", "--set", "data.target=studio")
            #expect(result.status == 0 && result.errors.contains("data.source and data.target are both studio"), "\(result.errors)")
        }
    }
}
