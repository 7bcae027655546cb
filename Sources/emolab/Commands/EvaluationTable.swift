// An evaluation as tables for people and as rows for programs.
import Foundation
import Metrics
import Training
import Viz

struct EvaluationTable {
    let report: EvaluationReport

    init(_ report: EvaluationReport) { self.report = report }

    private var domains: [(name: String, scores: DomainEvaluation)] {
        [("source", report.source), ("target", report.target)].compactMap { name, scores in scores.map { (name, $0) } }
    }

    /// Groups of a table that are printed; --csv and --json have all.
    private static let mostGroups = 24

    // MARK: For people

    func show() {
        let bootstrap = report.bootstrap
        print(
            "\(report.part) clips"
                + (bootstrap.resamples > 0
                    ? "; [low, high]: \(Int((bootstrap.level * 100).rounded())) % of \(bootstrap.resamples) resamples by \(bootstrap.unit.rawValue)"
                    : ""))
        if report.part == "validation" { print(validationNote) }
        print("")
        printTable(
            header: ["", "corpus", "clips", "speakers", "accuracy", "macro-F1"],
            rows: domains.map { name, scores in
                [
                    name, scores.corpus.printable, "\(scores.clips)", "\(scores.speakers)", intervalText(scores.accuracy),
                    intervalText(scores.macroF1),
                ]
            }, rightAligned: [2, 3])
        if let gap = report.gap { print("gap \(score(gap))") }
        for (name, scores) in domains {
            print(
                "\n\(name): \(scores.corpus.printable)   balanced accuracy \(score(scores.balancedAccuracy))   weighted F1 \(score(scores.weightedF1))   kappa \(score(scores.cohenKappa))\n"
            )
            showClasses(scores)
            showCalibration(scores.calibration)
            for table in scores.groups { showGroups(table) }
        }
        showDomains()
    }

    private var validationNote: String {
        switch report.selection {
        case .source: "those of the source chose the weights; --part test: clips that did not"
        case .oracle: "the target's labels chose the weights (oracle): no honest estimate of the target"
        default: "those of the target chose the weights, without labels; --part test: others"
        }
    }

    private func showClasses(_ scores: DomainEvaluation) {
        let names = scores.classes.map(\.label.printable)
        let measures = scores.classes.indices.map { index in
            let one = scores.classes[index]
            return [names[index], "\(one.clips)", score(one.precision), score(one.recall), score(one.f1)]
        }
        // Answers stand beside the classes where 80 columns have room for them, else below.
        let width = 34 + (names.map { CellText.width($0) }.max() ?? 0)
        let isBeside = width + 6 * names.count <= 80
        let room = max(3, min(9, (80 - (isBeside ? width : width - 29)) / max(names.count, 1) - 2))
        let answers = names.map { String($0.prefix(room)) }
        let header = ["truth", "clips", "precision", "recall", "F1"]
        if isBeside {
            printTable(
                header: header + answers, rows: measures.enumerated().map { $0.element + scores.confusion[$0.offset].map(String.init) },
                rightAligned: Set(1..<(5 + names.count)))
        } else {
            printTable(header: header, rows: measures, rightAligned: Set(1...4))
            print("")
            printTable(
                header: ["truth"] + answers, rows: names.enumerated().map { [$0.element] + scores.confusion[$0.offset].map(String.init) },
                rightAligned: Set(1...names.count))
        }
    }

    private func showCalibration(_ calibration: Calibration) {
        let scaled =
            calibration.scaledError.flatMap { error in
                calibration.temperature.map { "; \(score(error)) at temperature \(String(format: "%.2f", $0)), from source labels" }
            } ?? ""
        print("\nECE \(score(calibration.expectedError))\(scaled)")
        print(
            "Brier \(score(calibration.brier))   NLL \(score(calibration.negativeLogLikelihood))   reliability (█ accuracy, ◆ confidence):")
        for bin in calibration.bins where bin.clips > 0 {
            print(
                String(format: "  %.2f-%.2f", bin.lower, bin.upper) + "  " + padded("\(bin.clips)", 5) + "  \(score(bin.accuracy))  "
                    + bar(bin))
        }
    }

    /// Accuracy as a bar of 40 cells with a mark where the confidence is.
    private func bar(_ bin: ReliabilityBin) -> String {
        let width = 40
        var cells = [Character](repeating: " ", count: width)
        for index in 0..<Int((bin.accuracy * Double(width)).rounded()) { cells[index] = "█" }
        cells[min(width - 1, Int(bin.confidence * Double(width)))] = "◆"
        return String(cells).trimmingTrailingSpaces
    }

    private func showGroups(_ table: DomainEvaluation.GroupTable) {
        print("")
        printTable(
            header: [table.column.printable, "clips", "speakers", "accuracy", "macro-F1"],
            rows: table.groups.prefix(Self.mostGroups).map {
                [
                    String($0.value.printable.prefix(24)), "\($0.clips)", "\($0.speakers)", intervalText($0.accuracy),
                    intervalText($0.macroF1),
                ]
            }, rightAligned: [1, 2])
        if table.groups.count > Self.mostGroups { print("and \(table.groups.count - Self.mostGroups) more: --csv and --json have all") }
    }

    private func showDomains() {
        if let health = report.discriminator {
            print(
                "\ndiscriminator: balanced accuracy \(score(health.balancedAccuracy)) (source \(score(health.sourceAccuracy)), target \(score(health.targetAccuracy)))"
            )
            print("  domain confusion \(score(health.domainConfusion))   loss \(score(health.loss)), guessing has 0.693")
            if let hint = hint(health.hint) { print("  \(hint)") }
        }
        if let distance = report.proxyDistance {
            if report.discriminator == nil { print("") }
            print(
                "proxy A-distance \(score(distance.distance)) of 2: a linear classifier errs on \(score(distance.error)) of \(distance.sourceClips) + \(distance.targetClips)"
            )
        }
        for (name, one) in [("class", report.classLossStability), ("domain", report.domainLossStability)] {
            if let one {
                print(
                    "\(name) loss over the last quarter of the steps: \(score(one.mean)), variance \(String(format: "%.4f", one.variance))")
            }
        }
    }

    private func hint(_ hint: DiscriminatorHealth.Hint) -> String? {
        switch hint {
        case .separates: "it tells the domains apart"
        case .confused: "it guesses"
        case .collapsed: "it says the same of all clips"
        case .between: nil
        }
    }

    private func padded(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }

    // MARK: For programs

    /// One figure a row; `table` is overall, class, confusion, calibration, a column, discriminator or features.
    var csv: CommaSeparatedText {
        var rows = CommaSeparatedText(["part", "domain", "corpus", "table", "group", "measure", "value", "low", "high"])
        func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        for (name, scores) in domains {
            func add(_ table: String, _ group: String, _ measure: String, _ value: Interval) {
                rows.add([report.part, name, scores.corpus, table, group, measure, text(value.value), text(value.low), text(value.high)])
            }
            add("overall", "", "clips", Interval(Double(scores.clips)))
            add("overall", "", "accuracy", scores.accuracy)
            add("overall", "", "macro_f1", scores.macroF1)
            for (measure, value) in [
                ("weighted_f1", scores.weightedF1), ("balanced_accuracy", scores.balancedAccuracy), ("cohen_kappa", scores.cohenKappa),
                ("nll", scores.calibration.negativeLogLikelihood), ("brier", scores.calibration.brier),
                ("ece", scores.calibration.expectedError),
                ("mce", scores.calibration.maximumError),
            ] {
                add("overall", "", measure, Interval(value))
            }
            if let temperature = scores.calibration.temperature, let error = scores.calibration.scaledError {
                add("overall", "", "temperature", Interval(temperature))
                add("overall", "", "ece_scaled", Interval(error))
            }
            for one in scores.classes {
                for (measure, value) in [
                    ("precision", one.precision), ("recall", one.recall), ("f1", one.f1), ("clips", Double(one.clips)),
                ] {
                    add("class", one.label, measure, Interval(value))
                }
            }
            for (truth, row) in scores.confusion.enumerated() {
                for (answer, count) in row.enumerated() {
                    add("confusion", report.labels[truth], report.labels[answer], Interval(Double(count)))
                }
            }
            for bin in scores.calibration.bins {
                let group = "\(bin.lower)-\(bin.upper)"
                for (measure, value) in [("clips", Double(bin.clips)), ("confidence", bin.confidence), ("accuracy", bin.accuracy)] {
                    add("calibration", group, measure, Interval(value))
                }
            }
            for table in scores.groups {
                for group in table.groups {
                    add(table.column, group.value, "clips", Interval(Double(group.clips)))
                    add(table.column, group.value, "accuracy", group.accuracy)
                    add(table.column, group.value, "macro_f1", group.macroF1)
                }
            }
        }
        func add(_ table: String, _ measure: String, _ value: Double) {
            rows.add([report.part, "both", "", table, "", measure, "\(value)", "", ""])
        }
        if let gap = report.gap { add("overall", "gap", gap) }
        if let health = report.discriminator {
            add("discriminator", "balanced_accuracy", health.balancedAccuracy)
            add("discriminator", "domain_confusion", health.domainConfusion)
            add("discriminator", "loss", health.loss)
        }
        if let distance = report.proxyDistance {
            add("features", "proxy_a_distance", distance.distance)
            add("features", "domain_error", distance.error)
        }
        for (name, one) in [("class_loss", report.classLossStability), ("domain_loss", report.domainLossStability)] {
            if let one { add("steps", name + "_variance", one.variance) }
        }
        return rows
    }
}
