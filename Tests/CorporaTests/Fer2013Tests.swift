import Foundation
import Media
import TestSupport
import Testing

@testable import Corpora

@Suite("FER2013")
struct Fer2013Tests {
    static func pixels(_ seed: Int) -> [UInt8] { (0..<48 * 48).map { UInt8(truncatingIfNeeded: $0 * 7 + seed * 31) } }
    static func text(_ seed: Int) -> String { pixels(seed).map { "\($0)" }.joined(separator: " ") }

    @Test(
        "A row is a clip that says where its pixels begin; both published tables are read",
        arguments: ["fer2013.csv", "icml_face_data.csv"])
    func rows(name: String) throws {
        let isFirst = name == "fer2013.csv"
        func row(_ emotion: Int, _ seed: Int, _ usage: String) -> String {
            isFirst ? "\(emotion),\(Self.text(seed)),\(usage)\r\n" : "\(emotion),\(usage),\(Self.text(seed))\n"
        }
        let head = isFirst ? "emotion,pixels,Usage\r\n" : "emotion, Usage, pixels\n"
        let folder = try MadeUpFolder([name: head + row(0, 1, "Training") + row(6, 2, "PublicTest") + row(3, 3, "PrivateTest")])
        #expect(Fer2013.recognises(folder.url) && CorpusFormats.detect(folder.url.appendingPathComponent(name))?.name == "fer2013")
        let scan = try Fer2013().scan(folder.url, corpus: "fer")
        #expect(scan.clips.map(\.name) == ["00001", "00002", "00003"] && scan.rejected.isEmpty)
        #expect(scan.clips.map(\.emotion) == ["angry", "neutral", "happy"] && scan.clips.map(\.part) == ["train", "validation", "test"])
        for (clip, seed) in zip(scan.clips, 1...) {
            let source = try #require(clip.pictureSource)
            let picture = try #require(try VideoDecoder.pictures(of: source, count: 1).first)
            #expect(picture.width == 48 && picture.height == 48)
            #expect(stride(from: 0, to: picture.pixels.count, by: 3).map { picture.pixels[$0] } == Self.pixels(seed))
        }
    }

    @Test("Bad rows are told with their line, and change no other clip's name")
    func bad() throws {
        let good = "1,\(Self.text(4)),Training\n"
        let rows = [
            "7,\(Self.text(1)),Training\n", "1,1 2 3,Training\n", "1,\(Self.text(1)) 5,Training\n", "1,\(Self.text(1)),Sometimes\n", "x,\n",
            "1,256 \(Self.text(1)),Training\n", "1,a b,Training\n", "1,\(String(repeating: "1 ", count: 100_000)),Training\n",
        ]
        let folder = try MadeUpFolder(["fer2013.csv": "emotion,pixels,Usage\n" + rows.joined() + "\n" + good])
        let scan = try Fer2013().scan(folder.url, corpus: "fer")
        #expect(scan.clips.map(\.name) == ["00010"])
        #expect(
            Dictionary(uniqueKeysWithValues: scan.rejected.map { ($0.path.split(separator: ":").last.map(String.init) ?? "", $0.reason) })
                == [
                    "2": "emotion '7' is not 0 to 6", "3": "3 pixels instead of 2304", "4": "2305 pixels instead of 2304",
                    "5": "Usage 'Sometimes' is not Training, PublicTest or PrivateTest", "6": "2 fields instead of 3",
                    "7": "pixel 1 is above 255",
                    "8": "the pixels are not whole numbers", "9": "the row is longer than 65536 bytes",
                ])
    }

    @Test("A heading of more columns asks for as many in each row")
    func columns() throws {
        let folder = try MadeUpFolder([
            "fer2013.csv": "id,,emotion,pixels,Usage\n7,,1,\(Self.text(4)),Training\n1,\(Self.text(4)),Training\n"
        ])
        let scan = try Fer2013().scan(folder.url, corpus: "fer")
        #expect(scan.clips.map(\.name) == ["00001"] && scan.rejected.map(\.reason) == ["3 fields instead of 5"])
    }

    @Test(
        "The table as spreadsheets and pandas save it has the same clips, parts and pictures",
        arguments: ["mark", "quoted", "semicolons", "pandas", "empty columns"])
    func saved(form: String) throws {
        func table(_ form: String) -> String {
            let rows = [(0, 1, "Training"), (6, 2, "PublicTest"), (3, 3, "PrivateTest")]
            switch form {
            case "mark": return "\u{FEFF}emotion, Usage, pixels\r\n" + rows.map { "\($0), \($2), \(Self.text($1))\r\n" }.joined()
            case "quoted": return "\"emotion\",\"pixels\",\"Usage\"\n" + rows.map { "\"\($0)\",\"\(Self.text($1))\",\"\($2)\"\n" }.joined()
            case "semicolons": return "emotion;pixels;Usage\r\n" + rows.map { "\($0);\(Self.text($1));\($2)\r\n" }.joined()
            case "pandas":
                return ",emotion,pixels,Usage\n" + rows.enumerated().map { "\($0),\($1.0).0,\(Self.text($1.1)),\($1.2)\n" }.joined()
            default: return "emotion,pixels,Usage,,\n" + rows.map { "\($0),\(Self.text($1)),\($2),,\n" }.joined() + ",,,,\n"
            }
        }
        let folder = try MadeUpFolder(["fer2013.csv": table(form)])
        let scan = try Fer2013().scan(folder.url, corpus: "fer")
        #expect(scan.clips.map(\.name) == ["00001", "00002", "00003"] && scan.rejected.isEmpty, "\(scan.rejected)")
        #expect(scan.clips.map(\.emotion) == ["angry", "neutral", "happy"] && scan.clips.map(\.part) == ["train", "validation", "test"])
        for (clip, seed) in zip(scan.clips, 1...) {
            let source = try #require(clip.pictureSource)
            let picture = try #require(try VideoDecoder.pictures(of: source, count: 1).first)
            #expect(stride(from: 0, to: picture.pixels.count, by: 3).map { picture.pixels[$0] } == Self.pixels(seed))
        }
        try folder.write("fer2013.csv", Data(table(form).utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }))
        let error = #expect(throws: CorpusError.self) { try Fer2013().scan(folder.url, corpus: "fer") }
        #expect("\(error as Any)".contains("UTF-8"), "\(error as Any)")
    }

    @Test("20,000 rows, 150 MB, are read in seconds without being held")
    func large() throws {
        let folder = try MadeUpFolder()
        let path = folder.path("fer2013.csv")
        let row = Array("3,\(Self.text(9)),Training\n".utf8)
        try folder.write("fer2013.csv", Data("emotion,pixels,Usage\n".utf8))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        let block = Data(Array(repeating: row, count: 1000).flatMap(\.self))
        for _ in 0..<20 { try handle.write(contentsOf: block) }
        try handle.close()
        // Other tests run in this process, and take memory of their own.
        let held = try (0..<3).map { _ in
            let before = Self.residentKilobytes()
            var count = 0
            let seconds = try ContinuousClock().measure { count = try Fer2013().scan(folder.url, corpus: "fer").clips.count }
            #expect(count == 20_000 && seconds < .seconds(30))
            return Self.residentKilobytes() - before
        }
        print("\((row.count * 20_000) >> 20) MB of FER2013 scanned, \(held.map { $0 >> 10 }) MB more held")
        #expect(try #require(held.min()) < 80 << 10)
    }

    private static func residentKilobytes() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        return status.firstMatch(of: /VmRSS:\s+(\d+)/).flatMap { Int($0.1) } ?? 0
    }
}
