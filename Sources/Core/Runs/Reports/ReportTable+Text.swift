// A report's table as Markdown and as CSV.
import Corpora
import Foundation

extension ReportTable {
    /// Rows of text, the header first: a row's name, our columns, the published ones.
    public var cells: [[String]] {
        let (ours, theirs) = (columns, publishedColumns)
        let header = [name] + ours.map(\.rawValue) + theirs.map { "published " + $0.rawValue } + ["seeds"]
        return [header]
            + rows.map { row in
                [row.name + (row.oracle == nil ? "" : " (oracle)")]
                    + ours.map { Self.text(row.figures[$0]?.mean, row.figures[$0]?.deviation) }
                    + theirs.map { Self.text(row.published[$0]?.mean, row.published[$0]?.deviation) } + ["\(row.seeds.count)"]
            }
    }

    /// For a screen of 80 columns: a published row stands below ours, and F1 is left out where there are two corpora.
    public var narrowCells: [[String]] {
        let shown = ReportColumn.allCases.filter { column in
            (columns.contains(column) || publishedColumns.contains(column))
                && !(columns.contains(.gap) && [.sourceF1, .targetF1].contains(column))
        }
        let header = [""] + shown.map { $0.rawValue.replacingOccurrences(of: " accuracy", with: "") } + ["seeds"]
        return [header]
            + rows.flatMap { row -> [[String]] in
                let ours =
                    [row.name + (row.oracle == nil ? "" : " (oracle)")]
                    + shown.map { Self.text(row.figures[$0]?.mean, row.figures[$0]?.deviation) } + ["\(row.seeds.count)"]
                guard !row.published.isEmpty else { return [ours] }
                return [ours, ["  published"] + shown.map { Self.text(row.published[$0]?.mean, row.published[$0]?.deviation) } + [""]]
            }
    }

    /// Sentences that belong under the table.
    public var footnotes: [String] {
        var notes = ["Ours: \(title); \(setting). Mean ± standard deviation (of the sample) over seeds, of \(part)."]
        if let publishedTitle { notes.append("Published: \(publishedTitle). Other corpora than ours cannot be compared figure by figure.") }
        if rows.contains(where: { $0.figures[.recovered] != nil }) {
            notes.append("Recovered: by how much the target accuracy is above the first row's, as a share of that row's gap.")
        }
        notes += rows.compactMap { row in row.oracle.map { "\(row.name): \($0)" } }
        return notes + self.notes + provenanceNotes
    }

    private var provenanceNotes: [String] {
        provenance.map { one in
            let whose =
                provenance.count == 1
                ? "Made with" : "Run\(one.runs.count == 1 ? "" : "s") \(one.runs.map(String.init).joined(separator: ", ")) made with"
            return "\(whose) \(one.provenance.lines.joined(separator: "; "))."
        }
    }

    public var markdown: String {
        let rows = cells.map { "| " + $0.map(Self.escaped).joined(separator: " | ") + " |" }
        let line = "|" + cells[0].indices.map { $0 == 0 ? "---|" : "---:|" }.joined()
        return "## \(Self.escaped(name)): \(Self.escaped(title))\n\n" + ([rows[0], line] + rows.dropFirst()).joined(separator: "\n")
            + "\n\n"
            + footnotes.map { "- " + Self.escaped($0) }.joined(separator: "\n") + "\n"
    }

    /// One line a row and column: table, corpora, row, column, ours (mean, deviation, one value a seed), published (mean, deviation).
    public var csvRows: [[String]] {
        rows.flatMap { row in
            ReportColumn.allCases.filter { row.figures[$0] != nil || row.published[$0] != nil }.map { column in
                let (ours, theirs) = (row.figures[column], row.published[column])
                return [
                    name, title, setting, part, row.name, column.rawValue, Self.number(ours?.mean), Self.number(ours?.deviation),
                    (ours?.values ?? []).map { Self.number($0) }.joined(separator: " "), row.seeds.map { "\($0)" }.joined(separator: " "),
                    row.runs.map { "\($0)" }.joined(separator: " "), Self.number(theirs?.mean), Self.number(theirs?.deviation),
                    row.oracle ?? "",
                ]
            }
        }
    }

    public static let csvHeader = [
        "table", "corpora", "setting", "part", "row", "column", "mean", "deviation", "values", "seeds", "runs", "published mean",
        "published deviation",
        "oracle",
    ]

    /// Tables as one CSV file.
    public static func csv(_ tables: [ReportTable]) -> String {
        ([csvHeader] + tables.flatMap(\.csvRows)).map(\.commaSeparated).joined(separator: "\n") + "\n"
    }

    private static func text(_ mean: Double?, _ deviation: Double?) -> String {
        guard let mean else { return "" }
        let sign = String(format: "%.3f", mean)
        return deviation.map { sign + " ± " + String(format: "%.3f", $0) } ?? sign
    }

    private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "|", with: "\\|").replacingOccurrences(of: "\n", with: " ")
    }
}
