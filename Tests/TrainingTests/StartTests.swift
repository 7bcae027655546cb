// What runs start from: earlier runs, published files, adapters; and what does not learn.
import Base
import Corpora
import Foundation
import Networks
import Records
import TensorFiles
import Tensors
import Testing

@testable import Analysis
@testable import Training

@Suite("Starting points")
struct StartTests {
    /// Trains `experiment` for an epoch in a folder of its own and returns the file of its weights.
    private func train(_ experiment: Experiment, in folder: URL, _ name: String, data: RunData = Synthetic.data()) throws -> (
        file: URL, events: [TrainingEvent]
    ) {
        let own = folder.appendingPathComponent(name)
        let (outcome, events) = try Synthetic.run(experiment, data: data, in: own)
        try #require(outcome == .finished, "\(events)")
        return (own.appendingPathComponent(RunFiles.best), events)
    }

    private func source() -> Experiment {
        var experiment = Synthetic.experiment()
        experiment.adaptation.method = .none
        experiment.training.epochs = 1
        return experiment
    }

    private func values(_ file: URL) throws -> [String: Tensor] {
        let stored = try Safetensors(contentsOf: file)
        return Dictionary(uniqueKeysWithValues: stored.entries.keys.map { ($0, stored[$0]!) })
    }

    /// The learner that a run with this start begins with.
    private func begin(_ experiment: Experiment, start: URL?, labels: [String] = ["a", "b", "c", "d"]) throws -> (
        learner: Learner, words: [String]
    ) {
        var experiment = experiment
        if start != nil { experiment.training.start = "run:1" }
        let weights = try StartingWeights(experiment, task: LearningTask(classes: labels), preparation: Synthetic.preparation, start: start)
        let learner = try Learner(experiment, classes: labels.count, source: weights.value)
        return (learner, try weights.finish())
    }

    @Test("A run starts from another's weights by name; what that lacks starts fresh and is told")
    func run() throws {
        try Synthetic.inFolder { folder in
            let (file, _) = try train(source(), in: folder, "source")
            let before = try values(file)
            var adapting = Synthetic.experiment()
            adapting.training.epochs = 1
            let (learner, words) = try begin(adapting, start: file)
            for (name, value) in before { #expect(learner.store.values()[name]?.values == value.values, "\(name)") }
            #expect(words == ["starts from \(file.path): \(before.count) tensors; fresh: discriminator.fused"])
            adapting.training.start = "run:1"
            var data = Synthetic.data()
            data.start = file
            let (_, events) = try train(adapting, in: folder, "adapted", data: data)
            #expect(events.messages.contains(words[0]))
            // The start is not needed again: neither to go on nor to answer.
            try FileManager.default.removeItem(at: file)
            data.start = nil
            let whole = try TrainedModel(folder.appendingPathComponent("adapted/best.safetensors"))
            #expect(try whole.answers(of: data.sourceValidation, domain: .source).count == 16)
            adapting.training.epochs = 2
            let rest = try Synthetic.run(adapting, data: data, in: folder.appendingPathComponent("adapted"), resuming: true)
            #expect(rest.outcome == .finished)
        }
    }

    @Test("Heads of other classes start fresh, also where there are as many")
    func heads() throws {
        try Synthetic.inFolder { folder in
            let (file, _) = try train(source(), in: folder, "source")
            let before = try values(file)
            for labels in [["a", "b", "c", "e"], ["a", "b"]] {
                let (learner, words) = try begin(source(), start: file, labels: labels)
                let own = learner.store.values()
                #expect(
                    own["head.0.weight"]?.values != before["head.0.weight"]?.values
                        && own["pa.weight"]?.values == before["pa.weight"]?.values)
                #expect(words[0].hasSuffix("fresh: head"))
            }
        }
    }

    @Test("A run with adapters starts where one without stopped, and one without where they are merged")
    func adapters() throws {
        try Synthetic.inFolder { folder in
            var plain = source(), adapted = source()
            adapted.model.lora.enabled = true
            adapted.model.video.frozen = true
            adapted.model.lora.dropout = 0
            plain.optimiser.learningRate = 2e-2
            adapted.optimiser.learningRate = 2e-2
            let (file, _) = try train(plain, in: folder, "plain")
            let input = try FeedBatches(Synthetic.data().sourceValidation, .source, for: plain, Synthetic.preparation).firstInput()
            let reference = try begin(plain, start: file).learner.network(input, .inference()).logits.values
            let (withAdapters, words) = try begin(adapted, start: file)
            #expect(words[0].contains("fresh: adapters"))
            // The frozen pairs are folded: the same product in another order.
            for (a, b) in zip(withAdapters.network(input, .inference()).logits.values, reference) { #expect(abs(a - b) < 1e-4) }

            var data = Synthetic.data()
            data.start = file
            adapted.training.start = "run:1"
            let (adaptedFile, _) = try train(adapted, in: folder, "adapted", data: data)
            let trained = try values(adaptedFile), before = try values(file)
            let name = "timesformer.encoder.layer.0.attention.attention.qkv"
            #expect(trained[name + ".lora_B.query"]!.values.contains { $0 != 0 })
            for (key, value) in before where key.hasPrefix("timesformer.") {
                #expect(trained[key]?.values == value.values, "\(key) is frozen")
            }
            let after = try begin(adapted, start: adaptedFile)
            #expect(!after.words[0].contains("fresh"))
            let (merged, mergedWords) = try begin(plain, start: adaptedFile)
            #expect(mergedWords[0].contains("its adapters merged") && !mergedWords[0].contains("fresh"))
            #expect(merged.store.values()[name + ".weight"]!.values != before[name + ".weight"]!.values)
            let answers = after.learner.network(input, .inference()).logits.values
            for (a, b) in zip(merged.network(input, .inference()).logits.values, answers) { #expect(abs(a - b) < 1e-4) }
            // Its own file answers as it did when it was validated.
            let model = try TrainedModel(adaptedFile)
            #expect(model.experiment.model.lora.enabled)
        }
    }

    @Test("A start that is no run, of another size, or damaged is refused with key and file")
    func refused() throws {
        try Synthetic.inFolder { folder in
            let (file, _) = try train(source(), in: folder, "source")
            var wide = source()
            wide.model.audio.hidden = 12
            wide.model.audio.channels = [10, 10]
            wide.model.video.width = 24
            wide.model.fusion.width = 8
            #expect(throws: StartError.nothingFits(key: "training.start", path: file.path)) { try begin(wide, start: file) }
            let weights = folder.appendingPathComponent("weights.safetensors")
            try Safetensors(["a": .zeros([2])]).write(to: weights)
            #expect(throws: StartError.notOfARun(key: "training.start", path: weights.path)) { try begin(source(), start: weights) }
            let bytes = try Data(contentsOf: file)
            let damaged = folder.appendingPathComponent("damaged.safetensors")
            for length in [0, 7, 40, bytes.count / 2] {
                try bytes.prefix(length).write(to: damaged)
                #expect { try begin(source(), start: damaged) } throws: { "\($0)".contains("training.start: \(damaged.path)") }
            }
            var experiment = source()
            experiment.training.start = "nowhere"
            #expect(throws: StartError.unresolved("nowhere")) {
                try StartingWeights(experiment, task: LearningTask(classes: []), preparation: Synthetic.preparation, start: nil)
            }
        }
    }

    /// A Hugging Face file of the experiment's TimeSformer at another picture size, with its classifier.
    private func publishedVideo(_ experiment: Experiment, pictureSize: Int, prefix: String, to file: URL) throws -> [String: Tensor] {
        var settings = ZuDann.Settings(experiment, classes: 4).video
        settings.imageSize = pictureSize
        let store = ParameterStore(seed: 77)
        _ = TimeSformer(settings, at: store.root)
        var values: [String: Tensor] = ["classifier.weight": .zeros([400, settings.width]), "classifier.bias": .zeros([400])]
        for (name, value) in store.values() { values[prefix + name] = value }
        try Safetensors(values).write(to: file)
        return values
    }

    @Test("A published TimeSformer is taken by name with or without its prefix, its classifier left out", arguments: ["timesformer.", ""])
    func video(prefix: String) throws {
        try Synthetic.inFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appendingPathComponent("model.safetensors")
            var experiment = source()
            let values = try publishedVideo(experiment, pictureSize: 16, prefix: prefix, to: file)
            experiment.model.video.pretrained = file.path
            let (learner, words) = try begin(experiment, start: nil), own = learner.store.values()
            for (name, value) in values where name != "classifier.weight" && name != "classifier.bias" {
                let name = "timesformer." + name.dropFirst(prefix.count)
                #expect(own[name]?.values == value.values, "\(name)")
            }
            #expect(words == ["model.video.pretrained: \(values.count - 2) tensors of \(file.path); left out: classifier"])
            // The run's own weights are all that is needed afterwards.
            let (best, events) = try train(experiment, in: folder, "run")
            #expect(events.messages.contains(words[0]))
            try FileManager.default.removeItem(at: file)
            _ = try TrainedModel(best)
        }
    }

    @Test(
        "Published weights are found through wrappers; two sets are refused with their names; what is no number is a warning before the first step"
    )
    func wrapped() throws {
        try Synthetic.inFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appendingPathComponent("model.safetensors")
            var experiment = source()
            let values = try publishedVideo(experiment, pictureSize: 16, prefix: "timesformer.", to: file)
            experiment.model.video.pretrained = file.path
            var names = Dictionary(
                uniqueKeysWithValues: values.map { ("module." + $0.key.replacing("encoder.", with: "encoder._orig_mod."), $0.value) })
            try Safetensors(names).write(to: file)
            let (learner, words) = try begin(experiment, start: nil)
            #expect(words == ["model.video.pretrained: \(values.count - 2) tensors of \(file.path); left out: module"])
            let bias = "timesformer.layernorm.bias"
            #expect(learner.store.values()[bias]?.values == values[bias]?.values)
            // A second set.
            for (name, value) in values { names["ema." + name] = Tensor(value.values.map { $0 + 1 }, shape: value.shape) }
            try Safetensors(names).write(to: file)
            #expect(
                throws: StartError.ambiguous(
                    key: "model.video.pretrained", path: file.path, sets: ["'module.timesformer.'", "'ema.timesformer.'"])
            ) {
                try begin(experiment, start: nil)
            }
            // An infinite number: told, and the training says where it ends.
            var broken = values
            let width = try #require(values[bias]).count
            broken[bias] = Tensor([.infinity] + [Float](repeating: 0, count: width - 1), shape: [width])
            try Safetensors(broken).write(to: file)
            let start = try StartingWeights(experiment, task: .four, preparation: Synthetic.preparation, start: nil)
            _ = try Learner(experiment, classes: 4, source: start.value)
            _ = try start.finish()
            #expect(
                start.warnings.count == 1 && start.warnings[0].contains("'\(bias)' (1 of \(width) values is infinite)"), "\(start.warnings)"
            )
            let (_, events) = try Synthetic.run(experiment, data: Synthetic.data(), in: folder.appendingPathComponent("run"))
            #expect(events.messages.contains { $0.contains("'\(bias)'") }, "\(events.messages)")
        }
    }

    @Test("A start with what is no number is a warning, and what stands in place of a run's weights is named")
    func brokenStart() throws {
        try Synthetic.inFolder { folder in
            let (file, _) = try train(source(), in: folder, "source")
            var stored = try Safetensors(contentsOf: file)
            let name = try #require(stored.entries.keys.filter { $0.hasPrefix("timesformer.") }.min())
            let tensor = try #require(stored[name])
            stored[name] = Tensor([.nan] + tensor.values.dropFirst(), shape: tensor.shape)
            try stored.write(to: file)
            var experiment = source()
            experiment.training.start = "run:1"
            let start = try StartingWeights(experiment, task: .four, preparation: Synthetic.preparation, start: file)
            _ = try Learner(experiment, classes: 4, source: start.value)
            _ = try start.finish()
            #expect(
                start.warnings.first?.contains("training.start") == true && start.warnings.first?.contains(name) == true,
                "\(start.warnings)")
            try Data("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4096\n".utf8).write(to: file)
            #expect { try begin(source(), start: file) } throws: { "\($0)".contains("git lfs pull") }
        }
    }

    @Test(
        "Position embeddings of another grid are resized as asked, the clip's own position is kept",
        arguments: ModelSettings.VideoSettings.PositionResize.allCases)
    func positions(resize: ModelSettings.VideoSettings.PositionResize) throws {
        try Synthetic.inFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appendingPathComponent("model.safetensors")
            var experiment = source()
            experiment.model.video.positionResize = resize
            experiment.model.video.pretrained = file.path
            // 4 x 4 patches of 8 px there, 2 x 2 here.
            let values = try publishedVideo(experiment, pictureSize: 32, prefix: "timesformer.", to: file)
            let table = try #require(values["timesformer.embeddings.position_embeddings"]), width = table.shape[2]
            #expect(table.shape == [1, 17, width])
            let own = try #require(try begin(experiment, start: nil).learner.store.values()["timesformer.embeddings.position_embeddings"])
            #expect(own.shape == [1, 5, width] && Array(own.values.prefix(width)) == Array(table.values.prefix(width)))
            let grid = table.values
            func patch(_ row: Int, _ column: Int, _ i: Int) -> Float { grid[(1 + row * 4 + column) * width + i] }
            for i in 0..<width {
                // PyTorch's bicubic at half size without antialiasing: taps -3/32, 19/32, 19/32, -3/32 along each axis, the border repeated.
                let taps: [Float] = [-0.09375, 0.59375, 0.59375, -0.09375]
                var expected: Float = 0
                for (a, row) in [-1, 0, 1, 2].enumerated() {
                    for (b, column) in [-1, 0, 1, 2].enumerated() { expected += taps[a] * taps[b] * patch(max(row, 0), max(column, 0), i) }
                }
                if resize == .nearest { expected = patch(0, 0, i) }
                #expect(abs(own.values[width + i] - expected) < 1e-5)
            }
        }
    }

    @Test("A published file of another size, or without a tensor, is refused with key, file and name")
    func videoRefused() throws {
        try Synthetic.inFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appendingPathComponent("model.safetensors")
            var experiment = source()
            var values = try publishedVideo(experiment, pictureSize: 16, prefix: "timesformer.", to: file)
            experiment.model.video.pretrained = file.path
            values["timesformer.layernorm.weight"] = .zeros([3])
            try Safetensors(values).write(to: file)
            #expect(
                throws: StartError.shape(
                    key: "model.video.pretrained", path: file.path, name: "timesformer.layernorm.weight", expected: [16], found: [3])
            ) {
                try begin(experiment, start: nil)
            }
            values["timesformer.layernorm.weight"] = nil
            try Safetensors(values).write(to: file)
            #expect(throws: StartError.missing(key: "model.video.pretrained", path: file.path, names: ["timesformer.layernorm.weight"])) {
                try begin(experiment, start: nil)
            }
            experiment.model.video.pretrained = folder.appendingPathComponent("none.bin").path
            #expect { try begin(experiment, start: nil) } throws: {
                "\($0)".contains("model.video.pretrained: \(folder.path)/none.bin cannot be read")
            }
        }
    }

    @Test("The public EmoCatcher's weights are taken where the spectrogram is its own, and refused with the key that differs")
    func audio() throws {
        try Synthetic.inFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appendingPathComponent("emocatcher.safetensors")
            let store = ParameterStore(seed: 5)
            _ = PublishedEmoCatcher(at: store.root)
            try Safetensors(store.values()).write(to: file)
            let text =
                "[model]\npreset = \"nano\"\nmodalities = \"audio\"\n[model.audio]\nvariant = \"published\"\npretrained = \"\(file.path)\"\nfrozen = true\n"
            #expect(
                throws: StartError.inputs(
                    key: "model.audio.pretrained", path: file.path, setting: "inputs.window_length", value: "0", expected: "2048",
                    advice: "inputs.spectrum = \"emocatcher\" sets what it needs")
            ) { try begin(Experiment.parse(text), start: nil) }
            let (learner, words) = try begin(Experiment.parse(text + "[inputs]\nspectrum = \"emocatcher\"\n"), start: nil)
            let own = learner.store.values()
            for name in ["conv_block1.conv_block.0.weight", "gru.weight_hh_l0_reverse", "attention.linear_z.bias"] {
                #expect(own["audio." + name]?.values == store.values()[name]?.values)
            }
            #expect(words[0].hasSuffix("left out: linear1, linear2"))
            #expect(learner.store.parameters.allSatisfy { $0.isTrainable != $0.name.hasPrefix("audio.") })
        }
    }

    @Test("Frozen parts keep every bit through a run, and adapters without a layer are refused")
    func frozen() throws {
        try Synthetic.inFolder { folder in
            var experiment = source()
            experiment.model.audio.frozen = true
            experiment.model.video.frozen = true
            experiment.training.epochs = 2
            let first = try begin(experiment, start: nil).learner.store.values()
            let (file, events) = try train(experiment, in: folder, "frozen")
            let last = try values(file)
            for (name, value) in first {
                let isFrozen = name.hasPrefix("audio.") || name.hasPrefix("timesformer.")
                #expect((last[name]?.values == value.values) == isFrozen, "\(name)")
            }
            #expect(events.messages.contains { $0.contains("frozen as it was drawn") })
            experiment.model.lora.enabled = true
            experiment.model.lora.pattern = "nothing.qkv"
            #expect(throws: ExperimentError.self) { try Learner(experiment, classes: 4) }
        }
    }

    @Test("In bf16 mixed a run learns as in float32, its weights stay float32, and its model answers in the same precision")
    func mixed() throws {
        try Synthetic.inFolder { folder in
            var experiment = source()
            experiment.training.epochs = 8
            experiment.training.precision = .bf16Mixed
            let (file, events) = try train(experiment, in: folder, "mixed")
            #expect((events.report?.source?.accuracy ?? 0) > 0.7)
            #expect(try TensorFile(contentsOf: file).arrays.values.allSatisfy { $0.type == .f32 })
            let model = try TrainedModel(file)
            #expect(model.precision == .bfloat16)
            var exact = experiment
            exact.training.precision = .float32
            let (_, other) = try train(exact, in: folder, "exact")
            let (a, b) = (try #require(events.steps[0].values.classLoss), try #require(other.steps[0].values.classLoss))
            #expect(a != b && abs(a - b) < 0.02 * abs(b))
        }
    }
}

extension FeedBatches {
    fileprivate func firstInput() throws -> NetworkInput {
        var first: NetworkInput?
        try forEach { if first == nil { first = $0.input } }
        return try #require(first)
    }
}
