// What a table's bytes are: an encoding that is read, or something that is none and is named.
import Base
import Foundation

enum TableText {
    enum Encoding: Equatable {
        /// Also anything unknown: what is not UTF-8 in it shows in the fields.
        case utf8
        case utf16(isBig: Bool)
    }

    /// Tables in other encodings than UTF-8 are converted as a whole.
    static let maximumConverted = 64 << 20

    /// The encoding, and how many bytes of a mark stand before the text.
    /// - Throws: `BadRow` with what it is where it is no table.
    static func encoding(of head: Data) throws(BadRow) -> (encoding: Encoding, mark: Int) {
        if head.starts(with: [0xFF, 0xFE, 0, 0]) || head.starts(with: [0, 0, 0xFE, 0xFF]) {
            throw BadRow("it is text in UTF-32: save it as UTF-8")
        }
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
        if head.starts(with: [0xFF, 0xFE]) { return (.utf16(isBig: false), 2) }
        if head.starts(with: [0xFE, 0xFF]) { return (.utf16(isBig: true), 2) }
        if head.starts(with: [0x50, 0x4B, 3, 4]) {
            throw BadRow("it is a ZIP archive, such as a spreadsheet (.xlsx, .ods): save the table as CSV in UTF-8")
        }
        if head.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) {
            throw BadRow("it is a document of an office program, such as a spreadsheet (.xls): save the table as CSV in UTF-8")
        }
        if let what = ForeignFile.description(of: head) { throw BadRow("it is \(what)") }
        // UTF-16 without a mark: headings are ASCII, so every other byte is 0.
        let pairs = Array(head.prefix(64)), count = pairs.count / 2
        guard count >= 4 else { return (.utf8, 0) }
        let (even, odd) = (0..<count).reduce(into: (0, 0)) { zeros, i in
            if pairs[2 * i] == 0 { zeros.0 += 1 }
            if pairs[2 * i + 1] == 0 { zeros.1 += 1 }
        }
        if even == 0, 4 * odd >= 3 * count { return (.utf16(isBig: false), 0) }
        if odd == 0, 4 * even >= 3 * count { return (.utf16(isBig: true), 0) }
        return (.utf8, 0)
    }

    /// Text of two bytes a unit as UTF-8; half a pair becomes U+FFFD.
    static func converted(_ bytes: Data, isBig: Bool) -> Data {
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        bytes.withUnsafeBytes { raw in
            for i in stride(from: 0, to: raw.count - 1, by: 2) {
                let unit = raw.loadUnaligned(fromByteOffset: i, as: UInt16.self)
                units.append(isBig ? UInt16(bigEndian: unit) : UInt16(littleEndian: unit))
            }
        }
        return Data(String(decoding: units, as: UTF16.self).utf8)
    }

    /// The text of a small file that somebody wrote, without a mark and in whichever of the encodings.
    static func small(of path: String, atMost limit: Int) throws(BadRow) -> String {
        let data: Data
        do { data = try BoundedFile.data(of: URL(fileURLWithPath: path), atMost: limit) } catch { throw BadRow(error.reason) }
        let (encoding, mark) = try encoding(of: data)
        guard case .utf16(let isBig) = encoding else { return String(decoding: data.dropFirst(mark), as: UTF8.self) }
        return String(decoding: converted(Data(data.dropFirst(mark)), isBig: isBig), as: UTF8.self)
    }
}
