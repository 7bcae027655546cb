// Printed tables in a terminal's cells: letters of East Asia take two, marks that stand on a letter none.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct WideNameTests {
        /// Names, and the cells that a terminal gives them.
        private static let names = [("开心的片段", 10), ("おこる01", 8), ("슬픔", 4), ("ＡＢＣ", 6), ("e\u{301}tude", 5), ("αβγ", 3), ("plain", 5)]

        @Test("Every column of a printed table begins in the same cell, whatever letters stand before it")
        func columns() throws {
            let home = try Home()
            var table = "path,name,label,speaker\n"
            for (index, (name, _)) in Self.names.enumerated() {
                try home.write("wide/k\(index).wav", "RIFF")
                table += "k\(index).wav,\(name),happy,speaker\(index)\n"
            }
            try home.write("wide/clips.csv", table)
            _ = try home.json("corpora", "add", home.file("wide").path, "--name", "wide", "--json")
            let lines = try home.emolab("corpora", "list", "wide").lines
            var starts: Set<Int> = []
            for (index, (name, cells)) in Self.names.enumerated() {
                let line = try #require(lines.first { $0.contains("speaker\(index)") }, "\(lines)")
                let before = try #require(line.range(of: "speaker\(index)")).lowerBound
                let letters = line[..<before], nameRange = try #require(letters.range(of: name))
                // All else in the line is plain.
                starts.insert(
                    letters.distance(from: letters.startIndex, to: nameRange.lowerBound) + cells
                        + letters.distance(from: nameRange.upperBound, to: before))
            }
            #expect(starts.count == 1, "\(lines.joined(separator: "\n"))")
        }
    }
}
