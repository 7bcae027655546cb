// Tables as spreadsheets, pandas, other systems and hasty hands write them: read as they are meant, or told with their line.
import Foundation
import TestSupport
import Testing

@testable import Corpora

@Suite("Tables as people have them")
struct TableTests {
    private static let media = ["a.wav": "sound", "b.wav": "sound", "c.wav": "sound", "d.wav": "sound"]

    private static func scan(_ table: String, _ name: String = "clips.csv", _ files: [String: String] = media) throws -> CorpusScan {
        try scan(Data(table.utf8), name, files)
    }

    private static func scan(_ table: Data, _ name: String = "clips.csv", _ files: [String: String] = media) throws -> CorpusScan {
        let folder = try MadeUpFolder(files)
        try folder.write(name, table)
        return try ClipTable().scan(folder.url.appendingPathComponent(name), corpus: "x")
    }

    /// `line: reason` of what is not used.
    private static func reasons(_ scan: CorpusScan) -> [String] {
        scan.rejected.map { ($0.path.split(separator: ":").last.map(String.init) ?? "") + ": " + $0.reason }
    }

    // MARK: Quotes

    @Test("What is written as a row is read back as it was, with commas, quotes and every kind of line end inside")
    func writing() throws {
        let fields = ["plain", "", "a,b", "say \"no\"", "\"", "one\ntwo", "x;y\tz", "it's 3\" wide"]
        let header = ["path"] + fields.indices.map { "c\($0)" }
        let scan = try Self.scan(header.commaSeparated + "\n" + (["a.wav"] + fields).commaSeparated + "\n")
        #expect(
            scan.clips.first?.columns == Dictionary(uniqueKeysWithValues: fields.enumerated().filter { !$1.isEmpty }.map { ("c\($0)", $1) })
        )
        #expect(["a", "b"].commaSeparated == "a,b")
    }

    @Test(
        "A quote that is not closed costs its own row, named by the line in which it opens, wherever the next quote stands",
        arguments: [
            ("a.wav,x,\"open\nb.wav,y,fine\nc.wav,z,fine\n", [2]), ("a.wav,x,\"open\nb.wav,y,fine\nc.wav,z,\"closed\"\n", [2]),
            ("a.wav,x,\"open\nb.wav,y,ends in 5\"\nc.wav,z,fine\n", [2]), ("a.wav,x,\"open\nb.wav,y,\"open too\nc.wav,z,fine\n", [2, 3]),
            ("a.wav,x,fine\nb.wav,y,fine\nc.wav,\"z,fine\n", [4]), ("a.wav,x,\"open\r\nb.wav,y,fine\r\nc.wav,z,a \"word\" in it\r\n", [2]),
            ("a.wav,x,\"one\ntwo\"\nb.wav,y,\"open\nc.wav,z,fine\n", [4]),
        ])
    func openQuotes(rows: String, lines: [Int]) throws {
        let scan = try Self.scan("path,label,note\n" + rows)
        #expect(scan.rejected.compactMap { $0.path.split(separator: ":").last.flatMap { Int($0) } } == lines, "\(scan.rejected)")
        #expect(
            scan.rejected.allSatisfy { $0.reason.contains("a quote opens in field") && $0.reason.contains("not closed") },
            "\(scan.rejected)")
        #expect(scan.clips.count == 3 - lines.count)
    }

    @Test("A quote open in the heading is an error with its line")
    func openHeading() throws {
        let error = #expect(throws: CorpusError.self) { try Self.scan("path,\"label\na.wav,sad\n") }
        #expect("\(error as Any)".contains("line 1") && "\(error as Any)".contains("quote"), "\(error as Any)")
    }

    @Test("Line ends, commas and doubled quotes inside quotes are text, also in a column in the middle; so is a quote inside a word")
    func closedQuotes() throws {
        let scan = try Self.scan(
            "path,note,label\na.wav,\"one, two\nthree, \"\"four\"\", five\nsix\",sad\nb.wav,a 3\" door,happy\nc.wav,\"\",fear\nd.wav,\"Hello\" she said,anger\n"
        )
        #expect(scan.rejected.isEmpty && scan.clips.map(\.emotion) == ["sad", "happy", "fear", "anger"], "\(scan.rejected)")
        #expect(scan.clips.map { $0.columns["note"] } == ["one, two\nthree, \"four\", five\nsix", "a 3\" door", nil, "Hello she said"])
    }

    @Test("A blank between separator and quote belongs to neither", arguments: [",", ", ", " ,  ", "\t", ";"])
    func blanks(separator: String) throws {
        let rows = [["path", "speaker", "label", "sentence"], ["a.wav", "\"p 0\"", "\"sad\"", "\"Well, it; is\""]]
        let scan = try Self.scan(
            rows.map { $0.joined(separator: separator) + "\n" }.joined(), separator == "\t" ? "clips.tsv" : "clips.csv")
        #expect(
            scan.clips.first?.speaker == "p 0" && scan.clips.first?.emotion == "sad" && scan.clips.first?.sentence == "Well, it; is",
            "\(scan)")
    }

    // MARK: Columns and rows

    @Test("Columns without a name and rows without anything are passed over; two of one name are refused with their places")
    func emptyColumns() throws {
        let scan = try Self.scan(",path,label,,\r\n0,a.wav,sad,,\r\n1,b.wav,happy,,,,\r\n,,,,\r\n\r\n , ,,\"\",\r\n2,c.wav,fear\r\n")
        #expect(
            scan.rejected.isEmpty && scan.clips.map(\.emotion) == ["sad", "happy", "fear"] && scan.clips.allSatisfy { $0.columns.isEmpty },
            "\(scan)")
        let more = try Self.scan("path,label\na.wav,sad,more\nb.wav,happy,,\nc.wav\n")
        #expect(more.clips.count == 1 && Self.reasons(more) == ["2: 3 fields instead of 2", "4: 1 fields instead of 2"])
        for table in ["path,label,Label \na.wav,x,y\n", "path,label,,path\na.wav,x,,y\n"] {
            let error = #expect(throws: CorpusError.self) { try Self.scan(table) }
            #expect("\(error as Any)".contains("named twice") && "\(error as Any)".contains("column"), "\(error as Any)")
        }
    }

    @Test(
        "Whole numbers that pandas wrote with a point are whole, and what is only shown costs no clip",
        arguments: [
            ("31.0", 31), ("31", 31), ("3.1e1", 31), ("", nil), ("nan", nil), ("old", nil), ("31.5", 31), ("-1", nil), ("900", nil),
        ] as [(String, Int?)])
    func ages(text: String, age: Int?) throws {
        let scan = try Self.scan("path,age,take\na.wav,\(text),1.5\n")
        #expect(scan.clips.first?.age == age && scan.clips.first?.columns == ["take": "1.5"] && scan.rejected.isEmpty, "\(scan)")
    }

    @Test(
        "Words for no number are nothing where a number is meant, and words in a column of words",
        arguments: ["NA", "N/A", "nan", "NaN", "NULL", "null", "None", "#N/A", "<NA>"])
    func missing(word: String) throws {
        let columns = "path,speaker,label,valence,start,end,split,track,audio"
        let scan = try Self.scan("\(columns)\na.wav,\(word),\(word),\(word),\(word),\(word),\(word),\(word),\(word)\n")
        let clip = try #require(scan.clips.first, "\(scan.rejected)")
        #expect(
            clip.valence == nil && clip.seconds == nil && clip.part == nil && clip.track == nil && clip.audio?.hasSuffix("a.wav") == true)
        #expect(clip.speaker == word && clip.emotion == word && clip.name == "a")
        let object = try Self.scan(
            "{\"path\": \"a.wav\", \"valence\": NaN, \"start\": null, \"note\": \"a NaN\", \"end\": \"\(word)\"}\n", "clips.jsonl")
        #expect(object.clips.first?.valence == nil && object.clips.first?.columns == ["note": "a NaN"], "\(object)")
    }

    @Test("Where no row fits, the error has the first reasons with their lines")
    func nothing() throws {
        let error = #expect(throws: CorpusError.self) { try Self.scan("path,start\n" + (0..<9).map { "a.wav,soon \($0)\n" }.joined()) }
        let words = "\(error as Any)"
        #expect(
            words.contains("9 files or rows") && words.contains("clips.csv:2: start 'soon 0' is not a number")
                && words.contains(":4: start 'soon 2'") && !words.contains(":5:"), "\(words)")
        let objects = #expect(throws: CorpusError.self) { try Self.scan("{\"path\"\n{\"path\"\n", "clips.jsonl") }
        #expect("\(objects as Any)".contains("line 1: not one JSON object"), "\(objects as Any)")
    }

    @Test(
        "Lines of JSON may end in a comma, and be those of an array",
        arguments: ["{O},\n{P},\n", "[{O},\n{P}]\n", "[\n{O},\n{P}\n]\n", "\u{FEFF}{O}\r\n{P}\r\n", "{O} , \n\n{P}"])
    func objects(form: String) throws {
        let text = form.replacing("{O}", with: "{\"Path\": \"a.wav\", \"label\": \"sad, [so]\"}").replacing(
            "{P}", with: "{\"path\": \"b.wav\", \"age\": 31.0}")
        let scan = try Self.scan(text, "clips.jsonl")
        #expect(scan.rejected.isEmpty && scan.clips.map(\.emotion) == ["sad, [so]", ""] && scan.clips.last?.age == 31, "\(scan)")
    }

    // MARK: Encodings and separators

    private static let plain = "path,label,valence\na.wav,sad,0.5\nb.wav,w\u{FC}tend,-0.25\n"

    @Test(
        "UTF-16 with and without a mark, a mark of UTF-8, and every line end read as plain UTF-8",
        arguments: ["utf-16le", "utf-16be", "utf-16le-mark", "utf-16be-mark", "utf-8-mark", "crlf", "cr", "quoted"])
    func encodings(kind: String) throws {
        let expected = try Self.scan(Self.plain).clips.map { [$0.name, $0.emotion, "\($0.valence ?? 9)"] }
        #expect(expected == [["a", "sad", "0.5"], ["b", "w\u{FC}tend", "-0.25"]])
        var bytes = Data(Self.plain.utf8)
        if kind.hasPrefix("utf-16") {
            let isBig = kind.contains("be")
            let units: [UInt16] = (kind.hasSuffix("mark") ? [0xFEFF] : []) + Array(Self.plain.utf16)
            bytes = Data(units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
            if isBig { for i in stride(from: 0, to: bytes.count, by: 2) { bytes.swapAt(i, i + 1) } }
        }
        if kind == "utf-8-mark" { bytes = Data([0xEF, 0xBB, 0xBF]) + bytes }
        if kind == "crlf" { bytes = Data(Self.plain.replacing("\n", with: "\r\n").utf8) }
        if kind == "cr" { bytes = Data(Self.plain.replacing("\n", with: "\r").utf8) }
        if kind == "quoted" {
            bytes = Data(
                "\u{FEFF}\"path\",\"label\",\"valence\"\r\n\"a.wav\",\"sad\",\"0.5\"\r\n\"b.wav\",\"w\u{FC}tend\",\"-0.25\"\r\n".utf8)
        }
        let scan = try Self.scan(bytes)
        #expect(scan.clips.map { [$0.name, $0.emotion, "\($0.valence ?? 9)"] } == expected && scan.rejected.isEmpty, "\(scan)")
    }

    @Test(
        "Whatever separates the fields is told by the heading, whatever the file is called", arguments: [",", ";", "\t", "|"],
        ["clips.csv", "clips.tsv"])
    func separators(separator: String, name: String) throws {
        let rows = [["path", "label", "mood, of; the\tday"], ["a.wav", "sad", "x"], ["b.wav", "happy", "sunny; windy,\tdry"]]
        let scan = try Self.scan(rows.map { $0.map { "\"\($0)\"" }.joined(separator: separator) + "\n" }.joined(), name)
        #expect(scan.clips.map(\.emotion) == ["sad", "happy"] && scan.clips.last?.columns.values.first == "sunny; windy,\tdry", "\(scan)")
        // What is inside a field separates nothing, and a table may have one column.
        let one = try Self.scan("path\na.wav\nb;c.wav\n", name, ["a.wav": "sound", "b;c.wav": "sound"])
        #expect(one.clips.map(\.name) == ["a", "b;c"])
    }

    @Test("Excel's own line for the separator is obeyed, and where semicolons separate, commas are decimal")
    func excel() throws {
        let scan = try Self.scan("sep=;\r\npath;start;end;age\r\na.wav;0,5;1,25;31,0\r\n")
        #expect(scan.clips.first?.seconds == 0.5..<1.25 && scan.clips.first?.age == 31 && scan.clips.first?.name == "a@0.5-1.25", "\(scan)")
        #expect(Self.reasons(try Self.scan("path,start\nb.wav,0\na.wav,\"0,5\"\n")) == ["3: start '0,5' is not a number"])
    }

    @Test(
        "What is no table is named for what it is",
        arguments: [
            ("PK\u{3}\u{4}xl/workbook.xml", "save the table as CSV"),
            ("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4096\n", "git lfs pull"),
            ("<!DOCTYPE html><title>Sign in</title>", "a page from the web (it says \"Sign in\")"), ("\u{1F}x", "no column path"),
            ("file label\na.wav sad\n", "its columns are file label"),
        ])
    func foreign(text: String, words: String) throws {
        let error = #expect(throws: CorpusError.self) { try Self.scan(text) }
        #expect("\(error as Any)".contains(words), "\(error as Any)")
    }

    @Test("Bytes of another encoding cost a row only where something depends on them, and say so")
    func latin1() throws {
        func bytes(_ text: String) -> Data { Data(text.unicodeScalars.map { UInt8($0.value) }) }
        let scan = try Self.scan(bytes("path,label,note\na.wav,sad,\u{E9}t\u{E9}\nb.wav,\u{E9}tonn\u{E9},x\nc\u{E9}.wav,sad,x\n"))
        #expect(
            scan.clips.map(\.name) == ["a"]
                && Self.reasons(scan).map { $0.contains("not in UTF-8: save the table in this encoding") } == [true, true], "\(scan)")
    }

    // MARK: Files

    @Test(
        "Files are found as other systems and machines write them",
        arguments: [
            ".\\takes\\a.wav", "takes\\a.wav", "C:\\Users\\anna\\corpus\\takes\\a.wav", "d:/corpus/takes/a.wav",
            "\\\\server\\share\\takes\\a.wav",
            "/nowhere/anna/corpus/takes/a.wav", "~/corpus/takes/a.wav", "file:///nowhere/my%20corpus/takes/a.wav", "takes/a.WAV",
            "Takes/A.Wav", "./takes//a.wav",
        ])
    func paths(path: String) throws {
        let scan = try Self.scan("path,label\n\"\(path)\",sad\n", "clips.csv", ["takes/a.wav": "sound", "a.txt": "x"])
        #expect(scan.clips.first?.audio?.hasSuffix("/takes/a.wav") == true, "\(scan.rejected)")
        if path != "./takes//a.wav" { #expect(scan.clips.first?.name == "takes/a") }
    }

    @Test("A name that another spelling could have meant as well is told, and a file that a row names exactly is that row's alone")
    func ambiguousPaths() throws {
        let files = ["s1/a.wav": "one", "s1/A.wav": "two", "b.wav": "b", "c.WAV": "c"]
        let scan = try Self.scan(
            "path,label\ns1/a.wav,x\ns1/A.wav,y\nS1\\a.WAV,z\nb.WAV,v\nb.wav,w\n/one/c.wav,p\n/two/c.wav,q\n", "clips.csv", files)
        let labels = Dictionary(
            uniqueKeysWithValues: scan.clips.map { ($0.emotion, $0.audio.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "") })
        #expect(labels == ["x": "a.wav", "y": "A.wav", "w": "b.wav", "p": "c.WAV"], "\(scan)")
        let reasons = Self.reasons(scan)
        #expect(reasons.count == 3 && reasons[0].contains("a.wav and A.wav") || reasons[0].contains("A.wav and a.wav"), "\(reasons)")
        #expect(reasons[1].contains("the file of another row") && reasons[2].contains("would both be the file"), "\(reasons)")
    }

    @Test("Names in another form of Unicode are found; where both forms are there, each row gets exactly its own")
    func unicode() throws {
        let (composed, split) = ("\u{C5}s/\u{D1}.wav", "A\u{30A}s/N\u{303}.wav")
        for (there, written) in [(composed, split), (split, composed), (split, split)] {
            let scan = try Self.scan("path,label\n\(written),sad\n", "clips.csv", [there: "sound"])
            #expect(scan.clips.first?.audio?.utf8.suffix(there.utf8.count).elementsEqual(there.utf8) == true, "\(scan.rejected)")
        }
        let folder = try MadeUpFolder()
        try folder.write("\u{D1}.wav", Data("one".utf8))
        try folder.write("N\u{303}.wav", Data("other".utf8))
        try folder.write("clips.csv", Data("name,path\none,\u{D1}.wav\ntwo,N\u{303}.wav\n".utf8))
        let scan = try ClipTable().scan(folder.url, corpus: "x")
        #expect(scan.clips.map { try? String(contentsOfFile: $0.audio ?? "", encoding: .utf8) } == ["one", "other"])
    }

    @Test(
        "Rows that are not named get exactly their files too, under names that do not hang on the rows' order", arguments: [false, true],
        ["", "sub/"])
    func unicodeTwins(isTurned: Bool, place: String) throws {
        let (composed, split) = ("\u{D1}", "N\u{303}")
        let folder = try MadeUpFolder(["\(place)x.wav": "other"])
        try folder.write("\(place)\(composed).wav", Data("one".utf8))
        try folder.write("\(place)\(split).wav", Data("two".utf8))
        let rows = ["\(place)\(composed).wav,sad\n", "\(place)\(split).wav,happy\n"]
        try folder.write("clips.csv", Data(("path,label\n" + (isTurned ? rows.reversed() : rows).joined() + "\(place)x.wav,fear\n").utf8))
        let scan = try ClipTable().scan(folder.url, corpus: "x")
        #expect(
            scan.clips.count == 3 && scan.rejected.isEmpty && Set(scan.clips.map(\.name)).count == 3
                && Set(scan.clips.map(\.speaker)).count == 3, "\(scan)")
        for clip in scan.clips where clip.emotion != "fear" {
            let words = try String(contentsOfFile: clip.audio ?? "", encoding: .utf8)
            #expect(words == (clip.emotion == "sad" ? "one" : "two"))
            #expect(clip.name.hasSuffix(clip.emotion == "sad" ? composed : "\(split) (NFD)"), "\(clip.name)")
        }
        // A table's own names are nobody's to change.
        try folder.write("clips.csv", Data("name,path\n\(composed),\(place)\(composed).wav\n\(split),\(place)\(split).wav\n".utf8))
        let named = try ClipTable().scan(folder.url, corpus: "x")
        #expect(named.clips.count == 1 && named.rejected.first?.reason.contains("another form of Unicode") == true, "\(named)")
    }

    @Test(
        "An accent on a slash leads no way out of the folder",
        arguments: ["../\u{301}x.wav", "x/../../\u{301}x.wav", "./../\u{301}x.wav", "\\..\\\u{301}x.wav"])
    func accents(path: String) throws {
        let outer = try MadeUpFolder(["\u{301}x.wav": "outside", "corpus/a.wav": "sound", "corpus/x/y.wav": "sound"])
        try outer.write("corpus/clips.csv", Data("path\n\"\(path)\"\na.wav\n".utf8))
        let scan = try ClipTable().scan(outer.url.appendingPathComponent("corpus"), corpus: "x")
        #expect(scan.clips.map(\.name) == ["a"] && scan.rejected.count == 1, "\(scan)")
    }

    // MARK: The other tables

    @Test("A sentence's number is whole in whatever form, and one that fits no file is told")
    func mosei() throws {
        let head = "video;clip;start;end;happy;sad;anger;fear;disgust;surprise;split\r\n"
        let rows =
            "aaa;7.0;;;0;1;0;0;0;0;train\r\naaa;2,5;;;0;1;0;0;0;0;train\r\nbbb;NA;0;1;1;0;0;0;0;0;NaN\r\nbbb;4;0,5;1,5;1;n/a;0;0;0;0;\r\n;;;;;;;;;;\r\n"
        let folder = try MadeUpFolder(["mosei.csv": "\u{FEFF}" + head + rows, "aaa_7.wav": "sound", "bbb.mp4": "film"])
        let scan = try Mosei().scan(folder.url, corpus: "m")
        #expect(scan.clips.map(\.name) == ["aaa_7", "bbb_4"] && scan.clips.last?.seconds == 0.5..<1.5, "\(scan)")
        #expect(Self.reasons(scan) == ["3: neither aaa_2,5 nor aaa is there as film or sound", "4: video or clip is empty"])
        // Both spellings of a film: each sentence has its own.
        let both = try MadeUpFolder(["mosei.csv": head + "\u{D1};1;;;1;0;0;0;0;0;\r\n"])
        try both.write("\u{D1}_1.wav", Data("one".utf8))
        try both.write("N\u{303}_1.wav", Data("other".utf8))
        let one = try Mosei().scan(both.url, corpus: "m")
        #expect(one.clips.first?.audio?.utf8.suffix(8).elementsEqual("/\u{D1}_1.wav".utf8.suffix(8)) == true)
        #expect(one.rejected.map(\.reason) == ["no row of the table names it"])
    }

    @Test("SEWA's labels in pandas' form, in a spreadsheet's and in UTF-16 are the same; what is missing is no label")
    func sewa() throws {
        let files = SewaTests.files, whole = try MadeUpFolder(files)
        let plain = try Sewa().scan(whole.url, corpus: "s").clips.map { $0.arousal ?? 9 }
        let text = try #require(files[SewaTests.arousal])
        let rows = text.split(separator: "\n").map(String.init)
        let forms = [
            rows.enumerated().map { ($0 == 0 ? "," : "\($0 - 1),") + $1 + "\n" }.joined(), rows.map { $0 + ",,\r\n" }.joined() + ",,,\r\n",
            "\u{FEFF}" + rows.map { "\"" + $0.replacing(",", with: "\",\"") + "\"\r\n" }.joined() + "SEW2_0.5,NaN\r\n",
            rows.map { $0.replacing(",", with: ";") + "\n" }.joined(),
        ]
        for form in forms {
            let folder = try MadeUpFolder(files)
            try folder.write(SewaTests.arousal, Data(form.utf8))
            let scan = try Sewa().scan(folder.url, corpus: "s")
            #expect(scan.clips.map { $0.arousal ?? 9 } == plain && scan.rejected.count == 1, "\(scan.rejected)")
        }
    }

    @Test("CREMA-D's actors and votes in pandas' form, with semicolons and a mark")
    func cremaD() throws {
        let folder = try MadeUpFolder([
            "VideoFlash/1001_IEO_NEU_XX.flv": "media",
            "VideoDemographics.csv": "\u{FEFF}ActorID;Age;Sex;Race;Ethnicity;\r\n1001.0;51.0;Male;NA;Not Hispanic;\r\n;;;;;\r\n",
            "processedResults/tabulatedVotes.csv":
                "\t A\tD\tF\tH\tN\tS\tfileName\tnumResponses\r\n300001\t0\tNaN\t0\t2.0\t6.0\t0\t1001_IEO_NEU_XX\t8\r\n300002\t\"0\r\n",
        ])
        let scan = try CremaD().scan(folder.url, corpus: "c"), clip = try #require(scan.clips.first)
        #expect(
            clip.age == 51 && clip.sex == "male" && clip.columns == ["ethnicity": "Not Hispanic"] && clip.ratings?["neutral"] == 0.75,
            "\(clip)")
        #expect(Self.reasons(scan) == ["3: a quote opens in field 2 and is not closed"])
    }

    @Test("Labels over time in a spreadsheet's form; a moment without a rating is no label")
    func track() throws {
        let folder = try MadeUpFolder(["a.wav": "sound", "t.csv": "\u{FEFF},time;x\r\n"])
        try folder.write("t.csv", Data("\u{FEFF}\"time\";\"valence\";\"arousal\";\r\n0;0,5;0;\r\n1;NaN;NaN;\r\n2;-0,5;1;\r\n".utf8))
        let clip = Clip(name: "a", corpus: "c", speaker: "", emotion: "", audio: folder.path("a.wav"), track: folder.path("t.csv"))
        let track = try #require(try LabelTrack(of: clip))
        #expect(track.times == [0, 2] && track.valence == [0.5, -0.5])
        try folder.write("t.csv", Data("seconds,valence\n0,1\n".utf8))
        #expect { try LabelTrack(of: clip) } throws: { "\($0)".contains("no column time; its columns are seconds, valence") }
    }

    // MARK: Damage

    @Test("Every cut of a table and random bytes are read without harm")
    func damage() throws {
        let folder = try MadeUpFolder(Self.media), whole = Array((CremaDTests.votes + "\n\"a\nb\",\"\"\"c\nd").utf8),
            path = folder.path("t.csv")
        func read(_ bytes: [UInt8]) throws {
            try folder.write("t.csv", Data(bytes))
            do {
                let table = try TableRows(contentsOf: path, known: ["filename"])
                #expect(table.columns.count <= RecordParser.maximumColumns)
            } catch is CorpusError {}
        }
        for length in stride(from: 0, through: whole.count, by: 3) { try read(Array(whole.prefix(length))) }
        for seed in 0..<64 { try read((0..<500).map { UInt8(truncatingIfNeeded: ($0 &* 7919 &+ seed &* 104_729) >> 3) }) }
    }

    @Test("Quotes that open in every line take no more time than the lines", .timeLimit(.minutes(1)))
    func manyOpenQuotes() throws {
        let folder = try MadeUpFolder()
        for line in ["a\" ,\"\n", "\"\n", "a,\"b\n", "\"a\"\",\n", "\"\"\"\n"] {
            try folder.write("t.csv", Data(("path,label,note\n" + String(repeating: line, count: 200_000)).utf8))
            let seconds = try ContinuousClock().measure { _ = try TableRows(contentsOf: folder.path("t.csv"), known: ["path"]) }
            #expect(seconds < .seconds(30), "\(line) took \(seconds)")
        }
    }
}
