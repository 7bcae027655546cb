// Runs that outlive the screen they were started from, through tmux: tweak and restart, and a demo that is left running.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct LaunchTests {
        @Test(
            "Parameters of a run are changed, an invalid one stops it, the child trains on after the screen has gone; what cannot start is told"
        )
        func restart() throws {
            let home = try Demo.homeWithCorpora()
            #expect(try home.start("train", "demo", "--set", "training.epochs=1").finish(within: 120).status == 0)
            let screen = try TmuxScreen(120, 36, in: home)
            let before = try screen.modes()
            func type(_ text: String) throws { try screen.tmux("send-keys", "-l", text) }
            func edit(_ key: String, _ value: String) throws {
                try type("/key=\(key)")
                try screen.press("Enter", "Escape")
                try screen.press("Enter", "C-u")
                try type(value)
                try screen.press("Enter")
            }
            try screen.enter("emolab --pane parameters")
            try screen.waits(for: "Parameters · run 1", "Name of the run and of its folder")
            try edit("training.epochs", "3000")
            try edit("adaptation.alpha.maximum", "0.05")
            try edit("adaptation.discriminator_weights", "1, 2")
            try screen.waits(for: "3 edited", "✗ invalid", "one number for all places")
            try screen.press("r")
            try screen.waits(for: "not started:")
            try screen.press("u", "r")
            try screen.waits(for: "Restart run 1 as its child?", "alpha.maximum 0.099 → 0.05, training.epochs 1 → 3000")
            try screen.press("r")
            try screen.waits(for: "run 2", "child of 1", "● training", within: 120)
            // The cursor in Runs stands on the run that is shown: v opens that one's parameters.
            try screen.press("7")
            try screen.waits(for: "⁷ Runs", "child of")
            try screen.press("v")
            try screen.waits(for: "Parameters · run 2", "child of 1")
            try edit("adaptation.alpha.maximum", "0.02")
            try screen.press("a")
            try screen.waits(for: "alpha.maximum 0.05 → 0.02")
            try edit("data.target", "nowhere")
            try screen.press("r")
            try screen.waits(for: "as its child?")
            try screen.press("r")
            try screen.waits(for: "did not start: there is no corpus named nowhere", within: 60)
            try screen.press("9")
            try screen.waits(for: "child of run 1: alpha.maximum", "did not start")
            try screen.press("q")
            try screen.expectUsable(as: before)
            #expect(try home.state(ofRun: 2) == "running")
            let step = try home.json("runs", "show", "2", "--json")["run"]["summary"]["step"].int ?? 0
            try eventually("it trains on") { try home.json("runs", "show", "2", "--json")["run"]["summary"]["step"].int ?? 0 > step }
            #expect(try RunningProgram(["runs", "order", "2", "stop"], in: home).finish().status == 0)
            try eventually("it stops") { try home.state(ofRun: 2) == "stopped" }
            let events = try home.json("runs", "show", "2", "--json")["events"].array
            #expect(events.first?["text"].string == "child of run 1: alpha.maximum 0.099 → 0.05, training.epochs 1 → 3000")
            #expect(events.contains { $0["text"].string == "alpha.maximum 0.05 → 0.02" })
        }

        @Test("A demo that is kept running goes on after the workbench, and no step is lost")
        func detach() throws {
            let screen = try TmuxScreen(80, 24, in: Demo.newHome())
            let before = try screen.modes()
            let words =
                ["emolab", "demo", "--folder", "'\(try Demo.firstRun().corpora.path)'"] + Demo.size + ["--set", "training.epochs=3000"]
            try screen.enter(words.joined(separator: " "))
            try screen.waits(for: "training", "class loss", within: 120)
            try screen.press("q")
            try screen.waits(for: "keep running detached")
            try screen.press("k")
            try screen.waits(for: "run 1 goes on, in process", within: 120)
            try screen.expectUsable(as: before)
            #expect(try screen.home.state(ofRun: 1) == "running")
            let shown = try screen.home.json("runs", "show", "1", "--json")
            #expect(shown["run"]["summary"]["attempt"].int == 2)
            let stopped = try #require(shown["events"].array.first { $0["kind"].string == "stopped" }?["step"].int)
            try eventually("it trains on") {
                try screen.home.json("runs", "show", "1", "--json")["run"]["summary"]["step"].int ?? 0 > stopped
            }
            #expect(try RunningProgram(["runs", "order", "1", "stop"], in: screen.home).finish().status == 0)
            try eventually("it stops") { try screen.home.state(ofRun: 1) == "stopped" }
            let run = try #require(try FileManager.default.contentsOfDirectory(at: screen.home.runs, includingPropertiesForKeys: nil).first)
            let rows = try String(contentsOf: run.appendingPathComponent("metrics.csv"), encoding: .utf8).split(separator: "\n").dropFirst()
            #expect(rows.map { Int($0.prefix { $0 != "," }) } == Array(1...rows.count).map(Optional.init))
        }
    }
}
