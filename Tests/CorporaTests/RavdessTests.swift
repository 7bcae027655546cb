import Foundation
import TestSupport
import Testing

@testable import Corpora

@Suite("RAVDESS")
struct RavdessTests {
    @Test("The whole corpus is 1,440 clips of 24 actors, with every field read from the name")
    func wholeCorpus() throws {
        let folder = try MadeUpFolder(MadeUp.ravdess)
        var scan = CorpusScan()
        let seconds = try ContinuousClock().measure { scan = try Ravdess().scan(folder.url, corpus: "studio") }
        print("1,440 files scanned in \(seconds)")
        #expect(scan.clips.count == 1440 && scan.rejected.isEmpty && scan.leftOut.isEmpty)
        #expect(Set(scan.clips.map(\.speaker)).count == 24)
        let isSorted = zip(scan.clips, scan.clips.dropFirst()).allSatisfy { $0.name < $1.name }
        #expect(isSorted)
        let clip = try #require(scan.clips.first { $0.name == "01-01-05-02-01-02-12" })
        #expect(
            clip
                == Clip(
                    name: "01-01-05-02-01-02-12", corpus: "studio", speaker: "12", emotion: "angry", intensity: "strong", sentence: "kids",
                    sex: "female", columns: ["repetition": "02"], video: folder.path("Actor_12/01-01-05-02-01-02-12.mp4"),
                    audio: folder.path("Actor_12/01-01-05-02-01-02-12.mp4")))
    }

    @Test("Sound and picture, picture only and sound only of one take are one clip; song is left out and is no fault")
    func modalities() throws {
        let folder = try MadeUpFolder([
            "Video_Speech_Actor_01/Actor_01/01-01-03-01-01-01-01.mp4", "Video_Speech_Actor_01/Actor_01/02-01-03-01-01-01-01.mp4",
            "Audio_Speech_Actors_01-24/Actor_01/03-01-03-01-01-01-01.wav", "Video_Speech_Actor_01/Actor_01/02-01-04-01-01-01-01.mp4",
            "Audio_Speech_Actors_01-24/Actor_01/03-01-04-01-01-01-01.wav", "Audio_Speech_Actors_01-24/Actor_01/03-01-06-01-01-01-01.wav",
            "Video_Song_Actor_01/Actor_01/01-02-03-01-01-01-01.mp4", "Audio_Song_Actors_01-24/Actor_01/03-02-03-01-01-01-01.wav",
            "Audio_Song_Actors_01-24/Actor_01/notes.txt",
        ])
        let scan = try Ravdess().scan(folder.url, corpus: "studio")
        #expect(scan.rejected.isEmpty && scan.leftOut == ["songs": 2])
        #expect(scan.clips.map(\.name) == ["01-01-03-01-01-01-01", "01-01-04-01-01-01-01", "01-01-06-01-01-01-01"])
        #expect(scan.clips[0].audio == scan.clips[0].video)
        #expect(scan.clips[1].video?.hasSuffix("02-01-04-01-01-01-01.mp4") == true)
        #expect(scan.clips[1].audio?.hasSuffix("03-01-04-01-01-01-01.wav") == true)
        #expect(scan.clips[2].video == nil && scan.clips[2].audio != nil)
    }

    @Test(
        "A file that does not fit is listed with its reason, and costs nothing else",
        arguments: [
            ("Actor_01/01-01-09-01-01-01-01.mp4", "media", "emotion 09 is not in 01-08"),
            ("Actor_01/01-01-03-01-01-01-25.mp4", "media", "actor 25 is not in 01-24"),
            ("Actor_01/01-01-01-02-01-01-01.mp4", "media", "neutral has no strong intensity"),
            ("Actor_01/01-01-03-01-01-01.mp4", "media", "the name is not seven two-digit numbers"),
            ("Actor_01/١١-01-03-01-01-01-01.mp4", "media", "modality"),
            ("Actor_01/holiday.mov", "media", "the name is not seven two-digit numbers"),
            ("Actor_01/01-01-03-01-01-01-01.mp4", "", "the file is empty"),
            ("Actor_01/01-01-03-01-01-01-01.flv", "media", "a file of type .flv does not fit modality 01"),
            ("Actor_01/03-01-03-01-01-01-01.mp4", "media", "a file of type .mp4 does not fit modality 03"),
            ("Actor_01/01-01-03-01-01-01-01.txt", "media", "a file of type .txt does not fit modality 01"),
        ])
    func rejected(path: String, content: String, reason: String) throws {
        let folder = try MadeUpFolder([path: content, "Actor_02/01-01-03-01-01-01-02.mp4": "media"])
        let scan = try Ravdess().scan(folder.url, corpus: "studio")
        #expect(scan.clips.map(\.name) == ["01-01-03-01-01-01-02"])
        #expect(scan.rejected.map(\.path) == [folder.path(path)])
        #expect(scan.rejected.first?.reason.hasPrefix(reason) == true, "\(scan.rejected)")
    }

    @Test("A folder held twice counts once; a second take that differs is rejected")
    func copies() throws {
        let folder = try MadeUpFolder([
            "Actor_01/01-01-03-01-01-01-01.mp4": "media", "copy/Actor_01/01-01-03-01-01-01-01.mp4": "media",
            "other/Actor_01/01-01-03-01-01-01-01.mp4": "another",
        ])
        let scan = try Ravdess().scan(folder.url, corpus: "studio")
        #expect(scan.clips.count == 1 && scan.leftOut == ["copies": 1] && scan.rejected.count == 1)
        #expect(scan.rejected.first?.path == folder.path("other/Actor_01/01-01-03-01-01-01-01.mp4"))
    }

    @Test("The folder may be the corpus, the one above it, or one actor's", arguments: ["data/ravdess", "data", "data/ravdess/Actor_03"])
    func levels(given: String) throws {
        let folder = try MadeUpFolder(MadeUp.ravdess.prefix(200).map { "data/ravdess/" + $0 })
        let url = folder.url.appendingPathComponent(given, isDirectory: true)
        #expect(Ravdess.recognises(url) && !CremaD.recognises(url))
        #expect(try Ravdess().scan(url, corpus: "studio").clips.count == 200)
    }
}

@Suite("Folders")
struct FolderTests {
    @Test("Loops of links, links to nothing and unreadable depths end, and are told")
    func loops() throws {
        let folder = try MadeUpFolder(["Actor_01/01-01-03-01-01-01-01.mp4"])
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: folder.path("Actor_01/loop"), withDestinationPath: folder.url.path)
        try manager.createSymbolicLink(atPath: folder.path("self"), withDestinationPath: folder.path("self"))
        try manager.createSymbolicLink(atPath: folder.path("gone"), withDestinationPath: "/nowhere/at/all")
        let deep = (0..<40).map { _ in "d" }.joined(separator: "/")
        try folder.write(deep + "/01-01-03-01-01-01-02.mp4", Data("media".utf8))
        let scan = try Ravdess().scan(folder.url, corpus: "studio")
        #expect(scan.clips.map(\.name) == ["01-01-03-01-01-01-01"])
        #expect(Set(scan.rejected.map(\.path)) == [folder.path("self"), folder.path("gone")])
    }

    @Test("A folder that is not there, a file, and a folder without clips are errors that say so")
    func errors() throws {
        let folder = try MadeUpFolder(["a/readme.txt", "b/holiday.mp4"])
        #expect(throws: CorpusError.noSuchFolder(folder.path("none"))) {
            try Ravdess().scan(folder.url.appendingPathComponent("none"), corpus: "x")
        }
        #expect(throws: CorpusError.noSuchFolder(folder.path("a/readme.txt"))) {
            try Ravdess().scan(folder.url.appendingPathComponent("a/readme.txt"), corpus: "x")
        }
        let reason = "the name is not seven two-digit numbers (modality-channel-emotion-intensity-statement-repetition-actor)"
        #expect(
            throws: CorpusError.nothingFound(
                folder: folder.path("b"), format: "ravdess", rejected: [RejectedFile(path: folder.path("b/holiday.mp4"), reason: reason)])
        ) {
            try Ravdess().scan(folder.url.appendingPathComponent("b"), corpus: "x")
        }
        #expect(CorpusFormats.detect(folder.url) == nil)
        #expect(CorpusFormats.detect(folder.url.appendingPathComponent("none")) == nil)
    }

    @Test("Names with line ends, escapes and emoji are listed as they are")
    func strangeNames() throws {
        let names = ["a\nb.mp4", "\u{1B}[31mred.mp4", "😀.wav"]
        let folder = try MadeUpFolder(["01-01-03-01-01-01-01.mp4"] + names)
        let scan = try Ravdess().scan(folder.url, corpus: "studio")
        #expect(scan.clips.count == 1)
        #expect(Set(scan.rejected.map(\.path)) == Set(names.map { folder.path($0) }))
    }
}
