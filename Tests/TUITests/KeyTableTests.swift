import Foundation
import Testing

@testable import TUI

@Suite struct KeyTableTests {
    private let table = Workbench().keys

    @Test("No key means two things in one place")
    func noClashes() { #expect(table.clashes() == []) }

    @Test("A clash is found, between a pane's keys and with the keys that work everywhere")
    func clashes() {
        let quit = KeyBinding([.character("q")], Command("quit"), "quit", "Leave")
        let query = KeyBinding([.character("q"), .tab], Command("query"), "query", "Ask")
        let tidy = KeyBinding([.tab], Command("tidy"), "tidy", "Tidy")
        #expect(KeyTable(global: [quit], panes: [.init(pane: .train, bindings: [query])]).clashes().count == 1)
        #expect(KeyTable(global: [], panes: [.init(pane: .train, bindings: [query, tidy])]).clashes().count == 1)
        #expect(KeyTable(global: [], panes: [.init(pane: .train, bindings: [query]), .init(pane: .log, bindings: [tidy])]).clashes() == [])
    }

    @Test("Every command has a key, a sentence of help and, in the footer, at most two words")
    func help() {
        for binding in table.global + table.panes.flatMap(\.bindings) {
            #expect(!binding.keys.isEmpty)
            #expect(binding.help.count > 5, "\(binding.command.rawValue)")
            #expect(binding.label.split(separator: " ").count <= 2)
        }
        #expect(table.help().count == table.global.count + table.panes.flatMap(\.bindings).count)
    }

    @Test("The footer prints all keys that share a label, as they are after a remap, as long as one of them does something")
    func footerKeys() throws {
        func keys(_ pane: String, _ command: Command, _ changes: [(command: Command, keys: [Key])] = []) -> String? {
            let (table, problems) = Workbench.keyTable().remapped(changes)
            #expect(problems.isEmpty)
            return table.panes.first { $0.name == pane }?.bindings.first { $0.command == command }?.footerKeys
        }
        #expect(keys("Confusion", .cellUp) == "↑↓←→" && keys("Confusion", .epochBefore) == "[ ]" && keys("Clip", .previousFrame) == "h/l")
        #expect(keys("Confusion", .cellUp, [(.cellDown, [.character("ö")])]) == "↑ö←→")
        #expect(keys("Confusion", .cellUp, [(.cellDown, [.function(4)])]) == "↑ F4 ← →")
        #expect(keys("Confusion", .epochBefore, [(.epochAfter, [.function(4)])]) == "[ F4")
        #expect(keys("Confusion", .epochBefore, [(.epochBefore, [])]) == "]")
        #expect(keys("Clip", .previousFrame, [(.previousFrame, [.character("ä")]), (.nextFrame, [.right])]) == "ä/→")
    }

    @Test("Help is searched by every word, in keys, places and sentences")
    func search() {
        #expect(table.help(matching: "pause").allSatisfy { "\($0)".lowercased().contains("pause") })
        #expect(!table.help(matching: "train smooth").isEmpty)
        #expect(table.help(matching: "no such thing").isEmpty)
    }

    @Test("Letters that terminals and multiplexers own are not taken")
    func ownedKeys() {
        let all = (table.global + table.panes.flatMap(\.bindings)).flatMap(\.keys)
        for letter in "acsqimoj" { #expect(!all.contains(.control(letter))) }
    }

    @Test("The panes stand in the order of their names, and the digits show the first nine")
    func names() throws {
        #expect(Workbench.allPanes.map(\.name) == PaneName.allCases)
        for (place, name) in PaneName.allCases.prefix(9).enumerated() {
            let key = try #require(name.key)
            #expect(key == Character("\(place + 1)") && table.command(for: .character(key), in: name) == .pane(name))
            #expect(PaneName(typed: name.title) == name && PaneName(typed: "\(key)") == name)
        }
        #expect(PaneName.key(at: 9) == nil && PaneName(typed: "10") == nil && PaneName(typed: "no pane") == nil)
    }

    @Test("docs/keys.md is what the table prints (EMOLAB_RECORD_GOLDENS=1 writes it)")
    func page() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../docs/keys.md").standardized
        if ProcessInfo.processInfo.environment["EMOLAB_RECORD_GOLDENS"] == "1" { try Data(table.markdown.utf8).write(to: url) }
        #expect(try String(contentsOf: url, encoding: .utf8) == table.markdown)
    }

    @Test("The printed list has every command, its keys and its words; JSON has the same")
    func printed() throws {
        let lines = table.text.split(separator: "\n")
        #expect(lines.first == "everywhere")
        for entry in table.entries {
            let keys = entry.keys.joined(separator: " ")
            #expect(
                lines.contains { $0.contains("  \(keys)  ") && $0.contains("  \(entry.command)  ") && $0.hasSuffix(entry.help) }, "\(entry)"
            )
        }
        let narrow = table.help(width: 79).split(separator: "\n")
        #expect(narrow.allSatisfy { $0.count <= 79 } && narrow.count > table.entries.count)
        #expect(Set(table.entries.map(\.command)) == Set(table.commands.map(\.rawValue)))
    }

    @Test("p and s act on the shown run from every pane, and no pane takes a key that works everywhere")
    func runKeys() {
        for name in PaneName.allCases {
            #expect(table.command(for: .character("p"), in: name) == .pause && table.command(for: .character("s"), in: name) == .stop)
        }
        let reserved = "123456789z?:|_Xyep sqTm<>".filter { $0 != " " }
        for section in table.panes {
            for key in section.bindings.flatMap(\.keys) {
                if case .character(let character) = key { #expect(!reserved.contains(character), "\(section.name) takes \(character)") }
            }
        }
    }
}
