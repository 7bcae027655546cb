// Just enough pickle (Python's pickletools.py) to read the containers and tensors that PyTorch saves: a fixed list of instructions and a fixed list of
// names, so that no file can run code. Values live in arrays and refer to each other by index: a file can tie knots or nest without end,
// and still nothing here recurses or leaks.
import Foundation

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
        case orderedDictionary, rebuildTensor, rebuildParameter
        case storage(StoredArray.ElementType)

        init?(_ name: String) {
            switch name {
            case "collections OrderedDict": self = .orderedDictionary
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
            default: return nil
            }
        }
    }

    private enum Instruction: UInt8 {
        case proto = 0x80, stop = 0x2e, mark = 0x28
        case emptyDictionary = 0x7d, emptyTuple = 0x29, emptyList = 0x5d
        case tuple = 0x74, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, list = 0x6c
        case append = 0x61, appends = 0x65, setItem = 0x73, setItems = 0x75
        case put = 0x71, longPut = 0x72, get = 0x68, longGet = 0x6a
        case text = 0x58, integer = 0x4a, integer1 = 0x4b, integer2 = 0x4d, long1 = 0x8a, number = 0x47
        case yes = 0x88, no = 0x89, none = 0x4e
        case global = 0x63, reduce = 0x52, build = 0x62, persistentID = 0x51
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
                guard version <= 2 else { throw TensorFileError.unsupported(format, "pickle protocol \(version) is not read; PyTorch writes 2") }
            case .stop:
                guard stack.count == 1, marks.isEmpty, let value = stack.popLast() else { throw reader.damaged("the pickle ends with \(stack.count) values") }
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
                stack.append(.global(global))
            case .reduce: try reduce(reader)
            case .build:
                // On the dictionary of a state_dict this carries its _metadata, which says nothing about the weights.
                let object = try pop(2, reader)[0]
                guard case .container(let index) = object, containers[index].kind == .dictionary else { throw reader.damaged("BUILD on something that is no dictionary") }
                stack.append(object)
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
        try allowance.take(96, for: "reading the pickle")
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
        guard kind != .dictionary || items.count % 2 == 0 else { throw reader.damaged("the pickle gives a dictionary a key without a value") }
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
        guard case .global(let global) = pair[0], let arguments = items(pair[1], .tuple) else { throw reader.damaged("REDUCE of something that is no function with a tuple") }
        switch global {
        case .orderedDictionary:
            guard arguments.isEmpty else { throw reader.damaged("OrderedDict with arguments") }
            try push(Container(kind: .dictionary))
        case .rebuildTensor: try stack.append(rebuiltTensor(arguments, reader))
        case .rebuildParameter:
            guard arguments.count == 3, case .tensor = arguments[0] else { throw reader.damaged("a parameter without its tensor") }
            stack.append(arguments[0])
        case .storage: throw reader.damaged("a storage that is made on the spot")
        }
    }

    /// (storage, offset, size, stride, requires_grad, hooks[, metadata]).
    private mutating func rebuiltTensor(_ arguments: [Value], _ reader: ByteReader) throws -> Value {
        guard arguments.count == 6 || arguments.count == 7, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
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
            case .global(.storage(let type)) = identity[1], case .text(let key) = identity[2], case .integer(let count) = identity[4], count >= 0
        else { throw reader.damaged("a storage's identity is not (\"storage\", class, key, location, count)") }
        guard identity.count == 5 || identity[5] == .none else { throw TensorFileError.unsupported(format, "views of storages are not read") }
        try allowance.take(64, for: "reading the pickle")
        storages.append(Storage(type: type, key: key, count: count))
        stack.append(.storage(storages.count - 1))
    }
}
