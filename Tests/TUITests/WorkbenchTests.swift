import Corpora
import Foundation
import Records
import Testing
import Viz

@testable import TUI

@Suite struct WorkbenchTests {
    private func typed(_ text: String, _ workbench: inout Workbench) { for key in text { _ = workbench.handle(.character(key)) } }

    private func order(_ effects: [Effect]) -> Order? {
        for case .issue(let order, _) in effects { return order }
        return nil
    }

    @Test("A message has as many lines as it needs, in any window", arguments: [(80, 24), (40, 12)])
    func longMessage(width: Int, height: Int) {
        var workbench = Sample.workbench(.train, train: Sample.train(), corpora: Sample.corpora())
        let message = "run 4 has finished: with more training.epochs, or another training.patience where it ended early, it goes on"
        workbench.say(message)
        let text = workbench.draw(width: width, height: height).lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
        #expect(text.hasSuffix(message), "\(text)")
    }

    @Test("In the smallest window help shows a key at least")
    func smallestHelp() {
        var workbench = Sample.workbench(.train, train: Sample.train(), corpora: Sample.corpora())
        for key in "?pause" { _ = workbench.handle(.character(key)) }
        let text = workbench.draw(width: Workbench.smallest.width, height: Workbench.smallest.height).text
        #expect(text.contains("p  "), "\(text)")
    }

    @Test("p pauses a training run, goes on with a paused one, and does nothing to a finished one")
    func pause() {
        var training = Sample.workbench(.train, train: Sample.train(), corpora: nil)
        #expect(order(training.handle(.character("p"))) == .pause)
        var paused = Sample.workbench(.train, train: Sample.train(state: .paused), corpora: nil)
        #expect(order(paused.handle(.character("p"))) == .resume)
        var finished = Sample.workbench(.train, train: Sample.train(state: .finished), corpora: nil)
        #expect(finished.handle(.character("p")).isEmpty)
    }

    @Test("s asks before it stops; Esc takes it back")
    func stop() {
        var workbench = Sample.workbench(.train, train: Sample.train(), corpora: nil)
        #expect(workbench.handle(.character("s")).isEmpty && workbench.overlay != nil)
        #expect(workbench.handle(.escape).isEmpty && workbench.overlay == nil)
        _ = workbench.handle(.character("s"))
        #expect(order(workbench.handle(.character("s"))) == .stop && workbench.overlay == nil)
    }

    @Test("q leaves at once, but asks while a run of this process is alive")
    func quit() {
        func quits(_ effects: [Effect]) -> Bool? {
            for case .quit(let stopping) in effects { return stopping }
            return nil
        }
        var watching = Sample.workbench(.train, train: Sample.train(), corpora: nil)
        #expect(quits(watching.handle(.character("q"))) == false)
        var owning = Workbench(localRun: 42)
        _ = owning.receive(Sample.train())
        #expect(quits(owning.handle(.character("q"))) == nil)
        #expect(quits(owning.handle(.character("s"))) == true)
        _ = owning.handle(.character("q"))
        let kept = owning.handle(.character("k"))
        #expect(kept.contains { if case .detach = $0 { true } else { false } } && quits(kept) == nil)
        // Of a paused run it says so, and that it stays paused.
        _ = owning.receive(Sample.train(state: .paused))
        _ = owning.handle(.character("q"))
        let shown = owning.draw(width: 100, height: 30).text
        #expect(shown.contains("Run 42 is paused") && shown.contains("keep it paused, detached") && !shown.contains("still training"))
        #expect(owning.handle(.character("k")).contains { if case .detach = $0 { true } else { false } })
        _ = owning.receive(Sample.train(state: .finished))
        #expect(quits(owning.handle(.character("q"))) == false)
    }

    @Test("Numbers and Tab change the pane; the pane's own state stays")
    func panes() {
        var workbench = Sample.workbench(.corpora, train: Sample.train(), corpora: Sample.corpora())
        _ = workbench.handle(.character("j"))
        _ = workbench.handle(.character("2"))
        #expect(workbench.pane.name == .train)
        _ = workbench.handle(.backTab)
        #expect(workbench.pane.name == .corpora)
        #expect((workbench.pane as? CorporaPane)?.clips.selected == 1)
    }

    @Test("While a filter is typed keys are text; an unfinished one keeps the rows of the last valid one")
    func filter() throws {
        var workbench = Sample.workbench(.corpora, train: nil, corpora: Sample.corpora())
        typed("/emotion:sad", &workbench)
        let rows = try #require(workbench.pane as? CorporaPane).clips.visible
        #expect(!rows.isEmpty && rows.allSatisfy { Sample.corpora().rows[$0].emotion == "sad" })
        typed(" (", &workbench)
        let pane = try #require(workbench.pane as? CorporaPane)
        #expect(pane.clips.visible == rows && pane.clips.filterProblem != nil && pane.clips.filterText == "emotion:sad (")
        typed("age>40)", &workbench)
        let fewer = try #require(workbench.pane as? CorporaPane).clips.visible
        #expect(!fewer.isEmpty && fewer.count < rows.count && fewer.allSatisfy { Sample.corpora().rows[$0].age ?? 0 > 40 })
        _ = workbench.handle(.enter)
        #expect(workbench.pane.entry == nil)
        _ = workbench.handle(.escape)
        #expect((workbench.pane as? CorporaPane)?.clips.visible.count == Sample.corpora().rows.count)
    }

    @Test("Sorting by a number sorts as numbers, rows without one last; O turns it round")
    func sorting() throws {
        var workbench = Sample.workbench(.corpora, train: nil, corpora: Sample.corpora())
        let rows = Sample.corpora().rows
        for _ in 0...ClipColumn.age.rawValue { _ = workbench.handle(.character("o")) }
        var ages = try #require(workbench.pane as? CorporaPane).clips.visible.compactMap { rows[$0].age }
        #expect(ages == ages.sorted() && ages.count == 200)
        _ = workbench.handle(.character("O"))
        ages = try #require(workbench.pane as? CorporaPane).clips.visible.compactMap { rows[$0].age }
        #expect(ages == ages.sorted(by: >))
    }

    @Test("The clip under the cursor stays under it when the table changes, and its preview is asked for once")
    func selection() throws {
        var workbench = Workbench(focus: .corpora)
        func asked(_ effects: [Effect]) -> [String] { effects.shown(PreviewRequest.self).map { [$0.clip] } ?? [] }
        #expect(asked(workbench.receive(Sample.corpora())).count == 1)
        #expect(asked(workbench.handle(.down)).count == 1)
        let clip = try #require((workbench.pane as? CorporaPane)?.selectedRow(workbench.models[CorporaView.self])?.id)
        var changed = Sample.corpora()
        changed.version = 2
        changed.rows.insert(CorporaView.Row(corpus: "aaa", name: "first", speaker: "1", emotion: "sad"), at: 0)
        #expect(asked(workbench.receive(changed)).isEmpty)
        #expect((workbench.pane as? CorporaPane)?.selectedRow(workbench.models[CorporaView.self])?.id == clip)
    }

    @Test("Frames of the preview stop at both ends; a new clip starts at its first frame")
    func frames() {
        var workbench = Sample.workbench(.corpora, train: nil, corpora: Sample.corpora())
        for _ in 0..<20 { _ = workbench.handle(.character("l")) }
        #expect((workbench.pane as? CorporaPane)?.frame == 7)
        for _ in 0..<3 { _ = workbench.handle(.left) }
        #expect((workbench.pane as? CorporaPane)?.frame == 4)
        _ = workbench.handle(.down)
        #expect((workbench.pane as? CorporaPane)?.frame == 0)
    }

    @Test("Brackets ask for the run beside the shown one and say where there is none")
    func runs() {
        var workbench = Sample.workbench(.train, train: Sample.train(), corpora: nil)
        var asked: Int64?
        for case .ask(let request as RunRequest) in workbench.handle(.character("]")) { asked = request.run }
        #expect(asked == 41)
        #expect(workbench.handle(.character("[")).isEmpty)
        #expect(workbench.message == "no newer run")
    }

    @Test("The footer has only keys that do something now")
    func footer() {
        func footer(_ workbench: inout Workbench) -> String { workbench.draw(width: 200, height: 30).lines[29] }
        var empty = Sample.workbench(.train, train: TrainView(), corpora: nil)
        #expect(!footer(&empty).contains("pause") && footer(&empty).contains("help") && footer(&empty).contains("quit"))
        var live = Sample.workbench(.train, train: Sample.train(), corpora: nil)
        #expect(footer(&live).contains("p pause") && footer(&live).contains("s stop"))
        var paused = Sample.workbench(.train, train: Sample.train(state: .paused), corpora: nil)
        #expect(footer(&paused).contains("p resume") && !footer(&paused).contains("p pause"))
        var done = Sample.workbench(.train, train: Sample.train(state: .finished), corpora: nil)
        #expect(!footer(&done).contains("pause") && footer(&done).contains("smooth"))
    }

    @Test("Export asks for a format and hands it out")
    func export() {
        var workbench = Sample.workbench(.train, train: Sample.train(), corpora: nil)
        _ = workbench.handle(.character("e"))
        var format: ExportFormat?
        for case .export(let wanted) in workbench.handle(.character("s")) { format = wanted }
        #expect(format == .svg && workbench.overlay == nil)
    }

    @Test("Names from outside cannot reach the terminal as codes")
    func hostileNames() {
        var view = Sample.corpora(clips: 2)
        view.rows[0] = CorporaView.Row(corpus: "crowd", name: "\u{1B}]0;owned\u{07}\u{9B}2Jx", speaker: "1", emotion: "sad")
        view.rejected[0].path = "/tmp/\u{1B}[2J\u{202E}evil"
        var workbench = Sample.workbench(.corpora, train: nil, corpora: view)
        for _ in 0..<2 {
            let text = workbench.draw(width: 120, height: 36).text
            for scalar in text.unicodeScalars where scalar != "\n" { #expect(scalar.properties.generalCategory != .control) }
            _ = workbench.handle(.character("r"))
        }
    }

    @Test("Rate, share of waiting and time left come from the last steps")
    func numbers() throws {
        let view = Sample.train()
        #expect(abs(try #require(view.clipsPerSecond) - 4 / 0.104) < 1e-9)
        #expect(view.secondsLeft == TimeLeft.seconds(try #require(view.plan), recent: view.steps, closed: view.epochs))
        // Nothing is done while it is paused: no rate, no time left, nothing that is waited for.
        let paused = Sample.train(state: .paused)
        #expect(paused.secondsLeft == nil && paused.clipsPerSecond == nil && paused.waitingShare == nil)
        #expect(TrainView().secondsLeft == nil && TrainView().progress == 0)
        #expect(Sample.train(state: .finished).secondsLeft == nil)
    }
}
