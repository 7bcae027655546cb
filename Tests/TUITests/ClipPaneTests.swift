import Records
import Store
import Testing
import TestSupport
import Viz

@testable import TUI

@Suite struct ClipPaneTests {
    private func pane(_ workbench: Workbench) -> ClipPane { workbench.pane as! ClipPane }

    private func asked(_ effects: [Effect]) -> ClipRequest? { effects.shown(ClipRequest.self) }

    @Test("A clip with everything, and two runs side by side with attention beside the face", arguments: PaneGoldenTests.sizes)
    func screens(width: Int, height: Int) {
        var workbench = Sample.inspected(Sample.clipView())
        for key in "llll" { _ = workbench.handle(.character(key)) }
        expectGolden(workbench.draw(width: width, height: height).text, "clip-\(width)x\(height)")
        var other = Sample.explanation()
        other.probabilities = [0.08, 0.01, 0.29, 0.04, 0.52, 0.06]
        var two = Sample.inspected(Sample.clipView())
        _ = two.handle(.character("v"))
        _ = two.receive(Sample.clipView(answers: [Sample.answer(), Sample.answer(run: 37, other)], other: 37))
        _ = two.handle(.character("a"))
        #expect(two.draw(width: width, height: height).lines.suffix(2).joined().contains("attention:"))
        two.clearMessage()
        expectGolden(two.draw(width: width, height: height).text, "clip-two-\(width)x\(height)")
    }

    @Test("A tag or a note under way moves nothing sideways")
    func writingKeepsPlaces() {
        for key in "tw" {
            var workbench = Sample.inspected(Sample.clipView())
            let before = workbench.draw(width: 80, height: 24).lines
            _ = workbench.handle(.character(key))
            let after = workbench.draw(width: 80, height: 24).lines
            #expect(
                after[1].prefix(20) == before[1].prefix(20) && after[2].hasPrefix("╭") && after[2].hasSuffix("╮"),
                "\(after[1])\n\(after[2])")
        }
    }

    @Test("A model that hears alone, one of pooled tokens, one whose weights are gone", arguments: PaneGoldenTests.sizes)
    func models(width: Int, height: Int) {
        var deaf = Sample.explanation()
        deaf.pictures = nil
        deaf.crossModal = []
        deaf.sound?.alone = nil
        var answer = Sample.answer(deaf)
        answer.sees = false
        var audio = Sample.inspected(Sample.clipView(answers: [answer]))
        expectGolden(audio.draw(width: width, height: height).text, "clip-audio-\(width)x\(height)")
        var pooled = Sample.explanation(held: false)
        pooled.crossModal = []
        pooled.notes = [
            "this model fuses one vector a modality (tokens = \"pooled\"): attention between two vectors has one key, so there is no cross-modal map"
        ]
        var none = Sample.inspected(Sample.clipView(answers: [Sample.answer(pooled)]))
        expectGolden(none.draw(width: width, height: height).text, "clip-pooled-\(width)x\(height)")
        var gone = ClipView.Answer(run: 42, title: "full", labels: Sample.labels, truth: 4)
        gone.failure = "run 42 (finished) has no best.safetensors: its first epoch is not over, or its folder is gone"
        var unasked = Sample.inspected(Sample.clipView(answers: [gone]))
        expectGolden(unasked.draw(width: width, height: height).text, "clip-unasked-\(width)x\(height)")
    }

    @Test(
        "Clip while reading, without any, while the model is asked, of files that are gone, with a store that cannot be read",
        arguments: PaneGoldenTests.sizes)
    func states(width: Int, height: Int) {
        var loading = Sample.inspected(nil)
        var empty = Workbench(panes: [ClipPane()], look: Look(colours: .none), focus: .clip)
        var answers = AnswersView(), corpora = CorporaView()
        (answers.state, corpora.state) = (.ready, .ready)
        for model in [answers, corpora] as [any PaneModel] { _ = empty.receive(model) }
        var working = Sample.clipView(answers: [ClipView.Answer(run: 42, title: "full", labels: Sample.labels, truth: 4)])
        working.working = ("loading run 42", 0.3)
        var asking = Sample.inspected(working)
        var missing = Sample.clipView()
        missing.state = .failed("/nowhere/1043_ITS_FEA_HI.flv: no such file")
        var failed = Sample.inspected(missing)
        var unreadable = Sample.inspected(Sample.clipView())
        _ = unreadable.receive(StoreFailure(text: "/data/emolab.sqlite: it is locked by another program"))
        for (name, grid) in [
            ("loading", loading.draw(width: width, height: height)), ("empty", empty.draw(width: width, height: height)),
            ("asking", asking.draw(width: width, height: height)), ("failed", failed.draw(width: width, height: height)),
            ("unreadable", unreadable.draw(width: width, height: height)),
        ] { expectGolden(grid.text, "clip-\(name)-\(width)x\(height)") }
    }

    @Test("A time on the axis of the sound stands whole or not at all", arguments: [120, 200])
    func wholeTimes(width: Int) {
        var view = Sample.clipView()
        for end in stride(from: 1.9, to: 2.3, by: 0.01) {
            view.soundEnd = end
            var workbench = Sample.inspected(view)
            let lines = workbench.draw(width: width, height: 40).lines.filter { $0.contains(/[0-9] s  +[0-9]/) }
            #expect(lines.count == 1 && !lines[0].contains(/[0-9.]…/), "\(end): \(lines)")
        }
    }

    @Test("j and k go through the list and ask for each clip once; frames stay within the clip")
    func stepping() {
        var workbench = Sample.inspected(Sample.clipView())
        #expect(pane(workbench).clip == Sample.clipName && pane(workbench).frames(workbench.models) == 8)
        for _ in 0..<20 { _ = workbench.handle(.character("l")) }
        #expect(pane(workbench).frame == 7)
        _ = workbench.handle(.home)
        #expect(pane(workbench).frame == 0)
        #expect(asked(workbench.handle(.character("j"))) == ClipRequest(clip: "crowd/1082_TSI_FEA_XX", run: 42, other: nil))
        #expect(asked(workbench.handle(.character("j"))) == nil && pane(workbench).position == 3)
        #expect(asked(workbench.receive(Sample.train())) == nil)
        #expect(asked(workbench.handle(.character("k")))?.clip == Sample.clipName)
        // What comes late of another clip is not shown.
        _ = workbench.receive(Sample.clipView("crowd/1082_TSI_FEA_XX"))
        #expect(pane(workbench).view(workbench.models) == nil)
    }

    @Test("Space plays at the clip's pace and round again, any frame key stops it")
    func playing() {
        var workbench = Sample.inspected(Sample.clipView())
        #expect(workbench.interval == nil)
        _ = workbench.handle(.character(" "))
        #expect(abs((workbench.interval ?? 0) - 2.27 / 7) < 1e-6)
        for expected in [1, 2, 3, 4, 5, 6, 7, 0, 1] {
            _ = workbench.tick()
            #expect(pane(workbench).frame == expected)
        }
        _ = workbench.handle(.character("l"))
        #expect(workbench.interval == nil && pane(workbench).frame == 2)
        _ = workbench.handle(.character(" "))
        _ = workbench.handle(.character("?"))
        #expect(workbench.interval == nil)  // not behind help
    }

    @Test("v asks the marked runs, else the parent; a run that is no longer marked goes")
    func comparing() {
        var workbench = Sample.inspected(Sample.clipView())
        #expect(asked(workbench.handle(.character("v")))?.other == 37)
        #expect(asked(workbench.handle(.character("v"))) == ClipRequest(clip: Sample.clipName, run: 42, other: nil))
        _ = workbench.receive(MarkedRuns(runs: [42, 40, 39]))
        #expect(asked(workbench.handle(.character("v")))?.other == 40)
        #expect(asked(workbench.handle(.character("v")))?.other == 39)
        #expect(asked(workbench.receive(MarkedRuns(runs: [42, 40])))?.other == nil)
        #expect(pane(workbench).other == nil)
    }

    @Test("Nothing is asked while the pane is not on the screen; shown without a topic it finds the run's confident errors")
    func lazily() {
        var workbench = Sample.examined(.confusion)
        _ = workbench.receive(Sample.corpora())
        #expect(asked(workbench.receive(Sample.answers(version: 5))) == nil)
        let request = asked(workbench.handle(.character("5")))
        let worst = Sample.answers().epochs[1].rows.filter { $0.isWrong && $0.domain == .target }.max { $0.confidence < $1.confidence }
        #expect(request?.clip == worst?.clip && request?.run == 42)
    }

    @Test(
        "The clip that is looked at stays when the run gets it right, until a key is pressed; of a run that the user turned to the errors are found anew"
    )
    func staying() throws {
        var workbench = Sample.examined(.clip)
        _ = workbench.receive(Sample.corpora())
        let first = try #require(pane(workbench).clip), count = pane(workbench).clips.count
        let second = pane(workbench).clips[1]
        var better = Sample.answers(version: 6)
        for epoch in better.epochs.indices {
            for row in better.epochs[epoch].rows.indices where better.epochs[epoch].rows[row].clip == first {
                better.epochs[epoch].rows[row].predicted = try #require(better.epochs[epoch].rows[row].truth)
            }
        }
        #expect(asked(workbench.receive(better)) == nil)
        #expect(pane(workbench).clip == first && pane(workbench).clips.count == count)
        #expect(asked(workbench.handle(.character("j")))?.clip == second)
        #expect(pane(workbench).clips.count == count - 1 && pane(workbench).position == 0)

        var other = Sample.answers(version: 7)
        other.run = 37
        #expect(asked(workbench.receive(other)) == nil && pane(workbench).clip == second)
        var train = Sample.train()
        (train.run, train.isChosen) = (train.runs[2], true)
        _ = workbench.receive(train)
        other.version = 8
        other.run = 36
        _ = workbench.receive(other)
        #expect(pane(workbench).clips.count == count)
    }

    @Test("Before both corpora and answers were read there may be clips: it does not say that there are none")
    func unread() {
        var answers = AnswersView(), corpora = CorporaView()
        (answers.state, corpora.state) = (.ready, .ready)
        for model in [answers, corpora] as [any PaneModel] {
            var workbench = Workbench(panes: [ClipPane()], look: Look(colours: .none), focus: .clip)
            _ = workbench.receive(model)
            let text = workbench.draw(width: 80, height: 24).text
            #expect(text.contains("reading the store…") && !text.contains("No clip"))
        }
    }

    @Test("Esc stands in the footer only where there is a way back, here and in Errors")
    func wayBack() {
        func footer(_ workbench: inout Workbench) -> String { workbench.draw(width: 200, height: 60).lines[59] }
        var clip = Sample.inspected(Sample.clipView(), alone: false)
        #expect(!footer(&clip).contains("Esc"))
        var errors = Sample.examined(.errors)
        #expect(!footer(&errors).contains("Esc"))
        _ = errors.handle(.enter)
        #expect(footer(&errors).contains("Esc back"))
        _ = errors.handle(.escape)
        _ = errors.handle(.character("b"))
        #expect(footer(&errors).contains("Esc all"))
    }

    @Test("The truth is named as the bars name it, and as the corpus does where that is another word")
    func truth() {
        var view = Sample.clipView()
        view.emotion = "fearfulness"
        for (width, height) in [(120, 36), (58, 14)] {
            var workbench = Sample.inspected(view)
            #expect(workbench.draw(width: width, height: height).text.contains("fear (labelled fearfulness)"), "\(width)")
        }
    }

    @Test("A note that has no room ends in an ellipsis")
    func cutNote() {
        var pooled = Sample.explanation(held: false)
        pooled.crossModal = []
        pooled.notes = [(0..<60).map { "word\($0)" }.joined(separator: " ")]
        var workbench = Sample.inspected(Sample.clipView(answers: [Sample.answer(pooled)]))
        let text = workbench.draw(width: 80, height: 24).text
        #expect(text.contains("word0") && !text.contains("word59") && text.contains(try! Regex(#"word\d+…"#)))
    }

    @Test("From a list of errors into a clip and back")
    func roundTrip() {
        var workbench = Sample.examined(.errors)
        for key in "jj" { _ = workbench.handle(.character(key)) }
        let list = (workbench.pane as! ErrorsPane).list(workbench.models[AnswersView.self])
        #expect(asked(workbench.handle(.enter))?.clip == list[2])
        #expect(workbench.pane.name == .clip && pane(workbench).clips == list)
        #expect(asked(workbench.handle(.character("j")))?.clip == list[3])
        _ = workbench.handle(.escape)
        #expect(workbench.pane.name == .errors)
    }

    @Test("t and w write about the clip that is shown")
    func writing() {
        var workbench = Sample.inspected(Sample.clipView())
        var tag: TagAction?
        for key in "t2" { for case .ask(let action as TagAction) in workbench.handle(.character(key)) { tag = action } }
        #expect(tag == TagAction(tag: "ambiguous", corpus: "crowd", clip: "1043_ITS_FEA_HI"))
        _ = workbench.handle(.character("w"))
        #expect(workbench.pane.entry?.text == "looks away")
    }

    @Test("Attention is scaled over all frames: the frame that is looked at most is the brightest")
    func heat() throws {
        let pictures = try #require(Sample.explanation().pictures)
        let all = (0..<8).map { ClipPane.heat(pictures, $0)!.max()! }
        #expect(all.max() == 1 && all[4] == 1 && all[0] < 0.3)
        #expect(ClipPane.heat(pictures, 8) == nil)
    }

    @Test("A moment's step is the one whose borders hold it")
    func steps() {
        let borders = [0.5, 1, 1.5, 2.25]
        #expect(ClipPane.step(at: 0.5, borders) == 0 && ClipPane.step(at: 1.49, borders) == 1 && ClipPane.step(at: 2.2, borders) == 2)
        #expect(ClipPane.step(at: 0.4, borders) == nil && ClipPane.step(at: 2.25, borders) == nil && ClipPane.step(at: 1, []) == nil)
    }

    @Test("A stored explanation whose rows do not fit is no explanation")
    func damaged() {
        #expect(Sample.explanation().isWhole)
        var one = Sample.explanation()
        one.pictures?.patches[3].removeLast()
        var two = Sample.explanation()
        two.predicted = 9
        var three = Sample.explanation()
        three.sound?.attention?.removeLast()
        var four = Sample.explanation()
        four.pictures?.held?[0] = []
        var five = Sample.explanation()
        five.crossModal[0].picturesToSound[1] = [1]
        #expect([one, two, three, four, five].allSatisfy { !$0.isWhole })
    }

    @Test("Attention colours the face: grey where nothing is looked at, the theme apart")
    func colours() {
        var workbench = Sample.inspected(Sample.clipView(), look: Look(colours: .direct))
        for key in "llll" { _ = workbench.handle(.character(key)) }
        let blended = workbench.draw(width: 120, height: 36)
        for _ in 0..<2 { _ = workbench.handle(.character("a")) }
        let off = workbench.draw(width: 120, height: 36)
        #expect(blended.cells != off.cells && blended.cells.filter { $0.glyph == "▀" }.count > 400)
    }
}
