import Foundation
import Testing

@testable import Media

@Suite("Damaged and strange files are errors or results, never crashes")
struct DamagedFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Everything that is done with a file; true where any of it worked. An error that is no `MediaError` fails the test.
    @discardableResult
    private func tryAll(_ url: URL) throws -> Bool {
        var worked = false
        for attempt in [
            { _ = try MediaProbe.inspect(url) },
            { _ = try AudioDecoder.waveform(of: url, rate: 22_050, maximumSeconds: 60) },
            { _ = try VideoDecoder.pictures(of: url, count: 4) },
        ] as [() throws -> Void] {
            do {
                try attempt()
                worked = true
            } catch let error as MediaError {
                #expect(error.description.contains(";"), "an error says what to do: \(error)")
            }
        }
        return worked
    }

    private func film(_ name: String, sound: Bool = true) throws -> [UInt8] {
        let url = folder.url.appendingPathComponent("whole-" + name)
        let flash = name.hasSuffix("flv")
        try Clips.film(
            url, frames: 10, codec: flash ? .flv1 : .h264,
            audio: sound ? AudioEncoding(codec: flash ? .mp3 : .aac, rate: 22_050, bitRate: 48_000) : nil)
        return try [UInt8](Data(contentsOf: url))
    }

    @Test("No bytes, no file, a folder, a loop of links: each has its own error")
    func notReadable() throws {
        let empty = try folder.write("empty.mp4", [])
        #expect(throws: MediaError.empty(file: empty.path)) { try MediaProbe.inspect(empty) }
        let absent = folder.url.appendingPathComponent("absent.mp4")
        #expect(throws: MediaError.cannotOpen(file: absent.path, reason: "No such file or directory")) { try MediaProbe.inspect(absent) }
        #expect(throws: MediaError.cannotOpen(file: folder.url.path, reason: "it is not a regular file")) {
            try MediaProbe.inspect(folder.url)
        }
        let loop = folder.url.appendingPathComponent("loop.mp4")
        try FileManager.default.createSymbolicLink(at: loop, withDestinationURL: loop)
        #expect(throws: MediaError.self) { try VideoDecoder.pictures(of: loop, count: 8) }
    }

    @Test("Text, zeros and noise under media names are not media", arguments: ["a.mp4", "a.wav", "a.flv", "a.avi"])
    func notMedia(name: String) throws {
        var random = TestRandom(seed: 5)
        let noise = (0..<5000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let text = Array(String(repeating: "It was a dark and stormy night.\n", count: 100).utf8)
        for bytes in [text, [UInt8](repeating: 0, count: 4096), noise, [0x1a], Array("RIFF".utf8)] {
            let url = try folder.write(name, bytes)
            #expect(throws: MediaError.self) { try AudioDecoder.waveform(of: url, rate: 22_050) }
            #expect(throws: MediaError.self) { try VideoDecoder.pictures(of: url, count: 8) }
        }
    }

    @Test("A play list does not lead to other files or hosts")
    func playLists() throws {
        let target = try folder.write("target.wav", Clips.wav([Float](repeating: 0.5, count: 8000), rate: 8000))
        let lists = [
            "ffconcat version 1.0\nfile '\(target.path)'\n",
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://\(target.path)\n#EXT-X-ENDLIST\n",
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        ]
        for (list, name) in zip(lists, ["a.mp4", "a.m3u8", "b.m3u8"]) {
            let url = try folder.write(name, Array(list.utf8))
            #expect(throws: MediaError.self) { try AudioDecoder.waveform(of: url, rate: 8000) }
        }
    }

    @Test("A file without the stream that is asked for says so")
    func missingStream() throws {
        let sound = try folder.write("a.wav", Clips.wav([0, 0.5], rate: 8000))
        #expect(throws: MediaError.noVideo(file: sound.path)) { try VideoDecoder.pictures(of: sound, count: 8) }
        let silent = try folder.write("silent.mp4", try film("silent.mp4", sound: false))
        #expect(throws: MediaError.noAudio(file: silent.path)) { try AudioDecoder.waveform(of: silent, rate: 8000) }
        #expect(try MediaProbe.inspect(silent).audio == nil)
    }

    @Test(
        "A file cut short is an error or what is left of it; without half of its bytes it is never whole",
        arguments: ["a.mp4", "a.flv", "a.wav"])
    func truncated(name: String) throws {
        let whole = name == "a.wav" ? Clips.wav((0..<8000).map { Float(sin(Double($0) * 0.1)) }, rate: 8000) : try film(name)
        for share in 0..<32 {
            let url = try folder.write(name, Array(whole.prefix(whole.count * share / 32)))
            let worked = try tryAll(url)
            if name == "a.mp4", share < 16 { #expect(!worked, "the index is at the end: \(share)/32 of the file cannot be read") }
        }
        let half = try folder.write(name, Array(whole.prefix(whole.count / 2)))
        do {
            _ = try AudioDecoder.waveform(of: half, rate: 8000)
            Issue.record("half a file was read as if it were whole")
        } catch let error as MediaError {
            guard case .truncated = error else { throw error }
        }
    }

    @Test("A file whose index comes first is known to be cut short", arguments: [3, 6, 9])
    func truncatedAfterIndex(tenths: Int) throws {
        let whole = try faststart(try film("a.mp4", sound: false))
        let url = try folder.write("whole.mp4", whole)
        #expect(try VideoDecoder.pictures(of: url, count: 4).count == 4)
        let moov = try #require(Data(whole).range(of: Data("mdat".utf8))).upperBound
        let cut = try folder.write("cut.mp4", Array(whole.prefix(moov + (whole.count - moov) * tenths / 10)))
        let warnings = MediaWarnings()
        do {
            _ = try VideoDecoder.pictures(of: .film(path: cut.path, seconds: nil), count: 4, warnings: warnings)
            // A last frame that is missing is a warning.
            if tenths < 9 || warnings.all.isEmpty { Issue.record("a cut file was read as if it were whole") }
        } catch let error as MediaError {
            guard case .truncated = error else { throw error }
        }
    }

    /// Moves the index of an mp4 file before its data, as streaming wants it.
    private func faststart(_ bytes: [UInt8]) throws -> [UInt8] {
        var boxes: [String: [UInt8]] = [:]
        var order: [String] = []
        var place = 0
        while place + 8 <= bytes.count {
            let length = bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
            let name = String(decoding: bytes[(place + 4)..<(place + 8)], as: UTF8.self)
            try #require(length >= 8 && place + length <= bytes.count)
            boxes[name] = Array(bytes[place..<(place + length)])
            order.append(name)
            place += length
        }
        var moov = try #require(boxes["moov"])
        // Chunk offsets move on by the length of the index.
        var search = 0
        while let range = Data(moov)[search...].range(of: Data("stco".utf8)) {
            let entries = moov[(range.upperBound + 4)..<(range.upperBound + 8)].reduce(0) { $0 << 8 | Int($1) }
            for entry in 0..<entries {
                let at = range.upperBound + 8 + 4 * entry
                let offset = moov[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) } + moov.count
                for i in 0..<4 { moov[at + i] = UInt8(truncatingIfNeeded: offset >> (24 - 8 * i)) }
            }
            search = range.upperBound
        }
        return order.filter { $0 != "mdat" && $0 != "moov" && $0 != "free" }.flatMap { boxes[$0]! } + moov + (boxes["free"] ?? []) + boxes[
            "mdat"]!
    }

    @Test(
        "Flipped and overwritten bytes, two hundred ways a container", .timeLimit(.minutes(2)),
        arguments: ["a.mp4", "a.flv", "a.wav", "a.y4m"])
    func mutated(name: String) throws {
        let whole: [UInt8] =
            switch name {
            case "a.wav": Clips.wav((0..<2000).map { Float(sin(Double($0) * 0.1)) }, rate: 8000, channels: 2)
            case "a.y4m": Clips.y4m(width: 16, height: 9, frames: [(81, 90, 240), (41, 240, 110), (120, 128, 128)])
            default: try film(name)
            }
        var random = TestRandom(seed: 11)
        var results = 0
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0...random.next(below: 12) {
                // Half of the damage goes to the header, where it hurts.
                let place = random.next(below: random.next(below: 2) == 0 ? min(64, bytes.count) : bytes.count)
                switch random.next(below: 4) {
                case 0: bytes[place] ^= 1 << UInt8(random.next(below: 8))
                case 1: bytes[place] = 0xff
                case 2: bytes.remove(at: place)
                default: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                }
            }
            if try tryAll(try folder.write("b-" + name, bytes)) { results += 1 }
        }
        #expect(results > 0, "some damage is survivable, else the test damages nothing but headers")
    }

    @Test("Names with spaces, quotes, line breaks, emoji, percent signs and colons are only names")
    func strangeNames() throws {
        for name in ["a b'\"c.wav", "line\nbreak.wav", "😀.wav", "100%20.wav", "http:x.wav", "\u{1b}[31mred.wav", "-i.wav"] {
            let url = try folder.write(name, Clips.wav([0, 0.5, -0.5], rate: 8000))
            #expect(try AudioDecoder.waveform(of: url, rate: 8000).samples == [0, 0.5, -0.5])
            let absent = url.appendingPathExtension("absent")
            do {
                _ = try MediaProbe.inspect(absent)
                Issue.record("a file that is not there was read")
            } catch let error as MediaError {
                #expect(!error.description.unicodeScalars.contains { $0.value < 32 || $0.value == 127 })
            }
        }
    }
}
