// What commands print: JSON lines for programs, aligned tables for people, progress on a terminal only.
import Base
import Foundation
import TUI
import Viz

/// Writes a line, or lines, to stderr; control characters that a name or a reason brought along are replaced. Where that cannot be written there
/// is nobody to tell.
func standardError(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data((line.printableLines.forLocale + "\n").utf8))
}

/// Every command prints through this instead of Swift's own: nothing that a terminal would obey comes out, whatever names and files hold, and nothing
/// is lost without a word. Of exactly the form of `Swift.print`, which alone comes before it.
func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
    StandardOutput.write(items.map { "\($0)" }.joined(separator: separator).printableLines.forLocale + terminator)
}

/// Prints a frame: its escapes are ours and its cells are clean.
func printFrame(_ text: String) { StandardOutput.write(text) }

private let isUTF8 = TerminalLocale().isUTF8

extension String {
    /// Without bars, arrows and typographic signs where the locale has ASCII alone.
    fileprivate var forLocale: String { isUTF8 ? self : withoutGraphics }

    /// In one line and without control characters and invisible formatting, each of which becomes U+FFFD: names and reasons come from outside.
    var printable: String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isUnprintable ? "\u{fffd}" : $0 }))
    }

    /// The same for text of several lines: line ends and tabs stay.
    var printableLines: String {
        guard unicodeScalars.contains(where: { $0.isUnprintable && $0 != "\n" && $0 != "\t" }) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isUnprintable && $0 != "\n" && $0 != "\t" ? "\u{fffd}" : $0 }))
    }
}

extension Unicode.Scalar {
    /// Controls (C0, DEL, C1), formatting such as bidirectional overrides, and the separators of lines that are no line ends to a terminal.
    var isUnprintable: Bool {
        if value < 0x7F { return value < 0x20 }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }
}

/// One JSON object or array on one line of stdout, keys sorted, so that output is stable from run to run.
/// - Throws: `CommandFailure` where the output cannot be written, as to a file on a full disk.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let text = String(decoding: try encoder.encode(value), as: UTF8.self).escapedForTerminals + "\n"
    do { try StandardOutput.write(Data(text.utf8)) } catch { throw CommandFailure.noOutput(error) }
}

extension CommandFailure {
    /// Output that was lost: a table that was cut short is no success.
    static func noOutput(_ failure: FileFailure) -> CommandFailure {
        CommandFailure(
            failure.code == EBADF
                ? "the output cannot be written: standard output is closed"
                : "the output cannot be written: \(String(cString: strerror(failure.code)))", isAboutOutput: true)
    }
}

extension String {
    /// JSON whose texts hold no character that a terminal would obey, also where the standard lets it stand (DEL, C1, bidirectional overrides):
    /// the same value to every reader.
    var escapedForTerminals: String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            guard scalar.isUnprintable else {
                result.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                result += "\\u" + String(String(0x10000 | UInt32(unit), radix: 16).dropFirst())
            }
        }
        return result
    }
}

/// Prints rows in columns, the header first; columns in `rightAligned` hold numbers.
func printTable(header: [String], rows: [[String]], rightAligned: Set<Int> = []) {
    // One line a row, whatever its cells hold.
    let (header, rows) = (header.map(\.printable), rows.map { $0.map(\.printable) })
    let widths = header.indices.map { column in ([header] + rows).map { CellText.width($0[column]) }.max() ?? 0 }
    for row in [header] + rows {
        let cells = row.enumerated().map { column, text in
            let padding = String(repeating: " ", count: widths[column] - CellText.width(text))
            return rightAligned.contains(column) ? padding + text : text + padding
        }
        print(cells.joined(separator: "  ").trimmingTrailingSpaces)
    }
}

/// Columns of the terminal; 80 where the output is a file or a pipe.
var outputColumns: Int {
    var size = winsize()
    guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return 80 }
    return Int(size.ws_col)
}

/// Prints a name and what it is for a row; longer words go on below their beginning.
func printList(_ rows: [(name: String, about: String)]) {
    let indent = (rows.map { CellText.width($0.name) }.max() ?? 0) + 2
    for row in rows {
        let lines = CellText.wrapped(row.about, max(20, outputColumns - indent), breaksWords: false)
        for (index, line) in (lines.isEmpty ? [""] : lines).enumerated() {
            let start = index == 0 ? row.name : ""
            print((start + String(repeating: " ", count: indent - CellText.width(start)) + line).trimmingTrailingSpaces)
        }
    }
}

extension String {
    var trimmingTrailingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
