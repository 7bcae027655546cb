// `emolab forward` as a script would use it: files in, files out, and what comes back where one of them is not what it should be.
import Base
import Foundation
import Records
import TensorFiles
import Tensors
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ForwardTests {
        /// The files of one application in a user's folder.
        private struct Files {
            let home: Home
            var arguments: [String]

            func path(_ name: String) -> String { home.file(name).path }

            /// - Parameter weights: names as the network has them, before `rename`.
            init(
                _ model: String, config: String, weights: [String: Tensor], inputs: [String: Tensor], output: String = "out.safetensors",
                rename: (String) -> String = { $0 }
            ) throws {
                home = try Home()
                try home.write("config.json", config)
                var file = Safetensors()
                for (name, tensor) in weights { file[rename(name)] = tensor }
                try file.write(to: home.file("weights.safetensors"))
                try Safetensors(inputs).write(to: home.file("in.safetensors"))
                arguments = ["forward", model]
                for (option, name) in [
                    ("config", "config.json"), ("weights", "weights.safetensors"), ("input", "in.safetensors"), ("output", output),
                ] {
                    arguments += ["--" + option, home.file(name).path]
                }
            }

            func run(_ more: String...) throws -> Program.Result { try RunningProgram(arguments + more, in: home).finish() }

            func outputs(_ name: String = "out.safetensors") throws -> [String: Tensor] {
                try TensorFile(contentsOf: home.file(name)).arrays.mapValues(\.tensor)
            }
        }

        private static let tiny = """
            {"model_type": "timesformer", "hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 40,
             "image_size": 32, "patch_size": 8, "num_frames": 4, "id2label": {"0": "abseiling"}, "torch_dtype": "float32"}
            """

        private static func parts(_ golden: [String: Tensor], _ prefix: String) -> [String: Tensor] {
            Dictionary(
                uniqueKeysWithValues: golden.filter { $0.key.hasPrefix(prefix) }.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        }

        /// The largest absolute difference; infinite where shapes differ.
        private static func difference(_ a: Tensor?, _ b: Tensor?) -> Float {
            guard let a, let b, a.shape == b.shape else { return .infinity }
            return zip(a.values, b.values).reduce(0) { $1.0.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
        }

        private static func tinyFiles(output: String = "out.safetensors", rename: (String) -> String = { $0 }) throws -> (Files, Tensor) {
            let golden = try Golden.tensors("timesformer_tiny")
            let files = try Files(
                "timesformer", config: tiny, weights: parts(golden, "w."), inputs: ["pixel_values": golden["in.pixels"]!], output: output,
                rename: rename)
            return (files, golden["out"]!)
        }

        @Test(
            "TimeSformer from Hugging Face's configuration and weights gives Hugging Face's last hidden state",
            arguments: ["out.safetensors", "out.npz"])
        func timeSformer(output: String) throws {
            let (files, expected) = try Self.tinyFiles(output: output)
            let result = try files.run("--json")
            #expect(result.status == 0 && result.errors == "", "\(result.errors)")
            let report = try result.lastJSON()
            #expect(report["model"].string == "timesformer" && report["precision"].string == "f32" && report["unusedWeights"].array.isEmpty)
            #expect(report["outputs"].array.map { $0["name"].string } == ["last_hidden_state"])
            #expect(Self.difference(try files.outputs(output)["last_hidden_state"], expected) < 1e-5)
        }

        @Test("Names behind a prefix are found, and a classifier is left out with a note")
        func prefix() throws {
            let (files, expected) = try Self.tinyFiles { $0 == "layernorm.bias" ? "timesformer.layernorm.bias" : "timesformer." + $0 }
            var weights = try Safetensors(contentsOf: files.home.file("weights.safetensors"))
            weights["classifier.weight"] = .ones([2, 24])
            try weights.write(to: files.home.file("weights.safetensors"))
            let result = try files.run()
            #expect(
                result.status == 0 && result.errors.contains("not used: classifier.weight") && result.output.contains("last_hidden_state"))
            #expect(Self.difference(try files.outputs()["last_hidden_state"], expected) < 1e-5)
        }

        @Test("Other pictures and frame counts than the configuration's, another epsilon, no qkv bias: states and maps are Hugging Face's")
        func otherSizes() throws {
            let golden = try Golden("forward_timesformer"), tensors = try Golden.tensors("forward_timesformer")
            let files = try Files(
                "timesformer", config: try #require(golden.file.metadata["config"]), weights: Self.parts(tensors, "w."),
                inputs: Self.parts(tensors, "in."))
            let result = try files.run("--attentions")
            #expect(result.status == 0, "\(result.errors)")
            let outputs = try files.outputs(), expected = Self.parts(tensors, "out.")
            #expect(expected.count == 5)
            for (name, tensor) in expected { #expect(Self.difference(outputs[name], tensor) < 2e-5, "\(name)") }
            for layer in 0..<2 { #expect(Self.difference(outputs["attentions.\(layer).spatial"], outputs["attentions.\(layer)"]) == 0) }
            #expect(outputs.count == 7)
        }

        @Test("bf16 stays within 2e-2 of float32, and the number of threads changes no bit", arguments: ["f32", "bf16"])
        func precisionAndThreads(precision: String) throws {
            let (files, expected) = try Self.tinyFiles()
            #expect(try files.run("--precision", precision, "--threads", "1").status == 0)
            let one = try Data(contentsOf: files.home.file("out.safetensors"))
            #expect(Self.difference(try files.outputs()["last_hidden_state"], expected) < (precision == "f32" ? 1e-5 : 2e-2))
            #expect(try files.run("--precision", precision, "--threads", "2").status == 0)
            #expect(try Data(contentsOf: files.home.file("out.safetensors")) == one)
        }

        @Test("EmoCatcher with sizes of a configuration gives PyTorch's pooled vector and attention")
        func emoCatcher() throws {
            let golden = try Golden.tensors("emocatcher_tiny")
            let config =
                #"{"bands": 9, "channels": [8, 10, 10], "kernels": [5, 3, 3], "pooling": 1, "norm_before_gru": false, "hidden": 6, "layers": 2}"#
            let files = try Files(
                "emocatcher", config: config, weights: Self.parts(golden, "w."), inputs: ["mel": golden["in.mel"]!], rename: emoCatcherName)
            let result = try files.run()
            #expect(result.status == 0, "\(result.errors)")
            let outputs = try files.outputs()
            #expect(
                Self.difference(outputs["pooled"], golden["out.0"]) < 1e-5 && Self.difference(outputs["attention"], golden["out.1"]) < 1e-5)
            #expect(outputs["sequence"]?.shape.last == 12)
        }

        @Test("`forward --list` names every model with inputs and outputs, for people and as JSON")
        func list() throws {
            let home = try Home()
            let models = try home.json("forward", "--list", "--json").array
            #expect(models.count >= 2)
            let timeSformer = try #require(models.first { $0["name"].string == "timesformer" })
            #expect(
                timeSformer["inputs"][0]["name"].string == "pixel_values"
                    && timeSformer["inputs"][0]["shape"].string == "[batch, frames, 3, height, width]")
            #expect(timeSformer["outputs"][0]["name"].string == "last_hidden_state")
            let text = try home.emolab("forward", "--list").output
            for model in models { #expect(text.contains(try #require(model["name"].string))) }
        }

        @Test(
            "A configuration that cannot be built is refused with its file and key",
            arguments: [
                ("{\"hidden_size\": 24", ["not a JSON object"]), ("[1, 2]", ["no object"]), ("", ["empty"]),
                ("{\"attention_type\": \"space_only\"}", ["'attention_type'", "space_only", "divided_space_time"]),
                ("{\"hidden_act\": \"relu\"}", ["'hidden_act'", "gelu"]), ("{\"num_channels\": 1}", ["'num_channels'"]),
                ("{\"hidden_size\": 24.5}", ["'hidden_size'", "whole number"]), ("{\"hidden_size\": \"many\"}", ["'hidden_size'"]),
                ("{\"hidden_size\": 1e300}", ["'hidden_size'"]), ("{\"num_attention_heads\": 7}", ["'num_attention_heads'", "768"]),
                ("{\"patch_size\": 0}", ["'patch_size'"]), ("{\"image_size\": [224, 224]}", ["'image_size'"]),
                ("{\"model_type\": \"vit\"}", ["'model_type'", "vit"]),
            ])
        func wrongConfiguration(text: String, words: [String]) throws {
            let (files, _) = try Self.tinyFiles()
            try files.home.write("config.json", text)
            let result = try files.run()
            #expect(result.status == 1 && result.output == "")
            for word in words + ["config.json"] { #expect(result.errors.contains(word), "\(result.errors)") }
            #expect(!FileManager.default.fileExists(atPath: files.path("out.safetensors")))
        }

        @Test("Weights that lack parameters or have other shapes are refused with the first names, however large a network is asked for")
        func wrongWeights() throws {
            let (files, _) = try Self.tinyFiles()
            try files.home.write(
                "config.json", Self.tiny.replacingOccurrences(of: "\"num_hidden_layers\": 3", with: "\"num_hidden_layers\": 4"))
            var result = try files.run()
            #expect(
                result.status == 1 && result.errors.contains("weights.safetensors") && result.errors.contains("encoder.layer.3."),
                "\(result.errors)")
            try files.home.write(
                "config.json",
                "{\"hidden_size\": 65536, \"intermediate_size\": 65536, \"num_attention_heads\": 1, \"num_hidden_layers\": 4096}")
            result = try files.run()
            #expect(result.status == 1 && result.errors.contains("has shape") && result.errors.contains("65536"), "\(result.errors)")
            try files.home.write("config.json", Self.tiny)
            try Safetensors(["unrelated": .ones([3])]).write(to: files.home.file("weights.safetensors"))
            result = try files.run()
            #expect(
                result.status == 1 && result.errors.contains("embeddings.cls_token") && result.errors.contains("unrelated"),
                "\(result.errors)")
        }

        @Test(
            "An input that does not fit is refused with what is expected",
            arguments: [[2, 4, 1, 32, 32], [4, 3, 32, 32], [2, 4, 3, 7, 32], [0, 4, 3, 32, 32], [2, 0, 3, 32, 32]])
        func wrongInput(shape: [Int]) throws {
            let (files, _) = try Self.tinyFiles()
            try Safetensors(["pixel_values": .zeros(shape)]).write(to: files.home.file("in.safetensors"))
            let result = try files.run()
            #expect(
                result.status == 1 && result.errors.contains("in.safetensors") && result.errors.contains("pixel_values"), "\(result.errors)"
            )
            try Safetensors(["pictures": .zeros([2, 4, 3, 32, 32])]).write(to: files.home.file("in.safetensors"))
            let unnamed = try files.run()
            #expect(unnamed.status == 1 && unnamed.errors.contains("'pixel_values' is missing") && unnamed.errors.contains("pictures"))
        }

        @Test(
            "Damaged weights and inputs end with the reader's error or a result, never a crash",
            arguments: ["weights.safetensors", "in.safetensors"])
        func damaged(name: String) throws {
            let (files, _) = try Self.tinyFiles()
            let whole = try Data(contentsOf: files.home.file(name))
            var random = RandomStream(seed: 3, name: name)
            var refused = 0
            for trial in 0..<16 {
                var bytes = trial % 4 == 0 ? whole.prefix(Int(random.next() % UInt64(whole.count))) : whole
                // The header is where a wrong byte does most.
                for _ in 0..<(trial % 4) where bytes.count > 64 {
                    bytes[Int(random.next() % 600) % bytes.count] = UInt8(truncatingIfNeeded: random.next())
                }
                try bytes.write(to: files.home.file(name))
                let result = try files.run()
                #expect(result.status == 0 || result.status == 1, "trial \(trial): \(result.errors)")
                if result.status == 1 {
                    refused += 1
                    #expect(result.errors.hasPrefix("emolab: ") && !result.errors.contains("Fatal"), "\(result.errors)")
                }
            }
            #expect(refused >= 4)
        }

        @Test(
            "A mistake on the command line ends with exit code 2 and says what is missing",
            arguments: [
                (["forward"], "timesformer"), (["forward", "timesformer"], "--config"),
                (
                    ["forward", "timesformer", "--config", "a", "--weights", "b", "--input", "c", "--output", "d.txt"],
                    ".safetensors or .npz"
                ),
                (
                    ["forward", "timesformr", "--config", "a", "--weights", "b", "--input", "c", "--output", "d.npz"],
                    "no model 'timesformr'"
                ),
                (["forward", "timesformer", "--precision", "f16", "--list"], "f32"),
            ])
        func usage(arguments: [String], word: String) throws {
            let result = try RunningProgram(arguments, in: Home()).finish()
            #expect(result.status == 2 && result.errors.contains(word) && result.output == "", "\(result.errors)")
        }
    }
}
