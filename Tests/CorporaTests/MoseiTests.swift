import Foundation
import TestSupport
import Testing

@testable import Corpora

@Suite("CMU-MOSEI")
struct MoseiTests {
    static let table = """
        video,clip,start,end,happy,sad,anger,fear,disgust,surprise,sentiment,split
        aaa,0,1.5,4.25,0.6667,0,0,0,0,0,1.5,train
        aaa,1,4.25,9,0,1,0,1,0,0,-1,train
        bbb,0,0,2,0,0,0,0,0,0,0,dev
        bbb,1,0,2,0,0,0.3,0,0,2.6667,0,dev
        """

    @Test("A sentence's label is its strongest emotion; ties and none are left out; films may be whole or cut")
    func layout() throws {
        let folder = try MadeUpFolder([
            "mosei.csv": Self.table, "Videos/Full/Combined/aaa.mp4": "film", "Audio/Full/WAV_16000/aaa.wav": "sound",
            "Videos/Segmented/Combined/bbb_1.mp4": "film", "Videos/Segmented/Combined/bbb_0.mp4": "film",
        ])
        #expect(Mosei.recognises(folder.url) && !ClipTable.recognises(folder.url))
        let scan = try Mosei().scan(folder.url, corpus: "mosei")
        #expect(scan.clips.map(\.name) == ["aaa_0", "bbb_1"] && scan.rejected.isEmpty)
        #expect(scan.leftOut == ["sentences without one strongest emotion": 2, "copies": 1])
        let (whole, cut) = (scan.clips[0], scan.clips[1])
        #expect(whole.emotion == "happy" && whole.seconds == 1.5..<4.25 && whole.part == "train" && whole.speaker == "aaa")
        #expect(
            whole.video == folder.path("Videos/Full/Combined/aaa.mp4") && whole.audio == whole.video && whole.columns["sentiment"] == "1.5")
        #expect(cut.emotion == "surprise" && cut.seconds == nil && cut.part == "validation" && cut.columns["anger"] == "0.3")
        #expect(try Mosei().scan(folder.url.appendingPathComponent("mosei.csv"), corpus: "mosei") == scan)
        let space = try LabelSpace.named("mosei6")
        #expect(Set(Mosei.emotions.compactMap { space.index(of: $0) }) == Set(0..<6))
    }

    @Test("Bad rows are told with their line, films that no row names with their path")
    func bad() throws {
        let folder = try MadeUpFolder([
            "mosei.csv": Self.table
                + "\nccc,0,0,2,1,0,0,0,0,0,0,train\naaa,0,1,2,1,0,0,0,0,0,0,train\naaa,3,5,5,1,0,0,0,0,0,0,train\naaa,4,0,1,9,0,0,0,0,0,0,train\naaa,5,0,1,1,0,0,0,0,0,0,late\naaa,6\n",
            "aaa.mp4": "film", "zzz.mp4": "film", "bbb.wav": "sound",
        ])
        let scan = try Mosei().scan(folder.url, corpus: "mosei")
        #expect(scan.clips.map(\.name) == ["aaa_0", "bbb_1"] && scan.clips[1].video == nil)
        let reasons = scan.rejected.map { $0.path.replacing(folder.url.path + "/", with: "") + " " + $0.reason }
        #expect(
            reasons == [
                "mosei.csv:10 split 'late' is not train, validation or test", "mosei.csv:11 2 fields instead of 12",
                "mosei.csv:6 neither ccc_0 nor ccc is there as film or sound", "mosei.csv:7 the same sentence as line 2",
                "mosei.csv:8 start and end are needed in aaa, the end after the start", "mosei.csv:9 happy 9 is not in 0 to 3",
                "zzz.mp4 no row of the table names it",
            ])
    }

    @Test("A table without the columns is refused by their names")
    func columns() throws {
        let folder = try MadeUpFolder(["mosei.csv": "video,clip,happy\na,0,1\n"])
        #expect(
            throws: CorpusError.badTable(path: folder.path("mosei.csv"), reason: "it lacks the columns sad, anger, fear, disgust, surprise")
        ) {
            try Mosei().scan(folder.url, corpus: "mosei")
        }
    }
}
