// From the store's rows to the models of the Confusion and Errors panes: matrices of every epoch, and the clips behind the kept ones.
import Corpora
import Metrics
import Records
import Store

struct MatricesReader: StoreReader {
    private var view = MatricesView()
    private var wanted: Int64?
    private var isAsked = false
    private var histories: [Int64: Int] = [:]
    private var revisions: [Int64: Int] = [:]

    mutating func take(_ request: any FeedRequest) -> Bool {
        guard let request = request as? ComparisonRequest else { return false }
        (wanted, isAsked) = (request.run, true)
        return true
    }

    mutating func read(_ turn: StoreTurn) throws -> [any PaneModel] {
        guard turn.runsChanged || turn.shown != view.shown?.run || isAsked || view.state == .loading else { return [] }
        isAsked = false
        var next = view
        next.state = .ready
        next.shown = try turn.shown.flatMap { try matrices($0, view.shown, turn.store) }
        next.other = try wanted.flatMap { try matrices($0, view.other, turn.store) }
        next.wanted = wanted
        guard next != view else { return [] }
        view = next
        return [view]
    }

    /// What is there is kept, and only later epochs are read.
    private mutating func matrices(_ id: Int64, _ earlier: RunMatrices?, _ store: RunStore) throws -> RunMatrices? {
        guard let stored = try store.run(id) else { return nil }
        var earlier = earlier?.run == id && histories[id] == stored.summary.history ? earlier : nil
        if earlier != nil, revisions[id] == stored.summary.revision {
            // A process that died and a parent that was deleted change neither epochs nor revision.
            earlier?.isLive = stored.summary.state.isLive
            earlier?.parent = stored.summary.parent
            return earlier
        }
        (histories[id], revisions[id]) = (stored.summary.history, stored.summary.revision)
        let plan = stored.plan, labels = plan?.task.labels ?? [], head = plan?.head ?? ""
        func whole(_ scores: HeadScores?) -> [[Int]]? {
            guard let counts = scores?.confusion, scores?.part.labelled(by: head) ?? 0 > 0, counts.count == labels.count, !labels.isEmpty
            else {
                return nil
            }
            return counts.allSatisfy { $0.count == labels.count && $0.allSatisfy { $0 >= 0 && $0 < 1 << 32 } } ? counts : nil
        }
        let known = labels == earlier?.labels ? earlier?.epochs ?? [] : []
        let epochs =
            known
            + (try store.epochs(run: id, after: known.last?.epoch ?? 0)).map {
                RunMatrices.Epoch(epoch: $0.epoch, isBest: $0.isBest, source: whole($0.source(head)), target: whole($0.target(head)))
            }
        return RunMatrices(
            run: id, title: "\(stored.summary.name), seed \(stored.summary.seed)", labels: labels, notice: plan?.valuesNotice,
            source: plan?.source ?? "source", target: plan?.target ?? "", isLive: stored.summary.state.isLive,
            parent: stored.summary.parent, epochs: epochs)
    }
}

struct AnswersReader: StoreReader {
    let experiments: any ExperimentReader
    private var view = AnswersView()
    private var history = 0
    private var version = 0

    init(experiments: any ExperimentReader) { self.experiments = experiments }

    mutating func read(_ turn: StoreTurn) throws -> [any PaneModel] {
        let isNew = turn.shown != view.run || view.state == .loading
        guard turn.runsChanged || turn.corporaChanged || turn.notesChanged || isNew else { return [] }
        guard let id = turn.shown, let stored = try turn.store.run(id) else {
            guard isNew || view.run != nil else { return [] }
            view = AnswersView()
            return [delivered()]
        }
        let kept = try turn.store.answeredEpochs(run: id)
        let isLive = stored.summary.state.isLive
        let isSame =
            !isNew && history == stored.summary.history && view.isLive == isLive && view.epochs.map(\.epoch) == kept
            && view.epochs.map(\.isBest) == kept.map { $0 == stored.summary.bestEpoch }
        guard !isSame || turn.corporaChanged || turn.notesChanged else { return [] }
        if isSame, !turn.corporaChanged {
            try write(turn.store, into: &view)
            return [delivered()]
        }
        history = stored.summary.history
        var next = AnswersView()
        next.run = id
        next.title = "\(stored.summary.name), seed \(stored.summary.seed)"
        next.isLive = isLive
        (next.labels, next.notice) = (stored.plan?.task.labels ?? [], stored.plan?.valuesNotice)
        (next.source, next.target) = (stored.plan?.source ?? "source", stored.plan?.target ?? "")
        let space = (try? experiments.read(stored.experiment)).flatMap { try? LabelSpace.named($0.labels) }
        for epoch in kept {
            guard let head = stored.plan?.task.main, !next.labels.isEmpty else { continue }
            let clips = try turn.store.answeredClips(run: id, epoch: epoch)
            next.epochs.append(
                AnswersView.Epoch(
                    epoch: epoch, isBest: epoch == stored.summary.bestEpoch, rows: AnswersReader.rows(clips, head, next.labels, space)))
        }
        try write(turn.store, into: &next)
        view = next
        return [delivered()]
    }

    private mutating func delivered() -> AnswersView {
        version += 1
        view.version = version
        view.state = .ready
        return view
    }

    /// Puts tags and notes beside their clips.
    private func write(_ store: RunStore, into view: inout AnswersView) throws {
        let notes = Dictionary(try store.clipNotes().map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        for epoch in view.epochs.indices {
            for index in view.epochs[epoch].rows.indices {
                let note = notes[view.epochs[epoch].rows[index].clip]
                view.epochs[epoch].rows[index].tags = note?.tags ?? []
                view.epochs[epoch].rows[index].note = note?.note ?? ""
            }
        }
    }

    static func rows(_ clips: [AnsweredClip], _ head: Head, _ labels: [String], _ space: LabelSpace?) -> [AnswersView.Row] {
        // One head's answers, a clip each: what is of another length was not said of these classes.
        let clips = clips.filter { $0.answer.outputs[head.name]?.count == labels.count }
        let sure = Dictionary(grouping: clips, by: \.answer.sample.part.domain).mapValues { clips in
            ConfidentLearning(
                clips.compactMap { clip in
                    clip.answer.label(for: head).map { (label: $0, probabilities: clip.answer.outputs[head.name] ?? []) }
                }, classes: labels.count)
        }
        return clips.map { clip in
            let sample = clip.answer.sample, domain = sample.part.domain, probabilities = clip.answer.outputs[head.name] ?? []
            var row = AnswersView.Row(
                domain: domain, corpus: clip.corpus, name: sample.clip, unit: sample.unit, truth: clip.answer.label(for: head),
                predicted: clip.answer.answer(of: head) ?? 0, probabilities: probabilities, labels: labels)
            (row.speaker, row.sex, row.age) = (sample.speaker.isEmpty ? nil : sample.speaker, clip.sex, clip.age)
            (row.intensity, row.sentence) = (clip.intensity, clip.sentence)
            if let ratings = clip.ratings, !ratings.isEmpty {
                let (emotion, most) = ratings.sorted { ($1.value, $0.key) < ($0.value, $1.key) }[0]
                row.raters = (emotion, most)
                func share(of label: Int) -> Double {
                    ratings.reduce(0) { $0 + (space?.index(of: $1.key) == label ? $1.value : 0) }
                }
                if row.isWrong, let truth = row.truth, share(of: row.predicted) > share(of: truth),
                    space?.index(of: emotion) == row.predicted
                {
                    row.doubt = .raters
                }
            } else if row.isWrong, let other = sure[domain]?.confidentLabel(probabilities), other != row.truth {
                row.doubt = .confident(other)
            }
            return row
        }
    }
}
