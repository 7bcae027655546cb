import TestSupport
import Testing
import Viz

@testable import TUI

/// What surrounds and covers the panes, as text.
@Suite struct FrameGoldenTests {
    private func sample(_ pane: Int = 2, _ keys: String = "") -> Workbench {
        var workbench = Sample.workbench(pane, train: Sample.train(), corpora: Sample.corpora(), look: Look(colours: .none))
        for key in keys { _ = workbench.handle(.character(key)) }
        return workbench
    }

    @Test("Two places beside each other and one above the other; too small for both, the focused one", arguments: PaneGoldenTests.sizes)
    func splits(width: Int, height: Int) {
        for (name, keys) in [("right", "|1"), ("below", "_1")] {
            var workbench = sample(2, keys)
            expectGolden(workbench.draw(width: width, height: height).text, "split-\(name)-\(width)x\(height)")
        }
    }

    @Test("The palette: everything, what fits some letters, what a word may be, nothing", arguments: PaneGoldenTests.sizes)
    func palette(width: Int, height: Int) {
        for (name, typed) in [("all", ""), ("letters", "sm cur"), ("words", "theme tri"), ("none", "zzz")] {
            var workbench = sample(2, ":" + typed)
            expectGolden(workbench.draw(width: width, height: height).text, "palette-\(name)-\(width)x\(height)")
        }
    }

    @Test("The list of themes", arguments: PaneGoldenTests.sizes)
    func themes(width: Int, height: Int) {
        var workbench = sample(1, "T")
        expectGolden(workbench.draw(width: width, height: height).text, "themes-\(width)x\(height)")
    }

    @Test("Lines of words, of both panes")
    func accessible() {
        for pane in [1, 2] {
            var settings = WorkbenchSettings()
            settings.isAccessible = true
            var workbench = Workbench(look: Look(colours: .none), focus: pane, settings: settings)
            _ = workbench.receive(Sample.train())
            _ = workbench.receive(Sample.corpora())
            expectGolden(workbench.draw(width: 80, height: 24).text, "accessible-pane\(pane)-80x24")
        }
    }

    @Test("With nine panes the bottom line has their names where there is room, their numbers where there is less")
    func ninePanes() {
        struct Plain: Pane {
            var number: Int
            var name: String
            var bindings: [KeyBinding] { [] }
            mutating func handle(_ command: Command, _ models: Models) -> [Effect] { [] }
            mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {}
        }
        let names = ["Corpora", "Train", "Adaptation", "Confusion", "Clip", "Errors", "Runs", "Parameters", "Log"]
        var workbench = Workbench(panes: names.enumerated().map { Plain(number: $0.offset + 1, name: $0.element) }, focus: 3)
        func footer(_ width: Int) -> String { workbench.draw(width: width, height: 20).lines[19] }
        #expect(footer(150).hasPrefix(" 1 Corpora  2 Train  3 Adaptation  4 Confusion") && footer(150).hasSuffix("q quit"))
        #expect(footer(90).hasPrefix(" 1 2  3 Adaptation  4 5 6 7 8 9   e export") && footer(90).hasSuffix("q quit"))
        #expect(!footer(50).contains("3 Adaptation") && footer(50).hasSuffix("? help  q quit"))
    }
}
