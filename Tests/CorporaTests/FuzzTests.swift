// Tables and labels of corpora, damaged: what is in a folder that somebody else made.
import Foundation
import Media
import TestSupport
import Testing

@testable import Corpora
@testable import Inputs

@Suite("Damaged tables") struct FuzzTests {
    /// One file of a folder is damaged again and again; the folder is scanned each time, and labels over time are read.
    private static func scans(
        _ name: String, quick: Int = 150, _ format: any CorpusFormat, _ file: String, _ seeds: [String], others: [String: String],
        pieces: [String]
    ) throws {
        let folder = try MadeUpFolder(others)
        try folder.write(file, Data())
        let url = folder.url.appendingPathComponent(file)
        Fuzz.run(name, quick: quick, seeds: seeds.map { Array($0.utf8) }, pieces: pieces, accepted: 0...1) { input in
            try Data(input).write(to: url)
            do {
                let scan = try format.scan(folder.url, corpus: "fuzz")
                for clip in scan.clips {
                    guard clip.name.utf8.count <= 1 << 16 else { throw FuzzFinding("a name of \(clip.name.utf8.count) bytes") }
                    for path in [clip.video, clip.audio, clip.track].compactMap(\.self) where !path.hasPrefix(folder.url.path) {
                        throw FuzzFinding("a path out of the folder: \(path)")
                    }
                    do { _ = try LabelTrack(of: clip)?.mean(in: 0..<1) } catch is CorpusError {}
                }
                return !scan.clips.isEmpty
            } catch is CorpusError { return false }
        }
    }

    @Test("FER2013's pixels") func fer() throws {
        let row = "1,\((0 ..< 48 * 48).map { "\($0 % 256)" }.joined(separator: " ")),Training\n"
        try Self.scans(
            "FER2013", Fer2013(), "fer2013.csv", ["emotion,pixels,Usage\n" + row + row], others: [:],
            pieces: ["1,", "255 ", "256 ", ",Training\n", "emotion,pixels,Usage\n"])
    }

    @Test("MOSEI's sentences") func mosei() throws {
        try Self.scans(
            "MOSEI", Mosei(), "mosei.csv", [MoseiTests.table], others: ["aaa.mp4": "film", "bbb_1.mp4": "film"],
            pieces: ["aaa,", "0,", "1.5,", "train\n", "video,clip,start,end,", "0.6667"])
    }

    @Test("SEWA's labels a hundredth of a second") func sewa() throws {
        var others = SewaTests.files
        let arousal = others.removeValue(forKey: SewaTests.arousal)!
        try Self.scans(
            "SEWA labels", Sewa(), SewaTests.arousal, [arousal], others: others, pieces: ["SEW2_", "0.01", ",", "\n", "1e5", "-0.5", "_"])
        others[SewaTests.arousal] = arousal
        let notes = others.removeValue(forKey: "1101/metadata.ini")!
        try Self.scans(
            "SEWA notes", Sewa(), "1101/metadata.ini", [notes], others: others,
            pieces: ["[participant]\n", "subject = ", "age=", "99", "Gender = F\n", ";"])
    }

    @Test("AFEW-VA's JSON") func afew() throws {
        try Self.scans(
            "AFEW-VA", AfewVA(), "01/001/001.json", [MadeUp.afewAnnotation([(2, -4), (4, -6)])],
            others: ["01/001/00000.png": "png", "01/001/00001.png": "png"],
            pieces: ["{", "}", "[", "]", ":", ",", "\"frames\"", "\"valence\"", "\"00000\"", "10", "-11"])
    }

    @Test("CREMA-D's tables") func cremaD() throws {
        for (file, text) in [
            ("VideoDemographics.csv", CremaDTests.demographics), ("processedResults/summaryTable.csv", CremaDTests.summary),
            ("processedResults/tabulatedVotes.csv", CremaDTests.votes),
        ] {
            try Self.scans(
                "CREMA-D \(file)", CremaD(), file, [text],
                others: ["VideoFlash/1001_IEO_NEU_XX.flv": "media", "AudioWAV/1002_TIE_ANG_XX.wav": "media"],
                pieces: ["1001", ",", "\"", "\"\"", "\n", "NA", "A:F", "\"ActorID\"", "1001_IEO_NEU_XX"])
        }
    }

    @Test("CK+'s labels") func cohnKanade() throws {
        try Self.scans(
            "CK+", CohnKanade(), "Emotion/S005/001/S005_001_00000001_emotion.txt", ["   3.0000000e+00\n"],
            others: ["cohn-kanade-images/S005/001/S005_001_00000001.png": "png"], pieces: ["3", ".", "e", "+", "00", " "])
    }

    @Test("Tables of clips of one's own", arguments: ["csv", "tsv", "jsonl"]) func tables(kind: String) throws {
        try Self.scans(
            "clips.\(kind)", ClipTable(), "clips.\(kind)", [ClipTableTests.text(ClipTableTests.rows, as: kind)],
            others: ClipTableTests.media,
            pieces: [
                "takes/a.mp4", "../", "/etc/passwd", "takes/../../x", "frames", "start", "end", "1.5", "1e400", "{", "}", "\"path\":", ",",
                "\t", "\n", "\"", "a.csv", "none", "sep=;\n", ";", "\"\"", "\\", "C:\\", "NaN", "[{", "}],", "takes/A.MP4", "~/",
            ])
    }

    @Test("Names of files: RAVDESS, CREMA-D, RaFD") func names() {
        let seeds = [
            "01-01-05-02-01-01-12.mp4", "1001_IEO_ANG_HI.wav", "Rafd090_01_Caucasian_female_angry_frontal.jpg", "03-01-08-01-02-02-24.wav",
        ]
        Fuzz.run(
            "names of files", quick: 60, seeds: seeds.map { Array($0.utf8) }, pieces: ["01", "-", "_", ".mp4", "ANG", "99", "angry"],
            accepted: 0...1
        ) { input in
            let name = String(
                String.UnicodeScalarView(String(decoding: input, as: UTF8.self).unicodeScalars.filter { $0 != "/" && $0.value != 0 }))
            guard !name.isEmpty, name.utf8.count < 200, name != ".", name != ".." else { return false }
            let folder = try MadeUpFolder([name: "media"])
            var clips = 0
            for format in CorpusFormats.all {
                do { clips += try format.init().scan(folder.url, corpus: "x").clips.count } catch is CorpusError {}
            }
            return clips > 0
        }
    }

    @Test("Files of labels: refused with a line, or spaces of two labels and more") func labels() throws {
        let text =
            "[synonyms]\nglee = [\"gleeful\"]\n[spaces.mine]\naliases = [\"m\"]\nlabels = [\"anger\", \"glee\"]\nmerges = { sad = \"anger\" }\n"
        let known = try LabelLibrary.builtIn().synonyms
        Fuzz.run(
            "labels", quick: 1000, seeds: [Array(text.utf8)],
            pieces: ["[spaces.x]\n", "labels = ", "[\"anger\", \"sad\"]", "merges = ", "{ sad = \"anger\" }", "\n", "[synonyms]\n"]
        ) { input in
            do {
                let library = try LabelLibrary(String(decoding: input, as: UTF8.self), file: "x", synonyms: known)
                guard library.spaces.allSatisfy({ $0.labels.count > 1 }) else { throw FuzzFinding("a space of fewer than two labels") }
                return true
            } catch is CorpusError { return false }
        }
    }

    @Test("Prepared clips: a blob that is not what was written is refused, and takes no more room than the settings allow") func blobs()
        throws
    {
        let settings = PreparationSettings(sound: MelImageSettings(mel: MelSettings(bands: 4), frames: 6), frames: 2, size: 8)
        let clip = StoredClip(
            decibels: Spectrogram(values: (0..<20).map { Float($0) }, bands: 4, frames: 5),
            pictures: (0..<384).map { UInt8(truncatingIfNeeded: $0) }, frames: 2, size: 8,
            faces: [], duration: 2, hasSpeech: true, envelope: (0..<512).map { Float($0) }, hasAudio: true, hasVideo: false,
            sound: PreparedSound(samples: (0..<4001).map { Int16(truncatingIfNeeded: $0 &* 7919) }, scale: 3e-5, rate: 22_050, kept: 3..<8))
        let whole = try ClipBlob.encode(clip)
        // Its checksum, which refuses nearly every change, is looked at before.
        Fuzz.run("prepared clips", quick: 3000, seeds: [whole], accepted: 0...0.9) { input in
            guard let read = input.withUnsafeBytes({ try? ClipBlob.decode($0, settings) }) else { return false }
            guard read.pictures.count == 384, read.decibels.values.count <= 24,
                (read.sound?.samples.count ?? 0) <= PreparedSound.most(settings.sound)
            else {
                throw FuzzFinding("more than the settings allow")
            }
            return true
        }
    }
}
