import Foundation
import Records
import Testing
import TestSupport
import Viz

@testable import TUI

@Suite struct TrainPaneTests {
    static let sizes = [(20, 6), (80, 24), (120, 36), (200, 60)]

    private func workbench(_ view: TrainView, compared: ComparedRuns? = nil, look: Look = Look(), keys: String = "") -> Workbench {
        var workbench = Workbench(panes: [TrainPane()], look: look, focus: .train)
        _ = workbench.receive(view)
        if let compared { _ = workbench.receive(compared) }
        for key in keys { _ = workbench.handle(.character(key)) }
        return workbench
    }

    private func pane(_ workbench: Workbench) throws -> TrainPane { try #require(workbench.pane as? TrainPane) }

    @Test("A run under way", arguments: sizes)
    func train(width: Int, height: Int) {
        var workbench = workbench(Sample.train())
        expectGolden(workbench.draw(width: width, height: height).text, "train-\(width)x\(height)")
    }

    @Test("With two other runs laid over it, a cursor, by epoch, logarithmic", arguments: sizes)
    func overlay(width: Int, height: Int) {
        var workbench = workbench(Sample.train(), compared: Sample.compared(), keys: "xvhHH")
        expectGolden(workbench.draw(width: width, height: height).text, "train-overlay-\(width)x\(height)")
    }

    @Test("Without runs, before the first step, after a failure, stopped, lost, with a store that cannot be read", arguments: sizes)
    func states(width: Int, height: Int) {
        let waiting = Sample.train(upTo: 0, state: .waiting)
        var early = waiting
        early.run?.state = .failed("no clip of the corpus crowd could be decoded; `emolab corpora check crowd` lists why")
        let late = Sample.train(
            upTo: 2000, state: .failed("the class loss is not a number since step 1 998; lower optimiser.learning_rate"))
        for (name, view) in [
            ("empty", TrainView()), ("waiting", waiting), ("failed-early", early), ("failed", late),
            ("stopped", Sample.train(upTo: 2000, state: .stopped)),
            ("interrupted", Sample.train(upTo: 2000, state: .interrupted)), ("unreadable", TrainView()),
        ] {
            var workbench = workbench(view)
            if name == "unreadable" { _ = workbench.receive(StoreFailure(text: "/data/emolab.sqlite: it is locked by another program")) }
            expectGolden(workbench.draw(width: width, height: height).text, "train-\(name)-\(width)x\(height)")
        }
    }

    @Test("Each plot alone in the pane, and all again after the last")
    func zoom() throws {
        var workbench = workbench(Sample.train())
        for plot in [
            "loss", "accuracy", "macro-F1", "label-free target scores", "validation loss, nats", "alpha schedule", "learning rate",
        ] {
            _ = workbench.handle(.character("f"))
            let lines = workbench.draw(width: 100, height: 30).lines
            #expect(lines[1].contains(plot) && lines.filter { $0.contains("╭") }.count == 1, "\(plot)")
        }
        expectGolden(workbench.draw(width: 100, height: 30).text, "train-zoom-100x30")
        _ = workbench.handle(.enter)
        #expect(try pane(workbench).zoomed == nil)
        _ = workbench.handle(.enter)
        _ = workbench.handle(.escape)
        #expect(try pane(workbench).zoomed == nil)
    }

    @Test("The cursor starts where the run stands, stops at both ends, stays at its step on every axis, and Esc takes it away")
    func cursor() throws {
        var workbench = workbench(Sample.train(), keys: "h")
        #expect(try pane(workbench).cursor == 6624)
        for _ in 0..<200 { _ = workbench.handle(.left) }
        #expect(try pane(workbench).cursor == 0)
        for _ in 0..<20 { _ = workbench.handle(.character("L")) }
        #expect(try pane(workbench).cursor == 17280)
        _ = workbench.handle(.character("x"))
        #expect(try pane(workbench).cursor == 17280)
        _ = workbench.handle(.escape)
        #expect(try pane(workbench).cursor == nil)
    }

    @Test("The legend says what the curves say at the cursor")
    func values() throws {
        var view = TrainView()
        view.run = TrainView.Run(id: 1, title: "x", state: .finished)
        view.plan = Sample.train().plan
        view.plan?.stepsPerEpoch = 1
        view.plan?.epochs = 121
        view.take(
            (1...121).map {
                StepRecord(step: $0, epoch: $0, classLoss: Double($0) / 100, alpha: 0, samples: 1, seconds: 1)
            })
        var workbench = workbench(view, keys: "----fh")
        #expect(workbench.draw(width: 80, height: 24).lines[2].contains("1.21"))
        for _ in 0..<21 { _ = workbench.handle(.left) }
        let lines = workbench.draw(width: 80, height: 24).lines
        #expect(lines.contains { $0.contains("class loss 1.00") || $0.contains("class loss  1.00") })
        #expect(lines[1].contains("at step 100, epoch 99.8"))
    }

    @Test("A run without alpha says so instead of drawing an axis below zero")
    func withoutAlpha() {
        var view = Sample.train()
        view.plan?.adaptation = nil
        view.plan?.schedules.removeAll { $0.series == SeriesName.alpha.id }
        var workbench = workbench(view)
        let text = workbench.draw(width: 120, height: 36).text
        #expect(text.contains("no alpha") && text.contains("learns from the source alone") && !text.contains("-1") && !text.contains("−1"))
    }

    @Test("What is planned for a step lies at that step: from the first to the last")
    func plannedPlaces() throws {
        let view = Sample.train(), curves = TrainCurves(view, axis: .step, smoothing: 0), steps = Double(try #require(view.plan).steps)
        let planned = try #require(curves.planned([1, 2, 3]))
        #expect(planned.x == [1, 1 + (steps - 1) / 2, steps])
    }

    @Test("Curves laid over each other differ in mark and colour, in every colour depth that has colours")
    func overlayColours() throws {
        let look = Look()
        let all = (0..<SeriesPalette.count).map { SeriesPalette.ink($0, look) }
        #expect(
            Set(all).count == SeriesPalette.count && Set((0..<SeriesPalette.count).map(SeriesPalette.mark)).count == SeriesPalette.count)
        #expect(Set((0..<SeriesPalette.count).map { SeriesPalette.ink($0, Look(theme: .light)) }).isDisjoint(with: Set(all)))
        let curves = TrainCurves(Sample.train(), axis: .step, smoothing: 0.9, compared: Sample.compared().runs)
        #expect(curves.losses(look).map(\.name) == ["class loss", "domain loss", "total", "class, run 37", "class, run 33"])
        #expect(Set(curves.losses(look).map(\.mark)).count == 5)
        #expect(
            curves.scores(try #require(Sample.train().metrics.first), look).filter(\.isInLegend).map(\.name) == [
                "source", "target", "target, run 37", "target, run 33",
            ])
    }

    /// A run of values beside classes, with three terms and a schedule of its own.
    private static func madeUp() -> TrainView {
        var view = Sample.train(upTo: 576), terms = ["class", "value", "triplet"].map { Series(.term, $0) }
        terms.append(SeriesName.total)
        let margin = Series(.schedule, "margin")
        let metrics = [
            Metric("ccc.valence", of: "affect", title: "CCC of valence", .higherIsBetter, from: -1, to: 1, baseline: .init("constant", 0)),
            Metric("rmse.valence", of: "affect", title: "RMSE of valence", .lowerIsBetter, from: 0, unit: "points"),
            Metric(MetricName.accuracy, of: "emotion", .higherIsBetter, from: 0, to: 1, baseline: .init("chance", 0.25)),
        ]
        let valence = Target.values([Dimension("valence", from: -1, to: 1)])
        view.plan?.task = LearningTask(
            targets: ["affect": valence, "emotion": .classes(["a", "b", "c", "d"])],
            heads: [Head("affect", target: "affect"), Head("emotion", target: "emotion")])
        view.plan?.series = terms + [margin]
        view.plan?.metrics = metrics
        view.plan?.adaptation = nil
        view.plan?.schedules = [PlannedSchedule(margin, name: "steep", values: [0, 0.5])]
        view.curves = StepCurves()
        for step in 1...576 {
            let values: StepValues = [
                "term.class": 1.5, "term.value": 0.25, "term.triplet": 0.125, "term.total": 1.875, "schedule.margin": 0.25,
            ]
            view.curves.take(StepRecord(step: step, epoch: 1, domain: .source, values: values, samples: 4, seconds: 0.1))
        }
        view.epochs = (1...2).map { epoch in
            let values = [
                MetricValue("ccc.valence", of: "affect", 0.4375), MetricValue("rmse.valence", of: "affect", 12.5),
                MetricValue(MetricName.accuracy, of: "emotion", 0.75),
            ]
            return EpochRecord(
                epoch: epoch, step: 288 * epoch, scores: [PartScores(.sourceValidation, samples: 10, values: values)], isBest: epoch == 2,
                seconds: 1)
        }
        return view
    }

    @Test(
        "Boxes come from the plan: every term, each metric with its range, unit and baseline, each schedule; a steps on where not all fit")
    func boxes() {
        let view = Self.madeUp()
        #expect(
            view.terms.map(\.name) == ["class", "value", "triplet"]
                && view.metrics.map(\.name) == ["ccc.valence", "rmse.valence", "accuracy"])
        var workbench = workbench(view)
        let wide = workbench.draw(width: 200, height: 60).text
        for words in [
            "class loss", "value loss", "triplet loss", "total", "CCC of valence", "constant", "0.438", "RMSE of valence, points", "12.5",
            "margin · steep", "no alpha",
        ] { #expect(wide.contains(words), "\(words)") }
        #expect(!wide.contains("emotion · accuracy"))
        _ = workbench.handle(.character("a"))
        #expect(workbench.draw(width: 200, height: 60).text.contains("emotion · accuracy"))
        var narrow = self.workbench(view)
        var seen: [String] = []
        for _ in 0..<3 {
            let text = narrow.draw(width: 100, height: 30).text
            seen += ["CCC of valence", "RMSE of valence, points", "emotion · accuracy"].filter(text.contains)
            _ = narrow.handle(.character("a"))
        }
        #expect(seen == ["CCC of valence", "RMSE of valence, points", "emotion · accuracy"])
        #expect(narrow.draw(width: 40, height: 10).text.contains("CCC of valence 0.438"))
        let rows = TrainCurves(view, axis: .step, smoothing: 0).rows().map { $0.map(\.field) }
        #expect(
            Set(rows.map { $0[1] }) == [
                "class_loss", "value_loss", "triplet_loss", "total_loss", "margin", "source_ccc.valence", "source_rmse.valence",
                "source_emotion_accuracy",
            ])
    }

    @Test("The run that is shown is not laid over itself")
    func notTwice() {
        let curves = TrainCurves(Sample.train(), axis: .step, smoothing: 0, compared: Sample.compared([42, 37]).runs)
        #expect(curves.others.map(\.run.id) == [37] && curves.others.map(\.place) == [1])
    }

    @Test("Orders and restarts are marked where they happened; the beginning is no restart")
    func flags() {
        var view = Sample.train()
        view.events = [
            TrainView.Event(epoch: 12, step: 3000, time: "", kind: .order, text: "alpha.maximum 0.1 → 0.05"),
            TrainView.Event(epoch: 0, time: "", kind: .start, text: ""),
            TrainView.Event(epoch: 10, step: 2880, time: "", kind: .checkpoint, text: ""),
            TrainView.Event(epoch: 0, time: "", kind: .start, text: ""),
        ]
        let flags = TrainCurves(view, axis: .step, smoothing: 0).flags
        #expect(flags.map(\.x) == [2880, 3000] && flags.map(\.mark) == ["▸", "▼"])
    }

    @Test("The panes of runs are whole in ASCII: no glyph without a stand-in", arguments: [(80, 24), (120, 36), (200, 60)])
    func ascii(width: Int, height: Int) {
        let look = Look(colours: .none, glyphs: .ascii)
        var runs = Workbench(panes: [RunsPane()], look: look, focus: .runs)
        _ = runs.receive(Sample.runs())
        _ = runs.receive(MarkedRuns(runs: [37, 33]))
        _ = runs.receive(Sample.compared())
        var grouped = runs
        _ = grouped.handle(.character("b"))
        _ = grouped.receive(Sample.seedGroups)
        var train = Workbench(panes: [TrainPane()], look: look, focus: .train)
        _ = train.receive(Sample.train())
        _ = train.receive(Sample.compared())
        var adaptation = Workbench(panes: [AdaptationPane()], look: look, focus: .adaptation)
        _ = adaptation.receive(Sample.adapting(.watch))
        _ = adaptation.receive(Sample.evaluation())
        for workbench in [runs, grouped, train, adaptation] {
            var workbench = workbench
            let grid = workbench.draw(width: width, height: height)
            #expect(grid.cells.allSatisfy { $0.glyph?.isASCII ?? false })
            // The footer names the key of help; nothing else asks.
            let body = grid.lines.dropLast().joined(separator: "\n")
            #expect(!body.contains("?"), "\(workbench.pane.name.title)")
        }
    }

    @Test("The ramp's start is said until it is reached, for the schedule that has one")
    func ramp() {
        #expect(AlphaWords.now(Sample.train()).hasSuffix("ramp starts at 6\u{2009}912"))
        #expect(!AlphaWords.now(Sample.train(upTo: 7000)).contains("ramp"))
        var steady = Sample.train()
        steady.plan?.schedules[0].rampStart = nil
        #expect(!AlphaWords.now(steady).contains("ramp"))
    }

    @Test("CSV has a row a point with unsmoothed values, of all runs that are shown")
    func csv() {
        let rows = TrainCurves(Sample.train(upTo: 288 * 2), axis: .epoch, smoothing: 0.9, compared: Sample.compared(epochs: 2).runs).rows()
            .map { $0.map(\.field) }
        #expect(rows.allSatisfy { $0.count == TrainCurves.header.count })
        #expect(Set(rows.map { $0[0] }) == ["42", "37", "33"])
        let accuracy = rows.filter { $0[0] == "42" && $0[1] == "target_accuracy" }
        #expect(accuracy.map { $0[2] } == ["288", "576"] && accuracy.map { $0[3] } == ["1.0", "2.0"])
        #expect(rows.contains { $0[1] == "snd" } && rows.contains { $0[1] == "total_loss" })
    }

    @Test("Smoothing a thinned history is smoothing of all its steps, near enough")
    func thinnedSmoothing() {
        let values = (0..<4096).map { sin(Double($0) / 300) }
        let all = Smoothing.exponential(values, weight: 0.98)
        let means = stride(from: 0, to: 4096, by: 8).map { values[$0..<($0 + 8)].reduce(0, +) / 8 }
        let thinned = Smoothing.exponential(means, counts: [Int](repeating: 8, count: means.count), weight: 0.98)
        for index in 20..<512 { #expect(abs(thinned[index] - all[index * 8 + 7]) < 0.02) }
    }

    @Test(
        "A frame of a run of a thousand epochs and three hundred thousand steps takes no longer than one of a hundredth of them, but for its points"
    )
    func longRun() {
        func frame(steps: Int) -> Duration {
            var view = Sample.train()
            view.plan?.epochs = 1000
            view.curves = StepCurves()
            for step in 1...steps {
                view.curves.take(
                    StepRecord(
                        step: step, domain: step % 2 == 0 ? .source : .target, classLoss: step % 2 == 0 ? Double(step % 17) : nil,
                        domainLoss: 0.6, domainAccuracy: 0.5, alpha: 0.01))
            }
            var workbench = workbench(view, compared: Sample.compared())
            return leastTime { _ = workbench.draw(width: 200, height: 60) }
        }
        let (short, long) = (frame(steps: 2_880), frame(steps: 288_000))
        print("a frame of 288,000 steps: \(long); of 2,880: \(short)")
        #expect(long < short * 10)
    }
}
