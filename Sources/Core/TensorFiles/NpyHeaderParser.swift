// The header of an npy file: a Python dictionary literal with exactly three keys. Nothing else of Python's syntax is read.
import Foundation

struct NpyHeaderParser {
    struct Header: Equatable {
        var description: String, isColumnMajor: Bool, shape: [Int]
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: Data) { self.bytes = Array(bytes) }

    mutating func parse() throws -> Header {
        var description: String?, isColumnMajor: Bool?, shape: [Int]?
        try take("{")
        while !skipped("}") {
            let key = try string()
            try take(":")
            switch key {
            case "descr" where description == nil:
                skipSpace()
                if position < bytes.count, bytes[position] == UInt8(ascii: "[") || bytes[position] == UInt8(ascii: "(") {
                    throw TensorFileError.unsupported(.npy, "structured element types are not read; save each field as an array of its own")
                }
                description = try string()
            case "fortran_order" where isColumnMajor == nil: isColumnMajor = try boolean()
            case "shape" where shape == nil: shape = try tuple()
            default: throw problem("unexpected or repeated key '\(key.prefix(40))'")
            }
            if !skipped(",") {
                try take("}")
                break
            }
        }
        skipSpace()
        guard position == bytes.count else { throw problem("there is text after the closing brace") }
        guard let description, let isColumnMajor, let shape else { throw problem("descr, fortran_order or shape is missing") }
        return Header(description: description, isColumnMajor: isColumnMajor, shape: shape)
    }

    private mutating func string() throws -> String {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "'") || bytes[position] == UInt8(ascii: "\"") else {
            throw problem("a string is expected")
        }
        let quote = bytes[position]
        let rest = bytes[(position + 1)...]
        guard let end = rest.firstIndex(of: quote) else { throw problem("a string does not end") }
        let text = rest[..<end]
        guard text.allSatisfy({ (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\\") }) else {
            throw problem("a string holds more than plain characters")
        }
        position = end + 1
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func boolean() throws -> Bool {
        skipSpace()
        for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw problem("True or False is expected")
    }

    /// (), (3,), (3, 4); a number in brackets without a comma is no tuple in Python.
    private mutating func tuple() throws -> [Int] {
        try take("(")
        var numbers: [Int] = [], commas = 0
        while !skipped(")") {
            guard numbers.count == commas else { throw problem("a comma is missing") }
            numbers.append(try number())
            if skipped(",") { commas += 1 }
        }
        guard numbers.count != 1 || commas == 1 else { throw problem("the shape is not a tuple") }
        return numbers
    }

    private mutating func number() throws -> Int {
        skipSpace()
        let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
            throw problem("a length is expected that an array can have")
        }
        position += digits.count
        return number
    }

    private mutating func take(_ character: Unicode.Scalar) throws {
        guard skipped(character) else { throw problem("'\(character)' is expected") }
    }

    private mutating func skipped(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] == 0x20 || (0x09...0x0d).contains(bytes[position]) { position += 1 }
    }

    private func problem(_ reason: String) -> TensorFileError { .damaged(.npy, "\(reason), at byte \(position) of the header") }
}
