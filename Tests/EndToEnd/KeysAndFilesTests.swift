// Text fields, exports and the user's own files as a person meets them: the built program.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct KeysAndFilesTests {
        private func finishedHome() throws -> Home {
            let home = try Demo.newHome()
            try FileManager.default.copyItem(at: Demo.firstRun().finished, to: home.data)
            return home
        }

        @Test("In a terminal Del, the arrows and a bracketed paste edit the filter where the caret is, and leave the terminal as it was")
        func typing() throws {
            let screen = try TmuxScreen(100, 30, in: finishedHome())
            let before = try screen.modes()
            try screen.enter("emolab --pane corpora")
            try screen.waits(for: "24 clips")
            try screen.press("/")
            try screen.tmux("send-keys", "-l", "xcrowd")
            try screen.press("Home", "DC")
            try screen.waits(for: "/crowd", "12 of 24")
            // tmux brackets what it pastes where the program asked for it. A line's end and a `q` of the text are no keys.
            try screen.tmux("set-buffer", " sad\nq")
            try screen.press("End")
            try screen.tmux("paste-buffer", "-p")
            try screen.waits(for: "/crowd sad q")
            try screen.press("C-u")
            try screen.waits(for: "24 clips")
            try screen.press("Escape")
            try screen.tmux("set-buffer", "q")
            try screen.tmux("paste-buffer", "-p")
            try screen.waits(for: "text is pasted into a field")
            try screen.press("q")
            try screen.expectUsable(as: before)
        }

        @Test("Every number that a pane exports as CSV is one to a program, and so is every number of eval and predict")
        func exports() throws {
            let home = try finishedHome()
            // Clip's answer and the comparison are worked out while the script waits for what it expects.
            let keys =
                "size 120x36\n" + (1...9).map { "\($0)\nwait 1\ne\nc\nexpect written\n" }.joined()
                + "6\nb\ne\nc\nexpect written\n7\nb\ne\nc\nexpect written\n"
            let played = try home.emolab("--play", home.write("export.keys", keys))
            #expect(played.status == 0, "\(played.errors)\n\(played.output)")
            #expect(try home.emolab("eval", "1", "--bootstrap", "20", "--csv", "eval.csv").status == 0)
            let clip = Demo.firstRunClip
            #expect(try home.emolab("predict", "1", clip, "--csv", "predict.csv").status == 0)
            let words: Set<String> = [
                "clip", "corpus", "sex", "emotion", "intensity", "sentence", "split", "prediction", "curve", "finding", "meaning", "domain",
                "truth", "predicted",
                "class", "is", "flag", "raters", "tags", "note", "state", "experiment", "metric", "target_labels_used_for", "key", "value",
                "default",
                "parent", "unit",
                "range", "effect", "help", "time", "level", "from", "text", "group", "mostly", "started", "part", "table", "measure",
                "file", "remarks", "error",
            ]
            let files = try FileManager.default.contentsOfDirectory(atPath: home.folder.path).filter { $0.hasSuffix(".csv") }.sorted()
            #expect(files.count == 13, "\(files)")
            for file in files {
                let isParameters = file.contains("parameters")
                let rows = Self.rows(try String(contentsOf: home.file(file), encoding: .utf8))
                let header = try #require(rows.first)
                #expect(rows.count > 1 && rows.allSatisfy { $0.count == header.count }, "\(file)")
                for row in rows.dropFirst() {
                    for (heading, field) in zip(header, row)
                    where !field.isEmpty && !isParameters && (!words.contains(heading) || heading == "value") {
                        #expect(Double(field) != nil && !field.hasPrefix("."), "\(file), \(heading): \(field)")
                    }
                    if let time = header.firstIndex(of: file.contains("log") ? "time" : "started"), !row[time].isEmpty {
                        #expect(row[time].wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil, "\(file): \(row[time])")
                    }
                }
            }
        }

        /// Fields of RFC 4180.
        private static func rows(_ text: String) -> [[String]] {
            var rows: [[String]] = [], row: [String] = [], field = "", isQuoted = false
            for scalar in text.unicodeScalars where scalar != "\r" {
                switch scalar {
                case "\"": isQuoted.toggle()
                case "," where !isQuoted: (row, field) = (row + [field], "")
                case "\n" where !isQuoted:
                    rows.append(row + [field])
                    (row, field) = ([], "")
                default: field.unicodeScalars.append(scalar)
                }
            }
            return rows
        }

        @Test(
            "A broken theme and a broken file of labels cost only themselves: keys, doctor and the Log name every problem, the chosen theme's first"
        )
        func broken() throws {
            let home = try finishedHome()
            try home.write("config/emolab/themes/a.toml", "source = 3\n")
            try home.write("config/emolab/themes/half.toml", "inherits = \"dark\"\nsauce = \"#ffffff\"\n")
            try home.write("config/emolab/labels/bad.toml", "[spaces.mine]\nlabels = [\n")
            try home.write("config/emolab/config.toml", "theme = \"half\"\nmouse = 3\n")
            let keys = try home.emolab("keys")
            let lines = keys.errors.split(separator: "\n").map(String.init)
            #expect(
                keys.status == 1 && lines.count == 3 && lines[0].contains("themes/half.toml:2") && lines[1].contains("config.toml:2")
                    && lines[2].contains("themes/a.toml:1"), "\(lines)")
            let doctor = try home.emolab("doctor", "--no-measure")
            #expect(
                doctor.status == 0
                    && ["themes/half.toml:2", "themes/a.toml:1", "config.toml:2", "labels/bad.toml"].allSatisfy(doctor.output.contains),
                "\(doctor.output)")
            let screen = try TmuxScreen(120, 30, in: home)
            try screen.enter("emolab --pane log")
            try screen.waits(for: "themes/half.toml:2", "config.toml:2", "themes/a.toml:1", "and 2 more")
            try screen.press("T")
            try screen.waits(for: "✗ half", "✗ a")
            try screen.press("Escape", "q")

            // Labels: what the run asks for is built in.
            let list = try home.emolab("labels", "list")
            #expect(list.status == 0 && list.errors.contains("bad.toml") && list.output.contains("six"))
            #expect(try home.emolab("eval", "1", "--bootstrap", "0").status == 0)
            #expect(try home.emolab("labels", "show", "six").status == 0)
            let mine = try home.emolab("labels", "show", "mine")
            #expect(mine.status == 1 && mine.errors.contains("bad.toml"), "\(mine.errors)")
            try home.write("config/emolab/config.toml", "theme = \"nosuch\"\nmouse = 3\n")
            #expect(
                try home.emolab("keys").errors.split(separator: "\n").first?.contains("config.toml:1: there is no theme nosuch") == true)
        }
    }
}

extension Demo {
    /// The path of one clip of the demo corpora.
    static var firstRunClip: String {
        let folder = (try? firstRun())?.corpora.path ?? ""
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return folder + "/" + (names.filter { $0.hasSuffix(".mp4") || $0.hasSuffix(".flv") }.min() ?? "")
    }
}
