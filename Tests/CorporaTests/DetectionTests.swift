import Foundation
import TestSupport
import Testing

@testable import Base
@testable import Corpora

@Suite("Which layout it is")
struct DetectionTests {
    static let samples: [(format: String, files: [String])] = [
        ("ravdess", ["Actor_01/01-01-03-01-01-01-01.mp4"]), ("crema-d", ["VideoFlash/1043_ITS_FEA_HI.flv"]),
        ("afew-va", ["001/001.json", "001/00000.png"]),
        ("sewa", ["SEW_labels_arousal_100Hz_gold_shifted.csv", "SEW1.avi"]), ("mosei", ["Labels/mosei.csv", "Videos/a.mp4"]),
        ("fer2013", ["fer2013.csv"]),
        ("ck+", ["cohn-kanade-images/S005/001/S005_001_00000001.png"]), ("rafd", ["Rafd090_01_Caucasian_female_angry_frontal.jpg"]),
        ("table", ["clips.csv", "a.mp4"]),
    ]

    @Test("Each layout is recognised by its own names and by no other's", arguments: samples.map(\.format))
    func own(format: String) throws {
        let files = try #require(Self.samples.first { $0.format == format }).files
        let folder = try MadeUpFolder(files)
        #expect(CorpusFormats.all.filter { $0.recognises(folder.url) }.map { $0.name } == [format])
        #expect(CorpusFormats.detect(folder.url)?.name == format && CorpusFormats.named(format) != nil)
    }

    @Test("Pictures, tables and JSON of other kinds are none of them")
    func foreign() throws {
        let folder = try MadeUpFolder([
            "a/readme.txt", "001.json", "a/001.json", "photos/0001.png", "table.csv", "data/clips.csv", "settings.json", "S005_001.png",
        ])
        #expect(CorpusFormats.all.filter { $0.recognises(folder.url) }.isEmpty)
        #expect(CorpusFormats.detect(folder.url.appendingPathComponent("photos/0001.png")) == nil)
    }

    @Test("A folder of 100,000 files is recognised and scanned in seconds")
    func many() throws {
        let folder = try MadeUpFolder()
        let emotions = CremaD.emotions.keys.sorted(), sentences = CremaD.sentences.sorted(), levels = CremaD.levels.keys.sorted()
        // Names of this layout beyond its 91 actors are rejected one by one, which costs more than taking them.
        let start = folder.url.path + "/"
        var (made, written) = (0, 0)
        outer: for actor in 1001... {
            for sentence in sentences {
                for emotion in emotions {
                    for level in levels {
                        guard made < 100_000 else { break outer }
                        let handle = open("\(start)\(actor)_\(sentence)_\(emotion)_\(level).wav", O_CREAT | O_WRONLY, 0o600)
                        written += write(handle, "x", 1)
                        close(handle)
                        made += 1
                    }
                }
            }
        }
        #expect(written == 100_000)
        var scan = CorpusScan()
        let seconds = try ContinuousClock().measure {
            #expect(CorpusFormats.detect(folder.url)?.name == "crema-d")
            scan = try CremaD().scan(folder.url, corpus: "many")
        }
        print("100,000 files recognised and scanned in \(seconds)")
        #expect(scan.clips.count == 91 * 12 * 6 * 4 && scan.clips.count + scan.rejected.count == 100_000)
        #expect(seconds < .seconds(60))
    }
}

@Suite("Lines of large files")
struct FileLinesTests {
    @Test("Lines come whole with number and place, whatever their ends; long ones are cut and counted", arguments: ["\n", "\r\n"])
    func lines(end: String) throws {
        let texts = ["first", "", String(repeating: "x", count: 100), "last"]
        let folder = try MadeUpFolder(["a.txt": texts.joined(separator: end)])
        var seen: [(String, Int, Int?, Bool)] = []
        try FileLines.forEach(of: folder.path("a.txt"), limit: 64) { line in
            seen.append((line.text, line.number, line.offset, line.isCut))
            return true
        }
        #expect(seen.map(\.0) == ["first", "", String(repeating: "x", count: 64), "last"] && seen.map(\.1) == [1, 2, 3, 4])
        let width = end.utf8.count
        #expect(seen.map(\.2) == [0, 5 + width, 5 + 2 * width, 105 + 3 * width] && seen.map(\.3) == [false, false, true, false])
    }

    @Test("A file of many megabytes is the same line by line as whole")
    func large() throws {
        let text = (0..<300_000).map { "\($0) \(String(repeating: "y", count: $0 % 97))" }.joined(separator: "\n")
        let folder = try MadeUpFolder(["a.txt": text])
        var count = 0, bytes = 0
        try FileLines.forEach(of: folder.path("a.txt")) { line in
            #expect(line.offset == bytes && line.bytes.first != UInt8(ascii: "\n"))
            count += 1
            bytes += line.bytes.count + 1
            return true
        }
        #expect(count == 300_000 && bytes == text.utf8.count + 1)
    }

    @Test("A file that is not there is an error with words")
    func missing() {
        #expect(throws: CorpusError.badTable(path: "/nowhere", reason: "No such file or directory")) {
            try FileLines.forEach(of: "/nowhere") { _ in true }
        }
    }
}
