import Corpora

/// How hard the demo corpora are, in one place: strength and clarity of the acting, and the size of the shift from studio to crowd.
/// A corpus is a function of these numbers, so a change of any of them is a change of `version`.
struct DemoDifficulty: Sendable, Equatable {
    /// Raised with every change of these numbers or of the drawing and speaking; a folder of another version is not continued.
    static let version = 2

    /// Mean strength of the acting for a level, and its spread from clip to clip.
    var strength: [DemoLevel: Double]
    var strengthDeviation: Double
    /// Share of clips in which one channel alone (face or voice) hardly shows the emotion, and what is left of its strength.
    var mutedShare: Double
    var mutedStrength: Double
    /// Share of clips in which a second emotion mixes in, and its greatest share.
    var blendedShare: Double
    var blendedMost: Double
    /// Share of clips whose acting shows another emotion than the label says.
    var mismatchedShare: Double
    /// How far actors differ: gain of their single muscles and voice traits, and their face and voice at rest.
    var gainDeviation: Double
    var restDeviation: Double
    /// Unsteadiness of the muscles over a clip.
    var wander: Double
    /// How much room, microphone, light and camera spoil the recording; 0 nothing. See `DemoShift.crowd`.
    var recording: Double

    static let studio = DemoDifficulty(
        strength: [.normal: 0.75, .strong: 1.0], strengthDeviation: 0.12, mutedShare: 0.32, mutedStrength: 0.2, blendedShare: 0.25,
        blendedMost: 0.4, mismatchedShare: 0, gainDeviation: 0.22, restDeviation: 0.14, wander: 0.05, recording: 0)

    static let crowd = DemoDifficulty(
        strength: [.low: 0.5, .medium: 0.75, .high: 1.0, .unspecified: 0.82], strengthDeviation: 0.14, mutedShare: 0.3, mutedStrength: 0.2,
        blendedShare: 0.35, blendedMost: 0.4, mismatchedShare: 0.08, gainDeviation: 0.23, restDeviation: 0.15, wander: 0.06,
        recording: 0.45)
}
