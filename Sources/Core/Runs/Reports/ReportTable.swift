// A table of a report as plain values: rows of experiments, columns of scores, each a mean and deviation over seeds.
import Foundation
import Metrics
import Records

/// A key of a JSON object by its name.
public enum ReportColumn: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
    case sourceAccuracy = "source accuracy"
    case sourceF1 = "source F1"
    case targetAccuracy = "target accuracy"
    case targetF1 = "target F1"
    /// Source accuracy less target accuracy (zu-dann §6).
    case gap
    /// Share of the first row's gap by which the target accuracy of this row is above that row's.
    case recovered
}

public struct ReportRow: Sendable, Codable, Equatable {
    public var name: String
    /// One run a seed, in the order of the seeds.
    public var runs: [Int64]
    public var seeds: [UInt64]
    public var figures: [ReportColumn: ReportFigure]
    public var published: [ReportColumn: PublishedFigure]
    /// Where a checkpoint was chosen, or a model trained, on target labels: why its target scores are no honest estimate.
    public var oracle: String?
}

public struct ReportTable: Sendable, Codable, Equatable {
    public var name: String
    /// The corpora that our figures are from, and how they were split.
    public var title: String
    /// What all rows share, e.g. size and tokens.
    public var setting: String
    /// Which clips the figures are from: those of a test part, or those that also chose the checkpoint.
    public var part: String
    /// Where the published figures are from; nil where there are none.
    public var publishedTitle: String?
    public var rows: [ReportRow]
    /// What the reader has to know, e.g. runs that are left out.
    public var notes: [String]
    /// What the runs were made with, where the store knows it: runs of the same program, libraries and machine together.
    public var provenance: [ReportProvenance] = []

    /// Columns that any row fills, in order.
    public var columns: [ReportColumn] { ReportColumn.allCases.filter { column in rows.contains { $0.figures[column] != nil } } }
    public var publishedColumns: [ReportColumn] { ReportColumn.allCases.filter { column in rows.contains { $0.published[column] != nil } } }
}

public struct ReportProvenance: Sendable, Codable, Equatable {
    public var runs: [Int64]
    public var provenance: Provenance
}
