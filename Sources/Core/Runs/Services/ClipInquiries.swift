// Asks runs' models about a clip: prepares it as each model had its own, asks it, then asks it why. On one thread of little priority, so that a
// training loses nothing worth mentioning; what is found out about a run's own clips is stored for next time.
import Analysis
import Base
import Corpora
import Faces
import Foundation
import Inputs
import Records
import Store
import Tensors
import Training

public final class ClipInquiries: ClipInquirer {
    private let store: RunStore
    private let cache: ClipCache
    private let previews: ClipPreviews
    private let systems: SystemLibrary
    private let models = Exclusive<[Loaded]>([])

    /// A model that was loaded, and the weights that it was loaded from.
    private struct Loaded {
        let explainer: ClipExplainer
        let run: Int64
        let written: Date?
    }

    /// Two runs side by side need two.
    private static let mostModels = 2

    public init(store: RunStore, systems: SystemLibrary, cache: ClipCache = ClipCache()) {
        (self.store, self.systems, self.cache) = (store, systems, cache)
        previews = ClipPreviews(store: store, cache: cache)
    }

    public func ask(_ question: ClipQuestion, isOutdated: @escaping @Sendable () -> Bool, tell: @escaping @Sendable (ClipReport) -> Void) {
        QuietThread.run { Libraries.onThisThread { self.models.use { self.answer(question, isOutdated, &$0, tell) } } }
    }

    private func answer(_ question: ClipQuestion, _ isOutdated: () -> Bool, _ models: inout [Loaded], _ tell: (ClipReport) -> Void) {
        var report = ClipReport()
        do {
            let parts = question.clip.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2, let clip = try store.clip(corpus: parts[0], name: parts[1]) else {
                report.failure = "\(question.clip) is no longer in the store"
                return tell(report)
            }
            report.clip = clip
            tell(report)
            report.answers = try question.runs.map { try answer(of: $0, clip) }
            // As the shown run's model gets it; without a run as another had it.
            report.preview = try previews.preview(of: clip, like: question.run)
            report.hasSquares = try question.run.flatMap { try store.run($0)?.plan?.preparation?.isFallback } ?? false
            tell(report)
            for index in report.answers.indices where report.answers[index].failure == nil {
                guard !isOutdated() else { return }
                explain(clip, index, &report, &models, isOutdated, tell)
            }
            report.working = nil
            tell(report)
        } catch {
            report.working = nil
            report.failure = "\(error)"
            tell(report)
        }
    }

    /// The answer before anything was asked: which run, whether it can be asked at all.
    private func answer(of run: Int64, _ clip: Clip) throws -> RunAnswer {
        guard let stored = try store.run(run) else { throw StoreError.noSuchRun(run) }
        var answer = RunAnswer(
            run: run, title: "\(stored.summary.name), seed \(stored.summary.seed)", labels: stored.plan?.task.labels ?? [])
        do {
            let experiment = try Experiment.parse(stored.experiment)
            answer.hears = experiment.model.modalities != .video
            answer.sees = experiment.model.modalities != .audio
            answer.truth = (try? LabelSpace.named(experiment.data.labels))?.index(of: clip.emotion)
            _ = try store.model(named: "\(run)")
        } catch { answer.failure = "\(error)" }
        if let dimensions = stored.plan?.task.mainTarget?.dimensions {
            answer.failure = "it answers with values (\(dimensions.map(\.name).joined(separator: ", "))), which cannot be drawn here yet"
        }
        return answer
    }

    // MARK: Asking

    private func explain(
        _ clip: Clip, _ index: Int, _ report: inout ClipReport, _ models: inout [Loaded], _ isOutdated: () -> Bool,
        _ tell: (ClipReport) -> Void
    ) {
        let run = report.answers[index].run
        do {
            let place = try self.place(of: clip, run: run)
            if let stored = try storedExplanation(of: clip, place, run: run) {
                take(stored, index, &report)
                if isComplete(stored, report.answers[index]) { return tell(report) }
            }
            report.working = ("loading run \(run)", 0)
            tell(report)
            let explainer = try explainer(of: run, &models)
            let model = explainer.model
            let prepared = try Preparer.clip(
                clip, like: model.preparation, cache: cache, needs: model.experiment.model.modalities.needs, sound: clip.audio != nil)
            guard !isOutdated() else { return }
            if report.answers[index].probabilities.isEmpty {
                report.answers[index].labels = explainer.model.labels
                report.answers[index].probabilities = try explainer.probabilities(of: prepared)
                report.working = ("attention of run \(run)", 0)
                tell(report)
            }
            guard !isOutdated() else { return }
            QuietThread.calm()
            var explanation =
                try report.answers[index].explanation
                ?? explainer.explanation(of: prepared, name: clip.name, truth: report.answers[index].truth)
            (explanation.domain, explanation.corpus) = (place, place == nil ? nil : clip.corpus)
            if explanation.sound?.alone == nil, explainer.canSeparate { try explainer.addAlone(prepared, to: &explanation) }
            take(explanation, index, &report)
            report.working = ("each picture alone, run \(run)", 0)
            tell(report)
            var last = 0.0
            try explainer.addHeld(prepared, to: &explanation) { share in
                if share - last >= 0.1 {
                    last = share
                    report.working?.share = share
                    tell(report)
                }
                return !isOutdated()
            }
            take(explanation, index, &report)
            tell(report)
            // A store that cannot be written is no reason not to look.
            if place != nil { try? store.record(explanation, run: run) }
        } catch {
            report.answers[index].failure = "\(error)"
            tell(report)
        }
    }

    /// In which of the run's corpora the clip is.
    private func place(of clip: Clip, run: Int64) throws -> Domain? {
        guard let plan = try store.run(run)?.plan else { return nil }
        return Domain.allCases.first { plan.corpus($0) == clip.corpus }
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

    private func isComplete(_ explanation: Explanation, _ answer: RunAnswer) -> Bool {
        let hasBoth = answer.hears && answer.sees
        let hasHeld = explanation.pictures.map { $0.held != nil || $0.seconds.count < 2 } ?? true
        return hasHeld && (!hasBoth || explanation.sound?.alone != nil && explanation.pictures?.alone != nil)
    }

    private func take(_ explanation: Explanation, _ index: Int, _ report: inout ClipReport) {
        report.answers[index].explanation = explanation
        report.answers[index].labels = explanation.labels
        report.answers[index].probabilities = explanation.probabilities
        guard let pictures = explanation.pictures, let text = try? store.run(report.answers[index].run)?.experiment,
            let faces = try? Experiment.parse(text).inputs.faces.settings
        else { return }
        report.answers[index].places = pictures.patches.indices.map { frame in
            let patches = pictures.patches[frame], finding = pictures.faces.indices.contains(frame) ? pictures.faces[frame] : nil
            func share(_ area: FaceRegions.Area) -> Double { area.share(of: patches, rows: pictures.rows, columns: pictures.columns) }
            if let regions = finding.flatMap({ FaceRegions($0, faces) }) {
                return AttentionPlaces(
                    parts: [("brows", share(regions.brows)), ("eyes", share(regions.eyes)), ("mouth", share(regions.mouth))],
                    hasPoints: true)
            }
            return AttentionPlaces(
                parts: FaceRegions.thirds.map { ($0.name, share($0.area)) }, hasPoints: false)
        }
    }

    private func written(_ file: URL) -> Date? { try? FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date }

    private func explainer(of run: Int64, _ models: inout [Loaded]) throws -> ClipExplainer {
        let file = try store.model(named: "\(run)").weights, date = written(file)
        if let known = models.first(where: { $0.run == run && $0.written == date }) { return known.explainer }
        var quick = ExplanationSettings()
        quick.occludes = false
        let loaded = Loaded(explainer: ClipExplainer(try TrainedModel(file, systems: systems), quick), run: run, written: date)
        models.removeAll { $0.run == run }
        models = [loaded] + models.prefix(Self.mostModels - 1)
        return loaded.explainer
    }
}
