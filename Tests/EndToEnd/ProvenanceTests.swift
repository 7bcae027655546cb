// Which program, libraries and machine made a run: stored, shown, and compared when it goes on.
import BuildInfo
import Foundation
import GRDB
import Runs
import Store
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ProvenanceTests {
        private static let parts = [
            "emolab", "commit", "swift", "oneDNN", "openBLAS", "openBLASCore", "instructions", "features", "processor", "host", "threads",
        ]

        @Test("The program says its version and commit, and so does the doctor")
        func version() throws {
            let home = try Home()
            let told = try home.emolab("--version")
            #expect(told.status == 0 && told.output == BuildInfo.description + "\n" && told.output.contains("(commit "))
            let findings = try home.json("doctor", "--json", "--no-measure").array
            #expect(findings.first { $0["what"].string == "emolab" }?["is"].string == BuildInfo.description)
            #expect(findings.first { $0["what"].string == "Swift" }?["is"].string?.first?.isNumber == true)
        }

        @Test(
            "Every attempt at a run is stored with what made it; runs show, the Runs pane and report show it; another library on the way is warned of, by name"
        )
        func shown() throws {
            let home = try PredictTests.homeWithRun()
            let attempts = try home.json("runs", "show", "1", "--json")["run"]["summary"]["provenance"].array
            #expect(attempts.count == 1)
            for part in Self.parts { #expect(attempts[0][part] != .null && attempts[0][part].string != "", "\(part)") }
            let library = "oneDNN \(attempts[0]["oneDNN"].string ?? "?") (\(attempts[0]["instructions"].string ?? "?"))"
            let show = try home.emolab("runs", "show", "1")
            #expect(
                show.output.contains("made with: emolab \(BuildInfo.version) (commit ") && show.output.contains(library), "\(show.output)")
            let pane = try home.emolab("--once", "runs", "--size", "180x50")
            #expect(pane.output.contains("made with") && pane.output.contains(library), "\(pane.output)")

            // As if a library and a processor of another kind had begun it.
            let queue = try DatabaseQueue(path: home.store.path)
            try queue.write {
                try $0.execute(
                    sql:
                        "UPDATE runs SET provenance = json_set(provenance, '$[0].oneDNN', '0.0.1', '$[0].openBLASCore', 'Tapioca', '$[0].threads', 99)"
                )
            }
            try queue.close()
            let resumed = try home.emolab("train", "--resume", "1", "--set", "training.epochs=3")
            let line = try #require(
                resumed.errors.split(separator: "\n").first { $0.contains("differ in their last bits") }, "\(resumed.errors)")
            #expect(
                resumed.status == 0 && line.hasPrefix("warning") && line.contains("oneDNN 0.0.1 → ")
                    && line.contains("OpenBLAS core Tapioca → ") && !line.contains("host"))
            let log = try RunStore(at: home.store).events(run: 1)
            #expect(log.contains { $0.level == .warning && $0.text.contains("oneDNN 0.0.1 → ") })
            let both = try home.emolab("runs", "show", "1")
            #expect(both.output.contains("attempt 1: ") && both.output.contains("attempt 2: ") && both.output.contains("oneDNN 0.0.1"))
            #expect(try home.json("runs", "show", "1", "--json")["run"]["summary"]["provenance"].array.count == 2)
            // Nothing differs from the last attempt now.
            let again = try home.emolab("train", "--resume", "1", "--set", "training.epochs=4")
            #expect(again.status == 0 && !again.errors.contains("last bits"), "\(again.errors)")

            let train = try home.emolab("train", "demo", "--set", "training.epochs=1", "--set", "report.table=mine", "--json")
            #expect(train.status == 0, "\(train.errors)")
            let report = try home.emolab("report", "mine")
            #expect(
                report.status == 0 && report.output.contains("Made with emolab \(BuildInfo.version)") && report.output.contains(library),
                "\(report.output)\(report.errors)")
            let json = try home.json("report", "mine", "--json")
            #expect(
                json[0]["provenance"][0]["runs"][0].int == 2 && json[0]["provenance"][0]["provenance"]["oneDNN"] == attempts[0]["oneDNN"])
        }

        /// What `scripts/write-build-info` finds of a folder.
        private static func built(_ package: URL, into folder: URL) throws -> String {
            let script = Process()
            script.executableURL = URL(fileURLWithPath: "/bin/sh")
            script.arguments = [package.appendingPathComponent("scripts/write-build-info").path, folder.path, "no-such-compiler"]
            try script.run()
            script.waitUntilExit()
            #expect(script.terminationStatus == 0)
            return try String(contentsOf: folder.appendingPathComponent("Built.swift"), encoding: .utf8)
        }

        private static func git(_ folder: URL, _ arguments: String...) throws -> String {
            let (process, pipe) = (Process(), Pipe())
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments =
                ["git", "-C", folder.path, "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"] + arguments
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            try process.run()
            let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        @Test(
            "A clone is built with its commit, a changed one with a plus, a folder without history as unknown, also inside another repository"
        )
        func commit() throws {
            let home = try Home()
            let package = home.file("outer/emolab"), out = home.file("out")
            for folder in [package.appendingPathComponent("scripts"), package.appendingPathComponent("Sources"), out] {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            }
            let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
                "../../scripts/write-build-info"
            ).standardizedFileURL
            try FileManager.default.copyItem(at: script, to: package.appendingPathComponent("scripts/write-build-info"))
            try home.write("outer/emolab/Sources/a.swift", "let a = 1")
            #expect(try Self.built(package, into: out) == "let builtCommit = \"unknown\"\nlet builtSwift = \"unknown\"\n")
            _ = try Self.git(home.file("outer"), "init", "-q")
            _ = try Self.git(home.file("outer"), "commit", "-q", "--allow-empty", "-m", "of the outer folder")
            #expect(try Self.built(package, into: out).contains("\"unknown\""), "another repository's commit says nothing")
            _ = try Self.git(package, "init", "-q")
            _ = try Self.git(package, "add", ".")
            _ = try Self.git(package, "commit", "-q", "-m", "one")
            let commit = try Self.git(package, "rev-parse", "HEAD")
            #expect(commit.count == 40)
            #expect(try Self.built(package, into: out).hasPrefix("let builtCommit = \"\(commit)\"\n"))
            let date = {
                try FileManager.default.attributesOfItem(atPath: out.appendingPathComponent("Built.swift").path)[.modificationDate] as? Date
            }
            let before = try date()
            _ = try Self.built(package, into: out)
            #expect(try date() == before, "what is the same is not written again, so that nothing is compiled")
            try home.write("outer/emolab/Sources/b.swift", "let b = 1")
            #expect(try Self.built(package, into: out).hasPrefix("let builtCommit = \"\(commit)+\"\n"))
        }
    }
}
