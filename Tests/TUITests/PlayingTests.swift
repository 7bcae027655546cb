import Foundation
import Records
import Synchronization
import Testing
import Viz

@testable import TUI

/// A feed that answers what it is asked after a while, from a queue of its own, as the store's does.
private final class SlowFeed: Feed {
    private let count = Mutex(1)
    private let delivery = Mutex<(@Sendable (any PaneModel) -> Void)?>(nil)
    private let queue = DispatchQueue(label: "slow")
    let orders = Mutex<[Order]>([])
    let models: [any PaneModel]

    init(_ models: [any PaneModel]) { self.models = models }

    var pending: Int { count.withLock { $0 } }

    func start(_ deliver: @escaping @Sendable (any PaneModel) -> Void) {
        delivery.withLock { $0 = deliver }
        queue.asyncAfter(deadline: .now() + 0.05) { [self] in
            for model in models { deliver(model) }
            count.withLock { $0 -= 1 }
        }
    }

    func ask(_ request: any FeedRequest) {}

    func show(_ requests: [any StandingRequest]) {
        count.withLock { $0 += 1 }
        queue.asyncAfter(deadline: .now() + 0.03) { [self] in
            for case let request as PreviewRequest in requests { delivery.withLock { $0?(Sample.preview(of: request.clip)) } }
            count.withLock { $0 -= 1 }
        }
    }

    func issue(_ order: Order, run: Int64) { orders.withLock { $0.append(order) } }
    func stop() { delivery.withLock { $0 = nil } }
}

@Suite struct PlayingTests {
    private func player(_ feed: SlowFeed, pane: PaneName = .corpora, folder: String = "/nowhere") -> Player {
        var settings = WorkbenchSettings()
        settings.copyFile = folder + "/copied.txt"
        return Player(
            workbench: Workbench(look: Look(colours: .none), focus: pane, settings: settings), feed: feed, width: 120, height: 36,
            folder: folder)
    }

    private func feed() -> SlowFeed { SlowFeed([Sample.train(), Sample.corpora()]) }

    @Test("A file of keys is played, and waits for what each key asks for: expectations see the answer")
    func plays() throws {
        let feed = feed()
        let player = player(feed)
        let script = try Script(
            """
            # the list, then a run's order
            expect 400 clips
            expect frame 1/8
            G
            /
            type emotion:sad
            Enter
            expect emotion:sad
            absent emotion:happy
            2
            expect class loss
            size 80x24
            p
            """)
        let result = player.play(script)
        #expect(result.failure == nil && result.grid.width == 80, "\(result.failure ?? "")\n\(result.grid.text)")
        #expect(feed.orders.withLock { $0 } == [.pause])
        #expect(result.grid.text.contains("pausing after this step"))
    }

    @Test("An expectation that is not met names its line and the text")
    func failure() throws {
        let script = try Script("2\nexpect class loss\nexpect nonsense that is nowhere\nq")
        var runner = ScriptRunner(script)
        runner.patience = 1
        // By hand, so that nobody waits ten seconds.
        let screen = { "class loss" }
        #expect(runner.step(isIdle: false, now: 0, screen: screen) == .waiting)
        #expect(runner.step(isIdle: true, now: 0, screen: screen) == .input(.key(.character("2"))))
        #expect(runner.step(isIdle: true, now: 0, screen: screen) == .waiting)
        #expect(runner.step(isIdle: true, now: 1, screen: screen) == .waiting)
        #expect(
            runner.step(isIdle: true, now: 2.5, screen: screen) == .failed("line 3: the screen does not show “nonsense that is nowhere”"))
    }

    @Test("Nothing is pressed while something is under way, but not for ever")
    func patience() throws {
        var runner = ScriptRunner(try Script("a"))
        runner.patience = 1
        #expect(runner.step(isIdle: false, now: 0, screen: { "" }) == .waiting)
        #expect(runner.step(isIdle: false, now: 2.9, screen: { "" }) == .waiting)
        #expect(runner.step(isIdle: false, now: 3.1, screen: { "" }) == .input(.key(.character("a"))))
        #expect(runner.step(isIdle: true, now: 3.2, screen: { "" }) == .finished)
    }

    @Test("Every input written by --record is read by --play as it was")
    func recording() throws {
        var inputs: [Input] = [.click(x: 3, y: 4), .wheel(x: 0, y: 1, rows: -3)]
        for section in Workbench.keyTable().sections { inputs += section.bindings.flatMap(\.keys).map { .key($0) } }
        for key in [Key.character("#"), .character("漢"), .character(" "), .character("\""), .function(12), .backspace] {
            inputs.append(.key(key))
        }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-keys-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let recording = try Recording(path: path)
        recording.size(80, 24)
        inputs.forEach(recording.input)
        let script = try Script(try String(contentsOfFile: path, encoding: .utf8))
        #expect(script.lines.map(\.line) == [.size(width: 80, height: 24)] + inputs.map { .input($0) })
        #expect(throws: ExportError.self) { try Recording(path: "/nowhere/keys") }
    }

    @Test(
        "A line that is none is refused with its number",
        arguments: ["expect", "size 80", "size 0x5", "wait x", "click 3", "Ctrl+Shift+P", "wheel 1,2,99", "hello there"])
    func badLines(line: String) {
        #expect { try Script("q\n\n\(line)") } throws: { ($0 as? ScriptError)?.line == 3 }
    }

    @Test("Copying writes the row to a file too and says both; exports are written and numbered, CSV with quotes where they are needed")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-export-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var corpora = Sample.corpora(clips: 3)
        corpora.rows[0].sentence = "a \"quoted\", long\nsentence"
        let player = player(SlowFeed([Sample.train(), corpora]), folder: folder)
        let result = player.play(try Script("expect 3 clips\ny\nexpect copied\ne\nc\ne\nc\ne\nt\ne\na"))
        #expect(result.failure == nil)
        func read(_ name: String) throws -> String { try String(contentsOfFile: folder + "/" + name, encoding: .utf8) }
        #expect(try read("copied.txt") == corpora.rows[0].id)
        let csv = try read("emolab-corpora.csv")
        #expect(csv.hasPrefix("clip,corpus,speaker,") && csv.contains("\"a \"\"quoted\"\", long\nsentence\""))
        #expect(try read("emolab-corpora-2.csv") == csv)
        #expect(try read("emolab-corpora.txt").contains("3 clips") && read("emolab-corpora.ansi").contains("\u{1B}["))
        // Nowhere to write: it is said, and the clipboard still has it.
        let stuck = self.player(SlowFeed([corpora])).play(try Script("expect 3 clips\ny\nexpect cannot write"))
        #expect(stuck.failure == nil)
    }
}

@Suite struct MouseTests {
    private func sample() -> Workbench {
        var workbench = Sample.workbench(.train, train: Sample.train(), corpora: Sample.corpora())
        for key in "|1" { _ = workbench.handle(.character(key)) }
        _ = workbench.draw(width: 160, height: 40)
        return workbench
    }

    @Test("A click focuses the place under it and selects the row; the wheel moves it")
    func click() throws {
        var workbench = sample()
        #expect(workbench.pane.name == .corpora)
        _ = workbench.handle(.click(x: 5, y: 5))
        #expect(workbench.pane.name == .train)
        func selected() -> Int? { (workbench.panes.first { $0.name == .corpora } as? CorporaPane)?.clips.selected }
        let grid = workbench.draw(width: 160, height: 40)
        let rows = workbench.models[CorporaView.self].rows
        let line = try #require((1..<39).first { grid.lines[$0].contains(rows[4].name) })
        _ = workbench.handle(.click(x: 90, y: line))
        #expect(workbench.pane.name == .corpora && selected() == 4)
        _ = workbench.handle(.wheel(x: 90, y: line, rows: 3))
        #expect(selected() == 7)
        _ = workbench.handle(.wheel(x: 90, y: line, rows: -3))
        #expect(selected() == 4)
        // The wheel over Train moves nothing in the table.
        _ = workbench.handle(.wheel(x: 5, y: line, rows: 3))
        #expect(selected() == 4)
    }

    @Test("The bottom line's keys can be pressed, and nothing happens with the mouse off")
    func footer() throws {
        var workbench = sample()
        let footer = workbench.draw(width: 160, height: 40).lines[39]
        let at = try #require(footer.range(of: "? help")).lowerBound
        let x = footer.distance(from: footer.startIndex, to: at)
        _ = workbench.handle(.character("m"))
        #expect(!workbench.hasMouse)
        _ = workbench.handle(.click(x: x, y: 39))
        #expect(workbench.overlay == nil)
        _ = workbench.handle(.character("m"))
        // The next key brings the bottom line back.
        _ = workbench.handle(.character("/"))
        _ = workbench.handle(.escape)
        _ = workbench.draw(width: 160, height: 40)
        _ = workbench.handle(.click(x: x, y: 39))
        guard case .help = workbench.overlay else {
            Issue.record("no help")
            return
        }
    }
}

@Suite struct AccessibleTests {
    @Test("Boxes are read one after the other, without art, and the row under the cursor is marked", arguments: [PaneName.corpora, .train])
    func lines(pane: PaneName) {
        var workbench = Sample.workbench(pane, train: Sample.train(), corpora: Sample.corpora(), look: Look(colours: .none))
        let lines = workbench.linearLines(width: 120, height: 36)
        for line in lines {
            for scalar in line.unicodeScalars {
                #expect(!(0x2500...0x259F).contains(scalar.value) && !(0x2800...0x28FF).contains(scalar.value), "\(line)")
            }
        }
        if pane == .corpora {
            let selected = lines.filter { $0.hasPrefix("> ") }
            #expect(selected.count == 1 && selected[0].contains(workbench.models[CorporaView.self].rows[0].name))
            // The table's rows come one after the other, not mixed with the picture beside them.
            let names = lines.compactMap { line in workbench.models[CorporaView.self].rows.firstIndex { line.contains($0.name + " ") } }
            #expect(names.count > 8)
        } else {
            let loss = lines.firstIndex { $0.contains("Train · loss") }, accuracy = lines.firstIndex { $0 == "[accuracy  best ◆ e19]" }
            let legend = lines.firstIndex { $0.contains("class loss") }
            #expect(loss != nil && legend != nil && accuracy != nil)
            if let loss, let legend, let accuracy { #expect(loss < legend && legend < accuracy) }
        }
    }

    @Test("A row of a matrix has a number for every class, zeros too: which stands for which is told by counting")
    func matrix() throws {
        var workbench = Sample.examined(.confusion, alone: true)
        let before = workbench.draw(width: 200, height: 60).text
        let lines = workbench.linearLines(width: 120, height: 36)
        var zeros = 0
        for label in Sample.labels {
            let row = try #require(
                lines.first { line in
                    line.contains(where: \.isNumber)
                        && line.split(separator: " ").first { $0 != ">" }.map { label.hasPrefix($0.prefix(4)) } == true
                }, "\(lines)")
            let values = row.split(separator: " ").filter { $0 != ">" }.dropFirst().prefix(Sample.labels.count)
            #expect(values.count == Sample.labels.count && values.allSatisfy { $0.contains { $0.isNumber } }, "\(row)")
            zeros += values.count { $0 == "0" }
        }
        #expect(zeros > 0, "the sample has none: \(lines)")
        #expect(workbench.draw(width: 200, height: 60).text == before)
    }

    @Test(
        "The accessible screen has the selected row at every size, and overlays instead of the pane",
        arguments: [(40, 8), (80, 24), (200, 60)])
    func screen(width: Int, height: Int) {
        var settings = WorkbenchSettings()
        settings.isAccessible = true
        var workbench = Workbench(look: Look(colours: .none), focus: .corpora, settings: settings)
        _ = workbench.receive(Sample.train())
        _ = workbench.receive(Sample.corpora())
        for _ in 0..<60 { _ = workbench.handle(.down) }
        let grid = workbench.draw(width: width, height: height)
        #expect(grid.width == width && grid.lines.contains { $0.hasPrefix("> ") })
        _ = workbench.handle(.character("?"))
        let help = workbench.draw(width: width, height: height)
        #expect(help.lines.contains { $0.contains("help") })
        #expect(!help.lines.contains { $0.contains(workbench.models[CorporaView.self].rows[60].name) })
    }
}
