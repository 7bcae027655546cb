public struct CheckpointRecord: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable { case best, last }
    public var kind: Kind
    public var epoch: Int
    public var step: Int
    /// Path relative to the run's folder.
    public var file: String
    /// Seconds that the save took, best weights and checkpoint together.
    public var seconds: Double

    public init(kind: Kind, epoch: Int, step: Int, file: String, seconds: Double = 0) {
        self.kind = kind
        self.epoch = epoch
        self.step = step
        self.file = file
        self.seconds = seconds
    }
}
