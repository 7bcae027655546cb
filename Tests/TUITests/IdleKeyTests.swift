import Records
import Store
import Testing
import Viz

@testable import TUI

/// Every key does something that is seen, or the bottom line says why not.
@Suite struct IdleKeyTests {
    private static func workbenches(_ pane: PaneName) -> [(String, Workbench)] {
        func ready(_ models: [any PaneModel], keys: String = "") -> Workbench {
            var workbench = Workbench(look: Look(colours: .none), focus: pane)
            for model in models { _ = workbench.receive(model) }
            for key in keys { _ = workbench.handle(.character(key)) }
            return workbench
        }
        var none = AnswersView(), noCorpora = CorporaView(), noRuns = RunsView(), noParameters = ParametersView(), noLog = LogView()
        (none.state, noCorpora.state, noRuns.state, noRuns.isComplete, noParameters.isLoaded, noLog.isLoaded) = (
            .ready, .ready, .ready, true, true, true
        )
        let empty: [any PaneModel] = [TrainView(), none, noCorpora, noRuns, noParameters, noLog, MatricesView()]
        var one = Sample.train(state: .finished)
        one.runs = Array(one.runs.prefix(1))
        let matrices = Sample.matrices(epochs: 1, isLive: false, hasTarget: false)
        var oneRun = Sample.runs()
        oneRun.rows = Array(oneRun.rows.prefix(1))
        var corpora = Sample.corpora(clips: 1)
        (corpora.corpora, corpora.rejected) = (Array(corpora.corpora.prefix(1)), [])
        let single: [any PaneModel] = [
            one, Sample.matricesView(matrices), Sample.answers(matrices), corpora, oneRun, Sample.parameters(.finished), Sample.log(),
            Sample.preview(of: "nothing"),
        ]
        let full: [any PaneModel] = [
            Sample.train(), Sample.matricesView(Sample.matrices()), Sample.answers(), Sample.corpora(), Sample.runs(),
            MarkedRuns(runs: [37, 33]),
            Sample.compared(), Sample.parameters(), Sample.log(),
        ]
        var all = [("before anything was read", ready([])), ("empty", ready(empty)), ("one of each", ready(single)), ("full", ready(full))]
        all.append(("full, at its end", ready(full, keys: "G")))
        all.append(("grouped", ready(full, keys: "b")))
        all.append(("alone in the pane", ready(full, keys: "ff")))
        if pane == .clip { all.append(("inspected", Sample.inspected(Sample.clipView()))) }
        return all
    }

    @Test("A key that can do nothing says why, in every pane and state", arguments: PaneName.allCases)
    func keys(pane: PaneName) {
        for (place, (state, start)) in Self.workbenches(pane).enumerated() {
            let (width, height) = place % 2 == 0 ? (100, 30) : (200, 50)
            var start = start
            _ = start.draw(width: width, height: height)
            let index = start.focus
            // Keys that work everywhere are tried in one pane.
            let bindings = start.keys.bindings(of: pane) + (pane == .train ? start.keys.global : [])
            for binding in bindings where ![.repaint, .suspend].contains(binding.command) {
                guard let key = binding.keys.first else { continue }
                var workbench = start
                // To where it can go no further.
                for press in 1...4 where workbench.overlay == nil && workbench.pane.entry == nil && workbench.focus == index {
                    var before = workbench
                    let effects = workbench.handle(key)
                    // Drawing is slow, and not needed where a sentence or a request tells.
                    let isSeen =
                        workbench.message != nil || !effects.isEmpty
                        // A step of the cursor may be smaller than a cell.
                        || (workbench.pane as? TrainPane)?.cursor != (before.pane as? TrainPane)?.cursor
                        || workbench.draw(width: width, height: height) != before.draw(width: width, height: height)
                    let what =
                        "\(workbench.pane.name.title), \(state), \(width)x\(height): \(binding.command.rawValue) (\(key.name)), press \(press)"
                    #expect(isSeen, "\(what)")
                    if !isSeen { break }
                    // Why is a reason, not only the key's own help again.
                    #expect(workbench.message?.hasPrefix("not now:") != true, "\(what): \(workbench.message ?? "")")
                }
            }
        }
    }

    @Test("Hints are not kept in the Log; a key without a meaning names the key that lists them")
    func hints() {
        var workbench = Workbench(focus: .log)
        _ = workbench.receive(Sample.log())
        let count = workbench.models[ScreenMessages.self].count
        _ = workbench.handle(.character("G"))
        for _ in 0..<3 { _ = workbench.handle(.character("j")) }
        #expect(workbench.message == "this is the last row" && workbench.models[ScreenMessages.self].count == count)
        _ = workbench.handle(.character("&"))
        #expect(workbench.message == "& means nothing here; ? shows the keys")
    }

    @Test(
        "Sorting goes through the columns on the screen, and its arrow stands beside the whole heading",
        arguments: [(80, 24), (120, 36), (200, 50)])
    func sorting(width: Int, height: Int) throws {
        for pane in [PaneName.corpora, .errors, .runs] {
            var workbench = Self.workbenches(pane)[3].1
            for _ in 0..<20 {
                _ = workbench.draw(width: width, height: height)
                _ = workbench.handle(.character("o"))
                let lines = workbench.draw(width: width, height: height).lines
                let heading = try #require(
                    lines.first { $0.contains("▴") || $0.contains("▾") }, "pane \(pane): no arrow\n\(lines.joined(separator: "\n"))")
                let word = try #require(heading.firstMatch(of: /([^ │]*) ?[▴▾]/)?.output.1)
                #expect(!word.isEmpty && !word.contains("…"), "pane \(pane): \(heading)")
            }
        }
    }

    @Test("The name of a column keeps the rows of the last whole filter until its comparison is whole")
    func halfComparison() {
        var workbench = Self.workbenches(.runs)[3].1
        func shown() -> Int { (workbench.pane as? RunsPane)?.runs.visible.count ?? -1 }
        let all = shown()
        _ = workbench.handle(.character("/"))
        for key in "seed" { _ = workbench.handle(.character(key)) }
        #expect(shown() == all && all > 2)
        _ = workbench.handle(.character("="))
        #expect(shown() == all)
        for key in "123" { _ = workbench.handle(.character(key)) }
        #expect(shown() > 0 && shown() < all)
        let filtered = shown()
        for key in " targ" { _ = workbench.handle(.character(key)) }
        #expect(shown() == filtered)
        // Kept as it stands it is a word, and no row has it.
        _ = workbench.handle(.enter)
        #expect(shown() == 0)
        #expect(throws: FilterError(description: "experiment~ wants a value; one with ( stands in quotes: experiment~\"(\"")) {
            try Filter<RunRow>("experiment~(")
        }
        #expect(throws: Never.self) { try Filter<RunRow>("experiment~\"\\(\"") }
    }

    @Test("One of a thing is not many: counts, clashes and sizes in words")
    func words() {
        #expect(
            Numbers.counted(1, "run") == "1 run" && Numbers.counted(0, "run") == "0 runs"
                && Numbers.counted(2, "corpus", "corpora") == "2 corpora")
        var workbench = Workbench(focus: .train)
        for key in "?paint the whole" { _ = workbench.handle(.character(key)) }
        #expect(
            workbench.draw(width: 90, height: 24).text.contains("1 key ") && !workbench.draw(width: 90, height: 24).text.contains("1 keys"))
        _ = workbench.handle(.enter)
        for key in ":paint the whole screen" { _ = workbench.handle(.character(key)) }
        #expect(!workbench.draw(width: 90, height: 24).text.contains("1 commands"))
        let clash = KeyTable(
            global: [],
            panes: [.init(pane: .train, bindings: [KeyBinding([.tab], Command("x"), "", ""), KeyBinding([.tab], Command("y"), "", "")])])
        #expect(clash.clashes() == ["Tab in Train is both x and y"])
        #expect(throws: ScriptError(line: 1, reason: "size wants 1x1 to 1000x1000, not 5000x5000")) { try Script("size 5000x5000") }
    }
}
