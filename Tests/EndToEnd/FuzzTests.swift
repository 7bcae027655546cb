// Mutated clips against the real program, in a process of its own: it may refuse any of them, but not die, hang or take all memory.
// A few seconds by default; EMOLAB_FUZZ_SECONDS=600 looks longer, EMOLAB_FUZZ_SEED elsewhere. What is found is kept in EMOLAB_FUZZ_KEEP.
import Foundation
import Media
import Testing

extension EndToEnd {
    @Suite(.serialized) struct FuzzTests {
        private static func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment["EMOLAB_FUZZ_" + name] }

        private static let seconds = setting("SECONDS").flatMap(Double.init) ?? 5
        private static let filesPerProcess = 24
        /// For one process with so many files; a clip takes some milliseconds.
        private static let mostSeconds = 60.0
        private static let mostMebibytes = 1500.0

        @Test("Mutated clips are features or a listed reason: no crash, no hang, no flood of memory")
        func mutatedClips() throws {
            let home = try Home()
            let seeds = try Seeds(in: home.file("seeds"))
            var random = Random(state: Self.setting("SEED").flatMap { UInt64($0) } ?? 1)
            let end = ContinuousClock.now + .seconds(Self.seconds)
            var tried = 0, worked = 0
            repeat {
                var files: [URL] = []
                for i in 0..<Self.filesPerProcess {
                    let (name, bytes) = seeds.mutated(&random)
                    let file = home.file("\(i)-\(name)")
                    try Data(bytes).write(to: file)
                    files.append(file)
                }
                let outcome = try Self.run(files, home)
                tried += files.count
                worked += outcome.worked
                if let fault = outcome.fault {
                    // Which of them it was.
                    let culprits = try files.filter { try Self.run([$0], home).fault != nil }
                    for file in culprits.isEmpty ? files : culprits { Self.keep(file) }
                    Issue.record("\(fault); files \(culprits.map(\.lastPathComponent)), of \(tried) tried")
                }
                for file in files { try FileManager.default.removeItem(at: file) }
            } while ContinuousClock.now < end
            print("fuzz: \(tried) mutated clips in \(Int(Self.seconds)) s, \(worked) still readable")
            #expect(tried >= Self.filesPerProcess && worked > 0, "mutations that leave nothing readable test only the first check")
        }

        /// One process over `files`: how many worked, and what went wrong beyond refusals.
        private static func run(_ files: [URL], _ home: Home) throws -> (worked: Int, fault: String?) {
            let program = try RunningProgram(
                ["features", "--settings", "fine", "--frames", "2", "--size", "16", "--json", "--output", home.file("features").path]
                    + files.map(\.path), in: home)
            let deadline = ContinuousClock.now + .seconds(mostSeconds)
            var peak = 0.0
            while program.status == nil {
                peak = max(peak, memory(of: program.pid))
                if peak > mostMebibytes { return (0, "it took \(Int(peak)) MiB") }
                if ContinuousClock.now > deadline { return (0, "it did not end within \(Int(mostSeconds)) s") }
                usleep(10_000)
            }
            let result = try program.finish()
            guard result.status == 0 || result.status == 1 else {
                return (0, "it ended with \(result.status): \(result.errors.suffix(300))")
            }
            let lines = try result.json()
            guard lines.count == files.count else {
                return (0, "\(lines.count) of \(files.count) files are accounted for: \(result.errors.suffix(300))")
            }
            let reasonless = lines.filter { $0["output"].string == nil && ($0["error"].string ?? "").isEmpty }
            return (lines.count { $0["output"].string != nil }, reasonless.isEmpty ? nil : "a file has neither features nor a reason")
        }

        /// Most that a process held so far, MiB; 0 where it is gone.
        private static func memory(of pid: pid_t) -> Double {
            let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
            return status.firstMatch(of: /VmHWM:\s+(\d+) kB/).flatMap { Double($0.1) }.map { $0 / 1024 } ?? 0
        }

        private static func keep(_ file: URL) {
            guard let folder = setting("KEEP") else { return }
            try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let name = "\(UUID().uuidString.prefix(8))-\(file.lastPathComponent)"
            try? FileManager.default.copyItem(at: file, to: URL(fileURLWithPath: folder).appendingPathComponent(name))
        }
    }
}

/// Small whole clips, and ways to spoil them.
private struct Seeds {
    private let clips: [(name: String, bytes: [UInt8])]
    /// Boxes and chunks whose sizes and counts a reader goes by.
    private static let marks = [
        "ftyp", "moov", "mvhd", "trak", "tkhd", "edts", "elst", "mdia", "mdhd", "stsd", "stts", "ctts", "stsc", "stsz", "stco", "stss",
        "mdat", "avcC",
        "esds", "RIFF", "fmt ", "data", "LIST", "idx1", "movi", "strh", "strf", "avih", "FLV", "onMetaData", "IHDR", "IDAT",
    ].map { Array($0.utf8) }

    init(in folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var clips: [(String, [UInt8])] = []
        for (name, video, audio) in [
            ("a.mp4", VideoEncoding.Codec.h264, AudioEncoding.Codec.aac), ("b.flv", .flv1, .mp3), ("c.avi", .mpeg4, .mp3),
            ("d.mkv", .h264, .aac),
            ("e.ts", .h264, .aac), ("f.wav", nil, .pcm16), ("g.mp3", nil, .mp3), ("h.mov", .mpeg4, .aac),
        ] as [(String, VideoEncoding.Codec?, AudioEncoding.Codec)] {
            let url = folder.appendingPathComponent(name)
            let writer = try MediaWriter(
                url: url, video: video.map { VideoEncoding(codec: $0, width: 48, height: 32, frameRate: FrameRate(25)) },
                audio: AudioEncoding(codec: audio, rate: 22_050, bitRate: 32_000))
            for frame in 0..<8 {
                if video != nil {
                    try writer.append(Picture(width: 48, height: 32, red: UInt8(20 * frame), green: 90, blue: UInt8(255 - 20 * frame)))
                }
                try writer.append((0..<882).map { Float(sin(Double(frame * 882 + $0) * 0.1)) * 0.5 })
            }
            try writer.finish()
            clips.append((name, try [UInt8](Data(contentsOf: url))))
        }
        clips.append(("i.ppm", Array("P6\n16 8\n255\n".utf8) + (0..<384).map { UInt8(truncatingIfNeeded: 7 * $0) }))
        self.clips = clips
    }

    func mutated(_ random: inout Random) -> (name: String, bytes: [UInt8]) {
        let (name, whole) = clips[random.next(below: clips.count)]
        var bytes = whole
        for _ in 0...random.next(below: 6) where !bytes.isEmpty {
            switch random.next(below: 8) {
            case 0: for _ in 0...random.next(below: 20) { bytes[random.next(below: bytes.count)] ^= 1 << UInt8(random.next(below: 8)) }
            case 1: bytes.removeLast(random.next(below: bytes.count))
            case 2:  // A piece of this or of another clip, put in or written over.
                let donor = random.next(below: 2) == 0 ? whole : clips[random.next(below: clips.count)].bytes
                let start = random.next(below: donor.count), length = min(donor.count - start, 1 + random.next(below: 600))
                let at = random.next(below: bytes.count)
                let end = random.next(below: 2) == 0 ? at : min(bytes.count, at + length)
                bytes.replaceSubrange(at..<end, with: donor[start..<(start + length)])
            case 3:
                let at = random.next(below: bytes.count)
                bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.next(below: 64)))
            case 4: bytes[random.next(below: min(128, bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            default: spoilNumber(&bytes, &random)
            }
        }
        return (name, bytes)
    }

    /// A size or count beside one of the marks becomes an extreme one.
    private func spoilNumber(_ bytes: inout [UInt8], _ random: inout Random) {
        let mark = Self.marks[random.next(below: Self.marks.count)]
        guard bytes.count > 64,
            let place = bytes.indices.dropLast(mark.count).first(where: {
                bytes[$0] == mark[0] && bytes[$0..<($0 + mark.count)].elementsEqual(mark)
            })
        else { return }
        let at = place + [-4, mark.count, mark.count + 4, mark.count + 8, mark.count + 12][random.next(below: 5)]
        guard at >= 0, at + 4 <= bytes.count else { return }
        let extremes: [UInt32] = [0, 1, 7, 8, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fff0, 0x0001_0000, UInt32(bytes.count)]
        let value = random.next(below: 3) == 0 ? UInt32(truncatingIfNeeded: random.next()) : extremes[random.next(below: extremes.count)]
        let isBig = random.next(below: 2) == 0
        for i in 0..<4 { bytes[at + i] = UInt8(truncatingIfNeeded: value >> UInt32(isBig ? 24 - 8 * i : 8 * i)) }
    }
}

/// SplitMix64: the same damage for the same seed.
private struct Random {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
