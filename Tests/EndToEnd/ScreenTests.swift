// The workbench on a real terminal, through tmux: what a user sees, presses, and gets back.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ScreenTests {
        @Test(
            "The demo reaches a live Train screen, shows its panes and its help, asks before it quits, and gives the terminal back",
            arguments: [(80, 24), (200, 60)])
        func demo(columns: Int, rows: Int) throws {
            let screen = try TmuxScreen(columns, rows, in: Demo.newHome())
            let before = try screen.modes()
            try screen.enter(try demoCommand())
            try screen.waits(for: "training", "class loss", "domain loss", "alpha", "learning rate", within: 120)
            let shown = try screen.rows
            #expect(shown.count == rows && shown.allSatisfy { $0.count <= columns })
            #expect(shown.last?.contains("p pause") == true && shown.last?.contains("q quit") == true)
            #expect(try screen.pane("cursor_flag") == "0")
            let step = try #require(try self.step(of: screen))
            try eventually("the step grows") { try self.step(of: screen) ?? 0 > step }
            try screen.waits(for: "source", "target", "chance")  // The first epoch is over.

            try screen.press("1")
            try screen.waits(for: "24 clips", "1001_", "waveform")
            try screen.press("?")
            try screen.waits(for: "type search")
            try screen.tmux("send-keys", "-l", "shell")  // Typing searches the help.
            try screen.waits(for: "Back to the shell; fg comes back")
            try screen.press("Escape", "Escape")
            try screen.waits(for: "? help")
            try screen.press("2")
            try screen.waits(for: "class loss")
            try screen.press("q")
            try screen.waits(for: "Run 1 is still training", "keep running detached", "stop, save and leave")
            try screen.press("Escape")
            try screen.waits(for: "p pause")
            try screen.press("q")
            try screen.waits(for: "stop, save and leave")
            try screen.press("s")
            try screen.expectUsable(as: before)
            #expect(try screen.text.contains("run 1 stopped"))
            #expect(try screen.home.state(ofRun: 1) == "stopped")
        }

        @Test("A second emolab shows the same run live, and its order to pause is seen in both")
        func twoScreens() throws {
            let home = try Demo.newHome()
            let (first, second) = (try TmuxScreen(80, 24, in: home), try TmuxScreen(120, 36, in: home))
            let before = try second.modes()
            try first.enter(try demoCommand())
            try first.waits(for: "training", "class loss", within: 120)
            try second.enter("emolab")
            try second.waits(for: "studio → crowd", "run 1", "training", "class loss")
            let step = try #require(try self.step(of: second))
            try eventually("the step grows in the second") { try self.step(of: second) ?? 0 > step }

            try second.press("p")
            for screen in [first, second] { try screen.waits(for: "paused") }
            #expect(try home.state(ofRun: 1) == "paused")
            #expect(try self.step(of: first) == self.step(of: second))
            try first.press("p")
            for screen in [first, second] { try screen.waits(for: "● training") }

            // The run is the first one's: the second leaves without a question, and the run goes on.
            try second.press("q")
            try second.expectUsable(as: before)
            #expect(try home.state(ofRun: 1) == "running")
        }

        @Test("SIGTERM gives the terminal back, saves the run and ends with 128 + 15")
        func terminated() throws {
            let screen = try TmuxScreen(80, 24, in: Demo.newHome())
            let before = try screen.modes()
            try screen.enter(try demoCommand() + "; echo status $?")
            try screen.waits(for: "training", "class loss", within: 120)
            kill(try #require(screen.emolab), SIGTERM)
            try screen.waits(for: "status 143")
            try screen.expectUsable(as: before)
            #expect(try screen.home.state(ofRun: 1) == "stopped")
        }

        @Test("Killed, the workbench leaves a store that another one opens, with the run as it was")
        func killed() throws {
            let screen = try TmuxScreen(80, 24, in: Demo.newHome())
            try screen.enter(try demoCommand())
            try screen.waits(for: "training", "source", "target", within: 120)
            kill(try #require(screen.emolab), SIGKILL)
            try eventually("it is dead") { screen.emolab == nil }
            #expect(try screen.home.state(ofRun: 1) == "interrupted")
            // SIGKILL lets nobody tidy up: a user types this blindly, with ^J for the Enter key that is off.
            try screen.tmux("send-keys", "-l", "stty sane; tput rmcup; tput cnorm; clear")
            try screen.press("C-j")
            let before = try screen.modes()
            try screen.enter("emolab")
            try screen.waits(for: "✗ interrupted", "class loss")
            try screen.press("7", "/")
            try screen.tmux("send-keys", "-l", "state:interrupted")
            try screen.press("Enter")
            try screen.waits(for: "state:interrupted", "✗ interrupted   epoch")
            try screen.press("q")
            try screen.expectUsable(as: before)
        }

        @Test("The window may change its size while a run is drawn, down to what shows nothing and back")
        func resized() throws {
            let screen = try TmuxScreen(80, 24, in: Demo.newHome())
            let before = try screen.modes()
            try screen.enter(try demoCommand())
            try screen.waits(for: "training", "class loss", within: 120)
            for (columns, rows) in [(200, 60), (40, 12), (10, 4), (1, 1), (300, 24), (80, 24)] {
                try screen.resize(columns, rows)
                try eventually("the size is \(columns)x\(rows)") {
                    try screen.pane("pane_width") == "\(columns)" && screen.pane("pane_height") == "\(rows)"
                }
                try #require(screen.emolab != nil, "it died at \(columns)x\(rows)")
                if rows >= 24 {
                    try eventually("the footer is in the last of \(rows) rows:\n\((try? screen.text) ?? "")") {
                        try screen.rows.last?.contains("q quit") == true
                    }
                    try screen.waits(for: "class loss", "training")
                }
                if columns == 40 { try screen.waits(for: "loss", "alpha") }
                if columns == 10 { try screen.waits(for: "too small") }
            }
            kill(try #require(screen.emolab), SIGINT)
            try screen.expectUsable(as: before)
        }

        @Test("Started in a window of 10x4, the workbench says that it is too small, and leaves when asked")
        func tiny() throws {
            let screen = try TmuxScreen(10, 4, in: finishedHome())
            let before = try screen.modes()
            try screen.enter("emolab")
            try screen.waits(for: "too small")
            try screen.press("q")
            try eventually("it ends") { screen.emolab == nil }
            try screen.resize(80, 24)
            try screen.expectUsable(as: before)
        }

        @Test("NO_COLOR takes every colour away, and without it there are colours", arguments: [true, false])
        func colours(off: Bool) throws {
            let screen = try TmuxScreen(80, 24, in: finishedHome(), environment: off ? ["NO_COLOR": "1"] : [:])
            try screen.enter("clear; emolab")
            try screen.waits(for: "finished", "class loss")
            let parameters = try screen.colouredText.matches(of: /\u{1b}\[([0-9;:]*)m/).flatMap {
                $0.1.split { ";:".contains($0) }.compactMap { Int($0) }
            }
            // Select Graphic Rendition (ECMA-48): 39 and 49 are the terminal's own colours, the rest below 30 attributes.
            let hasColours = parameters.contains { (30...38).contains($0) || (40...48).contains($0) || (90...107).contains($0) }
            #expect(hasColours != off)
            #expect(!parameters.isEmpty)
        }

        @Test("A terminal type that nobody knows still shows the workbench, with a warning")
        func unknownTerminal() throws {
            let screen = try TmuxScreen(80, 24, in: finishedHome())
            let before = try screen.modes()
            try screen.enter("TERM=unknown-thing emolab")
            try screen.waits(for: "class loss", "terminal type unknown-thing is unknown here; using xterm-256color")
            try screen.press("1")
            try screen.waits(for: "q quit")
            try screen.press("q")
            try screen.expectUsable(as: before)
        }

        @Test("In the C locale every character is ASCII")
        func cLocale() throws {
            let screen = try TmuxScreen(80, 24, in: finishedHome(), environment: ["LC_ALL": "C"])
            try screen.enter("clear; emolab")
            try screen.waits(for: "finished", "class loss")
            #expect(try screen.text.unicodeScalars.allSatisfy(\.isASCII))
            try screen.press("1")
            try screen.waits(for: "24 clips", "waveform")
            #expect(try screen.text.unicodeScalars.allSatisfy(\.isASCII))
        }

        // MARK: Helpers

        /// A demo on the shared corpora that does not end by itself while a test looks at it.
        @Test("With the eight colours of TERM=screen no word is black on a dark screen, and the selected row stands out")
        func eightColours() throws {
            let screen = try TmuxScreen(80, 24, in: try finishedHome())
            try screen.enter("TERM=screen emolab --theme dark --pane runs")
            try screen.waits(for: "Runs", "finished")
            let text = try screen.colouredText
            #expect(!text.contains("[30m") && text.contains("[7m"), "\(text)")
        }

        @Test("A demo that was left says which epoch its scores are of")
        func lastWords() throws {
            let screen = try TmuxScreen(100, 30, in: Demo.newHome())
            try screen.enter(try demoCommand().replacingOccurrences(of: "epochs=3000", with: "epochs=2"))
            try screen.waits(for: "finished", within: 120)
            try screen.press("q")
            try screen.waits(for: "run 1 finished in epoch 2; best epoch ")
        }

        private func demoCommand() throws -> String {
            "emolab demo --folder '\(try Demo.firstRun().corpora.path)' \(Demo.size.joined(separator: " ")) --set training.epochs=3000"
        }

        /// A user whose store has one finished run.
        private func finishedHome() throws -> Home {
            let home = try Demo.newHome()
            try FileManager.default.copyItem(at: Demo.firstRun().finished, to: home.data)
            return home
        }

        /// The step in the headline, such as `6 621/17 280`: the piece with a stroke that is not the epoch.
        private func step(of screen: TmuxScreen) throws -> Int? {
            let pieces = try screen.rows.first?.components(separatedBy: "   ") ?? []
            guard let piece = pieces.first(where: { $0.contains("/") && $0.first?.isNumber == true }) else { return nil }
            return Int(piece.prefix { $0 != "/" }.filter(\.isNumber))
        }
    }
}
