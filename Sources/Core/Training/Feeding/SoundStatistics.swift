// What `inputs.normalise = "corpus"` and `"speaker"` normalise by: measured once before the first step, without labels, and kept with the weights.
import Foundation
import Inputs
import Networks
import Records
import TensorFiles
import Tensors

public struct SoundStatistics: Sendable, Equatable {
    package struct OfCorpus: Sendable, Equatable {
        /// Over the training side: the target's whole, whatever subset is adapted to.
        var whole: BandStatistics
        /// Over all clips of each speaker, on whichever side. Empty unless speakers are asked for.
        var speakers: [String: BandStatistics] = [:]
    }

    package private(set) var corpora: [Domain: OfCorpus] = [:]

    /// - Throws: what loading a clip throws.
    package init(_ data: RunData, bySpeaker: Bool, bands: Int) throws {
        try measure(
            .source, training: data.sourceTraining, others: [data.sourceValidation, data.sourceTest], bySpeaker: bySpeaker, bands: bands)
        try measure(
            .target, training: data.targetTraining, others: [data.targetValidation, data.targetTest], bySpeaker: bySpeaker, bands: bands)
    }

    /// Takes the place of what is known of the domain. A corpus without training clips, which is only ever scored, is measured over those it has.
    package mutating func measure(_ domain: Domain, training: any ClipFeed, others: [any ClipFeed], bySpeaker: Bool, bands: Int) throws {
        var whole = BandStatistics.Sums(bands: bands), rest = whole
        var speakers: [String: BandStatistics.Sums] = [:]
        func add(_ feed: any ClipFeed, to sums: inout BandStatistics.Sums) throws {
            for (index, item) in feed.items.enumerated() {
                let clip = try feed.load(index)
                guard clip.melBands == bands else {
                    throw BatchError.shape(clip: item.name, what: "a spectrogram", expected: "\(bands) bands", found: "\(clip.melBands)")
                }
                sums.add(clip)
                if bySpeaker { speakers[item.speaker, default: .init(bands: bands)].add(clip) }
            }
        }
        try add(training, to: &whole)
        // Whoever asks for no speakers need not read clips for nothing.
        if bySpeaker || whole.statistics == nil { for feed in others { try add(feed, to: &rest) } }
        corpora[domain] = (whole.statistics ?? rest.statistics).map {
            OfCorpus(whole: $0, speakers: speakers.compactMapValues(\.statistics))
        }
    }

    /// Those of the speaker, or of the corpus where the speaker is not known; of the other corpus where the domain is not known.
    package func statistics(_ domain: Domain, speaker: String) -> BandStatistics? {
        let corpus = corpora[domain] ?? corpora[.source]
        return corpus.map { $0.speakers[speaker] ?? $0.whole }
    }

    /// A clip that is normalised already stays as it is.
    package func normalised(_ clip: PreparedClip, _ domain: Domain, speaker: String) -> PreparedClip {
        guard clip.statistics == nil, let statistics = statistics(domain, speaker: speaker), clip.melBands == statistics.mean.count else {
            return clip
        }
        var clip = clip
        clip.normalise(by: statistics)
        return clip
    }

    /// What the run says of it.
    package var words: String {
        let speakers = corpora.values.reduce(0) { $0 + $1.speakers.count }
        let over = speakers > 0 ? "all clips of each of \(speakers) speakers" : "the training clips of each corpus"
        return "sound is normalised band by band over \(over)"
            + (corpora[.target] == nil ? "" : ", the target's too; no label is read for it")
    }
}

extension SoundStatistics {
    /// Those that an experiment asks for; nil where every clip is normalised by itself, or nothing is heard.
    /// - Throws: what loading a clip throws.
    package init?(_ experiment: Experiment, _ data: RunData) throws {
        guard experiment.needsSoundStatistics else { return nil }
        try self.init(data, bySpeaker: experiment.inputs.normalise == .speaker, bands: experiment.inputs.melBands)
    }
}

extension Experiment {
    package var needsSoundStatistics: Bool { inputs.normalise.isOverManyClips && model.modalities != .video }
}

/// Another feed's clips, normalised.
package struct NormalisedFeed: ClipFeed {
    package let base: any ClipFeed
    package let domain: Domain
    package let statistics: SoundStatistics

    package init(base: any ClipFeed, domain: Domain, statistics: SoundStatistics) {
        self.base = base
        self.domain = domain
        self.statistics = statistics
    }

    package var items: [ClipItem] { base.items }

    package func load(_ index: Int) throws -> PreparedClip {
        statistics.normalised(try base.load(index), domain, speaker: base.items[index].speaker)
    }
}

extension RunData {
    package func normalised(by statistics: SoundStatistics?) -> RunData {
        guard let statistics else { return self }
        var data = self
        for feed in [\RunData.sourceTraining, \.sourceValidation, \.sourceTest] {
            data[keyPath: feed] = NormalisedFeed(base: data[keyPath: feed], domain: .source, statistics: statistics)
        }
        for feed in [\RunData.targetTraining, \.targetValidation, \.targetTest] {
            data[keyPath: feed] = NormalisedFeed(base: data[keyPath: feed], domain: .target, statistics: statistics)
        }
        return data
    }
}

// MARK: In files

extension SoundStatistics {
    /// Of tensors `[1 + speakers, 2, bands]` by domain: mean and deviation of the corpus, then of each speaker.
    package static let prefix = "statistics/"
    /// Speakers by domain, in the tensors' order, as JSON.
    package static let speakersKey = "emolab.speakers"

    /// Beside weights, in the same file.
    package func store(in file: inout Safetensors) throws {
        var names: [String: [String]] = [:]
        for (domain, corpus) in corpora {
            let speakers = corpus.speakers.keys.sorted()
            let rows = [corpus.whole] + speakers.compactMap { corpus.speakers[$0] }
            names[domain.rawValue] = speakers
            file[Self.prefix + domain.rawValue] = Tensor(
                rows.flatMap { $0.mean + $0.deviation }, shape: [rows.count, 2, corpus.whole.mean.count])
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        file.metadata[Self.speakersKey] = String(decoding: try encoder.encode(names), as: UTF8.self)
    }

    package struct Damaged: Error, CustomStringConvertible {
        package init() {}

        package var description: String { "the statistics that its sound is normalised by are damaged" }
    }

    /// Nil where the file has none.
    /// - Throws: `Damaged`.
    package init?(from file: Safetensors, bands: Int) throws {
        guard let text = file.metadata[Self.speakersKey] else { return nil }
        guard let names = try? JSONDecoder().decode([String: [String]].self, from: Data(text.utf8)) else { throw Damaged() }
        for (name, speakers) in names {
            guard let domain = Domain(rawValue: name), let tensor = file[Self.prefix + name],
                tensor.shape == [1 + speakers.count, 2, bands],
                Set(speakers).count == speakers.count
            else { throw Damaged() }
            let values = tensor.values
            guard values.allSatisfy(\.isFinite) else { throw Damaged() }
            func row(_ index: Int) -> BandStatistics {
                let start = 2 * index * bands
                return BandStatistics(
                    mean: Array(values[start..<start + bands]), deviation: Array(values[start + bands..<start + 2 * bands]))
            }
            corpora[domain] = OfCorpus(
                whole: row(0), speakers: Dictionary(uniqueKeysWithValues: speakers.enumerated().map { ($1, row($0 + 1)) }))
        }
        guard corpora[.source] != nil else { throw Damaged() }
    }
}

extension Safetensors {
    /// Weights by name, without what else a run keeps with them.
    package var weights: [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: entries.keys.filter { !$0.hasPrefix(SoundStatistics.prefix) }.compactMap { name in
                self[name].map { (name, $0) }
            })
    }
}
