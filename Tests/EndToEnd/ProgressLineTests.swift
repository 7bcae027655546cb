// The line of progress of commands, as it is drawn over itself.
import Testing

@testable import emolab

@Suite struct ProgressLineTests {
    @Test("Progress never goes back: what comes out of turn is left out, also after the line was removed")
    func outOfTurn() {
        var pen = ProgressPen("preparing crowd", start: 0)
        func drawn(_ done: Int, of total: Int = 10, at time: Double) -> String { pen.line(done: done, of: total, at: time) ?? "nothing" }
        let early = drawn(3, at: 1), late = drawn(2, at: 2), soon = drawn(4, at: 1.05), next = drawn(4, at: 2), last = drawn(10, at: 2.01)
        #expect(early == "\rpreparing crowd  3/10  3.0/s  0:02 left" && next.contains("4/10"))
        #expect(late == "nothing")
        #expect(soon == "nothing", "ten times a second is enough")
        #expect(last.contains("10/10"), "the last is drawn whenever it comes")
        let end = pen.end(), after = drawn(9, at: 60), other = drawn(1, of: 7, at: 61)
        #expect(end.hasPrefix("\r  ") && end.hasSuffix(" \r") && end.allSatisfy { " \r".contains($0) })
        #expect(after == "nothing" && other.contains("1/7"), "another total is another count")
    }
}
