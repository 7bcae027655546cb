import Foundation
import Testing

@testable import Viz

@Suite struct NumbersTests {
    @Test(
        "Three significant digits, thin spaces in thousands",
        arguments: [
            (0.482, "0.482"), (0.4821, "0.482"), (0.9996, "1.00"), (9.996, "10.0"), (12.34, "12.3"), (99.96, "100"), (6624, "6\u{2009}624"),
            (1_234_567, "1\u{2009}234\u{2009}567"), (0, "0"), (-0.482, "−0.482"), (0.0001, "0.0001"), (0.00012345, "0.000123"),
            (0.000052, "5.2e-5"), (1e-6, "1e-6"), (9.999e-6, "1e-5"), (2.5e12, "2.5e12"), (.nan, "–"), (.infinity, "∞"),
        ] as [(Double, String)])
    func three(value: Double, wanted: String) { #expect(Numbers.three(value) == wanted) }

    @Test("A share has no leading zero", arguments: [(0.846, ".846"), (1, "1.00"), (0, ".000"), (0.9999, "1.00")] as [(Double, String)])
    func share(value: Double, wanted: String) { #expect(Numbers.share(value) == wanted) }

    @Test("A share has the digits that the command line, C and Python give it, also in the middle between two")
    func middles() {
        #expect(Numbers.share(45.0 / 80) == ".562" && Numbers.share(43.0 / 80) == ".537" && Numbers.fixed(0.125, 2) == "0.12")
        for clips in [80, 85, 160, 1000] {
            for right in 0...clips {
                let value = Double(right) / Double(clips)
                #expect(Numbers.fixed(value, 3) == String(format: "%.3f", value))
            }
        }
    }

    @Test("Time as a clock says it", arguments: [(41, "00:41"), (3727, "1:02:07"), (-1, "–"), (.nan, "–")] as [(Double, String)])
    func clock(value: Double, wanted: String) { #expect(Numbers.clock(value) == wanted) }

    @Test("Rounding never loses the sign or invents a negative zero")
    func signs() {
        #expect(Numbers.fixed(-0.0001, 2) == "0.00")
        #expect(Numbers.fixed(-1.5, 1) == "−1.5")
        #expect(Numbers.count(-1234) == "−1\u{2009}234")
        #expect(Numbers.count(Int.min).hasPrefix("−9"))
    }

    @Test("Ticks are round, cover the data and read as their values")
    func ticks() {
        let axis = Axis(covering: 0.03...1.97, intervals: 4)
        #expect(axis.labels == ["0.0", "0.5", "1.0", "1.5", "2.0"])
        #expect(axis.position(0) == 0 && axis.position(2) == 1)
        #expect(Axis(covering: 0...4.9e-5, intervals: 3).labels == ["0", "2e-5", "4e-5", "6e-5"])
        #expect(Axis(covering: 0...0.095, intervals: 2).labels == ["0.00", "0.05", "0.10"])
        #expect(Axis(covering: 0.02...3, intervals: 4, isLogarithmic: true).labels == ["0.01", "0.1", "1", "10"])
    }

    @Test(
        "An axis exists for any range",
        arguments: [0.0...0, 5...5, -3...(-3), 0...1e-300, -1e300...1e300, 0...(.greatestFiniteMagnitude), 1e15...(1e15 + 1)]
            as [ClosedRange<Double>])
    func strangeRanges(range: ClosedRange<Double>) {
        for intervals in [0, 1, 7] {
            for isLogarithmic in [false, true] {
                let axis = Axis(covering: range, intervals: intervals, isLogarithmic: isLogarithmic)
                #expect(axis.labels.count == axis.ticks.count && axis.ticks.count < 1002)
            }
        }
    }

    @Test("Smoothing starts at the first value, ends near the last, and leaves gaps where there are no values")
    func smoothing() {
        #expect(Smoothing.exponential([3, 3, 3], weight: 0.9).allSatisfy { abs($0 - 3) < 1e-12 })
        let smooth = Smoothing.exponential([1, .nan, 3], weight: 0.5)
        #expect(smooth[0] == 1 && smooth[1].isNaN && abs(smooth[2] - 7.0 / 3) < 1e-12)
        #expect(Smoothing.exponential([1, 5], weight: 0) == [1, 5])
    }

    @Test("Thinning keeps every column's minimum and maximum")
    func thinning() {
        let x = (0..<10_000).map(Double.init)
        var y = x.map { sin($0 / 500) }
        y[4321] = 9
        y[4323] = -9
        let strokes = Thinning.strokes(x: x, y: y, range: 0...9999, columns: 100)
        #expect(strokes.count == 100)
        #expect(strokes.map(\.high).max() == 9 && strokes.map(\.low).min() == -9)
        #expect(strokes.map(\.column) == Array(0..<100))
    }

    @Test("A value that is not a number breaks the curve")
    func gaps() {
        let strokes = Thinning.strokes(x: [0, 1, 2, 3], y: [1, .nan, 1, 1], range: 0...3, columns: 4)
        #expect(strokes.map(\.isAfterGap) == [true, true, false])
    }
}
