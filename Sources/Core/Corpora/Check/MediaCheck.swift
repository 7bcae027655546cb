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

    static func problem(of clip: Clip, depth: Depth) -> ClipProblem? {
        for path in Set([clip.video, clip.audio, clip.track].compactMap(\.self)).sorted() where access(path, F_OK) != 0 {
            return ClipProblem(clip: clip.name, kind: .missing, reason: "there is no file \(path)")
        }
        do {
            guard clip.video != nil || clip.audio != nil else { return ClipProblem(clip: clip.name, kind: .missing, reason: "it has neither sound nor picture") }
            if let source = clip.pictureSource { try look(at: source, depth) }
            if let audio = clip.audio { try listen(to: URL(fileURLWithPath: audio), depth) }
            _ = depth == .decode ? try LabelTrack(of: clip) : nil
            return nil
        } catch {
            return ClipProblem(clip: clip.name, kind: .damaged, reason: "\(error)")
        }
    }

    private static func look(at source: PictureSource, _ depth: Depth) throws {
        guard case .film(let path, _) = source else {
            _ = try VideoDecoder.pictures(of: source, count: 1)
            return
        }
        let url = URL(fileURLWithPath: path)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { FileName($0).isPicture }.sorted()
            guard let first = names.first else { throw MediaError.noVideo(file: path) }
            for name in depth == .decode ? names : [first] { try decode(url.appendingPathComponent(name)) }
        } else if depth == .decode {
            try decode(url)
        } else {
            guard try MediaProbe.inspect(url).video != nil else { throw MediaError.noVideo(file: path) }
        }
    }

    private static func decode(_ url: URL) throws {
        var frames = 0
        try VideoDecoder.forEachPicture(of: url) { _, _, _ in
            frames += 1
            return true
        }
        if frames == 0 { throw MediaError.damaged(file: url.path, what: "it has no frame") }
    }

    private static func listen(to url: URL, _ depth: Depth) throws {
        if depth == .decode {
            try AudioDecoder.forEachBlock(of: url, rate: 8000) { _ in }
        } else {
            guard try MediaProbe.inspect(url).audio != nil else { throw MediaError.noAudio(file: url.path) }
        }
    }
}
