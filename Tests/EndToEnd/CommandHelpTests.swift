// What `--help` of every command holds: whole commands that work as they stand, and the ranges and defaults of values.
import ArgumentParser
import Foundation
import Testing

@testable import emolab

extension EndToEnd {
    @Suite(.serialized) struct CommandHelpTests {
        @Test("Every page of help has a whole command as an example, and each example parses")
        func examplesParse() throws {
            let home = try Home()
            let tree = try CommandTree(in: home)
            #expect(tree.leaves.count >= 30)
            for path in tree.all {
                let help = try RunningProgram(path + ["--help"], in: home).finish()
                let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
                let start = try #require(lines.firstIndex { $0 == "Example:" || $0 == "Examples:" }, "\(path): no example")
                let found = lines[(start + 1)...].prefix { !$0.isEmpty }
                #expect(!found.isEmpty)
                for line in found {
                    #expect(line.hasPrefix("  emolab"), "\(path): `\(line)` is wrapped, or no command")
                    let words = line.split(separator: " ").dropFirst().map(String.init)
                    #expect(throws: Never.self, "\(path): `\(line)`") { try Emolab.parseAsRoot(CommandLineWords.joined(words)) }
                    let isOwn = words.starts(with: path) || path.contains("overview") || path == ["workbench"] || path.last == "list"
                    #expect(isOwn || path.isEmpty, "\(path): `\(line)` is of another command")
                }
            }
        }

        /// A command, an option that takes numbers, and a number outside.
        static let outside: [(command: String, option: String, value: String)] = [
            ("augment a --output b", "--count", "0"), ("bench overview", "--runs", "0"), ("bench engine", "--size", "7"),
            ("bench engine", "--batch", "-1"), ("bench engine", "--threads", "65"), ("bench engine", "--runs", "0"),
            ("bench media", "--runs", "10001"),
            ("bench faces a", "--runs", "0"), ("bench faces a", "--size", "1x1"), ("bench screen", "--runs", "1"),
            ("bench screen", "--clips", "1"),
            ("bench screen", "--epochs", "0"), ("bench screen", "--window", "nan"), ("bench screen", "--rounds", "0"),
            ("bench soak", "--minutes", "0"),
            ("bench soak", "--readers", "-1"), ("corpora make-demo a", "--actors", "-1"), ("corpora make-demo a", "--clips", "83"),
            ("corpora make-demo a", "--size", "63"), ("corpora split a", "--folds", "-3"), ("corpora split a", "--share", "2"),
            ("corpora split a", "--share", "nan"), ("corpora check a --split folds", "--folds", "1"), ("demo", "--actors", "92"),
            ("demo", "--clips", "0"),
            ("eval 1", "--bootstrap", "-1"), ("explain 1 a", "--spans", "0"), ("explain 1", "--wrong", "1001"),
            ("explain 1 a", "--columns", "39"),
            ("explain 1 a", "--threads", "0"), ("features a --output b", "--frames", "0"), ("features a --output b", "--size", "9999"),
            ("forward resnet18 --config a --weights a --input a --output a.npz", "--threads", "0"), ("predict 1 a", "--windows", "-1"),
            ("predict 1 a", "--threads", "99"), ("prepare a", "--workers", "-1"), ("robustness 1", "--bootstrap", "100001"),
            ("robustness 1", "--most", "0"),
            ("robustness 1 --kinds white", "--levels", "-50"), ("robustness 1 --kinds blur", "--levels", "0"),
            ("robustness 1 --kinds both", "--levels", "10"),
            ("robustness 1 --kinds both", "--levels", "20/0"), ("robustness 1 --kinds dropped", "--levels", "8/8"),
            ("runs order 1 pause", "--wait", "-5"), ("alpha demo", "--size", "0x9"), ("workbench --once train", "--size", "80x1001"),
        ]

        @Test("A value outside its range ends with 2 and names the range, which the command's help names too", arguments: outside)
        func ranges(_ one: (command: String, option: String, value: String)) throws {
            let home = try Home()
            let words = one.command.split(separator: " ").map(String.init)
            // As a user types it: also a value that begins with a minus.
            let result = try RunningProgram(words + [one.option, one.value], in: home).finish()
            #expect(result.status == 2 && result.output.isEmpty, "\(result.errors)")
            let path = words.prefix { word in
                word.first?.isLetter == true && word.count > 1 && word != "resnet18" && word != "demo" || word == "demo" && words.count == 1
            }
            let help = try RunningProgram(path + ["--help"], in: home).finish().output.split { " \n".contains($0) }.joined(separator: " ")
            let complaint = try #require(result.errors.split(separator: "\n").first)
            let range = try #require(
                complaint.firstMatch(of: /(-?[0-9.]+ to [0-9.]+|above 0 and (?:below|at most) [0-9]+)/), "\(complaint): no range in it"
            ).1
            #expect(help.contains(range), "\(path): `\(range)` is not in the help")
            #expect(result.errors.contains("Usage: emolab \(path.joined(separator: " "))"), "\(result.errors)")
        }

        @Test(
            "A mistake that is found after parsing ends with the command's own usage",
            arguments: [["runs", "order", "9", "foo"], ["alpha", "--theme", "nope"]])
        func ownUsage(_ words: [String]) throws {
            let result = try RunningProgram(words, in: Home()).finish()
            let name = "emolab " + (words[0] == "runs" ? "runs order" : "alpha")
            #expect(
                result.status == 2 && result.errors.contains("Usage: \(name) ") && result.errors.contains("See '\(name) --help'"),
                "\(result.errors)")
        }
    }
}
