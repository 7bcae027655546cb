// NumPy's array files (numpy/lib/format.py): npy, one array; npz, a ZIP archive of them.
import Foundation
import Tensors

/// One array in NumPy's format.
public enum Npy {
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// No array of at most 64 axes needs a longer header.
    private static let longestHeader = 1 << 16

    /// Reads a whole file. Column-major and big-endian arrays are turned; objects and structured types are refused.
    public static func read(_ bytes: Data, limit: ReadingLimit = .standard) throws -> StoredArray {
        var allowance = limit.allowance(fileBytes: bytes.count)
        return try read(bytes, &allowance)
    }

    static func read(_ bytes: Data, _ allowance: inout Allowance) throws -> StoredArray {
        var reader = ByteReader(bytes, .npy)
        guard try reader.take(magic.count).elementsEqual(magic) else { throw reader.damaged("it does not start as npy files do") }
        let major = try reader.byte(), minor = try reader.byte()
        guard (1...3).contains(major), minor == 0 else {
            throw TensorFileError.unsupported(.npy, "version \(major).\(minor) is not read; 1.0, 2.0 and 3.0 are")
        }
        let length = major == 1 ? Int(try reader.integer(UInt16.self)) : Int(try reader.integer(UInt32.self))
        guard length <= longestHeader else { throw reader.damaged("a header of \(length) bytes is announced") }
        var parser = NpyHeaderParser(try reader.take(length))
        let header = try parser.parse()
        let swapped: Bool, type: StoredArray.ElementType
        (type, swapped) = try elementType(header.description)
        guard header.shape.count <= StridedLayout.mostAxes, let size = StoredArray.byteCount(type, header.shape) else {
            throw reader.damaged("shape \(header.shape) is not that of an array")
        }
        guard size == reader.left else {
            throw reader.damaged("shape \(header.shape) of \(type.rawValue) takes \(size) bytes, \(reader.left) follow")
        }
        var data = try reader.take(size)
        if header.isColumnMajor {
            data = try StridedLayout.columnMajor(header.shape).rowMajor(type, in: data, &allowance) { TensorFileError.damaged(.npy, $0) }
        }
        if swapped {
            try allowance.take(size, for: "turning a big-endian array")
            data = reversed(data, type.size)
        }
        return StoredArray(type: type, shape: header.shape, data: data)
    }

    /// A file, byte for byte as NumPy writes it (version 1.0). NumPy has no bfloat16: such arrays are written as float32, which holds them exactly.
    public static func bytes(_ array: StoredArray) -> Data {
        let array = array.type == .bf16 ? StoredArray(array.tensor) : array
        let shape = array.shape.count == 1 ? "(\(array.shape[0]),)" : "(\(array.shape.map(String.init).joined(separator: ", ")))"
        var header = "{'descr': '\(description(array.type))', 'fortran_order': False, 'shape': \(shape), }"
        // NumPy leaves room for the first axis to grow to 21 digits in place.
        if let first = array.shape.first { header += String(repeating: " ", count: max(0, 21 - String(first).utf8.count)) }
        let start = magic.count + 4 + header.utf8.count + 1
        header += String(repeating: " ", count: (64 - start % 64) % 64) + "\n"
        expect(header.utf8.count <= 0xffff, "an array of \(array.shape.count) axes does not fit an npy header")
        var bytes = Data(magic)
        bytes.append(contentsOf: [1, 0])
        bytes.append(little: UInt16(header.utf8.count))
        bytes.append(contentsOf: header.utf8)
        bytes.append(array.data)
        return bytes
    }

    private static func elementType(_ description: String) throws -> (StoredArray.ElementType, swapped: Bool) {
        let order = description.first, code = description.dropFirst()
        guard let order, "<>|=".contains(order),
            let type = StoredArray.ElementType.allCases.first(where: { $0 != .bf16 && self.description($0).dropFirst() == code }),
            order != "|" || type.size == 1
        else {
            throw TensorFileError.unsupported(
                .npy, "element type '\(description.prefix(20))' is not read; booleans, whole numbers and floating point are")
        }
        return (type, order == ">" && type.size > 1)
    }

    private static func description(_ type: StoredArray.ElementType) -> String {
        switch type {
        case .bool: "|b1"
        case .u8: "|u1"
        case .i8: "|i1"
        case .i16: "<i2"
        case .u16: "<u2"
        case .f16: "<f2"
        case .i32: "<i4"
        case .u32: "<u4"
        case .f32, .bf16: "<f4"
        case .f64: "<f8"
        case .i64: "<i8"
        case .u64: "<u8"
        }
    }

    private static func reversed(_ data: Data, _ size: Int) -> Data {
        var result = Data(count: data.count)
        result.withUnsafeMutableBytes { (target: UnsafeMutableRawBufferPointer) in
            data.withUnsafeBytes { source in
                for start in stride(from: 0, to: source.count, by: size) {
                    for index in 0..<size { target[start + index] = source[start + size - 1 - index] }
                }
            }
        }
        return result
    }
}

/// Named arrays in NumPy's archive format.
public enum Npz {
    /// Reads a whole file, stored or deflated.
    public static func read(_ bytes: Data, limit: ReadingLimit = .standard) throws -> [String: StoredArray] {
        var allowance = limit.allowance(fileBytes: bytes.count)
        return try read(ZipArchive(bytes: bytes.startIndex == 0 ? bytes : Data(bytes), format: .npz), &allowance)
    }

    static func read(_ archive: ZipArchive, checksums: Bool = true, _ allowance: inout Allowance) throws -> [String: StoredArray] {
        var arrays: [String: StoredArray] = [:]
        for member in archive.members {
            guard member.name.hasSuffix(".npy") else {
                throw TensorFileError.unsupported(.npz, "the member \"\(member.name)\" is not an array")
            }
            arrays[String(member.name.dropLast(4))] = try Npy.read(archive.data(of: member, checksum: checksums, &allowance), &allowance)
        }
        return arrays
    }

    /// A file with members in the order of their names, stored or deflated. Equal arrays make equal bytes.
    public static func bytes(_ arrays: [String: StoredArray], compressed: Bool = false) -> Data {
        var writer = ZipWriter()
        for (name, array) in arrays.sorted(by: { $0.key < $1.key }) { writer.add(name + ".npy", Npy.bytes(array), deflated: compressed) }
        return writer.finished()
    }
}
