// Random numbers that depend on a seed and a name only (SplitMix64: Steele, Lea, Flood, OOPSLA 2014), so every use has a stream of its own.

import Foundation

/// A counter-based generator: value n is a hash of (key, n). State is two integers, so it is saved and resumed exactly.
public struct RandomStream: Sendable, Codable, Hashable, RandomNumberGenerator {
    @usableFromInline var key: UInt64
    @usableFromInline var counter: UInt64 = 0

    /// Streams of other seeds or names are independent of this one.
    @inlinable public init(seed: UInt64, name: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        key = Self.mixed(Self.mixed(seed &+ 0x9e37_79b9_7f4a_7c15) ^ hash)
    }

    /// A stream of its own for `name`, whatever was drawn from this one so far.
    @inlinable public func substream(_ name: String) -> RandomStream { RandomStream(seed: key, name: name) }

    /// The next 64 random bits.
    @inlinable public mutating func next() -> UInt64 {
        counter &+= 1
        return Self.mixed(key &+ counter &* 0x9e37_79b9_7f4a_7c15)
    }

    /// Uniform in [0, 1), 24 bits.
    @inlinable public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

    @inlinable public mutating func uniform(in range: Range<Float>) -> Float {
        range.lowerBound + uniform() * (range.upperBound - range.lowerBound)
    }

    /// Standard normal (Box and Muller).
    @inlinable public mutating func normal() -> Float {
        let radius = (-2 * log(Double(next() >> 11 | 1) * 0x1p-53)).squareRoot()
        return Float(radius * cos(2 * .pi * (Double(next() >> 11) * 0x1p-53)))
    }

    /// Uniform in 0 ..< bound, without bias (Lemire).
    @inlinable public mutating func int(below bound: Int) -> Int { Int(next(upperBound: UInt64(bound))) }

    /// A random order (Fisher and Yates).
    @inlinable public mutating func shuffle<Element>(_ array: inout [Element]) {
        guard array.count > 1 else { return }
        for last in stride(from: array.count - 1, to: 0, by: -1) { array.swapAt(last, int(below: last + 1)) }
    }

    @inlinable public mutating func shuffled<Element>(_ array: [Element]) -> [Element] {
        var copy = array
        shuffle(&copy)
        return copy
    }

    @inlinable static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
