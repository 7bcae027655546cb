import Analysis
import Base
import Corpora
import Foundation
import Inputs
import Records
import Store
import Systems
import Training

/// What a run needs of its corpora: clips chosen, split, prepared and labelled. Made before the run exists, so that a mistake costs nothing.
public struct RunMaterial: Sendable {
    public let experiment: Experiment
    public let data: RunData
    /// What preparation said, per corpus; the store has it too.
    public let reports: [(corpus: String, report: PreparationReport)]
    /// What the user should know before the run starts, e.g. clips that were left out and why.
    public let warnings: [String]
    /// What training on these clips cannot learn or show: missing classes, missing labels, fewer clips than a batch.
    public let trainingWarnings: [String]
    /// Every clip of both splits with its part and what is known of it, for the store; also those that cannot be used.
    public let samples: [RunSample]

    /// Reads the experiment's corpora from the store, prepares what the cache lacks, and splits.
    /// - Parameter run: how the clips of the run that these are for were prepared; nil for a run that begins, whose faces are found by what there is.
    /// - Parameter progress: corpus name and how far its preparation is; from any thread.
    /// - Parameter withSound: whether clips bring their waveform; where nil, as the augmentation needs it.
    /// - Parameter memoryLimit: bytes that clips kept in memory may take; a quarter of the machine's memory where it is nil.
    /// - Throws: `CorpusError`, `RunMaterialError`, `StoreError`; `PreparationMismatch` where clips cannot be prepared as those of `run`;
    ///   `SourceModelError` where the model that is to choose target clips knows clips that are prepared otherwise.
    public init(
        _ experiment: Experiment, like run: EffectivePreparation?, store: RunStore, cache: ClipCache = ClipCache(), memoryLimit: Int? = nil,
        withSound: Bool? = nil,
        shouldStop: @Sendable () -> Bool = { false },
        progress: @Sendable (String, PreparationProgress) -> Void = { _, _ in }
    ) throws {
        var experiment = experiment
        let space = try LabelSpace.named(experiment.data.labels)
        // Corpora and weights are looked for before anything is prepared: what is missing costs nothing then.
        let sourceClips = try store.clips(of: experiment, experiment.data.source, key: "data.source")
        let targetClips = try experiment.data.target.isEmpty ? [] : store.clips(of: experiment, experiment.data.target, key: "data.target")
        // A run that has begun holds its weights and its subset: what they came from may be gone.
        let start =
            try run != nil || experiment.training.start.isEmpty
            ? nil : store.weights(named: experiment.training.start, for: "training.start", like: experiment)
        let chooser =
            try run == nil && experiment.adapts && experiment.adaptation.subset.asksModel
            ? SourceModel(
                store.weights(named: experiment.adaptation.subsetModel, for: "adaptation.subset_model", like: experiment).weights,
                systems: Systems.all)
            : nil
        // The run keeps what the names stood for, so that it can be asked from any folder.
        if let run = start?.run { experiment.training.start = "run:\(run.id)" }
        experiment.nameFilesWhole()
        let usesFaces = experiment.model.modalities != .audio
        let faces =
            try run.map { try FacePreparation(like: $0) } ?? FacePreparation(new: experiment.inputs.preparation, usesFaces: usesFaces)
        if let chooser { try chooser.check(for: experiment, faces.record) }
        let preparer = try Preparer(faces, cache: cache, needs: experiment.model.modalities.needs)
        var reports: [(corpus: String, report: PreparationReport)] = []
        var warnings: [String] = faces.warning.map { [$0] } ?? []
        if experiment.data.source == experiment.data.target {
            warnings.append(
                "data.source and data.target are both \(experiment.data.source): the target's scores are of clips that the run learns from, or of their speakers, and the gap says nothing"
            )
        }

        let prepared = PreparedClips(
            preparer, memoryLimit: memoryLimit ?? MachineMemory.current.bytes / 4,
            withSound: withSound ?? experiment.augmentation.changesSound)
        var inUse: [(corpus: String, preparation: EffectivePreparation)] = []

        func load(_ corpus: String, _ clips: [Clip], _ domain: Domain) throws -> CorpusFeeds {
            let report = preparer.prepareAll(
                clips, shouldStop: shouldStop, progress: { progress(corpus, $0) }, unstored: { prepared.keep($1, clips[$0]) })
            if store.isWritable { try store.recordPreparation(corpus: corpus, report.findings) }
            guard !report.isCancelled else { throw RunMaterialError.stopped }
            reports.append((corpus, report))
            inUse.append((corpus, preparer.preparation))
            if let failure = report.storeFailure {
                warnings.append(
                    "\(corpus): \(counted(report.unstored, "clip")) could not be kept on disk and made again where not all fit in memory: \(failure)"
                )
            }
            do {
                let feeds = try CorpusFeeds(
                    clips, report, from: prepared, corpus: corpus, domain: domain, space: space, experiment: experiment)
                warnings += feeds.warnings
                return feeds
            } catch RunMaterialError.nothingUsable(let corpus, let count, let reasons, _) {
                throw RunMaterialError.nothingUsable(
                    corpus: corpus, clips: count, reasons: reasons, advice: try store.adviceIfMoved(corpus: corpus))
            }
        }

        let source = try load(experiment.data.source, sourceClips, .source)
        let target = try experiment.data.target.isEmpty ? nil : load(experiment.data.target, targetClips, .target)
        if let words = cache.keepToLimit(keeping: inUse) { warnings.append(words) }
        if let run = start?.run {
            let learned = try store.clipsLearned(by: run.id)
            for (corpus, split) in [(experiment.data.source, source.split)] + (target.map { [(experiment.data.target, $0.split)] } ?? []) {
                let seen = (split[.validation] + split[.test]).filter { learned.contains(corpus + "/" + $0) }.count
                guard seen > 0 else { continue }
                warnings.append(
                    "training.start: run \(run.id) (\(run.name)) learned from \(seen) of the \(corpus) clips that validate or test this run: scores on them flatter"
                )
            }
        }
        self.experiment = experiment
        self.reports = reports
        self.warnings = cache.takeNotices() + warnings
        trainingWarnings = source.trainingWarnings + (target?.trainingWarnings ?? [])
        let task = LearningTask(classes: space.labels)
        samples =
            source.split.samples(.source, sourceClips, task, space) + (target?.split.samples(.target, targetClips, task, space) ?? [])
        var data = RunData(
            task: task, sourceTraining: source.training, sourceValidation: source.validation,
            targetTraining: target?.training ?? ClipsInMemory(), targetValidation: target?.validation ?? ClipsInMemory(),
            split: source.split.text, splitHash: [source.split.hash, target?.split.hash].compactMap(\.self).joined(separator: "+"),
            preparation: faces.record, opinions: chooser)
        data.start = start?.weights
        data.sourceTest = source.test
        if let target { data.targetTest = target.test }
        self.data = data
    }
}

public enum RunMaterialError: Error, CustomStringConvertible {
    case stopped
    case nothingUsable(corpus: String, clips: Int, reasons: [String], advice: String?)
    /// A key of the experiment names a corpus that the store lacks.
    case noSuchCorpus(key: String, name: String, ways: [String])

    public var description: String {
        switch self {
        case .stopped: "stopped while clips were prepared; what was prepared stays in the cache"
        case .nothingUsable(let corpus, let clips, let reasons, let advice):
            "\(corpus): none of its \(counted(clips, "clip")) can be used: " + reasons.joined(separator: ". ")
                + (advice.map { ". " + $0 } ?? "")
        case .noSuchCorpus(let key, let name, let ways):
            "there is no corpus named \(name), which \(key) asks for\(Self.isDefault(key, name) ? " (its default)" : ""): \(ways.joined(separator: "; ")). "
                + "`emolab corpora list` shows what there is"
        }
    }

    private static func isDefault(_ key: String, _ name: String) -> Bool {
        let defaults = DataSettings()
        return name == (key == "data.source" ? defaults.source : defaults.target)
    }
}

extension Split {
    /// Every clip as a sample of a run, in the order of parts and names.
    fileprivate func samples(_ domain: Domain, _ clips: [Clip], _ task: LearningTask, _ space: LabelSpace) -> [RunSample] {
        let byName = Dictionary(clips.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return Side.allCases.flatMap { side in
            self[side].compactMap { byName[$0] }.map { clip in
                var truth: [String: Truth] = [:]
                if let target = task.main?.target { truth[target] = space.index(of: clip.emotion).map(Truth.label) }
                return RunSample(Part(domain, side), clip: clip.name, speaker: clip.speaker, truth: truth)
            }
        }
    }
}

extension RunStore {
    /// The clips of a corpus that a key of the experiment names.
    /// - Throws: `RunMaterialError.noSuchCorpus` with the ways out.
    fileprivate func clips(of experiment: Experiment, _ name: String, key: String) throws -> [Clip] {
        do { return try fullClips(corpus: name) } catch StoreError.noSuchCorpus {
            var ways = ["name another with --set \(key)=NAME"]
            if key == "data.target" {
                let method = experiment.adaptation.method == .none ? "" : " --set adaptation.method=none"
                let selection = experiment.training.selection.needsTarget ? " --set training.selection=source" : ""
                ways.append("train without a target, --set data.target=\(method)\(selection)")
            }
            ways.append("add yours, `emolab corpora add FOLDER --name \(name)`")
            if DemoCorpus(rawValue: name) != nil {
                ways.append("`emolab demo` makes \(DemoCorpus.allCases.map(\.rawValue).joined(separator: " and "))")
            }
            throw RunMaterialError.noSuchCorpus(key: key, name: name, ways: ways)
        }
    }

    /// What to do where none of a corpus' files lies where it was scanned; nil where some do.
    public func adviceIfMoved(corpus name: String) throws -> String? {
        guard let corpus = try corpora().first(where: { $0.name == name }) else { return nil }
        let files = try fullClips(corpus: name).flatMap { [$0.video, $0.audio].compactMap(\.self) }
        guard !files.isEmpty, !files.contains(where: { FileManager.default.fileExists(atPath: $0) }) else { return nil }
        return
            "The files of \(name) are gone from \(corpus.folder): where they were moved, `emolab corpora add NEWFOLDER --name \(name)` takes them in "
            + "from there, with what was prepared"
    }
}

/// One corpus as a run sees it.
private struct CorpusFeeds {
    let split: Split
    let training: CachedClips
    let validation: CachedClips
    let test: CachedClips
    let warnings: [String]
    let trainingWarnings: [String]

    init(
        _ clips: [Clip], _ report: PreparationReport, from source: PreparedClips, corpus: String, domain: Domain, space: LabelSpace,
        experiment: Experiment
    ) throws {
        var usable: [String: (item: ClipItem, clip: Clip)] = [:]
        var unmapped: [String: Int] = [:]
        var withoutModality = 0
        for (clip, finding) in zip(clips, report.findings) where finding.status == .prepared {
            guard experiment.model.modalities.areIn(finding) else {
                withoutModality += 1
                continue
            }
            let label = space.index(of: clip.emotion)
            guard label != nil || clip.emotion.isEmpty && domain == .target else {
                unmapped[clip.emotion, default: 0] += 1
                continue
            }
            usable[clip.name] = (ClipItem(name: clip.name, speaker: clip.speaker, label: label), clip)
        }
        let damaged = report.damaged
        guard !usable.isEmpty else {
            throw RunMaterialError.nothingUsable(
                corpus: corpus, clips: clips.count,
                reasons: Self.reasons(damaged, unmapped: unmapped, withoutModality: withoutModality, experiment: experiment), advice: nil)
        }
        let data = experiment.data
        // Of all clips, so that a damaged one moves nobody to another side, and the hash is the one that `corpora split` prints.
        split = try Split(clips, data.splitting)
        training = CachedClips(split[.training].compactMap { usable[$0] }, from: source)
        validation = CachedClips(split[.validation].compactMap { usable[$0] }, from: source)
        test = CachedClips(split[.test].compactMap { usable[$0] }, from: source)

        var warnings: [String] = []
        if let first = damaged.first {
            warnings.append(
                "\(corpus): \(counted(damaged.count, "clip")) cannot be used, the first: \(first.name): \(first.reason ?? "unknown")")
        }
        let remarks = report.remarks
        if let first = remarks.first {
            let clips = Set(remarks.map(\.clip)).count
            warnings.append(
                "\(corpus): of \(counted(clips, "clip")) there is something to know (`emolab prepare` lists all), the first: \(first.clip): \(first.remark)"
            )
        }
        if withoutModality > 0 {
            warnings.append(
                "\(corpus): \(counted(withoutModality, "clip")) without sound or picture that modalities = \"\(experiment.model.modalities.rawValue)\" needs"
            )
        }
        for (emotion, count) in unmapped.sorted(by: { $0.key < $1.key }) {
            warnings.append(
                emotion.isEmpty
                    ? "\(corpus): \(counted(count, "clip")) without a label, left out: the source needs labels"
                    : "\(corpus): \(counted(count, "clip")) labelled \(emotion), which label space \(space.name) does not know")
        }
        var trainingWarnings = ClassCheck(
            training: training.items, validation: validation.items, labels: space.labels, corpus: corpus, domain: domain,
            adapts: experiment.adapts
        ).warnings
        if domain == .target, experiment.adapts, (1..<experiment.training.batch).contains(training.items.count) {
            trainingWarnings.append(
                "\(corpus), target: its \(training.items.count) training clips are fewer than a batch of \(experiment.training.batch): a batch holds some of them several times"
            )
        }
        self.warnings = warnings
        self.trainingWarnings = trainingWarnings
    }

    /// Why not one clip can be used, each reason with its clips and what to do.
    private static func reasons(
        _ damaged: [ClipFinding], unmapped: [String: Int], withoutModality: Int, experiment: Experiment
    ) -> [String] {
        var reasons: [String] = []
        if let first = damaged.first { reasons.append("\(damaged.count) cannot be read, the first: \(first.reason ?? "unknown")") }
        if withoutModality > 0 {
            let modalities = experiment.model.modalities
            let other = modalities == .both ? "; model.modalities = \"audio\" or \"video\" needs one of them" : ""
            reasons.append(
                "\(withoutModality) have no \(modalities.missing) that model.modalities = \"\(modalities.rawValue)\" needs\(other)")
        }
        if let without = unmapped[""] { reasons.append("\(without) have no label, and a source needs labels") }
        let labels = unmapped.filter { !$0.key.isEmpty }.sorted { $0.key < $1.key }
        if !labels.isEmpty {
            let words = labels.prefix(6).map { "\($0.value) \($0.key)" }.joined(separator: ", ") + (labels.count > 6 ? ", …" : "")
            reasons.append(
                "\(labels.reduce(0) { $0 + $1.value }) have labels that data.labels = \"\(experiment.data.labels)\" does not know (\(words)): "
                    + "`emolab labels show \(experiment.data.labels)` lists its words, and a file of your own can have others (docs/corpora.md, Labels)"
            )
        }
        return reasons
    }
}

extension Experiment {
    /// Files that its keys name get their whole paths.
    fileprivate mutating func nameFilesWhole() {
        func whole(_ name: String) -> String { name.isEmpty || name.hasPrefix("run:") ? name : WholePath.of(name) }
        data.labels = LabelSpace.wholeName(data.labels)
        model.audio.pretrained = whole(model.audio.pretrained)
        model.video.pretrained = whole(model.video.pretrained)
        adaptation.subsetModel = whole(adaptation.subsetModel)
        training.start = whole(training.start)
    }
}

extension ModelSettings.Modalities {
    /// What clips lack that this needs.
    fileprivate var missing: String {
        switch self {
        case .both: "sound or no picture"
        case .audio: "sound"
        case .video: "picture"
        }
    }

    fileprivate func areIn(_ clip: ClipFinding) -> Bool {
        let (hasSound, hasPicture) = (clip.hasSpeech != nil, clip.frames != nil)
        return switch self {
        case .both: hasSound && hasPicture
        case .audio: hasSound
        case .video: hasPicture
        }
    }
}
