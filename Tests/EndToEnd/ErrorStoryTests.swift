// Two stories of the workbench on a real terminal: finding out what went wrong, and stepping through a clip's predictions.
import Foundation
import Runs
import Store
import Testing
import Training

extension EndToEnd {
    @Suite(.serialized) struct ErrorStoryTests {
        @Test(
            "From the matrix to errors, by actor, tagged and noted, into a clip and its attention, and back",
            arguments: [(80, 24), (120, 36)])
        func inspected(columns: Int, rows: Int) throws {
            let home = try PredictTests.homeWithRun()
            let store = try RunStore(at: home.store)
            let wrong = try Demo.wrongAnswers(store, in: .targetValidation)
            let worst = try #require(
                wrong.max { ($0.confidence, $1.clip) < ($1.confidence, $0.clip) }, "two epochs leave errors")
            let screen = try TmuxScreen(columns, rows, in: home)
            let before = try screen.modes()
            try screen.enter("emolab --pane confusion")
            try screen.waits(for: "⁴ Confusion", "accuracy", "gap", "per class")
            try screen.press("6")
            try screen.waits(for: "⁶ Errors", "\(wrong.count) of", worst.clip)
            try screen.press("b")
            try screen.waits(for: "by actor", "error rate")
            try screen.press("Enter")
            try screen.waits(for: "actor 10", "conf.")
            try screen.press("Escape", "Escape")
            try screen.waits(for: "⁶ Errors", worst.clip)
            try screen.press("t", "2")
            try screen.waits(for: "\(worst.clip): tagged ambiguous")
            try screen.press("w")
            try screen.tmux("send-keys", "-l", "looks away")
            try screen.press("Enter")
            try screen.waits(for: "note kept")

            try screen.press("Enter")
            try screen.waits(for: "⁵ Clip", worst.clip, "probabilities", "predicted", "temporal", "alone: sound", "cross-modal")
            try screen.waits(for: "1/8")
            try screen.press("l", "l")
            try screen.waits(for: "3/8")
            try screen.press("Space")
            try eventually("the frames play") { try !screen.text.contains("3/8") }
            try screen.press("Space", "Escape")
            try screen.waits(for: "⁶ Errors")
            try screen.press("q")
            try screen.expectUsable(as: before)

            let notes = try home.json("corpora", "notes", "--json").array
            #expect(notes.count == 1 && notes[0]["clip"].string == worst.clip && notes[0]["tags"].array.map { $0.string } == ["ambiguous"])
            #expect(notes[0]["note"].string == "looks away")
            // What was worked out for the screen is stored: the same that `emolab explain` says.
            let stored = try #require(try store.explanation(of: worst.clip, domain: .target, run: 1))
            #expect(stored.predicted == worst.predicted && stored.pictures?.held?.count == 8 && stored.sound?.alone != nil)
            let explained = try home.json("explain", "1", worst.clip, "--domain", "target", "--no-occlusion", "--json")
            #expect(explained["probabilities"].array.compactMap { $0.double } == stored.probabilities)
        }

        @Test("One frame of each pane can be printed, in ASCII too; without a run each says what to do")
        func printed() throws {
            let home = try PredictTests.homeWithRun(), empty = try Home()
            for (pane, words) in [("confusion", "recall"), ("errors", "predicted"), ("clip", "probabilities")] {
                let frame = try home.emolab("--once", pane, "--glyphs", "ascii", "--colors", "none")
                #expect(
                    frame.status == 0 && frame.output.contains(words) && frame.output.allSatisfy { $0.isASCII }, "\(pane): \(frame.output)")
                let nothing = try empty.emolab("--once", pane)
                #expect(
                    nothing.status == 0 && nothing.output.contains(pane == "clip" ? "No clip" : "No run yet"), "\(pane): \(nothing.output)")
            }
        }
    }
}
