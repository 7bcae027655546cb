// Runs that differ in their seed alone, as one row with mean and deviation.
import Corpora
import Metrics
import Records
import Store
import Viz

/// Which runs were asked the same but for their seed: runs with equal numbers.
public struct SeedGroups: PaneModel, Equatable {
    public var groups: [Int64: Int] = [:]
    public init() {}
    public init(groups: [Int64: Int]) { self.groups = groups }
}

/// Asks for the groups of all runs.
struct SeedGroupsRequest: StandingRequest {}

/// A row of the grouped table.
public struct RunGroup: TableRow, Equatable {
    public var id: Int
    public var name: String
    /// Newest first, all of the group.
    public var runs: [Int64]
    /// Seeds of the runs that the figures are of: finished ones, the newest of each seed, ascending.
    public var seeds: [UInt64]
    public var source, target, gap, targetF1: ReportFigure?
    /// The newest run's, which source, target and gap are of.
    public var metric: Metric?

    static let columns: [(title: String, table: TableColumn)] = [
        ("experiment", TableColumn("experiment", width: 18, isFlexible: true)),
        ("seeds", TableColumn("seeds", width: 5, alignment: .right)),
        ("runs", TableColumn("runs", width: 5, alignment: .right, giveWay: 4)),
        ("source", TableColumn("source", width: 11, alignment: .right, giveWay: 1)),
        ("target", TableColumn("target", width: 11, alignment: .right)),
        ("gap", TableColumn("gap", width: 12, alignment: .right, giveWay: 2)),
        ("target-f1", TableColumn("target F1", width: 11, alignment: .right, giveWay: 3)),
        ("newest", TableColumn("newest", width: 6, alignment: .right, giveWay: 5)),
    ]

    public static let filterColumns = columns.map(\.title)
    public static let exportColumns =
        ["experiment", "seeds", "runs"]
        + ["source", "target", "gap", "target_macro_f1"].flatMap { [$0 + "_mean", $0 + "_sd"] } + ["newest"]
    public var exportValues: [DataValue] {
        [DataValue(name), DataValue(seeds.count), DataValue(runs.count)]
            + [source, target, gap, targetF1].flatMap { [DataValue($0?.mean), DataValue($0?.deviation)] } + [DataValue(runs.first)]
    }

    private func figure(_ column: Int) -> ReportFigure? {
        switch column {
        case 3: source
        case 4: target
        case 5: gap
        case 6: targetF1
        default: nil
        }
    }

    public func filterText(_ column: Int) -> String? {
        switch column {
        case 0: name
        case 1: "\(seeds.count)"
        case 2: "\(runs.count)"
        case 7: runs.first.map { "\($0)" }
        default: figure(column).map { RunGroup.text($0, isSigned: column == 5, column == 6 ? nil : metric) }
        }
    }

    public func filterNumber(_ column: Int) -> Double? {
        switch column {
        case 1: Double(seeds.count)
        case 2: Double(runs.count)
        case 7: runs.first.map(Double.init)
        default: figure(column)?.mean
        }
    }

    /// `.671 ± .012`; without the deviation where there is one seed.
    static func text(_ figure: ReportFigure, isSigned: Bool = false, _ metric: Metric? = nil) -> String {
        func text(_ value: Double) -> String { metric?.text(value) ?? Numbers.share(value) }
        let sign = figure.mean < 0 ? "−" : "+"
        let isShare = metric?.isShare ?? true
        let mean = !isSigned ? text(figure.mean) : isShare ? Numbers.signedShare(figure.mean) : sign + text(abs(figure.mean))
        return mean + (figure.deviation.map { " ± " + text($0) } ?? "")
    }

    /// Rows by group, in the order of their newest runs. A run that is in no group yet stands alone.
    static func all(_ rows: [RunRow], _ groups: SeedGroups) -> [RunGroup] {
        var order: [Int] = []
        var members: [Int: [RunRow]] = [:]
        for row in rows {
            // Group numbers count from 0; those without one get numbers of their own below.
            let key = groups.groups[row.id] ?? -Int(truncatingIfNeeded: row.id) - 1
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(row)
        }
        return order.compactMap { key in members[key].map { RunGroup(key, $0) } }
    }

    /// - Parameter rows: of one group, newest first, not empty.
    private init(_ id: Int, _ rows: [RunRow]) {
        self.id = id
        name = rows[0].summary.name
        runs = rows.map(\.id)
        var bySeed: [UInt64: RunSummary] = [:]
        for row in rows where row.state == .finished && bySeed[row.summary.seed] == nil { bySeed[row.summary.seed] = row.summary }
        let chosen = bySeed.values.sorted { $0.seed < $1.seed }
        seeds = chosen.map(\.seed)
        func figure(_ value: (RunSummary) -> Double?) -> ReportFigure? {
            let values = chosen.compactMap(value)
            // A mean over some of the seeds would compare with nothing.
            return values.isEmpty || values.count < chosen.count ? nil : ReportFigure(values)
        }
        metric = rows[0].summary.mainMetric
        source = figure(\.source)
        target = figure(\.target)
        gap = figure(\.gap)
        targetF1 = figure(\.targetMacroF1)
    }
}
