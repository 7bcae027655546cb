// The shell scripts behind `make`, with stand-ins for the programs that they call.
import Foundation
import Testing

extension EndToEnd {
    @Suite struct ScriptTests {
        private static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../scripts")
            .standardized

        /// Runs a script of the project; `tools` are programs that stand before all others.
        private func run(
            _ script: String, _ arguments: [String], in home: Home, tools: [String: String] = [:], environment: [String: String] = [:]
        ) throws -> (status: Int32, text: String) {
            for (name, body) in tools {
                try home.write("tools/\(name)", "#!/bin/sh\n" + body + "\n")
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: home.file("tools/\(name)").path)
            }
            let process = Process(), output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = [Self.scripts.appendingPathComponent(script).path] + arguments
            var variables = [
                "PATH": home.file("tools").path + ":/usr/bin:/bin", "HOME": home.folder.path, "TMPDIR": NSTemporaryDirectory(),
            ]
            variables.merge(environment) { _, new in new }
            process.environment = variables
            process.standardOutput = output
            process.standardError = output
            process.standardInput = FileHandle.nullDevice
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }

        private func calls(_ home: Home) throws -> [String] {
            guard FileManager.default.fileExists(atPath: home.file("calls").path) else { return [] }
            return try String(contentsOf: home.file("calls"), encoding: .utf8).split(separator: "\n").map(String.init)
        }

        /// A python3 with pip or without, an apt-get that brings nothing, each of which writes down how it was called.
        private func tools(_ home: Home, hasPip: Bool, user: Int, sudo: Bool) -> [String: String] {
            let log = #"echo "$(basename "$0") $*" >>"\#(home.file("calls").path)""#
            return [
                "python3": log + "\n" + (hasPip ? "exit 0" : "case \"$*\" in *pip*) exit 1;; esac"), "apt-get": log, "id": "echo \(user)",
                "sudo": log + "\n" + (sudo ? #"shift; exec "$@""# : "exit 1"),
            ]
        }

        @Test("fetch-mtcnn gives pip every option once")
        func options() throws {
            let home = try Home()
            let (status, text) = try run("fetch-mtcnn", ["false"], in: home, tools: tools(home, hasPip: true, user: 1000, sudo: false))
            let download = try #require(try calls(home).first { $0.contains(" download ") })
            let options = download.split(separator: " ").filter { $0.hasPrefix("--") }
            #expect(options.contains("--retries") && options.contains("--timeout") && Set(options).count == options.count, "\(download)")
            #expect(status == 0 && text.contains("no face detector"))
            #expect(try !calls(home).contains { $0.hasPrefix("sudo") || $0.hasPrefix("apt-get") })
        }

        @Test("fetch-mtcnn installs pip only where nobody has to be asked for a password, and says so first", arguments: [true, false])
        func pip(mayInstall: Bool) throws {
            let home = try Home()
            let (status, text) = try run(
                "fetch-mtcnn", ["false"], in: home, tools: tools(home, hasPip: false, user: 1000, sudo: mayInstall))
            #expect(status == 0)
            #expect(try calls(home).filter { $0.hasPrefix("sudo") }.allSatisfy { $0.hasPrefix("sudo -n ") })
            #expect(try calls(home).contains { $0.hasPrefix("apt-get install") } == mayInstall)
            #expect(text.contains("running: sudo -n apt-get install python3-pip") == mayInstall)
            #expect(text.contains("sudo apt-get install python3-pip installs it") == !mayInstall)
        }

        private static let report = """
            ➜ Test "Faces are those of facenet-pytorch" skipped: "MTCNN's weights are not here: scripts/fetch-mtcnn gets them"
            ➜ Test "Another" skipped: "MTCNN's weights are not here: scripts/fetch-mtcnn gets them"
            ➜ Test "A full disk" skipped: "mount(8) makes no tmpfs here"
            ✔ Test run with 12 tests in 3 suites passed after 1.0 seconds.
            """

        @Test("tell-failures says how many tests were left out and why, and fails for those that must run")
        func leftOut() throws {
            let home = try Home()
            try home.write("report", Self.report + "\n")
            let report = home.file("report").path
            let plain = try run("tell-failures", ["cat", report], in: home)
            #expect(
                plain.status == 0 && plain.text.contains("Left out") && plain.text.contains("2 MTCNN's weights are not here")
                    && plain.text.contains("1 mount(8)"))
            #expect(!plain.text.contains("must run"))
            let strict = try run("tell-failures", ["cat", report], in: home, environment: ["EMOLAB_MUST_RUN": "MTCNN's weights"])
            #expect(
                strict.status == 1 && strict.text.contains("These must run here:\n      2 MTCNN's weights are not here"),
                "\(strict.text.suffix(300))")
            let other = try run("tell-failures", ["cat", report], in: home, environment: ["EMOLAB_MUST_RUN": "a GPU"])
            #expect(other.status == 0)
            try home.write("whole", "✔ Test run with 12 tests in 3 suites passed after 1.0 seconds.\n")
            let whole = try run(
                "tell-failures", ["cat", home.file("whole").path], in: home, environment: ["EMOLAB_MUST_RUN": "MTCNN's weights"])
            #expect(whole.status == 0 && !whole.text.contains("Left out"))
            #expect(try run("tell-failures", ["false"], in: home).status == 1)
        }

        @Test("field names the tools that are missing and the packages that have them, and makes nothing")
        func fieldTools() throws {
            let home = try Home()
            for tool in ["realpath", "dirname", "printf", "sort", "tr"] {
                try FileManager.default.createDirectory(at: home.file("few"), withIntermediateDirectories: true)
                try FileManager.default.createSymbolicLink(atPath: home.file("few/\(tool)").path, withDestinationPath: "/usr/bin/\(tool)")
            }
            try home.write("few/sox", "")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: home.file("few/sox").path)
            let process = Process(), output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = [Self.scripts.appendingPathComponent("field").path, "emolab"]
            process.environment = ["PATH": home.file("few").path]
            (process.standardOutput, process.standardError) = (output, output)
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 2, "\(text)")
            #expect(
                text.contains("ffprobe is missing; the package ffmpeg has it") && text.contains("python3 is missing")
                    && !text.contains("sox"), "\(text)")
            #expect(text.contains("apt-get install ffmpeg python3\n"), "\(text)")
        }

        @Test("Every line of the manifest of field inputs has its outcome, in the same order")
        func fieldOutcomes() throws {
            let folder = Self.scripts.appendingPathComponent("../Tests/Fixtures/Field").standardized
            let maker = try String(contentsOf: folder.appendingPathComponent("make-inputs.sh"), encoding: .utf8)
            let lines = maker.split(separator: "\n").compactMap { $0.wholeMatch(of: /note (\d+) ("[^"]+"|\S+) .*/) }
                .map { "\($0.1) \($0.2.replacing("\"", with: ""))" }
            let table = try String(contentsOf: folder.appendingPathComponent("outcomes.txt"), encoding: .utf8)
            var outcomes: [String] = [], commands: [Int] = [], checks = 0
            for line in table.split(separator: "\n") {
                if line.first?.isNumber == true {
                    outcomes.append(String(line))
                    commands.append(0)
                } else if line.hasPrefix("$ ") {
                    commands[commands.count - 1] += 1
                } else if line.hasPrefix("+ ") || line.hasPrefix("- ") {
                    checks += 1
                }
            }
            #expect(lines.count > 60 && outcomes == lines)
            #expect(!commands.contains(0) && checks > lines.count)
        }

        @Test("Continuous integration names the reason that the face detector's tests give where they are left out")
        func continuousIntegration() throws {
            let folder = Self.scripts.deletingLastPathComponent()
            let ci = try String(contentsOf: folder.appendingPathComponent(".ci/run"), encoding: .utf8)
            let pattern = try #require(ci.split(separator: "\n").first { $0.contains("EMOLAB_MUST_RUN=") }?.split(separator: "\"").last)
            let tests = try String(contentsOf: folder.appendingPathComponent("Tests/FacesTests/Reference.swift"), encoding: .utf8)
            #expect(tests.contains("reason = \"\(pattern) "))
            let parity = try ["MtcnnTests", "MtcnnWeightsTests", "FaceExtractorTests"].map {
                try String(contentsOf: folder.appendingPathComponent("Tests/FacesTests/\($0).swift"), encoding: .utf8)
            }.joined()
            let conditions = parity.components(separatedBy: ".enabled(if:").dropFirst()
            #expect(conditions.count >= 7 && conditions.allSatisfy { $0.hasPrefix(" Reference.hasWeights, \"\\(Reference.reason)\")") })
        }
    }
}
