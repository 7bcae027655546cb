import Foundation
import TestSupport
import Testing

@testable import Corpora

@Suite("AFEW-VA")
struct AfewVATests {
    /// `NNN/NNN.json` as published: landmarks and all.
    @Test("A folder of frames is a clip with the means of its labels in [-1, 1], whichever archive it came from")
    func layout() throws {
        let folder = try MadeUpFolder([
            "01/001/001.json": MadeUp.afewAnnotation([(2, -4), (4, -6)]), "01/001/00000.png": "png", "01/001/00001.png": "png",
            "01/001/00002.png": "png",
            "12/600/600.json": MadeUp.afewAnnotation([(-10, 10)], actor: nil), "12/600/00000.png": "png",
        ])
        #expect(AfewVA.recognises(folder.url))
        let scan = try AfewVA().scan(folder.url, corpus: "afew")
        #expect(scan.clips.map(\.name) == ["001", "600"] && scan.rejected.isEmpty && scan.leftOut == ["frames without labels": 1])
        let clip = try #require(scan.clips.first)
        #expect(clip.valence.map { abs($0 - 0.3) < 1e-12 } == true && clip.arousal.map { abs($0 + 0.5) < 1e-12 } == true)
        #expect(clip.speaker == "Somebody" && clip.emotion == "" && clip.audio == nil && clip.video == folder.path("01/001"))
        #expect(clip.pictureSource != nil && scan.clips[1].speaker == "clip-600" && scan.clips[1].valence == -1)

        let track = try #require(try LabelTrack(of: clip))
        #expect(track.times == [0, 1.0 / 25] && track.valence == [0.2, 0.4] && track.arousal == [-0.4, -0.6])
        #expect(track.mean(in: 0.01..<1)?.valence == 0.4 && track.mean(in: 5..<6) == nil)
    }

    @Test(
        "A clip that cannot be used is listed with its reason, the others stand",
        arguments: [
            (["002/002.json": "{", "002/00000.png": "png"], "not the labels of a clip"),
            (["002/002.json": MadeUp.afewAnnotation([(11, 0)]), "002/00000.png": "png"], "frame 00000: valence 11.0 is not in -10 to 10"),
            (["002/002.json": MadeUp.afewAnnotation([(1, 1)])], "none of its 1 frames lies beside it"),
            (["002/00000.png": "png"], "1 pictures without 002.json"),
            (
                ["002/002.json": "{\"frames\": {\"x\": {\"valence\": 1, \"arousal\": 1}}}", "002/00000.png": "png"],
                "frame 'x' is not a number"
            ),
            (
                ["copy/001/001.json": MadeUp.afewAnnotation([(1, 1)]), "copy/001/00000.png": "png"],
                "another folder for the same clip is used"
            ),
            (["holiday.mp4": "film"], "not a frame"), (["601/00000.png": "png"], "not a frame"), (["002/0.png": "png"], "not a frame"),
        ] as [([String: String], String)])
    func rejected(files: [String: String], reason: String) throws {
        let good = ["001/001.json": MadeUp.afewAnnotation([(1, 1)]), "001/00000.png": "png"]
        let folder = try MadeUpFolder(good.merging(files) { $1 })
        let scan = try AfewVA().scan(folder.url, corpus: "afew")
        #expect(scan.clips.map(\.name) == ["001"])
        #expect(scan.rejected.count == 1 && scan.rejected.first?.reason.hasPrefix(reason) == true, "\(scan.rejected)")
    }

    @Test("A labelled frame that is not there is told, and the clip is used with the frames that are")
    func missingFrame() throws {
        let folder = try MadeUpFolder(["001/001.json": MadeUp.afewAnnotation([(0, 0), (10, 10)]), "001/00000.png": "png"])
        let scan = try AfewVA().scan(folder.url, corpus: "afew")
        #expect(scan.clips.first?.valence == 0 && scan.rejected.map(\.reason) == ["1 of its frames are not there; the others are used"])
    }

    @Test(
        "A frame without a number for its labels is not used and told with its key; the others are, and a clip without any is refused",
        arguments: ["NaN", "null", "Infinity", "-Infinity", "\"NaN\"", "1e999", "\"\""])
    func noNumber(value: String) throws {
        func labels(_ values: [(String, String)]) -> String {
            "{\"video_id\": \"NaN \\\" Infinity\", \"actor\": \"NaN\", \"frames\": {"
                + values.enumerated().map { "\"0000\($0)\": {\"landmarks\": [[\(value), 1]], \"valence\": \($1.0), \"arousal\": \($1.1)}" }
                .joined(separator: ", ") + "}}"
        }
        var files = [
            "001/001.json": labels([("2", "4"), (value, "1"), ("4", "4"), ("1", value)]), "002/002.json": labels([(value, value)]),
            "002/00000.png": "png",
        ]
        for i in 0..<5 { files["001/0000\(i).png"] = "png" }
        let folder = try MadeUpFolder(files)
        let scan = try AfewVA().scan(folder.url, corpus: "afew")
        let clip = try #require(scan.clips.first)
        #expect(scan.clips.count == 1 && clip.speaker == "NaN" && clip.columns["frames"] == "2")
        #expect(clip.valence.map { abs($0 - 0.3) < 1e-12 } == true && clip.arousal.map { abs($0 - 0.4) < 1e-12 } == true)
        #expect(
            scan.rejected.map(\.reason).sorted() == [
                "2 of its frames have no number for valence or arousal, the first: frame 00001; the others are used",
                "none of its frames has a number for valence and arousal, the first: frame 00000",
            ], "\(scan.rejected)")
        #expect(scan.leftOut == ["frames without labels": 1])
        let track = try #require(try LabelTrack(of: clip))
        #expect(track.times == [0, 2.0 / 25] && track.valence == [0.2, 0.4])
        guard case .stills(_, _, let numbers)? = clip.pictureSource else { throw CorpusError.noSuchFolder("\(clip)") }
        #expect(numbers.flatMap(Array.init) == [0, 2])
    }

    @Test("Damaged label files end in a reason, whatever is in them")
    func damaged() throws {
        let whole = Array(MadeUp.afewAnnotation([(2, -4), (4, -6)]).utf8)
        let folder = try MadeUpFolder()
        let clip = Clip(name: "001", corpus: "x", speaker: "1", emotion: "", track: folder.path("001.json"))
        for length in 0..<whole.count {
            try folder.write("001.json", Data(whole.prefix(length)))
            #expect(throws: CorpusError.self) { try LabelTrack(of: clip) }
        }
        let deep = String(repeating: "[", count: 100_000)
        try folder.write("001.json", Data("{\"frames\": \(deep)".utf8))
        #expect(throws: CorpusError.self) { try LabelTrack(of: clip) }
    }
}
