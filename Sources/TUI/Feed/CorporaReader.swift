// From the store's rows to the Corpora pane's model.
import Corpora
import Records
import Store
import Synchronization

struct CorporaReader: StoreReader {
    /// As the store has it, without what the shown run adds: read again only where corpora change.
    private var stored = CorporaView()
    private var run: Shown?
    private var predictions: RunReader.Shown?
    private var version = 0

    /// What the shown run makes of the clips.
    private struct Shown {
        var id: Int64
        var source = "", target = ""
        /// By `Clip.id`.
        var sides: [String: Split.Side] = [:]
        var answers: [String: SampleAnswer] = [:]
        var task: LearningTask?

        func id(_ clip: String, _ domain: Domain) -> String {
            clip.contains("/") ? clip : (domain == .source ? source : target) + "/" + clip
        }
    }

    mutating func read(_ turn: StoreTurn) throws -> [any PaneModel] {
        var changed = turn.corporaChanged
        if turn.corporaChanged { stored = try Self.corpora(turn.store) }
        if turn.shown != run?.id {
            run = turn.shown.map { Shown(id: $0) }
            predictions = nil
            changed = true
        }
        if var run = self.run, turn.runsChanged || changed {
            // A run's split is stored before its first step, and never changes afterwards.
            if run.sides.isEmpty {
                try Self.readSplit(&run, turn.store)
                changed = changed || !run.sides.isEmpty
            }
            if turn.predictions != predictions {
                predictions = turn.predictions
                Self.set(try predictions.flatMap { try turn.store.latestAnswers(run: $0.run) }, of: &run, predictions?.task)
                changed = true
            }
            self.run = run
        }
        return changed ? [view()] : []
    }

    private static func readSplit(_ run: inout Shown, _ store: RunStore) throws {
        guard let plan = try store.run(run.id)?.plan else { return }
        (run.source, run.target) = (plan.source, plan.target ?? "")
        for sample in try store.samples(run: run.id) { run.sides[run.id(sample.clip, sample.part.domain)] = sample.part.side }
    }

    private static func set(_ answers: AnswerSet?, of run: inout Shown, _ task: LearningTask?) {
        run.task = task
        run.answers = [:]
        for answer in answers?.answers ?? [] { run.answers[run.id(answer.sample.clip, answer.sample.part.domain)] = answer }
    }

    private static func corpora(_ store: RunStore) throws -> CorporaView {
        var view = CorporaView()
        view.state = .ready
        for corpus in try store.corpora() {
            let clips = try store.clips(corpus: corpus.name)
            view.corpora.append(
                CorporaView.Corpus(
                    name: corpus.name, format: corpus.format, folder: corpus.folder, clips: corpus.clips - corpus.damaged,
                    speakers: corpus.speakers, rejected: corpus.rejectedFiles + corpus.damaged,
                    withoutFace: clips.count { $0.faces == 0 }, withoutSpeech: clips.count { $0.hasSpeech == false }))
            for clip in clips {
                if clip.status == .damaged {
                    let reason = clip.reason ?? "it could not be decoded"
                    view.rejected.append(CorporaView.Rejected(corpus: corpus.name, path: clip.name, reason: reason))
                    continue
                }
                view.rows.append(
                    CorporaView.Row(
                        corpus: corpus.name, name: clip.name, speaker: clip.speaker, emotion: clip.emotion, intensity: clip.intensity,
                        sentence: clip.sentence, sex: clip.sex, age: clip.age, length: clip.duration, faces: clip.faces, frames: clip.frames
                    ))
            }
            view.rejected += try store.rejectedFiles(corpus: corpus.name).map {
                CorporaView.Rejected(corpus: corpus.name, path: $0.path, reason: $0.reason)
            }
        }
        return view
    }

    /// The corpora as the shown run sees them.
    private mutating func view() -> CorporaView {
        var view = stored
        version += 1
        view.version = version
        view.run = run?.id
        if let run, !run.sides.isEmpty || !run.answers.isEmpty {
            let head = run.task?.main, labels = run.task?.labels ?? []
            for index in view.rows.indices {
                let id = view.rows[index].id
                guard run.sides[id] != nil || run.answers[id] != nil else { continue }
                view.rows[index].split = run.sides[id]?.rawValue ?? "validation"
                if let head, !labels.isEmpty, let answer = run.answers[id] {
                    view.rows[index].prediction = answer.answer(of: head).flatMap { labels.indices.contains($0) ? labels[$0] : nil }
                    view.rows[index].isRight = answer.isRight(head)
                }
                view.rows[index].keepWords()
            }
        }
        view.balances = view.corpora.map { balance(of: $0.name, view.rows) }
        return view
    }

    /// Speakers and classes by side, and whether anyone is on two sides.
    private func balance(of corpus: String, _ rows: [CorporaView.Row]) -> CorporaView.Balance {
        let isSplit = run.map { $0.source == corpus || $0.target == corpus } ?? false
        var balance = CorporaView.Balance(corpus: corpus)
        var sides: [String: CorporaView.Balance.Side] = [:]
        var speakers: [String: Set<String>] = [:], emotions: [String: Int] = [:]
        for row in rows where row.corpus == corpus {
            emotions[row.emotion, default: 0] += 1
            guard let side = isSplit ? row.split : "all" else {
                balance.unused += 1
                continue
            }
            sides[side, default: .init(name: side)].clips += 1
            sides[side]?.emotions[row.emotion, default: 0] += 1
            speakers[side, default: []].insert(row.speaker)
        }
        balance.emotions = emotions.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        for name in ["all"] + Split.Side.allCases.map(\.rawValue) {
            guard var side = sides[name] else { continue }
            side.speakers = speakers[name]?.count ?? 0
            balance.sides.append(side)
        }
        var places: [String: Int] = [:]
        for one in speakers.values { for speaker in one { places[speaker, default: 0] += 1 } }
        balance.sharedSpeakers = places.filter { $0.value > 1 }.keys.sorted()
        balance.run = balance.sides.first.flatMap { $0.name == "all" ? nil : run?.id }
        return balance
    }
}

/// Sight and sound of a clip: from the cache, or prepared now where it is not there yet.
final class PreviewWorker: FeedWorker {
    private let store: RunStore
    private let previews: any ClipPreviewer

    init(store: RunStore, previews: any ClipPreviewer) { (self.store, self.previews) = (store, previews) }

    func answers(_ request: any StandingRequest) -> Bool { request is PreviewRequest }

    func basis(of request: any StandingRequest) -> AnswerBasis {
        var basis = AnswerBasis()
        if let request = request as? PreviewRequest { basis.add(clip: request.clip, in: store) }
        return basis
    }

    func work(
        _ request: any StandingRequest, isOutdated: @escaping @Sendable () -> Bool, deliver: @escaping @Sendable (any PaneModel) -> Void
    ) {
        if let request = request as? PreviewRequest { deliver(preview(of: request.clip, run: request.run)) }
    }

    /// - Parameter id: `Clip.id`.
    private func preview(of id: String, run: Int64?) -> PreviewView {
        let parts = id.split(separator: "/", maxSplits: 1).map(String.init)
        do {
            guard parts.count == 2, let clip = try store.clip(corpus: parts[0], name: parts[1]) else {
                return PreviewView(clip: id, missing: "it is no longer in the store")
            }
            do {
                return PreviewView(clip: id, try previews.preview(of: clip, like: run), ratings: clip.ratings ?? [:])
            } catch {
                return PreviewView(clip: id, missing: "\(error)", ratings: clip.ratings ?? [:])
            }
        } catch {
            return PreviewView(clip: id, missing: "\(error)")
        }
    }
}
