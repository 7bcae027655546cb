// A trained model on its clips under every kind and level of damage, each against the same clips undamaged.
import Base
import Foundation
import Inputs
import Metrics
import Records
import Tensors
import Training

/// Clips as a corruption leaves them. What happens to a clip hangs on seed, domain and its name only.
struct CorruptedFeed: ClipFeed {
    let base: any ClipFeed
    let corruption: Corruption
    let domain: Domain
    let seed: UInt64
    let sound: SoundCorruption
    let pool: BabblePool

    var items: [ClipItem] { base.items }

    func load(_ index: Int) throws -> PreparedClip {
        let item = base.items[index]
        var clip = try base.load(index)
        let stream = RandomStream(seed: seed, name: "robustness.\(domain.rawValue).\(item.name)")
        if corruption.kind.changesSound { try sound.apply(corruption, to: &clip, item, pool: pool, stream) }
        if corruption.kind.changesPicture { PictureCorruption.apply(corruption, to: &clip, stream) }
        return clip
    }
}

/// One domain under one corruption.
public struct RobustnessScores: Sendable, Codable, Equatable {
    public var accuracy, macroF1: Interval
    /// What is lost against the clean clips, by the same resamples, so that luck with the clips does not count.
    public var accuracyDrop, macroF1Drop: Interval
}

public struct RobustnessRow: Sendable, Codable, Equatable {
    /// Nil for the clean clips.
    public var corruption: Corruption?
    public var label: String
    public var source, target: RobustnessScores?
}

public struct RobustnessReport: Sendable, Codable, Equatable {
    /// Which clips: `validation`, `test`, ….
    public var part: String
    public var classes: Int
    public var seed: UInt64
    public var bootstrap: Bootstrap
    public var sourceCorpus: String?
    public var targetCorpus: String?
    public var sourceClips, targetClips: Int
    /// The clean clips first.
    public var rows: [RobustnessRow]
}

public struct RobustnessSuite {
    /// One domain's clips, and those beside them whose voices babble may take.
    public struct Clips {
        public var domain: Domain
        public var corpus: String
        public var feed: any ClipFeed
        public var voices: [any ClipFeed]

        public init(domain: Domain, corpus: String, feed: any ClipFeed, voices: [any ClipFeed]) {
            (self.domain, self.corpus, self.feed, self.voices) = (domain, corpus, feed, voices)
        }
    }

    private let model: TrainedModel
    private let clips: [Clips]
    public let corruptions: [Corruption]
    private let bootstrap: Bootstrap
    private let seed: UInt64
    private let sound: SoundCorruption

    /// - Parameter mostClips: of a domain; of more, evenly spaced ones are taken.
    /// - Throws: `MediaError.invalidRequest` for inputs that make no spectrogram.
    public init(
        _ model: TrainedModel, clips: [Clips], corruptions: [Corruption], bootstrap: Bootstrap = Bootstrap(), seed: UInt64 = 42,
        mostClips: Int? = nil
    ) throws {
        self.model = model
        self.clips = clips.map { one in
            var one = one
            // Whether an answer without a label is right, nobody knows.
            let labelled = one.feed.items.indices.filter { one.feed.items[$0].label != nil }
            if labelled.count < one.feed.items.count { one.feed = SubsetFeed(base: one.feed, indices: labelled) }
            // Before noise is added: it is heard against what the speaker is like without it.
            one.feed = model.normalising(one.feed, one.domain)
            guard let mostClips else { return one }
            one.feed = SubsetFeed(base: one.feed, indices: evenly(Array(one.feed.items.indices), atMost: mostClips))
            return one
        }.filter { !$0.feed.items.isEmpty }
        self.corruptions = corruptions
        self.bootstrap = bootstrap
        self.seed = seed
        sound = try SoundCorruption(model.experiment.inputs)
    }

    /// Clips that the network will be asked about, over all conditions.
    public var total: Int { clips.reduce(0) { $0 + $1.feed.items.count } * (corruptions.count + 1) }

    /// - Parameters:
    ///   - part: which clips these are, for the report.
    ///   - watching: wraps each feed, to count and to interrupt.
    /// - Throws: `RobustnessError`, what loading a clip or `watching`'s feed throws.
    public func run(part: String, watching: (any ClipFeed) -> any ClipFeed = { $0 }) throws -> RobustnessReport {
        var rows = ([nil] + corruptions.map(Optional.some)).map { RobustnessRow(corruption: $0, label: $0?.label ?? "clean") }
        for domain in clips {
            let clean = try answers(domain, nil, watching)
            let pool = BabblePool([domain.feed] + domain.voices)
            for index in rows.indices {
                let damaged =
                    try rows[index].corruption.map { corruption in
                        let feed = CorruptedFeed(
                            base: domain.feed, corruption: corruption, domain: domain.domain, seed: seed, sound: sound, pool: pool)
                        return try answers(domain, feed, watching)
                    } ?? clean
                let scores = scores(clean, damaged)
                if domain.domain == .source { rows[index].source = scores } else { rows[index].target = scores }
            }
        }
        func one(_ domain: Domain) -> Clips? { clips.first { $0.domain == domain } }
        return RobustnessReport(
            part: part, classes: model.labels.count, seed: seed, bootstrap: bootstrap, sourceCorpus: one(.source)?.corpus,
            targetCorpus: one(.target)?.corpus, sourceClips: one(.source)?.feed.items.count ?? 0,
            targetClips: one(.target)?.feed.items.count ?? 0, rows: rows)
    }

    private func answers(_ clips: Clips, _ feed: CorruptedFeed?, _ watching: (any ClipFeed) -> any ClipFeed) throws -> [MeasuredClip] {
        try model.answers(of: watching(feed ?? clips.feed), domain: clips.domain).compactMap { MeasuredClip($0) }
    }

    private func scores(_ clean: [MeasuredClip], _ damaged: [MeasuredClip]) -> RobustnessScores {
        let classes = model.labels.count
        func figures(_ clips: [MeasuredClip], _ indices: [Int]) -> (Double, Double) {
            var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
            for index in indices { confusion[clips[index].truth][clips[index].predicted] += 1 }
            let scores = ClassificationScores(confusion: confusion)
            return (scores.accuracy, scores.macroF1)
        }
        // One name for all conditions: the same clips are drawn for each.
        let intervals = bootstrap.intervals(speakers: clean.map(\.speaker), name: "all") { indices in
            let (before, after) = (figures(clean, indices), figures(damaged, indices))
            return [after.0, after.1, before.0 - after.0, before.1 - after.1]
        }
        return RobustnessScores(accuracy: intervals[0], macroF1: intervals[1], accuracyDrop: intervals[2], macroF1Drop: intervals[3])
    }
}
