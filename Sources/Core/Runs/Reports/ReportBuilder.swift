// From the store's runs to tables: which runs are comparable, which of them make a row, and what has to be said about them.
import Corpora
import Foundation
import Metrics
import Records
import Store
import Training

/// Reads finished runs and groups them. Runs of one row differ in their seed alone; rows of one table share corpora, split and size.
public struct ReportBuilder {
    private let runs: [ReportedRun]
    private let corpora: [String: StoredCorpus]

    /// - Throws: `StoreError`. Runs whose experiment this program cannot read any more are passed over.
    public init(store: RunStore) throws {
        corpora = Dictionary(try store.corpora().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let summaries = try store.runs()
        let names = Dictionary(uniqueKeysWithValues: summaries.map { ($0.id, $0.name) })
        runs = try summaries.filter { $0.state == .finished }.compactMap { summary in
            try store.run(summary.id).flatMap { ReportedRun($0, names: names) }
        }
    }

    /// Tables of runs that name one in `[report]`: those of `name`, or all. A table for each setting (corpora, split, size) that has runs.
    public func tables(named name: String? = nil) throws -> [ReportTable] {
        let published = try PublishedTable.builtIn()
        let inTables = runs.filter { !$0.experiment.report.table.isEmpty && (name == nil || $0.experiment.report.table == name) }
        return Self.grouped(inTables) { $0.experiment.report.table + "\n" + $0.setting }.map { group in
            let name = group[0].experiment.report.table
            return table(name, group, published: published[name]) { $0.rowName }
        }.sorted { ($0.name, $0.title) < ($1.name, $1.title) }
    }

    /// Tables of runs that differ in `key`, a key or a section such as `adaptation.alpha`, and in nothing else but the seed.
    public func comparison(of key: String) throws -> [ReportTable] {
        let published: PublishedTable? = nil
        return Self.grouped(runs) { $0.fingerprint(without: key) }.compactMap { group in
            let varying = Self.varyingKeys(group, under: key)
            guard !varying.isEmpty else { return nil }
            return table(key, group, published: published) { run in
                varying.map { name in
                    let short = name == key ? "" : String(name.dropFirst(key.count + 1)) + " "
                    return short + (run.settings[name] ?? "")
                }.joined(separator: ", ")
            }
        }
    }

    // MARK: Grouping

    /// Groups in the order of their first run; runs come newest first.
    private static func grouped(_ runs: [ReportedRun], by key: (ReportedRun) -> String) -> [[ReportedRun]] {
        var order: [String] = []
        var groups: [String: [ReportedRun]] = [:]
        for run in runs {
            let name = key(run)
            if groups[name] == nil { order.append(name) }
            groups[name, default: []].append(run)
        }
        return order.compactMap { groups[$0] }
    }

    private static func varyingKeys(_ runs: [ReportedRun], under key: String) -> [String] {
        let names = Set(runs.flatMap { $0.settings.keys.filter { $0 == key || $0.hasPrefix(key + ".") } }).subtracting(RunSettings.idleKeys)
        return names.filter { name in Set(runs.map { $0.settings[name] ?? "" }).count > 1 }.sorted()
    }

    private func table(_ name: String, _ runs: [ReportedRun], published: PublishedTable?, row: (ReportedRun) -> String) -> ReportTable {
        var notes: [String] = []
        let hasTest = runs.allSatisfy { $0.testScores != nil }
        if !hasTest, runs.contains(where: { $0.testScores != nil }) {
            notes.append("some runs have a test part and some have none: all figures are of validation clips, so that rows compare")
        }
        var rows = Self.grouped(runs, by: row).map { group in
            self.row(row(group[0]), group, published: published, usesTest: hasTest, notes: &notes)
        }
        let order = Dictionary(uniqueKeysWithValues: (published?.rows ?? []).enumerated().map { ($1.name, $0) })
        rows.sort { a, b in
            let (x, y) = (order[a.name] ?? .max, order[b.name] ?? .max)
            return x != y ? x < y : (a.runs.min() ?? 0) < (b.runs.min() ?? 0)
        }
        Self.addRecovery(&rows)
        let first = runs[0].experiment
        return ReportTable(
            name: name, title: title(of: first), setting: runs[0].settingWords,
            part: hasTest ? "test clips, which chose nothing" : "validation clips, which also chose each run's epoch",
            publishedTitle: published?.title,
            rows: rows, notes: notes, provenance: Self.provenance(of: rows.flatMap(\.runs).compactMap { id in runs.first { $0.id == id } }))
    }

    private static func provenance(of runs: [ReportedRun]) -> [ReportProvenance] {
        grouped(runs.filter { $0.provenance != nil }.sorted { $0.id < $1.id }) { $0.provenance?.lines.joined(separator: "\n") ?? "" }
            .compactMap { group in
                group[0].provenance.map { ReportProvenance(runs: group.map(\.id), provenance: $0) }
            }
    }

    /// One run a seed: the newest. Runs of another configuration than the newest one's are left out, and named.
    private func row(
        _ name: String, _ runs: [ReportedRun], published: PublishedTable?, usesTest: Bool, notes: inout [String]
    ) -> ReportRow {
        let newest = runs[0].fingerprint(without: nil)
        var bySeed: [UInt64: ReportedRun] = [:]
        var others: [Int64] = []
        for run in runs {
            if run.fingerprint(without: nil) != newest {
                others.append(run.id)
            } else if bySeed[run.seed] == nil {
                bySeed[run.seed] = run
            }
        }
        if !others.isEmpty {
            notes.append("\(name): left out, since they were configured otherwise: \(Self.listed(others))")
        }
        let chosen = bySeed.values.sorted { $0.seed < $1.seed }
        func figure(_ value: (ReportedScores) -> Double?) -> ReportFigure? {
            let values = chosen.compactMap { value(usesTest ? $0.testScores ?? $0.validationScores : $0.validationScores) }
            return values.count == chosen.count ? ReportFigure(values) : nil
        }
        var figures: [ReportColumn: ReportFigure] = [:]
        figures[.sourceAccuracy] = figure { $0.source(MetricName.accuracy) }
        figures[.sourceF1] = figure { $0.source(MetricName.macroF1) }
        figures[.targetAccuracy] = figure { $0.target(MetricName.accuracy) }
        figures[.targetF1] = figure { $0.target(MetricName.macroF1) }
        figures[.gap] = figure { difference($0.source(MetricName.accuracy), $0.target(MetricName.accuracy)) }
        return ReportRow(
            name: name, runs: chosen.map(\.id), seeds: chosen.map(\.seed), figures: figures,
            published: published?.rows.first { $0.name == name }?.figures ?? [:], oracle: runs[0].oracle)
    }

    /// Against the first row, seed by seed where both have the same seeds.
    private static func addRecovery(_ rows: inout [ReportRow]) {
        guard let base = rows.first, let gap = base.figures[.gap]?.mean, gap > 0, let baseTarget = base.figures[.targetAccuracy]?.mean
        else { return }
        for i in rows.indices.dropFirst() {
            rows[i].figures[.recovered] = rows[i].figures[.targetAccuracy].map { ReportFigure($0.values.map { ($0 - baseTarget) / gap }) }
        }
    }

    private static func listed(_ runs: [Int64]) -> String {
        let shown = runs.sorted().suffix(6).map { "\($0)" }.joined(separator: ", ")
        return runs.count > 6 ? "\(runs.count) runs, the last \(shown)" : (runs.count == 1 ? "run " : "runs ") + shown
    }

    // MARK: Words

    private func title(of experiment: Experiment) -> String {
        let data = experiment.data
        let names = [data.source, data.target].filter { !$0.isEmpty }.map(described)
        return names.joined(separator: " to ")
    }

    /// `crowd (invented demo corpus, layout crema-d, 400 clips)`.
    private func described(_ name: String) -> String {
        guard let corpus = corpora[name] else { return name }
        let isDemo = DemoCorpus.isDemo(URL(fileURLWithPath: corpus.folder))
        return "\(name) (\(isDemo ? "invented demo corpus, " : "")layout \(corpus.format), \(corpus.clips) clips)"
    }
}
