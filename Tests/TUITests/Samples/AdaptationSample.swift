import Foundation
import Metrics
import Records

@testable import TUI

extension Sample {
    enum AdaptationKind { case watch, none, supervised, coral, early }

    /// A run of 60 epochs at its 23rd, or of another method; with confusion matrices.
    static func adapting(_ kind: AdaptationKind) -> TrainView {
        var view = train(upTo: kind == .early ? 288 : kind == .watch ? 12_000 : 6624)
        view.plan?.adaptation =
            switch kind {
            case .none: nil
            case .supervised: .supervised
            case .coral: .coral
            case .watch, .early: .dann
            }
        if !view.aligns { view.plan?.schedules.removeAll { $0.series == SeriesName.alpha.id } }
        for index in view.epochs.indices {
            let p = Double(index) / 60
            let named = kind == .watch ? 0.95 - 0.7 * max(0, p - 0.3) : 0.95
            let hasDiscriminator = view.adaptation?.hasDiscriminator ?? false
            view.epochs[index].set(.source, MetricName.domainAccuracy, of: "", hasDiscriminator ? min(1, named + 0.02) : nil)
            view.epochs[index].set(.target, MetricName.domainAccuracy, of: "", hasDiscriminator ? named - 0.04 : nil)
            view.epochs[index].set(.source, confusion: confusion(view.epochs[index].source(head)?.accuracy ?? 0, perClass: 48))
            view.epochs[index].set(.target, confusion: confusion(view.epochs[index].target(head)?.accuracy ?? 0, perClass: 248))
        }
        return view
    }

    /// Right by `accuracy` on the whole, better for early classes; wrong answers go to the next class.
    static func confusion(_ accuracy: Double, perClass: Int) -> [[Int]] {
        labels.indices.map { truth in
            let recall = min(1, max(0, accuracy + 0.06 * (2.5 - Double(truth))))
            let right = Int((recall * Double(perClass)).rounded())
            var row = [Int](repeating: 0, count: labels.count)
            row[truth] = right
            row[(truth + 1) % labels.count] += perClass - right
            return row
        }
    }

    static func evaluation(run: Int64 = 42) -> EvaluationView {
        let features = (0..<40).map { place in (0..<4).map { Float(sin(Double(place * 7 + $0 * 3))) } }
        let shifted = features.map { $0.map { $0 + 3 } }
        var report = EvaluationReport(part: "validation", labels: labels, selection: .source, source: nil, target: nil, columns: [])
        report.proxyDistance = ProxyDistance(source: features, target: shifted)
        report.discriminator = DiscriminatorHealth(source: [0.1, 0.2, 0.6], target: [0.7, 0.4, 0.9])
        return EvaluationView(run: run, made: "2026-03-09 12:00", report: report)
    }
}
