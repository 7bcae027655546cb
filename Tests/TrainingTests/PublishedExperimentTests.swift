// The files of experiments/zu-dann: their values, and that they run at every size.
import Base
import Foundation
import Networks
import Records
import Tensors
import Testing

@testable import Training

@Suite("The published configurations")
struct PublishedExperimentTests {
    static let names = [
        "audio", "video", "early", "middle", "late", "base", "base-augment", "base-lora", "base-full", "base-speaker", "base-full-speaker",
    ]

    static func text(_ name: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent("experiments/zu-dann/\(name).toml"), encoding: .utf8)
    }

    @Test("Every file, at every size and with every kind of tokens, is valid and builds its network", arguments: names)
    func builds(name: String) throws {
        let text = try Self.text(name)
        for preset in ModelSettings.Preset.allCases {
            for tokens in ModelSettings.Tokens.allCases {
                let experiment = try Experiment.parse(
                    text, overrides: ["model.preset=\(preset.rawValue)", "model.tokens=\(tokens.rawValue)"])
                #expect(experiment.model.preset == preset && experiment.model.tokens == tokens && experiment.name == "zu-dann/\(name)")
                let plain = Experiment.preset(preset)
                // Tensors of one shape share memory, so that the published size takes none.
                var zeros: [[Int]: Tensor] = [:]
                let learner = try Learner(experiment, classes: 6) { _, shape in
                    let value = zeros[shape] ?? .zeros(shape)
                    zeros[shape] = value
                    return value
                }
                #expect(learner.store.hasAdapters == experiment.model.lora.enabled)
                guard preset != .base else { continue }
                #expect(experiment.inputs.pictureSize == plain.inputs.pictureSize && experiment.training.epochs == plain.training.epochs)
                #expect(experiment.training.batch == plain.training.batch && experiment.optimiser == plain.optimiser)
                #expect(experiment.model.video.width == plain.model.video.width)
            }
        }
    }

    @Test(
        "At the published size a file of Table 4.2 has the single-corpus column", arguments: ["audio", "video", "early", "middle", "late"])
    func singleCorpus(name: String) throws {
        let experiment = try Experiment.parse(Self.text(name))
        #expect(experiment.data.source == "ravdess" && experiment.data.target.isEmpty && experiment.data.labels == "eight")
        #expect(experiment.data.split == .random && experiment.data.validationShare == 0.2 && !experiment.adapts)
        #expect(experiment.inputs.pictureSize == 224 && experiment.training.epochs == 50 && experiment.training.patience == 15)
        #expect(experiment.training.batch == (name == "audio" ? 16 : 4) && experiment.optimiser.weightDecay == 1e-4)
        #expect(
            experiment.optimiser.learningRate == 5e-5 && experiment.optimiser.minimumRate == 1e-6
                && experiment.optimiser.restartEpochs == 10)
        #expect(experiment.training.seeds == [42, 123, 2024] && experiment.training.precision == .bf16Mixed)
        #expect(experiment.model.lora.enabled == (name != "audio") && (name == "audio" || experiment.model.lora.dropout == 0.05))
        #expect(experiment.model.fusion.kind.rawValue == (["early", "late"].contains(name) ? name : "middle"))
        #expect(experiment.report.table == "single-corpus" && !experiment.report.row.isEmpty)
        #expect(experiment.model.modalities.rawValue == (["audio", "video"].contains(name) ? name : "both"))
    }

    @Test(
        "At the published size a file of Table 4.3 has the adaptation column",
        arguments: ["base", "base-augment", "base-lora", "base-full"])
    func adaptation(name: String) throws {
        let experiment = try Experiment.parse(Self.text(name)), isFull = name == "base-full"
        #expect(
            experiment.data.source == "ravdess" && experiment.data.target == "cremad" && experiment.data.labels == "six"
                && experiment.data.split == .speaker)
        #expect(experiment.inputs.pictureSize == 112 && experiment.training.epochs == 60 && experiment.training.patience == 20)
        #expect(experiment.training.batch == 4 && experiment.optimiser.weightDecay == 2e-5 && experiment.optimiser.learningRate == 5e-5)
        #expect(experiment.augmentation.enabled == ["base-augment", "base-full"].contains(name))
        #expect(experiment.model.lora.enabled == ["base-lora", "base-full"].contains(name) && experiment.model.lora.dropout == 0.1)
        #expect(experiment.model.lora.rank == 4 && experiment.model.lora.alpha == 8 && experiment.model.video.frozen)
        #expect(experiment.adapts == isFull && experiment.training.start == (experiment.model.lora.enabled ? "run:zu-dann/base" : ""))
        #expect(experiment.report.table == "adaptation" && experiment.report.row == name.replacingOccurrences(of: "-", with: "+"))
        guard isFull else { return }
        #expect(
            experiment.adaptation.method == .dann && experiment.adaptation.alpha.kind == .conservative
                && experiment.adaptation.alpha.maximum < 0.1)
        #expect(
            experiment.adaptation.subset == .stratified && experiment.adaptation.subsetShare == 0.25
                && experiment.adaptation.discriminators == ["fused"])
    }

    @Test("One epoch of every file runs at the smallest size", arguments: names)
    func runs(name: String) throws {
        for tokens in ModelSettings.Tokens.allCases {
            var experiment = try Experiment.parse(
                Self.text(name),
                overrides: [
                    "model.preset=nano", "model.tokens=\(tokens.rawValue)", "training.epochs=1", "training.start=\"\"",
                    "training.seeds=[1]",
                ])
            experiment.inputs = Synthetic.inputs
            experiment.model.video.patch = 8
            experiment.model.video.layers = 1
            let data = Synthetic.data(training: 16, validation: 4)
            let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(experiment, data: data, in: $0) }
            #expect(outcome == .finished, "\(events)")
            #expect(events.steps.count == (experiment.adapts ? 4 : 2) && events.steps.allSatisfy { $0.values.gradientNorm > 0 })
        }
    }

    @Test("A table of one size wins over the file's other keys at that size only, and an override over both")
    func sizes() throws {
        let text = "[training]\nepochs = 7\n[preset.base.training]\nepochs = 9\nbatch = 6\n[preset.small.training]\nepochs = 8\n"
        func epochs(_ overrides: String...) throws -> Int { try Experiment.parse(text, overrides: overrides).training.epochs }
        #expect(try epochs() == 9 && epochs("model.preset=small") == 8 && epochs("model.preset=nano") == 7)
        #expect(try epochs("training.epochs=3") == 3 && epochs("model.preset=small", "training.epochs=3") == 3)
        #expect(
            try Experiment.parse(text).training.batch == 6 && Experiment.parse(text, overrides: ["model.preset=nano"]).training.batch == 8)
        // What is stored with a run is the result, at any size.
        let whole = try Experiment.parse(text), stored = try whole.toml(), again = try Experiment.parse(stored)
        #expect(!stored.contains("preset.base") && again == whole)
    }

    static let mistakes: [(text: String, error: ExperimentError)] = [
        ("[preset.bas.training]\nepochs = 3\n", .unknownKey(key: "preset.bas", line: 1, nearest: "preset.base")),
        (
            "\n[preset.nano.training]\nepoch = 3\n",
            .unknownKey(key: "preset.nano.training.epoch", line: 3, nearest: "preset.nano.training.epochs")
        ),
        ("[preset.base.training]\nepochs = 0\n", .outOfRange(key: "training.epochs", line: 2, value: "0", expected: "1 to 100000 epochs")),
        (
            "[preset.base.model]\npreset = \"nano\"\n",
            .outOfRange(
                key: "preset.base.model.preset", line: 2, value: "named", expected: "left out: the table holds where that preset is chosen")
        ),
        ("preset = 3\n", .wrongType(key: "preset", line: 1, expected: "tables [preset.NAME.SECTION]", found: "a whole number")),
        (
            "[model.lora]\ntargets = [\"querry\"]\n",
            .unknownValue(key: "model.lora.targets", line: 2, value: "querry", valid: ["query", "key", "value"], nearest: "query")
        ),
        (
            "[model.lora]\npattern = \"*.dense\"\n",
            .outOfRange(
                key: "model.lora.pattern", line: 2, value: "'*.dense'",
                expected:
                    "one that ends in qkv, since targets are parts of a joint query-key-value projection; targets = [] adapts whole layers")
        ),
        ("[inputs]\nwindow_length = 5000\n", .outOfRange(key: "inputs.window_length", line: 2, value: "5000", expected: "0 to 4096")),
    ]

    @Test("A mistake in a table of sizes or of adapters names its key and line", arguments: mistakes.indices)
    func mistake(_ index: Int) {
        #expect(throws: Self.mistakes[index].error) { try Experiment.parse(Self.mistakes[index].text) }
    }

    @Test("The public EmoCatcher's spectrum and sizes come with their names")
    func publishedSound() throws {
        let experiment = try Experiment.parse("[inputs]\nspectrum = \"emocatcher\"\n[model.audio]\nvariant = \"published\"\n")
        #expect(experiment.inputs.preparation.sound.mel == .emoCatcher)
        #expect(
            experiment.model.audio.channels == [64, 64, 128] && experiment.model.audio.hidden == 64 && experiment.model.audio.layers == 1)
        var settings = ZuDann.Settings(experiment, classes: 8).audio
        settings.pools = true
        #expect(settings == .published)
        #expect(try Experiment.parse("[model.audio]\nvariant = \"published\"\nhidden = 32\n").model.audio.hidden == 32)
    }
}

extension PublishedExperimentTests {
    @Test("docs/experiments.md has every key of an experiment with its default, and none that is not one")
    func documented() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("docs/experiments.md"), encoding: .utf8)
        var documented: [String: TomlValue] = [:]
        let list = try #require(page.components(separatedBy: "\n## Every key\n").last)
        for row in list.matches(of: /(?m)^\| `([a-z0-9_.]+)` \| `([^`]*)` \|/) {
            documented[String(row.1)] = try TomlDocument("value = \(row.2)").fields["value"]
        }
        let defaults = try TomlValue(Experiment()).leaves()
        #expect(Set(documented.keys) == Set(defaults.keys))
        for (key, value) in defaults { #expect(documented[key].map(text) == text(value), "\(key)") }
    }

    /// Whole numbers may stand for real ones.
    private func text(_ node: TomlValue) -> String {
        switch node {
        case .integer(let number): "\(Double(number))"
        case .real(let number): "\(number)"
        case .array(let items): "\(items.map(text))"
        default: "\(node)"
        }
    }
}

extension TomlValue {
    /// Every value that is no table, by dotted key.
    fileprivate func leaves(under path: String = "") -> [String: TomlValue] {
        guard case .table(let fields) = self else { return [path: self] }
        return fields.reduce(into: [:]) { leaves, field in
            leaves.merge(field.value.leaves(under: path.isEmpty ? field.key : path + "." + field.key)) { own, _ in own }
        }
    }
}
