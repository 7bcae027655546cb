// From whole frames to the squares that the video network sees.
import Media
import Records

/// Finds the speaker's face in the frames of one clip, cuts it and brings it to one size. Used from any thread.
public struct FaceExtractor: Sendable {
    public let settings: FaceSettings
    /// Side of the result in px.
    public let size: Int
    private let detector: (any FaceDetector)?

    /// - Parameter detector: what `settings.detector` names; nil for the centred square.
    public init(_ settings: FaceSettings, size: Int, detector: (any FaceDetector)? = nil) {
        precondition(size > 0, "a face of \(size) px")
        self.settings = settings
        self.size = size
        self.detector = detector
    }

    /// The face of each frame, `size` x `size` px, and what was found; frames are those of one clip in order.
    public func faces(in frames: [Picture]) throws -> [(picture: Picture, finding: FaceFinding)] {
        try faces(in: frames) { try face(in: $0) }
    }

    /// The same with faces that were looked for elsewhere: `find` gives what `face(in:)` gives.
    func faces(in frames: [Picture], find: (Picture) throws -> DetectedFace?) throws -> [(picture: Picture, finding: FaceFinding)] {
        let track = try FaceTrack(frames, settings, find: find)
        return zip(frames, track.findings).map { (FaceCrop.crop($0, to: $1, settings, size: size), $1) }
    }

    /// The speaker's face in one frame, or nil.
    func face(in frame: Picture, threads: Int = 1) throws -> DetectedFace? {
        try detector.flatMap { chosen(try $0.faces(in: frame, threads: threads)) }
    }

    /// Whether looking into a frame ahead of its turn saves time: there is a detector, and it will look into every frame.
    var looksEverywhere: Bool { detector != nil && settings.every == 1 }

    /// The speaker's face. Of equals the first that the detector names.
    private func chosen(_ faces: [DetectedFace]) -> DetectedFace? {
        func weight(_ face: DetectedFace) -> Float { settings.selection == .largest ? face.box.width * face.box.height : face.score }
        return faces.reduce(nil) { best, face in best.map { weight($0) >= weight(face) } == true ? best : face }
    }
}
