/// State of a clip's preparation.
public enum ClipStatus: String, Sendable, Codable, CaseIterable { case listed, prepared, damaged }

/// Result of preparing one clip; a failure is a result too.
public struct ClipFinding: Sendable, Codable, Equatable {
    public var name: String
    public var status: ClipStatus
    /// Why it is damaged.
    public var reason: String?
    /// Seconds.
    public var duration: Double?
    /// False where voice activity found none and the whole clip was kept; nil without sound.
    public var hasSpeech: Bool?
    public var frames: Int?
    /// Frames in which a face was found; the others show the fallback.
    public var faces: Int?
    /// Why it has no sound, or no pictures, though it has a file for them: nothing that a model of the other alone needs.
    public var soundFault, pictureFault: String?
    /// Warnings about files that can be used.
    public var warnings: [String]?

    public init(
        name: String, status: ClipStatus, reason: String? = nil, duration: Double? = nil, hasSpeech: Bool? = nil, frames: Int? = nil,
        faces: Int? = nil
    ) {
        self.name = name
        self.status = status
        self.reason = reason
        self.duration = duration
        self.hasSpeech = hasSpeech
        self.frames = frames
        self.faces = faces
    }

    /// Warnings and faults in words, for people.
    public var remarks: [String] {
        (soundFault.map { ["used without its sound: \($0)"] } ?? []) + (pictureFault.map { ["used without its pictures: \($0)"] } ?? [])
            + (warnings ?? [])
    }
}
