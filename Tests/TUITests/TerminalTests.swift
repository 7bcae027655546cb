import CNcurses
import Foundation
import Testing
import Viz

@testable import TUI

@Suite struct TerminalTests {
    private func choice(_ environment: [String: String], isUTF8: Bool = true, colours: ColourDepth? = nil) -> TerminalChoice {
        TerminalChoice(environment: environment, isUTF8: isUTF8, colours: colours)
    }

    @Test("Colours and glyphs follow the environment, and the user's wish before it")
    func environment() {
        #expect(choice(["TERM": "xterm-256color", "COLORTERM": "truecolor"]).colours == .direct)
        #expect(choice(["TERM": "xterm-256color"]).colours == .indexed)
        #expect(choice(["TERM": "xterm"]).colours == .eight)
        #expect(choice(["TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"]).colours == .none)
        #expect(choice(["TERM": "xterm-256color", "NO_COLOR": "1"], colours: .sixteen).colours == .sixteen)
        #expect(choice(["TERM": "xterm-256color", "NO_COLOR": ""]).colours == .indexed)
        #expect(choice(["TERM": "xterm"], isUTF8: false).glyphs == .ascii)
        #expect(choice(["TERM": "linux"]).glyphs == .blocks)
        #expect(choice(["COLORFGBG": "0;15"]).theme == .light && choice(["COLORFGBG": "15;0"]).theme == .dark)
    }

    @Test("An unknown terminal falls back to ones that every system knows")
    func fallback() {
        #expect(choice(["TERM": "strange-256color"]).types == ["strange-256color", "xterm-256color", "xterm", "vt100"])
        #expect(choice(["TERM": "screen-256color", "COLORTERM": "truecolor"]).types.first == "tmux-direct")
        #expect(choice([:]).types == ["xterm-256color", "xterm", "vt100"])
    }

    @Test("Curses' codes become keys; unknown ones become nothing")
    func keys() {
        #expect(Terminal.key(KEY_CODE_YES, UInt32(KEY_UP)) == .up)
        #expect(Terminal.key(KEY_CODE_YES, UInt32(KEY_F0 + 1)) == .function(1))
        #expect(Terminal.key(KEY_CODE_YES, 0xFFFF) == nil)
        #expect(Terminal.key(OK, 12) == .control("l") && Terminal.key(OK, 13) == .enter && Terminal.key(OK, 27) == .escape)
        #expect(Terminal.key(OK, 0x6F22) == .character("漢") && Terminal.key(OK, 0) == nil && Terminal.key(OK, 0xD800) == nil)
    }

    @Test("A pair that is on the screen is never given away; the longest unused one is")
    func pairs() {
        func colours(_ number: Int32) -> ColourPairs.Colours { .init(foreground: number, background: -1) }
        var pairs = ColourPairs(limit: 3)
        let one = pairs.pair(for: colours(1))
        let two = pairs.pair(for: colours(2))
        #expect(one.isNew && two.isNew && one.number == 1 && two.number == 2)
        pairs.replace(0, by: one.number)
        pairs.replace(0, by: two.number)
        #expect(pairs.pair(for: colours(1)) == (1, false))
        #expect(pairs.pair(for: colours(3)) == (0, false))  // Both are on the screen.
        pairs.replace(two.number, by: 0)
        #expect(pairs.pair(for: colours(3)) == (2, true))
        #expect(pairs.pair(for: .init(foreground: -1, background: -1)) == (0, false))
    }

    @Test("Random pictures through few pairs never recolour a cell that is shown")
    func pairsUnderPressure() {
        var dice = Dice(9)
        var pairs = ColourPairs(limit: 24)
        var table: [Int: ColourPairs.Colours] = [0: .init(foreground: -1, background: -1)]
        var cells = [(pair: Int, colours: ColourPairs.Colours?)](repeating: (0, nil), count: 40)
        for _ in 0..<50_000 {
            let at = dice.below(cells.count)
            let wanted = ColourPairs.Colours(foreground: Int32(dice.below(12)), background: Int32(dice.below(6)))
            let (number, isNew) = pairs.pair(for: wanted)
            if isNew {
                #expect(!cells.enumerated().contains { $0.offset != at && $0.element.pair == number })
                table[number] = wanted
            }
            if number != 0 { #expect(table[number] == wanted) }
            pairs.replace(cells[at].pair, by: number)
            cells[at] = (number, wanted)
        }
    }
}
