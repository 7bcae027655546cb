import Base
import Testing

@Suite struct SampleUnitTests {
    @Test(
        "A unit's text is made of whole numbers and gives the unit back",
        arguments: [
            (SampleUnit.clip, "", ""), (.span(12400..<15400), "12400-15400", "12.40-15.40 s"), (.span(5..<1006), "5-1006", "0.01-1.01 s"),
            (.frame(31), "frame 00031", "frame 31"), (.row(1_234_567), "row 1234567", "row 1234567"),
        ])
    func text(unit: SampleUnit, text: String, words: String) {
        #expect(unit.text == text)
        #expect(unit.words == words)
        #expect(SampleUnit(text) == unit)
    }

    @Test(
        "What is no unit is refused",
        arguments: ["frame", "frame -3", "row x", "5-5", "7-3", "-1-5", "1.5-2", "frame 99999999999999999999", "１-２"])
    func refused(text: String) { #expect(SampleUnit(text) == nil) }

    @Test("Units of a clip sort by time, not by digits") func order() {
        let units: [SampleUnit] = [.span(10000..<12000), .span(9000..<12000), .clip, .span(9000..<11000)]
        #expect(units.sorted().map(\.text) == ["", "9000-11000", "9000-12000", "10000-12000"])
    }
}
