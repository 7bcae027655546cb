// Damaged files by the thousand: each is refused with an error or read within its bounds. EMOLAB_FUZZ=1000000 asks for more of them.
import Foundation
import TestSupport
import Testing

@testable import Base
@testable import TensorFiles
@testable import Tensors

@Suite("Mutated files") struct FuzzTests {
    /// Inputs over all kinds together.
    static let inputs = ProcessInfo.processInfo.environment["EMOLAB_FUZZ"].flatMap(Int.init) ?? 60_000

    enum Kind: String, CaseIterable { case safetensors, npy, npz, pyTorch, pickle, legacy }

    /// A file to start from, and how a mutated part of it becomes a file again.
    private static func seeds(_ kind: Kind) throws -> [(part: [UInt8], file: ([UInt8]) -> Data)] {
        func whole(_ names: [String]) throws -> [(part: [UInt8], file: ([UInt8]) -> Data)] {
            try names.map { ([UInt8](try arrayFile($0)), { Data($0) }) }
        }
        switch kind {
        case .safetensors: return try whole(["types.safetensors"])
        case .npy: return try whole(["ramp.npy", "fortran.npy", "big-endian.npy", "version3.npy"])
        case .npz:
            // Checksums would refuse nearly every change: half the inputs change an array inside an archive that is right.
            let inside = [UInt8](try arrayFile("fortran.npy"))
            return try whole(["types.npz", "types-deflated.npz"]) + [
                (
                    inside,
                    { part in
                        var writer = ZipWriter()
                        writer.add("a.npy", Data(part), deflated: true)
                        return writer.finished()
                    }
                )
            ]
        case .pyTorch: return try whole(["views.pt", "types.pt", "module.pt", "single.pt"])
        case .pickle:
            return try ["views.pt", "types.pt", "checkpoint.pt", "crafted"].map { name in
                let
                    archive = try ZipArchive(
                        bytes: name == "crafted" ? Crafted.archive(Crafted.pickle(Crafted.plainValues)) : arrayFile(name)),
                    pickle = try #require(PyTorchFile.pickle(in: archive))
                return (
                    [UInt8](archive.bytes[pickle.range]),
                    { part in
                        var writer = ZipWriter()
                        for member in archive.members {
                            writer.add(member.name, member == pickle ? Data(part) : archive.bytes[member.range], deflated: false)
                        }
                        return writer.finished()
                    }
                )
            }
        case .legacy: return try whole(["views-legacy.pt", "types-legacy.pt", "module-legacy.pt", "hostile-legacy.pt"])
        }
    }

    /// Instructions of pickles, numbers at the edges of their types, and pieces of headers: what a blind change hardly ever makes.
    private static let pieces: [[UInt8]] =
        [
            "(", "}", ")", "]", "t", "l", "a", "e", "s", "u", "q\u{0}", "h\u{0}", "h\u{1}", "c", "R", "b", "Q", ".", "0", "9", "-", ",",
            "'", "\"", "{", ":",
        ].map { Array($0.utf8) } + [
            [0x85], [0x86], [0x87], [0x88], [0x89], [0x4e], [0x4b, 0], [0x4a, 0xff, 0xff, 0xff, 0xff],
            [0x8a, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            [0x4a, 0xff, 0xff, 0xff, 0x7f], [0xff, 0xff, 0xff, 0xff], [0xff, 0xff], [0, 0, 0, 0], [0, 0, 0, 0x80],
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            Array("PK\u{1}\u{2}".utf8), Array("PK\u{3}\u{4}".utf8), Array("99999999999".utf8), Array("4294967296".utf8),
        ]

    private static func mutate(_ bytes: inout [UInt8], _ stream: inout RandomStream) {
        for _ in 0...stream.int(below: 4) {
            guard !bytes.isEmpty else { return }
            let place = stream.int(below: bytes.count)
            switch stream.int(below: 9) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: stream.next())
            case 1: bytes[place] ^= 1 << UInt8(stream.int(below: 8))
            case 2: bytes[place] = [0, 1, 0x7f, 0x80, 0xff][stream.int(below: 5)]
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + stream.int(below: 8)))
            case 4: bytes.insert(contentsOf: pieces[stream.int(below: pieces.count)], at: place)
            case 5:
                let piece = pieces[stream.int(below: pieces.count)], end = min(bytes.count, place + piece.count)
                bytes.replaceSubrange(place..<end, with: piece)
            case 6:
                let from = stream.int(below: bytes.count), copied = Array(bytes[from..<min(bytes.count, from + 1 + stream.int(below: 48))])
                bytes.insert(contentsOf: copied, at: place)
            case 7:
                let from = stream.int(below: bytes.count), copied = Array(bytes[from..<min(bytes.count, from + 1 + stream.int(below: 16))])
                bytes.replaceSubrange(place..<min(bytes.count, place + copied.count), with: copied)
            default: if stream.int(below: 4) == 0 { bytes.removeSubrange(place...) }
            }
        }
    }

    @Test(
        "Every mutated file is refused with an error of its reader, or its arrays are whole and within the limit", arguments: Kind.allCases)
    func mutations(kind: Kind) throws {
        let seeds = try Self.seeds(kind), limit = ReadingLimit(floor: 1 << 20), rounds = Self.inputs / Kind.allCases.count
        var stream = RandomStream(seed: 2025, name: "fuzz \(kind.rawValue)"), accepted = 0
        for round in 0..<rounds {
            var part = seeds[round % seeds.count].part
            Self.mutate(&part, &stream)
            let bytes = seeds[round % seeds.count].file(part)
            do {
                let file = try TensorFile(bytes: bytes, limit: limit)
                accepted += 1
                var own: [Data: Int] = [:]
                for (name, array) in file.arrays {
                    guard array.count * array.type.size == array.data.count else {
                        Issue.record("\(kind) \(round): \(name) has \(array.data.count) bytes for \(array.shape)")
                        return
                    }
                    own[array.data] = array.data.count
                    if array.count < 1 << 16 { _ = array.tensor }
                }
                // Arrays that share memory count once; all others are bytes of the file or paid for.
                #expect(own.values.reduce(0, +) <= bytes.count + limit.floor + limit.ratio * bytes.count, "\(kind) \(round)")
            } catch is TensorFileError {
            } catch is SafetensorsError {
            } catch {
                Issue.record("\(kind) \(round): an error of another kind: \(error)")
                return
            }
        }
        // A change in the data is valid, so some files read; if most did, the mutations would miss the structure.
        #expect(accepted > rounds / 1000 && accepted < rounds * 9 / 10, "\(accepted) of \(rounds) \(kind.rawValue) files read")
        if rounds > 10_000 { print("fuzz \(kind.rawValue): \(rounds) inputs, \(accepted) read, \(rounds - accepted) refused") }
    }
}
