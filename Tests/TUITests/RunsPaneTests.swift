import Foundation
import Records
import Store
import Testing
import TestSupport
import Viz

@testable import TUI

@Suite struct RunsPaneTests {
    static let sizes = [(20, 6), (80, 24), (120, 36), (200, 60)]

    private func workbench(_ view: RunsView = Sample.runs(), marked: [Int64] = [], look: Look = Look()) -> Workbench {
        var workbench = Workbench(panes: [RunsPane()], look: look, focus: .runs)
        _ = workbench.receive(Sample.train())
        _ = workbench.receive(view)
        if !marked.isEmpty {
            _ = workbench.receive(MarkedRuns(runs: marked))
            _ = workbench.receive(Sample.compared(marked))
        }
        return workbench
    }

    private func typed(_ text: String, _ workbench: inout Workbench) { for key in text { _ = workbench.handle(.character(key)) } }
    private func pane(_ workbench: Workbench) throws -> RunsPane { try #require(workbench.pane as? RunsPane) }

    @Test("Runs in every state, with two marked, and seeds grouped", arguments: sizes)
    func screens(width: Int, height: Int) {
        var plain = workbench()
        expectGolden(plain.draw(width: width, height: height).text, "runs-\(width)x\(height)")
        var marked = workbench(marked: [37, 33])
        expectGolden(marked.draw(width: width, height: height).text, "runs-marked-\(width)x\(height)")
        var grouped = workbench()
        _ = grouped.handle(.character("b"))
        _ = grouped.receive(Sample.seedGroups)
        expectGolden(grouped.draw(width: width, height: height).text, "runs-groups-\(width)x\(height)")
    }

    @Test("a shows the parameters that differ where there is room for one box")
    func narrow() {
        var workbench = workbench(marked: [37, 33])
        #expect(workbench.draw(width: 80, height: 24).text.contains("best epochs"))
        _ = workbench.handle(.character("a"))
        let text = workbench.draw(width: 80, height: 24).text
        #expect(text.contains("adaptation.alpha.maximum  0.095") && !text.contains("best epochs"))
    }

    @Test("While the list is read, without runs, with a store that cannot be read", arguments: sizes)
    func states(width: Int, height: Int) {
        var empty = RunsView()
        empty.state = .ready
        for (name, view) in [("loading", RunsView()), ("empty", empty), ("failed", RunsView())] {
            var workbench = workbench(view)
            if name == "failed" { _ = workbench.receive(StoreFailure(text: "/data/emolab.sqlite: it is locked by another program")) }
            expectGolden(workbench.draw(width: width, height: height).text, "runs-\(name)-\(width)x\(height)")
        }
    }

    @Test("The marks of compared runs differ in glyph and, where there are colours, in colour; without colours the glyphs stay")
    func marks() {
        for colours in ColourDepth.allCases {
            var workbench = workbench(marked: [37, 33], look: Look(colours: colours))
            let grid = workbench.draw(width: 120, height: 36)
            let rows = grid.lines.indices.filter { [" 37  full", " 33  source-only"].contains(where: grid.lines[$0].contains) && $0 < 20 }
            let cells = rows.map { grid[2, $0] }
            #expect(cells.map(\.glyph) == ["◇", "□"], "\(colours)")
            if colours != .none { #expect(cells[0].foreground != cells[1].foreground) }
        }
    }

    @Test("Enter shows the run everywhere and goes to its curves; v goes to its parameters")
    func show() throws {
        var workbench = workbench()
        _ = workbench.handle(.down)
        func asked(_ effects: [Effect]) -> Int64? {
            for case .ask(let request as RunRequest) in effects { return request.run }
            return nil
        }
        #expect(asked(workbench.handle(.enter)) == 41)
        #expect(asked(workbench.handle(.character("v"))) == 41)
        var whole = Workbench(focus: .runs)
        _ = whole.receive(Sample.runs())
        _ = whole.handle(.enter)
        #expect(whole.pane.name == .train)
    }

    @Test("The cursor goes along with the shown run where the user turned to it or the cursor stood on it, and stays where he moved it")
    func following() throws {
        func show(_ run: Int64, chosen: Bool, _ workbench: inout Workbench) {
            var train = Sample.train()
            train.run = TrainView.Run(id: run, title: "full", state: .finished)
            train.isChosen = chosen
            _ = workbench.receive(train)
        }
        func cursor(_ workbench: Workbench) throws -> Int64? { try pane(workbench).selectedRun(workbench.models)?.id }
        var workbench = workbench()
        #expect(try cursor(workbench) == 42)
        // One that was restarted here, and one that another process began.
        show(37, chosen: true, &workbench)
        #expect(try cursor(workbench) == 37)
        show(41, chosen: false, &workbench)
        #expect(try cursor(workbench) == 41)
        _ = workbench.handle(.down)
        let own = try cursor(workbench)
        show(42, chosen: false, &workbench)
        #expect(own != 41)
        #expect(try cursor(workbench) == own)
        show(41, chosen: true, &workbench)
        #expect(try cursor(workbench) == 41)
    }

    @Test("Grouped, the cursor stands on the group of its run, and goes back to that run; marks of a run that is gone go with it")
    func grouping() throws {
        var workbench = workbench(marked: [37, 33])
        _ = workbench.receive(Sample.seedGroups)
        for _ in 0..<40 where try pane(workbench).selectedRun(workbench.models)?.id != 33 { _ = workbench.handle(.down) }
        _ = workbench.handle(.character("b"))
        let group = try #require(try pane(workbench).groups.selectedRow(pane(workbench).groupRows))
        #expect(group.runs.contains(33) && !group.runs.contains(42))
        _ = workbench.handle(.character("b"))
        #expect(try pane(workbench).selectedRun(workbench.models)?.id == 33)
        var fewer = Sample.runs()
        fewer.version += 1
        fewer.rows.removeAll { $0.id == 37 }
        _ = workbench.receive(fewer)
        #expect(workbench.models[MarkedRuns.self].runs == (fewer.isComplete ? [33] : [37, 33]) && fewer.isComplete)
    }

    @Test("Space marks a run for every pane and takes it back; a group's runs are marked together; c clears")
    func mark() {
        var workbench = workbench()
        _ = workbench.handle(.down)
        let effects = workbench.handle(.character(" "))
        #expect(workbench.models[MarkedRuns.self].runs == [41])
        #expect(effects.contains { if case .ask(let request as CompareRequest) = $0 { request.runs == [41] } else { false } })
        _ = workbench.handle(.character(" "))
        #expect(workbench.models[MarkedRuns.self].runs.isEmpty)
        _ = workbench.handle(.character("b"))
        _ = workbench.receive(Sample.seedGroups)
        _ = workbench.handle(.character("g"))
        _ = workbench.handle(.character(" "))
        #expect(workbench.models[MarkedRuns.self].runs == [42, 41, 37, 36, 35])
        _ = workbench.handle(.character("c"))
        #expect(workbench.models[MarkedRuns.self].runs.isEmpty)
    }

    @Test("A group's figures are of its finished runs, the newest of each seed, as mean and sample deviation")
    func groups() throws {
        var view = Sample.runs()
        // An older run of a seed that is there already does not count twice.
        view.rows.append(RunRow(Sample.summary(31, "full", seed: 42, source: 0.1, target: 0.1)))
        var groups = Sample.seedGroups
        groups.groups[31] = 0
        let full = try #require(RunGroup.all(view.rows, groups).first)
        #expect(full.runs == [42, 41, 37, 36, 35, 31] && full.seeds == [42, 123, 2024])
        let target = try #require(full.target)
        #expect(abs(target.mean - 0.652) < 1e-9)
        let deviation = try #require(target.deviation)
        #expect(abs(deviation - 0.009848857801796105) < 1e-12)  // statistics.stdev([.655, .66, .641])
        #expect(RunGroup.text(target) == ".652 ± .010")
        let alone = RunGroup.all(Sample.runs().rows, SeedGroups())
        #expect(alone.count == 11 && alone.allSatisfy { $0.runs.count == 1 } && Set(alone.map(\.id)).count == 11)
    }

    @Test("Filters name columns: states, numbers, oracles; an order by gap sorts as numbers")
    func filter() throws {
        var workbench = workbench()
        typed("/target>0.65 state:finished", &workbench)
        let rows = Sample.runs().rows
        let good = try pane(workbench).runs.visible.map { rows[$0].id }
        #expect(good == [39, 37, 36])
        _ = workbench.handle(.escape)
        typed("/!oracle:oracle source-only", &workbench)
        let plain = try pane(workbench).runs.visible.map { rows[$0].id }
        #expect(plain == [38, 34, 33])
        var pane = RunsPane()
        pane.runs.sort(by: RunColumn.gap.rawValue, rows)
        let gaps = pane.runs.visible.compactMap { rows[$0].gap }
        let last = try #require(pane.runs.visible.last)
        #expect(gaps == gaps.sorted() && rows[last].gap == nil)
    }

    @Test("Deleting asks, offers the folder too, and is not offered for a run at work")
    func delete() {
        var workbench = workbench()
        #expect(workbench.handle(.character("D")).isEmpty && workbench.overlay == nil)
        for _ in 0..<3 { _ = workbench.handle(.down) }
        _ = workbench.handle(.character("D"))
        #expect(workbench.overlay != nil)
        let effects = workbench.handle(.character("f"))
        #expect(effects.contains { if case .ask(let action as DeleteRun) = $0 { action.run == 39 && action.withFolder } else { false } })
    }

    @Test("Differences leave out names and what is equal, adaptation first and seeds last")
    func differences() {
        let settings = Sample.compared().runs.map(\.settings)
        #expect(
            SettingsDifference.all(settings) == [
                SettingsDifference(key: "adaptation.alpha.maximum", values: ["0.095", "0"]),
                SettingsDifference(key: "adaptation.method", values: ["dann", "none"]),
                SettingsDifference(key: "optimiser.learning_rate", values: ["5e-05", "0.0001"]),
            ])
        #expect(SettingsDifference.all([["a": "1"], [:]]) == [SettingsDifference(key: "a", values: ["1", "–"])])
        #expect(SettingsDifference.all([["a": "1"]]).isEmpty)
    }

    @Test("What filtering, sorting, grouping and drawing take grows with the number of runs, not with its square")
    func tenThousand() {
        func times(_ runs: Int) -> [(what: String, time: Duration)] {
            let view = Sample.manyRuns(runs)
            var table = TableState<RunRow>()
            table.refresh(view.rows)
            var times = ["cdan", "target>0.5 source<0.8", "state:finished or seed=3", "experiment:full !oracle:oracle"].map { text in
                (text, leastTime { table.setFilter(text, view.rows) })
            }
            table.setFilter("", view.rows)
            times += [RunColumn.target, .experiment, .started].map { column in
                ("\(column)", leastTime { table.sort(by: column.rawValue, view.rows) })
            }
            var workbench = workbench(view)
            return times + [
                ("a frame", leastTime { _ = workbench.draw(width: 200, height: 60) }),
                ("groups", leastTime { _ = RunGroup.all(view.rows, SeedGroups()) }),
            ]
        }
        for (few, many) in zip(times(500), times(10_000)) {
            print("\(many.what): \(many.time) for 10,000 runs, \(few.time) for 500")
            #expect(many.time < few.time * 250, "\(many.what)")
        }
    }

    @Test("A run of another main metric says which, in its own digits; where lower is better the gap is the other way round")
    func mainMetric() {
        var run = Sample.runs().rows[0].summary
        run.mainMetric = Metric("rmse.valence", of: "affect", title: "RMSE of valence", .lowerIsBetter, from: 0)
        run.scores = [.sourceValidation: ["rmse.valence": 12.5], .targetValidation: ["rmse.valence": 14.75]]
        #expect([RunColumn.metric, .source, .target, .gap].map { $0.text(of: run) } == ["RMSE of valence", "12.5", "14.8", "+2.25"])
        run.mainMetric = nil
        #expect([RunColumn.metric, .source, .gap].map { $0.text(of: run) } == [nil, nil, nil])
    }
}
