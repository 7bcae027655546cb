// Commands and links shown in README.md and docs: what a reader types must exist.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct DocumentationTests {
        private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()

        private static func documents() throws -> [(name: String, text: String)] {
            let docs = try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("docs").path).filter {
                $0.hasSuffix(".md")
            }
            return try (["README.md"] + docs.sorted().map { "docs/" + $0 }).map {
                ($0, try String(contentsOf: root.appendingPathComponent($0), encoding: .utf8))
            }
        }

        @Test("Every emolab command in README and docs names subcommands and options that exist")
        func commands() throws {
            let home = try Home()
            var known: [[String]: Help] = [:]
            var seen = 0
            for (name, text) in try Self.documents() {
                for command in Self.shellLines(text) + Self.inlineCode(text) where command == "emolab" || command.hasPrefix("emolab ") {
                    seen += 1
                    let words = Self.words(command).dropFirst()
                    var path: [String] = []
                    func help() throws -> Help {
                        if let help = known[path] { return help }
                        let result = try RunningProgram(path + ["--help"], in: home).finish()
                        try #require(result.status == 0 && result.output.contains("USAGE:"))
                        var help = Help(result.output)
                        // Options of the workbench may stand without its name.
                        if path.isEmpty {
                            let workbench = Help(try RunningProgram(["workbench", "--help"], in: home).finish().output)
                            help.options.merge(workbench.options) { own, _ in own }
                        }
                        known[path] = help
                        return help
                    }
                    var isValue = false
                    for word in words {
                        if isValue {
                            isValue = false
                            continue
                        }
                        let here = try help()
                        if word.hasPrefix("-") {
                            let option = String(word.prefix { $0 != "=" })
                            let takesValue = here.options[option]
                            #expect(takesValue != nil, "\(name): `\(command)`: no option \(word)")
                            isValue = takesValue == true && option == word
                        } else if here.subcommands.contains(word) {
                            path.append(word)
                        } else {
                            #expect(!here.arguments.isEmpty || word == "…", "\(name): `\(command)`: no command \(word)")
                        }
                    }
                }
            }
            #expect(seen >= 12)
        }

        @Test("Every make target shown is in the Makefile, and every built-in experiment named in a command exists")
        func targets() throws {
            let makefile = try String(contentsOf: Self.root.appendingPathComponent("Makefile"), encoding: .utf8)
            let targets = Set(makefile.matches(of: /(?m)^([a-z-]+):/).map { String($0.1) })
            let home = try Home()
            var seen = 0
            for (name, text) in try Self.documents() {
                for line in Self.shellLines(text) + Self.inlineCode(text) {
                    let words = Self.words(line)
                    if words.count > 1, words[0] == "make" {
                        seen += 1
                        #expect(targets.contains(words[1]), "\(name): `\(line)`")
                    }
                    // A place for the reader's own file is in capitals.
                    if words.count > 2, words[0] == "emolab", words[1] == "train", words[2] != words[2].uppercased(),
                        !words[2].hasPrefix("-")
                    {
                        seen += 1
                        let path = words[2].hasSuffix(".toml") ? Self.root.appendingPathComponent(words[2]).path : words[2]
                        let overrides = zip(words, words.dropFirst()).filter { $0.0 == "--set" }.flatMap { [$0.0, $0.1] }
                        let result = try RunningProgram(["train", path] + overrides, in: home).finish()
                        // It parses, so all that is missing is the corpus.
                        #expect(
                            result.status == 1 && result.errors.contains("there is no corpus named"), "\(name): `\(line)`: \(result.errors)"
                        )
                    }
                }
            }
            #expect(seen >= 3)
        }

        @Test("Every experiment that comes with emolab, in the program and in the folder, is valid")
        func experiments() throws {
            let home = try Home()
            let folder = Self.root.appendingPathComponent("experiments").path
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".toml") }.map {
                folder + "/" + $0
            }
            let builtIn = try #require(home.emolab("train", "--help").output.firstMatch(of: /comes with emolab:([^.]+)\./)).1
            let names = builtIn.split { ", \n".contains($0) }.map(String.init)
            #expect(files.count >= 4 && names.contains("demo"))
            for experiment in files + names {
                let result = try home.emolab("train", experiment)
                #expect(result.status == 1 && result.errors.contains("there is no corpus named"), "\(experiment): \(result.errors)")
            }
        }

        @Test("Every link to a file in README and docs leads to one")
        func links() throws {
            var seen = 0
            for (name, text) in try Self.documents() {
                let folder = Self.root.appendingPathComponent(name).deletingLastPathComponent()
                for match in text.matches(of: /\]\(([^)\s]+)\)/) where !match.1.contains("://") && !match.1.hasPrefix("#") {
                    seen += 1
                    let file = folder.appendingPathComponent(String(match.1.prefix { $0 != "#" })).path
                    #expect(FileManager.default.fileExists(atPath: file), "\(name) links to \(match.1)")
                }
            }
            #expect(seen >= 4)
        }

        // MARK: Reading

        /// Lines of fenced blocks marked as shell, without prompts and comments.
        private static func shellLines(_ text: String) -> [String] {
            text.matches(of: /(?s)```(?:sh|bash|console|shell)\n(.*?)```/).flatMap { $0.1.split(separator: "\n") }.map { line in
                var line = line.drop { $0 == " " || $0 == "$" }
                if let comment = line.range(of: " #") { line = line[..<comment.lowerBound] }
                return line.trimmingCharacters(in: .whitespaces)
            }
        }

        /// Code within a sentence, outside fenced blocks.
        private static func inlineCode(_ text: String) -> [String] {
            text.replacing(/(?s)```.*?```/, with: "").matches(of: /`([^`\n]+)`/).map { String($0.1) }
        }

        /// Words of a command, quotes taken off; what comes after a pipe, `;`, `&` or `>` is another's.
        private static func words(_ line: String) -> [String] {
            var (words, word, quote): ([String], String, Character?) = ([], "", nil)
            for character in line {
                if let open = quote {
                    if character == open { quote = nil } else { word.append(character) }
                } else if character == "'" || character == "\"" {
                    quote = character
                } else if "|;&>".contains(character) {
                    break
                } else if character == " " {
                    if !word.isEmpty { words.append(word) }
                    word = ""
                } else {
                    word.append(character)
                }
            }
            return word.isEmpty ? words : words + [word]
        }

        /// What `--help` of a command says that there is.
        private struct Help {
            var subcommands, arguments: Set<String>
            /// Whether an option is followed by a value.
            var options: [String: Bool] = [:]

            init(_ text: String) {
                func section(_ title: String) -> Substring {
                    guard let start = text.range(of: "\n" + title + ":\n") else { return "" }
                    let body = text[start.upperBound...]
                    return body[..<(body.range(of: "\n\n")?.lowerBound ?? body.endIndex)]
                }
                subcommands = Set(section("SUBCOMMANDS").matches(of: /(?m)^  ([a-z][a-z-]*)/).map { String($0.1) })
                arguments = Set(section("ARGUMENTS").matches(of: /(?m)^  (<[^>]+>)/).map { String($0.1) })
                for match in section("OPTIONS").matches(of: /(?m)^  (?:(-[a-z]), )?(--[a-z][a-z-]*)(?:\/(--no-[a-z-]*))?( <)?/) {
                    for name in [match.1, match.2, match.3].compactMap(\.self) { options[String(name)] = match.4 != nil }
                }
            }
        }
    }
}
