import Foundation
import Logging
import Records
import Testing
import TestSupport
import Viz

@testable import TUI

@Suite struct LogPaneTests {
    private func workbench(_ view: LogView = Sample.log(), look: Look = Look()) -> Workbench {
        var workbench = Workbench(look: look, focus: .log)
        workbench.clock = { 1_700_000_200 }
        _ = workbench.receive(Sample.train())
        _ = workbench.receive(view)
        return workbench
    }

    private func pane(_ workbench: Workbench) throws -> LogPane { try #require(workbench.pane as? LogPane) }
    private func texts(_ workbench: Workbench) throws -> [String] {
        let pane = try pane(workbench)
        return pane.list.visible.map { pane.rows[$0].entry.text }
    }

    static let sizes = [(20, 6), (80, 24), (120, 36), (200, 60)]

    @Test("Log with messages, and with one shown whole", arguments: sizes)
    func screens(width: Int, height: Int) {
        var workbench = workbench()
        expectGolden(utc(workbench.draw(width: width, height: height).text), "log-\(width)x\(height)")
        _ = workbench.handle(.character("g"))
        for _ in 0..<2 { _ = workbench.handle(.down) }
        _ = workbench.handle(.enter)
        expectGolden(utc(workbench.draw(width: width, height: height).text), "log-open-\(width)x\(height)")
    }

    /// Times of day are the user's: the golden has the hour of none.
    private func utc(_ text: String) -> String { text.replacing(/\d\d:(\d\d:\d\d)/) { "hh:\($0.1)" } }

    @Test("Log while reading, without messages, with a store that cannot be read", arguments: sizes)
    func states(width: Int, height: Int) {
        var empty = LogView()
        empty.isLoaded = true
        empty.version = 2
        for (name, view) in [("loading", LogView()), ("empty", empty)] {
            var workbench = workbench(view)
            expectGolden(workbench.draw(width: width, height: height).text, "log-\(name)-\(width)x\(height)")
        }
        var failed = Workbench(focus: .log)
        _ = failed.receive(StoreFailure(text: "/data/emolab.sqlite: it is locked by another program"))
        expectGolden(failed.draw(width: width, height: height).text, "log-failed-\(width)x\(height)")
    }

    @Test("The level key goes round; what is below the level is not shown, and filters act within it")
    func levels() throws {
        var workbench = workbench()
        #expect(try texts(workbench).count == 7)  // All but the debug line of libav.
        _ = workbench.handle(.character("v"))
        _ = workbench.handle(.character("9"))
        let warnings = try texts(workbench)
        #expect(warnings.count == 3 && warnings.allSatisfy { $0.hasPrefix("faces") || $0.hasPrefix("refused") || $0.hasPrefix("step") })
        for key in "/from:run" { _ = workbench.handle(.character(key)) }
        #expect(try texts(workbench).count == 2)
        _ = workbench.handle(.escape)
        for _ in 0..<2 { _ = workbench.handle(.character("v")) }
        #expect(try pane(workbench).level == .debug && texts(workbench).contains("[mjpeg @ 0x55] overread 8"))
    }

    @Test("What the bottom line said is kept, in its place in time, with no more than two thousand of them")
    func screenMessages() throws {
        var workbench = workbench()
        workbench.say("written: emolab-train.svg")
        _ = workbench.receive(Notice(text: "the copy did not start: there is no corpus named crowd"))
        let shown = try {
            _ = workbench.draw(width: 80, height: 24); return try texts(workbench)
        }()
        let place = try #require(shown.firstIndex(of: "written: emolab-train.svg"))
        #expect(shown[place + 1].hasPrefix("the copy did not start") && shown[place - 1].hasPrefix("best of epoch 1"))
        for number in 0..<3000 { workbench.say("message \(number)") }
        _ = workbench.draw(width: 80, height: 24)
        #expect(try pane(workbench).rows.count == LogView.limit + 8)
    }

    @Test("The end is followed until one moves off it, and again from there")
    func following() throws {
        var workbench = workbench()
        var view = Sample.log()
        func add(_ text: String) {
            view.version += 1
            view.entries.append(
                LogView.Entry(
                    id: "n\(view.version)", time: 1_700_001_000 + Double(view.version), level: .info, origin: .run(42), text: text))
            _ = workbench.receive(view)
        }
        func selected() throws -> String? { try pane(workbench).list.selectedRow(pane(workbench).rows)?.entry.text }
        add("one")
        #expect(try selected() == "one")
        _ = workbench.handle(.up)
        let before = try selected()
        add("two")
        #expect(try selected() == before && !pane(workbench).follows)
        _ = workbench.handle(.character("G"))
        add("three")
        #expect(try selected() == "three")
    }

    @Test("Messages from outside cannot reach the terminal as codes")
    func hostile() {
        var view = Sample.log()
        view.entries[0].text = "\u{1B}]0;owned\u{07}\u{9B}2J one\ntwo\u{202E}"
        view.version = 3
        var workbench = workbench(view)
        _ = workbench.handle(.character("g"))
        for _ in 0..<2 {
            for scalar in workbench.draw(width: 100, height: 30).text.unicodeScalars where scalar != "\n" {
                #expect(scalar.properties.generalCategory != .control && scalar != "\u{202E}")
            }
            _ = workbench.handle(.enter)
        }
    }

    @Test("a asks for events of all runs, and back")
    func scope() {
        var workbench = workbench()
        func scope(_ effects: [Effect]) -> Bool? {
            for case .ask(let request as LogScopeRequest) in effects { return request.allRuns }
            return nil
        }
        #expect(scope(workbench.handle(.character("a"))) == true)
        #expect(scope(workbench.handle(.character("a"))) == false)
    }

    @Test("Quiet messages of this process are kept by level and origin, two thousand of them, and taken once")
    func session() {
        let log = SessionLog()
        let libav = Logger(label: "libav") { SessionLogHandler(label: $0, log: log) }
        libav.debug("[mjpeg @ 0x1] overread 8")
        libav.trace("too quiet")
        Logger(label: "emolab.store") { SessionLogHandler(label: $0, log: log) }.debug("a look")
        let entries = log.take()
        #expect(entries.map(\.text) == ["[mjpeg @ 0x1] overread 8", "emolab.store: a look"])
        #expect(
            entries.map(\.origin) == [.libav, .system] && entries.allSatisfy { $0.level == .debug } && Set(entries.map(\.id)).count == 2)
        #expect(log.take().isEmpty)
        for number in 0..<3000 { libav.debug("\(number)") }
        #expect(log.take().count == LogView.limit)
    }

    @Test("A growing file is read by whole lines with the level and the name that its lines have; long and broken ones are bounded")
    func file() throws {
        let path = NSTemporaryDirectory() + "emolab-log-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var file = LogFile(path: path)
        #expect(file.read(now: 1).isEmpty)
        func write(_ text: String) throws {
            if !FileManager.default.fileExists(atPath: path) { _ = FileManager.default.createFile(atPath: path, contents: nil) }
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        }
        try write(
            "2026-01-01T10:00:00+0100 warning emolab.store: [Runs] records wait\n2026-01-01T10:00:00+0100 error libav: [Media] no data\nhalf"
        )
        let first = file.read(now: 2)
        #expect(first.map(\.level) == [.warning, .error] && first.map(\.origin) == [.system, .libav])
        #expect(first.map(\.text) == ["emolab.store: [Runs] records wait", "libav: [Media] no data"])
        try write(" a line\n\n")
        #expect(file.read(now: 3).map(\.text) == ["half a line"])
        #expect(file.read(now: 4).isEmpty)
        try write(String(repeating: "x", count: 200_000))
        var count = 0, longest = 0
        for _ in 0..<10 {
            for entry in file.read(now: 5) { (count, longest) = (count + 1, max(longest, entry.text.count)) }
        }
        #expect(count >= 3 && longest <= 4096)
        #expect(LogFile.parsed("Fontconfig error: nothing").origin == .system)
    }
}
