// Just enough pickle (Python's pickletools.py) to read the containers and tensors that PyTorch saves: a fixed list of instructions and a fixed list of
// names, so that no file can run code. Values live in arrays and refer to each other by index: a file can tie knots or nest without end,
// and still nothing here recurses or leaks.
import Foundation
import Tensors

struct PickleMachine {
    enum Value: Equatable {
        case none
        case boolean(Bool)
        case integer(Int)
        /// A whole number beyond `Int`, as its little-endian bytes.
        case longInteger([UInt8])
        case number(Double)
        case text(String)
        /// Indices into ``containers``, ``storages``, ``tensors``.
        case container(Int)
        case storage(Int)
        case tensor(Int)
        case global(Global)
        /// Bytes as text whose scalars they are.
        case bytes(String)
        /// A number's type in NumPy: its letter and size, and whether the most significant byte comes first.
        case numpyType(NumpyType)
        /// What is known and is no weight.
        case opaque
    }

    struct NumpyType: Equatable {
        var letter: Character, size: Int, isBigEndian = false
    }

    struct Container: Equatable {
        enum Kind { case tuple, list, dictionary }
        let kind: Kind
        /// In a dictionary, keys and values in turn.
        var items: [Value] = []
    }

    /// Memory that tensors lie in: raw elements elsewhere in the file.
    struct Storage: Equatable {
        var type: StoredArray.ElementType, key: String, count: Int
    }

    struct TensorRecord: Equatable {
        var storage: Int, layout: StridedLayout
    }

    /// The only names a file may use.
    enum Global: Equatable {
        case orderedDictionary, counter, defaultDictionary, rebuildTensor, rebuildParameter, size, device
        case storage(StoredArray.ElementType)
        /// A type of elements, by PyTorch's name for it.
        case elementType(String)
        /// NumPy's numbers, their types, and its arrays, whose values are passed over.
        case numpyScalar, numpyType, numpyArray
        /// How protocol 2 writes bytes.
        case encode
        /// Python's own types: what a defaultdict makes of a missing key, and empty values. Only sets and empty values are made.
        case builtIn(String)

        init?(_ name: String) {
            switch name {
            case "collections OrderedDict": self = .orderedDictionary
            case "collections Counter": self = .counter
            case "collections defaultdict": self = .defaultDictionary
            case "torch Size": self = .size
            case "torch device": self = .device
            case "numpy.core.multiarray scalar", "numpy._core.multiarray scalar": self = .numpyScalar
            case "numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct", "numpy ndarray": self = .numpyArray
            case "numpy dtype": self = .numpyType
            case "_codecs encode": self = .encode
            case "torch._utils _rebuild_tensor_v2": self = .rebuildTensor
            case "torch._utils _rebuild_parameter": self = .rebuildParameter
            case "torch DoubleStorage": self = .storage(.f64)
            case "torch FloatStorage": self = .storage(.f32)
            case "torch HalfStorage": self = .storage(.f16)
            case "torch BFloat16Storage": self = .storage(.bf16)
            case "torch LongStorage": self = .storage(.i64)
            case "torch IntStorage": self = .storage(.i32)
            case "torch ShortStorage": self = .storage(.i16)
            case "torch CharStorage": self = .storage(.i8)
            case "torch ByteStorage": self = .storage(.u8)
            case "torch BoolStorage": self = .storage(.bool)
            default:
                let parts = name.split(separator: " ", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { return nil }
                switch parts[0] {
                case "torch" where Self.elementTypes.contains(parts[1]): self = .elementType("torch." + parts[1])
                case "builtins" where Self.builtIns.contains(parts[1]), "__builtin__" where Self.builtIns.contains(parts[1]):
                    self = .builtIn(parts[1])
                default: return nil
                }
            }
        }

        private static let elementTypes: Set<String> = [
            "float16", "half", "bfloat16", "float32", "float", "float64", "double", "int8", "int16", "short", "int32", "int", "int64",
            "long", "uint8", "bool",
        ]
        private static let builtIns: Set<String> = [
            "int", "long", "float", "bool", "str", "unicode", "bytes", "list", "tuple", "dict", "set", "frozenset",
        ]
    }

    private enum Instruction: UInt8 {
        case proto = 0x80, stop = 0x2e, mark = 0x28
        case emptyDictionary = 0x7d, emptyTuple = 0x29, emptyList = 0x5d
        case tuple = 0x74, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, list = 0x6c
        case append = 0x61, appends = 0x65, setItem = 0x73, setItems = 0x75
        case put = 0x71, longPut = 0x72, get = 0x68, longGet = 0x6a
        case text = 0x58, shortString = 0x55, longString = 0x54, integer = 0x4a, integer1 = 0x4b, integer2 = 0x4d, long1 = 0x8a, number =
            0x47
        case yes = 0x88, no = 0x89, none = 0x4e
        case global = 0x63, reduce = 0x52, newObject = 0x81, build = 0x62, persistentID = 0x51
    }

    let format: ArrayFormat
    var allowance: Allowance
    private(set) var containers: [Container] = []
    private(set) var storages: [Storage] = []
    private(set) var tensors: [TensorRecord] = []
    private var stack: [Value] = []
    private var marks: [Int] = []
    private var memo: [UInt32: Value] = [:]

    init(_ format: ArrayFormat, _ allowance: Allowance) {
        self.format = format
        self.allowance = allowance
    }

    /// Reads one pickle to its end and returns what it holds; what that refers to stays in the machine.
    mutating func run(_ reader: inout ByteReader) throws -> Value {
        (stack, marks, memo) = ([], [], [:])
        while true {
            let code = try reader.byte()
            guard let instruction = Instruction(rawValue: code) else {
                throw reader.damaged("pickle instruction 0x\(String(code, radix: 16)) is none that PyTorch writes for weights")
            }
            // What the stack takes for a value, with room for its growth.
            try allowance.take(48, for: "reading the pickle")
            switch instruction {
            case .proto:
                let version = try reader.byte()
                guard version <= 2 else {
                    throw TensorFileError.unsupported(format, "pickle protocol \(version) is not read; PyTorch writes 2")
                }
            case .stop:
                guard stack.count == 1, marks.isEmpty, let value = stack.popLast() else {
                    throw reader.damaged("the pickle ends with \(stack.count) values")
                }
                return value
            case .mark: marks.append(stack.count)
            case .emptyDictionary: try push(Container(kind: .dictionary))
            case .emptyTuple: try push(Container(kind: .tuple))
            case .emptyList: try push(Container(kind: .list))
            case .tuple: try push(Container(kind: .tuple, items: popToMark(reader)))
            case .tuple1: try push(Container(kind: .tuple, items: pop(1, reader)))
            case .tuple2: try push(Container(kind: .tuple, items: pop(2, reader)))
            case .tuple3: try push(Container(kind: .tuple, items: pop(3, reader)))
            case .list: try push(Container(kind: .list, items: popToMark(reader)))
            case .append: try extend(.list, with: pop(1, reader), reader)
            case .appends: try extend(.list, with: popToMark(reader), reader)
            case .setItem: try extend(.dictionary, with: pop(2, reader), reader)
            case .setItems: try extend(.dictionary, with: popToMark(reader), reader)
            case .put: try remember(UInt32(reader.byte()), reader)
            case .longPut: try remember(reader.integer(UInt32.self), reader)
            case .get: try recall(UInt32(reader.byte()), reader)
            case .longGet: try recall(reader.integer(UInt32.self), reader)
            case .text: try stack.append(.text(reader.text(Int(reader.integer(UInt32.self)))))
            case .shortString: try stack.append(.text(Self.latin1(reader.take(Int(reader.byte())))))
            case .longString: try stack.append(.text(Self.latin1(reader.take(Int(reader.integer(UInt32.self))))))
            case .integer: try stack.append(.integer(Int(reader.integer(Int32.self))))
            case .integer1: try stack.append(.integer(Int(reader.byte())))
            case .integer2: try stack.append(.integer(Int(reader.integer(UInt16.self))))
            case .long1: try stack.append(Self.long(reader.take(Int(reader.byte()))))
            case .number: try stack.append(.number(Double(bitPattern: reader.integer(UInt64.self).byteSwapped)))
            case .yes: stack.append(.boolean(true))
            case .no: stack.append(.boolean(false))
            case .none: stack.append(.none)
            case .global:
                let name = try reader.line(limit: 256) + " " + reader.line(limit: 256)
                guard let global = Global(name) else { throw TensorFileError.forbidden(format, global: name.replacing(" ", with: ".")) }
                if case .elementType(let name) = global { stack.append(.text(name)) } else { stack.append(.global(global)) }
            case .reduce, .newObject: try reduce(reader)
            case .build:
                // On the dictionary of a state_dict this carries its _metadata, which says nothing about the weights.
                let pair = try pop(2, reader)
                switch pair[0] {
                case .container(let index) where containers[index].kind == .dictionary: stack.append(pair[0])
                case .numpyType(let kind): try stack.append(numpyType(kind, state: pair[1], reader))
                case .opaque: stack.append(.opaque)
                default: throw reader.damaged("BUILD on something that is no dictionary")
                }
            case .persistentID: try findStorage(reader)
            }
        }
    }

    /// The items of a container of that kind, or nil for anything else.
    func items(_ value: Value, _ kind: Container.Kind) -> [Value]? {
        guard case .container(let index) = value, containers[index].kind == kind else { return nil }
        return containers[index].items
    }

    // MARK: The stack

    private mutating func push(_ container: Container) throws {
        // Items that are shared here are its own once it grows.
        try allowance.take(96 + 40 * container.items.count, for: "reading the pickle")
        containers.append(container)
        stack.append(.container(containers.count - 1))
    }

    private mutating func pop(_ count: Int, _ reader: ByteReader) throws -> [Value] {
        guard stack.count - (marks.last ?? 0) >= count else { throw reader.damaged("the pickle takes a value that is not there") }
        defer { stack.removeLast(count) }
        return Array(stack[(stack.count - count)...])
    }

    private mutating func popToMark(_ reader: ByteReader) throws -> [Value] {
        guard let mark = marks.popLast() else { throw reader.damaged("the pickle takes values up to a mark that is not there") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func extend(_ kind: Container.Kind, with items: [Value], _ reader: ByteReader) throws {
        guard case .container(let index)? = stack.last, stack.count > (marks.last ?? 0), containers[index].kind == kind else {
            throw reader.damaged("the pickle fills something that is no \(kind)")
        }
        guard kind != .dictionary || items.count % 2 == 0 else {
            throw reader.damaged("the pickle gives a dictionary a key without a value")
        }
        containers[index].items.append(contentsOf: items)
    }

    private mutating func remember(_ place: UInt32, _ reader: ByteReader) throws {
        guard let value = stack.last else { throw reader.damaged("the pickle remembers a value that is not there") }
        memo[place] = value
    }

    private mutating func recall(_ place: UInt32, _ reader: ByteReader) throws {
        guard let value = memo[place] else { throw reader.damaged("the pickle recalls value \(place), which it never stored") }
        stack.append(value)
    }

    /// A signed number of any length, little-endian.
    private static func long(_ bytes: Data) -> Value {
        guard bytes.count <= 8 else { return .longInteger([UInt8](bytes)) }
        var bits: UInt64 = bytes.last.map { $0 & 0x80 == 0 ? 0 : .max } ?? 0
        for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
        return .integer(Int(Int64(bitPattern: bits)))
    }

    // MARK: The objects

    private mutating func reduce(_ reader: ByteReader) throws {
        let pair = try pop(2, reader)
        guard case .global(let global) = pair[0], let arguments = items(pair[1], .tuple) else {
            throw reader.damaged("REDUCE of something that is no function with a tuple")
        }
        // A damaged file calls with the wrong arguments, a hostile one too: nothing is looked up or run, values are made or the file is refused.
        switch global {
        case .orderedDictionary, .counter, .builtIn("dict"): try push(dictionary(arguments, reader))
        case .defaultDictionary:
            switch arguments.first {
            case nil, .global(.builtIn)?, .global(.orderedDictionary)?, .global(.counter)?, .global(.defaultDictionary)?, .some(.none):
                break
            default: throw reader.damaged("defaultdict of something that is no type")
            }
            try push(dictionary(Array(arguments.dropFirst()), reader))
        case .rebuildTensor: try stack.append(rebuiltTensor(arguments, reader))
        case .rebuildParameter:
            guard arguments.count == 3, case .tensor = arguments[0] else { throw reader.damaged("a parameter without its tensor") }
            stack.append(arguments[0])
        case .size, .builtIn("tuple"), .builtIn("list"), .builtIn("set"), .builtIn("frozenset"):
            guard arguments.count <= 1, let items = arguments.first.map({ self.items($0, .tuple) ?? self.items($0, .list) }) ?? .some([])
            else {
                throw reader.damaged("a list, set or size of something that is no list")
            }
            try push(Container(kind: global == .builtIn("list") ? .list : .tuple, items: items))
        case .device:
            guard (1...2).contains(arguments.count), case .text(let kind) = arguments[0] else {
                throw reader.damaged("a device without a name")
            }
            if arguments.count == 2, case .integer(let index) = arguments[1] {
                stack.append(.text("\(kind):\(index)"))
            } else {
                stack.append(.text(kind))
            }
        case .numpyType: try stack.append(numpyType(named: arguments, reader))
        case .numpyScalar: try stack.append(numpyScalar(arguments, reader))
        case .numpyArray: stack.append(.opaque)
        case .encode:
            guard arguments.count == 2, case .text(let text) = arguments[0], arguments[1] == .text("latin1") else {
                throw reader.damaged("bytes that are not written as Latin-1")
            }
            stack.append(.bytes(text))
        case .builtIn("bytes"), .builtIn("str"), .builtIn("unicode"):
            guard arguments.isEmpty else { throw reader.damaged("a text that is made on the spot") }
            stack.append(global == .builtIn("bytes") ? .bytes("") : .text(""))
        case .builtIn(let name): throw TensorFileError.forbidden(format, global: "builtins." + name)
        case .storage: throw reader.damaged("a storage that is made on the spot")
        case .elementType: throw reader.damaged("a type of elements that is called")
        }
    }

    /// Of nothing, of another dictionary, or of a list of pairs.
    private func dictionary(_ arguments: [Value], _ reader: ByteReader) throws -> Container {
        guard let first = arguments.first else { return Container(kind: .dictionary) }
        guard arguments.count == 1 else { throw reader.damaged("a dictionary of \(arguments.count) values") }
        if let items = items(first, .dictionary) { return Container(kind: .dictionary, items: items) }
        guard let pairs = items(first, .list) ?? items(first, .tuple) else {
            throw reader.damaged("a dictionary of something that is none")
        }
        var items: [Value] = []
        for pair in pairs {
            guard let two = self.items(pair, .tuple) ?? self.items(pair, .list), two.count == 2 else {
                throw reader.damaged("a dictionary of something that is no pair")
            }
            items += two
        }
        return Container(kind: .dictionary, items: items)
    }

    private static func latin1(_ bytes: Data) -> String { String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })) }

    // MARK: NumPy

    /// dtype("f8", False, True).
    private func numpyType(named arguments: [Value], _ reader: ByteReader) throws -> Value {
        guard case .text(let name)? = arguments.first, let letter = name.first, name.utf8.count <= 8, let size = Int(name.dropFirst()),
            (1...1024).contains(size)
        else {
            return .opaque
        }
        return .numpyType(NumpyType(letter: letter, size: size))
    }

    /// The state (3, "<", None, None, None, -1, -1, 0) says the order of bytes.
    private func numpyType(_ kind: NumpyType, state: Value, _ reader: ByteReader) throws -> Value {
        guard let state = items(state, .tuple), state.count >= 2, case .text(let order) = state[1] else {
            throw reader.damaged("a NumPy type without its order of bytes")
        }
        return .numpyType(NumpyType(letter: kind.letter, size: kind.size, isBigEndian: order == ">"))
    }

    /// scalar(dtype, bytes).
    private func numpyScalar(_ arguments: [Value], _ reader: ByteReader) throws -> Value {
        guard arguments.count == 2 else { throw reader.damaged("a NumPy number of \(arguments.count) values") }
        guard case .numpyType(let kind) = arguments[0], "fiub".contains(kind.letter) else { return .opaque }
        guard case .bytes(let text) = arguments[1], text.unicodeScalars.count == kind.size,
            text.unicodeScalars.allSatisfy({ $0.value < 256 })
        else {
            throw reader.damaged("a NumPy number whose bytes are not \(kind.size)")
        }
        guard kind.size <= 8 else { return .opaque }
        let bytes = text.unicodeScalars.map { UInt8($0.value) }, ordered = kind.isBigEndian ? bytes : bytes.reversed()
        let bits = ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch (kind.letter, kind.size) {
        case ("f", 8): return .number(Double(bitPattern: bits))
        case ("f", 4): return .number(Double(Float(bitPattern: UInt32(bits))))
        case ("f", 2):
            return .number(
                Double(StoredArray(type: .f16, shape: [1], data: Data(kind.isBigEndian ? bytes.reversed() : bytes)).tensor.values[0]))
        case ("b", 1): return .boolean(bits != 0)
        case ("i", 1), ("i", 2), ("i", 4), ("i", 8):
            return .integer(Int(Int64(bitPattern: bits << UInt64(64 - 8 * kind.size)) >> Int64(64 - 8 * kind.size)))
        case ("u", 1), ("u", 2), ("u", 4), ("u", 8): return Int(exactly: bits).map { .integer($0) } ?? .opaque
        default: return .opaque
        }
    }

    /// (storage, offset, size, stride, requires_grad, hooks[, metadata]).
    private mutating func rebuiltTensor(_ arguments: [Value], _ reader: ByteReader) throws -> Value {
        guard arguments.count == 6 || arguments.count == 7, case .storage(let storage) = arguments[0],
            case .integer(let offset) = arguments[1],
            let shape = numbers(arguments[2]), let strides = numbers(arguments[3])
        else { throw reader.damaged("a tensor whose storage, offset, size or stride is not one") }
        try allowance.take(256 + 16 * shape.count, for: "reading the pickle")
        tensors.append(TensorRecord(storage: storage, layout: StridedLayout(offset: offset, shape: shape, strides: strides)))
        return .tensor(tensors.count - 1)
    }

    private func numbers(_ value: Value) -> [Int]? {
        guard let items = items(value, .tuple), items.count <= StridedLayout.mostAxes else { return nil }
        var numbers: [Int] = []
        numbers.reserveCapacity(items.count)
        for case .integer(let number) in items { numbers.append(number) }
        return numbers.count == items.count ? numbers : nil
    }

    /// ("storage", class, key, location, count), in legacy files with a sixth element, which must be None. The location says which device it was on.
    private mutating func findStorage(_ reader: ByteReader) throws {
        let value = try pop(1, reader)[0]
        guard let identity = items(value, .tuple), identity.count == (format == .pyTorchLegacy ? 6 : 5), identity[0] == .text("storage"),
            case .global(.storage(let type)) = identity[1], case .text(let key) = identity[2], case .integer(let count) = identity[4],
            count >= 0
        else { throw reader.damaged("a storage's identity is not (\"storage\", class, key, location, count)") }
        guard identity.count == 5 || identity[5] == .none else {
            throw TensorFileError.unsupported(format, "views of storages are not read")
        }
        try allowance.take(64, for: "reading the pickle")
        storages.append(Storage(type: type, key: key, count: count))
        stack.append(.storage(storages.count - 1))
    }
}
