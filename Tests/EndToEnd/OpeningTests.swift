// Starting the workbench, many times: every pane gets its content on every kind of store, however the first look at the store falls.
import Foundation
import Records
import Runs
import Store
import Synchronization
import Testing
import Training

extension EndToEnd {
    @Suite(.serialized) struct OpeningTests {
        /// `make starts` starts it 200 times and wants the content within 2 s, which takes a machine that does nothing else.
        private static let asked = ProcessInfo.processInfo.environment["EMOLAB_STARTS"].flatMap { Int($0) }
        private static let starts = asked ?? 72
        /// More than this many at once would only wait for each other.
        private static let atOnce = 6
        private static let panes = ["corpora", "train", "adaptation", "confusion", "clip", "errors", "runs", "parameters", "log"]

        /// A store and what each pane shows of it once it was read.
        private struct Case {
            var name: String
            var store: String
            var words: [String]
        }

        @Test("Every start of the workbench shows its pane: without anything, with corpora, with a finished run, while a run writes")
        func starts() throws {
            let home = try Demo.newHome()
            let noRun = ["No runs yet", "No runs yet", "No run yet", "1/8", "No run yet", "No runs yet", "No runs yet", "No messages"]
            let run = ["class loss", "discriminator", "accuracy", "1/8", " wrong", "finished", "Parameters · run 1", "epochs of 4 steps"]
            var emptyWords = noRun, written = run
            (emptyWords[3], written[5], written[6]) = ("No clip", "training", "Parameters · run 2")
            try FileManager.default.copyItem(at: Demo.firstRun().finished, to: home.data)
            let finished = home.data.appendingPathComponent("emolab")
            func copy(_ name: String) throws -> String {
                try FileManager.default.copyItem(at: finished, to: home.file(name))
                return home.file(name).appendingPathComponent("emolab.sqlite").path
            }
            let writing = try copy("writing"), corpora = home.file("corpora/emolab.sqlite").path
            for name in ["studio", "crowd"] {
                _ = try home.json("corpora", "add", Demo.firstRun().corpora.appendingPathComponent(name).path, "--store", corpora, "--json")
            }
            let empty = home.file("empty/emolab.sqlite")
            _ = try RunStore(at: empty)
            let cases = [
                Case(name: "empty", store: empty.path, words: ["No corpora yet"] + emptyWords),
                Case(name: "corpora", store: corpora, words: ["24 clips"] + noRun),
                Case(name: "finished", store: try copy("done"), words: ["24 clips"] + run),
                Case(name: "writing", store: writing, words: ["24 clips"] + written),
            ]
            let writer = try Writer(writing)
            defer { writer.end() }
            try start(cases, in: home)
        }

        private struct Window {
            var what, id, word: String
            var began: ContinuousClock.Instant
        }

        private func start(_ cases: [Case], in home: Home) throws {
            let screen = try TmuxScreen(80, 24, in: home)
            // What a program says that does not stay can then be read.
            try screen.tmux("set-option", "-g", "remain-on-exit", "on")
            var waiting = (0..<Self.starts).map { (cases[$0 % cases.count], $0 / cases.count % Self.panes.count) }[...]
            var open: [Window] = [], seconds: [Double] = [], stuck: [String] = []
            while !waiting.isEmpty || !open.isEmpty, stuck.count < 12 {
                while open.count < Self.atOnce, let (kind, pane) = waiting.popFirst() {
                    let command = "'\(Program.path)' --reset-view --pane \(Self.panes[pane]) --store '\(kind.store)'"
                    let id = try screen.tmux("new-window", "-d", "-P", "-F", "#{window_id}", command).trimmingCharacters(
                        in: .whitespacesAndNewlines)
                    open.append(Window(what: "\(Self.panes[pane]), store \(kind.name)", id: id, word: kind.words[pane], began: .now))
                }
                for window in open {
                    let text = try screen.tmux("capture-pane", "-p", "-t", window.id), waited = (.now - window.began) / Duration.seconds(1)
                    let isShown = text.contains(window.word)
                    guard isShown || waited > 20 else { continue }
                    if isShown { seconds.append(waited) } else { stuck.append("\(window.what):\n\(text)") }
                    try screen.tmux("kill-window", "-t", window.id)
                    open.removeAll { $0.id == window.id }
                }
                usleep(20_000)
            }
            #expect(stuck.isEmpty, "\(stuck.count) of \(stuck.count + seconds.count) starts stay without \(stuck.first ?? "")")
            guard Self.asked != nil, stuck.isEmpty else { return }
            let slow = seconds.count { $0 > 2 }
            print("\(seconds.count) of \(Self.starts) starts shown, the slowest after \(seconds.max() ?? 0) s, \(slow) after more than 2 s")
            #expect(slow == 0)
        }
    }

    /// A run of this process that takes fifty steps a second and has an epoch behind it, as another run of the store had it.
    private final class Writer: Sendable {
        private let recorder: RunRecorder
        private let isOver = Mutex(false)
        private let done = DispatchSemaphore(value: 0)

        init(_ path: String) throws {
            let store = try RunStore(at: URL(fileURLWithPath: path))
            let model = try #require(try store.run(1)), plan = try #require(model.plan)
            let run = try store.createRun(name: "demo", experiment: model.experiment, seed: 7)
            recorder = RunRecorder(store: store, run: run)
            recorder.record(.started(plan))
            let step = StepRecord(
                step: 1, epoch: 1, domain: .source,
                values: [
                    Series.id(.term, "class"): 1.5, SeriesName.domain.id: 0.7, SeriesName.domainAccuracy.id: 0.5, SeriesName.alpha.id: 0.01,
                    SeriesName.learningRate.id: 1e-3, SeriesName.gradientNorm.id: 1,
                ], samples: 4, seconds: 0.02)
            for number in 1...plan.stepsPerEpoch { recorder.record(.step(step.numbered(number, epoch: 1))) }
            for epoch in try store.epochs(run: 1, after: 0).prefix(1) { recorder.record(.epoch(epoch)) }
            if let answers = try store.latestAnswers(run: 1)?.answers {
                recorder.record(
                    .answers(
                        epoch: 1, answers.map { Answer($0.sample.part, clip: $0.sample.clip, unit: $0.sample.unit, outputs: $0.outputs) }))
            }
            try recorder.flush()
            Thread.detachNewThread { [self] in
                var number = plan.stepsPerEpoch
                while !isOver.withLock(\.self) {
                    number += 1
                    recorder.record(.step(step.numbered(number, epoch: 2)))
                    usleep(20_000)
                }
                done.signal()
            }
        }

        func end() {
            isOver.withLock { $0 = true }
            done.wait()
            recorder.record(.stopped(step: 1))
            try? recorder.close()
        }
    }
}

extension StepRecord {
    fileprivate func numbered(_ number: Int, epoch: Int) -> StepRecord {
        var record = self
        (record.step, record.epoch) = (number, epoch)
        return record
    }
}
