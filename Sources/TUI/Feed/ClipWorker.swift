// Answers the Clip pane: prepares the clip as the run's model had it, asks the model, then asks it why. On one thread of little priority, so that
// a training loses nothing worth mentioning; what is found out about a run's own clips is stored for next time.
import Analysis
import Base
import Corpora
import Faces
import Foundation
import Inputs
import Runs
import Synchronization
import Tensors
import Systems
import Training

final class ClipWorker: FeedWorker {
    private let store: RunStore
    private let cache: ClipCache
    private let models = Exclusive<[Loaded]>([])
    /// The last request: what comes of the same again replaces an answer that is on the screen.
    private let answered = Mutex<ClipRequest?>(nil)

    /// A model that was loaded, and the weights that it was loaded from.
    private struct Loaded {
        let explainer: ClipExplainer
        let run: Int64
        let written: Date?
    }

    /// Two runs side by side need two.
    private static let mostModels = 2

    init(store: RunStore, cache: ClipCache) { (self.store, self.cache) = (store, cache) }

    func answers(_ request: any StandingRequest) -> Bool { request is ClipRequest }

    func basis(of request: any StandingRequest) -> AnswerBasis {
        var basis = AnswerBasis()
        guard let request = request as? ClipRequest else { return basis }
        basis.add(clip: request.clip, in: store)
        for run in [request.run, request.other].compactMap(\.self) { basis.add(run: run, in: store) }
        return basis
    }

    func work(
        _ request: any StandingRequest, isOutdated: @escaping @Sendable () -> Bool, deliver: @escaping @Sendable (any PaneModel) -> Void
    ) {
        guard let request = request as? ClipRequest else { return }
        let isAgain = answered.withLock { last in
            defer { last = request }
            return last == request
        }
        let tell: @Sendable (any PaneModel) -> Void = { model in
            // What is on the screen stays until there is a whole answer in its place.
            if !isAgain || (model as? ClipView)?.isAnswered == true { deliver(model) }
        }
        QuietThread.run { Libraries.onThisThread { self.models.use { self.answer(request, isOutdated, &$0, tell) } } }
    }

    private func answer(_ request: ClipRequest, _ isOutdated: () -> Bool, _ models: inout [Loaded], _ deliver: (any PaneModel) -> Void) {
        var view = ClipView()
        view.request = request
        view.state = .loading
        do {
            let parts = request.clip.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2, let clip = try store.clip(corpus: parts[0], name: parts[1]) else {
                view.state = .failed("\(request.clip) is no longer in the store")
                return deliver(view)
            }
            describe(clip, &view)
            deliver(view)
            let runs = [request.run, request.other].compactMap(\.self)
            view.answers = try runs.map { try answer(of: $0, clip) }
            try show(clip, request.run, &view)
            deliver(view)
            for index in view.answers.indices where view.answers[index].failure == nil {
                guard !isOutdated() else { return }
                explain(clip, index, &view, &models, isOutdated, deliver)
            }
            view.working = nil
            deliver(view)
        } catch {
            view.working = nil
            view.state = .failed("\(error)")
            deliver(view)
        }
    }

    private func describe(_ clip: Clip, _ view: inout ClipView) {
        (view.speaker, view.sex, view.age, view.emotion) = (clip.speaker, clip.sex, clip.age, clip.emotion)
        (view.intensity, view.sentence) = (clip.intensity, clip.sentence)
        view.ratings = (clip.ratings ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }.filter { $0.value > 0 }.map {
            ($0.key, $0.value)
        }
    }

    /// The answer before anything was asked: which run, whether it can be asked at all.
    private func answer(of run: Int64, _ clip: Clip) throws -> ClipView.Answer {
        guard let stored = try store.run(run) else { throw StoreError.noSuchRun(run) }
        var answer = ClipView.Answer(
            run: run, title: "\(stored.summary.name), seed \(stored.summary.seed)", labels: stored.plan?.labels ?? [])
        do {
            let experiment = try Experiment.parse(stored.experiment)
            answer.hears = experiment.model.modalities != .video
            answer.sees = experiment.model.modalities != .audio
            answer.truth = (try? LabelSpace.named(experiment.data.labels))?.index(of: clip.emotion)
            _ = try store.model(named: "\(run)")
        } catch { answer.failure = "\(error)" }
        return answer
    }

    /// Sight and sound as the shown run's model gets them; without a run as another had them.
    private func show(_ clip: Clip, _ run: Int64?, _ view: inout ClipView) throws {
        let prepared = try store.prepared(clip, like: run, cache, sound: clip.audio != nil)
        view.sight = PreviewView(clip: clip.id, prepared: prepared)
        view.hasSquares = try run.flatMap { try store.preparation(of: $0)?.isFallback } ?? false
        // A clip from files says how it was prepared.
        let mel = (prepared.preparation?.settings ?? PreparationSettings()).sound.mel, hop = Double(mel.hopLength) / Double(mel.rate),
            first = Double(prepared.sound?.kept.lowerBound ?? 0)
        view.soundStart = max(0, (first - 0.5) * hop)
        view.soundEnd = max(0, (first + Double(prepared.soundFrames) - 0.5) * hop)
        view.highest = mel.maximumFrequency
        view.state = .ready
    }

    // MARK: Asking

    private func explain(
        _ clip: Clip, _ index: Int, _ view: inout ClipView, _ models: inout [Loaded], _ isOutdated: () -> Bool,
        _ deliver: (any PaneModel) -> Void
    ) {
        let run = view.answers[index].run
        do {
            let place = try self.place(of: clip, run: run)
            if let stored = try storedExplanation(of: clip, place, run: run) {
                take(stored, index, &view)
                if isComplete(stored, view.answers[index]) { return deliver(view) }
            }
            view.working = ("loading run \(run)", 0)
            deliver(view)
            let explainer = try explainer(of: run, &models)
            let model = explainer.model
            let prepared = try Preparer.clip(
                clip, like: model.preparation, cache: cache, needs: model.experiment.model.modalities.needs, sound: clip.audio != nil)
            guard !isOutdated() else { return }
            if view.answers[index].probabilities.isEmpty {
                view.answers[index].labels = explainer.model.labels
                view.answers[index].probabilities = try explainer.probabilities(of: prepared)
                view.working = ("attention of run \(run)", 0)
                deliver(view)
            }
            guard !isOutdated() else { return }
            QuietThread.calm()
            var explanation =
                try view.answers[index].explanation
                ?? explainer.explanation(of: prepared, name: clip.name, truth: view.answers[index].truth)
            (explanation.domain, explanation.corpus) = (place, place == nil ? nil : clip.corpus)
            if explanation.sound?.alone == nil, explainer.canSeparate { try explainer.addAlone(prepared, to: &explanation) }
            take(explanation, index, &view)
            view.working = ("each picture alone, run \(run)", 0)
            deliver(view)
            var last = 0.0
            try explainer.addHeld(prepared, to: &explanation) { share in
                if share - last >= 0.1 {
                    last = share
                    view.working?.share = share
                    deliver(view)
                }
                return !isOutdated()
            }
            take(explanation, index, &view)
            deliver(view)
            // A store that cannot be written is no reason not to look.
            if place != nil { try? store.record(explanation, run: run) }
        } catch {
            view.answers[index].failure = "\(error)"
            deliver(view)
        }
    }

    /// In which of the run's corpora the clip is.
    private func place(of clip: Clip, run: Int64) throws -> Domain? {
        guard let text = try store.run(run)?.experiment, let data = try? Experiment.parse(text).data else { return nil }
        return clip.corpus == data.source ? .source : clip.corpus == data.target ? .target : nil
    }

    /// What was found out earlier, unless the run's weights have changed since.
    private func storedExplanation(of clip: Clip, _ domain: Domain?, run: Int64) throws -> Explanation? {
        guard let domain else { return nil }
        let made = try store.explanations(run: run).first { $0.subject == domain.rawValue + "/" + clip.name }?.made
        guard let made, try written(store.model(named: "\(run)").weights).map({ $0 <= made }) ?? false else { return nil }
        // A damaged one is made anew.
        guard let stored = try? store.explanation(of: clip.name, domain: domain, run: run), stored.isWhole else { return nil }
        return stored
    }

    private func isComplete(_ explanation: Explanation, _ answer: ClipView.Answer) -> Bool {
        let hasBoth = answer.hears && answer.sees
        let hasHeld = explanation.pictures.map { $0.held != nil || $0.seconds.count < 2 } ?? true
        return hasHeld && (!hasBoth || explanation.sound?.alone != nil && explanation.pictures?.alone != nil)
    }

    private func take(_ explanation: Explanation, _ index: Int, _ view: inout ClipView) {
        view.answers[index].explanation = explanation
        view.answers[index].labels = explanation.labels
        view.answers[index].probabilities = explanation.probabilities
        guard let pictures = explanation.pictures, let text = try? store.run(view.answers[index].run)?.experiment,
            let faces = try? Experiment.parse(text).inputs.faces.settings
        else { return }
        view.answers[index].places = pictures.patches.indices.map { frame in
            let patches = pictures.patches[frame], finding = pictures.faces.indices.contains(frame) ? pictures.faces[frame] : nil
            func share(_ area: FaceRegions.Area) -> Double { area.share(of: patches, rows: pictures.rows, columns: pictures.columns) }
            if let regions = finding.flatMap({ FaceRegions($0, faces) }) {
                return ClipView.Where(
                    parts: [("brows", share(regions.brows)), ("eyes", share(regions.eyes)), ("mouth", share(regions.mouth))],
                    hasPoints: true)
            }
            return ClipView.Where(
                parts: FaceRegions.thirds.map { ($0.name, share($0.area)) }, hasPoints: false)
        }
    }

    private func written(_ file: URL) -> Date? { try? FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date }

    private func explainer(of run: Int64, _ models: inout [Loaded]) throws -> ClipExplainer {
        let file = try store.model(named: "\(run)").weights, date = written(file)
        if let known = models.first(where: { $0.run == run && $0.written == date }) { return known.explainer }
        var quick = ExplanationSettings()
        quick.occludes = false
        let loaded = Loaded(explainer: ClipExplainer(try TrainedModel(file, systems: Systems.all), quick), run: run, written: date)
        models.removeAll { $0.run == run }
        models = [loaded] + models.prefix(Self.mostModels - 1)
        return loaded.explainer
    }
}

/// A thread of its own with little priority; a pool's thread would keep it for work that is not to wait.
enum QuietThread {
    /// Runs `body` there and waits for it. Beside a training it gets about a quarter of a core: somebody waits for a clip and an answer.
    static func run(_ body: @escaping @Sendable () -> Void) {
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            lower(to: 5)
            body()
            done.signal()
        }
        thread.stackSize = 16 << 20
        thread.start()
        done.wait()
    }

    /// What follows has time: about one part in thirty of a core that a training uses.
    static func calm() { lower(to: 15) }

    /// On Linux the priority is the calling thread's alone.
    private static func lower(to niceness: Int32) { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) }
}

extension ClipView {
    /// Each run that was asked has answered, or it is known why it does not.
    var isAnswered: Bool {
        if case .failed = state { return true }
        let runs = [request.run, request.other].compactMap(\.self).count
        return state == .ready && answers.count == runs && answers.allSatisfy { !$0.probabilities.isEmpty || $0.failure != nil }
    }
}

extension Explanation {
    /// Whether all its rows have the lengths that they must: what is stored is foreign bytes like any file.
    var isWhole: Bool {
        let classes = labels.count
        guard classes > 0, probabilities.count == classes, labels.indices.contains(predicted), probabilities.allSatisfy(\.isFinite) else {
            return false
        }
        if let truth, !labels.indices.contains(truth) { return false }
        if let sound {
            guard sound.borders.count > 1, sound.attention.map({ $0.count == sound.borders.count - 1 }) ?? true,
                sound.alone.map({ $0.count == classes }) ?? true
            else { return false }
        }
        if let pictures {
            let frames = pictures.seconds.count
            guard pictures.rows > 0, pictures.columns > 0, pictures.rows < 1000, pictures.columns < 1000, pictures.patches.count == frames,
                pictures.faces.count == frames, pictures.frames.count == frames, pictures.alone.map({ $0.count == classes }) ?? true,
                pictures.patches.allSatisfy({ $0.count == pictures.rows * pictures.columns }),
                pictures.held.map({ $0.count == frames && $0.allSatisfy { $0.count == classes } }) ?? true
            else { return false }
        }
        return crossModal.allSatisfy { stage in
            let steps = stage.picturesToSound.first?.count ?? 0
            return stage.picturesToSound.allSatisfy { $0.count == steps }
        }
    }
}
