// From the store's rows to the Corpora pane's model.
import Corpora
import Runs
import Training

struct CorporaReader: StoreReader {
    private var version = 0
    private var shown: RunReader.Shown?

    mutating func read(_ turn: StoreTurn) throws -> [any PaneModel] {
        guard turn.corporaChanged || turn.predictions != shown else { return [] }
        return [try read(turn.store, predictionsOf: turn.predictions)]
    }

    /// Everything anew: corpora change rarely, predictions once an epoch.
    private mutating func read(_ store: RunStore, predictionsOf shown: RunReader.Shown?) throws -> CorporaView {
        var view = CorporaView()
        self.shown = shown
        var predictions: [String: Prediction] = [:]
        if let shown, let set = try store.latestPredictions(run: shown.run) {
            for prediction in set.predictions {
                let corpus = prediction.domain == .source ? shown.source : shown.target
                predictions[prediction.clip.contains("/") ? prediction.clip : "\(corpus)/\(prediction.clip)"] = prediction
            }
        }
        let labels = shown?.labels ?? []
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
                var row = CorporaView.Row(
                    corpus: corpus.name, name: clip.name, speaker: clip.speaker, emotion: clip.emotion, intensity: clip.intensity,
                    sentence: clip.sentence, sex: clip.sex, age: clip.age, length: clip.duration, faces: clip.faces, frames: clip.frames)
                if let prediction = predictions[row.id] {
                    row.split = "validation"
                    row.prediction = labels.indices.contains(prediction.predicted) ? labels[prediction.predicted] : nil
                    row.isRight = prediction.predicted == prediction.truth
                }
                view.rows.append(row)
            }
            view.rejected += try store.rejectedFiles(corpus: corpus.name).map {
                CorporaView.Rejected(corpus: corpus.name, path: $0.path, reason: $0.reason)
            }
        }
        version += 1
        view.version = version
        view.state = .ready
        return view
    }
}

/// Sight and sound of a clip: from the cache, or prepared now where it is not there yet.
struct PreviewWorker: FeedWorker {
    let store: RunStore
    let settings: [PreparationSettings]
    let cache: ClipCache

    func answers(_ request: any FeedRequest) -> Bool { request is PreviewRequest }

    func work(_ request: any FeedRequest, deliver: @escaping @Sendable (any PaneModel) -> Void) {
        if let request = request as? PreviewRequest { deliver(preview(of: request.clip)) }
    }

    /// - Parameter id: `Clip.id`.
    private func preview(of id: String) -> PreviewView {
        let parts = id.split(separator: "/", maxSplits: 1).map(String.init)
        do {
            guard parts.count == 2, let clip = try store.clip(corpus: parts[0], name: parts[1]) else {
                return PreviewView(clip: id, missing: "it is no longer in the store")
            }
            let ratings = clip.ratings ?? [:]
            do {
                let faces = try settings.map { try FacePreparation($0) }
                for settings in faces.map(\.settings) {
                    if let prepared = cache.clip(clip, settings) { return PreviewView(clip: id, prepared: prepared, ratings: ratings) }
                }
                guard let first = faces.first else { return PreviewView(clip: id, missing: "it is in no cache", ratings: ratings) }
                let prepared = try Preparer(first).prepared(clip)
                return PreviewView(clip: id, prepared: prepared, ratings: ratings)
            } catch {
                return PreviewView(clip: id, missing: "\(error)", ratings: ratings)
            }
        } catch {
            return PreviewView(clip: id, missing: "\(error)")
        }
    }
}
