// What stands on the screen while something else changes the store, the weights or the files: it is always as things are now.
import Foundation
import Runs
import Store
import Testing
import Training

extension EndToEnd {
    @Suite(.serialized) struct FreshnessTests {
        @Test(
            "A clip is answered as soon as its run has weights, and again with the next ones; shown as soon as its corpus was added from its new place"
        )
        func clip() throws {
            let home = try PredictTests.homeWithRun()
            let store = try RunStore(at: home.store)
            let folder = try store.runFolder(of: #require(try store.summary(of: 1)))
            let (weights, away) = (folder.appendingPathComponent("best.safetensors"), folder.appendingPathComponent("away"))
            // Corpora that may be moved.
            for name in ["studio", "crowd"] {
                try FileManager.default.copyItem(at: Demo.firstRun().corpora.appendingPathComponent(name), to: home.file(name))
                _ = try home.json("corpora", "add", home.file(name).path, "--name", name, "--json")
            }
            try FileManager.default.moveItem(at: weights, to: away)
            let screen = try TmuxScreen(120, 36, in: home)
            let before = try screen.modes()
            try screen.enter("emolab --pane clip")
            try screen.waits(for: "run 1 cannot be asked", "run 1 has no weights", "frame 1/8")
            try FileManager.default.moveItem(at: away, to: weights)
            try screen.waits(for: "alone: sound", "predicted")
            #expect(try !screen.text.contains("cannot be asked"))

            try screen.press("1")
            try screen.waits(for: "24 clips", "▀▀▀▀")
            try FileManager.default.moveItem(at: home.file("crowd"), to: home.file("moved"))
            try screen.waits(for: "not prepared")
            #expect(try home.emolab("corpora", "add", home.file("moved").path, "--name", "crowd").status == 0)
            try screen.waits(for: "▀▀▀▀")
            #expect(try !screen.text.contains("not prepared"))
            try screen.press("q")
            try screen.expectUsable(as: before)
        }

        @Test("A run that is deleted elsewhere is told, with the run that is shown instead, below and in the Log")
        func deleted() throws {
            let home = try PredictTests.homeWithRun()
            let store = try RunStore(at: home.store)
            let experiment = try #require(try store.run(1)).experiment
            let recorder = RunRecorder(store: store, run: try store.createRun(name: "second", experiment: experiment, seed: 7))
            recorder.record(.stopped(step: 0))
            try recorder.close()
            let screen = try TmuxScreen(100, 30, in: home)
            let before = try screen.modes()
            try screen.enter("emolab --pane runs")
            try screen.waits(for: "run 2", "second")
            try store.deleteRun(2, withFolder: false)
            try screen.waits(for: "run 2 was deleted; run 1 is shown")
            try screen.press("9")
            try screen.waits(for: "⁹ Log", "run 2 was deleted; run 1 is shown")
            try screen.press("q")
            try screen.expectUsable(as: before)
        }
    }
}
