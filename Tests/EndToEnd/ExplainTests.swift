// `emolab explain`: what it prints, stores and draws of a run's clips.
import Foundation
import Runs
import Store
import Testing
import Training

extension EndToEnd {
    @Suite(.serialized) struct ExplainTests {
        @Test("A clip is explained in words of numbers, stored with its run, and drawn; the same again gives the same bytes")
        func explained() throws {
            let home = try PredictTests.homeWithRun()
            let store = try RunStore(at: home.store)
            let name = try #require(try store.bestAnswers(run: 1)?.answers.first { $0.sample.part == .sourceValidation }?.sample.clip)
            let line = try home.json("explain", "1", name, "--json", "--output", "a.png")
            #expect(
                line["clip"].string == name && line["domain"].string == "source" && line["corpus"].string == "studio"
                    && line["truth"].int != nil)
            #expect(line["pictures"]["patches"].array.count == 8 && line["pictures"]["patchDrops"].array.count == 16)
            #expect(line["sound"]["attention"].array.count == line["sound"]["borders"].array.count - 1)
            #expect(Set(line["agreements"].array.compactMap { $0["kind"].string }).isSuperset(of: ["sound", "frames", "patches"]))
            let stored = try #require(try store.explanation(of: name, domain: .source, run: 1))
            #expect(stored.clip == name && stored.predicted == line["predicted"].int && stored.duration > 0)
            #expect(try store.explanations(run: 1).map(\.subject) == ["source/\(name)"])
            #expect(try home.emolab("explain", "1", "studio/" + name, "--output", "b.png").status == 0)
            let (first, second) = (try Data(contentsOf: home.file("a.png")), try Data(contentsOf: home.file("b.png")))
            #expect(first == second && first.count > 20_000 && first.starts(with: [0x89, 0x50, 0x4e, 0x47]))
            let svg = try home.emolab("explain", "1", name, "--no-occlusion", "--output", "c.svg")
            #expect(svg.status == 0)
            #expect(try String(contentsOf: home.file("c.svg"), encoding: .utf8).contains("<svg"))
        }

        @Test("In 80 columns everything stands in its lines, without colours in a pipe, and a wrong name is told the nearest")
        func printed() throws {
            let home = try PredictTests.homeWithRun()
            let store = try RunStore(at: home.store)
            let name = try #require(try store.bestAnswers(run: 1)?.answers.first { $0.sample.part == .sourceValidation }?.sample.clip)
            let result = try home.emolab("explain", "1", name)
            #expect(result.status == 0 && !result.output.contains("\u{1b}"), "\(result.errors)")
            let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 25 && lines.allSatisfy { $0.count <= 80 }, "\(result.output)")
            for words in [name, "attention", "loss", "frames", "rank correlation", "truth"] {
                #expect(result.output.contains(words), "\(words)")
            }
            let ascii = try home.emolab("explain", "1", name, "--no-occlusion", environment: ["LANG": "C"])
            #expect(ascii.status == 0 && ascii.output.allSatisfy { $0.isASCII })
            let typo = try home.emolab("explain", "1", String(name.dropLast()))
            #expect(typo.status == 1 && typo.errors.contains("did you mean"))
        }

        @Test("The most confidently wrong validation clips are chosen by the run's own predictions")
        func wrong() throws {
            let home = try PredictTests.homeWithRun()
            let store = try RunStore(at: home.store)
            let wrong = try Demo.wrongAnswers(store, in: .targetValidation)
            try #require(!wrong.isEmpty, "after two epochs a run is wrong somewhere")
            let most = wrong.map(\.confidence).max() ?? 0
            let result = try home.emolab("explain", "1", "--wrong", "2", "--no-occlusion", "--json", "--output", "w.png")
            let lines = try result.json()
            #expect(result.status == 0 && lines.count == min(2, wrong.count))
            #expect(
                abs((lines[0]["probabilities"][lines[0]["predicted"].int ?? 0].double ?? 0) - Double(most)) < 1e-4
                    && lines[0]["domain"].string == "target")
            #expect(lines.allSatisfy { $0["truth"] != $0["predicted"] })
            if lines.count == 2 {
                for line in lines { #expect(FileManager.default.fileExists(atPath: home.file("w-\(line["clip"].string ?? "").png").path)) }
            }
        }

        @Test("A file is explained too, and is not stored; what cannot be done is refused with words")
        func files() throws {
            let home = try PredictTests.homeWithRun()
            try PredictTests.write(home.file("a.mp4"), seconds: 2)
            try home.write("text.mp4", "no film")
            let line = try home.json("explain", "1", "a.mp4", "--json")
            #expect(line["clip"].string == "a.mp4" && line["domain"] == .null && line["truth"] == .null)
            #expect(try RunStore(at: home.store).explanations(run: 1).isEmpty)
            let mixed = try home.emolab("explain", "1", "text.mp4", "a.mp4", "--no-occlusion", "--json")
            #expect(mixed.status == 1 && mixed.lines.count == 1 && mixed.errors.contains("1 of 2 clips cannot be explained"))
            for (arguments, status, words) in [
                (["1"], 2, "--wrong"), (["1", "a", "--wrong", "2"], 2, "--wrong"),
                (["1", "a.mp4", "--output", "a.jpg"], 2, ".png or .svg"),
                (["7", "a.mp4"], 1, "there is no run 7"), (["1", "a.mp4", "--output", "no/such/a.png"], 1, "cannot write"),
                (["1", "nothing-like-it"], 1, "there is no clip or file"), (["1", "--wrong", "0"], 2, "1 to 1000"),
            ] as [([String], Int32, String)] {
                let result = try RunningProgram(["explain"] + arguments, in: home).finish()
                #expect(result.status == status && result.errors.contains(words), "\(arguments): \(result.status) \(result.errors)")
            }
        }
    }
}
