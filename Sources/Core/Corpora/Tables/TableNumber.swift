// Numbers as programs write them into tables, and the words that they write for none.
import Foundation

enum TableNumber {
    /// For a number that is not there: what pandas reads so, and what spreadsheets, SPSS and Weka write.
    private static let missing: Set<String> = [
        "", "na", "n/a", "#n/a", "#n/a n/a", "#na", "<na>", "nan", "-nan", "+nan", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "null",
        "none", "nil", "-", "--", ".", "?",
    ]

    static func isMissing(_ text: String) -> Bool { text.utf8.count <= 8 && missing.contains(text.lowercased()) }

    /// A finite number; nil for anything else.
    /// - Parameter decimalComma: `0,5` is a half.
    static func value(_ text: String, decimalComma: Bool = false) -> Double? {
        guard text.utf8.count <= 64 else { return nil }
        var text = text.replacing("\u{2212}", with: "-")
        if decimalComma, !text.contains(".") { text = text.replacing(",", with: ".", maxReplacements: 1) }
        // What is written in hexadecimal is an identifier, no number.
        guard !text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "x") }), let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// A whole number, also one that was written as 23.0.
    static func whole(_ text: String, decimalComma: Bool = false) -> Int? {
        if let whole = Int(text) { return whole }
        guard let value = value(text, decimalComma: decimalComma), abs(value) < 1e15 else { return nil }
        return Int(exactly: value)
    }
}
