// Every way in which a terminal and a program may part: the terminal is as it was, and no run is lost.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct SignalTests {
        /// A home with corpora and one short run, so that there is something on the screen.
        private func openWorkbench(_ screen: TmuxScreen, _ words: String = "emolab") throws {
            try screen.enter(words + "; echo status $?")
            try screen.waits(for: "Corpora", within: 60)
        }

        @Test(
            "A signal that ends or kills the workbench gives the terminal back, and the status names it",
            arguments: [
                SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGTRAP,
            ])
        func signals(number: Int32) throws {
            let screen = try TmuxScreen(80, 24, in: Demo.homeWithCorpora())
            let before = try screen.modes()
            try openWorkbench(screen, "ulimit -c 0; emolab --pane corpora")
            kill(try #require(screen.emolab), number)
            try screen.waits(for: "status \(128 + number)")
            try screen.expectUsable(as: before)
        }

        @Test("Ctrl+Z gives the terminal back and stops the training with the screen; fg brings both back, and no step is lost")
        func suspended() throws {
            let screen = try TmuxScreen(80, 24, in: Demo.newHome())
            let before = try screen.modes()
            try screen.enter(try demoCommand(epochs: 3000))
            try screen.waits(for: "training", "class loss", within: 120)
            let pid = try #require(screen.emolab)
            try screen.press("C-z")
            try eventually("it is stopped") { state(of: pid) == "T" }
            #expect(try screen.modes() == before)
            #expect(try screen.pane("alternate_on") == "0")
            // A process that is stopped is no dead one.
            #expect(try screen.home.state(ofRun: 1) == "running")
            let step = try steps(screen.home)
            try screen.enter("fg")
            try screen.waits(for: "training", "class loss")
            try eventually("it trains on") { try steps(screen.home) > step + 5 }
            try screen.press("q")
            try screen.waits(for: "stop, save and leave")
            try screen.press("s")
            try screen.expectUsable(as: before)
            #expect(try screen.home.state(ofRun: 1) == "stopped")
            try expectEveryStep(screen.home)
        }

        @Test("A terminal that is closed under a demo ends the screen, not the run; SIGTERM then stops and saves it")
        func closedTerminal() throws {
            let home = try Demo.newHome()
            var screen: TmuxScreen? = try TmuxScreen(80, 24, in: home)
            try screen?.enter(try demoCommand(epochs: 3000))
            try screen?.waits(for: "training", "class loss", within: 120)
            let pid = try #require(screen?.emolab)
            try screen?.tmux("kill-server")
            let step = try steps(home)
            try eventually("it trains on without a terminal") { try steps(home) > step + 20 }
            #expect(try home.state(ofRun: 1) == "running")
            kill(pid, SIGTERM)
            try eventually("it has stopped") { try home.state(ofRun: 1) == "stopped" }
            try eventually("it is gone") { kill(pid, 0) != 0 }
            try expectEveryStep(home)
            screen = nil
        }

        @Test("A terminal that is closed under a workbench that only looks ends it at once, and the run elsewhere goes on")
        func closedOnlooker() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            let screen = try TmuxScreen(80, 24, in: home)
            try screen.enter("emolab")
            try screen.waits(for: "training", "class loss")
            let pid = try #require(screen.emolab)
            try screen.tmux("kill-server")
            try eventually("the screen has ended", within: 10) { kill(pid, 0) != 0 }
            #expect(run.status == nil)
            run.send(SIGTERM)
            #expect(try run.finish().status == 0)
        }

        @Test(
            "Whoever reads may stop reading: a table ends quietly, a run goes on to its end",
            arguments: [
                "emolab runs list | true", "emolab train demo --set training.epochs=2 | head -n 1",
                "emolab train demo --set training.epochs=2 >&-",
                "emolab train demo --set training.epochs=2 <&- >/dev/null",
                "emolab train demo --set training.epochs=2 --json 2>&- | head -n 1",
                "emolab train demo --set training.epochs=2 --json | true",
            ])
        func closedStreams(line: String) throws {
            let home = try Demo.homeWithCorpora()
            let path = URL(fileURLWithPath: Program.path).deletingLastPathComponent().path + ":" + (home.environment()["PATH"] ?? "")
            let result = try RunningProgram(["-c", line], of: "sh", in: home, environment: ["PATH": path]).finish(within: 120)
            #expect(!result.errors.contains("Fatal") && !result.errors.contains("rash"), "\(result.errors)")
            guard line.contains("train") else { return }
            #expect(try home.state(ofRun: 1) == "finished")
        }

        @Test("A run that is stopped and continued by its user ends as any other")
        func stoppedAndContinued() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            run.send(SIGSTOP)
            usleep(1_500_000)
            #expect(try home.state(ofRun: 1) == "running")
            run.send(SIGCONT)
            let step = try steps(home)
            try eventually("it trains on") { try steps(home) > step }
            run.send(SIGTERM)
            #expect(try run.finish().status == 0)
            try expectEveryStep(home)
        }

        @Test("No thread that computes runs a signal's handler: products lend it a stack on the heap, with other memory below")
        func computingThreads() throws {
            let run = try Demo.homeWithCorpora().startTraining()
            let asked = [SIGINT, SIGTERM, SIGHUP].reduce(UInt64(0)) { $0 | 1 << UInt64($1 - 1) }
            var kernels = 0
            for thread in try FileManager.default.contentsOfDirectory(atPath: "/proc/\(run.pid)/task") {
                // Threads of Dispatch's come and go.
                guard let name = try? String(contentsOfFile: "/proc/\(run.pid)/task/\(thread)/comm", encoding: .utf8) else { continue }
                guard thread == "\(run.pid)" || name == "emolab.kernels\n" else { continue }
                let status = try String(contentsOfFile: "/proc/\(run.pid)/task/\(thread)/status", encoding: .utf8)
                let blocked = try #require(status.firstMatch(of: /SigBlk:\s*([0-9a-f]+)/).flatMap { UInt64($0.1, radix: 16) })
                #expect(blocked & asked == asked, "\(name) \(String(blocked, radix: 16))")
                kernels += thread == "\(run.pid)" ? 0 : 1
            }
            #expect(kernels >= min(1, ProcessInfo.processInfo.activeProcessorCount - 1))
            run.send(SIGTERM)
            let result = try run.finish()
            #expect(result.status == 0, "\(result.errors)")
        }

        // MARK: Helpers

        private func demoCommand(epochs: Int) throws -> String {
            (["emolab", "demo", "--folder", "'\(try Demo.firstRun().corpora.path)'"] + Demo.size + ["--set", "training.epochs=\(epochs)"])
                .joined(separator: " ")
        }

        private func steps(_ home: Home) throws -> Int { try home.json("runs", "show", "1", "--json")["run"]["summary"]["step"].int ?? 0 }

        /// The third field of /proc/PID/stat, after a name that may hold anything.
        private func state(of pid: pid_t) -> String? {
            (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8))?.split(separator: ")").last?.split(separator: " ").first
                .map(String.init)
        }

        private func expectEveryStep(_ home: Home, _ location: SourceLocation = #_sourceLocation) throws {
            let run = try #require(try FileManager.default.contentsOfDirectory(at: home.runs, includingPropertiesForKeys: nil).first)
            let rows = try String(contentsOf: run.appendingPathComponent("metrics.csv"), encoding: .utf8).split(separator: "\n").dropFirst()
            #expect(rows.map { Int($0.prefix { $0 != "," }) } == Array(1...max(1, rows.count)).map(Optional.init), sourceLocation: location)
        }
    }
}
