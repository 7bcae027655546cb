// What a run says of labels that are not there: a target without any is what adaptation is for; a class without a clip is named before the first step.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct MissingLabelTests {
        private static let classes = ["anger", "disgust", "fear", "happy", "neutral", "sad"]
        private static let epochs = ["--set", "training.epochs=1"]
        private static let adapting = ["demo", "--set", "model.modalities=audio"] + epochs

        /// Tones of 0.8 s, five speakers of six clips; an empty label leaves the field empty, no label at all leaves the column out.
        private func add(_ name: String, in home: Home, label: (Int) -> String?) throws {
            let folder = home.folder.appendingPathComponent("corpora/\(name)", isDirectory: true)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let hasLabels = label(0) != nil
            var rows = hasLabels ? ["path,label,speaker"] : ["path,speaker"]
            for index in 0..<30 {
                try Self.tone(220 + 70 * Double(index % 6)).write(to: folder.appendingPathComponent("k\(index).wav"))
                rows.append((["k\(index).wav"] + (hasLabels ? [label(index) ?? ""] : []) + ["\(name)\(index / 6)"]).joined(separator: ","))
            }
            try Data(rows.joined(separator: "\n").utf8).write(to: folder.appendingPathComponent("clips.csv"))
            _ = try home.json("corpora", "add", folder.path, "--name", name, "--json")
        }

        private static func tone(_ hertz: Double) -> Data {
            let rate = 8000, samples = 6400
            var data = Data()
            func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
            data += Data("RIFF".utf8)
            append(UInt32(36 + samples * 2))
            data += Data("WAVEfmt ".utf8)
            append(UInt32(16)); append(UInt16(1)); append(UInt16(1))
            append(UInt32(rate)); append(UInt32(rate * 2)); append(UInt16(2)); append(UInt16(16))
            data += Data("data".utf8)
            append(UInt32(samples * 2))
            for index in 0..<samples {
                let envelope = 0.5 - 0.5 * cos(2 * .pi * Double(index) / Double(samples - 1))
                append(Int16(16000 * envelope * sin(2 * .pi * hertz * Double(index) / Double(rate))))
            }
            return data
        }

        private func messages(_ events: [JSON]) -> [String] {
            events.filter { $0["event"].string == "message" }.compactMap { $0["text"].string }
        }

        @Test("A target without any label trains; its scores are not known, in every command and pane")
        func noLabels() throws {
            let home = try Home()
            try add("all", in: home) { Self.classes[$0 % 6] }
            try add("bare", in: home) { _ in nil }
            let corpora = ["--set", "data.source=all", "--set", "data.target=bare"]
            let run = try RunningProgram(["train"] + Self.adapting + corpora + ["--json"], in: home).finish()
            #expect(run.status == 0)
            let events = try run.json(), last = try #require(events.last)
            #expect(messages(events).contains { $0.contains("none of its 30 clips has a label") })
            let plan = try #require(events.first { $0["event"].string == "started" })["plan"]
            #expect(plan["samples"]["targetTraining"].int == 24 && plan["samples"]["targetValidation"].int == 6)
            #expect(last["event"].string == "finished" && last.part("targetValidation")["samples"].int == 6)
            #expect(last.part("sourceValidation").metric("accuracy").double != nil)
            #expect(last.part("targetValidation").metric("accuracy").double == nil)
            let target = try #require(events.first { $0["event"].string == "epoch" })["epoch"].part("targetValidation")
            #expect(target.metric("entropy").double != nil, "scores without labels are known")

            let evaluation = try home.json("eval", "1", "--bootstrap", "0", "--json")["evaluation"]
            #expect(evaluation["targetUnlabelled"].int == 6 && evaluation["source"]["clips"].int == 6)
            #expect(evaluation["proxyDistance"]["distance"].double != nil)
            #expect(
                try RunningProgram(["eval", "1", "--bootstrap", "0"], in: home).finish().errors.contains(
                    "bare: none of its 6 validation clips has a label: its scores are not known"))
            #expect(
                try RunningProgram(["runs", "show", "1"], in: home).finish().output.contains(
                    "target not known: none of 6 clips has a label"))
            #expect(
                try RunningProgram(["explain", "1", "--wrong", "1"], in: home).finish().errors.contains(
                    "no target clip of run 1 has a label"))
            #expect(
                try RunningProgram(["--once", "errors"], in: home).finish().output.contains("Errors are not known: no clip has a label"))
            #expect(try RunningProgram(["--once", "confusion"], in: home).finish().output.contains("target bare: not known"))
            #expect(try RunningProgram(["--once", "adaptation"], in: home).finish().output.contains("no target clip has a label"))

            for (setting, word) in [
                ("training.selection=oracle", "training.selection"), ("adaptation.method=supervised", "adaptation.method"),
                ("adaptation.subset=stratified", "adaptation.subset"),
            ] {
                let refused = try RunningProgram(["train"] + Self.adapting + corpora + ["--set", setting], in: home).finish()
                #expect(
                    refused.status == 1 && refused.errors.contains(word) && refused.errors.contains("reads labels of the target"),
                    "\(setting)")
            }
            let source = try RunningProgram(
                ["train"] + Self.adapting + ["--set", "data.source=bare", "--set", "data.target=all"], in: home
            ).finish()
            #expect(source.status == 1 && source.errors.contains("a source needs labels"))
        }

        @Test("Of a partly labelled target all clips take part, and the scores are of the labelled ones")
        func someLabels() throws {
            let home = try Home()
            try add("all", in: home) { Self.classes[$0 % 6] }
            try add("some", in: home) { $0 % 2 == 0 ? Self.classes[$0 % 6] : "" }
            let corpora = ["--set", "data.source=all", "--set", "data.target=some"]
            let events = try RunningProgram(["train"] + Self.adapting + corpora + ["--json"], in: home).finish().json(),
                last = try #require(events.last)
            #expect(
                messages(events).contains {
                    $0.contains("15 of its 30 clips have no label") && $0.contains("of the 3 labelled validation clips")
                })
            let target = last.part("targetValidation")
            #expect(target["samples"].int == 6 && target.metric("accuracy").double != nil)
            #expect(target.confusion.array.flatMap(\.array).reduce(0) { $0 + ($1.int ?? 0) } == 3)
            #expect(try RunningProgram(["runs", "show", "1"], in: home).finish().output.contains("on 3 labelled of 6 clips"))
            let evaluation = try home.json("eval", "1", "--bootstrap", "0", "--json")["evaluation"]
            #expect(evaluation["targetUnlabelled"].int == 3 && evaluation["target"]["clips"].int == 3)
            // An upper bound learns from the labelled ones alone.
            let bound = try RunningProgram(
                ["train"] + Self.adapting + corpora + ["--set", "adaptation.method=supervised", "--json"], in: home
            ).finish().json()
            #expect(bound.first { $0["event"].string == "started" }?["plan"]["samples"]["targetTraining"].int == 12)
            #expect(bound.last?["event"].string == "finished")
        }

        @Test(
            "A class without a training clip, a single class, a target smaller than a batch: named before the first step, and nothing where all is there"
        )
        func missingClasses() throws {
            let home = try Home()
            try add("all", in: home) { Self.classes[$0 % 6] }
            try add("nodisgust", in: home) { Self.classes[$0 % 6].replacingOccurrences(of: "disgust", with: "anger") }
            try add("onlysad", in: home) { _ in "sad" }
            func told(_ source: String, _ target: String, _ more: String...) throws -> [String] {
                let events = try RunningProgram(
                    ["train"] + Self.adapting + ["--set", "data.source=\(source)", "--set", "data.target=\(target)", "--json"]
                        + more.flatMap { ["--set", $0] }, in: home
                ).finish().json()
                let first = events.firstIndex { $0["event"].string == "epoch" } ?? events.endIndex
                return messages(Array(events[..<first]))
            }
            #expect(try told("nodisgust", "all").contains { $0.contains("nodisgust, source: no training clip is disgust") })
            #expect(
                try told("onlysad", "all").contains {
                    $0.contains("all of them are sad") && $0.contains("anger, disgust, fear, happy or neutral")
                })
            #expect(try told("all", "nodisgust").contains { $0.contains("nodisgust, target: no clip is disgust") })
            #expect(try told("all", "all", "training.batch=32").contains { $0.contains("24 training clips are fewer than a batch of 32") })
            let clean = try told("all", "nodisgust")
            #expect(!clean.contains { $0.contains(", source:") || $0.contains("fewer than a batch") })
        }
    }
}
