import Corpora
import Foundation
import Training

/// What a run needs of its corpora: clips chosen, split, prepared and labelled. Made before the run exists, so that a mistake costs nothing.
public struct RunMaterial: Sendable {
    public let experiment: Experiment
    public let data: RunData
    /// What preparation said, per corpus; the store has it too.
    public let reports: [(corpus: String, report: PreparationReport)]
    /// What the user should know before the run starts, e.g. clips that were left out and why.
    public let warnings: [String]
    /// Which clip is on which side, for the store.
    public let splits: [(domain: Domain, split: Split)]

    /// Reads the experiment's corpora from the store, prepares what the cache lacks, and splits.
    /// - Parameter progress: corpus name and how far its preparation is; from any thread.
    /// - Throws: `StoreError.noSuchCorpus`, `CorpusError`, `RunMaterialError`, `PreparedCorpusError`.
    public init(
        _ experiment: Experiment, store: RunStore, cache: ClipCache = ClipCache(), shouldStop: @Sendable () -> Bool = { false },
        progress: @Sendable (String, PreparationProgress) -> Void = { _, _ in }
    ) throws {
        let space = try LabelSpace.named(experiment.data.labels)
        let preparer = try Preparer(settings: experiment.inputs.preparation, cache: cache)
        var reports: [(corpus: String, report: PreparationReport)] = []
        var warnings: [String] = []

        func load(_ corpus: String) throws -> CorpusFeeds {
            let clips = try store.fullClips(corpus: corpus)
            let prepared = try PreparedCorpus(clips, with: preparer, shouldStop: shouldStop, progress: { progress(corpus, $0) })
            try store.recordPreparation(corpus: corpus, prepared.report.findings)
            guard !prepared.report.isCancelled else { throw RunMaterialError.stopped }
            reports.append((corpus, prepared.report))
            let feeds = try CorpusFeeds(prepared, of: clips, corpus: corpus, space: space, experiment: experiment)
            warnings += feeds.warnings
            return feeds
        }

        let source = try load(experiment.data.source)
        let target = try experiment.data.target.isEmpty ? nil : load(experiment.data.target)
        self.experiment = experiment
        self.reports = reports
        self.warnings = warnings
        splits = [(Domain.source, source.split)] + (target.map { [(.target, $0.split)] } ?? [])
        var data = RunData(
            labels: space.labels, sourceTraining: source.training, sourceValidation: source.validation,
            targetTraining: target?.training ?? ClipsInMemory(), targetValidation: target?.validation ?? ClipsInMemory(),
            split: source.split.text, splitHash: [source.split.hash, target?.split.hash].compactMap(\.self).joined(separator: "+"),
            sourceModel: try experiment.adapts && experiment.adaptation.subset.asksModel ? store.weights(named: experiment.adaptation.subsetModel) : nil)
        data.sourceTest = source.test
        if let target { data.targetTest = target.test }
        self.data = data
    }
}

public enum RunMaterialError: Error, CustomStringConvertible {
    case stopped
    case nothingUsable(corpus: String, clips: Int, reason: String?)
    case noWeights(String, path: String?)

    public var description: String {
        switch self {
        case .stopped: "stopped while clips were prepared; what was prepared stays in the cache"
        case .noWeights(let name, let path):
            "adaptation.subset_model = \"\(name)\": " + (path.map { "there is no file \($0)" } ?? "write run:NUMBER or the path of a weights file")
        case .nothingUsable(let corpus, let clips, let reason):
            "\(corpus): none of its \(clips) clips can be used" + (reason.map { ", the first: \($0)" } ?? " with these labels and modalities")
        }
    }
}

/// One corpus as a run sees it.
private struct CorpusFeeds {
    let split: Split
    let training: ClipsInMemory
    let validation: ClipsInMemory
    let test: ClipsInMemory
    let warnings: [String]

    init(_ prepared: PreparedCorpus, of clips: [Clip], corpus: String, space: LabelSpace, experiment: Experiment) throws {
        var usable: [String: (item: ClipItem, clip: PreparedClip)] = [:]
        var unmapped: [String: Int] = [:]
        var withoutModality = 0
        for (clip, contents) in prepared.clips {
            guard experiment.model.modalities.areIn(contents) else {
                withoutModality += 1
                continue
            }
            guard let label = space.index(of: clip.emotion) else {
                unmapped[clip.emotion, default: 0] += 1
                continue
            }
            usable[clip.name] = (ClipItem(name: clip.name, speaker: clip.speaker, label: label), contents)
        }
        guard !usable.isEmpty else {
            let damaged = prepared.report.damaged
            throw RunMaterialError.nothingUsable(corpus: corpus, clips: prepared.clips.count + damaged.count, reason: damaged.first?.reason)
        }
        let data = experiment.data
        // Of all clips, so that a damaged one moves nobody to another side, and the hash is the one that `corpora split` prints.
        split = try Split(clips, data.splitting)
        training = ClipsInMemory(split[.training].compactMap { usable[$0] })
        validation = ClipsInMemory(split[.validation].compactMap { usable[$0] })
        test = ClipsInMemory(split[.test].compactMap { usable[$0] })

        var warnings: [String] = []
        let damaged = prepared.report.damaged
        if let first = damaged.first {
            warnings.append("\(corpus): \(damaged.count) clips cannot be used, the first: \(first.name): \(first.reason ?? "unknown")")
        }
        if withoutModality > 0 {
            warnings.append("\(corpus): \(withoutModality) clips lack sound or picture that modalities = \"\(experiment.model.modalities.rawValue)\" needs")
        }
        for (emotion, count) in unmapped.sorted(by: { $0.key < $1.key }) {
            warnings.append("\(corpus): \(count) clips are labelled \(emotion), which label space \(space.name) does not know")
        }
        self.warnings = warnings
    }
}

extension ModelSettings.Modalities {
    fileprivate func areIn(_ clip: PreparedClip) -> Bool {
        switch self {
        case .both: clip.hasAudio && clip.hasVideo
        case .audio: clip.hasAudio
        case .video: clip.hasVideo
        }
    }
}
