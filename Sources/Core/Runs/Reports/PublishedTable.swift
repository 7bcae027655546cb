// Figures from the papers, to stand beside ours.
import Base
import Foundation

/// A figure as a paper prints it: the mean, and the deviation over seeds where it is given.
public struct PublishedFigure: Sendable, Codable, Equatable {
    public var mean: Double
    public var deviation: Double?
}

public struct PublishedTable: Sendable, Equatable {
    public struct Row: Sendable, Equatable {
        public var name: String
        public var figures: [ReportColumn: PublishedFigure]
    }

    /// What `report.table` names.
    public var name: String
    /// Where it is from, and on which corpora it was measured.
    public var title: String
    public var rows: [Row]

    /// The tables that come with the program, by name.
    public static func builtIn() throws -> [String: PublishedTable] {
        try read(String(decoding: PackageResources.published_toml, as: UTF8.self))
    }

    static func read(_ text: String) throws -> [String: PublishedTable] {
        let files: [String: File] = try TomlDocument(text).value.decoded()
        return try Dictionary(
            uniqueKeysWithValues: files.map { name, file in
                (name, PublishedTable(name: name, title: file.title, rows: try file.rows.map { try $0.row }))
            })
    }

    private struct File: Decodable {
        struct Row: Decodable {
            var name: String
            var source_accuracy, source_f1, target_accuracy, target_f1, gap: [Double]?

            var row: PublishedTable.Row {
                get throws {
                    var figures: [ReportColumn: PublishedFigure] = [:]
                    for (column, values) in [
                        (ReportColumn.sourceAccuracy, source_accuracy), (.sourceF1, source_f1), (.targetAccuracy, target_accuracy),
                        (.targetF1, target_f1), (.gap, gap),
                    ] {
                        guard let values else { continue }
                        guard (1...2).contains(values.count) else {
                            throw DecodingError.dataCorrupted(
                                .init(codingPath: [], debugDescription: "\(name): a figure is a mean, or a mean and a deviation"))
                        }
                        figures[column] = PublishedFigure(mean: values[0], deviation: values.count == 2 ? values[1] : nil)
                    }
                    return PublishedTable.Row(name: name, figures: figures)
                }
            }
        }
        var title: String
        var rows: [Row]
    }
}
