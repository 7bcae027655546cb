// What every command does with its output: JSON that scripts can read, and a word where it cannot be written.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct CommandOutputTests {
        /// A command on a store with two corpora and two runs.
        struct Case: Sendable {
            var words: [String]
            /// Whether a second time gives the same bytes: not where it has times in it, or changes the store.
            var isRepeatable = true
            var hasJSON = true

            init(_ words: String, isRepeatable: Bool = true, hasJSON: Bool = true) {
                self.words = words.split(separator: " ").map(String.init)
                (self.isRepeatable, self.hasJSON) = (isRepeatable, hasJSON)
            }
        }

        static let cases = [
            Case("workbench --once train", hasJSON: false), Case("keys"),
            Case("demo --headless --folder CORPORA --actors 4 --clips 1 --experiment tiny.toml", isRepeatable: false),
            Case("corpora add CORPORA/studio"), Case("corpora list"), Case("corpora list studio"),
            Case("corpora check studio --labels six --split speaker"),
            Case("corpora split studio --share 0.5 --members"), Case("corpora notes"), Case("corpora remove crowd", isRepeatable: false),
            Case("corpora make-demo CORPORA --actors 4 --clips 1"), Case("labels list"), Case("labels show six"),
            Case("prepare studio", isRepeatable: false),
            Case("prepare studio --status", isRepeatable: false), Case("augment CLIP --experiment tiny.toml --count 1 --output sheet"),
            Case("features CLIP --frames 2 --size 32 --output features"), Case("alpha demo"), Case("train --list"), Case("train --keys"),
            Case("train tiny.toml", isRepeatable: false), Case("train --resume 1 --set training.epochs=4", isRepeatable: false),
            Case("runs list"),
            Case("runs show 1"), Case("runs recover 1"), Case("runs delete 2 --yes", isRepeatable: false),
            Case("eval 1 --bootstrap 20"), Case("predict 1 CLIP"), Case("predict 1 CLIP --windows 1"),
            Case("explain 1 CLIP --no-occlusion"),
            Case("robustness 1 --bootstrap 0 --kinds both"), Case("report --compare adaptation.method"), Case("forward --list"),
            Case("weights list"),
            Case("doctor --no-measure"), Case("bench overview --runs 1 --only linear", isRepeatable: false),
        ]

        /// Measure for long, need files that no test has, or a run in progress.
        static let leftOut: Set = [
            "runs order", "weights import-mtcnn", "bench engine", "bench media", "bench faces", "bench screen", "bench soak",
        ]

        private static func ground() throws -> Home {
            let home = try FaultLab.copy(of: FaultLab.ground().finished)
            _ = try home.json("train", "tiny.toml", "--set", "adaptation.method=none", "--json")
            return home
        }

        /// The cases of commands that there are, with real paths.
        private static func words(in home: Home) throws -> [(Case, [String])] {
            let corpora = try FaultLab.ground().corpora
            let clips = try FileManager.default.subpathsOfDirectory(atPath: corpora.path).filter { $0.hasSuffix(".mp4") }.sorted()
            let clip = corpora.path + "/" + (try #require(clips.first))
            let tree = try CommandTree(in: home)
            let leaves = tree.leaves.map { $0.joined(separator: " ") }
            let there = cases.filter { one in leaves.contains { one.words.joined(separator: " ").hasPrefix($0) } }
            for leaf in leaves where !leftOut.contains(leaf) {
                #expect(there.contains { $0.words.joined(separator: " ").hasPrefix(leaf) }, "`\(leaf)` is not among the cases")
            }
            return there.map { one in
                (
                    one,
                    one.words.map {
                        $0.replacingOccurrences(of: "CORPORA", with: corpora.path).replacingOccurrences(of: "CLIP", with: clip)
                    }
                )
            }
        }

        @Test("Every --json has objects for what is looked up by a name, and the same bytes the second time")
        func json() throws {
            let home = try Self.ground()
            let all = try Self.words(in: home).filter(\.0.hasJSON)
            let results = FaultLab.inLanes(all.count) { index in
                let (one, words) = all[index]
                let own = try FaultLab.copy(of: home)
                let first = try RunningProgram(words + ["--json"], in: own).finish()
                for value in try first.json() {
                    if let found = value.alternating {
                        throw Program.Failure(description: "\(words): a list of names and values in turn: \(found)")
                    }
                }
                guard !first.output.isEmpty else { throw Program.Failure(description: "\(words): no output; \(first.errors)") }
                guard one.isRepeatable else { return }
                let second = try RunningProgram(words + ["--json"], in: own).finish()
                if second.output != first.output {
                    throw Program.Failure(description: "\(words): \(first.output.prefix(300)) and then \(second.output.prefix(300))")
                }
            }
            for case .failure(let failure) in results { Issue.record("\(failure)") }
            let report = try home.json("report", "--compare", "adaptation.method", "--json")
            #expect(report[0]["rows"][0]["figures"]["target accuracy"]["mean"].double != nil)
        }

        @Test("Every command says that a full disk took its output, and ends with 1; so does every page of help")
        func fullOutput() throws {
            let home = try Self.ground()
            let plain = try Self.words(in: home)
            let pages = [["--help"], ["--version"], ["train", "--help"], ["help", "runs"]]
            let all = plain.map(\.1) + plain.filter(\.0.hasJSON).map { $0.1 + ["--json"] } + pages
            let results = FaultLab.inLanes(all.count) { index in
                let own = try FaultLab.copy(of: home)
                let result = try RunningProgram(["-c", #"exec "$@" > /dev/full"#, "sh", Program.path] + all[index], of: "/bin/sh", in: own)
                    .finish()
                let told = result.errors.components(separatedBy: "the output cannot be written: No space left on device").count - 1
                guard result.status == 1, told == 1, !result.errors.contains("CommandFailure") else {
                    throw Program.Failure(description: "\(all[index]): \(result.status), told \(told) times: \(result.errors)")
                }
            }
            for case .failure(let failure) in results { Issue.record("\(failure)") }
        }

        @Test(
            "A closed standard output is told too, and no file takes its place",
            arguments: [
                "runs list", "runs list --json", "--help", "train tiny.toml --json", "train tiny.toml", "eval 1 --bootstrap 0 --csv -",
            ])
        func closedOutput(_ words: String) throws {
            let home = try FaultLab.copy(of: FaultLab.ground().finished)
            let result = try RunningProgram(["-c", "\"$0\" \(words) >&-", Program.path], of: "/bin/sh", in: home).finish()
            #expect(
                result.status == 1 && result.errors.contains("the output cannot be written: standard output is closed"),
                "\(result.status) \(result.errors)")
            #expect(try home.json("runs", "list", "--json").array.count == (words.contains("train") ? 2 : 1))
        }

        @Test("Only one place in the sources writes to standard output")
        func oneDoor() throws {
            let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
                .appendingPathComponent("Sources")
            for name in try FileManager.default.subpathsOfDirectory(atPath: sources.path) where name.hasSuffix(".swift") {
                // The screen's terminal, and the door.
                if name.hasPrefix("TUI/Terminal/") || name.hasSuffix("StandardOutput.swift") { continue }
                let text = try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
                let way = text.firstMatch(
                    of: /Swift\.print\(|FileHandle\.standardOutput|write\(STDOUT_FILENO|to: STDOUT_FILENO|\b(?:puts|fputs|fwrite|putchar)\(/
                )
                #expect(way == nil, "\(name): \(way?.0 ?? "")")
            }
        }

        @Test("--csv - puts the table on standard output, alone")
        func csvOnStandardOutput() throws {
            let home = try FaultLab.copy(of: FaultLab.ground().finished)
            for words in [
                ["eval", "1", "--bootstrap", "0"], ["robustness", "1", "--bootstrap", "0", "--kinds", "blur"],
                ["predict", "1", try #require(try Self.clip())],
            ] {
                let result = try RunningProgram(words + ["--csv", "-"], in: home).finish()
                let lines = result.output.split(whereSeparator: \.isNewline)
                try #require(result.status == 0 && lines.count > 1, "\(result.errors)")
                let columns = lines[0].split(separator: ",", omittingEmptySubsequences: false).count
                #expect(
                    columns > 4 && lines.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count >= columns },
                    "\(result.output)")
                #expect(!FileManager.default.fileExists(atPath: home.file("-").path))
                let both = try RunningProgram(words + ["--csv", "-", "--json"], in: home).finish()
                #expect(both.status == 2 && both.errors.contains("--csv and --json would both be on standard output"))
            }
        }

        private static func clip() throws -> String? {
            let corpora = try FaultLab.ground().corpora
            return try FileManager.default.subpathsOfDirectory(atPath: corpora.path).filter { $0.hasSuffix(".mp4") }.min().map {
                corpora.path + "/" + $0
            }
        }
    }
}

extension JSON {
    /// A list of names and values in turn somewhere in it: what a dictionary becomes whose keys are no texts.
    fileprivate var alternating: String? {
        switch self {
        case .object(let fields): return fields.values.lazy.compactMap(\.alternating).first
        case .list(let items):
            let names = stride(from: 0, to: items.count, by: 2).allSatisfy { items[$0].string != nil }
            let values = stride(from: 1, to: items.count, by: 2).allSatisfy { items[$0].string == nil }
            if items.count >= 2, items.count % 2 == 0, names, values { return "\(items)".prefix(200).description }
            return items.lazy.compactMap(\.alternating).first
        default: return nil
        }
    }
}
