// Commands besides `train` under faults: what they say they did is done, and what they could not do can be done afterwards.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct CommandFaultTests {
        struct Case: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var arguments: [String]
            /// Where it begins.
            var home: @Sendable (FaultLab.Ground) throws -> Home
            /// What the user has by it, in a form that is the same every time.
            var result: @Sendable (Home) throws -> String
            /// It changes nothing: with exit code 0 it prints what it always prints.
            var isReading = false

            init(
                _ arguments: String..., home: @escaping @Sendable (FaultLab.Ground) throws -> Home,
                result: @escaping @Sendable (Home) throws -> String = { _ in "" }, isReading: Bool = false
            ) {
                testDescription = arguments.filter { !$0.hasPrefix("/") }.joined(separator: " ")
                (self.arguments, self.home, self.result, self.isReading) = (arguments, home, result, isReading)
            }
        }

        private static let cases = [
            Case("runs", "list", "--json", home: finished, isReading: true),
            Case("runs", "show", "1", "--json", home: finished, isReading: true),
            Case("--once", "train", "--size", "100x30", home: finished, isReading: true),
            Case("--play", "story.keys", home: withStory, isReading: true),
            Case("--once", "train", "--size", "100x30", "--output", "frame.svg", home: finished, result: { try text("frame.svg", $0) }),
            Case(
                "report", "--compare", "training.epochs", "--markdown", "table.md", "--csv", "table.csv", home: finished,
                result: { try text("table.md", $0) + text("table.csv", $0) }),
            Case(
                "corpora", "add", "CORPORA/crowd", "--json", home: { _ in try Home() },
                result: { home in
                    let corpora = try home.json("corpora", "list", "--json").array
                    return corpora.map { "\($0["name"]) \($0["clips"]) \($0["speakers"]) \($0["rejectedFiles"])" }.joined(separator: ";")
                }),
            Case(
                "prepare", "studio", "--json", "--set", "inputs.frames=2", "--set", "inputs.picture_size=32",
                home: { ground in
                    let home = try FaultLab.copy(of: ground.home)
                    try FileManager.default.removeItem(at: home.cache)
                    return home
                }, result: { "\(try $0.json("prepare", "studio", "--verify", "--json")["whole"])" }),
            Case(
                "runs", "order", "1", "pause", home: finished, result: { _ in "" }),
        ]

        @Test(
            "A command whose file calls fail says so or does without; then it does what it does, as if nothing had been", arguments: cases)
        func command(_ one: Case) throws {
            let ground = try FaultLab.ground()
            let arguments = one.arguments.map { $0.replacingOccurrences(of: "CORPORA", with: ground.corpora.path) }
            let undisturbed = try one.home(ground)
            let page = try FaultPage(in: undisturbed)
            let before = try RunningProgram(arguments, in: undisturbed, environment: page.environment()).finish()
            let expected = try one.result(undisturbed), calls = FaultLab.chosen(try page.calls())
            let codes = [ENOSPC, EIO, EINTR, EACCES]
            let some = FaultLab.kinds(of: calls, 3).enumerated().map { ($1, codes[($0 + calls.count) % 4]) }
            let all =
                FaultLab.tried.map { FaultLab.sample($0, of: calls.flatMap { call in codes.map { (call, $0) } }, seed: calls.count) }
                ?? some
            let results = FaultLab.inLanes(all.count) { index in
                let (call, code) = all[index]
                let home = try one.home(ground)
                let page = try FaultPage(.error(code, at: call.number), in: home)
                let result = try RunningProgram(arguments, in: home, environment: page.environment()).finish()
                guard try page.injected() > 0 else { return }
                let met = try page.calls().first { $0.number == call.number } ?? call
                do {
                    try Aftermath.check(result, unless: ["output-", "errors-"].contains { met.path.hasPrefix($0) } || before.status != 0)
                    try Aftermath.checkStore(home)
                    if result.status == 0, one.isReading, result.output != before.output {
                        let lines = zip(result.lines, before.lines).filter { $0 != $1 }.map { "“\($0)”, not “\($1)”" }
                        throw Program.Failure(
                            description: "it printed something else, and ended with 0: \(lines.prefix(2).joined(separator: "; "))")
                    }
                    if result.status != 0, before.status == 0, try one.result(home) != expected {
                        let again = try RunningProgram(arguments, in: home).finish()
                        guard again.status == 0 else {
                            throw Program.Failure(description: "afterwards it ends with \(again.status): \(again.errors.suffix(300))")
                        }
                    }
                    let found = try one.result(home)
                    guard found == expected else {
                        throw Program.Failure(description: "afterwards there is \(found.prefix(200)), not \(expected.prefix(200))")
                    }
                } catch {
                    throw Program.Failure(
                        description:
                            "\(Fault.name(code)), \(met.name) \(met.path): \(error) [status \(result.status), errors \(result.errors.suffix(200))]"
                    )
                }
            }
            for case .failure(let failure) in results { Issue.record("\(failure)") }
            print(
                "faults: \(one.testDescription): \(calls.count) calls, \(all.count) faults tried, \(results.count { if case .success = $0 { true } else { false } }) survived"
            )
        }

        private static let finished: @Sendable (FaultLab.Ground) throws -> Home = { try FaultLab.copy(of: $0.finished) }
        private static let withStory: @Sendable (FaultLab.Ground) throws -> Home = { ground in
            let home = try finished(ground)
            try home.write("story.keys", "size 100x30\n1\nexpect 8 clips\n:\ntype theme light\nEnter\n2\n")
            return home
        }

        /// Of the home that is in it, without its name.
        private static func text(_ name: String, _ home: Home) throws -> String {
            (try? String(contentsOf: home.file(name), encoding: .utf8))?.replacingOccurrences(of: home.folder.path, with: "")
                ?? "no \(name)"
        }

        @Test(
            "Output on a full disk is a message and exit code 1, no crash",
            arguments: [["runs", "list", "--json"], ["runs", "list"], ["train", "--keys"]])
        func fullOutput(_ arguments: [String]) throws {
            let home = try FaultLab.copy(of: FaultLab.ground().finished)
            let command = "\"$0\" \(arguments.joined(separator: " ")) > /dev/full"
            let result = try RunningProgram(["-c", command, Program.path], of: "/bin/sh", in: home).finish()
            #expect(
                result.status == 1 && result.errors == "emolab: the output cannot be written: No space left on device\n",
                "\(result.status) \(result.errors)")
            let silent = try RunningProgram(["-c", "\"$0\" runs list 99 2> /dev/full", Program.path], of: "/bin/sh", in: home).finish()
            #expect(silent.status == 2)
        }
    }
}
