// The four stories that decide whether the workbench is of use, as files of keys: played on real runs without a terminal, at three sizes.
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct StoryTests {
        private static let sizes = ["80x24", "120x36", "200x60"]

        /// Plays `Tests/Fixtures/Stories/NAME.keys`; an expectation that fails is told with the screen that it failed on.
        private func play(_ name: String, _ size: String, in home: Home) throws {
            let played = try home.emolab("--play", Fixtures.url("Stories/\(name).keys").path, "--size", size)
            #expect(played.status == 0, "\(size): \(played.errors)\n\(played.output)")
        }

        @Test("A run of another process is watched, and its alpha lowered while it goes on")
        func monitor() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            for size in Self.sizes { try play("monitor", size, in: home) }
            #expect(try home.emolab("runs", "order", "1", "stop").status == 0)
            #expect(try run.finish().status == 0)
            // The change was an order that the trainer took, once for each screen.
            let events = try home.json("runs", "show", "1", "--json")["events"].array
            #expect(events.count { $0["text"].string?.hasPrefix("alpha.maximum") == true } == Self.sizes.count)
        }

        @Test("A clip's predictions are stepped through from the list of errors", arguments: sizes)
        func step(size: String) throws { try play("step", size, in: PredictTests.homeWithRun()) }

        @Test("From a cell of the matrix to its clips, tagged, noted, by actor, and as a file", arguments: sizes)
        func wrong(size: String) throws {
            let home = try PredictTests.homeWithRun()
            try play("wrong", size, in: home)
            let notes = try home.json("corpora", "notes", "--json").array
            #expect(
                notes.count == 1 && notes[0]["note"].string == "looks away" && notes[0]["tags"].array.map { $0.string } == ["ambiguous"])
        }

        @Test("Three parameters are changed, an invalid one is told, and a child run starts", arguments: sizes)
        func tweak(size: String) throws {
            let home = try PredictTests.homeWithRun()
            try play("tweak", size, in: home)
            try eventually("the child run ends") { try home.state(ofRun: 2) == "finished" }
            let settings = try home.json("runs", "show", "2", "--json")["run"]
            #expect(settings["summary"]["parent"].int == 1 && settings["summary"]["epoch"].int == 4)
        }
    }
}
