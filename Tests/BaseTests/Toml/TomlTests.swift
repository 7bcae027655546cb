// The rules of TOML 1.0 (toml.io/en/v1.0.0), each with documents that keep it and documents that break it.
import Testing

@testable import Base

@Suite struct TomlTests {
    struct Valid: Sendable, CustomTestStringConvertible {
        let text: String
        let value: TomlValue
        init(_ text: String, _ fields: [String: TomlValue]) { (self.text, value) = (text, .table(fields)) }
        var testDescription: String { String(text.prefix(60)).debugDescription }
    }

    static let documents: [Valid] = [
        Valid("", [:]),
        Valid("# only a comment", [:]),
        Valid("\u{FEFF}a = 1\r\nb = 2\r\n", ["a": .integer(1), "b": .integer(2)]),
        Valid("a = 1 # to the end: é 漢 \t", ["a": .integer(1)]),
        // Keys.
        Valid(
            "bare_key-1 = 1\n1234 = 2\n\"a b\" = 3\n'c\"d' = 4\n\"\" = 5",
            ["bare_key-1": .integer(1), "1234": .integer(2), "a b": .integer(3), "c\"d": .integer(4), "": .integer(5)]),
        Valid("\"\\u00e9\" = 1", ["é": .integer(1)]),
        Valid(
            "a.b.c = 1\na . \"b\" . 'd' = 2\n3.14 = 3",
            ["a": .table(["b": .table(["c": .integer(1), "d": .integer(2)])]), "3": .table(["14": .integer(3)])]),
        Valid("a.c = 1\nb = 2\na.d = 3", ["a": .table(["c": .integer(1), "d": .integer(3)]), "b": .integer(2)]),
        // Strings.
        Valid(#"a = "\b\t\n\f\r\"\\\u00E9\U0001F600""#, ["a": .string("\u{8}\t\n\u{C}\r\"\\é😀")]),
        Valid("a = 'C:\\no\\escape \"x\"'", ["a": .string("C:\\no\\escape \"x\"")]),
        Valid("a = \"\"\nb = ''", ["a": .string(""), "b": .string("")]),
        Valid("a = \"\"\"\none\r\ntwo\"\"\"", ["a": .string("one\ntwo")]),
        Valid("a = \"\"\"one \\  \n\n   two \\\n  \"\"\"", ["a": .string("one two ")]),
        Valid("a = \"\"\"he said \"yes\" and \"\"no\"\".\"\"\"\"\"", ["a": .string("he said \"yes\" and \"\"no\"\".\"\"")]),
        Valid("a = '''\n'x' ''y'' \\n'''''", ["a": .string("'x' ''y'' \\n''")]),
        Valid("a = \"\"\"\"\"\"\nb = ''''''", ["a": .string(""), "b": .string("")]),
        Valid("a = \"\t\"", ["a": .string("\t")]),
        // Numbers.
        Valid(
            "a = +99\nb = 0\nc = -17\nd = 1_000\ne = 5_3_4\nf = -0\ng = +0",
            [
                "a": .integer(99), "b": .integer(0), "c": .integer(-17), "d": .integer(1000), "e": .integer(534), "f": .integer(0),
                "g": .integer(0),
            ]),
        Valid("a = 0xDEAD_beef\nb = 0o0755\nc = 0b1101_0", ["a": .integer(0xDEAD_BEEF), "b": .integer(0o755), "c": .integer(26)]),
        Valid("a = 9223372036854775807\nb = -9223372036854775808", ["a": .integer(.max), "b": .integer(.min)]),
        Valid(
            "a = 1.0\nb = -0.01\nc = 5e+22\nd = 1e06\ne = -2E-2\nf = 6.626e-34\ng = 224_617.445_991\nh = 0e0",
            [
                "a": .real(1), "b": .real(-0.01), "c": .real(5e22), "d": .real(1e6), "e": .real(-0.02), "f": .real(6.626e-34),
                "g": .real(224_617.445991), "h": .real(0),
            ]),
        Valid("a = inf\nb = -inf\nc = +inf", ["a": .real(.infinity), "b": .real(-.infinity), "c": .real(.infinity)]),
        Valid("a = true\nb = false", ["a": .bool(true), "b": .bool(false)]),
        // Dates.
        Valid(
            "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 00:32:00.999999-07:00\nc = 1979-05-27t07:32:00\nd = 2024-02-29\ne = 07:32:00.5",
            [
                "a": .date("1979-05-27T07:32:00Z"), "b": .date("1979-05-27 00:32:00.999999-07:00"), "c": .date("1979-05-27t07:32:00"),
                "d": .date("2024-02-29"), "e": .date("07:32:00.5"),
            ]),
        Valid("a = 1979-05-27 # a blank and no time", ["a": .date("1979-05-27")]),
        // Arrays and inline tables.
        Valid(
            "a = [ 1, 'x', [2.5, true], { b = 1 } ]\nc = []",
            ["a": .array([.integer(1), .string("x"), .array([.real(2.5), .bool(true)]), .table(["b": .integer(1)])]), "c": .array([])]),
        Valid("a = [ # one\n  1,\r\n\n  2, # two\n]", ["a": .array([.integer(1), .integer(2)])]),
        Valid(
            "a = { b = 1, c.d = 'x', \"e f\" = {} }",
            ["a": .table(["b": .integer(1), "c": .table(["d": .string("x")]), "e f": .table([:])])]),
        Valid("a = { b = [\n1,\n] , c = \"\"\"\nx\"\"\" }", ["a": .table(["b": .array([.integer(1)]), "c": .string("x")])]),
        // Tables.
        Valid("[a]\n[a.b]\nc = 1\n[ d . 'e' ]\n", ["a": .table(["b": .table(["c": .integer(1)])]), "d": .table(["e": .table([:])])]),
        Valid("[a.b]\nc = 1\n[a]\nd = 2", ["a": .table(["b": .table(["c": .integer(1)]), "d": .integer(2)])]),
        Valid(
            "[a]\nb.c = 1\nb.d.e = 2\n[a.b.f]\ng = 3",
            ["a": .table(["b": .table(["c": .integer(1), "d": .table(["e": .integer(2)]), "f": .table(["g": .integer(3)])])])]),
        Valid("a.b = 1\n[a.c]\nd = 2", ["a": .table(["b": .integer(1), "c": .table(["d": .integer(2)])])]),
        Valid("[[a]]\nb = 1\n[[a]]\n[[a]]\nb = 2", ["a": .array([.table(["b": .integer(1)]), .table([:]), .table(["b": .integer(2)])])]),
        Valid(
            "[[f]]\nn = 1\n[f.g]\nc = 1\n[[f.v]]\nn = 2\n[[f.v]]\nn = 3\n[[f]]\n[[f.v]]\nn = 4\n[f.g]",
            [
                "f": .array([
                    .table([
                        "n": .integer(1), "g": .table(["c": .integer(1)]),
                        "v": .array([.table(["n": .integer(2)]), .table(["n": .integer(3)])]),
                    ]),
                    .table(["v": .array([.table(["n": .integer(4)])]), "g": .table([:])]),
                ])
            ]),
        Valid("[[a.b]]\nc = 1\n[a]\nd = 2", ["a": .table(["b": .array([.table(["c": .integer(1)])]), "d": .integer(2)])]),
        Valid("a = 1\n[true]\n[inf.nan]", ["a": .integer(1), "true": .table([:]), "inf": .table(["nan": .table([:])])]),
    ]

    @Test("A document of TOML 1.0 is read to its values, and what is written of them reads back the same", arguments: documents)
    func valid(_ document: Valid) throws {
        let read = try TomlDocument(document.text).value
        #expect(read == document.value)
        #expect(try TomlDocument(read.document).value == read, "\(read.document)")
    }

    @Test("nan is read with and without a sign, and written")
    func nan() throws {
        for text in ["nan", "+nan", "-nan"] {
            guard case .real(let number)? = try TomlDocument("a = \(text)").fields["a"] else { Issue.record("\(text)"); continue }
            #expect(number.isNaN && TomlValue.real(number).inline == "nan")
        }
    }

    struct Invalid: Sendable, CustomTestStringConvertible {
        let text: String, line: Int, column: Int, words: String
        init(_ text: String, _ line: Int, _ column: Int, _ words: String) {
            (self.text, self.line, self.column, self.words) = (text, line, column, words)
        }
        var testDescription: String { String(text.prefix(60)).debugDescription }
    }

    static let mistakes: [Invalid] = [
        // Lines and comments.
        Invalid("a = 1 b = 2", 1, 7, "end of the line"),
        Invalid("a = 1\rb = 2", 1, 6, "U+000D"),
        Invalid("a = 1 # \u{1}", 1, 9, "control"),
        Invalid("# x\u{7F}", 1, 4, "control"),
        Invalid("# \r x", 1, 3, "control"),
        Invalid("\u{0}", 1, 1, "U+0000"),
        Invalid("a = 1\n\u{C}", 2, 1, "a key"),
        // Keys.
        Invalid("= 1", 1, 1, "a key"),
        Invalid("a", 1, 2, "= after the key"),
        Invalid("a b = 1", 1, 3, "= after the key"),
        Invalid("é = 1", 1, 1, "“é”"),
        Invalid("a. = 1", 1, 4, "a key"),
        Invalid(".a = 1", 1, 1, "a key"),
        Invalid("a..b = 1", 1, 3, "a key"),
        Invalid("\"\"\"a\"\"\" = 1", 1, 1, "one pair"),
        Invalid("\"a\nb\" = 1", 1, 1, "closed"),
        Invalid("a = 1\na = 2", 2, 1, "line 1"),
        Invalid("a = 1\n\"a\" = 2", 2, 1, "line 1"),
        Invalid("a = 1\na.b = 2", 2, 1, "'a'"),
        Invalid("a.b = 1\na.b.c = 2", 2, 1, "'b'"),
        Invalid("a.b = 1\na = 2", 2, 1, "'a'"),
        // Values.
        Invalid("a =", 1, 4, "a value"),
        Invalid("a = \nb = 1", 1, 5, "a value"),
        Invalid("a = word", 1, 5, "quotes"),
        Invalid("a = True", 1, 5, "“True”"),
        Invalid("a = é", 1, 5, "a value"),
        // Strings.
        Invalid("a = \"x", 1, 5, "closed"),
        Invalid("a = 'x\ny'", 1, 5, "closed"),
        Invalid("b = 1\na = \"\"\"x\ny", 2, 5, "never closed"),
        Invalid("a = \"\\q\"", 1, 6, "backslash"),
        Invalid("a = \"\\x41\"", 1, 6, "backslash"),
        Invalid("a = \"\\u12\"", 1, 10, "4 hexadecimal"),
        Invalid("a = \"\\uD800\"", 1, 6, "no character"),
        Invalid("a = \"\\U00110000\"", 1, 6, "no character"),
        Invalid("a = \"\u{1}\"", 1, 6, "control"),
        Invalid("a = '\u{1B}'", 1, 6, "control"),
        Invalid("a = \"\"\"\u{8}\"\"\"", 1, 8, "control"),
        Invalid("a = \"\"\"x\ry\"\"\"", 1, 9, "CR LF"),
        Invalid("a = \"\"\"x \\ y\"\"\"", 1, 10, "backslash"),
        Invalid("a = \"\"\"x\"\"\"\"\"\"", 1, 9, "five"),
        Invalid("a = ''''''x'''", 1, 11, "end of the line"),
        // Numbers.
        Invalid("a = 01", 1, 5, "no number"),
        Invalid("a = -01", 1, 5, "no number"),
        Invalid("a = 1__0", 1, 5, "no number"),
        Invalid("a = _1", 1, 5, "no number"),
        Invalid("a = 1_", 1, 5, "no number"),
        Invalid("a = 0x", 1, 5, "no number"),
        Invalid("a = 0xG", 1, 5, "no number"),
        Invalid("a = 0x_1", 1, 5, "no number"),
        Invalid("a = +0x1", 1, 5, "no number"),
        Invalid("a = 0X1", 1, 5, "no number"),
        Invalid("a = 0b2", 1, 5, "no number"),
        Invalid("a = 0o8", 1, 5, "no number"),
        Invalid("a = 9223372036854775808", 1, 5, "whole numbers"),
        Invalid("a = 0x8000000000000000", 1, 5, "whole numbers"),
        Invalid("a = .5", 1, 5, "no number"),
        Invalid("a = 5.", 1, 5, "no number"),
        Invalid("a = 5.e3", 1, 5, "no number"),
        Invalid("a = 1.2.3", 1, 5, "no number"),
        Invalid("a = 1e", 1, 5, "no number"),
        Invalid("a = 1e_3", 1, 5, "no number"),
        Invalid("a = 1e3.0", 1, 5, "no number"),
        Invalid("a = 03.14", 1, 5, "no number"),
        Invalid("a = 1_.5", 1, 5, "no number"),
        Invalid("a = ++1", 1, 5, "no number"),
        Invalid("a = Inf", 1, 5, "no number"),
        Invalid("a = 1e999", 1, 5, "at most"),
        // Dates.
        Invalid("a = 2023-02-29", 1, 5, "no number"),
        Invalid("a = 1900-02-29", 1, 5, "no number"),
        Invalid("a = 2024-13-01", 1, 5, "no number"),
        Invalid("a = 2024-1-01", 1, 5, "no number"),
        Invalid("a = 24:00:00", 1, 5, "no number"),
        Invalid("a = 07:32", 1, 5, "no number"),
        Invalid("a = 07:32:00.", 1, 5, "no number"),
        Invalid("a = 2024-01-01T", 1, 5, "no number"),
        Invalid("a = 2024-01-01T00:00:00+25:00", 1, 5, "no number"),
        Invalid("a = 07:32:00Z", 1, 5, "no number"),
        // Arrays and inline tables.
        Invalid("a = [1 2]", 1, 8, ", or ]"),
        Invalid("a = [1,, 2]", 1, 8, "a value"),
        Invalid("a = [,]", 1, 6, "a value"),
        Invalid("a = [1", 1, 7, ", or ]"),
        Invalid("x = [ } ]", 1, 7, "a value"),
        Invalid("a = { b = 1, }", 1, 14, "a key"),
        Invalid("a = { b = 1\n}", 1, 12, ", or }"),
        Invalid("a = { b = 1 c = 2 }", 1, 13, ", or }"),
        Invalid("a = { b = 1, b = 2 }", 1, 14, "'b'"),
        Invalid("a = { b.c = 1, b = 2 }", 1, 16, "'b'"),
        Invalid("a = { b = {}, b.c = 1 }", 1, 15, "'b'"),
        Invalid("a = {", 1, 6, "a key"),
        Invalid("a = {}\na.b = 1", 2, 1, "'a'"),
        Invalid("a = {}\n[a]", 2, 1, "'a'"),
        Invalid("a = {}\n[a.b]", 2, 1, "'a'"),
        Invalid("a.b = {}\n[a.b.c]", 2, 1, "'b'"),
        Invalid("a = [{}]\n[a.b]", 2, 1, "'a'"),
        Invalid("a = [{}]\n[[a]]", 2, 1, "'a'"),
        Invalid("a = []\n[[a]]", 2, 1, "'a'"),
        // Tables.
        Invalid("[a", 1, 3, "]"),
        Invalid("[]", 1, 2, "a key"),
        Invalid("[a]]", 1, 4, "end of the line"),
        Invalid("[ é ]", 1, 3, "“é”"),
        Invalid("[[a]", 1, 5, "]]"),
        Invalid("[ [a]]", 1, 3, "a key"),
        Invalid("[a] b = 1", 1, 5, "end of the line"),
        Invalid("[a]\n[a]", 2, 1, "line 1"),
        Invalid("[a]\nb = 1\n[a.b]", 3, 1, "'b'"),
        Invalid("a = 1\n[a]", 2, 1, "'a'"),
        Invalid("a = 1\n[a.b]", 2, 1, "'a'"),
        Invalid("[a]\n[[a]]", 2, 1, "'a'"),
        Invalid("[[a]]\n[a]", 2, 1, "'a'"),
        Invalid("[a.b]\n[[a]]", 2, 1, "'a'"),
        Invalid("[a]\nb.c = 1\n[a.b]", 3, 1, "'b'"),
        Invalid("[a]\nb.c.d = 1\n[a.b.c]", 3, 1, "'c'"),
        Invalid("[a.b.c]\n[a]\nb.d = 1", 3, 1, "'b'"),
        Invalid("[a.b]\n[a]\nb.d = 1", 3, 1, "'b'"),
        Invalid("[[a]]\nb.c = 1\n[a.b]", 3, 1, "'b'"),
        Invalid("[[a]]\nb = 1\n[[a.b]]", 3, 1, "'b'"),
    ]

    @Test("What breaks a rule is refused with its line, its column and what was expected", arguments: mistakes)
    func invalid(_ mistake: Invalid) {
        do {
            let read = try TomlDocument(mistake.text)
            Issue.record("read as \(read.value)")
        } catch {
            #expect(error.line == mistake.line && error.column == mistake.column && error.reason.contains(mistake.words), "\(error)")
        }
    }

    @Test(
        "Bytes that are no UTF-8 are refused where they stand",
        arguments: [
            [0x80], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x28, 0xA1], [0xF4, 0x90, 0x80, 0x80],
        ] as [[UInt8]])
    func encoding(bytes: [UInt8]) {
        #expect(throws: TomlError(line: 2, column: 3, reason: "a byte that is no UTF-8")) {
            try TomlDocument(bytes: Array("a = 1\n# ".utf8) + bytes + Array(" \n".utf8))
        }
    }

    @Test("Depth and size are bounded: a text cannot take the stack")
    func limits() {
        func refusal(_ text: String, _ limits: TomlLimits = TomlLimits()) -> String {
            do {
                _ = try TomlDocument(text, limits: limits)
                return ""
            } catch { return error.reason }
        }
        let (many, deep) = (100_000, 64)
        #expect(refusal("a = " + String(repeating: "[", count: many)).contains("deeper"))
        #expect(refusal("a = " + String(repeating: "{a=", count: many)).contains("deeper"))
        #expect(refusal("a" + String(repeating: ".a", count: many) + " = 1").contains("deeper"))
        #expect(refusal("[a" + String(repeating: ".a", count: many) + "]").contains("deeper"))
        #expect(refusal("[a" + String(repeating: ".a", count: deep - 1) + "]\na = 1").contains("deeper"))
        #expect(refusal("a = " + String(repeating: "[", count: deep - 1) + String(repeating: "]", count: deep - 1)) == "")
        #expect(refusal("[a" + String(repeating: ".a", count: deep - 2) + "]\na = 1") == "")
        #expect(refusal("a = 1\n", TomlLimits(bytes: 5)).contains("6 bytes, at most 5"))
    }

    @Test("A document knows the lines of its keys and tables")
    func lines() throws {
        let document = try TomlDocument("# first\na = 1\nb.c = { d = 2 }\n\n[e.f]\n'g h' = 3\n[e]\n[[i]]\nj = 1\n")
        for (path, line) in [
            (["a"], 2), (["b"], 3), (["b", "c"], 3), (["b", "c", "d"], 3), (["e"], 5), (["e", "f"], 5), (["e", "f", "g h"], 6), (["i"], 8),
        ] {
            #expect(document.line(of: path) == line, "\(path)")
        }
        #expect(document.line(of: []) == nil && document.line(of: ["x"]) == nil && document.line(of: ["a", "b"]) == nil)
    }
}
