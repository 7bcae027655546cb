// Names of parameters as training programs leave them in files: wrapped, behind prefixes, in more than one set; and what stands in place of weights.
import Foundation
import TestSupport
import Testing

@testable import Base
@testable import TensorFiles
@testable import Tensors

@Suite("Weights as people have them") struct WeightNamesTests {
    private static let shapes: [(String, [Int])] = [
        ("embed.weight", [4]), ("encoder.layer.0.weight", [2, 4]), ("encoder.layer.0.bias", [2]), ("norm.weight", [4]),
    ]

    private static func file(_ sets: [(offset: Float, rename: (String) -> String)], _ more: [String: Tensor] = [:]) throws -> TensorFile {
        var arrays = more.mapValues { StoredArray($0) }
        for (offset, rename) in sets {
            for (name, shape) in shapes {
                let count = shape.reduce(1, *)
                arrays[rename(name)] = StoredArray(Tensor((0..<count).map { Float($0) + offset }, shape: shape))
            }
        }
        return try TensorFile(bytes: TensorFile.bytes(of: arrays, as: .safetensors))
    }

    /// The first value of each parameter.
    private static func taken(_ file: TensorFile) throws -> [Float] {
        var names = WeightNames(file)
        let found = shapes.map { name, shape in names.find(name, shape: shape)?.array }
        let values = try zip(found, shapes).map { array, shape in try #require(array, "\(shape.0)").tensor.values[0] }
        try names.check()
        return values
    }

    @Test(
        "Wrappers may stand anywhere in a name, in any order and number",
        arguments: [
            "_orig_mod.*", "module.*", "module._orig_mod.*", "_orig_mod.module.*", "model._orig_mod.*", "state_dict.net.module.*",
            "encoder._orig_mod.layer", "encoder.layer._orig_mod.0",
            "encoder._orig_mod.layer.0.module", "_fsdp_wrapped_module.*", "encoder.layer.0._checkpoint_wrapped_module",
            "_forward_module.module._orig_mod.*",
        ])
    func wrappers(form: String) throws {
        let file = try Self.file(
            [
                (
                    5,
                    { name in
                        if form.hasSuffix(".*") { return form.dropLast(1) + name }
                        let plain = form.split(separator: ".").filter {
                            !["_orig_mod", "module", "_checkpoint_wrapped_module"].contains($0)
                        }.joined(separator: ".")
                        return name.hasPrefix(plain + ".") ? form + name.dropFirst(plain.count) : name
                    }
                )
            ], ["head.weight": .zeros([3])])
        #expect(try Self.taken(file) == [5, 5, 5, 5])
    }

    @Test("Several sets that differ are refused with the names of both; equal ones, and those of other sizes, are none")
    func sets() throws {
        func sets(_ file: TensorFile) throws -> [String]? {
            do {
                _ = try Self.taken(file)
                return nil
            } catch let error as WeightNames.Ambiguity { return error.sets }
        }
        #expect(try sets(Self.file([(0, { "student." + $0 }), (1, { "teacher." + $0 })])) == ["'student.'", "'teacher.'"])
        #expect(try sets(Self.file([(0, { $0 }), (1, { "ema." + $0 })])) == ["names without a prefix", "'ema.'"])
        #expect(try sets(Self.file([(0, { $0 }), (1, { "module." + $0 })]))?.contains("'module.'") == true)
        #expect(try sets(Self.file([(0, { "a.model." + $0 }), (1, { "b.module.model." + $0 }), (2, { "c.model." + $0 })]))?.count == 3)
        #expect(try sets(Self.file([(3, { "student." + $0 }), (3, { "teacher." + $0 })])) == nil)
        #expect(
            try sets(Self.file([(3, { "model." + $0 })], ["other.embed.weight": .zeros([4]), "other.norm.weight": .zeros([4])])) == nil)
        // Another network's first name is shorter, but under the longer prefix lies all of ours.
        #expect(try Self.taken(Self.file([(7, { "model.backbone." + $0 })], ["q.embed.weight": .zeros([4])])) == [7, 7, 7, 7])
        // A teacher of another size is no rival, whichever comes first.
        #expect(
            try Self.taken(
                Self.file(
                    [(7, { "z." + $0 })],
                    [
                        "a.embed.weight": .zeros([9]), "a.encoder.layer.0.weight": .zeros([2, 9]), "a.encoder.layer.0.bias": .zeros([2]),
                        "a.norm.weight": .zeros([9]),
                    ])) == [7, 7, 7, 7])
    }

    @Test("What is lacking stays lacking")
    func lacking() throws {
        var names = WeightNames(
            try TensorFile(bytes: TensorFile.bytes(of: ["module.a._orig_mod.w": StoredArray(.zeros([1]))], as: .safetensors)))
        let found = ["a.w", "a.b", "w"].map { names.find($0, shape: [1])?.name }
        #expect(found == ["module.a._orig_mod.w", nil, nil])
        #expect(WeightNames.bare("module.x.module") == "x.module" && WeightNames.bare("modules.x") == "modules.x")
    }

    @Test("Values that are no numbers are counted by their kind")
    func notFinite() {
        #expect(Tensor([1, -.infinity, 2], shape: [3]).notFiniteWords == "1 of 3 values is infinite")
        #expect(Tensor([.nan, .nan], shape: [2]).notFiniteWords == "2 of 2 values are NaN")
        #expect(Tensor([.nan, .infinity, .greatestFiniteMagnitude], shape: [3]).notFiniteWords == "2 of 3 values are infinite or NaN")
        #expect(
            Tensor([.greatestFiniteMagnitude, -.leastNonzeroMagnitude, -0.0], shape: [3]).notFiniteWords == nil
                && Tensor.zeros([0]).isFinite)
    }

    // MARK: In place of weights

    @Test(
        "What stands in place of weights is named with what to do",
        arguments: [
            (
                "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1213400576\n",
                ["a pointer of Git LFS", "1.2 GB", "git lfs pull"]
            ),
            ("version https://git-lfs.github.com/spec/v1\r\noid sha256:ab\r\nsize 900\r\n", ["Git LFS", "900 bytes"]),
            ("/annex/objects/SHA256E-s52428800--ab.bin\n", ["git-annex", "52.4 MB", "git annex get"]),
            ("outs:\n- md5: ab\n  size: 2048\n  path: m.pt\n", ["DVC", "2.0 kB", "dvc pull"]),
            (
                "\n<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
                ["a page from the web", "Access Denied"]
            ),
            ("<!DOCTYPE html>\n<html><head><title>\n 404 Not\n Found </title>", ["a page from the web", "404 Not Found"]),
            ("<html><body>", ["a page from the web"]),
            ("{\"error\": \"Repository not found\"}", ["a server's message", "Repository not found"]),
            ("{\"hidden_size\": 24}", ["a JSON text"]), ("[1, 2, 3, 4]", ["a JSON text"]),
            (
                "{\"metadata\": {\"total_size\": 9}, \"weight_map\": {\"a\": \"m-1.bin\", \"b\": \"m-2.bin\", \"c\": \"m-1.bin\"}}",
                ["an index of 2 files", "m-1.bin"]
            ),
            ("\u{1F}\u{8B}\u{8}", []),
        ] as [(String, [String])])
    func foreign(text: String, words: [String]) throws {
        let bytes = words.isEmpty ? Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0]) : Data(text.utf8)
        let error = #expect(throws: TensorFileError.self) { try TensorFile(bytes: bytes) }
        guard case .foreign(let what)? = error else {
            Issue.record("\(error as Any)")
            return
        }
        for word in words.isEmpty ? ["gzip"] : words { #expect(what.contains(word), "\(what)") }
        #expect(throws: SafetensorsError.foreign(what)) { try Safetensors(bytes: bytes) }
    }

    @Test("An index stands for its files where they lie beside it, and says what is missing or wrong where not")
    func shards() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-shards-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let index = folder.appendingPathComponent("model.safetensors.index.json"),
            first = folder.appendingPathComponent("m-00001-of-00002.safetensors")
        func write(_ map: String) throws { try Data("{\"weight_map\": \(map)}".utf8).write(to: index) }
        func problem() -> String {
            do {
                _ = try TensorFile(contentsOf: index)
                return ""
            } catch { return "\(error)" }
        }
        try write("{\"a\": \"m-00001-of-00002.safetensors\", \"b\": \"m-00002-of-00002.safetensors\"}")
        #expect(problem().contains("an index of 2 files") && problem().contains("none is there"))
        try Safetensors(["a": .ones([2]), "extra": .ones([1])]).write(to: first)
        #expect(problem().contains("1 is not there"), "\(problem())")
        try Safetensors(["b": .ones([3])]).write(to: folder.appendingPathComponent("m-00002-of-00002.safetensors"))
        let whole = try TensorFile(contentsOf: index)
        #expect(whole.names == ["a", "b"] && whole.arrays["b"]?.shape == [3])
        try write("{\"a\": \"m-00001-of-00002.safetensors\", \"c\": \"m-00002-of-00002.safetensors\"}")
        #expect(problem().contains("does not hold \"c\""))
        for outside in ["../m.bin", "/etc/passwd", "", ".."] {
            try write("{\"a\": \"\(outside)\"}")
            #expect(problem().contains("of its own folder"), "\(problem())")
        }
        #expect(
            TensorFile.adviceOnShard(first.path)?.contains("file 1 of 2") == true
                && TensorFile.adviceOnShard("model-00001-of-00001.bin") == nil)
    }
}
