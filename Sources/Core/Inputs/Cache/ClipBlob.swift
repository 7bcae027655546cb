// A prepared clip as one run of bytes: a short header, then sections that are compressed each for itself, so that what is not asked
// for is passed over. All numbers little-endian.
import Faces
import Foundation
import Media
import Records

/// What is wanted of a stored clip.
struct ClipParts: OptionSet, Sendable {
    var rawValue: Int
    static let mel = ClipParts(rawValue: 1)
    static let pictures = ClipParts(rawValue: 2)
    static let sound = ClipParts(rawValue: 4)
    /// Findings of faces and the envelope.
    static let findings = ClipParts(rawValue: 8)
    static let all: ClipParts = [.mel, .pictures, .sound, .findings]
}

enum ClipBlob {
    struct Damaged: Error {}

    private static let magic: UInt32 = 0x3150_4345  // "ECP1"
    private static let landmarks = 5
    private static let floatsPerFace = 6 + 2 * landmarks

    static func encode(_ clip: StoredClip) throws -> [UInt8] {
        var out = Writer()
        out.put(magic)
        out.put(UInt32((clip.hasAudio ? 1 : 0) | (clip.hasVideo ? 2 : 0) | (clip.hasSpeech ? 4 : 0) | (clip.sound == nil ? 0 : 8)))
        out.put(clip.duration.bitPattern)
        for number in [clip.decibels.bands, clip.decibels.frames, clip.frames, clip.size, clip.faces.count, clip.envelope.count] {
            out.put(UInt32(number))
        }
        if let sound = clip.sound {
            out.put(sound.scale.bitPattern)
            for number in [sound.rate, sound.firstSample, sound.kept.lowerBound, sound.kept.count, sound.samples.count] {
                out.put(UInt64(number))
            }
        }
        try out.section(BytePlanes.floats(clip.decibels.values))
        try out.section(BytePlanes.pictures(clip.pictures, size: clip.size))
        try out.section(BytePlanes.samples(clip.sound?.samples ?? []))
        try out.section(BytePlanes.floats(clip.faces.flatMap(numbers) + clip.envelope))
        return out.bytes
    }

    /// - Throws: where the bytes are no clip of these settings. Nothing larger than the settings allow is made room for.
    static func decode(_ bytes: UnsafeRawBufferPointer, _ settings: PreparationSettings, parts: ClipParts = .all) throws -> StoredClip {
        var reader = Reader(bytes: bytes)
        guard try reader.get(UInt32.self) == magic else { throw Damaged() }
        let flags = try reader.get(UInt32.self)
        let (hasAudio, hasVideo, hasSound) = (flags & 1 != 0, flags & 2 != 0, flags & 8 != 0)
        let duration = Double(bitPattern: try reader.get(UInt64.self))
        let bands = try reader.number(atMost: settings.sound.mel.bands), kept = try reader.number(atMost: settings.sound.frames)
        let frames = try reader.number(atMost: settings.frames), size = try reader.number(atMost: settings.size)
        let faces = try reader.number(atMost: settings.frames)
        let envelopes = try reader.number(atMost: 2 * PreparationSettings.envelopeSlices)
        guard bands == settings.sound.mel.bands, frames == settings.frames, size == settings.size, duration.isFinite,
            faces == (hasVideo ? frames : 0), envelopes == 2 * PreparationSettings.envelopeSlices, hasAudio || kept == 0,
            hasAudio == hasSound
        else { throw Damaged() }
        var sound: PreparedSound?
        var samples = 0
        if hasSound {
            let scale = Float(bitPattern: try reader.get(UInt32.self))
            let numbers = try (0..<5).map { _ in try reader.get(UInt64.self) }
            let limit = UInt64(PreparedSound.most(settings.sound))
            guard scale.isFinite, numbers[0] == UInt64(settings.sound.mel.rate), numbers[1] < 1 << 48, numbers[2] < 1 << 48,
                numbers[3] == UInt64(kept), numbers[4] <= limit
            else { throw Damaged() }
            samples = Int(numbers[4])
            sound = PreparedSound(
                samples: [], scale: scale, rate: settings.sound.mel.rate, firstSample: Int(numbers[1]),
                kept: Int(numbers[2])..<(Int(numbers[2]) + kept))
        }
        let mel = try reader.section(bands * kept * 4, isWanted: parts.contains(.mel))
        let pixels = try reader.section(frames * size * size * 3, isWanted: parts.contains(.pictures))
        let wave = try reader.section(samples * 2, isWanted: parts.contains(.sound))
        let findings = try reader.section((faces * floatsPerFace + envelopes) * 4, isWanted: parts.contains(.findings))
        guard reader.isAtEnd else { throw Damaged() }

        sound = wave == nil ? nil : sound
        if let wave { sound?.samples = BytePlanes.samples(wave) }
        let small = findings.map { BytePlanes.floats($0) } ?? []
        let decibels = mel.map { BytePlanes.floats($0) } ?? [Float](repeating: 0, count: bands * kept)
        return StoredClip(
            decibels: Spectrogram(values: decibels, bands: bands, frames: kept),
            pictures: pixels.map { BytePlanes.pictures(planes: $0, size: size) } ?? [], frames: frames, size: size,
            faces: small.isEmpty ? [] : (0..<faces).map { face(small[($0 * floatsPerFace)..<(($0 + 1) * floatsPerFace)]) },
            duration: duration, hasSpeech: flags & 4 != 0, envelope: Array(small.dropFirst(faces * floatsPerFace)), hasAudio: hasAudio,
            hasVideo: hasVideo, sound: sound)
    }

    /// By the number that is stored.
    private static let origins: [FaceFinding.Origin] = [.detected, .fallback, .interpolated, .reused]

    private static func numbers(_ face: FaceFinding) -> [Float] {
        let points =
            face.landmarks.count == landmarks ? face.landmarks.flatMap { [$0.x, $0.y] } : [Float](repeating: .nan, count: 2 * landmarks)
        let origin = Float(origins.firstIndex(of: face.origin) ?? 1)
        return [face.box.x, face.box.y, face.box.width, face.box.height, face.score, origin] + points
    }

    private static func face(_ numbers: ArraySlice<Float>) -> FaceFinding {
        let all = Array(numbers)
        let points = all[6].isNaN ? [] : (0..<landmarks).map { FacePoint(x: all[6 + 2 * $0], y: all[7 + 2 * $0]) }
        let origin = Int(exactly: all[5]).flatMap { origins.indices.contains($0) ? origins[$0] : nil } ?? .fallback
        return FaceFinding(
            box: FaceBox(x: all[0], y: all[1], width: all[2], height: all[3]), score: all[4], landmarks: points, origin: origin)
    }

    private struct Writer {
        var bytes: [UInt8] = []

        mutating func put<Number: FixedWidthInteger>(_ number: Number) {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }

        mutating func section(_ plain: [UInt8]) throws {
            let packed = try Zstandard.compressed(plain)
            put(UInt32(packed.count))
            bytes.append(contentsOf: packed)
        }
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var place = 0

        var isAtEnd: Bool { place == bytes.count }

        mutating func get<Number: FixedWidthInteger>(_: Number.Type) throws -> Number {
            guard bytes.count - place >= MemoryLayout<Number>.size else { throw Damaged() }
            defer { place += MemoryLayout<Number>.size }
            return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
        }

        mutating func number(atMost limit: Int) throws -> Int {
            let number = try get(UInt32.self)
            guard number <= UInt32(limit) else { throw Damaged() }
            return Int(number)
        }

        /// The next section, of `count` bytes once expanded; nil, and passed over, where it is not wanted.
        mutating func section(_ count: Int, isWanted: Bool) throws -> [UInt8]? {
            let packed = Int(try get(UInt32.self))
            guard packed <= bytes.count - place else { throw Damaged() }
            defer { place += packed }
            guard isWanted else { return nil }
            return try Zstandard.expanded(UnsafeRawBufferPointer(rebasing: bytes[place..<(place + packed)]), count: count)
        }
    }
}
