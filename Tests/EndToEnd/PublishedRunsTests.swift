// The published configurations with the program, on a few generated clips that lie as RAVDESS and CREMA-D lie on a disk.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct PublishedRunsTests {
        /// A user who unpacked both corpora and added them under the names that the files use.
        private func home() throws -> Home {
            let home = try Demo.newHome()
            let corpora = try Demo.firstRun().corpora
            for (folder, name) in [("studio", "ravdess"), ("crowd", "cremad")] {
                let added = try home.json("corpora", "add", corpora.appendingPathComponent(folder).path, "--name", name, "--json")
                #expect(added["clips"].int == Demo.clipsPerCorpus)
            }
            return home
        }

        private func train(_ home: Home, _ experiment: String, _ changes: String...) throws -> [JSON] {
            let settings = ["model.preset=nano", "training.epochs=1"] + changes
            let result = try RunningProgram(
                ["train", experiment, "--json", "--seeds", "42"] + settings.flatMap { ["--set", $0] }, in: home
            ).finish(within: 300)
            guard result.status == 0 else {
                throw Program.Failure(description: "\(experiment) ended with \(result.status): \(result.errors)")
            }
            return try result.json()
        }

        private func messages(_ lines: [JSON]) -> [String] {
            lines.filter { $0["event"].string == "message" }.compactMap { $0["text"].string }
        }

        @Test("The single-corpus files and the adaptation files run unchanged; base-full starts from the newest run of base")
        func runs() throws {
            let home = try home()
            // Without its start there is nothing to adapt: said before a clip is touched.
            let early = try home.emolab("train", "zu-dann/base-full", "--set", "model.preset=nano")
            #expect(
                early.status == 1 && early.errors.contains("training.start = \"run:zu-dann/base\"")
                    && early.errors.contains("emolab train zu-dann/base"))

            let middle = try train(home, "zu-dann/middle")
            #expect(middle.last?["event"].string == "finished" && middle.last?.part("targetValidation") == .null)
            #expect(middle.first { $0["event"].string == "started" }?["plan"]["task"]["targets"]["emotion"]["classes"].array.count == 8)
            let base = try train(home, "zu-dann/base")
            #expect(base.last?.part("targetValidation")["samples"].int == Demo.clipsPerCorpus / 4)
            _ = try train(home, "zu-dann/base")
            let full = try train(home, "zu-dann/base-full")
            #expect(full.last?["event"].string == "finished" && full.last?["run"].int == 4)
            let started = try #require(messages(full).first { $0.hasPrefix("starts from ") })
            #expect(started.contains("0003-zu-dann-base-42") && started.hasSuffix("fresh: adapters, discriminator.fused"))
            // Run 3 split the actors as this one does.
            #expect(!messages(full).contains { $0.contains("flatter") })
            let shown = try home.json("runs", "show", "4", "--json")
            #expect(shown["run"]["experiment"].string?.contains("run:3") == true)

            // What it started from is not needed again to score it.
            let kept = home.runs.appendingPathComponent("0003-zu-dann-base-42/best.safetensors"), away = home.file("away.safetensors")
            try FileManager.default.moveItem(at: kept, to: away)
            let scored = try home.emolab("eval", "4", "--json")
            #expect(scored.status == 0, "\(scored.errors)")
            try FileManager.default.moveItem(at: away, to: kept)

            // A model that heard the same actors: clips at random, eight classes.
            let leaking = try train(home, "zu-dann/base-full", "training.start=run:zu-dann/middle")
            let warning = try #require(messages(leaking).first { $0.contains("flatter") })
            #expect(warning.contains("run 1 (zu-dann/middle)") && warning.contains("of the ravdess clips"))
            #expect(messages(leaking).contains { $0.hasPrefix("starts from ") && $0.contains("head") })
        }

        @Test("train --list has every built-in experiment with what it is, as a table and as JSON")
        func list() throws {
            let home = try Home()
            let entries = try home.json("train", "--list", "--json").array
            let names = entries.compactMap { $0["name"].string }
            #expect(names.contains("demo") && names.filter { $0.hasPrefix("zu-dann/") }.count == 11)
            #expect(entries.allSatisfy { ($0["about"].string?.count ?? 0) > 20 })
            let table = try home.emolab("train", "--list")
            #expect(table.status == 0 && names.allSatisfy { table.output.contains($0) })
            #expect(table.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(table.output)")
            // No word is lost where lines are broken.
            let words = table.output.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
            #expect(entries.allSatisfy { words.contains($0["about"].string ?? "?") })
            let neither = try home.emolab("train")
            #expect(neither.status == 2 && neither.errors.contains("experiment") && neither.errors.contains("--list"))
        }
    }
}
