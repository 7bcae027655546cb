// Files of keys, the configuration, and what the workbench remembers: the built program, with and without a terminal.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct PlayTests {
        @Test("--play without a terminal plays keys on the store and prints the last frame; an expectation that fails ends with 1")
        func headless() throws {
            let home = try Demo.firstRun().home
            let script = try home.write(
                "story.keys",
                "1\nexpect 24 clips\n|\nexpect class loss\nexpect 24 clips\n:\ntype theme light\nEnter\n1\n/\ntype crowd\nEnter\nexpect 12 of 24\nz\nabsent class loss\n"
            )
            let played = try home.emolab("--play", script, "--size", "160x40")
            #expect(played.status == 0 && played.errors == "", "\(played.errors)")
            #expect(played.output.contains("Corpora") && !played.output.contains("class loss"))
            let failing = try home.write("failing.keys", "# a test\n2\nexpect class loss\nsize 80x24\nexpect no such words\n")
            // Ten seconds of patience are the program's.
            let failed = try home.emolab("--play", failing)
            #expect(failed.status == 1 && failed.errors.contains("failing.keys: line 5: the screen does not show “no such words”"))
            #expect(failed.output.contains("class loss") && failed.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
            let wrong = try home.emolab("--play", try home.write("wrong.keys", "q\nfly\n"))
            #expect(wrong.status == 2 && wrong.errors.contains("wrong.keys: line 2: fly is neither a key"))
            #expect(try home.emolab("--play", "/nowhere").status == 1)
            let recording = try home.emolab("--play", script, "--record", home.file("again.keys").path)
            #expect(
                recording.status == 2 && recording.errors.contains("--record writes what is typed on a terminal"), "\(recording.errors)")
        }

        @Test("What --record writes in a terminal, --play shows again without one; copied text is in the state folder")
        func record() throws {
            let screen = try TmuxScreen(120, 36, in: finishedHome())
            let before = try screen.modes()
            try screen.enter("emolab --record story.keys")
            try screen.waits(for: "class loss", "finished")
            try screen.press("1")
            try screen.waits(for: "24 clips")
            try screen.press("/")
            try screen.tmux("send-keys", "-l", "crowd")
            try screen.press("Enter")
            try screen.waits(for: "12 of 24")
            try screen.press("j", "y")
            try screen.waits(for: "copied", "OSC 52", "emolab-copy.txt")
            let copied = try String(contentsOf: screen.home.file("state/emolab/emolab-copy.txt"), encoding: .utf8)
            #expect(copied.hasPrefix("crowd/"))
            try screen.press("q")
            try screen.expectUsable(as: before)
            let keys = try String(contentsOf: screen.home.file("story.keys"), encoding: .utf8)
            #expect(keys == "size 120x36\n1\n/\nc\nr\no\nw\nd\nEnter\nj\ny\nq\n")
            let played = try screen.home.emolab("--play", screen.home.file("story.keys").path)
            #expect(played.status == 0 && played.output.contains("12 of 24"), "\(played.errors)\n\(played.output)")
        }

        @Test("Splits, focus and theme come back in the next session; --reset-view and a damaged file begin anew")
        func remembered() throws {
            let screen = try TmuxScreen(160, 40, in: finishedHome())
            let before = try screen.modes()
            func leave() throws {
                try screen.press("q")
                try screen.expectUsable(as: before)
            }
            try screen.enter("emolab --pane train")
            try screen.waits(for: "class loss", "finished")
            try screen.press("|")
            try screen.press("1")
            try screen.waits(for: "24 clips", "class loss")
            try screen.press("T")
            try screen.waits(for: "deuteranopia", "Enter keeps")
            try screen.press("Down", "Enter")
            try screen.waits(for: "theme light")
            try leave()
            let file = screen.home.file("state/emolab/view.json")
            #expect(try String(contentsOf: file, encoding: .utf8).contains("\"light\""))

            try screen.enter("clear; emolab")
            try screen.waits(for: "24 clips", "class loss", "finished")
            try leave()
            try screen.enter("clear; emolab --reset-view")
            try screen.waits(for: "class loss", "finished")
            #expect(try !screen.text.contains("24 clips"))
            try leave()
            try Data("{\"version\":1,\"layout\":[[[".utf8).write(to: file)
            try screen.enter("clear; emolab")
            try screen.waits(for: "class loss", "finished")
            try leave()
        }

        @Test("The configuration's keys and theme count; what is wrong is said in one line and the rest counts; emolab keys prints them")
        func configuration() throws {
            let screen = try TmuxScreen(100, 30, in: finishedHome())
            let before = try screen.modes()
            let home = screen.home
            try home.write(
                "config/emolab/config.toml", "theme = \"mine\"\n[keys]\n\"curves.logarithmic\" = \"F4\"\n\"train.pause\" = \"q\"\n")
            try home.write("config/emolab/themes/mine.toml", "inherits = \"light\"\ntext = \"#123456\"\n")
            try screen.enter("COLORTERM= emolab --colors 256")
            try screen.waits(for: "config.toml:4: q is quit everywhere; train.pause keeps its key", "class loss")
            try screen.press("F4")
            try screen.waits(for: "log", "class loss", "F4 log")
            try screen.press("q")
            try screen.expectUsable(as: before)

            let keys = try home.emolab("keys")
            #expect(keys.status == 1 && keys.errors.contains("config.toml:4"))
            #expect(keys.output.contains(try Regex(#"(?m)^  F4 +curves\.logarithmic"#)))
            #expect(try home.emolab("keys", "--no-config").output.contains(try Regex(#"(?m)^  v +curves\.logarithmic"#)))
            let entries = try home.emolab("keys", "--json").lastJSON().array
            #expect(entries.contains { $0["command"].string == "train.pause" && $0["keys"].array.first?.string == "p" })
            #expect(try home.emolab("help", "keys").output.contains("Pause the shown run after its step"))
            #expect(try home.emolab("--once", "train", "--theme", "nobody").status == 2)
            #expect(try home.emolab("--once", "train", "--theme", "tritanopia", "--output", home.file("x.svg").path).status == 0)
            #expect(try String(contentsOf: home.file("x.svg"), encoding: .utf8).lowercased().contains("#3fd0d4"))
        }

        @Test("Nothing is written to the terminal while nothing changes")
        func idle() throws {
            let screen = try TmuxScreen(120, 36, in: finishedHome())
            try screen.enter("emolab --pane train")
            try screen.waits(for: "class loss", "finished")
            let bytes = screen.home.file("bytes")
            try screen.tmux("pipe-pane", "cat > '\(bytes.path)'")
            Thread.sleep(forTimeInterval: 3)
            #expect((try? Data(contentsOf: bytes))?.count ?? 0 == 0)
            // The pipe does see what is written.
            try screen.press("l")
            try eventually("a key is answered") { (try? Data(contentsOf: bytes))?.count ?? 0 > 0 }
        }

        @Test("--accessible prints lines of words, and draws them in a terminal")
        func accessible() throws {
            let screen = try TmuxScreen(80, 24, in: finishedHome())
            let printed = try screen.home.emolab("--once", "corpora", "--accessible")
            #expect(printed.status == 0 && printed.output.contains("24 clips") && printed.output.contains("\n> "))
            #expect(
                !printed.output.unicodeScalars.contains { (0x2500...0x259F).contains($0.value) || (0x2800...0x28FF).contains($0.value) })
            try screen.enter("emolab --accessible --pane train")
            try screen.waits(for: "[", "class loss", "finished")
            #expect(try !screen.text.contains("╭"))
            try screen.press("1")
            try screen.waits(for: "> ", "24 clips")
        }

        /// A user whose store has one finished run.
        private func finishedHome() throws -> Home {
            let home = try Demo.newHome()
            try FileManager.default.copyItem(at: Demo.firstRun().finished, to: home.data)
            return home
        }
    }
}
