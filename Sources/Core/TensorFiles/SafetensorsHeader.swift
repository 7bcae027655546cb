// The JSON header of a safetensors file. A parser of its own, because a general one hides duplicate names, rounds large numbers and recurses freely.
import Foundation
import Tensors

/// Reads exactly the shape a header has: {name: {dtype, shape, data_offsets}, "__metadata__": {string: string}}, then spaces.
struct HeaderParser {
    struct TensorRecord {
        var name: String, type: Safetensors.ElementType, shape: [Int], begin: Int, end: Int
    }

    private let bytes: Data
    private var position: Int

    init(_ bytes: Data) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    mutating func parse() throws -> (tensors: [TensorRecord], metadata: [String: String]) {
        guard bytes.first == UInt8(ascii: "{") else { throw problem("it does not start with {") }
        var tensors: [TensorRecord] = [], metadata: [String: String] = [:], names: Set<String> = []
        try object { parser, name in
            guard names.insert(name).inserted else { throw SafetensorsError.header("the name \"\(name)\" occurs twice") }
            if name == "__metadata__" {
                try parser.object { parser, key in
                    guard metadata.updateValue(try parser.string(), forKey: key) == nil else {
                        throw parser.problem("metadata \"\(key)\" occurs twice")
                    }
                }
            } else {
                tensors.append(try parser.tensor(name))
            }
        }
        skipSpace()
        guard position == bytes.endIndex else { throw problem("there is text after the closing brace") }
        return (tensors, metadata)
    }

    private mutating func tensor(_ name: String) throws -> TensorRecord {
        var type: Safetensors.ElementType?, shape: [Int]?, offsets: [Int]?
        try object { parser, key in
            switch key {
            case "dtype" where type == nil:
                let code = try parser.string()
                guard let known = Safetensors.ElementType(rawValue: code) else {
                    throw SafetensorsError.tensor(name, "unknown element type \"\(code)\"")
                }
                type = known
            case "shape" where shape == nil: shape = try parser.numbers()
            case "data_offsets" where offsets == nil: offsets = try parser.numbers()
            default: throw SafetensorsError.tensor(name, "unexpected or repeated entry \"\(key)\"")
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw SafetensorsError.tensor(name, "dtype, shape or data_offsets is missing or malformed")
        }
        return TensorRecord(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
    }

    private mutating func object(_ member: (inout HeaderParser, String) throws -> Void) throws {
        try take("{")
        if skipped("}") { return }
        repeat {
            let name = try string()
            try take(":")
            try member(&self, name)
        } while skipped(",")
        try take("}")
    }

    private mutating func numbers() throws -> [Int] {
        try take("[")
        var numbers: [Int] = []
        if skipped("]") { return numbers }
        repeat { numbers.append(try number()) } while skipped(",")
        try take("]")
        return numbers
    }

    /// A whole number without sign; a larger one than Int holds is refused.
    private mutating func number() throws -> Int {
        skipSpace()
        var value = 0, digits = 0
        while position < bytes.endIndex, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            let tens = value.multipliedReportingOverflow(by: 10)
            let sum = tens.partialValue.addingReportingOverflow(Int(bytes[position] - UInt8(ascii: "0")))
            guard !tens.overflow, !sum.overflow else { throw problem("a number is too large") }
            value = sum.partialValue
            digits += 1
            position += 1
        }
        guard digits > 0 else { throw problem("a whole number is expected") }
        return value
    }

    private mutating func string() throws -> String {
        try take("\"")
        var text: [UInt8] = []
        while true {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw problem("a string is not UTF-8") }
                return string
            case 0..<0x20: throw problem("a control character stands in a string")
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
            default: text.append(byte)
            }
        }
    }

    private mutating func escape() throws -> [UInt8] {
        let byte = try next()
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"):
            var code = try hex()
            if (0xd800..<0xdc00).contains(code) {
                guard try next() == UInt8(ascii: "\\"), try next() == UInt8(ascii: "u") else { throw problem("half a surrogate pair") }
                let low = try hex()
                guard (0xdc00..<0xe000).contains(low) else { throw problem("half a surrogate pair") }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw problem("half a surrogate pair") }
            return Array(String(scalar).utf8)
        default: throw problem("an unknown escape")
        }
    }

    private mutating func hex() throws -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try next())).hexDigitValue else { throw problem("an unknown escape") }
            code = code << 4 | UInt32(digit)
        }
        return code
    }

    private mutating func next() throws -> UInt8 {
        guard position < bytes.endIndex else { throw problem("it ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ character: Unicode.Scalar) throws {
        guard skipped(character) else { throw problem("\"\(character)\" is expected") }
    }

    private mutating func skipped(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.endIndex, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.endIndex {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private func problem(_ reason: String) -> SafetensorsError { .header("\(reason), at byte \(position - bytes.startIndex)") }
}
