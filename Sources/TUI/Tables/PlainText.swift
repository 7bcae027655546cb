// Finding text in text as a filter wants it, byte by byte: a table of a hundred thousand rows is filtered at every key.
import Foundation

enum PlainText {
    /// Whether `text`, which is in lower case, holds `word`, which is too.
    static func contains(_ word: String, in text: String) -> Bool {
        var (text, word) = (text, word)
        return text.withUTF8 { text in word.withUTF8 { word in contains(word, in: text) } }
    }

    private static func contains(_ word: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !word.isEmpty else { return true }
        guard let wanted = word.baseAddress, let start = text.baseAddress else { return false }
        var at = 0
        while at + word.count <= text.count {
            guard let found = memchr(start + at, Int32(word[0]), text.count - word.count + 1 - at) else { return false }
            at = UnsafeRawPointer(found) - UnsafeRawPointer(start)
            if memcmp(start + at, wanted, word.count) == 0 { return true }
            at += 1
        }
        return false
    }

    /// Whether `value`, which is in lower case, stands at the start of a word of `text`: `sex:male` does not mean female.
    static func startsWord(_ value: String, in text: String) -> Bool {
        if value.isEmpty { return true }
        var (ascii, wanted) = (text, value)
        let found: Bool? = ascii.withUTF8 { text in
            wanted.withUTF8 { value in
                guard !text.contains(where: { $0 >= 0x80 }), !value.contains(where: { $0 >= 0x80 }) else { return nil }
                var isInWord = false
                for place in 0..<text.count {
                    if !isInWord, text.count - place >= value.count,
                        value.indices.allSatisfy({ lower(text[place + $0]) == value[$0] })
                    {
                        return true
                    }
                    isInWord = isLetterOrDigit(text[place])
                }
                return false
            }
        }
        return found ?? startsWordOfAnyScript(value, in: text.lowercased())
    }

    private static func startsWordOfAnyScript(_ value: String, in text: String) -> Bool {
        var isInWord = false
        for place in text.indices {
            if !isInWord, text[place...].hasPrefix(value) { return true }
            isInWord = text[place].isLetter || text[place].isNumber
        }
        return false
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        let letter = byte | 0x20
        return (letter >= 0x61 && letter <= 0x7A) || (byte >= 0x30 && byte <= 0x39)
    }
}
