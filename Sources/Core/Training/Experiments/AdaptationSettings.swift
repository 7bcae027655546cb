// `[adaptation]`: how source and target are drawn together.
import Corpora

public struct AdaptationSettings: Sendable, Codable, Equatable {
    public enum Method: String, Sendable, Codable, CaseIterable { case dann, none }
    public enum Batches: String, Sendable, Codable, CaseIterable { case alternating, joint }

    public var method = Method.dann
    /// lambda of the loss; the text gives no number (ours: 1).
    public var weight = 1.0
    /// A source batch, then a target batch (the text), or half of each in every step (ours).
    public var batches = Batches.alternating
    /// Where a discriminator stands: `fused`; also `audio`, `video`, `stage1`, `stage2`.
    public var discriminators = ["fused"]
    /// Which target training clips are used. `stratified` looks at target labels (the text, 25 %); the others do not.
    public var subset = TargetSubset.all
    public var subsetShare = 0.25
    /// Who chooses by `uncertainty` and `k-centre`: a weights file, or an earlier run's best weights as `run:12`.
    public var subsetModel = ""
    public var alpha = AlphaSchedule()

    public init() {}

    enum CodingKeys: String, CodingKey {
        case method, weight, batches, discriminators, subset, alpha
        case subsetShare = "subset_share"
        case subsetModel = "subset_model"
    }
}
