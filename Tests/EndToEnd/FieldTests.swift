// What people really have, through the program: tables of other programs, names that begin with a dash, weights with more or less in them than asked.
import Foundation
import Media
import TensorFiles
import Tensors
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct FieldTests {
        private static func write(_ file: URL, pitch: Double) throws {
            let writer = try MediaWriter(url: file, video: nil, audio: AudioEncoding(codec: .pcm16, rate: 8000))
            try writer.append((0..<4000).map { 0.4 * Float(sin(2 * Double.pi * pitch * Double($0) / 8000)) })
            try writer.finish()
        }

        @Test(
            "A spreadsheet's table comes in whole: semicolons, UTF-16, empty columns, NaN, another machine's paths; an open quote is told with its line"
        )
        func table() throws {
            let home = try Home()
            try FileManager.default.createDirectory(at: home.file("ours/takes"), withIntermediateDirectories: true)
            for name in ["a", "b"] { try Self.write(home.file("ours/takes/\(name).wav"), pitch: 220) }
            let text =
                "sep=;\r\npath;label;speaker;age;valence;note;\r\nC:\\lab\\takes\\a.WAV;sad;Na;31.0;NaN;fine;\r\ntakes\\b.wav;happy;Nan;n/a;0,5;\"open;\r\n;;;;;;\r\n"
            let table = home.file("ours/list.csv")
            try Data(([0xFEFF] + Array(text.utf16)).flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }).write(to: table)
            let added = try home.json("corpora", "add", table.path, "--name", "ours", "--json")
            #expect(
                added["clips"].int == 1 && added["rejected"][0]["path"].string == table.path + ":4"
                    && added["rejected"][0]["reason"].string?.contains("quote opens") == true)
            let clip = try home.json("corpora", "list", "ours", "--json")["clips"][0]
            #expect(
                clip["name"].string == "takes/a" && clip["age"].int == 31 && clip["speaker"].string == "Na" && clip["valence"] == .null,
                "\(clip)")
        }

        @Test("Where no row fits, the first reasons are told with their lines, and to programs all of them")
        func nothingFits() throws {
            let home = try Home()
            let table = try home.write("list.csv", "path,start\n" + (0..<5).map { "v\($0).wav,0\n" }.joined())
            let plain = try home.emolab("corpora", "add", table)
            #expect(
                plain.status == 1 && plain.output == "" && plain.errors.contains("list.csv:2: path: there is no file")
                    && plain.errors.contains("list.csv:4"), "\(plain.errors)")
            let json = try home.emolab("corpora", "add", table, "--json")
            #expect(json.status == 1 && json.errors.contains("list.csv:2: path: there is no file"))
            let answer = try json.lastJSON()
            #expect(answer["clips"].int == 0 && answer["rejected"].array.count == 5 && answer["rejected"][0]["path"].string == table + ":2")
            #expect(try home.json("corpora", "list", "--json").array.isEmpty)
        }

        @Test(
            "Files whose names begin with a dash are files; a mistyped option is told as one, and one that may be a file with the way to write it"
        )
        func dashes() throws {
            let home = try Home()
            for name in ["-Zq8_r2.wav", "--mK4vT-y1Hc.wav", "--json.wav", "plain.wav"] { try Self.write(home.file(name), pitch: 300) }
            try home.write("-h", "named as an option")
            let done = try home.emolab("features", "-Zq8_r2.wav", "--mK4vT-y1Hc.wav", "--json.wav", "plain.wav", "--output", "o", "--json")
            #expect(done.status == 0 && done.lines.count == 4, "\(done.errors)")
            #expect(FileManager.default.fileExists(atPath: home.file("o/--mK4vT-y1Hc.npz").path))
            // An option stays one, whatever lies here.
            #expect(try home.emolab("features", "-h").output.contains("USAGE"))
            let mistyped = try home.emolab("features", "plain.wav", "--output", "o", "--siez", "112")
            #expect(
                mistyped.status == 2 && mistyped.errors.contains("Did you mean '--size'?") && !mistyped.errors.contains("./"),
                "\(mistyped.errors)")
            let missing = try home.emolab("features", "--nowhere.wav", "--output", "o")
            #expect(
                missing.status == 2 && missing.errors.contains("./--nowhere.wav") && missing.errors.contains("put -- before"),
                "\(missing.errors)")
            try FileManager.default.createDirectory(at: home.file("-corpus"), withIntermediateDirectories: true)
            try home.write("-corpus/clips.csv", "path\nv.wav\n")
            try Self.write(home.file("-corpus/v.wav"), pitch: 300)
            #expect(try home.json("corpora", "add", "-corpus", "--name", "c", "--json")["clips"].int == 1)
        }

        @Test("Weights: compiled parts, two sets, an infinite parameter, a pointer")
        func weights() throws {
            let home = try Home(), golden = try Golden.tensors("timesformer_tiny")
            try home.write(
                "config.json",
                """
                {"hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 40, "image_size": 32, "patch_size": 8, "num_frames": 4}
                """)
            try Safetensors(["pixel_values": golden["in.pixels"]!]).write(to: home.file("in.safetensors"))
            let plain = Dictionary(
                uniqueKeysWithValues: golden.filter { $0.key.hasPrefix("w.") }.map { (String($0.key.dropFirst(2)), $0.value) })
            func forward(_ weights: [String: Tensor]) throws -> Program.Result {
                try Safetensors(weights).write(to: home.file("w.safetensors"))
                return try home.emolab(
                    "forward", "timesformer", "--config", "config.json", "--weights", "w.safetensors", "--input", "in.safetensors",
                    "--output", "out.safetensors", "--json")
            }
            func renamed(_ change: (String) -> String) -> [String: Tensor] {
                Dictionary(uniqueKeysWithValues: plain.map { (change($0.key), $0.value) })
            }
            let whole = try forward(plain), output = try Data(contentsOf: home.file("out.safetensors"))
            #expect(whole.status == 0 && whole.errors == "", "\(whole.errors)")
            #expect(try whole.lastJSON()["warnings"] == .list([]))
            let compiled = try forward(renamed { $0.replacing("encoder.layer.", with: "encoder._orig_mod.layer.module.") })
            let same = try Data(contentsOf: home.file("out.safetensors")) == output
            #expect(compiled.status == 0 && same, "\(compiled.errors)")
            let two = try forward(
                renamed { "model." + $0 }.merging(
                    plain.map { ("model_ema." + $0.key, Tensor($0.value.values.map { 0.5 * $0 }, shape: $0.value.shape)) }
                ) { a, _ in a })
            #expect(
                two.status == 1 && two.errors.contains("'model.', 'model_ema.'")
                    && two.errors.contains("names begin with 'model.', for instance"), "\(two.errors)")
            let name = "embeddings.time_embeddings", shape = try #require(plain[name]).shape
            let infinite = try forward(
                plain.merging([name: Tensor([-.infinity] + [Float](repeating: 0, count: shape.reduce(1, *) - 1), shape: shape)]) { $1 })
            #expect(
                infinite.status == 0 && infinite.errors.contains("warning: w.safetensors") && infinite.errors.contains("'\(name)'"),
                "\(infinite.errors)")
            let warnings = try infinite.lastJSON()["warnings"].array.compactMap(\.string)
            #expect(
                warnings.count == 2 && warnings[0].contains(name) && warnings[1].contains("last_hidden_state")
                    && warnings[1].contains("NaN"), "\(warnings)")
            try home.write("p.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4096\n")
            let pointer = try home.emolab(
                "forward", "timesformer", "--config", "config.json", "--weights", "p.bin", "--input", "in.safetensors", "--output",
                "out.safetensors")
            #expect(pointer.status == 1 && pointer.errors.contains("p.bin: the file is a pointer of Git LFS"), "\(pointer.errors)")
        }
    }
}
