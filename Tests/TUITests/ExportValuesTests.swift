import Corpora
import Foundation
import Records
import Testing

@testable import TUI

/// What `e` `c` writes of every pane: numbers that a program reads, times with a zone, words as words.
@Suite struct ExportValuesTests {
    private static func tables() throws -> [(name: String, table: PaneTable)] {
        var tables: [(name: String, table: PaneTable)] = []
        func add(_ name: String, _ workbench: Workbench, _ keys: String = "") throws {
            var workbench = workbench
            for key in keys { _ = workbench.handle(.character(key)) }
            tables.append((name, try #require(workbench.pane.table(workbench.models), "\(name)")))
        }
        let corpora = Sample.workbench(.corpora, train: Sample.train(), corpora: Sample.corpora())
        try add("Corpora", corpora)
        try add("rejected files", corpora, "r")
        try add("Train", Sample.workbench(.train, train: Sample.train(), corpora: nil))
        try add("Adaptation", Sample.workbench(.adaptation, train: Sample.adapting(.watch), corpora: nil))
        for name in [PaneName.confusion, .errors] { try add(name.title, Sample.examined(name)) }
        try add("groups of errors", Sample.examined(.errors), "b")
        try add("Clip", Sample.inspected(Sample.clipView()))
        var runs = Workbench(focus: .runs)
        var view = Sample.runs()
        // A target above its source: the gap is below zero.
        view.rows.insert(RunRow(Sample.summary(43, "full", seed: 9, source: 0.3241, target: 0.6125)), at: 0)
        _ = runs.receive(view)
        _ = runs.receive(Sample.seedGroups)
        try add("Runs", runs)
        try add("groups of seeds", runs, "b")
        var parameters = Workbench(focus: .parameters)
        _ = parameters.receive(Sample.editing)
        _ = parameters.receive(Sample.parameters())
        try add("Parameters", parameters)
        var log = Workbench(focus: .log)
        _ = log.receive(Sample.log())
        try add("Log", log)
        return tables
    }

    @Test("Every cell of a column of numbers is a number, every time has its zone, in all nine panes")
    func values() throws {
        for (name, table) in try Self.tables() {
            #expect(!table.rows.isEmpty && table.rows.allSatisfy { $0.count == table.header.count }, "\(name)")
            for (column, heading) in table.header.enumerated() {
                let cells = table.rows.map { $0[column] }
                let numbers = cells.filter { if case .integer = $0 { true } else if case .number = $0 { true } else { false } }
                let texts = cells.filter { if case .text = $0 { true } else { false } }
                #expect(numbers.isEmpty || texts.isEmpty, "\(name), \(heading): numbers and words in one column")
                for cell in numbers where cell.field != "" {
                    let number = try #require(Double(cell.field), "\(name), \(heading): \(cell.field)")
                    if case .number(let value) = cell { #expect(number == value, "every digit") }
                    #expect(
                        cell.field.allSatisfy { "0123456789.e+-".contains($0) } && !cell.field.hasPrefix(".") && !cell.field.hasPrefix("+"))
                }
                for case .date(let date) in cells {
                    let field = DataValue.date(date).field
                    let read = try Date(field, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
                    #expect(abs(read.timeIntervalSince(date)) < 0.001 && field.hasSuffix("Z"), "\(name): \(field)")
                }
                // A number in the words of the screen: another minus, thin spaces, no leading zero, a share in percent.
                for cell in texts where heading != "text" && heading != "help" && heading != "range" && heading != "meaning" {
                    #expect(
                        cell.field.firstMatch(of: /^[+−-]?\.\d|^−|\d\x{2009}\d|^\d+ %$|^\d+:\d\d$/) == nil,
                        "\(name), \(heading): \(cell.field)")
                }
            }
        }
    }

    @Test("A negative gap has the minus of programs; durations are seconds, times are dates")
    func runs() throws {
        let table = try #require(try Self.tables().first { $0.name == "Runs" }?.table)
        func cells(_ heading: String) throws -> [DataValue] {
            let column = try #require(table.header.firstIndex(of: heading))
            return table.rows.map { $0[column] }
        }
        #expect(try cells("gap").contains { $0.field.hasPrefix("-0.288") })
        #expect(try cells("duration_seconds").allSatisfy { if case .number = $0 { true } else { $0 == .missing } })
        #expect(try cells("started").contains { $0.field.firstMatch(of: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/) != nil })
        #expect(DataValue(Double.nan).field == "" && DataValue(1e-7).field == "1e-07" && DataValue(0.5).field == "0.5")
    }

    @Test("A copied run is values with tabs between them")
    func copied() throws {
        var workbench = Workbench(focus: .runs)
        _ = workbench.receive(Sample.runs())
        let fields = try #require(workbench.pane.copyText(workbench.models)).split(separator: "\t", omittingEmptySubsequences: false)
        #expect(fields.count == RunRow.exportColumns.count && !fields.joined().contains("−"))
    }
}
