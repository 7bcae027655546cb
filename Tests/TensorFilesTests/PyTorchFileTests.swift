// PyTorch's files, as PyTorch wrote them and as an attacker would: every tensor right, no code run, no memory beyond the file's worth.
import Foundation
import TestSupport
import Testing

@testable import TensorFiles
@testable import Tensors

/// Writes pickles and archives that PyTorch would not.
enum Crafted {
    static func text(_ text: String) -> [UInt8] { [0x58] + little(UInt32(text.utf8.count)) + Array(text.utf8) }
    static func global(_ module: String, _ name: String) -> [UInt8] { [0x63] + Array("\(module)\n\(name)\n".utf8) }
    static func tuple(_ items: [[UInt8]]) -> [UInt8] { [0x28] + items.flatMap { $0 } + [0x74] }
    static func number(_ value: Int) -> [UInt8] { [0x8a, 8] + little(Int64(value)) }
    static func pickle(_ object: [UInt8]) -> [UInt8] { [0x80, 2] + object + [0x2e] }
    static func dictionary(_ items: [(String, [UInt8])]) -> [UInt8] { [0x7d, 0x28] + items.flatMap { text($0.0) + $0.1 } + [0x75] }

    static func storage(_ type: String = "FloatStorage", key: String = "0", count: Int = 6) -> [UInt8] {
        tuple([text("storage"), global("torch", type), text(key), text("cpu"), number(count)]) + [0x51]
    }

    static func tensor(_ shape: [Int], _ strides: [Int], offset: Int = 0, storage: [UInt8] = storage()) -> [UInt8] {
        let size = tuple(shape.map(number)), stride = tuple(strides.map(number)),
            hooks = global("collections", "OrderedDict") + [0x29, 0x52]
        return global("torch._utils", "_rebuild_tensor_v2") + tuple([storage, number(offset), size, stride, [0x89], hooks]) + [0x52]
    }

    /// An archive with that pickle and one storage of the numbers 0 to 5 as float32.
    static func archive(_ pickle: [UInt8], byteOrder: String? = nil, storage: Data = Data((0..<6).flatMap { little(Float($0).bitPattern) }))
        -> Data
    {
        var writer = ZipWriter()
        writer.add("root/data.pkl", Data(pickle), deflated: false)
        if let byteOrder { writer.add("root/byteorder", Data(byteOrder.utf8), deflated: false) }
        writer.add("root/data/0", storage, deflated: false)
        return writer.finished()
    }

    static func call(_ module: String, _ name: String, _ arguments: [UInt8]...) -> [UInt8] {
        global(module, name) + tuple(arguments) + [0x52]
    }
    static func list(_ items: [[UInt8]]) -> [UInt8] { [0x5d, 0x28] + items.flatMap { $0 } + [0x65] }
    /// How protocol 2 writes bytes.
    static func bytes(_ values: [UInt8]) -> [UInt8] {
        call("_codecs", "encode", text(String(String.UnicodeScalarView(values.map { Unicode.Scalar($0) }))), text("latin1"))
    }

    /// A number of NumPy, whose module's name changed in its version 2.
    static func numpy(_ type: String, _ order: String, _ values: [UInt8], core: String = "numpy._core") -> [UInt8] {
        let state = tuple([number(3), text(order), [0x4e], [0x4e], [0x4e], number(-1), number(-1), number(0)])
        return call(core + ".multiarray", "scalar", call("numpy", "dtype", text(type), [0x89], [0x88]) + state + [0x62], bytes(values))
    }

    static func pairs(_ items: [[UInt8]]) -> [UInt8] { [0x7d, 0x28] + items.flatMap { $0 } + [0x75] }

    /// What checkpoints hold beside their weights.
    static let plainValues: [UInt8] = {
        let none: [UInt8] = [0x4e], yes: [UInt8] = [0x88], build: [UInt8] = [0x62]
        let minusSeven: [UInt8] = [0xF9] + [UInt8](repeating: 0xFF, count: 7)
        let reconstructed = call("numpy._core.multiarray", "_reconstruct", global("numpy", "ndarray"), tuple([number(0)]), bytes([0x62]))
        var items: [(String, [UInt8])] = [("x", tensor([2, 3], [3, 1]))]
        items.append(("milestones", call("collections", "Counter", pairs([number(30), number(1), number(60), number(2)]))))
        items.append(("counts", call("collections", "defaultdict", global("__builtin__", "long"), dictionary([("a", number(1))]))))
        items.append(("ordered", call("collections", "OrderedDict", list([list([text("k"), number(4)])]))))
        items.append(("size", call("torch", "Size", tuple([number(2), number(3)]))))
        items.append(("device", call("torch", "device", text("cuda"), number(1))))
        items.append(("type", global("torch", "float16")))
        items.append(("set", call("__builtin__", "set", list([number(7)]))))
        items.append(("loss", numpy("f8", "<", [0, 0, 0, 0, 0, 0, 0xEA, 0x3F])))
        items.append(("old", numpy("f4", "<", [0, 0, 0xC0, 0x3F], core: "numpy.core")))
        items.append(("half", numpy("f2", ">", [0x38, 0])))
        items.append(("step", numpy("i8", "<", minusSeven)))
        items.append(("byte", numpy("u1", "|", [200])))
        items.append(("flag", numpy("b1", "|", [1])))
        items.append(("word", numpy("U3", "<", [UInt8](repeating: 0, count: 12))))
        items.append(("raw", bytes([0, 255])))
        items.append(("none", call("__builtin__", "bytes")))
        items.append(("keys", pairs([none, number(1), yes, number(2), tuple([number(1), number(2)]), number(3)])))
        items.append(("python2", [0x55, 2, 0x6f, 0x6b]))
        items.append(("array", reconstructed + tuple([number(1)]) + build))
        return dictionary(items)
    }()

    static func little<Bits: FixedWidthInteger>(_ value: Bits) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
}

@Suite("PyTorch files") struct PyTorchFileTests {
    @Test("A module's state_dict reads by its names, new and legacy", arguments: ["module.pt", "module-legacy.pt"])
    func module(name: String) throws {
        let file = try TensorFile(bytes: arrayFile(name))
        let shapes = [
            "conv.bias": [3], "conv.weight": [3, 2, 3], "head.weight": [2, 3], "norm.bias": [3], "norm.num_batches_tracked": [],
            "norm.running_mean": [3],
            "norm.running_var": [3], "norm.weight": [3],
        ]
        #expect(file.arrays.mapValues(\.shape) == shapes)
        for (index, name) in file.names.enumerated() {
            let count = try #require(shapes[name]).reduce(1, *)
            #expect(try file.tensor(name).values == (0..<count).map { Float($0 + index) }, "\(name)")
        }
        #expect(file.arrays["norm.num_batches_tracked"]?.type == .i64)
    }

    @Test("Views on one shared storage read as the tensors they are, new and legacy", arguments: ["views.pt", "views-legacy.pt"])
    func views(name: String) throws {
        let file = try TensorFile(bytes: arrayFile(name))
        let expected: [String: ([Int], [Float])] = [
            "base": ([3, 4], (0..<12).map { Float($0) }), "transposed": ([4, 3], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]),
            "row": ([4], [4, 5, 6, 7]),
            "columns": ([3, 2], [1, 3, 5, 7, 9, 11]), "last": ([], [11]), "none": ([0, 4], []),
            "expanded": ([3, 5], [0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8]),
        ]
        #expect(Set(file.names) == Set(expected.keys))
        for (name, (shape, values)) in expected {
            let tensor = try file.tensor(name)
            #expect(tensor.shape == shape && tensor.values == values, "\(name)")
        }
    }

    @Test("Every element type reads, new and legacy", arguments: ["types.pt", "types-legacy.pt"])
    func types(name: String) throws {
        let file = try TensorFile(bytes: arrayFile(name))
        let types: [String: StoredArray.ElementType] = [
            "float64": .f64, "float32": .f32, "float16": .f16, "bfloat16": .bf16, "int64": .i64, "int32": .i32, "int16": .i16, "int8": .i8,
            "uint8": .u8,
            "bool": .bool,
        ]
        #expect(file.arrays.mapValues(\.type) == types)
        for (name, type) in types {
            let expected: [Float] =
                switch type {
                case .bool: [1, 0]
                case .u8: [0, 1, 255]
                case .i64, .i32, .i16, .i8: [-2, 0, 1, 3]
                default: [-2, 0, 1.5, 3]
                }
            #expect(try file.tensor(name).values == expected, "\(name)")
        }
    }

    @Test("A training checkpoint's nested names are joined by dots, its numbers and texts kept beside")
    func checkpoint() throws {
        let file = try TensorFile(bytes: arrayFile("checkpoint.pt"))
        #expect(file.metadata["epoch"] == "7" && file.metadata["best"] == "0.5" && file.metadata["name"] == "näme")
        #expect(file.metadata["optimizer.param_groups.0.lr"] == "0.5" && file.metadata["optimizer.param_groups.0.betas.1"] == "0.999")
        #expect(try file.tensor("state_dict.head.weight").values == [2, 3, 4, 5, 6, 7].map { $0 - 0.5 })
        #expect(try file.tensor("optimizer.state.0.step").item == 1 && file.tensor("parameters.0").values == [1, 1])
    }

    @Test("A tensor saved by itself has the name of an only array")
    func single() throws {
        let file = try TensorFile(bytes: arrayFile("single.pt"))
        #expect(file.names == [TensorFile.onlyName])
        #expect(try file.tensor(TensorFile.onlyName).values == [0, 1, 2, 3, 4, 5])
    }

    @Test("A pickle that names a command is refused by that name and nothing runs", arguments: ["hostile.pt", "hostile-legacy.pt"])
    func hostile(name: String) throws {
        let bytes = try arrayFile(name)
        #expect { try TensorFile(bytes: bytes) } throws: { error in
            if case TensorFileError.forbidden(_, let global) = error { global == "posix.system" } else { false }
        }
        #expect(!FileManager.default.fileExists(atPath: "hostile-code-ran"))
    }

    @Test("A whole module is refused with the advice to save its state_dict")
    func wholeModule() throws {
        let bytes = try arrayFile("whole-module.pt")
        #expect { try TensorFile(bytes: bytes) } throws: {
            "\($0)".contains("torch.nn.modules.linear.Linear") && "\($0)".contains("state_dict")
        }
    }

    @Test("A file cut anywhere is refused", arguments: ["views.pt", "views-legacy.pt", "module-legacy.pt"])
    func truncated(name: String) throws {
        let bytes = try arrayFile(name)
        for count in 0..<bytes.count { #expect(throws: TensorFileError.self, "\(count)") { try TensorFile(bytes: bytes.prefix(count)) } }
    }

    @Test("Crafted pickles that are valid read")
    func crafted() throws {
        let tensor = Crafted.tensor([2, 3], [3, 1])
        let file = try TensorFile(bytes: Crafted.archive(Crafted.pickle(Crafted.dictionary([("x", tensor)])), byteOrder: "little"))
        #expect(try file.tensor("x").values == [0, 1, 2, 3, 4, 5])
        let reversedAxes = try TensorFile(bytes: Crafted.archive(Crafted.pickle(Crafted.tensor([3, 1, 2], [1, .max, 3]))))
        #expect(try reversedAxes.tensor(TensorFile.onlyName).values == [0, 3, 1, 4, 2, 5])
    }

    @Test("What checkpoints hold beside weights is read as the values it is: counters, sizes, devices, types, NumPy's numbers")
    func plainValues() throws {
        let file = try TensorFile(bytes: Crafted.archive(Crafted.pickle(Crafted.plainValues)))
        #expect(file.names == ["x"] && file.arrays["x"]?.shape == [2, 3])
        #expect(
            file.metadata == [
                "milestones.30": "1", "milestones.60": "2", "counts.a": "1", "ordered.k": "4", "size.0": "2", "size.1": "3",
                "device": "cuda:1", "type": "torch.float16",
                "set.0": "7", "loss": "0.8125", "old": "1.5", "half": "0.5", "step": "-7", "byte": "200", "flag": "true", "keys.None": "1",
                "keys.True": "2",
                "keys.(1, 2)": "3", "python2": "ok",
            ])
    }

    @Test(
        "What would run code is refused by its name, also where it hides in what is read",
        arguments: [
            ("posix.system", Crafted.call("posix", "system", Crafted.text("touch hostile-code-ran"))),
            ("builtins.eval", Crafted.call("collections", "Counter", Crafted.call("builtins", "eval", Crafted.text("1")))),
            ("builtins.int", Crafted.call("builtins", "int", Crafted.text("1"))),
            ("builtins.getattr", Crafted.call("collections", "defaultdict", Crafted.global("builtins", "getattr"))),
            ("numpy.load", Crafted.call("numpy", "load", Crafted.text("x"))),
            ("numpy.testing._private.utils.runstring", Crafted.global("numpy.testing._private.utils", "runstring")),
            ("torch.hub.load", Crafted.global("torch.hub", "load")), ("collections.deque", Crafted.global("collections", "deque")),
        ])
    func refusedByName(name: String, object: [UInt8]) {
        let file = Crafted.archive(Crafted.pickle(Crafted.dictionary([("x", Crafted.tensor([1], [1])), ("hook", object)])))
        #expect { try TensorFile(bytes: file) } throws: { error in
            if case TensorFileError.forbidden(_, let global) = error { global == name } else { false }
        }
        #expect(!FileManager.default.fileExists(atPath: "hostile-code-ran"))
    }

    @Test(
        "Plain values that are called with something else are refused",
        arguments: [
            Crafted.call("collections", "Counter", [0x4b, 1]), Crafted.call("collections", "Counter", [0x7d], [0x7d]),
            Crafted.call("collections", "defaultdict", [0x4b, 1]),
            Crafted.call("torch", "Size", [0x4b, 1]), Crafted.call("torch", "device"), Crafted.call("torch", "float32"),
            Crafted.call("_codecs", "encode", Crafted.text("x"), Crafted.text("rot13")),
            Crafted.numpy("f8", "<", [1, 2, 3]), Crafted.call("numpy._core.multiarray", "scalar", [0x4b, 1]),
            Crafted.call("collections", "OrderedDict", Crafted.list([[0x4b, 1]])),
        ])
    func wronglyCalled(object: [UInt8]) {
        let file = Crafted.archive(Crafted.pickle(Crafted.dictionary([("x", object)])))
        #expect(throws: TensorFileError.self) { try TensorFile(bytes: file) }
    }

    @Test("A dictionary made of another again and again takes no more memory than the file is worth")
    func copies() {
        let one: [UInt8] = [0x4b, 1], remember: [UInt8] = [0x71, 0], again: [UInt8] = [0x68, 0, 0x52, 0x4b, 1, 0x4b, 2, 0x73]
        let first: [UInt8] = Crafted.tuple([Crafted.pairs((0..<20_000).flatMap { [Crafted.number($0), one] })]) + remember
        let copy: [UInt8] = Crafted.global("collections", "Counter") + again
        let file = Crafted.archive(Crafted.pickle(Crafted.list([first] + Array(repeating: copy, count: 400))))
        #expect { try TensorFile(bytes: file, limit: ReadingLimit(floor: 8 << 20, ratio: 64)) } throws: {
            if case TensorFileError.memory = $0 { true } else { false }
        }
    }

    static let outOfRange: [(String, [Int], [Int], Int)] = [
        ("a stride too long", [2, 3], [4, 1], 0), ("an offset too far", [2, 3], [3, 1], 1), ("a negative offset", [1], [1], -1),
        ("a negative stride", [2], [-1], 1), ("a negative axis", [-2], [1], 0), ("too many elements", [7], [1], 0),
        ("strides that overflow", [3, 3], [.max, .max], 0), ("an offset that overflows", [2], [1], .max),
        ("a shape that overflows", [.max, .max], [0, 0], 0),
        ("fewer strides than axes", [2, 3], [3], 0), ("a repeated number beyond any memory", [1 << 30, 1 << 20], [0, 0], 0),
        ("a repeated number beyond what the file is worth", [1 << 26], [0], 0),
        ("65 axes", Array(repeating: 1, count: 65), Array(repeating: 1, count: 65), 0),
        ("an empty shape that overflows elsewhere", [0, .max, .max], [1, 1, 1], 0),
    ]

    @Test("Views that reach beyond their storage, or repeat it without end, are refused", arguments: outOfRange)
    func refusedViews(what: String, shape: [Int], strides: [Int], offset: Int) {
        let file = Crafted.archive(Crafted.pickle(Crafted.tensor(shape, strides, offset: offset)))
        #expect(throws: TensorFileError.self, "\(what)") { try TensorFile(bytes: file) }
    }

    @Test("One storage under a few names reads, under so many that the tensors would take a hundredfold it is refused")
    func sharedStorage() throws {
        func file(names: Int) -> Data {
            let tensor = Crafted.tensor([1 << 18], [1], storage: Crafted.storage(count: 1 << 18))
            let list: [UInt8] = [0x5d, 0x28] + tensor + [0x71, 0] + (1..<names).flatMap { _ in [0x68, 0] as [UInt8] } + [0x65]
            return Crafted.archive(Crafted.pickle(list), storage: Data(count: 1 << 20))
        }
        #expect(try TensorFile(bytes: file(names: 3)).names == ["0", "1", "2"])
        #expect { try TensorFile(bytes: file(names: 200)) } throws: { if case TensorFileError.memory = $0 { true } else { false } }
    }

    static let refusedPickles: [(String, [UInt8])] = [
        ("nothing", []), ("no value", [0x80, 2, 0x2e]), ("two values", [0x80, 2, 0x7d, 0x7d, 0x2e]),
        ("a mark left over", [0x80, 2, 0x28, 0x7d, 0x2e]),
        ("no end", [0x80, 2, 0x7d]), ("bytes behind", Crafted.pickle([0x7d]) + [0]), ("protocol 4", [0x80, 4, 0x7d, 0x2e]),
        ("a number alone", Crafted.pickle([0x4b, 1])), ("an unknown instruction", Crafted.pickle([0x69])),
        ("a mark that is not there", Crafted.pickle([0x74])), ("a value that is not there", Crafted.pickle([0x85])),
        ("a value below the mark", Crafted.pickle([0x7d, 0x28, 0x85])), ("memory never written", Crafted.pickle([0x68, 9])),
        ("remembering nothing", Crafted.pickle([0x71, 0])), ("appending to a number", Crafted.pickle([0x4b, 1, 0x4b, 2, 0x61])),
        ("a key without a value", Crafted.pickle([0x7d, 0x28, 0x4b, 1, 0x75])),
        ("text longer than the file", Crafted.pickle([0x58, 255, 255, 255, 255])),
        ("text that is not UTF-8", Crafted.pickle([0x58, 1, 0, 0, 0, 0xff])),
        ("a name without end", [0x63] + Array(repeating: 0x61, count: 100_000)),
        ("REDUCE of a number", Crafted.pickle([0x4b, 1, 0x29, 0x52])),
        ("OrderedDict with arguments", Crafted.pickle(Crafted.global("collections", "OrderedDict") + [0x4e, 0x85, 0x52])),
        ("a storage made on the spot", Crafted.pickle(Crafted.global("torch", "FloatStorage") + [0x29, 0x52])),
        ("a tensor without arguments", Crafted.pickle(Crafted.global("torch._utils", "_rebuild_tensor_v2") + [0x29, 0x52])),
        (
            "a parameter of a number",
            Crafted.pickle(Crafted.global("torch._utils", "_rebuild_parameter") + [0x4b, 1, 0x89, 0x7d, 0x87, 0x52])
        ),
        ("BUILD on a number", Crafted.pickle([0x4b, 1, 0x7d, 0x62])),
        ("a persistent id that is a number", Crafted.pickle([0x4b, 1, 0x51])),
        (
            "a storage of no class",
            Crafted.pickle(
                Crafted.tuple([
                    Crafted.text("storage"), Crafted.text("FloatStorage"), Crafted.text("0"), Crafted.text("cpu"), Crafted.number(6),
                ]) + [0x51])
        ),
        ("a storage longer than its bytes", Crafted.pickle(Crafted.tensor([1], [1], storage: Crafted.storage(count: 7)))),
        ("a storage shorter than its bytes", Crafted.pickle(Crafted.tensor([1], [1], storage: Crafted.storage(count: 5)))),
        ("a storage of another size", Crafted.pickle(Crafted.tensor([1], [1], storage: Crafted.storage("DoubleStorage")))),
        ("a storage whose length overflows", Crafted.pickle(Crafted.tensor([1], [1], storage: Crafted.storage(count: .max)))),
        ("a negative storage", Crafted.pickle(Crafted.tensor([1], [1], storage: Crafted.storage(count: -6)))),
        ("a storage that is missing", Crafted.pickle(Crafted.tensor([1], [1], storage: Crafted.storage(key: "../1")))),
        ("a list in itself", Crafted.pickle([0x5d, 0x71, 0, 0x68, 0, 0x61])),
        ("lists of lists without end", Crafted.pickle([UInt8](repeating: 0x5d, count: 100_000) + [UInt8](repeating: 0x61, count: 99_999))),
        ("tuples of tuples without end", Crafted.pickle([0x29] + [UInt8](repeating: 0x85, count: 100_000))),
        // Each pair holds the one before it twice: two to the power of sixty visits.
        ("doubling pairs", Crafted.pickle([0x29, 0x71, 0] + (0..<60).flatMap { _ in [0x68, 0, 0x86, 0x71, 0] as [UInt8] })),
        // One text in a list a thousand times: small here, a thousand times its length in any file written from it.
        (
            "one text many times",
            Crafted.pickle(
                [0x5d, 0x28] + Crafted.text(String(repeating: "x", count: 100_000)) + [0x71, 0]
                    + (0..<1000).flatMap { _ in [0x68, 0] as [UInt8] } + [0x65])
        ),
        // One long name in front of many: memory of their product.
        (
            "long names",
            Crafted.pickle(
                Crafted.dictionary([(String(repeating: "k", count: 2000), Crafted.dictionary([("a", Crafted.tensor([1], [1]))]))]))
        ),
    ]

    @Test("Damaged and hostile pickles are refused", arguments: refusedPickles)
    func refused(what: String, pickle: [UInt8]) {
        #expect(throws: TensorFileError.self, "\(what)") { try TensorFile(bytes: Crafted.archive(pickle)) }
    }

    @Test(
        "Only the fixed names are known",
        arguments: [
            "os system", "builtins eval", "torch load", "torch.storage UntypedStorage", "collections deque",
            "torch._utils _rebuild_qtensor", "torch FloatStorage.x", " OrderedDict", "collections. OrderedDict",
        ])
    func globals(name: String) {
        let parts = name.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let file = Crafted.archive(Crafted.pickle(Crafted.dictionary([("x", Crafted.global(parts[0], parts[1]))])))
        #expect { try TensorFile(bytes: file) } throws: { if case TensorFileError.forbidden = $0 { true } else { false } }
    }

    @Test("Other byte orders are refused")
    func byteOrder() {
        #expect(throws: TensorFileError.self) {
            try TensorFile(bytes: Crafted.archive(Crafted.pickle(Crafted.tensor([1], [1])), byteOrder: "big"))
        }
        #expect { try TensorFile(bytes: Self.legacy(facts: [0x7d] + Crafted.text("little_endian") + [0x89, 0x73])) } throws: {
            "\($0)".contains("big-endian")
        }
    }

    /// A legacy file with one tensor of two float32 numbers.
    private static func legacy(facts: [UInt8] = [0x7d], view: [UInt8] = [0x4e], keys: [String] = ["0"], length: Int = 2, data: Int = 8)
        -> Data
    {
        let storage = Crafted.tuple([
            Crafted.text("storage"), Crafted.global("torch", "FloatStorage"), Crafted.text("0"), Crafted.text("cpu"), Crafted.number(2),
            view,
        ])
        let object = Crafted.dictionary([("x", Crafted.tensor([2], [1], storage: storage + [0x51]))])
        let list: [UInt8] = [0x5d, 0x28] + keys.flatMap(Crafted.text) + [0x65]
        let pickles = [PyTorchFile.legacyStart, Crafted.number(1001), facts, object, list].flatMap(Crafted.pickle)
        return Data(pickles + Crafted.little(Int64(length))) + Data(count: data)
    }

    @Test("A legacy file's storages must be those its tensors name, as long as they say")
    func legacyStorages() throws {
        #expect(try TensorFile(bytes: Self.legacy()).tensor("x").values == [0, 0])
        let refused = [
            Self.legacy(view: [0x4b, 0]), Self.legacy(keys: []), Self.legacy(keys: ["1"]), Self.legacy(keys: ["0", "0"]),
            Self.legacy(length: 3),
            Self.legacy(length: -1), Self.legacy(length: .max), Self.legacy(data: 7), Self.legacy(data: 9),
        ]
        for file in refused { #expect(throws: TensorFileError.self) { try TensorFile(bytes: file) } }
    }
}
