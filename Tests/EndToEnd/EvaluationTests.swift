// `emolab eval` and `emolab robustness` on runs of the demo corpora.
import Foundation
import Metrics
import Records
import Runs
import Store
import TensorFiles
import Tensors
import Testing
import Training

extension EndToEnd {
    @Suite(.serialized) struct EvaluationTests {
        /// A user with a demo run that keeps a test part and was chosen without labels.
        private static func trained() throws -> Home { try shared.get() }

        private static let shared = Swift.Result {
            let home = try Demo.homeWithCorpora()
            let run = try home.emolab(
                "train", "demo", "--json", "--set", "training.epochs=2", "--set", "training.seeds=[42]", "--set", "data.nested=true",
                "--set", "data.validation_share=0.5", "--set", "training.selection=infomax")
            guard run.status == 0 else { throw Program.Failure(description: run.errors) }
            return home
        }

        @Test("A run tells its label-free scores each epoch, names what chose it, and keeps test figures apart")
        func selection() throws {
            let home = try Self.trained()
            let shown = try home.json("runs", "show", "1", "--json")
            let epochs = shown["epochs"].array
            #expect(epochs.count == 2)
            for epoch in epochs {
                for score in ["entropy", "infomax", "snd"] {
                    #expect(epoch.part("targetValidation").metric(score).double != nil, "\(score)")
                }
            }
            #expect(shown["run"]["summary"]["selection"].string == "infomax")
            let best = epochs.max { a, b in
                func value(_ epoch: JSON) -> Double { epoch.part("targetValidation").metric("infomax").double ?? 0 }
                return value(a) < value(b)
            }
            #expect(best?["epoch"] == shown["run"]["finalReport"]["bestEpoch"])
            #expect(shown["run"]["finalReport"]["selection"].string == "infomax")
            let text = try home.emolab("runs", "show", "1").output
            #expect(text.contains("infomax ↑") && text.contains("entropy ↓") && text.contains("chosen by mutual information"))
            #expect(text.contains("\nvalidation: source ") && text.contains("\ntest: source "))
            let list = try home.emolab("runs").output
            #expect(list.contains("infomax") && list.contains("validation clips") && list.contains("test: "))
            let row = try home.json("runs", "--json")[0]
            #expect(
                row["scores"]["targetTest"]["accuracy"].double == shown["run"]["finalReport"].part("targetTest").metric("accuracy").double)
        }

        @Test("The oracle is named in its warning, its last line, the list and the evaluation")
        func oracle() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.emolab(
                "train", "demo", "--set", "training.epochs=1", "--set", "training.seeds=[1]", "--set", "training.selection=oracle")
            #expect(run.status == 0 && run.errors.contains("oracle") && run.output.contains("chosen by target validation labels (oracle)"))
            #expect(run.output.contains("no test part"))
            #expect(try home.emolab("runs").output.contains("oracle: "))
            let again = try home.emolab(
                "train", "demo", "--json", "--set", "training.epochs=1", "--set", "training.seeds=[1]", "--set", "training.selection=oracle"
            )
            let last = try again.lastJSON()
            #expect(
                last["selection"].string == "oracle"
                    && last["scores"].array.map { $0["part"].string } == ["sourceValidation", "targetValidation"])
            #expect(try home.emolab("eval", "1", "--bootstrap", "0").output.contains("(oracle)"))
        }

        @Test("Evaluation agrees with what training told of the same clips, is stored, and is written as a table")
        func evaluation() throws {
            let home = try Self.trained()
            let file = home.file("figures.csv").path
            let json = try home.json("eval", "1", "--json", "--by", "sex", "--by", "age", "--csv", file)
            let report = json["evaluation"], final = try home.json("runs", "show", "1", "--json")["run"]["finalReport"]
            for domain in ["source", "target"] {
                let told = final.part(domain + "Validation")
                #expect(report[domain]["accuracy"]["value"] == told.metric("accuracy"))
                #expect(report[domain]["confusion"] == told.confusion)
                #expect(report[domain]["groups"].array.first?["column"].string == "sex")
                let low = report[domain]["accuracy"]["low"].double ?? 2, high = report[domain]["accuracy"]["high"].double ?? -1
                #expect(low <= high && low >= 0 && high <= 1)
                #expect(report[domain]["calibration"]["bins"].array.count == 15)
            }
            #expect(report["discriminator"]["balancedAccuracy"].double != nil)
            let test = try home.json("eval", "1", "--json", "--part", "test")["evaluation"]
            #expect(test["target"]["accuracy"]["value"] == final.part("targetTest").metric("accuracy") && test["part"].string == "test")
            let rows = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            #expect(
                rows[0] == "part,domain,corpus,table,group,measure,value,low,high"
                    && rows.contains { $0.hasPrefix("validation,target,crowd,age,") })
            #expect(rows.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 9 })
            let both = try home.emolab("eval", "1", "--by", "sex", "--by", "age", "--csv", "/dev/stdout")
            #expect(
                try both.status == 0 && both.output == String(contentsOfFile: file, encoding: .utf8),
                "a table on standard output stands alone")
            // A run's folder is as good as its number, and the same every time.
            let folder = home.runs.appendingPathComponent("0001-demo-42").path
            #expect(try home.json("eval", folder, "--json", "--by", "sex", "--by", "age") == json)
            let store = try home.json("eval", "1", "--json", "--resample", "speaker", "--bins", "adaptive", "--by", "vote")
            #expect(
                store["evaluation"]["bootstrap"]["unit"].string == "speaker"
                    && store["evaluation"]["source"]["calibration"]["binning"].string == "adaptive")
        }

        @Test("A run whose sound is normalised over speakers is evaluated, put under noise and explained as it was trained")
        func speakers() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.emolab(
                "train", "demo", "--json", "--set", "training.epochs=1", "--set", "training.seeds=[42]", "--set", "inputs.normalise=speaker"
            )
            #expect(run.status == 0, "\(run.errors)")
            let said = try run.json().compactMap { $0["text"].string }.filter { $0.contains("no label is read") }
            #expect(said.count == 1 && said[0].contains("speakers"))
            let final = try home.json("runs", "show", "1", "--json")["run"]["finalReport"]
            let report = try home.json("eval", "1", "--json", "--bootstrap", "0")["evaluation"]
            let noise = try home.json("robustness", "1", "--json", "--kinds", "white", "--levels", "20", "--bootstrap", "0")
            #expect(noise["robustness"]["rows"].array.count == 2)
            for domain in ["source", "target"] {
                let told = final.part(domain + "Validation")
                #expect(report[domain]["confusion"] == told.confusion)
                #expect(noise["robustness"]["rows"][0][domain]["accuracy"]["value"] == told.metric("accuracy"))
            }
            // Nobody of that corpus is known as a target: it is measured.
            #expect(
                try home.json("eval", "1", "--json", "--bootstrap", "0", "--target", "studio")["evaluation"]["target"]["clips"].int != nil)
            let answers = try #require(try RunStore(at: home.store).bestAnswers(run: 1)).answers
            for domain in [Domain.source, .target] {
                let one = try #require(answers.first { $0.sample.part.domain == domain })
                let why = try home.json("explain", "1", one.sample.clip, "--json", "--no-occlusion")
                let probabilities = why["probabilities"].array.compactMap(\.double)
                #expect(
                    probabilities.count == 6 && zip(probabilities, one.outputs["emotion"] ?? []).allSatisfy { abs($0 - Double($1)) < 1e-3 })
            }
        }

        @Test("No line of an evaluation's or a robustness table is wider than 80 columns")
        func width() throws {
            let home = try Self.trained()
            for command in [["eval", "1", "--by", "speaker"], ["robustness", "1", "--bootstrap", "100"]] {
                let result = try RunningProgram(command, in: home).finish()
                #expect(result.status == 0, "\(result.errors)")
                for line in result.lines { #expect(line.count <= 80 || line.contains("best epoch"), "\(line)") }
            }
        }

        @Test(
            "Wrong runs, parts and columns are said with what to do",
            arguments: [
                (["eval", "99"], 1, "no run 99"), (["eval", "nowhere"], 1, "neither the number of a run"),
                (["predict", "nowhere", "a.mp4"], 1, "neither the number of a run"),
                (["explain", "nowhere", "a.mp4"], 1, "neither the number of a run"),
                (["eval", "1", "--by", "sexx"], 2, "did you mean sex?"),
                (["eval", "1", "--target", "nobody"], 1, "no corpus named nobody"),
                (["eval", "1", "--part", "tset"], 2, "part"), (["eval", "1", "--bootstrap", "-1"], 2, "bootstrap"),
                (["robustness", "1", "--kinds", "whit"], 2, "did you mean white?"),
                (["robustness", "1", "--levels", "5"], 2, "single kind"),
                (["robustness", "1", "--kinds", "dropped", "--levels", "2"], 2, "no level of dropped"),
                (["robustness", "99"], 1, "no run 99"),
                (["robustness", "1", "--figure", "a.pdf"], 2, ".png or .svg"),
            ])
        func mistakes(command: [String], status: Int32, words: String) throws {
            let result = try RunningProgram(command, in: try Self.trained()).finish()
            #expect(result.status == status && result.errors.contains(words) && result.output.isEmpty, "\(result.status): \(result.errors)")
        }

        @Test("A weights file that is damaged, or of something else, is refused in words")
        func damagedWeights() throws {
            let home = try Self.trained()
            let whole = try Data(contentsOf: home.runs.appendingPathComponent("0001-demo-42/best.safetensors"))
            let file = home.file("cut.safetensors")
            for length in [0, 7, 100, whole.count / 2, whole.count - 1] {
                try whole.prefix(length).write(to: file)
                for command in ["eval", "robustness"] {
                    let result = try home.emolab(command, file.path)
                    #expect(result.status == 1 && result.errors.hasPrefix("emolab: "), "\(length): \(result.errors)")
                }
            }
        }

        @Test(
            "Weights that are no numbers are told by the first name, in words and as JSON, by every command that asks a model",
            arguments: [Float.nan, .infinity])
        func weightsWithoutNumbers(value: Float) throws {
            let home = try Self.trained()
            var weights = try Safetensors(contentsOf: home.runs.appendingPathComponent("0001-demo-42/best.safetensors"))
            let names = weights.entries.keys.filter { $0.hasSuffix(".bias") }.sorted()
            for name in names.prefix(2) {
                let tensor = try #require(weights[name])
                var values = tensor.values
                values[1] = value
                weights[name] = Tensor(values, shape: tensor.shape)
            }
            try weights.write(to: home.file("odd.safetensors"))
            let words = "odd.safetensors: weights are not all numbers: '\(names[0])' (1 of "
            let crowd = try Demo.firstRun().corpora.appendingPathComponent("crowd")
            let film = try #require(try FileManager.default.subpathsOfDirectory(atPath: crowd.path).sorted().first { $0.hasSuffix(".flv") })
            let clip = crowd.appendingPathComponent(film).path
            for command in [
                ["predict", "odd.safetensors", clip], ["eval", "odd.safetensors", "--bootstrap", "0"],
                ["explain", "odd.safetensors", clip],
            ] {
                let plain = try RunningProgram(command, in: home).finish()
                #expect(
                    plain.status == 0 && plain.errors.contains(words) && plain.errors.contains("and 1 more"),
                    "\(command[0]): \(plain.errors)")
                let json = try RunningProgram(command + ["--json"], in: home).finish()
                #expect(
                    try json.lastJSON()["warnings"].array.contains { $0.string?.contains(words) == true },
                    "\(command[0]): \(json.output.suffix(300))")
            }
            #expect(try !home.emolab("eval", "1", "--bootstrap", "0").errors.contains("not all numbers"))
        }

        @Test("A run whose corpora are gone, that has no weights yet, or whose split has changed, is not scored as if nothing were wrong")
        func absent() throws {
            let home = try Demo.homeWithCorpora()
            _ = try home.json("train", "demo", "--json", "--set", "training.epochs=1", "--set", "training.seeds=[1]")
            let weights = home.runs.appendingPathComponent("0001-demo-1/best.safetensors")
            let kept = try Data(contentsOf: weights)
            try FileManager.default.removeItem(at: weights)
            for command in [["eval", "1"], ["robustness", "run:1"], ["predict", "1", "a.mp4"], ["explain", "1", "a.mp4"]] {
                let result = try RunningProgram(command, in: home).finish()
                #expect(
                    result.status == 1 && result.errors.contains("run 1 has no weights") && result.errors.contains("is gone"),
                    "\(command): \(result.errors)")
            }
            try kept.write(to: weights)
            #expect(try home.emolab("eval", "1", "--json").status == 0)
            #expect(try home.emolab("corpora", "remove", "crowd").status == 0)
            let gone = try home.emolab("eval", "1")
            #expect(gone.status == 1 && gone.errors.contains("no corpus named crowd any more"))
            // The source alone under another name of the target.
            let other = try home.emolab("eval", "1", "--target", "studio", "--json")
            #expect(other.status == 0, "\(other.errors)")
        }

        @Test("Robustness scores every level of both domains, is the same twice, and draws its figure")
        func robustness() throws {
            let home = try Self.trained()
            let (png, svg, csv) = (home.file("r.png").path, home.file("r.svg").path, home.file("r.csv").path)
            let json = try home.json("robustness", "1", "--json", "--bootstrap", "100", "--figure", png, "--csv", csv)
            let rows = json["robustness"]["rows"].array
            #expect(rows.count == 21 && rows[0]["label"].string == "clean")
            #expect(
                rows.allSatisfy { $0["source"]["accuracy"]["value"].double != nil && $0["target"]["accuracyDrop"]["low"].double != nil })
            let clean = try home.json("eval", "1", "--json")["evaluation"]
            #expect(rows[0]["target"]["accuracy"]["value"] == clean["target"]["accuracy"]["value"])
            #expect(try Data(contentsOf: URL(fileURLWithPath: png)).prefix(4) == Data([137, 80, 78, 71]))
            #expect(try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n").count == 1 + 21 * 2 * 4)
            let again = try home.json("robustness", "1", "--json", "--bootstrap", "100", "--kinds", "babble,dropped", "--figure", svg)
            for row in again["robustness"]["rows"].array {
                #expect(
                    rows.contains {
                        $0["corruption"] == row["corruption"] && $0["source"] == row["source"] && $0["target"] == row["target"]
                    })
            }
            #expect(try String(contentsOfFile: svg, encoding: .utf8).contains("<svg"))
            let one = try home.json("robustness", "1", "--json", "--kinds", "white", "--levels", "15,-5", "--most", "2", "--bootstrap", "0")
            #expect(one["robustness"]["rows"].array.compactMap { $0["corruption"]["level"].double } == [15, -5])
            #expect(one["robustness"]["sourceClips"].int == 2)
            let bad = try home.emolab("robustness", "1", "--kinds", "blur", "--figure", "/no/such/folder/a.png")
            #expect(bad.status == 1 && bad.errors.contains("/no/such/folder/a.png"))
        }

        @Test("Ctrl+C ends robustness with the signal's code and stores nothing")
        func interrupted() throws {
            let home = try Demo.homeWithCorpora()
            _ = try home.json("train", "demo", "--json", "--set", "training.epochs=1", "--set", "training.seeds=[1]")
            let running = try home.start("robustness", "1", "--bootstrap", "20000")
            // So many resamples of each condition take seconds; before the program listens, a signal ends it as it does any other.
            Thread.sleep(forTimeInterval: 0.5)
            running.send(SIGINT)
            let result = try running.finish()
            #expect(result.status == 130 || result.status == -SIGINT, "\(result.status) \(result.errors)")
            let shown = try home.json("runs", "show", "1", "--json")
            #expect(result.output.isEmpty && shown["analyses"].array.isEmpty)
            _ = try home.json("robustness", "1", "--json", "--kinds", "blur", "--bootstrap", "0")
            #expect(try home.json("runs", "show", "1", "--json")["analyses"][0]["kind"].string == "robustness")
        }
    }
}
