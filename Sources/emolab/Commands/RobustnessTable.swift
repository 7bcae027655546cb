// What robustness found, as a table, as rows, and as a figure.
import Analysis
import Base
import Foundation
import Metrics
import Viz

struct RobustnessTable {
    let report: RobustnessReport

    init(_ report: RobustnessReport) { self.report = report }

    private static var domains: [(name: String, path: KeyPath<RobustnessRow, RobustnessScores?>)] {
        [("source", \.source), ("target", \.target)]
    }

    func show() {
        let bootstrap = report.bootstrap
        let corpora = [("source", report.sourceCorpus, report.sourceClips), ("target", report.targetCorpus, report.targetClips)]
            .compactMap { name, corpus, clips in corpus.map { "\(name) \($0.printable), \(counted(clips, "\(report.part) clip"))" } }
        print(corpora.joined(separator: "; "))
        if bootstrap.resamples > 0 {
            print(
                "lost: points of accuracy against clean, \(Int((bootstrap.level * 100).rounded())) % of \(bootstrap.resamples) resamples by \(bootstrap.unit.rawValue)"
            )
        }
        print("")
        let shown = Self.domains.filter { domain in report.rows.contains { $0[keyPath: domain.path] != nil } }
        var kind: Corruption.Kind?
        printTable(
            header: ["kind", "level"] + shown.flatMap { ["\($0.name)", "F1", "lost"] },
            rows: report.rows.map { row in
                let isFirst = row.corruption?.kind != kind
                kind = row.corruption?.kind
                let words = row.corruption.map { isFirst ? $0.kind.shortWords : "" } ?? "clean"
                return [words, row.corruption?.shortLabel ?? ""]
                    + shown.flatMap { domain -> [String] in
                        guard let scores = row[keyPath: domain.path] else { return ["", "", ""] }
                        return [
                            score(scores.accuracy.value), score(scores.macroF1.value),
                            row.corruption == nil ? "" : lost(scores.accuracyDrop),
                        ]
                    }
            }, rightAligned: Set([1, 2, 3, 5, 6]))
    }

    /// Percentage points, `12 [5, 20]`.
    private func lost(_ drop: Interval) -> String {
        func points(_ value: Double) -> String { "\(Int((100 * value).rounded()))" }
        guard let low = drop.low, let high = drop.high else { return points(drop.value) }
        return "\(points(drop.value)) [\(points(low)), \(points(high))]"
    }

    /// One figure a row.
    var csv: CommaSeparatedText {
        var rows = CommaSeparatedText(["part", "domain", "corpus", "kind", "level", "label", "measure", "value", "low", "high"])
        func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        for (name, path) in Self.domains {
            let corpus = (name == "source" ? report.sourceCorpus : report.targetCorpus) ?? ""
            for row in report.rows {
                guard let scores = row[keyPath: path] else { continue }
                for (measure, interval) in [
                    ("accuracy", scores.accuracy), ("macro_f1", scores.macroF1), ("accuracy_drop", scores.accuracyDrop),
                    ("macro_f1_drop", scores.macroF1Drop),
                ] {
                    rows.add([
                        report.part, name, corpus, row.corruption?.kind.rawValue ?? "clean", row.corruption.map { "\($0.level)" } ?? "",
                        row.label,
                        measure, text(interval.value), text(interval.low), text(interval.high),
                    ])
                }
            }
        }
        return rows
    }

    /// A panel a kind, missing modalities in one; both domains in each, from the clean clips on.
    func figure(title: String) -> LineFigure {
        let clean = report.rows.first { $0.corruption == nil }
        let damaged = report.rows.filter { $0.corruption != nil }
        func panel(_ words: String, _ unit: String, _ rows: [RobustnessRow], _ labels: [String], isJoined: Bool) -> LineFigure.Panel {
            let places = [clean].compactMap(\.self) + rows
            let lines = Self.domains.compactMap { name, path -> LineFigure.Line? in
                guard places.contains(where: { $0[keyPath: path] != nil }) else { return nil }
                let points = places.enumerated().flatMap { place, row -> [LineFigure.Point] in
                    guard let accuracy = row[keyPath: path]?.accuracy else { return [] }
                    // Domains stand beside each other, so that neither's error bar hides the other's.
                    let aside = (name == "source" ? -0.008 : 0.008) * Double(rows.count)
                    let point = LineFigure.Point(Double(place) + aside, accuracy.value, low: accuracy.low, high: accuracy.high)
                    // What has no order is not joined by a line.
                    return isJoined ? [point] : [point, LineFigure.Point(.nan, .nan)]
                }
                return LineFigure.Line(
                    name, points, name == "source" ? LineFigure.source : LineFigure.target, stroke: name == "source" ? .solid : .dashed,
                    marker: name == "source" ? .disc : .square)
            }
            return LineFigure.Panel(
                words, xTitle: unit, yTitle: "accuracy", lines: lines,
                ticks: (["clean"] + labels).enumerated().map { .init(Double($0.offset), $0.element) }, yRange: 0...1,
                references: [.init(1 / Double(max(report.classes, 1)), "chance")])
        }
        var panels = Corruption.Kind.allCases.filter { !$0.unit.isEmpty }.compactMap { kind -> LineFigure.Panel? in
            let rows = damaged.filter { $0.corruption?.kind == kind }
            return rows.isEmpty ? nil : panel(kind.words, kind.unit, rows, rows.map(\.label), isJoined: true)
        }
        let missing = damaged.filter { $0.corruption?.kind.unit.isEmpty == true }
        if !missing.isEmpty {
            panels.append(
                panel(
                    "missing modality", "network without", missing, missing.map { $0.corruption?.kind == .noSound ? "sound" : "pictures" },
                    isJoined: false))
        }
        return LineFigure(title, panels: panels, columns: min(3, panels.count), panelWidth: 300, panelHeight: 240)
    }
}

extension Corruption {
    /// For a narrow column: `20 dB`, `10/2`, `1/8`.
    fileprivate var shortLabel: String {
        switch kind {
        case .white, .babble: label + " dB"
        case .blur: label + " px"
        case .both: label.replacingOccurrences(of: " ", with: "")
        case .dropped: label
        case .noSound, .noPicture: ""
        }
    }
}

extension Corruption.Kind {
    fileprivate var shortWords: String {
        switch self {
        case .both: "noise+blur"
        case .dropped: "dropped"
        default: words
        }
    }
}
