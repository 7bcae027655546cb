import Base
import Foundation
import TestSupport
import Testing

@Suite struct FuzzTests {
    private static let pieces = [
        "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "#", "a", "b", "\"a\"", "'b'", "a.b", "\"\"\"", "'''", "\\u00e9", "\\UFFFFFFFF",
        "\\", " ", "\n", "\n[a]\n", "\n[[a.b]]\n", "\na = ",
        "true", "false", "inf", "-nan", "0x7FFF_FFFF_FFFF_FFFF", "0b", "0o8", "1_000", "-0", "+1.5e-7", "1979-05-27", "07:32:00",
        "1979-05-27 07:32:00Z", "{ a = 1 }", "[1, 2]", "[ # x\n]",
    ]

    @Test("Damaged documents are refused where they are wrong, or read to what is written and read back the same")
    func documents() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let shipped = try [
            "experiments/demo.toml", "experiments/zu-dann/base-full.toml", "themes/dark.toml", "Sources/Core/Corpora/Labels/labels.toml",
            "Sources/Core/Runs/Reports/published.toml",
        ]
        .map { [UInt8](try Data(contentsOf: root.appendingPathComponent($0))) }
        let seeds = shipped + TomlTests.documents.map { Array($0.text.utf8) } + TomlTests.mistakes.map { Array($0.text.utf8) }
        Fuzz.run("TOML", quick: 20_000, seeds: seeds, pieces: Self.pieces, accepted: 0.02...0.9) { input in
            let read: TomlValue
            do { read = try TomlDocument(bytes: input).value } catch let error as TomlError {
                let lines = input.count { $0 == 0x0A } + 1
                guard (1...lines).contains(error.line), (1...input.count + 1).contains(error.column),
                    error.reason.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
                else { throw FuzzFinding("an error that cannot be: \(error)") }
                return false
            }
            let text = read.document
            guard let again = try? TomlDocument(text).value.document, again == text else {
                throw FuzzFinding("does not read back: \(text)")
            }
            return true
        }
    }
}
