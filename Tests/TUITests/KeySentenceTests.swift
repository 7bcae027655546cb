import Foundation
import Records
import Testing
import Viz

@testable import TUI

/// Sentences that name a key have it from the key table, so that a remap changes them.
@Suite struct KeySentenceTests {
    /// Names of keys in a literal of the screen's sources, in words that a person reads as "press this".
    static func keysNamed(in literal: String) -> [String] {
        // What is filled in is no part of the literal.
        let text = literal.replacing(/\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/, with: "§")
        var found = text.matches(of: /\b(Esc|Escape|Enter|Space|Tab|PgUp|PgDn|Home|End|Del|Backspace)\b|Ctrl\+|Shift\+Tab|[↑↓]{2}|◂ \w/).map
        { String($0.output.0) }
        let words = text.split(separator: " ").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: ".,;:()")) }
        for (place, word) in words.enumerated() where place + 1 < words.count && word.count == 1 {
            let next = words[place + 1]
            // `8 opens`, `a applies`, `u takes`, `| and _ split`.
            let isVerb =
                next.wholeMatch(of: /[a-z]{2,}s/) != nil
                && !["is", "was", "class", "process", "less", "pass", "loss", "gives", "has"].contains(next)
            let isPair = next == "and" && place + 2 < words.count && words[place + 2].count == 1
            if word.wholeMatch(of: /[A-Za-z0-9|_<>\[\]\/?:%+-]/) != nil, isVerb || isPair { found.append(word + " " + next) }
        }
        return found
    }

    private static func literals(_ line: String) -> [String] {
        // Quotes inside of what is filled in end a literal here; its parts are looked at all the same.
        line.matches(of: /"((?:[^"\\]|\\.)*)"/).map { String($0.output.1) }
    }

    @Test("A sentence with a key in it is found, and words that only look so are not")
    func scanner() {
        for sentence in [
            "Esc takes the filter away.", " 8 opens its parameters, to start it anew.", "\\(count) keys followed; u takes it back",
            "a applies it now",
            "there is one place only; | and _ split it", "◂ h   l ▸", "Space marks runs",
            "Clips are kept of epoch \\(kept) only; b goes there.", "↑↓", "X closes the new place",
        ] { #expect(!Self.keysNamed(in: sentence).isEmpty, "\(sentence)") }
        for sentence in [
            "a copy needs a name", "ln 2 .693", "saved after a class", "\\(models.keys[.undoEdit]) takes it back",
            "macro-F1 \\(Numbers.share(x))", "source → target",
            "Kept running, it goes on in a process of its own.", "1 is chance",
        ] { #expect(Self.keysNamed(in: sentence).isEmpty, "\(sentence): \(Self.keysNamed(in: sentence))") }
    }

    @Test("No sentence of the screen names a key by itself: outside of the table and the fixed keys there is none")
    func sources() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Sources/TUI")
            .standardizedFileURL
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)).compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" && $0.deletingLastPathComponent().lastPathComponent != "Keys" }
        #expect(files.count > 80)
        for file in files {
            for (number, line) in try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            {
                let code = line.trimmingCharacters(in: .whitespaces)
                // Bindings are the table itself.
                if code.hasPrefix("//") || code.contains("KeyBinding([") { continue }
                for literal in Self.literals(code) {
                    #expect(Self.keysNamed(in: literal) == [], "\(file.lastPathComponent):\(number + 1): \(literal)")
                }
            }
        }
    }

    private func remapped(_ keys: [(String, [Key])], _ pane: PaneName) -> Workbench {
        var settings = WorkbenchSettings()
        settings.keys = keys.map { (Command($0.0), $0.1) }
        return Workbench(look: Look(colours: .none), focus: pane, settings: settings)
    }

    @Test("After a remap sentences name the new keys; a command without a key is called by its name")
    func remap() {
        var corpora = remapped(
            [("list.clearFilter", [.function(7)]), ("clip.previousFrame", [.character("ä")]), ("place.right", [.character("§")])], .corpora)
        _ = corpora.receive(Sample.train(state: .failed("no memory")))
        _ = corpora.receive(Sample.corpora())
        if let request = corpora.handle(.down).shown(PreviewRequest.self) { _ = corpora.receive(Sample.preview(of: request.clip)) }
        #expect(corpora.draw(width: 140, height: 40).text.contains("◂ ä   l ▸"))
        _ = corpora.handle(.character("z"))
        #expect(corpora.message == "there is one place only; § and _ split it")
        for key in "/zzz" { _ = corpora.handle(.character(key)) }
        #expect(corpora.draw(width: 140, height: 40).text.contains("F7 clears the filter."))
        _ = corpora.handle(.enter)
        _ = corpora.handle(.function(7))
        #expect(!corpora.draw(width: 140, height: 40).text.contains("F7 clears"))

        var train = remapped(
            [("pane.parameters", [.character("P")]), ("parameters.apply", [.function(9)]), ("parameters.undo", [])], .train)
        _ = train.receive(Sample.train(state: .failed("no memory")))
        #expect(train.draw(width: 140, height: 40).text.contains("P opens its parameters"))
        _ = train.handle(.character("P"))
        _ = train.receive(Sample.editing)
        _ = train.receive(Sample.parameters())
        for key in "/adaptation.alpha.maximum" { _ = train.handle(.character(key)) }
        for key: Key in [.enter, .enter, .control("u"), .character("0"), .character("."), .character("0"), .character("5"), .enter] {
            _ = train.handle(key)
        }
        #expect(train.message == "F9 applies it now, from the next step on")
        #expect(train.models.keys[.undoEdit] == "parameters.undo")
    }
}
