import Corpora
import Foundation
import Media

/// A clip whose files are not there or cannot be used.
public struct ClipProblem: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable { case missing, damaged }

    public var clip: String
    public var kind: Kind
    public var reason: String
}

/// Looks at one clip's files.
enum MediaCheck {
    enum Depth: Sendable {
        /// What containers say of themselves.
        case probe
        /// Every frame and sample is decoded.
        case decode
    }

    /// - Parameter warnings: takes what a person should know of files that can be used.
    static func problem(of clip: Clip, depth: Depth, warnings: MediaWarnings) -> ClipProblem? {
        for path in Set([clip.video, clip.audio, clip.track].compactMap(\.self)).sorted() where access(path, F_OK) != 0 {
            return ClipProblem(clip: clip.name, kind: .missing, reason: "there is no file \(path)")
        }
        do {
            guard clip.video != nil || clip.audio != nil else {
                return ClipProblem(clip: clip.name, kind: .missing, reason: "it has neither sound nor picture")
            }
            if let source = clip.pictureSource { try look(at: source, depth, warnings) }
            if let audio = clip.audio { try listen(to: URL(fileURLWithPath: audio), depth, warnings) }
            _ = depth == .decode ? try LabelTrack(of: clip) : nil
            return nil
        } catch {
            return ClipProblem(clip: clip.name, kind: .damaged, reason: "\(error)")
        }
    }

    private static func look(at source: PictureSource, _ depth: Depth, _ warnings: MediaWarnings) throws {
        guard case .film(let path, _) = source else {
            try lookAtStills(source, depth, warnings)
            return
        }
        let url = URL(fileURLWithPath: path)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            try lookAtStills(source, depth, warnings)
        } else if depth == .decode {
            try decode(url, warnings)
        } else {
            try MediaProbe.checkVideo(url)
        }
    }

    private static func lookAtStills(_ source: PictureSource, _ depth: Depth, _ warnings: MediaWarnings) throws {
        if depth == .decode { return try VideoDecoder.check(source, warnings: warnings) }
        _ = try VideoDecoder.pictures(of: source, count: 1, warnings: warnings)
    }

    /// Seconds of a clip as its container tells; nil for stills, which have none, and where it does not.
    static func seconds(of clip: Clip) -> Double? {
        if let seconds = clip.seconds, seconds.upperBound.isFinite { return seconds.upperBound - seconds.lowerBound }
        guard let path = clip.audio ?? clip.video, clip.audio != nil || clip.pixelOffset == nil else { return nil }
        guard let info = try? MediaProbe.inspect(URL(fileURLWithPath: path)), info.audio != nil || (info.video?.frameCount ?? 0) > 1 else {
            return nil
        }
        return (info.audio?.duration ?? info.duration).map { max(0, $0 - (clip.seconds?.lowerBound ?? 0)) }
    }

    private static func decode(_ url: URL, _ warnings: MediaWarnings) throws {
        var frames = 0
        try VideoDecoder.forEachPicture(of: url, warnings: warnings) { _, _, _ in
            frames += 1
            return true
        }
        if frames == 0 { throw MediaError.damaged(file: url.path, what: "it has no frame") }
    }

    private static func listen(to url: URL, _ depth: Depth, _ warnings: MediaWarnings) throws {
        if depth == .decode {
            try AudioDecoder.forEachBlock(of: url, rate: 8000, warnings: warnings) { _ in }
        } else {
            guard try MediaProbe.inspect(url).audio != nil else { throw MediaError.noAudio(file: url.path) }
        }
    }
}
