import Foundation
import TestSupport
import Testing

@testable import Corpora

@Suite("SEWA")
struct SewaTests {
    static let arousal = "SEW_labels_arousal_100Hz_gold_shifted.csv"
    static let valence = "SEW_labels_valence_100Hz_gold_shifted.csv"

    static let files: [String: String] = [
        arousal: "timestamp,arousal\nSEW1_1101_0.0,0.1\nSEW1_1101_0.01,0.3\nSEW2_0.0,-0.5\nSEW9_0.0,0\n",
        valence: "timestamp,valence\nSEW1_1101_0.0,0.2\nSEW1_1101_0.01,0.4\nSEW1_1101_0.02,0.9\nSEW2_0.0,1.2\nSEW9_0.0,0\n",
        "1101/SEW1_1101.avi": "film", "1101/SEW1_1101.wav": "sound",
        "1101/metadata.ini": "[participant]\n; a note\nsubject = 1101\nGender = F\nage=41\nculture = C1\n", "SEW2.avi": "film",
    ]

    @Test("A recording is a clip: film, sound, who it is of, and the means of its two labels")
    func layout() throws {
        let folder = try MadeUpFolder(Self.files)
        #expect(Sewa.recognises(folder.url))
        let scan = try Sewa().scan(folder.url, corpus: "sewa")
        #expect(scan.clips.map(\.name) == ["SEW1_1101", "SEW2"])
        let clip = scan.clips[0]
        #expect(clip.speaker == "1101" && clip.sex == "female" && clip.age == 41 && clip.columns == ["culture": "C1"])
        #expect(clip.video == folder.path("1101/SEW1_1101.avi") && clip.audio == folder.path("1101/SEW1_1101.wav"))
        #expect(clip.arousal.map { abs($0 - 0.2) < 1e-12 } == true && clip.valence.map { abs($0 - 0.5) < 1e-12 } == true)
        #expect(scan.clips[1].speaker == "SEW2" && scan.clips[1].audio == folder.path("SEW2.avi") && scan.clips[1].valence == 1)
        #expect(scan.rejected.map(\.reason) == ["labelled, but neither SEW9.avi nor SEW9.wav is there"])

        let track = try #require(try LabelTrack(of: clip))
        // The third label of valence has no fellow.
        #expect(track.times == [0, 0.01] && track.arousal == [0.1, 0.3] && track.valence == [0.2, 0.4])
    }

    @Test("Rows that are no labels, further films, recordings without labels: all are told")
    func oddities() throws {
        var files = Self.files
        files[Self.arousal]! += "SEW2_0.01,high\nnonsense\nSEW2_-1,0\nSEW2_0.02,99\n"
        files["copy/SEW2.avi"] = "another"
        files["SEW3.avi"] = "film"
        files["SEW4.mp4"] = "film"
        files["SEW5.wav"] = ""
        let folder = try MadeUpFolder(files)
        let scan = try Sewa().scan(folder.url, corpus: "sewa")
        #expect(scan.clips.count == 2 && scan.leftOut == ["recordings without labels": 1])
        let reasons = Dictionary(grouping: scan.rejected, by: \.reason).mapValues { $0.map(\.path) }
        #expect(reasons["not <video>_<seconds>,<value>"] == (6...9).map { folder.path(Self.arousal) + ":\($0)" })
        #expect(reasons["the file is empty"] == [folder.path("SEW5.wav")])
        #expect(
            reasons.keys.contains { $0.hasPrefix("another file for the same recording") }
                && reasons.keys.contains { $0.hasPrefix("a file of type .mp4") })
    }

    @Test("Without one of the tables there is no corpus, and the error says which")
    func tables() throws {
        var files = Self.files
        files[Self.valence] = nil
        let folder = try MadeUpFolder(files)
        #expect(throws: CorpusError.badTable(path: folder.url.path, reason: "one of the two label tables (arousal, valence) is not there"))
        {
            try Sewa().scan(folder.url, corpus: "sewa")
        }
    }
}
