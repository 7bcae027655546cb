// Damaged and made-up input by the thousand, the same for the same name. EMOLAB_FUZZ=1000000 asks for so many of each parser;
// EMOLAB_FUZZ_KEEP=FOLDER keeps the input that is being read, for where a parser ends the process or never returns.
import Base
import Foundation
import Tensors
import Testing

public struct Fuzz {
    private var stream: RandomStream
    private let pieces: [[UInt8]]

    /// - Parameters:
    ///   - name: the parser's; other names draw other input.
    ///   - pieces: what the parser's language is made of, put in now and then.
    public init(_ name: String, pieces: [String] = []) {
        stream = RandomStream(seed: 2025, name: "fuzz \(name)")
        self.pieces = pieces.map { Array($0.utf8) } + Fuzz.edges
    }

    /// What readers of any text stumble over: numbers at the edges of their types, bytes that are no UTF-8, control characters, things without end.
    private static let edges: [[UInt8]] =
        [
            "0", "-1", "2147483648", "-9223372036854775809", "18446744073709551616", "1e999", "nan", "inf", "\"", "'", "\\", "\n", "\r\n",
            "\r", "\t", ",", ";", "..", "/", "é", "漢", "\u{1B}[2J", "\u{9B}", "\u{202E}", "\u{FEFF}", "e\u{301}", "👩‍👩‍👧",
        ]
        .map { Array($0.utf8) } + [[0], [0x7F], [0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF, 0xFE], [0xF4, 0x90, 0x80, 0x80]]

    /// How many inputs a parser gets.
    public static func inputs(quick: Int) -> Int { ProcessInfo.processInfo.environment["EMOLAB_FUZZ"].flatMap(Int.init) ?? quick }

    public mutating func below(_ bound: Int) -> Int { stream.int(below: bound) }
    public mutating func one<Element>(of choices: [Element]) -> Element { choices[stream.int(below: choices.count)] }

    /// A few changes: bytes and bits, pieces put in and over, parts doubled, moved and left out, the end cut off.
    public mutating func mutated(_ whole: [UInt8]) -> [UInt8] {
        var bytes = whole
        for _ in 0...below(5) {
            guard !bytes.isEmpty else { return one(of: pieces) }
            let place = below(bytes.count)
            switch below(10) {
            case 0: bytes[place] = UInt8(below(256))
            case 1: bytes[place] ^= 1 << UInt8(below(8))
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(12)))
            case 3, 4, 5: bytes.insert(contentsOf: one(of: pieces), at: place)
            case 6:
                let piece = one(of: pieces)
                bytes.replaceSubrange(place..<min(bytes.count, place + piece.count), with: piece)
            case 7:
                let from = below(bytes.count)
                bytes.insert(contentsOf: Array(bytes[from..<min(bytes.count, from + 1 + below(64))]), at: place)
            case 8:
                let piece = one(of: pieces)
                for _ in 0..<1 + below(40) { bytes.insert(contentsOf: piece, at: place) }
            default: if below(4) == 0 { bytes.removeSubrange(place...) }
            }
        }
        return bytes
    }

    /// Text of nothing but pieces.
    public mutating func made(atMost count: Int = 30) -> [UInt8] { (0..<below(count) + 1).flatMap { _ in one(of: pieces) } }

    /// Reads input after input: three of four are changed seeds, the fourth is made of pieces.
    /// - Parameters:
    ///   - seconds: that one input may take; a hundred times what any needs, for builds without optimisation on machines that do much else.
    ///   - accepted: the share that may be read; a parser that refuses everything is tested at its door only.
    ///   - read: true where it took the input, false where it refused it with an error of its own; throws for anything else.
    public static func run(
        _ name: String, quick: Int, seeds: [[UInt8]], pieces: [String] = [], seconds: Double = 10,
        accepted shares: ClosedRange<Double> = 0.001...0.999,
        sourceLocation: SourceLocation = #_sourceLocation, _ read: ([UInt8]) throws -> Bool
    ) {
        var fuzz = Fuzz(name, pieces: pieces), accepted = 0, slowest = 0.0
        let rounds = inputs(quick: quick)
        let kept = ProcessInfo.processInfo.environment["EMOLAB_FUZZ_KEEP"].map {
            URL(fileURLWithPath: $0).appendingPathComponent(name.replacingOccurrences(of: "/", with: "-"))
        }
        for round in 0..<rounds {
            let input = round % 4 == 3 && !pieces.isEmpty ? fuzz.made() : fuzz.mutated(seeds[round % seeds.count])
            if let kept { try? Data(input).write(to: kept) }
            let began = DispatchTime.now().uptimeNanoseconds
            do {
                if try read(input) { accepted += 1 }
            } catch {
                Issue.record(
                    "\(name), input \(round): \(error)\n\(String(decoding: input.prefix(2000), as: UTF8.self).debugDescription)",
                    sourceLocation: sourceLocation)
                return
            }
            let took = Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9
            slowest = max(slowest, took)
            if took > seconds {
                Issue.record(
                    "\(name), input \(round) took \(took) s:\n\(String(decoding: input.prefix(2000), as: UTF8.self).debugDescription)",
                    sourceLocation: sourceLocation)
                return
            }
        }
        let share = Double(accepted) / Double(rounds)
        #expect(shares.contains(share), "\(accepted) of \(rounds) inputs read", sourceLocation: sourceLocation)
        if rounds > quick {
            print(
                "fuzz \(name): \(rounds) inputs, \(accepted) read, \(rounds - accepted) refused, the slowest in \(Int(slowest * 1000)) ms")
        }
    }
}

/// What a test throws out of `Fuzz.run` for a result that must not be.
public struct FuzzFinding: Error, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}
