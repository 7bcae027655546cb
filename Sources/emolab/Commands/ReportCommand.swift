import ArgumentParser
import Base
import Foundation
import Records
import Runs
import Training
import Viz

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Tables over the finished runs: mean and deviation over seeds, beside published figures.",
        discussion: """
            A run is in a table where its experiment says so (`[report] table`, `row`); those of experiments/zu-dann are `single-corpus` and
            `adaptation`. A row is one run a seed, the newest; rows of one table share corpora, split, size and tokens.
            --compare KEY instead puts side by side any runs that differ in that key or section and in nothing else, e.g.
            `emolab report --compare adaptation.alpha` or `--compare adaptation.method`.
            Your own runs get into a table by its name: `emolab train demo --set report.table=mine`.

            \(examples("emolab report --compare adaptation.method", "emolab report adaptation --markdown table.md --figure table.svg", "emolab report --csv -"))
            """)

    @Argument(help: "The tables to print; all where none is named.")
    var tables: [String] = []
    @Option(help: ArgumentHelp("Compare runs that differ in this key or section of the experiment alone.", valueName: "key"))
    var compare: String?
    @Option(help: ArgumentHelp("Write the tables as Markdown; - is standard output.", valueName: "file"))
    var markdown: OutputFile?
    @Option(help: ArgumentHelp("Write the tables as CSV, one line a figure; - is standard output.", valueName: "file"))
    var csv: OutputFile?
    @Option(
        help: ArgumentHelp("Draw the tables; .png or .svg. Of several tables, each gets its number before the ending.", valueName: "file"))
    var figure: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try OutputFile.check([("--markdown", markdown), ("--csv", csv)], json: output.json)
        if compare != nil, !tables.isEmpty { throw ValidationError("name tables, or --compare a key") }
        if let figure, FigureFormat(path: figure) == nil {
            throw ValidationError("--figure \(figure): its name must end with .png or .svg")
        }
    }

    func run() throws {
        let found = try collected()
        if let markdown { try UserFile.write(found.map(\.markdown).joined(separator: "\n"), to: markdown.path) }
        if let csv { try UserFile.write(ReportTable.csv(found), to: csv.path) }
        if let figure { try draw(found, to: figure) }
        if output.json { return try printJSON(found) }
        if markdown?.isStandardOutput == true || csv?.isStandardOutput == true { return }
        for (index, table) in found.enumerated() {
            if index > 0 { print() }
            printReport(table)
        }
    }

    private func collected() throws -> [ReportTable] {
        let builder = try ReportBuilder(store: try store.open())
        let found: [ReportTable]
        if let compare {
            guard let key = Experiment.section(compare) else {
                let names = Experiment.sections + Experiment.sections.compactMap { $0.split(separator: ".").last.map(String.init) }
                let hint = nearestName(to: compare, among: names).map { "; did you mean \($0)?" } ?? ""
                throw CommandFailure(
                    "there is no key \(compare.printable) in an experiment\(hint); `emolab train --keys` lists them", code: 2)
            }
            if RunSettings.idleKeys.contains(key) {
                throw CommandFailure(
                    "\(key) cannot be compared: runs that differ in it alone are one row of every table, the mean over their seeds", code: 2
                )
            }
            found = try builder.comparison(of: key)
        } else {
            let all = try builder.tables()
            let names = Array(Set(all.map(\.name))).sorted()
            for name in tables where !names.contains(name) {
                throw CommandFailure(
                    "no finished run is in a table \(name.printable)"
                        + (names.isEmpty ? "" : "; there are \(names.joined(separator: ", "))".printable), code: 1)
            }
            found = tables.isEmpty ? all : all.filter { tables.contains($0.name) }
        }
        guard !found.isEmpty else {
            throw CommandFailure(
                compare.map {
                    "no two finished runs differ in \($0.printable) alone; `emolab runs list` shows what there is, `emolab train` has --set and --seeds"
                }
                    ?? "no finished run is in a table yet. Runs that differ in one key are compared by it: `emolab report --compare adaptation.method`. "
                    + "A run is in a table where it was trained with report.table: `emolab train demo --set report.table=mine`")
        }
        return found
    }

    private func printReport(_ table: ReportTable) {
        print(table.name.printable)
        let cells = table.narrowCells.map { $0.map(\.printable) }
        printTable(header: cells[0], rows: Array(cells.dropFirst()), rightAligned: Set(1..<cells[0].count))
        for note in table.footnotes { print("  " + note.printable) }
    }

    // MARK: Files

    private func draw(_ tables: [ReportTable], to path: String) throws {
        let url = URL(fileURLWithPath: (path as NSString).expandingTildeInPath)
        for (index, table) in tables.enumerated() {
            var file = url
            if tables.count > 1 {
                file = url.deletingPathExtension().appendingPathExtension("\(index + 1)").appendingPathExtension(url.pathExtension)
            }
            try table.figure.write(to: file.path)
        }
    }
}

extension ReportTable {
    /// Source and target accuracy (or F1) of every row with their deviations, published means as marks.
    fileprivate var figure: BarFigure {
        let shown = [ReportColumn.sourceAccuracy, .targetAccuracy].filter(columns.contains)
        return BarFigure(
            title: name, subtitle: title, note: "\(setting); mean ± deviation over seeds, of \(part)",
            groups: rows.map { row in
                BarFigure.Group(
                    name: row.name + (row.oracle == nil ? "" : " (oracle)"),
                    bars: shown.map { column in
                        BarFigure.Bar(
                            mean: row.figures[column]?.mean, deviation: row.figures[column]?.deviation,
                            values: row.figures[column]?.values ?? [],
                            mark: row.published[column]?.mean)
                    })
            }, series: shown.map { $0 == .sourceAccuracy ? "source accuracy" : "target accuracy" },
            markName: publishedTitle.map { "published: " + $0 })
    }
}
