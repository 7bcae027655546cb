import Foundation
import Testing
import Viz

@testable import TUI

@Suite struct LayoutTests {
    private let body = Rect(x: 0, y: 1, width: 120, height: 34)

    @Test("Splits divide the focused place, focus the new one, and cover the body without overlap")
    func splits() {
        var layout = Layout(pane: .train)
        layout.split(.right, showing: .adaptation)
        layout.split(.below, showing: .confusion)
        #expect(layout.panes == [.train, .adaptation, .confusion] && layout.focused == .confusion)
        let places = layout.places(in: body)
        #expect(places.map(\.pane) == [.train, .adaptation, .confusion])
        #expect(places.reduce(0) { $0 + $1.rect.width * $1.rect.height } == body.width * body.height)
        for (index, a) in places.enumerated() {
            for b in places.dropFirst(index + 1) { #expect(a.rect.intersection(b.rect).isEmpty) }
        }
    }

    @Test("A pane that is visible is focused, another takes the focused place; no pane is ever there twice")
    func show() {
        var layout = Layout(pane: .corpora)
        layout.split(.right, showing: .train)
        layout.show(.corpora)
        #expect(layout.panes == [.corpora, .train] && layout.focused == .corpora)
        layout.show(.clip)
        #expect(layout.panes == [.clip, .train] && layout.focused == .clip)
        layout.split(.below, showing: .train)
        #expect(layout.panes == [.clip, .train] && layout.focused == .train)
    }

    @Test("Closing gives the room to the neighbour; the last place stays")
    func close() {
        var layout = Layout(pane: .corpora)
        var hasClosed = layout.close()
        #expect(!hasClosed)
        layout.split(.right, showing: .train)
        layout.split(.below, showing: .adaptation)
        hasClosed = layout.close()
        #expect(hasClosed && layout.panes == [.corpora, .train] && layout.focused == .train)
        hasClosed = layout.close()
        #expect(hasClosed && layout.panes == [.corpora] && layout.focused == .corpora)
        #expect(layout.places(in: body).first?.rect == body)
    }

    @Test("The border of the innermost split moves, within bounds, and no place gets smaller than it may be")
    func borders() {
        var layout = Layout(pane: .corpora)
        var hasGrown = layout.grow(by: 0.05)
        #expect(!hasGrown)
        layout.split(.right, showing: .train)
        let before = layout.places(in: body)[1].rect.width
        hasGrown = layout.grow(by: 0.05)
        #expect(hasGrown && layout.places(in: body)[1].rect.width == before + 6)
        for _ in 0..<40 { _ = layout.grow(by: 0.05) }
        #expect(layout.places(in: body)[0].rect.width == Layout.smallestPlace.width)
        #expect(layout.places(in: Rect(x: 0, y: 0, width: 40, height: 20)).count == 2)
    }

    @Test("Where the places would be too small, and zoomed, the focused pane is drawn alone")
    func alone() {
        var layout = Layout(pane: .corpora)
        layout.split(.right, showing: .train)
        #expect(layout.places(in: Rect(x: 0, y: 1, width: 39, height: 20)).map(\.pane) == [.train])
        layout.isZoomed = true
        #expect(layout.places(in: body).map(\.pane) == [.train])
    }

    @Test("A layout survives its JSON; one with a pane twice, a share of nothing or too many splits is refused")
    func coding() throws {
        var layout = Layout(pane: .confusion)
        layout.split(.below, showing: .errors)
        layout.split(.right, showing: .clip)
        _ = layout.grow(by: -0.1)
        let data = try JSONEncoder().encode(layout)
        #expect(try JSONDecoder().decode(Layout.self, from: data) == layout)
        let leaf = #"{"pane":"corpora"}"#
        #expect(try JSONDecoder().decode(Layout.self, from: Data(#"{"root":\#(leaf),"focused":"corpora"}"#.utf8)) == Layout(pane: .corpora))
        var deep = leaf
        for _ in 0..<60 { deep = #"{"side":"right","share":0.5,"first":\#(leaf),"second":\#(deep)}"# }
        for root in [
            #"{"side":"right","share":0.5,"first":{"pane":"corpora"},"second":{"pane":"corpora"}}"#,
            #"{"side":"right","share":0,"first":{"pane":"corpora"},"second":{"pane":"train"}}"#,
            #"{"side":"left","share":0.5,"first":{"pane":"corpora"},"second":{"pane":"train"}}"#, #"{"pane":"other"}"#, #"{"pane":1}"#,
            #"{"pane":"train"}"#, deep,
        ] {
            #expect(throws: (any Error).self) {
                try JSONDecoder().decode(Layout.self, from: Data(#"{"root":\#(root),"focused":"corpora"}"#.utf8))
            }
        }
    }

    @Test("In the workbench: | shows a second pane, Tab goes to and fro, z zooms, X closes, numbers focus what is visible")
    func workbench() {
        var workbench = Sample.workbench(.train, train: Sample.train(), corpora: Sample.corpora())
        func titles() -> String { workbench.draw(width: 160, height: 40).lines[1] }
        _ = workbench.handle(.character("|"))
        _ = workbench.handle(.character("1"))
        #expect(workbench.layout.panes == [.train, .corpora] && workbench.pane.name == .corpora)
        #expect(titles().contains("Train") && titles().contains("Corpora"))
        _ = workbench.handle(.tab)
        #expect(workbench.pane.name == .train)
        _ = workbench.handle(.tab)
        #expect(workbench.pane.name == .corpora)
        _ = workbench.handle(.character("2"))
        #expect(workbench.pane.name == .train && workbench.layout.panes == [.train, .corpora])
        _ = workbench.handle(.character("z"))
        #expect(workbench.layout.isZoomed && workbench.layout.places(in: workbench.body).count == 1)
        _ = workbench.handle(.character("z"))
        _ = workbench.handle(.character("X"))
        #expect(workbench.layout.panes == [.corpora] && workbench.pane.name == .corpora)
        _ = workbench.handle(.character("X"))
        #expect(workbench.message == "the last place cannot be closed")
    }

    @Test("Only the focused pane of a split has the accent on its border")
    func accent() {
        var workbench = Sample.workbench(.train, train: Sample.train(), corpora: Sample.corpora())
        _ = workbench.handle(.character("|"))
        let accent = Theme.dark[.accent].foreground
        var grid = workbench.draw(width: 160, height: 40)
        #expect(!(0..<80).contains { x in (1..<39).contains { grid[x, $0].foreground == accent } })
        _ = workbench.handle(.tab)
        grid = workbench.draw(width: 160, height: 40)
        #expect(!(80..<160).contains { x in (1..<39).contains { grid[x, $0].foreground == accent } })
        #expect(grid[0, 1].foreground == accent)
    }

    @Test("A remembered view of another version is kept beside the new one, and one that cannot be read stays as it is")
    func othersView() throws {
        let workbench = Sample.workbench(.corpora, train: Sample.train(), corpora: Sample.corpora())
        let store = ViewStore(
            url: FileManager.default.temporaryDirectory.appendingPathComponent("emolab-view-\(UUID().uuidString)/view.json"))
        let folder = store.url.deletingLastPathComponent()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let newer = Data(#"{"version": 99, "panes": "of another kind"}"#.utf8)
        try newer.write(to: store.url)
        store.write(workbench.view)
        #expect(store.read() == workbench.view)
        #expect(try Data(contentsOf: folder.appendingPathComponent("view.other-1.json")) == newer)
        // Its own is written over.
        store.write(workbench.view)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["view.json", "view.other-1.json"])
        // More than is read of such a file.
        let large = Data(repeating: 0x20, count: 1 << 19)
        try large.write(to: store.url)
        store.write(workbench.view)
        #expect(try Data(contentsOf: store.url) == large)
    }

    @Test("What is remembered comes back: layout, panes' words, history; another version or damage is as nothing")
    func memory() throws {
        var workbench = Sample.workbench(.corpora, train: Sample.train(), corpora: Sample.corpora())
        _ = workbench.handle(.character("|"))
        _ = workbench.handle(.character("m"))
        let store = ViewStore(
            url: FileManager.default.temporaryDirectory.appendingPathComponent("emolab-view-\(UUID().uuidString)/view.json"))
        defer { try? FileManager.default.removeItem(at: store.url.deletingLastPathComponent()) }
        #expect(store.read() == nil)
        store.write(workbench.view)
        var settings = WorkbenchSettings()
        settings.view = store.read()
        #expect(settings.view == workbench.view)
        settings.hasMouse = settings.view?.hasMouse ?? true
        let next = Workbench(settings: settings)
        #expect(next.layout == workbench.layout && next.hasMouse == workbench.hasMouse)
        #expect(Workbench(focus: .train, settings: settings).pane.name == .train)

        let text = try String(contentsOf: store.url, encoding: .utf8)
        #expect(ViewStore.parse(Data(text.replacing("\"version\" : 1", with: "\"version\" : 2").utf8)) == nil)
        var dice = Dice(5)
        for _ in 0..<2000 {
            var bytes = Array(text.utf8)
            for _ in 0...dice.below(4) { bytes[dice.below(bytes.count)] = UInt8(dice.below(256)) }
            if let state = ViewStore.parse(Data(bytes.prefix(1 + dice.below(bytes.count * 2)))) {
                settings.view = state
                var damaged = Workbench(settings: settings)
                _ = damaged.draw(width: 80, height: 24)
            }
        }
    }
}
