// What a user's files and terminal may bring, damaged.
import CNcurses
import Foundation
import TestSupport
import Testing
import Viz

@testable import TUI

@Suite("Damaged settings, keys and words") struct FuzzTests {
    private static func clean(_ text: String) throws {
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw FuzzFinding("a control character in: \(text.debugDescription)")
        }
    }

    private static func text(_ input: [UInt8]) -> String { String(decoding: input, as: UTF8.self) }
    private static func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    @Test("Configurations, remapped keys among them")
    func configurations() {
        let seeds = Self.bytes([
            "theme = \"light\"\ncolors = 256\nglyphs = \"ascii\"\nmouse = false\n[keys]\n\"train.pause\" = [\"P\", \"Ctrl+Q\"]\n\"curves.rougher\" = \"-\"\n",
            "[keys]\n\"train.pause\" = \"s\"\n\"train.stop\" = \"p\"\n\"list.filter\" = []\n",
        ])
        Fuzz.run(
            "config", quick: 300, seeds: seeds,
            pieces: ["[keys]\n", "\"train.pause\"", " = ", "[\"P\"]", "\"F1\"", "\n", "theme", "mouse", "true", "\"Ctrl+\"", "[", "]"]
        ) { input in
            let config = Config.parse(Self.text(input))
            for problem in config.problems { try Self.clean("\(problem)") }
            return config.problems.isEmpty
        }
        Fuzz.run(
            "key names", quick: 2000, seeds: Self.bytes(["P", "Ctrl+P", "F12", "PgUp", "Space", "↑", "Shift+Tab"]),
            pieces: ["Ctrl+", "F", "1", "up", "+"]
        ) { input in
            guard let key = Key(name: Self.text(input)) else { return false }
            guard Key(name: key.name) == key else { throw FuzzFinding("\(key) does not read back") }
            return true
        }
    }

    @Test("Themes")
    func themes() {
        let seeds = Self.bytes([
            "inherits = \"dark\"\nsource = \"#12ab34 bold\"\nheat = \"#000000 #ffffff\"\nbackground = \"none\"\n", "source = \"#fff\"\n",
        ])
        Fuzz.run(
            "themes", quick: 2000, seeds: seeds, pieces: ["source", " = ", "\"#123456\"", "\n", "bold", "inherits", "\"dark\"", "none"]
        ) { input in
            do {
                _ = try ThemeLibrary.parse(Self.text(input), name: "x", file: "x", known: Theme.builtIn)
                return true
            } catch let problem as ConfigProblem {
                try Self.clean("\(problem)")
                return false
            }
        }
    }

    @Test("Files of keys to play")
    func scripts() {
        let seeds = Self.bytes([
            "# a story\nexpect 400 clips\nG\nCtrl+P\ntype hello\nEnter\nsize 120x36\nwait 0.1\nabsent x\nclick 3,4\nwheel 1,2,-3\n"
        ])
        Fuzz.run(
            "play files", quick: 2000, seeds: seeds,
            pieces: ["size ", "wait ", "click ", "wheel ", "type ", "expect ", "\n", "1,2", "80x24", "Enter\n"]
        ) { input in
            do {
                let script = try Script(Self.text(input))
                var runner = ScriptRunner(script), now = 0.0, steps = 0
                runner.patience = 1
                while !runner.isFinished {
                    if case .failed = runner.step(isIdle: true, now: now, screen: { "400 clips" }) { break }
                    (now, steps) = (now + 1, steps + 1)
                    // A wait takes at most ten minutes, a line of keys one step a character.
                    guard steps < 700 * (script.lines.count + 1) + input.count else { throw FuzzFinding("it never ends") }
                }
                return true
            } catch let error as ScriptError {
                try Self.clean(error.reason)
                return false
            }
        }
    }

    @Test("The filter language: what it takes it applies to a row at once, expressions among it")
    func filters() {
        let rows = [
            CorporaView.Row(
                corpus: "crowd", name: "1043_ITS_FEA_HI", speaker: "1043", emotion: "fear",
                sentence: String(repeating: "a", count: 60) + "!", sex: "female", age: 31, length: 2.27, prediction: "sad", isRight: false)
        ]
        let seeds = Self.bytes([
            "emotion:sad (corpus:studio or age>50)", "clip~^1\\d+_I", "sentence:\"eleven o\" !age<=3", "clip~\"[a-z]{2,3}(x|y)*?\"",
            "sentence~\"(a+)+$\"", "sentence~\"(?<n>a)\\\\k<n>\"",
        ])
        let pieces = [
            "(", ")", "!", " and ", " or ", "age", ">", "<=", "~", ":", "\"", "sad", "clip~", "sentence~", "[", "]", "{2,", "}", "*", "+",
            "?", "|", "\\d", "\\", "^", "$", "(?", "(?<n>", "(?:", "a", ".", "\\p{L}", "\\k<n>", "[[:alpha:]]", "(?i)",
        ]
        Fuzz.run("filter", quick: 4000, seeds: seeds, pieces: pieces) { input in
            guard let filter = try? Filter<CorporaView.Row>(Self.text(input)) else { return false }
            for row in rows { _ = filter.matches(row) }
            return true
        }
    }

    @Test("What is typed into the palette, character by character")
    func palette() {
        let seeds = Self.bytes([
            "theme light", "open 3", "set training.epochs 20", "clip 10", "run 42", "quit", "goto errors", "order stop",
        ])
        var workbench = Sample.workbench(.train, train: Sample.train(upTo: 300), corpora: Sample.corpora(clips: 20))
        Fuzz.run("palette", quick: 60, seeds: seeds, pieces: ["set ", "theme ", "run ", "clip ", "training.", " ", "99"], accepted: 0...1) {
            input in
            _ = workbench.handle(.control("p"))
            for character in Self.text(input).prefix(60) { _ = workbench.handle(.character(character)) }
            let lines = workbench.draw(width: 90, height: 24).lines
            for line in lines { try Self.clean(line) }
            _ = workbench.handle(.enter)
            for _ in 0..<3 { _ = workbench.handle(.escape) }
            return true
        }
    }

    @Test("The remembered view: another's, an older one's, or no JSON at all")
    func views() throws {
        let workbench = Sample.workbench(.train, train: Sample.train(upTo: 30), corpora: Sample.corpora(clips: 3))
        let seed = [UInt8](try JSONEncoder().encode(workbench.view))
        Fuzz.run(
            "view", quick: 1000, seeds: [seed],
            pieces: ["{", "}", "[", "]", ":", ",", "\"version\":1", "null", "true", "\"layout\"", "1e308"]
        ) { input in
            guard let view = ViewStore.parse(Data(input)) else { return false }
            var settings = WorkbenchSettings()
            settings.view = view
            var workbench = Workbench(focus: .corpora, settings: settings)
            for size in [(1, 1), (80, 24), (200, 60)] { _ = workbench.draw(width: size.0, height: size.1) }
            _ = workbench.handle(.tab)
            return true
        }
    }

    @Test("Codes from the terminal: every one is a key or none, and no control character is a letter")
    func codes() {
        var fuzz = Fuzz("codes")
        for round in 0..<Fuzz.inputs(quick: 20_000) {
            let code = round < 4096 ? UInt32(round) : UInt32(truncatingIfNeeded: fuzz.below(Int(UInt32.max)))
            for kind in [OK, KEY_CODE_YES] {
                guard let key = Terminal.key(kind, code), case .character(let character) = key else { continue }
                #expect(character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "\(code)")
            }
        }
    }
}
