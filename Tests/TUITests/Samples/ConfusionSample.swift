// Matrices and answers as a run of six classes gives them, made up and the same at every run.
import Foundation
import Records
import Viz

@testable import TUI

extension Sample {
    /// Rows in % of the last epoch, and numbers of clips of each class.
    private static let sourceShares = [
        [91, 3, 5, 0, 2, 0], [3, 90, 1, 2, 3, 1], [8, 0, 79, 0, 10, 2], [0, 6, 0, 92, 0, 2], [2, 4, 12, 0, 81, 0], [2, 0, 4, 6, 0, 88],
    ]
    private static let targetShares = [
        [61, 5, 16, 4, 5, 10], [7, 79, 2, 6, 4, 2], [15, 1, 56, 2, 15, 11], [4, 6, 2, 79, 3, 6], [8, 4, 25, 5, 48, 9],
        [12, 4, 15, 12, 6, 51],
    ]

    /// Counts that rows in % come to; earlier epochs are nearer to chance.
    static func counts(_ shares: [[Int]], clips: [Int], learned: Double) -> [[Int]] {
        shares.enumerated().map { row, shares in
            var counts = shares.map { Int((learned * Double($0) + (1 - learned) * 16.7) / 100 * Double(clips[row])) }
            counts[row] += clips[row] - counts.reduce(0, +)
            return counts
        }
    }

    static func matrices(run: Int64 = 42, epochs: Int = 23, isLive: Bool = true, hasTarget: Bool = true) -> RunMatrices {
        RunMatrices(
            run: run, title: "full, seed 123", labels: labels, source: "studio", target: hasTarget ? "crowd" : "", isLive: isLive,
            parent: 37,
            epochs: (1...max(1, epochs)).prefix(epochs).map { epoch in
                let learned = (1 - exp(-Double(epoch) / 6)) * (run == 42 ? 1 : 0.8)
                return RunMatrices.Epoch(
                    epoch: epoch, isBest: epoch == 12 || epoch == 19,
                    source: counts(sourceShares, clips: [64, 96, 48, 48, 48, 48], learned: learned),
                    target: hasTarget ? counts(targetShares, clips: Array(repeating: 248, count: 6), learned: learned) : nil)
            })
    }

    static func matricesView(_ shown: RunMatrices?, other: RunMatrices? = nil) -> MatricesView {
        var view = MatricesView()
        view.state = .ready
        (view.shown, view.other) = (shown, other)
        return view
    }

    /// Answers whose numbers are those of `matrices`, of the best epoch and of the last.
    static func answers(_ matrices: RunMatrices = matrices(), version: Int = 1) -> AnswersView {
        var view = AnswersView()
        view.state = .ready
        view.version = version
        (view.run, view.title, view.isLive, view.labels) = (matrices.run, matrices.title, matrices.isLive, matrices.labels)
        (view.source, view.target) = (matrices.source, matrices.target)
        let kept = Set([matrices.best, matrices.epochs.last?.epoch].compactMap(\.self)).sorted()
        view.epochs = kept.compactMap { number in
            matrices.epoch(number).map { AnswersView.Epoch(epoch: number, isBest: number == matrices.best, rows: rows($0, matrices)) }
        }
        return view
    }

    private static func rows(_ epoch: RunMatrices.Epoch, _ matrices: RunMatrices) -> [AnswersView.Row] {
        var rows: [AnswersView.Row] = [], dice = Dice(UInt64(epoch.epoch))
        let sentences = ["IEO", "ITS", "MTI", "TSI", "WSI"], levels = ["low", "medium", "high"]
        for domain in Domain.allCases {
            guard let counts = epoch[domain] else { continue }
            var number = 0
            for truth in counts.indices {
                for predicted in counts.indices {
                    for _ in 0..<counts[truth][predicted] {
                        number += 1
                        var shares = labels.indices.map { _ in dice.share() * 0.2 }
                        shares[predicted] = 0.4 + dice.share()
                        if truth != predicted { shares[truth] = 0.3 * dice.share() }
                        let total = shares.reduce(0, +), isCrowd = domain == .target
                        // One actor is harder than the others.
                        let speaker = isCrowd ? 1001 + (truth != predicted && dice.below(6) == 0 ? 18 : dice.below(91)) : 1 + dice.below(24)
                        let code = labels[truth].prefix(3).uppercased(), sentence = sentences[dice.below(5)]
                        var row = AnswersView.Row(
                            domain: domain, corpus: isCrowd ? "crowd" : "studio",
                            name: isCrowd ? "\(speaker)_\(sentence)_\(code)_\(number)" : "01-01-0\(truth + 1)-01-\(number)", truth: truth,
                            predicted: predicted,
                            probabilities: shares.map { Float($0 / total) }, labels: labels)
                        (row.speaker, row.sentence, row.sex) = (
                            "\(speaker)", isCrowd ? sentence : "kids", speaker % 2 == 0 ? "female" : "male"
                        )
                        (row.intensity, row.age) = (isCrowd ? levels[dice.below(3)] : "strong", isCrowd ? 20 + speaker % 50 : nil)
                        if isCrowd, truth != predicted {
                            let agrees = dice.below(5) == 0
                            row.raters = (labels[agrees ? predicted : truth], 0.4 + 0.5 * dice.share())
                            row.doubt = agrees ? .raters : nil
                        } else if truth != predicted, dice.below(4) == 0 {
                            row.doubt = .confident(predicted)
                        }
                        rows.append(row)
                    }
                }
            }
        }
        rows.sort { $0.id < $1.id }
        let wrong = rows.indices.filter { rows[$0].isWrong && rows[$0].domain == .target }
        if let first = wrong.first { (rows[first].tags, rows[first].note) = (["check again", "label error"], "sounds angry to me") }
        return rows
    }

    /// A workbench with runs, matrices and answers.
    /// - Parameter alone: no other pane is there, so that a screen does not change with each that is added.
    static func examined(
        _ pane: PaneName, _ matrices: RunMatrices? = matrices(), other: RunMatrices? = nil, answers: AnswersView? = nil,
        alone: Bool = false,
        look: Look = Look(colours: .none)
    ) -> Workbench {
        var workbench = Workbench(panes: Workbench.allPanes.filter { !alone || $0.name == pane }, look: look, focus: pane)
        _ = workbench.receive(Sample.train())
        _ = workbench.receive(matricesView(matrices, other: other))
        var none = AnswersView()
        none.state = .ready
        _ = workbench.receive(answers ?? matrices.map { Sample.answers($0) } ?? none)
        return workbench
    }
}
