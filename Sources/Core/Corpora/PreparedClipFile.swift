import Features
import Foundation
import Tensors

/// A prepared clip as a safetensors file that any tool reads: `mel` [bands, frames], `pictures` [frames, size, size, 3], `envelope`
/// [slices, 2], `boxes` [frames, 4] (x, y, width, height, px), `scores`, `fallback` [frames]; the rest and a checksum as metadata.
enum PreparedClipFile {
    static let format = "emolab prepared clip 1"

    static func encode(_ clip: PreparedClip) -> Data {
        var file = Safetensors()
        file.entries = [
            "mel": floats(clip.mel, [clip.melBands, clip.melFrames]),
            "envelope": floats(clip.envelope, [clip.envelope.count / 2, 2]),
            "pictures": Safetensors.Entry(type: .u8, shape: [clip.frames, clip.size, clip.size, 3], data: Data(clip.pictures)),
            "boxes": floats(clip.faces.flatMap { [$0.box.x, $0.box.y, $0.box.width, $0.box.height] }, [clip.faces.count, 4]),
            "scores": floats(clip.faces.map(\.score), [clip.faces.count]),
            "fallback": Safetensors.Entry(
                type: .bool, shape: [clip.faces.count], data: Data(clip.faces.map { $0.isFallback ? 1 : 0 })),
        ]
        file.metadata = [
            "format": format, "first_sound_frame": "\(clip.firstSoundFrame)", "sound_frames": "\(clip.soundFrames)",
            "duration": "\(clip.duration)", "has_speech": "\(clip.hasSpeech)", "has_audio": "\(clip.hasAudio)",
            "has_video": "\(clip.hasVideo)",
        ]
        file.metadata["checksum"] = checksum(file)
        return file.bytes()
    }

    /// - Throws: `SafetensorsError` where the bytes are no such file, `DamagedEntry` where they are not what was written or do not fit.
    static func decode(_ bytes: Data, _ settings: PreparationSettings) throws -> PreparedClip {
        let file = try Safetensors(bytes: bytes)
        guard file.metadata["format"] == format, file.metadata["checksum"] == checksum(file) else { throw DamagedEntry() }
        func entry(_ name: String, _ type: Safetensors.ElementType, _ shape: [Int]) throws -> Data {
            guard let entry = file.entries[name], entry.type == type, entry.shape == shape else { throw DamagedEntry() }
            return entry.data
        }
        func value<Value: LosslessStringConvertible>(_ name: String) throws -> Value {
            guard let value = file.metadata[name].flatMap(Value.init) else { throw DamagedEntry() }
            return value
        }
        let (bands, width) = (settings.sound.mel.bands, settings.sound.frames)
        let hasVideo: Bool = try value("has_video")
        let faces = hasVideo ? settings.frames : 0
        let mel = try floats(entry("mel", .f32, [bands, width]))
        let boxes = try floats(entry("boxes", .f32, [faces, 4]))
        let scores = try floats(entry("scores", .f32, [faces]))
        let fallback = try Array(entry("fallback", .bool, [faces]))
        let (first, count): (Int, Int) = try (value("first_sound_frame"), value("sound_frames"))
        guard first >= 0, count >= 0, first <= width, count <= width - first else { throw DamagedEntry() }
        return PreparedClip(
            mel: mel, melBands: bands, melFrames: width, firstSoundFrame: first, soundFrames: count,
            pictures: try Array(entry("pictures", .u8, [settings.frames, settings.size, settings.size, 3])), frames: settings.frames,
            size: settings.size,
            faces: (0..<faces).map { i in
                FaceFinding(
                    box: FaceBox(x: boxes[4 * i], y: boxes[4 * i + 1], width: boxes[4 * i + 2], height: boxes[4 * i + 3]),
                    score: scores[i], isFallback: fallback[i] != 0)
            },
            duration: try value("duration"), hasSpeech: try value("has_speech"),
            envelope: try floats(entry("envelope", .f32, [PreparationSettings.envelopeSlices, 2])), hasAudio: try value("has_audio"),
            hasVideo: hasVideo)
    }

    struct DamagedEntry: Error {}

    /// Over all arrays and metadata, by name, without the checksum itself.
    private static func checksum(_ file: Safetensors) -> String {
        var hash = StableHash()
        for (name, value) in file.metadata.sorted(by: { $0.key < $1.key }) where name != "checksum" {
            hash.combine(name)
            hash.combine(value)
        }
        for (name, entry) in file.entries.sorted(by: { $0.key < $1.key }) {
            hash.combine(name)
            hash.combine("\(entry.type.rawValue) \(entry.shape)")
            entry.data.withUnsafeBytes { hash.combine($0) }
        }
        return hash.text
    }

    private static func floats(_ values: [Float], _ shape: [Int]) -> Safetensors.Entry {
        let bytes = values.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
        return Safetensors.Entry(type: .f32, shape: shape, data: bytes)
    }

    private static func floats(_ data: Data) -> [Float] {
        data.withUnsafeBytes { bytes in
            (0..<(bytes.count / 4)).map { i in
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self)))
            }
        }
    }
}
