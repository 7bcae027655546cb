// `[adaptation]`: how source and target are drawn together.
import Corpora

public struct AdaptationSettings: Sendable, Codable, Equatable {
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// Adversaries (Ganin and Lempitsky 2015), and those that see predictions too (Long et al. 2018).
        case dann, cdan
        /// Covariances (Sun and Saenko 2016), and mean discrepancy (Long et al. 2015).
        case coral, mmd
        /// The source alone.
        case none
        /// Target labels are learned from as well: the upper bound, not an adaptation.
        case supervised

        /// Whether a term of the loss draws the domains together.
        public var aligns: Bool { self != .none && self != .supervised }
        /// Whether source and target are compared with each other within a batch.
        public var comparesWithinBatch: Bool { self == .coral || self == .mmd }
    }

    public enum Batches: String, Sendable, Codable, CaseIterable { case alternating, joint }

    public var method = Method.dann
    /// lambda of the loss; the text gives no number (ours: 1).
    public var weight = 1.0
    /// A source batch, then a target batch (the text), or half of each in every step (ours; what a file has with `coral` and `mmd`).
    public var batches = Batches.alternating
    /// Where a discriminator stands, or distributions are compared: `fused`; also `audio`, `video`, `stage1`, `stage2`.
    public var discriminators = ["fused"]
    /// How much each of these places counts in the term; one number stands for all.
    public var discriminatorWeights = [1.0]
    /// Of `cdan`: clips with certain predictions count more (CDAN+E).
    public var entropyWeighting = false
    /// Which target training clips are used. `stratified` looks at target labels (the text, 25 %); the others do not.
    public var subset = TargetSubset.all
    public var subsetShare = 0.25
    /// Who chooses by `uncertainty` and `k-centre`: a weights file, or an earlier run's best weights as `run:12`.
    public var subsetModel = ""
    public var alpha = AlphaSchedule()

    public init() {}

    /// One a place.
    var placeWeights: [Double] {
        discriminatorWeights.count == 1 ? discriminators.map { _ in discriminatorWeights[0] } : discriminatorWeights
    }

    enum CodingKeys: String, CodingKey {
        case method, weight, batches, discriminators, subset, alpha
        case discriminatorWeights = "discriminator_weights"
        case entropyWeighting = "entropy_weighting"
        case subsetShare = "subset_share"
        case subsetModel = "subset_model"
    }
}
