// Faces of one clip found on other threads while its later frames are still decoded: the same findings, sooner.
import Dispatch
import Media
import Records
import Synchronization

/// Looks into frames as they come. Its results are those of `FaceExtractor.faces(in:)`, whatever it was given and in whichever order.
public final class FacesAhead: Sendable {
    private struct Look: Sendable {
        var frame: Picture
        var face: Result<DetectedFace?, any Error>
    }

    private let extractor: FaceExtractor
    private let looks = Mutex<[Look]>([])
    private let group = DispatchGroup()
    private let queue = DispatchQueue(label: "emolab.faces", qos: .userInitiated, attributes: .concurrent)

    public init(_ extractor: FaceExtractor) { self.extractor = extractor }

    /// A frame that will probably be among the clip's.
    public func look(at frame: Picture) {
        guard extractor.looksEverywhere else { return }
        queue.async(group: group) { [self] in
            // The last frame comes when nothing else is left to do.
            let face = Result { try extractor.face(in: frame, threads: 2) }
            looks.withLock { $0.append(Look(frame: frame, face: face)) }
        }
    }

    /// The face of each frame and what was found; frames are those of one clip in order. Waits for what is still looked at.
    public func faces(in frames: [Picture]) throws -> [(picture: Picture, finding: FaceFinding)] {
        group.wait()
        let known = looks.withLock(\.self)
        // By its pixels: equal frames have equal faces, and comparing them takes a hundredth of looking.
        return try extractor.faces(in: frames) { frame in
            if let look = known.first(where: { $0.frame == frame }) { return try look.face.get() }
            return try extractor.face(in: frame)
        }
    }
}
