/// How a corpus is split: what an experiment's `data.split…` and `emolab corpora split` say.
public struct SplitSettings: Sendable, Codable, Hashable {
    public enum Rule: String, Sendable, Codable, CaseIterable {
        /// Nobody on both sides: the protocol of cross-corpus runs.
        case speaker
        /// Clips at random: the published single-corpus baselines; speakers are on both sides.
        case random
        /// One of several folds of the speakers, see `FoldRule`.
        case folds
        /// One speaker validates, in order of their names; fold k leaves out the k-th.
        case leaveOneOut = "leave-one-out"
        /// The parts that the corpus was published with.
        case official
    }

    public enum FoldRule: String, Sendable, Codable, CaseIterable {
        /// mocanu §1: speakers of each sex shuffled and dealt out in turn; fold k is the test, the next one validates, the others train.
        case rotating
        /// chang-mrpn §1.4 for CREMA-D: dealt out in the same way; fold k validates, all others train, and there is no test.
        case validating
        /// chang-mrpn §1.4 for RAVDESS: fold k is the k-th pair of neighbours by number, `A1,2`, `A3,4`, …; it validates, and there is no test.
        case pairs
    }

    public var rule = Rule.speaker
    /// Of the speakers, or of the clips where the rule is random.
    public var validationShare = 0.2
    public var seed: UInt64 = 42
    /// Folds of rule `folds`, but for `pairs`, whose number the speakers give; which of them, from 1; also of `leave-one-out`.
    public var folds = 10
    public var fold = 1
    public var foldRule = FoldRule.rotating
    /// Keeps what is reported on apart from what chooses the checkpoint: halves the validation side of `speaker` and `random`; elsewhere
    /// makes the held-out side the test and cuts a validation side from the training speakers, where the rule has no test of its own.
    public var nested = false

    public init() {}

    public init(_ rule: Rule, validationShare: Double = 0.2, seed: UInt64, nested: Bool = false) {
        self.rule = rule
        self.validationShare = validationShare
        self.seed = seed
        self.nested = nested
    }

    public init(folds: Int, fold: Int, rule: FoldRule, seed: UInt64, nested: Bool = false) {
        self.rule = .folds
        self.folds = folds
        self.fold = fold
        foldRule = rule
        self.seed = seed
        self.nested = nested
    }
}
