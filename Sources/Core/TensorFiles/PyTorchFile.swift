// PyTorch's two weight formats (torch/serialization.py): a ZIP archive with one pickle and raw storages, and before 1.6 pickles followed by raw storages.
import Base
import Foundation
import Tensors

/// What `torch.save` wrote: tensors by name, and the plain values beside them as text. A nested dictionary's names are joined by dots, list items are counted.
enum PyTorchFile {
    struct Contents {
        var arrays: [String: StoredArray] = [:]
        var metadata: [String: String] = [:]
    }

    /// 0x1950A86A20F9469CFC6C, which opens a legacy file, as the pickle of it.
    static let legacyStart: [UInt8] = [0x8a, 0x0a] + legacyMagic
    private static let legacyMagic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

    /// The pickle of an archive that is PyTorch's.
    static func pickle(in archive: ZipArchive) -> ZipArchive.Member? {
        archive.members.first { $0.name.hasSuffix("/data.pkl") && $0.name.utf8.count { $0 == UInt8(ascii: "/") } == 1 }
    }

    // MARK: ZIP

    static func read(_ archive: ZipArchive, pickle: ZipArchive.Member, _ allowance: Allowance) throws -> Contents {
        var allowance = allowance
        let root = pickle.name.dropLast("data.pkl".utf8.count)
        if let order = archive.member(root + "byteorder") {
            let text = String(decoding: try archive.data(of: order, checksum: false, &allowance).prefix(16), as: UTF8.self)
            guard text == "little" else {
                throw TensorFileError.unsupported(.pyTorch, "byte order \"\(text)\" is not read; save it on a little-endian machine")
            }
        }
        var reader = ByteReader(try archive.data(of: pickle, checksum: false, &allowance), .pyTorch)
        var machine = PickleMachine(.pyTorch, allowance)
        let object = try machine.run(&reader)
        guard reader.left == 0 else { throw reader.damaged("\(reader.left) bytes follow the pickle") }

        let byName = Dictionary(uniqueKeysWithValues: archive.members.map { ($0.name, $0) })
        var storages: [String: Data] = [:]
        return try contents(of: object, &machine) { storage, allowance in
            if let data = storages[storage.key] { return data }
            guard let member = byName[root + "data/" + storage.key] else {
                throw TensorFileError.damaged(.pyTorch, "the storage \"\(storage.key)\" is missing")
            }
            let data = try archive.data(of: member, checksum: false, &allowance)
            storages[storage.key] = data
            return data
        }
    }

    // MARK: Legacy

    static func readLegacy(_ bytes: Data, _ allowance: Allowance) throws -> Contents {
        var reader = ByteReader(bytes, .pyTorchLegacy), machine = PickleMachine(.pyTorchLegacy, allowance)
        guard try machine.run(&reader) == .longInteger(legacyMagic) else {
            throw reader.damaged("the first pickle is not PyTorch's number")
        }
        let version = try machine.run(&reader)
        guard version == .integer(1001) else { throw TensorFileError.unsupported(.pyTorchLegacy, "only version 1001 is read") }
        let dictionary = try machine.run(&reader)
        guard let facts = machine.items(dictionary, .dictionary) else {
            throw reader.damaged("the facts about the machine are no dictionary")
        }
        for index in stride(from: 0, to: facts.count, by: 2)
        where facts[index] == .text("little_endian") && facts[index + 1] != .boolean(true) {
            throw TensorFileError.unsupported(.pyTorchLegacy, "it was written on a big-endian machine; save it on a little-endian one")
        }
        let object = try machine.run(&reader), list = try machine.run(&reader)
        guard let keys = machine.items(list, .list) else { throw reader.damaged("the list of storages is none") }

        var declared: [String: PickleMachine.Storage] = [:]
        for storage in machine.storages {
            guard declared.updateValue(storage, forKey: storage.key).map({ $0 == storage }) ?? true else {
                throw reader.damaged("the storage \"\(storage.key)\" has two types or lengths")
            }
        }
        var storages: [String: Data] = [:]
        for case .text(let key) in keys {
            guard let storage = declared[key] else { throw reader.damaged("the storage \"\(key)\" is listed, but no tensor uses it") }
            guard try reader.length() == storage.count else {
                throw reader.damaged("the storage \"\(key)\" has not the length its tensors say")
            }
            let size = storage.count.multipliedReportingOverflow(by: storage.type.size)
            guard !size.overflow else { throw reader.damaged("the storage \"\(key)\" is longer than any file") }
            guard storages.updateValue(try reader.take(size.partialValue), forKey: key) == nil else {
                throw reader.damaged("the storage \"\(key)\" is listed twice")
            }
        }
        guard storages.count == keys.count, reader.left == 0 else { throw reader.damaged("\(reader.left) bytes follow the last storage") }
        return try contents(of: object, &machine) { storage, _ in
            guard let data = storages[storage.key] else {
                throw TensorFileError.damaged(.pyTorchLegacy, "the storage \"\(storage.key)\" is missing")
            }
            return data
        }
    }

    // MARK: Names

    private static let deepest = 64
    private static let longestName = 1024

    /// Walks the object from its root; each visit is paid for, since a pickle of a few bytes can hold the same list in itself again and again.
    private static func contents(
        of object: PickleMachine.Value, _ machine: inout PickleMachine, storage: (PickleMachine.Storage, inout Allowance) throws -> Data
    ) throws -> Contents {
        let format = machine.format
        var contents = Contents(), built: [Int: StoredArray] = [:], pending = [(name: "", value: object, depth: 0)]
        switch object {
        case .container, .tensor: break
        default: throw TensorFileError.unsupported(format, "it holds neither tensors nor a dictionary of them")
        }
        while let (name, value, depth) = pending.popLast() {
            switch value {
            case .container(let index):
                guard depth < deepest else {
                    throw TensorFileError.damaged(format, "its containers lie more than \(deepest) deep, or in themselves")
                }
                let container = machine.containers[index], isDictionary = container.kind == .dictionary
                for place in stride(from: 0, to: container.items.count, by: isDictionary ? 2 : 1) {
                    let key = isDictionary ? self.key(container.items[place], machine, place: place / 2) : String(place)
                    let length = name.utf8.count + 1 + key.utf8.count
                    guard length <= longestName else { throw TensorFileError.damaged(format, "a name of \(length) bytes") }
                    // An entry in a growing dictionary, and its place among those still to visit.
                    try machine.allowance.take(256 + length, for: "naming what is in the file")
                    pending.append((name.isEmpty ? key : name + "." + key, container.items[place + (isDictionary ? 1 : 0)], depth + 1))
                }
            case .tensor(let index):
                let array = try built[index] ?? self.array(machine.tensors[index], &machine, storage)
                built[index] = array
                // Names that share a storage take nothing here, but they do once each is a tensor.
                try machine.allowance.take(array.data.count, for: "the arrays that share memory, each by itself,")
                let name = depth == 0 ? TensorFile.onlyName : name
                guard contents.arrays.updateValue(array, forKey: name) == nil else {
                    throw TensorFileError.damaged(format, "the name \"\(name)\" occurs twice")
                }
            case .boolean(let value): contents.metadata[name] = "\(value)"
            case .integer(let value): contents.metadata[name] = "\(value)"
            case .number(let value): contents.metadata[name] = "\(value)"
            case .text(let value):
                // Shared here, but not in whatever writes it.
                try machine.allowance.take(value.utf8.count, for: "keeping the texts of the file")
                contents.metadata[name] = value
            case .none, .longInteger, .storage, .global, .bytes, .numpyType, .opaque: break
            }
        }
        return contents
    }

    /// A key as text. What is no weight may have any key, and nothing that is counted by one is worth refusing a file.
    private static func key(_ value: PickleMachine.Value, _ machine: PickleMachine, place: Int) -> String {
        switch value {
        case .text(let text): return text
        case .integer(let number): return String(number)
        case .number(let number): return "\(number)"
        case .boolean(let value): return value ? "True" : "False"
        case .none: return "None"
        default:
            guard let items = machine.items(value, .tuple), items.count <= 8 else { return "key \(place)" }
            return "("
                + items.map { item in
                    if case .container = item { return "…" }
                    return key(item, machine, place: place)
                }.joined(separator: ", ") + ")"
        }
    }

    private static func array(
        _ record: PickleMachine.TensorRecord, _ machine: inout PickleMachine,
        _ storage: (PickleMachine.Storage, inout Allowance) throws -> Data
    ) throws -> StoredArray {
        let format = machine.format, declared = machine.storages[record.storage]
        let data = try storage(declared, &machine.allowance), size = declared.count.multipliedReportingOverflow(by: declared.type.size)
        guard !size.overflow, size.partialValue == data.count else {
            throw TensorFileError.damaged(
                format,
                "the storage \"\(declared.key)\" has \(data.count) bytes, not \(declared.count) elements of \(declared.type.rawValue)")
        }
        let bytes = try record.layout.rowMajor(declared.type, in: data, &machine.allowance) { TensorFileError.damaged(format, $0) }
        return StoredArray(type: declared.type, shape: record.layout.shape, data: bytes)
    }
}
