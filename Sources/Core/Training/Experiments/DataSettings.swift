// `[data]`: which corpora, which labels, who is trained on and who is held out.
import Corpora

public struct DataSettings: Sendable, Codable, Equatable {
    /// Names of corpora in the store. An empty target: the run neither adapts nor reports on one.
    public var source = "studio"
    public var target = "crowd"
    /// Name of a label space, e.g. `six` (zu-dann §1: calm and neutral to neutral, happy and surprised to happy), or `FILE.toml#name`.
    public var labels = "six"
    /// zu-dann §1: by actor; the single-corpus baselines split at random.
    public var split = SplitSettings.Rule.speaker
    public var validationShare = 0.2
    public var splitSeed = 42
    /// Of `folds`: how many, how they are made, and which one is held out, from 1; the last also of `leave-one-out`.
    public var folds = 10
    public var foldRule = SplitSettings.FoldRule.rotating
    public var fold = 1
    /// Keep a test part that never chooses a checkpoint.
    public var nested = false

    public init() {}

    /// The split of either corpus.
    public var splitting: SplitSettings {
        var settings = SplitSettings(split, validationShare: validationShare, seed: UInt64(bitPattern: Int64(splitSeed)), nested: nested)
        (settings.folds, settings.foldRule, settings.fold) = (folds, foldRule, fold)
        return settings
    }

    enum CodingKeys: String, CodingKey {
        case source, target, labels, split, folds, fold, nested
        case foldRule = "fold_rule"
        case validationShare = "validation_share"
        case splitSeed = "split_seed"
    }
}
