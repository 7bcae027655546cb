// A corpus folder as it comes from a broken download and a busy desk: what cannot be used is named with its reason, the rest is used.
import Foundation
import Media
import Testing

extension EndToEnd {
    @Suite(.serialized) struct DamagedCorpusTests {
        @Test("Damaged and foreign files are listed with a reason, the rest is used, and training goes on without them")
        func damagedFolder() throws {
            let home = try Demo.newHome()
            let folder = try DamagedStudio(in: home)

            let added = try home.json("corpora", "add", folder.url.path, "--json")
            #expect(added["format"].string == "ravdess" && added["speakers"].int == 4)
            // Named as clips; what is in them shows when they are decoded.
            #expect(added["clips"].int == Demo.clipsPerCorpus + folder.extraClips)
            let rejected = added["rejected"].array
            func reason(_ name: String) -> String? { rejected.first { $0["path"].string?.hasSuffix("/" + name) == true }?["reason"].string }
            #expect(rejected.count == 4)
            #expect(reason(folder.empty) == "the file is empty")
            #expect(reason("holiday.mp4")?.contains("seven two-digit numbers") == true)
            #expect(reason("01-01-09-01-01-01-01.mp4")?.contains("emotion 09 is not in 01-08") == true)
            #expect(reason("evil \u{1b}[31m name.mp4")?.isEmpty == false)

            let prepared = try home.emolab("prepare", "studio", "--json")
            #expect(prepared.status == 1)  // As `prepare --help` says.
            let summary = try prepared.lastJSON()
            #expect(summary["prepared"].int == Demo.clipsPerCorpus - 1)
            let damaged = summary["damaged"].array
            #expect(Set(damaged.compactMap { $0["name"].string }) == [folder.truncated, folder.text, folder.silent, folder.blind])
            func damage(_ name: String) -> String { damaged.first { $0["name"].string == name }?["reason"].string ?? "" }
            #expect(damage(folder.silent).contains("has no audio stream"))
            #expect(damage(folder.blind).contains("has no video stream"))
            #expect(damage(folder.text).contains("is not a sound or video file"))
            #expect(damage(folder.truncated).contains("truncated") || damage(folder.truncated).contains("not a sound or video file"))
            for clip in damaged { #expect(damage(clip["name"].string ?? "").contains(folder.url.path), "a reason says which file") }

            let listed = try home.json("corpora", "list", "studio", "--json")
            #expect(listed["clips"].array.count { $0["status"].string == "damaged" && $0["reason"].string?.isEmpty == false } == 4)
            #expect(listed["rejected"].array.count == 4)
            for arguments in [["corpora", "add", folder.url.path], ["corpora", "list", "studio"], ["prepare", "studio"]] {
                let text = try RunningProgram(arguments, in: home).finish()
                #expect(!text.output.contains("\u{1b}") && !text.errors.contains("\u{1b}"), "a file's name must not steer the terminal")
                #expect(text.errorsBesidesFaces == "", "libraries are silent")
            }

            _ = try home.json("corpora", "add", Demo.firstRun().corpora.appendingPathComponent("crowd").path, "--json")
            let run = try home.emolab("train", "demo", "--json", "--set", "training.epochs=1")
            #expect(run.status == 0)
            let events = try run.json()
            let plan = try #require(events.first { $0["event"].string == "started" })["plan"]
            #expect(
                (plan["samples"]["sourceTraining"].int ?? 0) + (plan["samples"]["sourceValidation"].int ?? 0) == Demo.clipsPerCorpus - 1)
            #expect(
                events.contains { $0["event"].string == "message" && $0["text"].string?.contains("studio: 4 clips cannot be used") == true }
            )
            #expect(events.last?["event"].string == "finished")
        }

        @Test("A folder without one clip of a known layout is refused with words, not with an empty corpus")
        func foreignFolder() throws {
            let home = try Home()
            try home.write("pictures/holiday.mp4", "not a film")
            let detected = try home.emolab("corpora", "add", home.file("pictures").path)
            #expect(detected.status == 1 && detected.errors.contains("say which with --format"))
            let told = try home.emolab("corpora", "add", home.file("pictures").path, "--format", "crema-d")
            #expect(
                told.status == 1 && told.errors.contains("no clip in the layout of crema-d")
                    && told.errors.contains("1 file or row there does not fit"))
            #expect(try home.json("corpora", "list", "--json").array.isEmpty)
        }

        @Test("A corpus of nothing but damaged clips ends a run with a reason before it begins to train")
        func nothingLeft() throws {
            let home = try Demo.newHome()
            for actor in 1...2 { try home.write("studio/01-01-05-01-01-01-0\(actor).mp4", "not a film") }
            _ = try home.json("corpora", "add", home.file("studio").path, "--json")
            _ = try home.json("corpora", "add", Demo.firstRun().corpora.appendingPathComponent("crowd").path, "--json")
            let run = try home.emolab("train", "demo", "--json")
            #expect(run.status == 1 && run.output == "")
            #expect(run.errors.hasPrefix("emolab: ") && run.errors.contains("studio"))
        }
    }
}

/// The shared studio corpus, copied and spoilt.
private struct DamagedStudio {
    let url: URL
    /// Names of clips; `empty` is a file's.
    let truncated, text, silent, blind, empty: String
    /// Files that are named as clips and are not in the shared corpus.
    let extraClips = 3

    init(in home: Home) throws {
        let files = FileManager.default
        url = home.file("studio")
        try files.copyItem(at: Demo.firstRun().corpora.appendingPathComponent("studio"), to: url)
        let actor = url.appendingPathComponent("Actor_01")
        let present = try files.contentsOfDirectory(atPath: actor.path).sorted()
        let victim = try #require(present.first { $0.hasSuffix(".mp4") })
        truncated = String(victim.dropLast(4))
        let bytes = try Data(contentsOf: actor.appendingPathComponent(victim))
        try bytes.prefix(bytes.count / 2).write(to: actor.appendingPathComponent(victim))
        // Takes of this actor that the corpus does not have.
        let free = (2...8).map { "01-01-0\($0)-01-01-01-01" }.filter { !present.contains($0 + ".mp4") }
        try #require(free.count >= 4)
        (text, silent, blind, empty) = (free[0], free[1], free[2], free[3] + ".mp4")
        try Data("this is not a film".utf8).write(to: actor.appendingPathComponent(text + ".mp4"))
        try Data().write(to: actor.appendingPathComponent(empty))
        try Self.write(actor.appendingPathComponent(silent + ".mp4"), pictures: true, sound: false)
        try Self.write(actor.appendingPathComponent(blind + ".mp4"), pictures: false, sound: true)
        for name in ["holiday.mp4", "01-01-09-01-01-01-01.mp4", "evil \u{1b}[31m name.mp4"] {
            try bytes.write(to: actor.appendingPathComponent(name))
        }
        try Data("notes of mine".utf8).write(to: actor.appendingPathComponent("notes.txt"))
    }

    /// A second of grey pictures, of a 220 Hz tone, or both.
    private static func write(_ file: URL, pictures: Bool, sound: Bool) throws {
        let writer = try MediaWriter(
            url: file, video: pictures ? VideoEncoding(width: 64, height: 64, frameRate: FrameRate(24)) : nil,
            audio: sound ? AudioEncoding(rate: 48_000) : nil)
        if pictures {
            let grey = Picture(width: 64, height: 64, pixels: [UInt8](repeating: 128, count: 64 * 64 * 3))
            for _ in 0..<24 { try writer.append(grey) }
        }
        if sound { try writer.append((0..<48_000).map { 0.5 * Float(sin(2 * Double.pi * 220 * Double($0) / 48_000)) }) }
        try writer.finish()
    }
}
