import Corpora
import Foundation
import Records
import Store
import Synchronization
import Testing
import Viz

@testable import TUI

@Suite("What services tell, as panes get it") struct ServiceTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "emolab-told-\(UUID().uuidString)", isDirectory: true)

    @Test("Stages of a clip's report come one after the other; asked the same again, only a whole answer replaces what is on the screen")
    func stages() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var report = ClipReport()
        report.clip = Clip(name: "a", corpus: "crowd", speaker: "7", emotion: "sad", ratings: ["sad": 0.75, "fear": 0.25, "happy": 0])
        var seen = report
        seen.answers = [RunAnswer(run: 1, title: "r", labels: Sample.labels)]
        seen.preview = ClipPreview()
        seen.preview?.highest = 8000
        seen.working = ("loading run 1", 0)
        var whole = seen
        whole.answers[0].probabilities = [0.1, 0.1, 0.5, 0.1, 0.1, 0.1]
        whole.working = nil
        let worker = ClipWorker(store: try RunStore(at: folder), clips: ToldReports(reports: [report, seen, whole]))
        let request = ClipRequest(clip: "crowd/a", run: 1, other: nil)
        func told() -> [ClipView] {
            let views = Mutex<[ClipView]>([])
            worker.work(request, isOutdated: { false }) { model in
                if let view = model as? ClipView { views.withLock { $0.append(view) } }
            }
            return views.withLock(\.self)
        }
        let first = told()
        #expect(first.map(\.state) == [.loading, .ready, .ready] && first.map(\.isAnswered) == [false, false, true])
        #expect(first[0].ratings.map(\.emotion) == ["sad", "fear"] && first[0].speaker == "7" && first[1].highest == 8000)
        #expect(first[2].answers[0].predicted == 2 && first[1].working?.what == "loading run 1")
        #expect(told().map(\.isAnswered) == [true])
        var failed = ClipReport()
        failed.failure = "crowd/a is no longer in the store"
        #expect(ClipView(request, failed).state == .failed("crowd/a is no longer in the store"))
    }

    @Test("Where the main head answers with values, each pane of classes says so plainly")
    func values() {
        var view = Sample.train()
        view.plan?.task = LearningTask(
            targets: ["affect": .values([Dimension("valence", from: -1, to: 1), Dimension("arousal", from: -1, to: 1)])],
            heads: [Head("affect", target: "affect")])
        let notice = view.plan?.valuesNotice
        #expect(notice?.contains("values (valence, arousal)") == true && Sample.train().plan?.valuesNotice == nil)
        var matrices = Sample.matrices()
        (matrices.labels, matrices.notice) = ([], notice)
        var answers = Sample.answers()
        (answers.labels, answers.notice, answers.epochs) = ([], notice, [])
        for pane in [PaneName.adaptation, .confusion, .errors] {
            var workbench = Workbench(look: Look(colours: .none), focus: pane)
            _ = workbench.receive(view)
            _ = workbench.receive(Sample.matricesView(matrices))
            _ = workbench.receive(answers)
            #expect(workbench.draw(width: 200, height: 60).text.contains("answers with values"), "\(pane)")
        }
    }
}
