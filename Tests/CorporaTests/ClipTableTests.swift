import Foundation
import TestSupport
import Testing

@testable import Corpora

@Suite("A table of clips")
struct ClipTableTests {
    static let media = [
        "takes/a.mp4": "film", "takes/b.wav": "sound", "stills/c.png": "png", "frames/0.png": "png", "session.mkv": "film",
        "a-clean.wav": "sound", "a.csv": "time,valence,arousal\n0,0,0.5\n0.04,0.25,0.5\n",
    ]

    static let columns = [
        "path", "label", "speaker", "sex", "age", "split", "start", "end", "valence", "arousal", "audio", "track", "Mood of the day",
    ]
    static let rows: [[String]] = [
        ["takes/a.mp4", "happy", "anna", "female", "31", "train", "", "", "0.5", "-0.25", "a-clean.wav", "a.csv", "sunny"],
        ["takes/b.wav", "sad", "ben", "male", "", "dev", "", "", "", "", "", "", ""],
        ["session.mkv", "anger", "ben", "male", "", "test", "1.5", "4", "", "", "none", "", "rain, then \"sun\""],
        ["session.mkv", "fear", "", "", "", "", "4", "6.25", "", "", "", "", ""],
        ["stills/c.png", "fear", "cy", "", "", "", "", "", "", "", "", "", ""],
        ["frames", "fear", "cy", "", "", "", "", "", "", "", "", "", ""],
    ]

    static func text(_ rows: [[String]], as kind: String) -> String {
        func quoted(_ field: String) -> String {
            field.contains { ",\"\n\t".contains($0) } ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
        }
        switch kind {
        case "jsonl":
            return rows.map { row in
                let fields = zip(columns, row).filter { !$1.isEmpty }.map { name, value in
                    let isNumber = ["age", "start", "end", "valence", "arousal"].contains(name)
                    return "\"\(name)\": " + (isNumber ? value : "\"\(value.replacing("\"", with: "\\\""))\"")
                }
                return "{\(fields.joined(separator: ", "))}\n"
            }.joined()
        default:
            let separator = kind == "tsv" ? "\t" : ","
            return ([columns] + rows).map { $0.map(quoted).joined(separator: separator) + "\n" }.joined()
        }
    }

    @Test("CSV, TSV and JSON lines say the same clips", arguments: ["csv", "tsv", "jsonl"])
    func kinds(kind: String) throws {
        let folder = try MadeUpFolder(Self.media)
        try folder.write("clips.\(kind)", Data(Self.text(Self.rows, as: kind).utf8))
        #expect(
            CorpusFormats.detect(folder.url)?.name == "table"
                && CorpusFormats.detect(folder.url.appendingPathComponent("clips.\(kind)"))?.name == "table")
        let scan = try ClipTable().scan(folder.url, corpus: "ours")
        #expect(scan.rejected.isEmpty && scan.leftOut.isEmpty)
        let clips = Dictionary(uniqueKeysWithValues: scan.clips.map { ($0.name, $0) })
        #expect(Set(clips.keys) == ["takes/a", "takes/b", "session@1.5-4", "session@4-6.25", "stills/c", "frames"])
        #expect(
            clips["takes/a"]
                == Clip(
                    name: "takes/a", corpus: "ours", speaker: "anna", emotion: "happy", sex: "female", age: 31,
                    columns: ["mood of the day": "sunny"],
                    video: folder.path("takes/a.mp4"), audio: folder.path("a-clean.wav"), valence: 0.5, arousal: -0.25, part: "train",
                    track: folder.path("a.csv")))
        #expect(clips["takes/b"]?.video == nil && clips["takes/b"]?.part == "validation")
        #expect(
            clips["session@1.5-4"]?.seconds == 1.5..<4 && clips["session@1.5-4"]?.audio == nil
                && clips["session@1.5-4"]?.columns["mood of the day"] == "rain, then \"sun\"")
        #expect(clips["session@4-6.25"]?.speaker == "session" && clips["session@4-6.25"]?.audio == folder.path("session.mkv"))
        #expect(clips["stills/c"]?.audio == nil && clips["frames"]?.video == folder.path("frames"))
        let tracked = try #require(clips["takes/a"])
        #expect(try LabelTrack(of: tracked)?.valence == [0, 0.25])
    }

    @Test("Only path is needed")
    func least() throws {
        let folder = try MadeUpFolder(Self.media.merging(["list.csv": "path\ntakes/a.mp4\n"]) { $1 })
        #expect(CorpusFormats.detect(folder.url) == nil)
        let scan = try ClipTable().scan(folder.url.appendingPathComponent("list.csv"), corpus: "ours")
        #expect(scan.clips.map(\.name) == ["takes/a"] && scan.clips[0].emotion == "" && scan.clips[0].speaker == "takes/a")
    }

    @Test(
        "A bad row is told with its line and its reason",
        arguments: [
            (["path": "", "label": "sad"], "path is empty"), (["path": "nowhere.mp4"], "path: there is no file"),
            (["audio": "nowhere.wav"], "audio: there is no file"),
            (["start": "x"], "start 'x' is not a number"), (["start": "inf"], "start 'inf' is not a number"),
            (["start": "4", "end": "3"], "end 3.0 is not after start 4.0"),
            (["valence": "2"], "valence 2 is not in -1 to 1"), (["arousal": "-1.5"], "arousal -1.5 is not"),
            (["start": "0x10"], "start '0x10' is not a number"),
            (["split": "trian"], "split 'trian' is not train, validation or test"),
            (["path": "stills/c.png", "end": "2"], "pictures have no time"),
            (["path": "takes/b.wav", "audio": "none"], "path is sound"), (["path": "takes/a.mp4"], "the same clip as line 2"),
            (["path": "empty.mp4"], "path: the file"),
            (["track": "nothing.csv"], "track: there is no file"),
        ] as [([String: String], String)])
    func bad(changes: [String: String], reason: String) throws {
        let row = Self.columns.map { changes[$0] ?? ($0 == "path" ? "session.mkv" : "") }
        let folder = try MadeUpFolder(Self.media.merging(["empty.mp4": ""]) { $1 })
        try folder.write("clips.csv", Data(Self.text([Self.rows[0], row, Self.rows[1]], as: "csv").utf8))
        let scan = try ClipTable().scan(folder.url, corpus: "ours")
        #expect(scan.clips.map(\.name) == ["takes/a", "takes/b"])
        #expect(scan.rejected.map(\.path) == [folder.path("clips.csv") + ":3"])
        #expect(scan.rejected.first?.reason.hasPrefix(reason) == true, "\(scan.rejected)")
    }

    @Test("Lines that are no rows are told: too few fields, too many, no JSON; a thousand of them in a hundred and one")
    func lines() throws {
        let folder = try MadeUpFolder(
            Self.media.merging([
                "clips.csv": "path,label\ntakes/a.mp4\n\"takes/b.wav\",sad\ntakes/a.mp4,happy,more\n",
                "more/clips.jsonl": "{\"path\": \"takes/a.mp4\", \"nested\": {}}\n\nnull\n{\"path\": \"takes/b.wav\"}\n[1]\n",
                "more/takes/b.wav": "sound",
                "many.csv": "path\n" + String(repeating: "nowhere.mp4\n", count: 1000) + "takes/a.mp4\n",
            ]) { $1 })
        let first = try ClipTable().scan(folder.url, corpus: "x")
        #expect(
            first.clips.map(\.name) == ["takes/b"] && first.rejected.map(\.reason) == ["1 fields instead of 2", "3 fields instead of 2"])
        let second = try ClipTable().scan(folder.url.appendingPathComponent("more"), corpus: "x")
        #expect(second.clips.map(\.name) == ["takes/b"] && second.rejected.map { $0.path.last } == ["1", "3", "5"])
        let third = try ClipTable().scan(folder.url.appendingPathComponent("many.csv"), corpus: "x")
        #expect(third.rejected.count == 101 && third.rejected.contains { $0.reason == "900 further rows cannot be used" })
    }

    @Test(
        "A table names files of its folder only",
        arguments: [
            "/etc/passwd", "../other/a.mp4", "takes/../../other/a.mp4", "..", ".", "/", "takes/a.mp4\u{0}.wav", "takes/a\nb.mp4",
            String(repeating: "x/", count: 4096),
        ])
    func outside(path: String) throws {
        let outer = try MadeUpFolder(["other/a.mp4": "film", "corpus/takes/a.mp4": "film"])
        for column in ["path", "audio", "track"] {
            let row =
                column == "path"
                ? [path, "sad", "", ""] : ["takes/a.mp4", "sad", column == "audio" ? path : "", column == "track" ? path : ""]
            try outer.write(
                "corpus/clips.csv",
                Data((["path", "label", "audio", "track"].commaSeparated + "\n" + row.commaSeparated + "\ntakes/a.mp4,fear,,\n").utf8))
            let scan = try ClipTable().scan(outer.url.appendingPathComponent("corpus"), corpus: "x")
            #expect(scan.clips.map(\.emotion) == ["fear"] && scan.rejected.count == 1, "\(column): \(scan)")
        }
    }

    @Test("A table without path, one that names a column twice, and an empty one are refused with words")
    func refused() throws {
        let folder = try MadeUpFolder(["a.csv": "file,label\nx,y\n", "b.csv": "path,path\nx,y\n", "c.csv": "", "d.jsonl": "\n"])
        for (name, words) in [
            ("a.csv", "no column path"), ("b.csv", "named twice"), ("c.csv", "no column path"), ("d.jsonl", "no column path"),
        ] {
            let error = #expect(throws: CorpusError.self) { try ClipTable().scan(folder.url.appendingPathComponent(name), corpus: "x") }
            #expect("\(error as Any)".contains(words), "\(name): \(error as Any)")
        }
    }

    @Test("A table cut at any byte, or with noise in it, ends in clips and reasons")
    func damaged() throws {
        let folder = try MadeUpFolder(Self.media)
        for kind in ["csv", "tsv", "jsonl"] {
            let whole = Array(Self.text(Self.rows, as: kind).utf8)
            for length in stride(from: 0, through: whole.count, by: 3) {
                try folder.write("cut.\(kind)", Data(whole.prefix(length)))
                _ = try? ClipTable().scan(folder.url.appendingPathComponent("cut.\(kind)"), corpus: "x")
            }
            var state: UInt64 = 7
            for _ in 0..<50 {
                var bytes = whole
                for _ in 0..<8 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1
                    bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
                }
                try folder.write("noise.\(kind)", Data(bytes))
                if let scan = try? ClipTable().scan(folder.url.appendingPathComponent("noise.\(kind)"), corpus: "x") {
                    #expect(!scan.clips.isEmpty && Set(scan.clips.map(\.name)).count == scan.clips.count)
                }
            }
        }
    }
}
