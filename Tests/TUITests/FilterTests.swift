import Testing

@testable import TUI

@Suite struct FilterTests {
    private static let rows = [
        CorporaView.Row(
            corpus: "crowd", name: "1043_ITS_FEA_HI", speaker: "1043", emotion: "fear", sentence: "It's eleven o'clock", sex: "female",
            age: 31, length: 2.27, prediction: "sad", isRight: false),
        CorporaView.Row(
            corpus: "crowd", name: "1019_MTI_SAD_XX", speaker: "1019", emotion: "sad", sex: "male", age: 52, length: 1.6, prediction: "sad",
            isRight: true),
        CorporaView.Row(corpus: "studio", name: "01-01-04-02-01-02-12", speaker: "12", emotion: "sad", intensity: "strong", length: 3.5),
    ]

    private func found(_ text: String) throws -> [Int] {
        let filter = try Filter<CorporaView.Row>(text)
        return FilterTests.rows.indices.filter { filter.matches(FilterTests.rows[$0]) }
    }

    @Test(
        "Words, columns, comparisons, not, and, or, brackets, expressions",
        arguments: [
            ("", [0, 1, 2]), ("   ", [0, 1, 2]), ("FEA", [0]), ("sad", [0, 1, 2]), ("emotion:sad", [1, 2]), ("emo:sad", [1, 2]),
            ("emotion:sa", [1, 2]), ("emotion=sa", []), ("emotion=sad", [1, 2]), ("emotion:sad sex:male", [1]), ("age>31", [1]),
            ("age>=31", [0, 1]),
            ("age < 40", [0]), ("age=31", [0]), ("length<=2.27", [0, 1]), ("!emotion:sad", [0]), ("! sex:male", [0, 2]),
            ("corpus:crowd and !age>40", [0]),
            ("emotion:fear or corpus:studio", [0, 2]), ("emotion:sad (corpus:studio or age>50)", [1, 2]), ("sentence:\"eleven o\"", [0]),
            ("\"and\"", []), ("clip~^1\\d+_I", [0]), ("!(emotion:sad or emotion:fear)", []), ("SAD AND AGE>1", [0, 1]),
        ] as [(String, [Int])])
    func expressions(text: String, wanted: [Int]) throws { #expect(try found(text) == wanted) }

    @Test(
        "An unfinished or wrong expression says what is missing",
        arguments: [
            ("age>", "value"), ("emotion:", "value"), ("(sad", "bracket"), ("sad)", "belong"), ("sad and", "missing"), ("or sad", "before"),
            ("!", "missing"), ("colour:red", "no column colour"), ("s:x", "no column s"), ("age>x", "number"), ("clip~[", "regular"),
            ("sentence~\"(a+)+$\"", "repeats"), ("sentence~\"(a|aa)*$\"", "repeats"), ("sentence~\"((a*))+b\"", "repeats"),
            ("\"sad", "quotation"), (":", "before"),
        ])
    func unfinished(text: String, word: String) {
        do {
            _ = try Filter<CorporaView.Row>(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect("\(error)".contains(word), "\(error)")
        }
    }

    @Test(
        "A value stands at the start of a word, in any script and case",
        arguments: [
            ("male", "Male", true), ("male", "female", false), ("o'c", "eleven O'Clock", true), ("él", "Élise", true),
            ("lise", "Élise", false),
            ("", "x", true), ("x", "", false), ("sad", "Sa", false), ("漢", "a 漢字", true), ("2", "take 2", true), ("2", "take12", false),
        ] as [(String, String, Bool)])
    func starts(value: String, text: String, wanted: Bool) { #expect(PlainText.startsWord(value, in: text) == wanted) }

    @Test("No text crashes the reader, however deep or odd")
    func anyText() {
        var dice = Dice(5)
        let pieces = ["(", ")", "!", "and", "or", "age", ">", "=", "~", ":", "\"", "sad", " ", "[", "é", "\u{1B}", "<="]
        for _ in 0..<3000 {
            let text = (0..<dice.below(12)).map { _ in pieces[dice.below(pieces.count)] }.joined()
            if let filter = try? Filter<CorporaView.Row>(text) { _ = FilterTests.rows.filter { filter.matches($0) } }
        }
        _ = try? Filter<CorporaView.Row>(String(repeating: "(", count: 5000))
        _ = try? Filter<CorporaView.Row>(String(repeating: "!", count: 5000))
    }
}
