import Records
import Testing
import TestSupport
import Viz

@testable import TUI

@Suite struct ErrorsPaneTests {
    private func pane(_ workbench: Workbench) -> ErrorsPane { workbench.pane as! ErrorsPane }
    private func rows(_ workbench: Workbench) -> [AnswersView.Row] {
        let pane = pane(workbench), rows = pane.rows(workbench.models[AnswersView.self])
        return pane.clips.visible.map { rows[$0] }
    }

    @discardableResult
    private func type(_ text: String, _ workbench: inout Workbench) -> [Effect] { text.flatMap { workbench.handle(.character($0)) } }

    @Test("Errors as a list, by actor, while a tag is chosen", arguments: PaneGoldenTests.sizes)
    func screens(width: Int, height: Int) {
        var list = Sample.examined(.errors, alone: true)
        expectGolden(list.draw(width: width, height: height).text, "errors-\(width)x\(height)")
        type("t", &list)
        expectGolden(list.draw(width: width, height: height).text, "errors-tagging-\(width)x\(height)")
        var groups = Sample.examined(.errors, alone: true)
        type("b", &groups)
        expectGolden(groups.draw(width: width, height: height).text, "errors-by-actor-\(width)x\(height)")
    }

    @Test(
        "Errors while reading, without runs, before the first epoch, of a run without any, with a store that cannot be read",
        arguments: PaneGoldenTests.sizes)
    func states(width: Int, height: Int) {
        var loading = Workbench(panes: [ErrorsPane()], look: Look(colours: .none), focus: .errors)
        var empty = Sample.examined(.errors, nil, alone: true)
        var early = Sample.examined(.errors, Sample.matrices(epochs: 0), alone: true)
        var failed = Sample.examined(.errors, alone: true)
        _ = failed.receive(StoreFailure(text: "/data/emolab.sqlite: it is locked by another program"))
        var right = Sample.answers()
        for epoch in right.epochs.indices { right.epochs[epoch].rows.removeAll { $0.isWrong } }
        var perfect = Sample.examined(.errors, answers: right, alone: true)
        for (name, grid) in [
            ("loading", loading.draw(width: width, height: height)), ("empty", empty.draw(width: width, height: height)),
            ("early", early.draw(width: width, height: height)), ("failed", failed.draw(width: width, height: height)),
            ("perfect", perfect.draw(width: width, height: height)),
        ] { expectGolden(grid.text, "errors-\(name)-\(width)x\(height)") }
    }

    @Test("Confident errors of the target come first; x goes to the source, then to both; a shows right ones too")
    func list() {
        var workbench = Sample.examined(.errors)
        var shown = rows(workbench)
        #expect(!shown.isEmpty && shown.allSatisfy { $0.isWrong && $0.domain == .target })
        #expect(zip(shown, shown.dropFirst()).allSatisfy { $0.confidence >= $1.confidence })
        type("x", &workbench)
        shown = rows(workbench)
        #expect(!shown.isEmpty && shown.allSatisfy { $0.domain == .source })
        type("x", &workbench)
        #expect(Set(rows(workbench).map(\.domain)) == [.source, .target])
        type("xa", &workbench)
        #expect(rows(workbench).contains { !$0.isWrong } && rows(workbench).allSatisfy { $0.domain == .target })
    }

    @Test("The actor on whom the model fails is two keys away, and his clips a third")
    func actor() {
        var workbench = Sample.examined(.confusion)
        type("6b", &workbench)
        let groups = pane(workbench).groupRows
        #expect(groups.first?.value == "1019" && zip(groups, groups.dropFirst()).allSatisfy { $0.rate >= $1.rate })
        // By hand from the rows.
        let all = pane(workbench).rows(workbench.models[AnswersView.self]).filter { $0.domain == .target && $0.speaker == "1019" }
        #expect(groups.first?.wrong == all.count { $0.isWrong } && groups.first?.clips == all.count)
        _ = workbench.handle(.enter)
        #expect(rows(workbench).count == groups.first?.wrong && rows(workbench).allSatisfy { $0.speaker == "1019" })
        _ = workbench.handle(.escape)
        #expect(pane(workbench).showsGroups)
        _ = workbench.handle(.escape)
        #expect(pane(workbench).grouping == nil)
    }

    @Test("Pairs are shares of all clips of the true class")
    func pairs() {
        var workbench = Sample.examined(.errors)
        type("bb", &workbench)
        let counts = Sample.matrices().epochs[22].target!
        let pair = pane(workbench).groupRows.first { $0.value == "fear → sad" }
        #expect(pair?.wrong == counts[4][2] && pair?.clips == counts[4].reduce(0, +))
    }

    @Test("A cell of the matrix opens as its clips, also of the diagonal; Esc leads back to the matrix")
    func topic() {
        var workbench = Sample.examined(.confusion)
        _ = workbench.handle(.enter)
        #expect(workbench.pane.name == .errors && rows(workbench).allSatisfy { $0.truthLabel == "fear" && $0.predictedLabel == "sad" })
        #expect(rows(workbench).count == Sample.matrices().epochs[22].target![4][2])
        _ = workbench.handle(.escape)
        #expect(workbench.pane.name == .confusion)
        for key in [Key.right, .right, .enter] { _ = workbench.handle(key) }
        #expect(rows(workbench).count == Sample.matrices().epochs[22].target![4][4] && rows(workbench).allSatisfy { !$0.isWrong })
    }

    @Test("t and a digit tag the clip under the cursor, a word is a tag of one's own, w writes a note")
    func writing() {
        var workbench = Sample.examined(.errors)
        let first = rows(workbench)[0]
        func action<Action: StoreAction>(_ effects: [Effect], _ type: Action.Type) -> Action? {
            for case .ask(let request as Action) in effects { return request }
            return nil
        }
        #expect(action(type("t1", &workbench), TagAction.self) == TagAction(tag: "label error", corpus: "crowd", clip: first.name))
        #expect(workbench.pane.entry == nil)
        type("tlaugh", &workbench)
        #expect(action(workbench.handle(.enter), TagAction.self)?.tag == "laugh")
        type("wq is a letter here", &workbench)
        #expect(
            action(workbench.handle(.enter), NoteAction.self)
                == NoteAction(note: first.note + "q is a letter here", corpus: "crowd", clip: first.name))
        type("wlost", &workbench)
        #expect(workbench.handle(.escape).isEmpty && workbench.pane.entry == nil)
        type("/speaker:1019", &workbench)
        _ = workbench.handle(.enter)
        #expect(rows(workbench).allSatisfy { $0.speaker == "1019" } && !rows(workbench).isEmpty)
    }

    @Test("f leaves clips whose label is likely wrong; a new version of the answers keeps the cursor on its clip")
    func flagged() {
        var workbench = Sample.examined(.errors)
        type("f", &workbench)
        #expect(!rows(workbench).isEmpty && rows(workbench).allSatisfy { $0.doubt == .raters })
        type("fjjj", &workbench)
        let before = pane(workbench).selectedRow(workbench.models[AnswersView.self])?.id
        var next = Sample.answers(version: 2)
        for epoch in next.epochs.indices { next.epochs[epoch].rows.reverse() }
        _ = workbench.receive(next)
        #expect(pane(workbench).selectedRow(workbench.models[AnswersView.self])?.id == before)
    }

    @Test("Names from outside are cleaned wherever they are drawn")
    func hostile() {
        var answers = Sample.answers()
        for epoch in answers.epochs.indices {
            for row in answers.epochs[epoch].rows.indices {
                answers.epochs[epoch].rows[row].name = "\u{1B}[2Jx\u{7}" + answers.epochs[epoch].rows[row].name
                answers.epochs[epoch].rows[row].note = "a\nb\u{1B}]0;t\u{7}"
                answers.epochs[epoch].rows[row].tags = ["\u{202E}tag"]
            }
        }
        for pane in [PaneName.confusion, .errors] {
            var workbench = Sample.examined(pane, answers: answers)
            let text = workbench.draw(width: 200, height: 60).text
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7F && $0.value != 0x202E) })
        }
    }
}
