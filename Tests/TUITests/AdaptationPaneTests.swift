import Foundation
import Records
import Testing
import TestSupport
import Viz

@testable import TUI

@Suite struct AdaptationDiagnosisTests {
    private typealias Finding = AdaptationDiagnosis.Finding

    /// A healthy DANN in its ramp; each case changes what it is about.
    private func figures(_ change: (inout AdaptationFigures) -> Void = { _ in }) -> AdaptationFigures {
        var figures = AdaptationFigures()
        (figures.isPlanned, figures.adaptation) = (true, .dann)
        (figures.epoch, figures.step, figures.rampStart) = (30, 8640, 6912)
        (figures.sourceNamed, figures.targetNamed, figures.domainLoss) = (0.78, 0.7, 0.6)
        (figures.alpha, figures.alphaMaximum) = (0.05, 0.1)
        (figures.sourceAccuracy, figures.targetAccuracy, figures.hasTarget) = (0.85, 0.65, true)
        figures.bestTarget = .init(epoch: 29, accuracy: 0.66)
        figures.gapBefore = 0.25
        figures.favourite = .init(label: "sad", share: 0.25, truth: 0.17)
        change(&figures)
        return figures
    }

    private func diagnosis(_ change: (inout AdaptationFigures) -> Void = { _ in }) -> AdaptationDiagnosis {
        AdaptationDiagnosis(figures(change))
    }

    @Test("The sentence that a new user reads first: discriminator, features, alpha and when it begins")
    func beforeTheRamp() {
        let early = diagnosis {
            ($0.sourceNamed, $0.targetNamed, $0.alpha, $0.step, $0.rampStart) = (0.99, 0.97, 0.0001, 300, 960)
        }
        #expect(early.finding == .separatesWeakly && early.health == .good && early.advice.isEmpty)
        #expect(early.meaning == "Discriminator at 98 %: features are still far apart, as they should be; alpha is 0.0001 until step 960.")
    }

    @Test("A run that does not adapt, or learns from target labels, gets no advice and no health")
    func unadapted() {
        for adaptation in [nil, PlannedAdaptation.supervised] {
            let words = diagnosis { $0.adaptation = adaptation }
            #expect(words.health == .unknown && words.advice.isEmpty)
            #expect(words.finding == (adaptation == nil ? .noAdaptation : .supervised))
            #expect(!words.meaning.lowercased().contains("discriminator"))
        }
        #expect(diagnosis { $0.adaptation = nil }.meaning.contains("does not adapt"))
        #expect(diagnosis { $0.isPlanned = false }.health == .unknown)
        #expect(diagnosis { $0.epoch = 0 }.finding == .tooEarly)
        #expect(diagnosis { $0.alphaMaximum = 0 }.finding == .switchedOff)
    }

    @Test(
        "Every bound holds on its own side",
        arguments: [
            (0.90, 0.90, AdaptationDiagnosis.Finding.separatesStrongly), (0.89, 0.90, .between), (0.61, 0.60, .between),
            (0.60, 0.60, .guessesAndGapStays),
            (0.36, 0.36, .guessesAndGapStays), (0.35, 0.35, .wrongAboutBoth), (0.90, 0.10, .namesOneDomain), (0.10, 0.90, .namesOneDomain),
            (0.89, 0.10, .guessesAndGapStays), (1.0, 0.11, .guessesAndGapStays),
        ])
    func bounds(source: Double, target: Double, finding: AdaptationDiagnosis.Finding) {
        #expect(diagnosis { ($0.sourceNamed, $0.targetNamed) = (source, target) }.finding == finding)
    }

    @Test("Both domains called source is no confusion, whatever alpha is")
    func oneDomain() {
        let words = diagnosis { ($0.sourceNamed, $0.targetNamed, $0.alpha) = (1, 0, 0.0001) }
        #expect(
            words.finding == .namesOneDomain && words.health == .bad && words.meaning.contains("both domains source")
                && !words.advice.isEmpty)
        #expect(diagnosis { ($0.sourceNamed, $0.targetNamed) = (0, 1) }.meaning.contains("both domains target"))
    }

    @Test("A discriminator that guesses while the gap stays is read by the proxy A-distance where there is one")
    func guessing() {
        func guessing(_ distance: Double?) -> AdaptationDiagnosis {
            diagnosis { ($0.sourceNamed, $0.targetNamed, $0.proxyDistance) = (0.55, 0.5, distance) }
        }
        #expect(guessing(nil).advice.contains("emolab eval"))
        #expect(guessing(1.4).meaning.contains("the adversary that has given up") && guessing(0.3).meaning.contains("not class by class"))
        let closed = diagnosis { ($0.sourceNamed, $0.targetNamed, $0.targetAccuracy, $0.bestTarget) = (0.55, 0.5, 0.76, nil) }
        #expect(closed.finding == .guessesAndGapClosed && closed.health == .good)
    }

    @Test("A target that was better before alpha grew is said; a small loss, or one before alpha acts, is not")
    func overshot() {
        func lost(_ accuracy: Double, alpha: Double = 0.09) -> Finding {
            diagnosis {
                ($0.sourceNamed, $0.targetNamed, $0.alpha, $0.bestTarget) = (0.6, 0.5, alpha, .init(epoch: 20, accuracy: accuracy))
            }.finding
        }
        #expect(lost(0.71) == .overshot && lost(0.69) == .guessesAndGapStays)
        #expect(lost(0.71, alpha: 0.001) == .notYetOn)
    }

    @Test(
        "Targets that all get one answer have collapsed, unless the truth is like that", arguments: [PlannedAdaptation.dann, .mmd])
    func oneAnswer(adaptation: PlannedAdaptation) {
        let words = diagnosis { ($0.adaptation, $0.favourite) = (adaptation, .init(label: "sad", share: 0.8, truth: 0.17)) }
        #expect(
            words.finding == .collapsedAnswers && words.health == .bad && words.meaning.contains("80 %") && words.meaning.contains("sad"))
        #expect(words.advice.contains("batches") == (adaptation == .mmd))
        #expect(
            diagnosis { ($0.adaptation, $0.favourite) = (adaptation, .init(label: "sad", share: 0.8, truth: 0.6)) }.finding
                != .collapsedAnswers)
    }

    @Test("Methods without a discriminator are judged by the gap alone", arguments: [PlannedAdaptation.coral, .mmd])
    func distances(adaptation: PlannedAdaptation) {
        func words(_ change: @escaping (inout AdaptationFigures) -> Void) -> AdaptationDiagnosis {
            diagnosis {
                ($0.adaptation, $0.sourceNamed, $0.targetNamed) = (adaptation, nil, nil)
                change(&$0)
            }
        }
        #expect(words { _ in }.finding == .distanceOnly && words { _ in }.health == .good)
        #expect(words { $0.gapBefore = 0.2 }.finding == .distanceGapStays)
        #expect(words { $0.gapBefore = nil }.health == .unknown)
        #expect(words { $0.targetAccuracy = 0.8 }.finding == .distanceGapClosed)
        #expect(words { $0.alpha = 0.0001 }.finding == .notYetOn)
        #expect(!words { _ in }.meaning.contains("discriminator at"))
    }

    @Test("A run that ended before alpha rose says so")
    func endedEarly() {
        let words = diagnosis { ($0.alpha, $0.step, $0.isOver) = (0.0001, 300, true) }
        #expect(words.finding == .notYetOn && words.meaning.contains("ended before") && words.meaning.contains("until step 6\u{2009}912"))
    }

    @Test("Figures come from the epoch that is looked at, not from later ones")
    func fromRecords() throws {
        let view = Sample.adapting(.watch)
        let early = AdaptationFigures(view, epoch: 10, evaluation: Sample.evaluation().report)
        #expect(early.epoch == 10 && early.step == 2880 && early.alpha == 0.0001 && early.proxyDistance == nil && !early.isOver)
        #expect(early.sourceNamed == view.epochs[9].source(Sample.head)?.domainAccuracy && early.gapBefore != nil)
        #expect(try #require(early.bestTarget).epoch <= 10)
        let late = AdaptationFigures(view, evaluation: Sample.evaluation().report)
        #expect(late.epoch == 41 && late.alpha > 0.02 && late.proxyDistance != nil && late.rampStart == 6912)
        #expect(AdaptationDiagnosis(early).finding == .separatesWeakly)
        #expect(AdaptationFigures(TrainView()).epoch == 0)
        let favourite = try #require(late.favourite)
        #expect(abs(favourite.truth - 1.0 / 6) < 1e-9 && favourite.share > favourite.truth)
    }
}

@Suite struct AdaptationPaneTests {
    static let sizes = [(20, 6), (80, 24), (120, 36), (200, 60)]

    private func workbench(_ view: TrainView, evaluation: EvaluationView? = nil, keys: String = "") -> Workbench {
        var workbench = Workbench(panes: [AdaptationPane()], focus: .adaptation)
        _ = workbench.receive(view)
        if let evaluation { _ = workbench.receive(evaluation) }
        for key in keys { _ = workbench.handle(.character(key)) }
        return workbench
    }

    @Test("A DANN in its ramp, with a measured distance; the same at an earlier epoch", arguments: sizes)
    func adapting(width: Int, height: Int) {
        var newest = workbench(Sample.adapting(.watch), evaluation: Sample.evaluation())
        expectGolden(newest.draw(width: width, height: height).text, "adaptation-\(width)x\(height)")
        var earlier = workbench(Sample.adapting(.watch), keys: String(repeating: "h", count: 30))
        expectGolden(earlier.draw(width: width, height: height).text, "adaptation-earlier-\(width)x\(height)")
    }

    @Test("CORAL, the source alone, supervised", arguments: sizes)
    func others(width: Int, height: Int) {
        for (name, kind) in [("coral", Sample.AdaptationKind.coral), ("none", .none), ("supervised", .supervised)] {
            var workbench = workbench(Sample.adapting(kind))
            expectGolden(workbench.draw(width: width, height: height).text, "adaptation-\(name)-\(width)x\(height)")
        }
    }

    @Test("Without runs, before the first epoch, failed, with a store that cannot be read", arguments: sizes)
    func states(width: Int, height: Int) {
        let failed = Sample.train(upTo: 40, state: .failed("the class loss is not a number since step 38; lower optimiser.learning_rate"))
        for (name, view) in [("empty", TrainView()), ("waiting", Sample.train(upTo: 40)), ("failed", failed), ("unreadable", TrainView())] {
            var workbench = workbench(view)
            if name == "unreadable" { _ = workbench.receive(StoreFailure(text: "/data/emolab.sqlite: it is locked by another program")) }
            expectGolden(workbench.draw(width: width, height: height).text, "adaptation-\(name)-\(width)x\(height)")
        }
    }

    @Test("Colours: source and target have theirs, the words' mark says how it stands")
    func colours() {
        var workbench = workbench(Sample.adapting(.watch))
        let grid = workbench.draw(width: 120, height: 36)
        #expect(grid[2, 2].glyph == "✓" && grid[2, 2].foreground == Theme.dark[.good].foreground)
        var (filled, open) = (0, 0)
        for y in 0..<36 {
            for x in 0..<120 where grid[x, y].foreground == Theme.dark[grid[x, y].glyph == "●" ? .source : .target].foreground {
                if grid[x, y].glyph == "●" { filled += 1 }
                if grid[x, y].glyph == "○" { open += 1 }
            }
        }
        #expect(filled >= 7 && open >= 7)
    }

    @Test("Epochs are stepped to both ends; the newest stays the newest when another comes; another run begins at its newest")
    func epochs() throws {
        var workbench = workbench(Sample.adapting(.watch), keys: "h")
        func epoch() -> Int? { (workbench.pane as? AdaptationPane)?.epoch }
        #expect(epoch() == 40)
        _ = workbench.handle(.character("g"))
        _ = workbench.handle(.left)
        #expect(epoch() == 1)
        for _ in 0..<50 { _ = workbench.handle(.right) }
        #expect(epoch() == nil)
        _ = workbench.handle(.left)
        var other = Sample.adapting(.coral)
        other.run?.id = 7
        _ = workbench.receive(other)
        #expect(epoch() == nil)
    }

    @Test("c copies the command that measures; an evaluation of another run is not shown")
    func evaluation() {
        var workbench = workbench(Sample.adapting(.watch), evaluation: Sample.evaluation(run: 41))
        #expect(workbench.draw(width: 120, height: 36).text.contains("emolab eval 42"))
        let effects = workbench.handle(.character("c"))
        #expect(effects.contains { if case .copy(let text) = $0 { text == "emolab eval 42" } else { false } })
        _ = workbench.receive(Sample.evaluation())
        _ = workbench.handle(.escape)  // Takes the message away.
        let text = workbench.draw(width: 120, height: 36).text
        #expect(!text.contains("emolab eval 42") && text.contains("of 2"))
    }

    @Test("The table has every epoch with its recalls and its finding")
    func table() throws {
        let workbench = workbench(Sample.adapting(.watch))
        let table = try #require(workbench.pane.table(workbench.models))
        #expect(table.rows.count == 41 && table.rows.allSatisfy { $0.count == table.header.count })
        #expect(table.header.contains("target_recall_fear") && table.rows[0].contains(.text("separatesWeakly")))
    }
}
