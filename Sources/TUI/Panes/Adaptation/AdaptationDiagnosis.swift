// What a run's figures say about its adaptation, in words, and what to try: rules with named bounds, listed in docs/workbench.md.
import Foundation
import Metrics
import Records
import Viz

/// What the rules look at: the newest epoch with what led there.
public struct AdaptationFigures: Sendable, Equatable {
    /// False where the store has no plan of the run.
    public var isPlanned = false
    /// Nil where the run learns from the source alone.
    public var adaptation: PlannedAdaptation?
    /// Whether a discriminator names domains: adversaries only.
    public var hasDiscriminator: Bool { adaptation?.hasDiscriminator ?? false }
    public var epoch = 0
    /// Share of validation clips whose domain the discriminator names rightly.
    public var sourceNamed: Double?
    public var targetNamed: Double?
    /// Mean domain loss over the last part of the steps, before alpha and lambda.
    public var domainLoss: Double?
    /// Alpha as last applied, what the schedule reaches, and where its rise begins and the run stands, in steps.
    public var alpha = 0.0
    public var alphaMaximum = 0.0
    public var step = 0
    public var rampStart: Int?
    /// Accuracy on validation clips, now and where the target stood best.
    public var sourceAccuracy: Double?
    public var targetAccuracy: Double?
    public var bestTarget: Best?
    /// The gap at the last epoch before alpha acted; nil where it acted from the start.
    public var gapBefore: Double?
    /// The answer that most target clips get.
    public var favourite: Favourite?
    /// Of a stored evaluation.
    public var proxyDistance: Double?
    public var isOver = false
    /// Whether the epoch validated a target, with labels or without.
    public var hasTarget = false

    public struct Best: Sendable, Equatable {
        public var epoch: Int
        public var accuracy: Double
    }

    public struct Favourite: Sendable, Equatable {
        public var label: String
        /// Of the target clips that get this answer, and that are of this class.
        public var share, truth: Double
    }

    public init() {}

    public var gap: Double? { sourceAccuracy.flatMap { source in targetAccuracy.map { source - $0 } } }
    /// Mean of both domains: one half where it guesses, whatever the domains' sizes.
    public var balanced: Double? { sourceNamed.flatMap { source in targetNamed.map { (source + $0) / 2 } } }
}

public struct AdaptationDiagnosis: Sendable, Equatable {
    public enum Health: String, Sendable, Codable { case good, watch, bad, unknown }

    /// Which rule spoke.
    public enum Finding: String, Sendable, Codable, CaseIterable {
        case noAdaptation, supervised, tooEarly, notYetOn, switchedOff, namesOneDomain, wrongAboutBoth, collapsedAnswers, separatesWeakly,
            separatesStrongly
        case guessesAndGapClosed, guessesAndGapStays, between, distanceOnly, distanceGapClosed, distanceGapStays, overshot, gapUnknown
    }

    public var finding: Finding
    public var health: Health
    /// One sentence: what it means.
    public var meaning: String
    /// One sentence: what to try; empty where nothing has to be done.
    public var advice: String

    /// Bounds (ours), the first three as those of `DiscriminatorHealth`.
    public enum Bounds {
        /// Balanced accuracy from which a discriminator tells the domains apart, and up to which it guesses.
        public static let separates = 0.9, guesses = 0.6
        /// It names one domain whatever it sees: right about nearly all of one and nearly none of the other.
        public static let oneDomain = (most: 0.9, least: 0.1)
        /// Balanced accuracy below which it is wrong, not guessing: features overshoot.
        public static let wrong = 0.35
        /// Share of the maximum below which alpha is not on yet.
        public static let on = 0.05
        /// A gap up to this is closed.
        public static let closedGap = 0.1
        /// A change of the gap below this is none.
        public static let noticed = 0.02
        /// Target accuracy below its best by which it was better before.
        public static let lost = 0.05
        /// Proxy A-distance, 0 to 2, from which a fresh classifier tells the domains apart.
        public static let apart = 1.0
        /// Share of target clips with one answer, and how far above the truth's share, from which the classifier has collapsed.
        public static let oneAnswer = (share: 0.6, above: 0.3)
    }

    private init(_ finding: Finding, _ health: Health, _ meaning: String, _ advice: String = "") {
        (self.finding, self.health, self.meaning, self.advice) = (finding, health, meaning, advice)
    }

    /// The first rule that holds, the gravest first.
    public init(_ figures: AdaptationFigures) {
        self = AdaptationDiagnosis.unadapted(figures) ?? AdaptationDiagnosis.unhealthy(figures) ?? AdaptationDiagnosis.usual(figures)
    }

    // MARK: Rules

    /// Runs of which nothing can be said, and why.
    private static func unadapted(_ f: AdaptationFigures) -> AdaptationDiagnosis? {
        guard f.isPlanned else { return AdaptationDiagnosis(.noAdaptation, .unknown, "This program cannot read the run's plan.") }
        guard let adaptation = f.adaptation else {
            let gap = f.gap.map { " The gap to the target is \(Numbers.signedShare($0)): what an adaptation would have to close." } ?? ""
            return AdaptationDiagnosis(.noAdaptation, .unknown, "This run does not adapt: it learns from the source alone.\(gap)")
        }
        if adaptation.learnsFromTargetLabels {
            return AdaptationDiagnosis(
                .supervised, .unknown,
                "This run learns from target labels: the upper bound of what adaptation could reach, not an adaptation.")
        }
        guard f.epoch > 0, f.hasTarget else {
            return AdaptationDiagnosis(.tooEarly, .unknown, "Nothing can be said before the first epoch is validated.")
        }
        guard f.alphaMaximum > 0 else {
            return AdaptationDiagnosis(
                .switchedOff, .watch, "Alpha is off: the features learn nothing from the domain loss.",
                "Give adaptation.alpha.maximum a value above 0.")
        }
        return nil
    }

    private static func unhealthy(_ f: AdaptationFigures) -> AdaptationDiagnosis? {
        if let favourite = f.favourite, favourite.share >= Bounds.oneAnswer.share,
            favourite.share - favourite.truth >= Bounds.oneAnswer.above
        {
            return AdaptationDiagnosis(
                .collapsedAnswers, .bad,
                "\(Numbers.percent(favourite.share)) of the target clips are called \(favourite.label), which \(Numbers.percent(favourite.truth)) of them are: "
                    + "the target's features have fallen together.",
                "Lower alpha.maximum\(f.hasDiscriminator ? "" : ", or use larger batches: covariances and kernels of a few clips are mostly chance")."
            )
        }
        guard f.hasDiscriminator, let source = f.sourceNamed, let target = f.targetNamed, let balanced = f.balanced else { return nil }
        if max(source, target) >= Bounds.oneDomain.most, min(source, target) <= Bounds.oneDomain.least {
            let name = source > target ? "source" : "target"
            return AdaptationDiagnosis(
                .namesOneDomain, .bad,
                "The discriminator calls both domains \(name): source clips \(Numbers.percent(source)) right, target clips \(Numbers.percent(target)). "
                    + "What looks like confusion says nothing about the features.",
                "Lower alpha.maximum, or use joint batches, so that it sees both domains in every step.")
        }
        if balanced <= Bounds.wrong {
            return AdaptationDiagnosis(
                .wrongAboutBoth, .bad,
                "The discriminator is wrong about \(Numbers.percent(1 - balanced)) of the clips: that is not confusion, the features overshoot faster than it learns.",
                "Lower alpha.maximum.")
        }
        if isOn(f), let best = f.bestTarget, let now = f.targetAccuracy, best.accuracy - now >= Bounds.lost, best.epoch < f.epoch,
            balanced <= Bounds.guesses
        {
            return AdaptationDiagnosis(
                .overshot, .watch,
                "Target accuracy was \(Numbers.share(best.accuracy)) at epoch \(best.epoch) and is \(Numbers.share(now)), while alpha grew to \(Numbers.three(f.alpha)).",
                "Lower alpha.maximum, or choose the epoch by a label-free score.")
        }
        return nil
    }

    private static func usual(_ f: AdaptationFigures) -> AdaptationDiagnosis {
        guard isOn(f) else { return waiting(f) }
        guard let gap = f.gap else { return withoutLabels(f) }
        let gapWords = "the gap is \(Numbers.signedShare(gap))"
        guard f.hasDiscriminator, let balanced = f.balanced else {
            // Nothing names domains: the gap, and a measured distance where there is one, are all there is.
            let distance = f.proxyDistance.map { " The proxy A-distance is \(Numbers.fixed($0, 2)) of 2." } ?? ""
            let name = f.adaptation?.method.uppercased() ?? ""
            if gap <= Bounds.closedGap {
                return AdaptationDiagnosis(.distanceGapClosed, .good, "\(name) has no discriminator to look at; \(gapWords).\(distance)")
            }
            guard let before = f.gapBefore else {
                return AdaptationDiagnosis(.distanceOnly, .unknown, "\(name) has no discriminator to look at; \(gapWords).\(distance)")
            }
            if gap >= before - Bounds.noticed {
                return AdaptationDiagnosis(
                    .distanceGapStays, .watch,
                    "\(gapWords.capitalised), no smaller than before alpha acted (\(Numbers.signedShare(before))).\(distance)",
                    "Raise adaptation.weight or alpha.maximum; larger batches make \(name)'s estimate steadier.")
            }
            return AdaptationDiagnosis(
                .distanceOnly, .good, "\(gapWords.capitalised); before alpha acted it was \(Numbers.signedShare(before)).\(distance)")
        }
        let percent = Numbers.percent(balanced)
        if balanced >= Bounds.separates {
            return AdaptationDiagnosis(
                .separatesStrongly, .watch,
                "The discriminator still tells \(percent) of the clips apart with alpha at \(Numbers.three(f.alpha)): the features are far apart.",
                "Raise alpha.maximum, or adaptation.weight.")
        }
        if balanced <= Bounds.guesses {
            if gap <= Bounds.closedGap {
                return AdaptationDiagnosis(
                    .guessesAndGapClosed, .good,
                    "The discriminator guesses (\(percent)) and \(gapWords): the domains look alike where it matters.")
            }
            var hint = ""
            if let distance = f.proxyDistance {
                let words = "(proxy A-distance \(Numbers.fixed(distance, 2)))"
                hint =
                    distance >= Bounds.apart
                    ? " A fresh classifier still tells them apart \(words): it is the adversary that has given up."
                    : " A fresh classifier cannot either \(words): the features are aligned, but not class by class."
            }
            return AdaptationDiagnosis(
                .guessesAndGapStays, .watch,
                "The discriminator guesses (\(percent)) while \(gapWords): either it has collapsed, or classes are mixed up.\(hint)",
                f.proxyDistance == nil
                    ? "emolab eval measures the proxy A-distance, which tells the two apart."
                    : "Try adaptation.method = cdan, which aligns class by class, or a smaller alpha.maximum.")
        }
        return AdaptationDiagnosis(
            .between, .good,
            "The discriminator tells \(percent) of the clips apart and \(gapWords): the two are still at odds, as they should be.")
    }

    /// No target clip has a label: the gap is not known, and only the discriminator can speak.
    private static func withoutLabels(_ f: AdaptationFigures) -> AdaptationDiagnosis {
        let unknown = "the gap is not known, since no target clip has a label"
        let advice = "Compare runs by a label-free score (training.selection)."
        guard f.hasDiscriminator, let balanced = f.balanced else {
            return AdaptationDiagnosis(.gapUnknown, .unknown, "\(unknown.capitalised).", advice)
        }
        let percent = Numbers.percent(balanced)
        if balanced >= Bounds.separates {
            return AdaptationDiagnosis(
                .separatesStrongly, .watch,
                "The discriminator still tells \(percent) of the clips apart with alpha at \(Numbers.three(f.alpha)): the features are far apart.",
                "Raise alpha.maximum, or adaptation.weight.")
        }
        let words =
            balanced <= Bounds.guesses ? "The discriminator guesses (\(percent))" : "The discriminator tells \(percent) of the clips apart"
        return AdaptationDiagnosis(.gapUnknown, .unknown, "\(words); \(unknown).", advice)
    }

    /// Alpha has not begun to act.
    private static func waiting(_ f: AdaptationFigures) -> AdaptationDiagnosis {
        var until = ""
        if let start = f.rampStart, f.step < start { until = " until step \(Numbers.count(start))" }
        let alpha = "alpha is \(Numbers.three(f.alpha))\(until)"
        if f.isOver {
            return AdaptationDiagnosis(
                .notYetOn, .watch, "The run ended before adaptation set in: \(alpha).",
                "Let it run to the end, or take a schedule that rises earlier.")
        }
        guard f.hasDiscriminator, let balanced = f.balanced else {
            return AdaptationDiagnosis(.notYetOn, .unknown, "Adaptation has not set in: \(alpha).")
        }
        if balanced >= Bounds.guesses {
            return AdaptationDiagnosis(
                .separatesWeakly, .good,
                "Discriminator at \(Numbers.percent(balanced)): features are still far apart, as they should be; \(alpha).")
        }
        return AdaptationDiagnosis(
            .notYetOn, .watch,
            "The discriminator guesses (\(Numbers.percent(balanced))) though \(alpha): it has learned nothing to push against.",
            "Look at the domain loss: above ln 2 it does not learn; a larger model.fusion.discriminator_width or more steps before the ramp help."
        )
    }

    private static func isOn(_ f: AdaptationFigures) -> Bool { f.alpha >= Bounds.on * f.alphaMaximum }
}

extension String {
    /// The first letter as a capital.
    fileprivate var capitalised: String { prefix(1).uppercased() + dropFirst() }
}
