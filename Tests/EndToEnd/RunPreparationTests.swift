// A run knows how its clips were prepared: detectors that come, go and change meanwhile change no answer without a word.
import Faces
import Foundation
import GRDB
import Records
import Runs
import Store
import TensorFiles
import Tensors
import Testing
import Training

extension EndToEnd {
    @Suite(.serialized) struct RunPreparationTests {
        /// Weights that take every spot for a face: crops that are no centred squares, without a download.
        private static func install(_ home: Home, probability: Float = 4) throws {
            let tensors = MtcnnWeights.shapes.map { name, shape in
                let count = shape.reduce(1, *), says = ["pnet.conv4_1.bias", "rnet.dense5_1.bias", "onet.dense6_1.bias"].contains(name)
                return (name, Tensor(says ? [0, probability] : [Float](repeating: 0, count: count), shape: shape))
            }
            try Safetensors(Dictionary(uniqueKeysWithValues: tensors), metadata: ["source": "a test"]).write(to: weights(home))
        }

        private static func weights(_ home: Home) throws -> URL {
            let folder = home.data.appendingPathComponent("emolab/weights", isDirectory: true)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            return folder.appendingPathComponent("mtcnn.safetensors")
        }

        /// Every command that uses a run, by its answer, without times and paths.
        private static func uses(_ run: String, of clip: String, file: String) -> [(
            name: String, arguments: [String], answer: @Sendable (JSON) -> JSON
        )] {
            [
                ("predict", ["predict", run, file, "--json"], { $0["probabilities"] }),
                (
                    "predict --windows", ["predict", run, file, "--windows", "1", "--hop", "1", "--json"],
                    { .list($0["windows"].array.map { $0["probabilities"] }) }
                ),
                ("eval", ["eval", run, "--bootstrap", "0", "--json"], { $0["evaluation"] }),
                ("explain", ["explain", run, clip, "--no-occlusion", "--json"], { $0["probabilities"] }),
                (
                    "robustness", ["robustness", run, "--kinds", "blur", "--levels", "2", "--most", "2", "--bootstrap", "0", "--json"],
                    { $0["robustness"] }
                ),
            ]
        }

        /// A clip of the run's corpora with sound and picture in one file.
        private static func clip(_ home: Home) throws -> (name: String, file: String) {
            let store = try RunStore(at: home.store)
            for one in try #require(try store.bestAnswers(run: 1)).answers where one.sample.part.domain == .source {
                if let clip = try store.clip(corpus: "studio", name: one.sample.clip), let file = clip.video, clip.video == clip.audio {
                    return (clip.name, file)
                }
            }
            throw Program.Failure(description: "no clip of one file")
        }

        @Test(
            "A run that was trained on squares answers the same, and says so, when the detector is installed: predict, eval, explain, robustness, Clip, previews, resume"
        )
        func squaresThenDetector() throws {
            let (plain, installed) = (try PredictTests.homeWithRun(), try PredictTests.homeWithRun())
            try Self.install(installed)
            let (name, file) = try Self.clip(plain)
            for (command, arguments, answer) in Self.uses("1", of: name, file: file) {
                let (before, after) = (
                    try RunningProgram(arguments, in: plain).finish(), try RunningProgram(arguments, in: installed).finish()
                )
                #expect(before.status == 0 && after.status == 0, "\(command): \(before.errors)\(after.errors)")
                let (old, new) = (try before.lastJSON(), try after.lastJSON())
                #expect(answer(old) == answer(new) && answer(old) != .null, "\(command)")
                let warnings = (command.hasSuffix("windows") ? new["windows"][0]["warnings"] : new["warnings"]).array.compactMap(\.string)
                #expect(
                    warnings.contains {
                        $0.contains("faces are centred squares: the run was trained on them") && $0.contains("installed now")
                    }, "\(command): \(warnings)")
            }
            let told = try installed.emolab("predict", "1", file)
            #expect(told.status == 0 && told.errors.components(separatedBy: "faces are centred squares").count == 2, "\(told.errors)")

            for pane in ["clip", "corpora"] {
                let frames = try [plain, installed].map { try $0.emolab("--once", pane, "--size", "160x50") }
                #expect(frames[0].output == frames[1].output && frames[0].status == 0, "\(pane)\n\(frames[0].output)\(frames[1].output)")
                if pane == "clip" { #expect(frames[1].output.contains("centred squares, as in training")) }
            }

            let resumed = try [plain, installed].map { try $0.emolab("train", "--resume", "1", "--set", "training.epochs=3", "--json") }
            #expect(resumed.allSatisfy { $0.status == 0 }, "\(resumed.map(\.errors))")
            #expect(resumed[1].output.contains("faces are centred squares: the run was trained on them"))
            let stores = try [plain, installed].map { try RunStore(at: $0.store) }
            #expect(try stores[0].latestAnswers(run: 1) == stores[1].latestAnswers(run: 1))
            let files = try stores.map {
                try Safetensors(contentsOf: $0.runFolder(of: try #require(try $0.summary(of: 1))).appendingPathComponent(RunFiles.last))
            }
            #expect(files[0].entries == files[1].entries)
            for name in files[0].entries.keys { #expect(files[0][name]?.values == files[1][name]?.values, "\(name)") }
        }

        @Test(
            "A run that was trained with the detector is refused without its weights and with others, with what to do; with them back it answers as before"
        )
        func detectorThenNone() throws {
            let home = try PredictTests.homeWithRun()
            try Self.install(home)
            let made = try home.emolab("train", "demo", "--set", "training.epochs=1", "--set", "inputs.faces.minimum_face=100", "--json")
            #expect(made.status == 0, "\(made.errors)")
            let shown = try home.emolab("runs", "show", "2")
            #expect(shown.output.contains("faces: mtcnn (weights "), "\(shown.output)")
            #expect(
                try home.emolab("runs", "show", "1").output.contains(
                    "faces: centred squares (mtcnn was asked for, its weights were missing)"))
            let (name, file) = try Self.clip(home)
            let uses = Self.uses("2", of: name, file: file)
            let answers = try uses.map { use in
                let result = try RunningProgram(use.arguments, in: home).finish()
                #expect(result.status == 0, "\(use.name): \(result.errors)")
                let line = try result.lastJSON()
                #expect(
                    (use.name == "predict --windows" ? line["windows"][0] : line)["warnings"].array.allSatisfy {
                        $0.string?.contains("squares") != true
                    }, "\(use.name)")
                return use.answer(line)
            }
            let resume = ["train", "--resume", "2", "--set", "training.epochs=2", "--json"]
            let frame = try home.emolab("--once", "clip", "--size", "160x50")
            let chooser = [
                "train", "demo", "--set", "training.epochs=1", "--set", "adaptation.subset=uncertainty", "--set",
                "adaptation.subset_model=run:2",
                "--set", "inputs.faces.minimum_face=100", "--json",
            ]

            let weights = try Self.weights(home), kept = home.file("kept.safetensors")
            try FileManager.default.moveItem(at: weights, to: kept)
            for arguments in uses.map(\.arguments) + [resume] {
                let result = try RunningProgram(arguments, in: home).finish()
                #expect(result.status == 1 && result.output.isEmpty, "\(arguments): \(result.output)")
                #expect(
                    result.errors.contains("emolab weights import-mtcnn FILE") && result.errors.contains(weights.path),
                    "\(arguments): \(result.errors)")
            }
            // What lies in the cache is the run's own; a clip that does not is not shown as another.
            #expect(try home.emolab("--once", "clip", "--size", "160x50").output == frame.output)
            let chosen = try RunningProgram(chooser, in: home).finish()
            #expect(chosen.status == 1 && chosen.errors.contains("prepared otherwise than its own"), "\(chosen.errors)")
            #expect(try home.json("runs", "list", "--json").array.count == 2, "a run whose chooser is of no use is not begun")

            try Self.install(home, probability: 5)
            for arguments in uses.map(\.arguments) + [resume] {
                let result = try RunningProgram(arguments, in: home).finish()
                #expect(result.status == 1 && result.errors.contains("holds the weights"), "\(arguments): \(result.errors)")
            }
            #expect(
                try home.json("runs", "show", "2", "--json")["run"]["summary"]["attempt"].int == 1, "a run that is refused is not touched")

            try FileManager.default.removeItem(at: weights)
            try FileManager.default.moveItem(at: kept, to: weights)
            for (use, answer) in zip(uses, answers) {
                #expect(try use.answer(RunningProgram(use.arguments, in: home).finish().lastJSON()) == answer, "\(use.name)")
            }
            #expect(try RunningProgram(resume, in: home).finish().status == 0)
            // Squares and faces make no row together.
            let child = try home.emolab(
                "train", "--parent", "1", "--set", "training.epochs=1", "--set", "inputs.faces.minimum_face=100", "--json")
            #expect(
                child.status == 0
                    && child.output.contains("faces: centred squares (mtcnn was asked for, its weights were missing) → mtcnn"),
                "\(child.output)")
        }

        @Test("A model of audio only does not mind what finds faces")
        func audioOnly() throws {
            let home = try Demo.homeWithCorpora()
            let made = try home.emolab(
                "train", "demo-audio-only", "--set", "training.epochs=1", "--set", "inputs.faces.minimum_face=100", "--json")
            #expect(made.status == 0 && !made.output.contains("centred squares"), "\(made.errors)")
            try Self.install(home)
            let first = try home.json("eval", "1", "--bootstrap", "0", "--json")
            try Data("damaged".utf8).write(to: Self.weights(home))
            #expect(try home.json("eval", "1", "--bootstrap", "0", "--json") == first && first["warnings"].array.isEmpty)
            #expect(try home.emolab("train", "--resume", "1", "--set", "training.epochs=2").status == 0)
        }
    }
}
