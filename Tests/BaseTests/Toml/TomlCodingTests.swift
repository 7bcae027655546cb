// Values of the program as TOML and back.
import Testing

@testable import Base

@Suite struct TomlCodingTests {
    private enum Colour: String, Codable { case red, green }

    private struct Settings: Codable, Equatable {
        struct Inner: Codable, Equatable { var rates: [Double], limit: Float?, seed: UInt64 }
        var name: String, count: Int, share: Double, flag: Bool, colour: Colour, note: String?, inner: Inner, table: [String: [Int]],
            inners: [Inner]
    }

    private let settings = Settings(
        name: "a\u{1B}[31m\u{9B}\"\\\n\té漢", count: -3, share: 8, flag: true, colour: .green, note: nil,
        inner: .init(rates: [5e-5, 0.1, 1e300], limit: 0.25, seed: 42),
        table: ["a b": [1, 2], "": []], inners: [.init(rates: [], limit: nil, seed: 0)])

    @Test("What is encoded, written, read and decoded is the same value")
    func roundTrip() throws {
        let text = try TomlValue(encoding: settings).document
        #expect(try TomlDocument(text).value.decoded() == settings)
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
        #expect(!text.contains("note") && text.contains("share = 8.0\n") && text.contains("rates = [5e-05, 0.1, 1e+300]"))
    }

    @Test("Values come before tables, tables have one header each, and keys are sorted")
    func layout() {
        let value = TomlValue.table([
            "z": .integer(1), "a": .table(["c": .table(["d": .bool(true)]), "b": .table([:])]),
            "m": .table(["x y": .string("q"), "n": .table(["o": .real(1)])]),
        ])
        #expect(value.document == "z = 1\n\n[a.b]\n\n[a.c]\nd = true\n\n[m]\n\"x y\" = \"q\"\n\n[m.n]\no = 1.0\n")
    }

    @Test("What does not fit its type is refused with the path of its key")
    func mismatches() throws {
        struct Wanted: Decodable { struct Inner: Decodable { var small: UInt8? }; var inner: Inner }
        for (text, path) in [
            ("inner = 1", ["inner"]), ("inner.small = 256", ["inner", "small"]), ("inner.small = -1", ["inner", "small"]),
            ("inner.small = 1.5", ["inner", "small"]), ("inner.small = '1'", ["inner", "small"]),
        ] {
            do {
                _ = try TomlDocument(text).value.decoded(Wanted.self)
                Issue.record("\(text) is decoded")
            } catch DecodingError.typeMismatch(_, let context) {
                #expect(context.codingPath.map(\.stringValue) == path, "\(text)")
            }
        }
        #expect(throws: DecodingError.self) { try TomlDocument("x = 1").value.decoded(Wanted.self) }
        #expect(throws: EncodingError.self) { try TomlValue(encoding: ["x": UInt64.max]) }
        #expect(throws: EncodingError.self) { try TomlValue(encoding: ["x": [Int?.none]]) }
    }
}
