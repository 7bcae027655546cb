import Base
import Corpora
import Foundation
import Testing

@testable import Training

@Suite("Experiment files")
struct ExperimentTests {
    @Test("An empty file is the published system")
    func publishedDefaults() throws {
        let experiment = try Experiment.parse("")
        #expect(experiment == .preset(.base))
        #expect(experiment.model.video.width == 768 && experiment.model.video.layers == 12)
        #expect(experiment.optimiser.learningRate == 5e-5 && experiment.optimiser.weightDecay == 2e-5)
        #expect(experiment.training.batch == 4 && experiment.training.epochs == 60 && experiment.training.patience == 20)
        #expect(experiment.inputs.hopLength == 1365 && experiment.inputs.pictureSize == 112)
    }

    @Test("A preset gives the defaults that the file's own keys are laid over")
    func presetBelowKeys() throws {
        let experiment = try Experiment.parse("[model]\npreset = \"nano\"\n[model.video]\nlayers = 3\n")
        var expected = Experiment.preset(.nano)
        expected.model.video.layers = 3
        #expect(experiment == expected)
    }

    @Test("Whole numbers stand for real ones, and DANN's own curve goes to 1 unless told")
    func numbers() throws {
        let experiment = try Experiment.parse("[adaptation]\nweight = 2\n[adaptation.alpha]\nschedule = \"dann\"\n")
        #expect(experiment.adaptation.weight == 2)
        #expect(experiment.adaptation.alpha.maximum == 1)
        let bounded = try Experiment.parse("[adaptation.alpha]\nschedule = \"dann\"\nmaximum = 0.5\n")
        #expect(bounded.adaptation.alpha.maximum == 0.5)
    }

    @Test("Written and read back, an experiment is the same", arguments: ModelSettings.Preset.allCases)
    func roundTrip(preset: ModelSettings.Preset) throws {
        var experiment = Experiment.preset(preset)
        experiment.name = "a \"quoted\" näme"
        experiment.adaptation.discriminators = ["fused", "stage1"]
        experiment.optimiser.learningRate = 3.0000001e-7
        experiment.training.labelSmoothing = 0
        experiment.adaptation.weight = 2
        #expect(try Experiment.parse(experiment.toml()) == experiment)
    }

    @Test("Overrides win over the file, and a preset named in one sets the defaults")
    func overrides() throws {
        let text = "[training]\nepochs = 5\n"
        let experiment = try Experiment.parse(
            text, overrides: ["training.epochs=7", "model.preset=nano", "adaptation.discriminators=[\"fused\", \"audio\"]"])
        #expect(experiment.training.epochs == 7)
        #expect(experiment.model.video.width == Experiment.preset(.nano).model.video.width)
        #expect(experiment.adaptation.discriminators == ["fused", "audio"])
        let changed = try experiment.setting(["training.epochs=9"])
        #expect(changed.training.epochs == 9 && changed.adaptation == experiment.adaptation)
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        var text: String
        var error: ExperimentError
        var testDescription: String { "\(error)" }
    }

    static let mistakes: [Mistake] = [
        Mistake(
            text: "[training]\nepochs = 3\nepoch = 4\n",
            error: .unknownKey(key: "training.epoch", line: 3, nearest: "training.epochs")),
        Mistake(text: "# a\n[modell]\n", error: .unknownKey(key: "modell", line: 2, nearest: "model")),
        Mistake(text: "zzzzzzzzz = 1\n", error: .unknownKey(key: "zzzzzzzzz", line: 1, nearest: nil)),
        Mistake(
            text: "[training]\nepochs = \"ten\"\n",
            error: .wrongType(key: "training.epochs", line: 2, expected: "a whole number", found: "a string")),
        Mistake(
            text: "[training]\nepochs = 1.5\n",
            error: .wrongType(key: "training.epochs", line: 2, expected: "a whole number", found: "a number")),
        Mistake(
            text: "[model.audio]\nchannels = [1, \"two\"]\n",
            error: .wrongType(key: "model.audio.channels", line: 2, expected: "a whole number", found: "a string")),
        Mistake(
            text: "[adaptation.alpha]\nschedule = \"consevative\"\n",
            error: .unknownValue(
                key: "adaptation.alpha.schedule", line: 2, value: "consevative",
                valid: ["conservative", "dann", "linear", "cosine", "constant", "off"], nearest: "conservative")),
        Mistake(
            text: "[model]\ntokens = \"sequense\"\n",
            error: .unknownValue(
                key: "model.tokens", line: 2, value: "sequense", valid: ["sequence", "pooled", "patches"], nearest: "sequence")),
        Mistake(
            text: "[training]\nbatch = 0\n",
            error: .outOfRange(key: "training.batch", line: 2, value: "0", expected: "1 to 4096 clips")),
        Mistake(
            text: "[inputs]\npicture_size = 100\n",
            error: .outOfRange(key: "model.video.patch", line: nil, value: "16", expected: "a divisor of the picture size 100")),
        Mistake(
            text: "[data]\nsplit = \"leave-one-oot\"\n",
            error: .unknownValue(
                key: "data.split", line: 2, value: "leave-one-oot", valid: ["speaker", "random", "folds", "leave-one-out", "official"],
                nearest: "leave-one-out")),
        Mistake(
            text: "[data]\nfold_rule = \"pair\"\n",
            error: .unknownValue(
                key: "data.fold_rule", line: 2, value: "pair", valid: ["rotating", "validating", "pairs"], nearest: "pairs")),
        Mistake(
            text: "[data]\nsplit = \"folds\"\nfold = 11\n",
            error: .outOfRange(key: "data.fold", line: 3, value: "11", expected: "1 to 10, the number of folds")),
        Mistake(
            text: "[data]\nsplit = \"folds\"\nfolds = 2\n",
            error: .outOfRange(
                key: "data.folds", line: 3, value: "2", expected: "3 or more, since one fold is the test and the next one validates")),
        Mistake(
            text: "[adaptation]\nsubset = \"k-center\"\n",
            error: .unknownValue(
                key: "adaptation.subset", line: 2, value: "k-center",
                valid: ["all", "random", "stratified", "speakers", "uncertainty", "k-centre"], nearest: "k-centre")),
        Mistake(
            text: "[adaptation]\nsubset = \"uncertainty\"\n",
            error: .outOfRange(
                key: "adaptation.subset_model", line: nil, value: "''",
                expected: "a weights file or run:NUMBER, since subset = \"uncertainty\" is chosen by a trained model")),
    ]

    @Test("The keys of a split become its settings")
    func splitting() throws {
        let text = "[data]\nsplit = \"folds\"\nfolds = 9\nfold = 4\nfold_rule = \"validating\"\nnested = true\nsplit_seed = 7\n"
        let experiment = try Experiment.parse(text)
        #expect(experiment.data.splitting == SplitSettings(folds: 9, fold: 4, rule: .validating, seed: 7, nested: true))
        #expect(try Experiment.parse(experiment.toml()).data == experiment.data)
    }

    @Test("A mistake names its key, its line and the nearest valid name", arguments: mistakes)
    func mistake(_ mistake: Mistake) {
        #expect(throws: mistake.error) { try Experiment.parse(mistake.text) }
    }

    @Test("Text that is no TOML is told with its line")
    func syntax() {
        #expect {
            try Experiment.parse("name = \"a\"\n[training\nepochs = 3\n")
        } throws: { error in
            guard case .syntax(let line, _, _)? = error as? ExperimentError else { return false }
            return line == 2
        }
    }

    @Test("An override that is none is refused", arguments: ["training.epochs", "=3", ".a=3", "a..b=1"])
    func malformedOverride(text: String) {
        #expect(throws: ExperimentError.malformedOverride(text)) { try Experiment.parse("", overrides: [text]) }
    }

    @Test("Cut short anywhere, a file is read or refused, never fatal")
    func truncation() throws {
        let text = try Experiment.preset(.nano).toml()
        for length in stride(from: 0, through: text.count, by: 7) {
            do { _ = try Experiment.parse(String(text.prefix(length))) } catch { #expect(!error.description.isEmpty) }
        }
    }

    @Test("Several seeds become one experiment each")
    func seeds() throws {
        let experiment = try Experiment.parse("[training]\nseeds = [1, 2]\n")
        #expect(experiment.perSeed.map(\.seed) == [1, 2])
    }

    @Test("Every experiment that is shipped is valid")
    func shipped() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("experiments")
        let files = (FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? [])
            .filter { $0.pathExtension == "toml" }
        #expect(files.count >= 5)
        for file in files { _ = try Experiment.read(file) }
    }
}
