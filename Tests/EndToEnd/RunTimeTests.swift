// The time and the state of a run as commands and the screen tell them, through pauses, Ctrl+Z, resumes and kills; and deleting it.
import Foundation
import Runs
import Store
import Testing

extension EndToEnd {
    @Suite(.serialized) struct RunTimeTests {
        @Test(
            "A pause, a suspended process and the time between two processes are no time of the run: rate, steps, table and duration are of work alone"
        )
        func pausesDoNotCount() throws {
            let home = try Demo.homeWithCorpora()
            let began = ContinuousClock.now
            let run = try home.startTraining()
            func step() throws -> Int { try home.json("runs", "list", "--json").array.first?["step"].int ?? 0 }
            func goesOn() throws {
                let now = try step()
                try eventually("it trains on; \(run.errorsSoFar)") { try step() > now + 2 }
            }
            _ = try home.json("runs", "order", "1", "pause", "--wait", "60", "--json")
            let worked = try home.json("runs", "list", "--json").array.first?["worked"].double ?? -1
            usleep(3_000_000)
            #expect(
                try home.json("runs", "list", "--json").array.first?["worked"].double == worked && worked > 0,
                "a paused run does not get older")
            _ = try home.json("runs", "order", "1", "resume", "--wait", "60", "--json")
            try goesOn()
            run.send(SIGSTOP)
            usleep(3_000_000)
            run.send(SIGCONT)
            try goesOn()
            _ = try home.json("runs", "order", "1", "stop", "--wait", "60", "--json")
            #expect(try run.finish().status == 0)
            let elapsed = (ContinuousClock.now - began) / .seconds(1)
            usleep(1_500_000)
            let resumed = try home.start("train", "--resume", "1", "--json", "--set", "training.epochs=1")
            let last = try resumed.finish().lastJSON()
            #expect(last["event"].string == "finished")
            let steps = try RunStore(at: home.store, access: .readOnly).steps(run: 1)
            #expect(steps.allSatisfy { $0.seconds < 2.5 }, "\(steps.map(\.seconds).max() ?? 0)")
            let table = try String(contentsOf: home.runs.appendingPathComponent("0001-demo-42/metrics.csv"), encoding: .utf8).split(
                separator: "\n")
            let column = try #require(table.first?.split(separator: ",").firstIndex(of: "seconds"))
            #expect(table.dropFirst().allSatisfy { Double($0.split(separator: ",", omittingEmptySubsequences: false)[column]) ?? 9 < 2.5 })
            // What it was worked on is at least its steps, and less than all the time by both waits.
            let total = try #require(try home.json("runs", "show", "1", "--json")["run"]["summary"]["worked"].double)
            #expect(total >= steps.reduce(0) { $0 + $1.seconds } && total < elapsed - 5, "\(total) of \(elapsed) s")
            let report = try #require(last["seconds"].double)
            #expect(abs(report - total) < 0.01)
            let samples = steps.reduce(0) { $0 + $1.samples }
            let rate = Double(samples) / steps.reduce(0) { $0 + $1.seconds }
            #expect(abs((last["samplesPerSecond"].double ?? 0) / rate - 1) < 0.2)
            #expect(try home.emolab("runs", "list").output.contains("took") && home.emolab("runs", "show", "1").output.contains("took 00:"))
        }

        @Test(
            "The screen of a paused run shows no time left and no rate; left with k it stays paused in a process of its own, and goes on when it is told to"
        )
        func leftPaused() throws {
            let screen = try TmuxScreen(100, 30, in: Demo.newHome())
            let before = try screen.modes(), home = screen.home
            let words =
                ["emolab", "demo", "--folder", "'\(try Demo.firstRun().corpora.path)'"] + Demo.size + ["--set", "training.epochs=3000"]
            try screen.enter(words.joined(separator: " "))
            try screen.waits(for: "● training", "clips/s", " left", within: 120)
            try screen.press("p")
            try screen.waits(for: "‖ paused")
            try eventually("no time left, no rate:\n\((try? screen.text) ?? "")") {
                let text = try screen.text
                return !text.contains("clips/s") && text.firstMatch(of: /\d\d:\d\d left/) == nil
            }
            try screen.press("q")
            try screen.waits(for: "Run 1 is paused", "keep it paused, detached")
            #expect(try !screen.text.contains("still training"))
            try screen.press("k")
            try screen.waits(for: "run 1 stays paused, in process", within: 120)
            try screen.expectUsable(as: before)
            try eventually("it is paused") { try home.state(ofRun: 1) == "paused" }
            let shown = try home.json("runs", "show", "1", "--json")["run"]["summary"]
            #expect(shown["attempt"].int == 2)
            usleep(500_000)
            #expect(try home.state(ofRun: 1) == "paused" && home.json("runs", "list", "--json").array.first?["step"] == shown["step"])
            #expect(try home.emolab("runs", "order", "1", "resume", "--wait", "60").status == 0)
            try eventually("it trains on") {
                try home.json("runs", "list", "--json").array.first?["step"].int ?? 0 > shown["step"].int ?? 0
            }
            #expect(try home.emolab("runs", "order", "1", "stop", "--wait", "60").status == 0)
        }

        @Test("A run whose process was killed is interrupted: in the table, in JSON, on the screen, in its headline and in a filter")
        func interrupted() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            run.send(SIGKILL)
            _ = try run.finish()
            #expect(try home.state(ofRun: 1) == "interrupted")
            #expect(
                try home.emolab("runs").output.contains("interrupted") && home.emolab("runs", "show", "1").output.contains("interrupted"))
            let frame = try home.emolab("--once", "runs")
            #expect(
                frame.output.components(separatedBy: "✗ interrupted").count == 4 && !frame.output.contains("lost"),
                "headline, row, detail:\n\(frame.output)")
            for (filter, isFound) in [
                ("state:interrupted", true), ("state=interrupted", true), ("state:lost", false), ("state:running", false),
            ] {
                let play = try home.write("filter.keys", "7\n/\ntype \(filter)\nEnter\n\(isFound ? "absent" : "expect") No run matches\n")
                let result = try home.emolab("--play", play)
                #expect(result.status == 0, "\(filter): \(result.errors)\n\(result.output)")
            }
        }

        @Test("A run that fails over a number names one step: in its warning, its last words, its reason and its log")
        func oneStep() throws {
            let home = try Demo.homeWithCorpora()
            let result = try home.emolab(
                "train", "demo-audio-only", "--set", "optimiser.learning_rate=1e30", "--set", "optimiser.clip_norm=0", "--set",
                "optimiser.warm_up_epochs=0")
            #expect(result.status == 1, "\(result.errors)")
            let told = result.errors.matches(of: /step (\d+): the/).map { String($0.1) }
            let shown = try home.json("runs", "show", "1", "--json")
            let stored = ([shown["run"]["summary"]["reason"].string ?? ""] + shown["events"].array.compactMap { $0["text"].string })
                .flatMap { $0.matches(of: /step (\d+): the/).map { String($0.1) } }
            #expect(told.count >= 2 && stored.count >= 3 && Set(told + stored).count == 1, "\(told) \(stored)\n\(result.errors)")
        }

        @Test(
            "`runs delete` asks on a terminal, wants --yes in a script, refuses a run at work, takes the folder too, and says so as JSON; lists show parents"
        )
        func delete() throws {
            let home = try Demo.homeWithCorpora()
            let short = ["--set", "training.epochs=1"]
            for words in [["demo-audio-only"], ["--parent", "1"], ["--parent", "1"]] {
                #expect(try RunningProgram(["train"] + words + short, in: home).finish().status == 0)
            }
            #expect(try home.json("runs", "--json").array.map { $0["parent"].int } == [1, 1, nil])
            let rows = try home.emolab("runs").lines
            #expect(
                rows[0].hasPrefix("run  parent  name") && rows[1].split(separator: " ").prefix(2) == ["3", "1"]
                    && rows[3].split(separator: " ")[1] == "demo-audio-only")
            let run = try home.startTraining()
            let busy = try home.emolab("runs", "delete", "2", "4", "--yes")
            #expect(
                busy.status == 1 && busy.errors.contains("run 4 is running") && busy.errors.contains("emolab runs order 4 stop"),
                "\(busy.errors)")
            run.send(SIGTERM)
            _ = try run.finish()
            let unasked = try home.emolab("runs", "delete", "2")
            #expect(unasked.status == 2 && unasked.errors.contains("--yes"), "\(unasked.status) \(unasked.errors)")
            #expect(try home.emolab("runs", "delete", "2", "9", "--yes").errors.contains("there is no run 9"))
            #expect(try home.json("runs", "--json").array.count == 4)
            #expect(try home.json("runs", "delete", "2", "2", "--yes", "--json")["deleted"].array.map(\.int) == [2])
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: home.runs.path).sorted().map { String($0.prefix(4)) } == [
                    "0001", "0003", "0004",
                ])
            let screen = try TmuxScreen(100, 20, in: home)
            try screen.enter("clear; emolab runs delete 1")
            try screen.waits(for: "Delete it with its folder? [y/N]")
            try screen.press("Enter")
            try screen.waits(for: "nothing was deleted")
            try screen.enter("clear; emolab runs delete 1 4")
            try screen.waits(for: "Delete these 2 with their folders? [y/N]")
            try screen.press("y", "Enter")
            try screen.waits(for: "run 4, demo, is deleted with its folder")
            #expect(try home.json("runs", "--json").array.map { $0["id"].int } == [3])
        }
    }
}
