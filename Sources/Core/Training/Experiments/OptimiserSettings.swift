// `[optimiser]`: how weights follow gradients.

/// zu-dann §5: AdamW 5e-5, decay 2e-5 for adaptation, cosine warm restarts T0 10, x2, down to 1e-6.
public struct OptimiserSettings: Sendable, Codable, Equatable {
    public enum Method: String, Sendable, Codable, CaseIterable {
        case adamw
        /// Decay added to the gradient.
        case adam
        /// With Nesterov's momentum; decay added to the gradient.
        case sgd
        /// As EmoCatcher was trained: decay added to the gradient, not rectified (parity notes §4.5).
        case adabelief
    }

    public var method = Method.adamw
    public var learningRate = 5e-5
    public var weightDecay = 2e-5
    /// Of `sgd`.
    public var momentum = 0.9
    public var schedule = LearningRateKind.cosineWarmRestarts
    public var restartEpochs = 10
    public var restartFactor = 2
    public var minimumRate = 1e-6
    public var warmUpEpochs = 0.0
    /// By how much `exponential` (every epoch), `step` (every `decay_epochs`) and `plateau` shrink the rate.
    public var decayFactor = 0.5
    public var decayEpochs = 10
    /// `plateau` watches the validation loss of the domain that chooses the checkpoint; 10 epochs and half the rate are chang-mrpn §3.7.5.
    public var plateauPatience = 10
    public var plateauCoolDown = 0
    public var plateauThreshold = 1e-4
    /// Largest global norm of the gradient; 0 leaves it alone (ours: 1).
    public var clipNorm = 1.0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case method, schedule, momentum
        case learningRate = "learning_rate"
        case weightDecay = "weight_decay"
        case restartEpochs = "restart_epochs"
        case restartFactor = "restart_factor"
        case minimumRate = "minimum_rate"
        case warmUpEpochs = "warm_up_epochs"
        case decayFactor = "decay_factor"
        case decayEpochs = "decay_epochs"
        case plateauPatience = "plateau_patience"
        case plateauCoolDown = "plateau_cool_down"
        case plateauThreshold = "plateau_threshold"
        case clipNorm = "clip_norm"
    }
}
