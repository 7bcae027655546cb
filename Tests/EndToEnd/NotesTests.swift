// What was written about clips, on the command line: tables, JSON, CSV.
import Foundation
import Runs
import Store
import Testing

extension EndToEnd {
    @Suite struct ClipNotesTests {
        @Test("Tags and notes are listed as a table, JSON and CSV, by corpus and by tag; names cannot act on the terminal")
        func listed() throws {
            let home = try Home()
            let store = try RunStore(at: home.store)
            #expect(try home.emolab("corpora", "notes").output.contains("nothing was written"))
            try store.toggleTag("label error", corpus: "crowd", clip: "1001_A")
            try store.setNote("angry, \"really\"\u{1B}[2J", corpus: "crowd", clip: "1001_A")
            try store.toggleTag("ambiguous", corpus: "studio", clip: "01-01")
            let table = try home.emolab("corpora", "notes")
            #expect(table.status == 0 && table.output.contains("label error") && !table.output.contains("\u{1B}"))
            let json = try home.json("corpora", "notes", "crowd", "--json").array
            #expect(json.count == 1 && json[0]["clip"].string == "1001_A" && json[0]["tags"].array.map { $0.string } == ["label error"])
            let csv = try home.emolab("corpora", "notes", "--csv", "--tag", "label error").output.split(separator: "\n")
            #expect(
                csv.count == 2 && csv[0] == "corpus,clip,tags,note,time"
                    && csv[1].hasPrefix("crowd,1001_A,label error,\"angry, \"\"really\"\""))
            #expect(try home.emolab("corpora", "notes", "nowhere").status == 1)
            #expect(try home.emolab("corpora", "notes", "--csv", "--json").status == 2)
        }
    }
}
