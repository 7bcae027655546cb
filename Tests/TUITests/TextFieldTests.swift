import Testing
import Viz

@testable import TUI

@Suite struct TextFieldTests {
    private func typed(_ keys: [Key], into text: String = "") -> TextEntry {
        var entry = TextEntry(text)
        for key in keys { _ = entry.edit(key) }
        return entry
    }

    @Test("Letters land at the caret; Del deletes to the right, Backspace to the left")
    func caret() {
        #expect(typed([.left, .left, .character("x")], into: "abc").text == "axbc")
        #expect(typed([.home, .delete], into: "abc").text == "bc")
        #expect(typed([.delete], into: "abc").text == "abc", "nothing is right of the end")
        #expect(typed([.left, .backspace], into: "abc").text == "ac")
        #expect(typed([.home, .backspace], into: "abc").text == "abc")
        #expect(typed([.home, .right, .character("x"), .end, .character("y")], into: "abc").text == "axbcy")
        #expect(
            typed([.left, .right, .right, .right], into: "abc").caret == 3 && typed([.left, .left, .left, .left], into: "abc").caret == 0)
    }

    @Test("Ctrl+A, E, B, F, D, K, U and W do what they do in a shell")
    func control() {
        #expect(typed([.control("a"), .character("x")], into: "abc").text == "xabc")
        #expect(typed([.home, .control("e"), .character("x")], into: "abc").text == "abcx")
        #expect(typed([.control("b"), .control("b"), .control("k")], into: "abc").text == "a")
        #expect(typed([.control("b"), .control("u")], into: "abc").text == "c")
        #expect(typed([.control("a"), .control("d"), .control("f"), .control("d")], into: "abc").text == "b")
        #expect(typed([.control("w")], into: "one two  ").text == "one ")
        #expect(typed([.left, .left, .left, .control("w")], into: "one two").text == "two")
        #expect(!TextEntry("a").isChanged(by: .up) && !TextEntry("a").isChanged(by: .tab))
    }

    @Test("Pasted text is one key: lines become one, controls go, and the field takes no more than it holds")
    func paste() {
        #expect(typed([.home, .paste("one\ntwo\tthree\u{1b}[A")], into: "!").text == "one two three\u{FFFD}[A!")
        #expect(typed([.paste(String(repeating: "x", count: 9999))]).text.count == TextEntry.longest)
        #expect(typed([.character("e"), .character("\u{301}"), .backspace]).text == "", "a mark belongs to its letter")
    }

    @Test("The caret is always in sight: in wide letters, at both ends, in the middle of a long line", arguments: [1, 2, 5, 12, 40])
    func drawing(width: Int) {
        for text in ["", "abc", "漢字かな交じり文", String(repeating: "long ", count: 20)] {
            var entry = TextEntry(text)
            for _ in 0...text.count {
                var grid = CellGrid(width: width, height: 1)
                let used = TextField(entry).draw(into: &grid, x: 0, y: 0, width: width, Ink(), Look())
                let carets = grid.cells.filter { $0.glyph == "█" || $0.attributes.contains(.reverse) }
                // A wide letter has no room in one cell.
                if width > 1 {
                    #expect(carets.filter { $0.glyph != nil }.count == 1 && used <= width, "\(text), \(entry.caret): \(grid.lines)")
                }
                _ = entry.edit(.left)
            }
        }
        var grid = CellGrid(width: width, height: 1)
        TextField(TextEntry("0123456789")).draw(into: &grid, x: 0, y: 0, width: width, Ink(), Look())
        if width == 5 { #expect(grid.lines == ["6789█"]) }
    }

    @Test("Filter, palette, help, note and parameters take the caret's keys and show it", arguments: ["/ab", ":ab", "?ab"])
    func fields(keys: String) {
        var workbench = Sample.workbench(.corpora, train: Sample.train(), corpora: Sample.corpora())
        for key in keys { _ = workbench.handle(.character(key)) }
        for key: Key in [.left, .character("x"), .home, .delete, .paste("12")] { _ = workbench.handle(key) }
        let grid = workbench.draw(width: 100, height: 30)
        #expect(grid.text.contains("12xb"), "\(grid.text)")
        #expect(grid.cells.count { $0.attributes.contains(.reverse) } == 1)
    }

    @Test("What is pasted where nothing is typed is no command, and the bottom line says so")
    func pasteOutside() {
        var workbench = Sample.workbench(.train, train: Sample.train(), corpora: nil)
        let effects = workbench.handle(.paste("qsD"))
        #expect(effects.isEmpty && workbench.overlay == nil && workbench.message?.contains("pasted into a field") == true)
    }

    @Test("Filter, note and tag have each their own bottom line; Escape in help clears a search, then closes")
    func footers() throws {
        func footer(_ workbench: inout Workbench) -> String { workbench.draw(width: 100, height: 30).lines[29] }
        var workbench = Sample.examined(.errors)
        _ = workbench.handle(.character("/"))
        #expect(footer(&workbench).contains("Esc all") && footer(&workbench).contains("row"))
        _ = workbench.handle(.escape)
        _ = workbench.handle(.character("w"))
        #expect(footer(&workbench).contains("Enter keep  Esc leave as it was") && !footer(&workbench).contains("row"))
        _ = workbench.handle(.escape)
        _ = workbench.handle(.character("t"))
        #expect(footer(&workbench).contains("Enter tag  1–5 from the list  Esc leave"))
        _ = workbench.handle(.escape)
        _ = workbench.handle(.character("?"))
        #expect(footer(&workbench).contains("Esc close"))
        _ = workbench.handle(.character("x"))
        #expect(footer(&workbench).contains("Esc clear"))
        _ = workbench.handle(.escape)
        #expect(workbench.overlay != nil && footer(&workbench).contains("Esc close"))
        _ = workbench.handle(.escape)
        #expect(workbench.overlay == nil)
    }
}

extension TextEntry {
    fileprivate func isChanged(by key: Key) -> Bool {
        var copy = self
        return copy.edit(key)
    }
}
