import Records
import Testing
import TestSupport
import Viz

@testable import TUI

@Suite struct ConfusionPaneTests {
    private func pane(_ workbench: Workbench) -> ConfusionPane { workbench.pane as! ConfusionPane }

    private func press(_ keys: [Key], _ workbench: inout Workbench) -> [Effect] { keys.flatMap { workbench.handle($0) } }

    @Test("Confusion with both domains, without a target, against another run", arguments: PaneGoldenTests.sizes)
    func screens(width: Int, height: Int) {
        var both = Sample.examined(.confusion, alone: true)
        expectGolden(both.draw(width: width, height: height).text, "confusion-\(width)x\(height)")
        var single = Sample.examined(.confusion, Sample.matrices(isLive: false, hasTarget: false), alone: true)
        expectGolden(single.draw(width: width, height: height).text, "confusion-single-\(width)x\(height)")
        var other = Sample.matrices(run: 37, isLive: false)
        other.parent = nil
        var difference = Sample.examined(.confusion, other: other, alone: true)
        _ = press([.character("d")], &difference)
        expectGolden(difference.draw(width: width, height: height).text, "confusion-difference-\(width)x\(height)")
    }

    @Test(
        "Confusion while reading, without runs, before the first epoch, with a store that cannot be read", arguments: PaneGoldenTests.sizes)
    func states(width: Int, height: Int) {
        var loading = Workbench(panes: [ConfusionPane()], look: Look(colours: .none), focus: .confusion)
        var empty = Sample.examined(.confusion, nil, alone: true)
        var early = Sample.examined(.confusion, Sample.matrices(epochs: 0), alone: true)
        var failed = Sample.examined(.confusion, alone: true)
        _ = failed.receive(StoreFailure(text: "/data/emolab.sqlite: it is locked by another program"))
        for (name, grid) in [
            ("loading", loading.draw(width: width, height: height)), ("empty", empty.draw(width: width, height: height)),
            ("early", early.draw(width: width, height: height)), ("failed", failed.draw(width: width, height: height)),
        ] { expectGolden(grid.text, "confusion-\(name)-\(width)x\(height)") }
    }

    @Test("What is subtracted is named also where the line is too short for all", arguments: [60, 80, 120])
    func subtractedIsNamed(width: Int) {
        var other = Sample.matrices(run: 37, isLive: false)
        other.parent = nil
        var workbench = Sample.examined(.confusion, other: other, alone: true)
        _ = press([.character("d")], &workbench)
        let line = workbench.draw(width: width, height: 24).lines[1]
        #expect(line.contains("minus ") && !line.contains("…"), "\(line)")
    }

    @Test("In a narrow place right of another the pane has its number and its name, also over the target's matrix")
    func narrowPlace() {
        var workbench = Sample.examined(.confusion)
        for key in "2|4" { _ = workbench.handle(.character(key)) }
        let text = workbench.draw(width: 120, height: 36).text
        #expect(text.contains("² Train") && text.contains("⁴ Confusion · target"), "\(text)")
    }

    @Test("Accuracy and macro-F1 stand on two lines where one is too narrow and rows are free")
    func twoLines() {
        var workbench = Sample.examined(.confusion)
        for key in "2|4" { _ = workbench.handle(.character(key)) }
        let lines = workbench.draw(width: 204, height: 50).lines
        #expect(lines.count { $0.contains("accuracy .") && $0.contains("Wilson 95 %") } == 1, "\(lines.joined(separator: "\n"))")
        #expect(lines.contains { $0.contains(try! Regex(#"macro-F1 \.\d\d\d.*macro-F1 \.\d\d\d"#)) }, "\(lines.joined(separator: "\n"))")
    }

    @Test("[ ] stand in the footer at the first, a middle and the last epoch, and not where there is one alone")
    func epochKeys() {
        var workbench = Sample.examined(.confusion)
        func footer() -> String { workbench.draw(width: 200, height: 50).lines[49] }
        #expect(footer().contains("[ ] epoch") && footer().contains("↑↓←→ cell"))
        for _ in 0..<200 { _ = workbench.handle(.character("[")) }
        // The last of these said that this is the first epoch, in the footer's place.
        _ = workbench.handle(.down)
        #expect(pane(workbench).epoch(Sample.matrices())?.epoch == 1 && footer().contains("[ ] epoch"))
        _ = workbench.handle(.character("]"))
        #expect(footer().contains("[ ] epoch"))
        workbench = Sample.examined(.confusion, Sample.matrices(epochs: 1))
        #expect(!footer().contains("[ ]") && footer().contains("cell"))
    }

    @Test("Where no class loses recall none is the worst")
    func noLoss() {
        let counts = [[10, 0, 0], [10, 0, 0], [10, 0, 0]]
        let epoch = RunMatrices.Epoch(epoch: 1, isBest: true, source: counts, target: counts)
        let run = RunMatrices(
            run: 42, title: "one", labels: ["anger", "sad", "fear"], source: "a", target: "b", isLive: false, epochs: [epoch])
        let words = ConfusionPane().words(run, epoch, Look()).map { $0.map(\.text).joined() }
        #expect(words.last == "no class loses recall" && !words.joined().contains("anger"))
    }

    @Test("A run to compare with that was deleted is told, not read for ever")
    func deletedBaseline() {
        var workbench = Sample.examined(.confusion)
        _ = workbench.receive(MarkedRuns(runs: [37]))
        _ = workbench.handle(.character("d"))
        #expect(workbench.draw(width: 120, height: 36).text.contains("reading run 37…"))
        var view = workbench.models[MatricesView.self]
        view.wanted = 37
        _ = workbench.receive(view)
        #expect(workbench.draw(width: 120, height: 36).text.contains("run 37 was deleted"))
    }

    @Test("The cursor walks from the source's matrix into the target's and back; Enter opens the cell's clips")
    func cursor() {
        var workbench = Sample.examined(.confusion)
        let start = pane(workbench), counts = Sample.matrices().standing?[.target] ?? []
        let errors = counts.enumerated().flatMap { row, line in line.enumerated().filter { $0.offset != row }.map(\.element) }
        #expect(
            start.chosenDomain == nil && start.row != start.column && counts[start.row][start.column] == errors.max(),
            "it begins at the commonest error")
        _ = press(Array(repeating: .up, count: start.row) + Array(repeating: .left, count: start.column + 1), &workbench)
        #expect(pane(workbench).chosenDomain == .source && pane(workbench).column == 5)
        _ = press([.right, .down, .right, .right], &workbench)
        #expect(pane(workbench).chosenDomain == .target && (pane(workbench).row, pane(workbench).column) == (1, 2))
        let clips = pane(workbench).clips(workbench.models)
        #expect(clips?.isEmpty == false && clips?.allSatisfy { $0.truth == 1 && $0.predicted == 2 && $0.domain == .target } == true)
        #expect(clips.map { zip($0, $0.dropFirst()).allSatisfy { $0.confidence >= $1.confidence } } == true)
        // Only panes that exist are opened; the effect is looked at itself.
        let pane = pane(workbench)
        var copy = pane
        let effects = copy.handle(.openCell, workbench.models)
        guard case .open(.errors, let topic as ClipsTopic)? = effects.first else {
            Issue.record("nothing is opened")
            return
        }
        #expect(topic == ClipsTopic(run: 42, domain: .target, truth: 1, predicted: 2))
    }

    @Test("Epochs step by [ and ], b goes back to the one that stands; a run under way is followed")
    func epochs() {
        var workbench = Sample.examined(.confusion)
        func shown() -> Int? {
            Sample.matrices().epochs.isEmpty ? nil : pane(workbench).epoch(workbench.models[MatricesView.self].shown!)?.epoch
        }
        #expect(shown() == 23)
        _ = press([.character("["), .character("[")], &workbench)
        #expect(shown() == 21)
        #expect(pane(workbench).clips(workbench.models) == nil)
        _ = workbench.receive(Sample.matricesView(Sample.matrices(epochs: 24)))
        #expect(shown() == 21)
        _ = press([.character("b")], &workbench)
        #expect(shown() == 24)
        _ = workbench.receive(Sample.matricesView(Sample.matrices(epochs: 25, isLive: false)))
        #expect(shown() == 19)
        #expect(press([.character("b")], &workbench).isEmpty && !pane(workbench).isAvailable(.standingEpoch, workbench.models))
    }

    @Test("d subtracts marked runs, else the parent, then other epochs, then nothing")
    func baselines() {
        var workbench = Sample.examined(.confusion)
        func asked(_ effects: [Effect]) -> Int64? {
            for case .ask(let request as ComparisonRequest) in effects { return request.run }
            return nil
        }
        #expect(asked(press([.character("d")], &workbench)) == 37 && pane(workbench).baseline == .run(37))
        #expect(pane(workbench).problem(workbench.models[MatricesView.self]) == "reading run 37…")
        #expect(asked(press([.character("d")], &workbench)) == nil && pane(workbench).baseline == .epoch(19))
        _ = press([.character("d")], &workbench)
        #expect(pane(workbench).baseline == .epoch(1))
        _ = press([.character("d")], &workbench)
        #expect(pane(workbench).baseline == nil)
        _ = workbench.receive(MarkedRuns(runs: [42, 40, 39]))
        #expect(pane(workbench).baselines(workbench.models).prefix(2) == [.run(40), .run(39)])
        var others = Sample.matrices(run: 40)
        others.labels = ["a", "b"]
        _ = press([.character("d")], &workbench)
        _ = workbench.receive(Sample.matricesView(Sample.matrices(), other: others))
        #expect(pane(workbench).problem(workbench.models[MatricesView.self]) == "run 40 has other classes")
        _ = workbench.receive(Sample.matricesView(Sample.matrices(run: 9)))
        #expect(pane(workbench).baseline == nil)
    }

    @Test("The worst class is the one that loses most recall from source to target, with what it is called instead")
    func worst() {
        let run = Sample.matrices()
        var lines = ConfusionPane().words(run, run.epochs[22], Look()).map { $0.map(\.text).joined() }
        #expect(lines.count == 2 && lines[0].hasPrefix("gap .") && lines[1].contains("called"))
        // By hand: a third class that is lost altogether to the first.
        var simple = run
        simple.labels = ["a", "b", "c"]
        let epoch = RunMatrices.Epoch(
            epoch: 1, isBest: true, source: [[9, 1, 0], [0, 10, 0], [0, 2, 8]], target: [[5, 5, 0], [0, 10, 0], [9, 1, 0]])
        lines = ConfusionPane().words(simple, epoch, Look()).map { $0.map(\.text).joined() }
        #expect(lines == ["gap .400 source − target accuracy", "worst: c −.800 recall (9 of 10 called a)"])
    }

    @Test("Cells are filled from the theme's heat with a value that contrasts; differences are green and red with signs")
    func colours() {
        var workbench = Sample.examined(.confusion, look: Look(colours: .direct))
        let grid = workbench.draw(width: 120, height: 36)
        let heat = Set((0...100).map { Theme.dark.heat[0.12 + 0.88 * Double($0) / 100] })
        let filled = grid.cells.filter { $0.background.map(heat.contains) ?? false }
        #expect(filled.count > 60)
        for cell in filled {
            #expect(cell.foreground == nil || cell.foreground == Colour(0, 0, 0) || cell.foreground == Colour(255, 255, 255))
        }
        _ = press([.character("d")], &workbench)
        _ = workbench.receive(Sample.matricesView(Sample.matrices(), other: Sample.matrices(run: 37)))
        let difference = workbench.draw(width: 120, height: 36).text
        #expect(difference.contains("+") && difference.contains("−") && difference.contains("minus run 37 epoch 23"))
    }
}
