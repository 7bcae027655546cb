// Whatever corpora, stores and people's notes hold: nothing that a terminal would obey comes out of any command or pane.
import Corpora
import Foundation
import GRDB
import Inputs
import Records
import Runs
import Store
import Testing
import Training

extension EndToEnd {
    @Suite(.serialized) struct HostileTextTests {
        /// Clears the screen, sets the title and the clipboard, an 8-bit CSI, a bell, a backspace, line ends, DEL, NUL, text turned round, and a name without end.
        static let hostile =
            "\u{1B}[2J\u{1B}]0;owned\u{07}\u{1B}]52;c;ZWNobw==\u{07}\u{9B}31m\u{8}\r\n\t\u{7F}\u{90}q\u{9C}\u{202E}evil\u{2066}\u{200B}\u{FEFF}\u{2028}e\u{301}\u{301}漢👩‍👩‍👧"
        static let name = hostile + String(repeating: "x", count: 400)

        /// A home whose store holds such text wherever it may be.
        private static func home() throws -> Home {
            let home = try Home(), name = Self.name
            let store = try RunStore(at: home.store)
            let clips = (0..<4).map { number in
                Clip(
                    name: "\(number)\(name)", corpus: name, speaker: "\(number % 2)\(name)", emotion: number % 2 == 0 ? "fear" : name,
                    intensity: name, sentence: name, sex: name,
                    columns: [name: name], ratings: [name: 0.5], video: "/nowhere/\(name).mp4", audio: "/nowhere/\(name).wav", part: "train"
                )
            }
            let scan = CorpusScan(clips: clips, rejected: [RejectedFile(path: "/\(name)", reason: name)], leftOut: [name: 3])
            for corpus in ["plain", "studio"] { try store.addCorpus(name: corpus, format: name, folder: "/\(name)", scan: scan) }
            // No command takes such a name in; another program may have written it.
            try DatabaseQueue(path: home.store.path).write {
                try $0.execute(sql: "UPDATE corpora SET name = ? WHERE name = 'plain'", arguments: [name])
            }
            try store.recordPreparation(corpus: "studio", [ClipFinding(name: clips[0].name, status: .damaged, reason: name)])
            try store.setNote(name, corpus: "studio", clip: clips[0].name)
            try store.toggleTag(hostile, corpus: "studio", clip: clips[0].name)

            var experiment = Experiment.preset(.nano)
            experiment.name = name
            experiment.data.source = "studio"
            experiment.data.target = name
            experiment.report.row = name
            for isDone in [true, false] {
                let run = try store.createRun(name: name, experiment: isDone ? experiment.toml() : "name = \(name)", seed: 42)
                let recorder = RunRecorder(store: store, run: run)
                let plan = RunPlan(
                    stepsPerEpoch: 1, epochs: 1, batchSize: 1, task: LearningTask(classes: ["fear", name]), source: "studio", target: name,
                    samples: [.sourceTraining: 1, .sourceValidation: 1, .targetTraining: 1, .targetValidation: 1], split: name,
                    splitHash: name, series: [SeriesName.alpha, SeriesName.learningRate, Series(.term, name, of: name, unit: name)],
                    metrics: [
                        Metric(
                            MetricName.accuracy, of: "emotion", title: name, .higherIsBetter, from: 0, to: 1, baseline: .init(name, 0.5)),
                        Metric(name, of: "emotion", .lowerIsBetter, unit: name),
                    ],
                    schedules: [
                        PlannedSchedule(SeriesName.alpha, name: name, values: [0]),
                        PlannedSchedule(SeriesName.learningRate, name: name, values: [0.1]),
                    ],
                    adaptation: PlannedAdaptation(
                        method: name, aligns: true, hasDiscriminator: true, learnsFromTargetLabels: false, alternates: true),
                    parameters: 1, trainableParameters: 1)
                recorder.record(.started(plan))
                recorder.record(.message(level: .warning, text: name))
                func part(_ index: Int) -> Part { index < 2 ? .sourceValidation : .targetValidation }
                try store.recordSamples(
                    clips.enumerated().map { RunSample(part($0), clip: $1.name, speaker: name, truth: ["emotion": .label($0 % 2)]) },
                    run: run.id)
                recorder.record(
                    .answers(epoch: 1, clips.enumerated().map { Answer(part($0), clip: $1.name, outputs: ["emotion": [0.75, 0.25]]) }))
                let scores = [Part.sourceValidation, .targetValidation].map {
                    PartScores(
                        $0, samples: 2,
                        values: [MetricValue(MetricName.accuracy, of: "emotion", 0.5), MetricValue(name, of: "emotion", 0.7)],
                        confusions: ["emotion": [[1, 0], [1, 0]]])
                }
                recorder.record(.epoch(EpochRecord(epoch: 1, step: 1, scores: scores, isBest: true, seconds: 1)))
                recorder.record(.checkpoint(CheckpointRecord(kind: .best, epoch: 1, step: 1, file: name)))
                if isDone { recorder.record(.stopped(step: 1)) } else { recorder.record(.failed(name)) }
                try recorder.close()
            }
            return home
        }

        /// What a terminal might obey, beside line ends, tabs where they are `allowed`, and the escapes of colours in ANSI frames.
        private static func commands(in text: String, ansi: Bool = false) -> [String] {
            let text = ansi ? text.replacing(/\u{1B}\[[0-9;:]*m/, with: "") : text
            return text.unicodeScalars.filter { scalar in
                switch scalar.properties.generalCategory {
                case .control: scalar != "\n" && scalar != "\t"
                case .format, .lineSeparator, .paragraphSeparator: true
                default: false
                }
            }.map { "U+" + String($0.value, radix: 16) }
        }

        private func expectClean(_ home: Home, _ arguments: [String]) throws {
            let result = try RunningProgram(arguments, in: home).finish()
            let words = arguments.map { $0.prefix(20).debugDescription }.joined(separator: " ")
            #expect((0...2).contains(result.status), "\(words) ended with \(result.status)")
            #expect(Self.commands(in: result.output).isEmpty, "\(words) prints \(Set(Self.commands(in: result.output)).sorted())")
            #expect(Self.commands(in: result.errors).isEmpty, "\(words) tells \(Set(Self.commands(in: result.errors)).sorted())")
            #expect(result.output.utf8.count + result.errors.utf8.count > 0, "\(words) says nothing")
        }

        @Test("Every command that lists or shows something prints it without what a terminal obeys, as words and as JSON")
        func commands() throws {
            let home = try Self.home(), name = Self.name
            let commands = [
                ["runs", "list"], ["runs", "show", "1"], ["runs", "show", "2"], ["runs", "orders", "1"], ["corpora", "list"],
                ["corpora", "list", "studio"], ["corpora", "list", name],
                ["corpora", "split", "studio"], ["corpora", "notes"], ["corpora", "check", "studio"], ["labels"], ["report", name],
                ["report", "demo"], ["eval", "1"], ["doctor"],
                ["prepare", "studio"], ["weights"], ["alpha", name], ["train", name], ["explain", "1", name],
                ["predict", "1", "/nowhere/\(name)"], ["features", "/nowhere/\(name)"],
                ["corpora", "add", "/nowhere/\(name)"], ["corpora", "remove", name + "y"], [name], ["runs", "show", name],
            ]
            for command in commands {
                try expectClean(home, command)
                // Words that begin an option would be one.
                if command != [name] { try expectClean(home, command + ["--json"]) }
            }
            // JSON keeps the text as it is: to a program, not to a terminal.
            let list = try home.json("runs", "list", "--json")
            #expect(list.array.first?["name"].string == name)
        }

        @Test(
            "Every pane shows it without, as text, for screen readers and in colour",
            arguments: ["runs", "train", "adaptation", "corpora", "clip", "confusion", "errors", "parameters", "log"])
        func panes(pane: String) throws {
            let home = try Self.home()
            try expectClean(home, ["--once", pane, "--size", "160x40"])
            try expectClean(home, ["--once", pane, "--accessible"])
            for ending in ["ansi", "svg"] {
                let file = home.file("frame.\(ending)")
                let result = try home.emolab("--once", pane, "--size", "160x40", "--output", file.path)
                let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
                #expect(
                    result.status == 0 && Self.commands(in: text, ansi: ending == "ansi").isEmpty,
                    "\(Set(Self.commands(in: text, ansi: ending == "ansi")))")
            }
        }
    }
}
