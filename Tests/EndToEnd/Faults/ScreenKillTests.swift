// A screen that is killed and a trainer that is stood still: neither costs a run anything.
import Foundation
import Runs
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ScreenKillTests {
        /// Long enough to be met in the middle, and the same every time.
        private static let arguments = FaultLab.trainArguments + ["--set", "training.epochs=60"]

        @Test("SIGKILL of a screen that shows a run, and SIGSTOP and SIGCONT of its trainer, change not one bit of the run")
        func killedScreen() throws {
            let ground = try FaultLab.ground()
            let quiet = try FaultLab.copy(of: ground.home)
            #expect(try RunningProgram(Self.arguments, in: quiet).finish().status == 0)

            let home = try FaultLab.copy(of: ground.home)
            let run = try RunningProgram(Self.arguments, in: home)
            try eventually("the third epoch; errors: \(run.errorsSoFar)") {
                run.status != nil || run.outputSoFar.split(separator: "\n").count { $0.contains(#""event":"epoch""#) } >= 3
            }
            run.send(SIGSTOP)
            try #require(run.status == nil, "it was done before it could be stopped")
            // A screen opens on the store while the trainer stands, perhaps with a lock in its hands, and is killed.
            let screen = try TmuxScreen(100, 30, in: home)
            try screen.enter("emolab --pane train")
            try screen.waits(for: "tiny", "class loss")
            let pid = try #require(screen.emolab)
            #expect(try home.state(ofRun: 1) == "running")
            kill(pid, SIGKILL)
            try eventually("the screen has gone") { screen.emolab == nil }
            run.send(SIGCONT)
            #expect(try run.finish().status == 0)
            try Aftermath.checkStore(home)
            #expect(try RunBits(of: home, run: 1).difference(from: RunBits(of: quiet, run: 1)) == nil)
        }

        @Test("A run that a screen began trains on when that screen is killed, and ends as it would have")
        func killedLauncher() throws {
            let ground = try FaultLab.ground()
            let home = try FaultLab.copy(of: ground.home)
            #expect(try RunningProgram(Self.arguments, in: home).finish().status == 0)
            let screen = try TmuxScreen(120, 36, in: home)
            try screen.enter("emolab --pane parameters")
            try screen.waits(for: "Parameters · run 1", "Name of the run and of its folder")
            try screen.tmux("send-keys", "-l", "/key=name")
            try screen.press("Enter", "Escape")
            try screen.press("Enter", "C-u")
            try screen.tmux("send-keys", "-l", "again")
            try screen.press("Enter")
            try screen.waits(for: "1 edited")
            try screen.press("r")
            try screen.waits(for: "Restart run 1 as its child?")
            try screen.press("r")
            try eventually("the child's row") { try home.state(ofRun: 2) != nil }
            if let pid = screen.emolab { kill(pid, SIGKILL) }
            try eventually("the child ends") { try home.state(ofRun: 2) == "finished" }
            // Finished in the store before the program has left: its tables are written then.
            try eventually("the child's tables") {
                try RunBits(of: home, run: 2).difference(from: RunBits(of: home, run: 1)) == nil
            }
        }
    }
}
