// What is wrong with a file of arrays, and how much memory reading one may take.

/// The formats of ``TensorFile``.
public enum ArrayFormat: String, Sendable, CaseIterable {
    case safetensors
    case npy
    case npz
    /// A ZIP archive, as PyTorch writes since 1.6.
    case pyTorch = "PyTorch"
    /// Pickles followed by raw memory, as PyTorch wrote before.
    case pyTorchLegacy = "PyTorch (legacy)"
    case zip
}

/// Why a file of arrays cannot be read. Safetensors files have ``SafetensorsError``.
public enum TensorFileError: Error, Equatable, CustomStringConvertible {
    /// None of the formats starts so.
    case unrecognised(String)
    /// What stands in place of weights: a pointer, a web page, another program's format. Reads as the end of "the file is …".
    case foreign(String)
    /// The bytes contradict their format.
    case damaged(ArrayFormat, String)
    /// A valid file of a kind that is not read here.
    case unsupported(ArrayFormat, String)
    /// A pickle names a function or class outside the fixed list. It was not run.
    case forbidden(ArrayFormat, global: String)
    /// More memory is asked for than a file of this size justifies.
    case memory(String, wanted: Int, allowed: Int)
    case missing(String)

    public var description: String {
        switch self {
        case .unrecognised(let start):
            "the file is not safetensors, npy, npz or PyTorch (\(start)); convert it with one of those libraries"
        case .foreign(let what): "the file is \(what)"
        case .damaged(let format, let reason): "\(format.rawValue): the file is damaged: \(reason)"
        case .unsupported(let format, let what): "\(format.rawValue): \(what)"
        case .forbidden(let format, let global):
            "\(format.rawValue): the file asks for \"\(global)\", which is not needed for weights; nothing was run. Save the model's state_dict() instead"
        case .memory(let what, let wanted, let allowed):
            "\(what) needs \(wanted) bytes of memory, \(allowed) are left of what a file of this size may take; raise the reading limit if the file is trusted"
        case .missing(let name): "there is no array \"\(name)\" in the file"
        }
    }
}

/// How much memory reading may take beyond the file's own bytes: `floor`, and `ratio` bytes for each byte of the file.
///
/// It pays for inflated archives (deflate packs zeros a thousandfold), for arrays copied out of strided or foreign-endian memory
/// (a stride of zero repeats one number at will), for arrays that share memory in the file and no longer do as tensors, and for what a pickle builds.
public struct ReadingLimit: Sendable, Equatable {
    public var floor: Int
    public var ratio: Int

    public init(floor: Int = 64 << 20, ratio: Int = 64) {
        self.floor = max(0, floor)
        self.ratio = max(0, ratio)
    }

    public static let standard = ReadingLimit()

    func allowance(fileBytes: Int) -> Allowance {
        let product = fileBytes.multipliedReportingOverflow(by: ratio)
        let sum = product.partialValue.addingReportingOverflow(floor)
        return Allowance(left: product.overflow || sum.overflow ? .max : sum.partialValue)
    }
}

/// What is left of a ``ReadingLimit``. Everything that allocates by a number from the file asks here first.
struct Allowance: Sendable {
    private(set) var left: Int

    mutating func take(_ bytes: Int, for what: @autoclosure () -> String) throws {
        guard bytes >= 0, bytes <= left else { throw TensorFileError.memory(what(), wanted: bytes, allowed: left) }
        left -= bytes
    }
}
