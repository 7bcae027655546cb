import TestSupport
import Testing
import Viz

@testable import TUI

/// What surrounds and covers the panes, as text.
@Suite struct FrameGoldenTests {
    private func sample(_ pane: PaneName = .train, _ keys: String = "") -> Workbench {
        var workbench = Sample.workbench(pane, train: Sample.train(), corpora: Sample.corpora(), look: Look(colours: .none))
        for key in keys { _ = workbench.handle(.character(key)) }
        return workbench
    }

    @Test("Two places beside each other and one above the other; too small for both, the focused one", arguments: PaneGoldenTests.sizes)
    func splits(width: Int, height: Int) {
        for (name, keys) in [("right", "|1"), ("below", "_1")] {
            var workbench = sample(.train, keys)
            expectGolden(workbench.draw(width: width, height: height).text, "split-\(name)-\(width)x\(height)")
        }
    }

    @Test("The palette: everything, what fits some letters, what a word may be, nothing", arguments: PaneGoldenTests.sizes)
    func palette(width: Int, height: Int) {
        for (name, typed) in [("all", ""), ("letters", "sm cur"), ("words", "theme tri"), ("none", "zzz")] {
            var workbench = sample(.train, ":" + typed)
            expectGolden(workbench.draw(width: width, height: height).text, "palette-\(name)-\(width)x\(height)")
        }
    }

    @Test("The list of themes", arguments: PaneGoldenTests.sizes)
    func themes(width: Int, height: Int) {
        var workbench = sample(.corpora, "T")
        expectGolden(workbench.draw(width: width, height: height).text, "themes-\(width)x\(height)")
    }

    @Test("Lines of words, of both panes")
    func accessible() {
        for (number, pane) in [(1, PaneName.corpora), (2, .train)] {
            var settings = WorkbenchSettings()
            settings.isAccessible = true
            var workbench = Workbench(look: Look(colours: .none), focus: pane, settings: settings)
            _ = workbench.receive(Sample.train())
            _ = workbench.receive(Sample.corpora())
            expectGolden(workbench.draw(width: 80, height: 24).text, "accessible-pane\(number)-80x24")
        }
    }

    private struct Plain: Pane {
        var name: PaneName
        var key: Character?
        var current = PaneState.ready
        var bindings: [KeyBinding] { [] }
        func state(_ models: Models) -> PaneState { current }
        mutating func handle(_ command: Command, _ models: Models) -> [Effect] { [] }
        mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
            grid.text("drawn by the pane", x: rect.x, y: rect.y, look[.text], limit: rect.width)
        }
    }

    @Test("With nine panes the bottom line has their names where there is room, their numbers where there is less")
    func ninePanes() {
        var workbench = Workbench(panes: PaneName.allCases.map { Plain(name: $0, key: $0.key) }, focus: .adaptation)
        func footer(_ width: Int) -> String { workbench.draw(width: width, height: 20).lines[19] }
        #expect(footer(150).hasPrefix(" 1 Corpora  2 Train  3 Adaptation  4 Confusion") && footer(150).hasSuffix("q quit"))
        #expect(footer(90).hasPrefix(" 1 2  3 Adaptation  4 5 6 7 8 9   e export") && footer(90).hasSuffix("q quit"))
        #expect(!footer(50).contains("3 Adaptation") && footer(50).hasSuffix("? help  q quit"))
    }

    @Test("A pane without a key is reached through the palette and by the next and the previous pane, and named where there is room")
    func withoutKey() {
        let panes = [Plain(name: .corpora, key: "1"), Plain(name: .train), Plain(name: .log, key: "9")]
        var workbench = Workbench(panes: panes, focus: .corpora)
        #expect(workbench.draw(width: 150, height: 20).lines[19].hasPrefix(" 1 Corpora  Train  9 Log   "))
        #expect(workbench.draw(width: 60, height: 20).lines[19].hasPrefix(" 1 Corpora  9   "))
        _ = workbench.handle(.tab)
        #expect(workbench.pane.name == .train && workbench.draw(width: 60, height: 20).lines[19].hasPrefix(" 1  Train  9   "))
        _ = workbench.handle(.backTab)
        #expect(workbench.pane.name == .corpora)
        for key in ":pane train" { _ = workbench.handle(.character(key)) }
        _ = workbench.handle(.enter)
        #expect(workbench.pane.name == .train && workbench.overlay == nil)
    }

    @Test("The frame draws what stands in place of a pane, in every way out, and the pane itself only where it is ready")
    func notices() {
        for (state, words) in [
            (PaneState.loading("reading"), ["reading"]), (.empty("Nothing", ["do this"]), ["Nothing", "do this"]),
            (.failed("Broken", ["because"]), ["Broken", "because"]), (.ready, ["drawn by the pane"]),
        ] {
            var workbench = Workbench(panes: [Plain(name: .train, key: "2", current: state)], focus: .train)
            let drawn = [
                workbench.draw(width: 80, height: 20).text, workbench.drawPane(width: 80, height: 20).text,
                workbench.linearLines(width: 80, height: 20).joined(separator: "\n"),
            ]
            for text in drawn {
                #expect(words.allSatisfy(text.contains) && text.contains("drawn by the pane") == (state == .ready), "\(text)")
            }
            #expect(drawn[0].contains("╭─ ² Train ─") == (state != .ready))
            // Whatever it has to show: without its store it says so, until the store is back.
            _ = workbench.receive(StoreFailure(text: "gone"))
            let lost = workbench.draw(width: 80, height: 20).text
            #expect(lost.contains("The store cannot be read") && lost.contains("gone") && !words.contains(where: lost.contains), "\(lost)")
            _ = workbench.receive(StoreFailure())
            #expect(workbench.draw(width: 80, height: 20).text == drawn[0])
        }
    }
}
