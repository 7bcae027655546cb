import TestSupport
import Testing
import Viz

@testable import TUI

/// Whole screens as text; colours are tested apart.
@Suite struct PaneGoldenTests {
    static let sizes = [(20, 6), (80, 24), (120, 36), (200, 60)]

    @Test("Corpora with clips and a preview", arguments: sizes)
    func corpora(width: Int, height: Int) {
        var workbench = Sample.workbench(.corpora, train: Sample.train(), corpora: Sample.corpora(), look: Look(colours: .none))
        expectGolden(workbench.draw(width: width, height: height).text, "corpora-\(width)x\(height)")
    }

    @Test("Corpora with classes by side of the split", arguments: sizes)
    func balance(width: Int, height: Int) {
        var workbench = Sample.workbench(.corpora, train: Sample.train(), corpora: Sample.corpora(), look: Look(colours: .none))
        _ = workbench.handle(.character("b"))
        expectGolden(workbench.draw(width: width, height: height).text, "corpora-balance-\(width)x\(height)")
    }

    @Test("Corpora while reading, without any, unreadable, with only rejected files", arguments: sizes)
    func corporaStates(width: Int, height: Int) {
        var empty = CorporaView()
        empty.state = .ready
        for (name, view) in [("loading", CorporaView()), ("empty", empty), ("failed", CorporaView())] {
            var workbench = Sample.workbench(.corpora, train: nil, corpora: view)
            if name == "failed" { _ = workbench.receive(StoreFailure(text: "/data/emolab.sqlite: it is not a store of emolab")) }
            expectGolden(workbench.draw(width: width, height: height).text, "corpora-\(name)-\(width)x\(height)")
        }
        var rejected = Sample.workbench(.corpora, train: nil, corpora: Sample.corpora(), look: Look(colours: .none))
        _ = rejected.handle(.character("r"))
        expectGolden(rejected.draw(width: width, height: height).text, "corpora-rejected-\(width)x\(height)")
    }

    @Test("Help, a question and a filter over the panes")
    func overlays() {
        var help = Sample.workbench(.train, train: Sample.train(), corpora: Sample.corpora())
        _ = help.handle(.character("?"))
        expectGolden(help.draw(width: 80, height: 24).text, "help-80x24")
        for key in "smooth" { _ = help.handle(.character(key)) }
        expectGolden(help.draw(width: 80, height: 24).text, "help-search-80x24")
        var stop = Sample.workbench(.train, train: Sample.train(), corpora: Sample.corpora())
        _ = stop.handle(.character("s"))
        expectGolden(stop.draw(width: 80, height: 24).text, "stop-80x24")
        var filter = Sample.workbench(.corpora, train: Sample.train(), corpora: Sample.corpora(), look: Look(colours: .none))
        for key in "/emotion:sad age>" { _ = filter.handle(.character(key)) }
        expectGolden(filter.draw(width: 120, height: 36).text, "filter-120x36")
    }

    @Test("Both panes in ASCII alone")
    func ascii() {
        for (number, pane) in [(1, PaneName.corpora), (2, .train)] {
            var workbench = Sample.workbench(
                pane, train: Sample.train(), corpora: Sample.corpora(), look: Look(colours: .none, glyphs: .ascii))
            let grid = workbench.draw(width: 80, height: 24)
            #expect(grid.cells.allSatisfy { $0.glyph?.isASCII ?? false })
            expectGolden(grid.text, "ascii-pane\(number)-80x24")
        }
    }

    @Test("Focus is the accent on the pane's border and nowhere else in the body")
    func focus() {
        var workbench = Sample.workbench(.train, train: Sample.train(), corpora: nil)
        let grid = workbench.draw(width: 120, height: 36)
        let accent = Theme.dark[.accent].foreground
        for y in 1..<35 {
            for x in 0..<120 where grid[x, y].foreground == accent {
                #expect(["╭", "╮", "╰", "╯", "─", "│"].contains(grid[x, y].glyph))
            }
        }
        #expect(grid[0, 1].glyph == "╭" && grid[0, 1].foreground == accent)
    }

    @Test("A window that is too small says so in one line")
    func tooSmall() {
        for (width, height) in [(19, 6), (20, 5), (1, 1), (0, 0), (9, 40)] {
            var workbench = Sample.workbench(.corpora, train: Sample.train(), corpora: Sample.corpora())
            let grid = workbench.draw(width: width, height: height)
            #expect(grid.width == width && grid.lines.dropFirst().allSatisfy { $0.isEmpty })
            if width > 0 { #expect(!grid.lines[0].isEmpty) }
        }
    }
}
