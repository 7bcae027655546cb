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
    /// - Parameter withSound: whether clips bring their waveform; where nil, as the augmentation needs it.
    /// - Parameter memoryLimit: bytes that clips kept in memory may take; a quarter of the machine's memory where it is nil.
    /// - Throws: `StoreError.noSuchCorpus`, `CorpusError`, `RunMaterialError`.
    public init(
        _ experiment: Experiment, store: RunStore, cache: ClipCache = ClipCache(), memoryLimit: Int? = nil, withSound: Bool? = nil,
        shouldStop: @Sendable () -> Bool = { false },
        progress: @Sendable (String, PreparationProgress) -> Void = { _, _ in }
    ) throws {
        var experiment = experiment
        let space = try LabelSpace.named(experiment.data.labels)
        // Corpora and weights are looked for before anything is prepared: what is missing costs nothing then.
        let sourceClips = try store.fullClips(corpus: experiment.data.source)
        let targetClips = try experiment.data.target.isEmpty ? [] : store.fullClips(corpus: experiment.data.target)
        let start = try experiment.training.start.isEmpty
            ? nil : store.weights(named: experiment.training.start, for: "training.start", like: experiment)
        let chooser = try experiment.adapts && experiment.adaptation.subset.asksModel
            ? store.weights(named: experiment.adaptation.subsetModel, for: "adaptation.subset_model", like: experiment) : nil
        // The run keeps what the name stood for.
        if let run = start?.run { experiment.training.start = "run:\(run.id)" }
        let faces = try FacePreparation(experiment.inputs.preparation)
        let preparer = try Preparer(faces, cache: cache, needs: experiment.model.modalities.needs)
        var reports: [(corpus: String, report: PreparationReport)] = []
        var warnings: [String] = faces.fallback.map { ["faces are centred squares: \($0)"] } ?? []

        let prepared = PreparedClips(
            preparer, memoryLimit: memoryLimit ?? Int(ProcessInfo.processInfo.physicalMemory / 4),
            withSound: withSound ?? experiment.augmentation.changesSound)
        var inUse: [(corpus: String, settings: PreparationSettings)] = []

        func load(_ corpus: String, _ clips: [Clip]) throws -> CorpusFeeds {
            let report = preparer.prepareAll(
                clips, shouldStop: shouldStop, progress: { progress(corpus, $0) }, unstored: { prepared.keep($1, clips[$0]) })
            try store.recordPreparation(corpus: corpus, report.findings)
            guard !report.isCancelled else { throw RunMaterialError.stopped }
            reports.append((corpus, report))
            inUse.append((corpus, preparer.settings))
            if let failure = report.storeFailure {
                warnings.append(
                    "\(corpus): \(report.unstored) clips could not be kept on disk and are made again when they do not fit in memory: \(failure)")
            }
            let feeds = try CorpusFeeds(clips, report, from: prepared, corpus: corpus, space: space, experiment: experiment)
            warnings += feeds.warnings
            return feeds
        }

        let source = try load(experiment.data.source, sourceClips)
        let target = try experiment.data.target.isEmpty ? nil : load(experiment.data.target, targetClips)
        if let words = cache.keepToLimit(keeping: inUse) { warnings.append(words) }
        if let run = start?.run {
            let learned = try store.clipsLearned(by: run.id)
            for (corpus, split) in [(experiment.data.source, source.split)] + (target.map { [(experiment.data.target, $0.split)] } ?? []) {
                let seen = (split[.validation] + split[.test]).filter { learned.contains(corpus + "/" + $0) }.count
                guard seen > 0 else { continue }
                warnings.append(
                    "training.start: run \(run.id) (\(run.name)) learned from \(seen) of the \(corpus) clips that validate or test this run: scores on them flatter")
            }
        }
        self.experiment = experiment
        self.reports = reports
        self.warnings = cache.takeNotices() + warnings
        splits = [(Domain.source, source.split)] + (target.map { [(.target, $0.split)] } ?? [])
        var data = RunData(
            labels: space.labels, sourceTraining: source.training, sourceValidation: source.validation,
            targetTraining: target?.training ?? ClipsInMemory(), targetValidation: target?.validation ?? ClipsInMemory(),
            split: source.split.text, splitHash: [source.split.hash, target?.split.hash].compactMap(\.self).joined(separator: "+"),
            sourceModel: chooser?.weights)
        data.start = start?.weights
        data.sourceTest = source.test
        if let target { data.targetTest = target.test }
        self.data = data
    }
}

public enum RunMaterialError: Error, CustomStringConvertible {
    case stopped
    case nothingUsable(corpus: String, clips: Int, reason: String?)

    public var description: String {
        switch self {
        case .stopped: "stopped while clips were prepared; what was prepared stays in the cache"
        case .nothingUsable(let corpus, let clips, let reason):
            "\(corpus): none of its \(clips) clips can be used" + (reason.map { ", the first: \($0)" } ?? " with these labels and modalities")
        }
    }
}

/// One corpus as a run sees it.
private struct CorpusFeeds {
    let split: Split
    let training: CachedClips
    let validation: CachedClips
    let test: CachedClips
    let warnings: [String]

    init(
        _ clips: [Clip], _ report: PreparationReport, from source: PreparedClips, corpus: String, space: LabelSpace, experiment: Experiment
    ) throws {
        var usable: [String: (item: ClipItem, clip: Clip)] = [:]
        var unmapped: [String: Int] = [:]
        var withoutModality = 0
        for (clip, finding) in zip(clips, report.findings) where finding.status == .prepared {
            guard experiment.model.modalities.areIn(finding) else {
                withoutModality += 1
                continue
            }
            guard let label = space.index(of: clip.emotion) else {
                unmapped[clip.emotion, default: 0] += 1
                continue
            }
            usable[clip.name] = (ClipItem(name: clip.name, speaker: clip.speaker, label: label), clip)
        }
        let damaged = report.damaged
        guard !usable.isEmpty else {
            throw RunMaterialError.nothingUsable(corpus: corpus, clips: clips.count, reason: damaged.first?.reason)
        }
        let data = experiment.data
        // Of all clips, so that a damaged one moves nobody to another side, and the hash is the one that `corpora split` prints.
        split = try Split(clips, data.splitting)
        training = CachedClips(split[.training].compactMap { usable[$0] }, from: source)
        validation = CachedClips(split[.validation].compactMap { usable[$0] }, from: source)
        test = CachedClips(split[.test].compactMap { usable[$0] }, from: source)

        var warnings: [String] = []
        if let first = damaged.first {
            warnings.append("\(corpus): \(damaged.count) clips cannot be used, the first: \(first.name): \(first.reason ?? "unknown")")
        }
        let remarks = report.remarks
        if let first = remarks.first {
            let clips = Set(remarks.map(\.clip)).count
            warnings.append("\(corpus): of \(clips) clips there is something to know (`emolab prepare` lists all), the first: \(first.clip): \(first.remark)")
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
    fileprivate func areIn(_ clip: ClipFinding) -> Bool {
        let (hasSound, hasPicture) = (clip.hasSpeech != nil, clip.frames != nil)
        return switch self {
        case .both: hasSound && hasPicture
        case .audio: hasSound
        case .video: hasPicture
        }
    }
}
