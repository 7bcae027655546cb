// `emolab demo --headless --json`, the command that a newcomer and a script start with.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct DemoRunTests {
        @Test("From nothing to scores: every line of the demo is JSON, the last has the metrics of source and target")
        func output() throws {
            let lines = try Demo.firstRun().result.json()
            // What the user should know of the corpora comes before: a detector without weights, clips that cannot be used.
            let begun = try #require(lines.first { $0["event"].string != "message" })
            let labels = begun["plan"]["task"]["targets"]["emotion"]["classes"].array.count
            #expect(begun["event"].string == "started" && labels == 6)
            #expect(lines.filter { $0["event"].string == "epoch" }.map { $0["epoch"]["epoch"].int } == [1, 2])
            let last = try #require(lines.last)
            #expect(last["event"].string == "finished")
            for part in ["sourceValidation", "targetValidation"] {
                let scores = last.part(part)
                for share in ["accuracy", "macro_f1"] { #expect((0...1).contains(try #require(scores.metric(share).double))) }
                let confusion = scores.confusion.array
                #expect(confusion.count == labels && confusion.allSatisfy { $0.array.count == labels })
                let counts = confusion.map { $0.array.compactMap(\.int) }
                let right = counts.indices.reduce(0) { $0 + counts[$1][$1] }
                // A quarter of the speakers is held out: one of four, with all their clips.
                #expect(counts.joined().reduce(0, +) == scores["samples"].int && scores["samples"].int == Demo.clipsPerCorpus / 4)
                #expect(abs(Double(right) / Double(Demo.clipsPerCorpus / 4) - (scores.metric("accuracy").double ?? -1)) < 1e-9)
            }
        }

        @Test("A demo that is left before its first epoch says so, and names no score")
        func leftEarly() throws {
            let home = try Demo.newHome()
            let left = try home.demo(Demo.firstRun().corpora, "--once", "train", "--set", "training.epochs=1000").finish(within: 120)
            #expect(
                left.status == 0
                    && left.errors.contains(
                        /run 1 stopped (before its first epoch ended|in epoch \d+; best epoch \d+: source 0\.\d+, target 0\.\d+);/),
                "\(left.errors)")
        }

        @Test("Neither libav nor x264 nor espeak says a word on standard error, and neither do we")
        func quiet() throws { #expect(try Demo.firstRun().result.errors == "") }

        @Test("`runs list` and `runs show` agree with what the run printed")
        func store() throws {
            let (home, last) = (try Demo.firstRun().home, try Demo.firstRun().result.lastJSON())
            let runs = try home.json("runs", "list", "--json").array
            let run = try #require(runs.first)
            #expect(runs.count == 1 && run["state"].string == "finished" && run["id"] == last["run"])
            for part in ["sourceValidation", "targetValidation"] {
                for metric in ["accuracy", "macro_f1"] { #expect(run["scores"][part][metric] == last.part(part).metric(metric)) }
            }
            let shown = try home.json("runs", "show", "1", "--json")
            #expect(shown["run"]["finalReport"]["scores"] == last["scores"] && last["scores"] != .null)
            let best = try #require(shown["epochs"].array.first { $0["epoch"] == last["bestEpoch"] })
            #expect(best["isBest"] == .flag(true) && best["scores"] == last["scores"])
            let text = try home.emolab("runs", "show", "1")
            #expect(text.status == 0 && text.output.contains("run 1  demo  seed 42  finished"))
        }

        @Test("The run's folder has the experiment as run, a row a step, the best weights and a whole checkpoint")
        func folder() throws {
            let home = try Demo.firstRun().home
            let folder = home.runs.appendingPathComponent("0001-demo-42")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(Set(names).isSuperset(of: ["experiment.toml", "metrics.csv", "epochs.csv", "best.safetensors", "last.ckpt"]))
            #expect(!names.contains { $0.hasSuffix(".part") || $0.hasSuffix(".tmp") })
            let experiment = try String(contentsOf: folder.appendingPathComponent("experiment.toml"), encoding: .utf8)
            #expect(experiment.contains("epochs = 2") && experiment.contains("name = 'demo'") || experiment.contains("name = \"demo\""))
            let rows = try String(contentsOf: folder.appendingPathComponent("metrics.csv"), encoding: .utf8).split(separator: "\n")
            let steps = try #require(try Demo.firstRun().result.lastJSON()["steps"].int)
            #expect(rows.count == steps + 1 && rows.first?.hasPrefix("step,epoch,domain,") == true)
            for file in ["best.safetensors", "last.ckpt"] { try expectWholeSafetensors(folder.appendingPathComponent(file)) }
            // What was run can be run again from its own folder.
            let again = try home.emolab("train", folder.appendingPathComponent("experiment.toml").path, "--set", "training.epochs=0")
            #expect(again.status != 0 && again.errors.contains("training.epochs"))
        }

        @Test("Same seed, same scores to the last bit; another seed, other losses")
        func determinism() throws {
            let first = try Demo.firstRun()
            let home = try Demo.newHome()
            func train(_ seed: Int) throws -> JSON {
                let run = try home.demo(
                    first.corpora, "--headless", "--json", "--set", "training.epochs=2", "--set", "training.seeds=[\(seed)]")
                return try run.finish().lastJSON()
            }
            let (before, again, other) = (try first.result.lastJSON(), try train(42), try train(43))
            #expect(again["scores"] == before["scores"] && before["scores"] != .null)
            #expect(other.part("sourceValidation").metric("loss") != before.part("sourceValidation").metric("loss"))
            #expect(again["run"].int == 1 && other["run"].int == 2)
        }
    }
}

/// A safetensors file is an eight-byte length, a JSON header of that length, and the bytes that the header speaks of: not one fewer.
func expectWholeSafetensors(_ file: URL) throws {
    let bytes = [UInt8](try Data(contentsOf: file))
    try #require(bytes.count > 8)
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    try #require(length > 0 && length <= bytes.count - 8)
    let header = try JSON(String(decoding: bytes[8..<(8 + length)], as: UTF8.self))
    let ends = header.keys.compactMap { header[$0]["data_offsets"][1].int }
    #expect(!ends.isEmpty && ends.max() == bytes.count - 8 - length)
}
