import Foundation
import TestSupport
import Testing

@testable import Corpora

@Suite("CK+")
struct CohnKanadeTests {
    @Test("A labelled sequence is a clip, pictures of the others are left out on purpose")
    func layout() throws {
        let folder = try MadeUpFolder([
            "cohn-kanade-images/S005/001/S005_001_00000001.png": "png", "cohn-kanade-images/S005/001/S005_001_00000002.png": "png",
            "Emotion/S005/001/S005_001_00000002_emotion.txt": "   3.0000000e+00\n",
            "cohn-kanade-images/S010/004/S010_004_00000001.png": "png", "Emotion/S010/005/notes.txt": "none",
            "cohn-kanade-images/S011/002/S011_002_00000001.png": "png", "Emotion/S011/002/S011_002_00000001_emotion.txt": "7",
        ])
        #expect(CohnKanade.recognises(folder.url))
        let scan = try CohnKanade().scan(folder.url, corpus: "ck")
        #expect(scan.clips.map(\.name) == ["S005_001", "S011_002"] && scan.clips.map(\.emotion) == ["disgust", "surprise"])
        #expect(
            scan.clips[0].speaker == "S005" && scan.clips[0].video == folder.path("cohn-kanade-images/S005/001")
                && scan.clips[0].audio == nil)
        #expect(scan.leftOut == ["pictures of sequences without a label": 1] && scan.rejected.isEmpty)
        let space = try LabelSpace.named("ck8")
        #expect(CohnKanade.emotions.map { space.index(of: $0) } == Array(0..<8))
    }

    @Test(
        "What does not fit is listed with its reason",
        arguments: [
            (["Emotion/S006/001/S006_001_00000001_emotion.txt": "1"], "labels a sequence whose pictures are not there"),
            (["Emotion/S005/001/S005_001_00000002_emotion.txt": "8"], "the label '8' is not 0 to 7"),
            (["Emotion/S005/001/S005_001_00000002_emotion.txt": "2.5"], "the label '2.5' is not"),
            (["Emotion/S005/001/S005_001_00000002_emotion.txt": String(repeating: "1", count: 300)], "the label cannot be read"),
            (["Emotion/S005/001/S5_1_emotion.txt": "1"], "the name is not"),
            (["other/S005/001/S005_001_00000001.png": "png"], "another folder for the same sequence"),
            (["cohn-kanade-images/S005/001/S005_001_00000009.png": ""], "the file is empty"),
            (["cohn-kanade-images/S005/001/x.png": "png"], "not a frame"),
            (["cohn-kanade-images/S005/001/film.avi": "film"], "not a frame"),
        ] as [([String: String], String)])
    func rejected(files: [String: String], reason: String) throws {
        let good = ["cohn-kanade-images/S005/001/S005_001_00000001.png": "png", "Emotion/S005/001/S005_001_00000001_emotion.txt": "1"]
        let folder = try MadeUpFolder(good.merging(files) { $1 })
        let scan = try CohnKanade().scan(folder.url, corpus: "ck")
        #expect(
            scan.clips.count == 1 && scan.rejected.count == 1 && scan.rejected.first?.reason.hasPrefix(reason) == true, "\(scan.rejected)")
    }
}

@Suite("RaFD")
struct RafdTests {
    @Test("A picture is a clip with everything that its name says")
    func layout() throws {
        let folder = try MadeUpFolder([
            "Rafd090_01_Caucasian_female_angry_frontal.jpg", "Rafd045_73_Moroccan_male_contemptuous_left.jpg",
            "copy/Rafd045_73_Moroccan_male_contemptuous_left.jpg",
            "Rafd000_63_Kid_male_surprised_right.jpg", "readme.txt",
        ])
        #expect(Rafd.recognises(folder.url))
        let scan = try Rafd().scan(folder.url, corpus: "rafd")
        #expect(scan.clips.count == 3 && scan.rejected.isEmpty && scan.leftOut == ["copies": 1])
        #expect(
            scan.clips.first { $0.speaker == "01" }
                == Clip(
                    name: "Rafd090_01_Caucasian_female_angry_frontal", corpus: "rafd", speaker: "01", emotion: "angry", sex: "female",
                    columns: ["angle": "090", "ethnicity": "Caucasian", "gaze": "frontal"],
                    video: folder.path("Rafd090_01_Caucasian_female_angry_frontal.jpg")))
        let space = try LabelSpace.named("rafd8")
        #expect(Set(Rafd.emotions.compactMap { space.index(of: $0) }) == Set(0..<8))
    }

    @Test(
        "A name that is none of RaFD's says which part of it is wrong",
        arguments: [
            ("Rafd091_01_Caucasian_female_angry_frontal.jpg", "angle 091"), ("Rafd090_74_Caucasian_female_angry_frontal.jpg", "person 74"),
            ("Rafd090_01_Martian_female_angry_frontal.jpg", "group Martian"), ("Rafd090_01_Kid_child_angry_frontal.jpg", "sex child"),
            ("Rafd090_01_Kid_male_bored_frontal.jpg", "emotion bored"), ("Rafd090_01_Kid_male_angry_up.jpg", "gaze up"),
            ("holiday.png", "the name is not"), ("Rafd090_02_Kid_male_angry_frontal.mp4", "a file of type .mp4"),
        ])
    func rejected(name: String, reason: String) throws {
        let folder = try MadeUpFolder(["Rafd090_01_Caucasian_female_angry_frontal.jpg", name])
        let scan = try Rafd().scan(folder.url, corpus: "rafd")
        #expect(
            scan.clips.count == 1 && scan.rejected.count == 1 && scan.rejected.first?.reason.hasPrefix(reason) == true, "\(scan.rejected)")
    }
}
