// Prepares clips to be looked at, as a run's own clips were.
import Corpora
import Inputs
import Records
import Store
import Training

public struct ClipPreviews: ClipPreviewer {
    private let store: RunStore
    private let cache: ClipCache

    public init(store: RunStore, cache: ClipCache = ClipCache()) { (self.store, self.cache) = (store, cache) }

    public func preview(of clip: Clip, like run: Int64?) throws -> ClipPreview {
        try ClipPreview(prepared(clip, like: run, sound: clip.audio != nil))
    }

    /// With what of the clip can be used.
    private func prepared(_ clip: Clip, like run: Int64?, sound: Bool) throws -> PreparedClip {
        let stored = try run.flatMap { try store.run($0) }
        if let recorded = stored?.plan?.preparation {
            return try Preparer.clip(clip, like: EffectivePreparation(recorded), cache: cache, needs: [], sound: sound)
        }
        let experiment = stored.flatMap { try? Experiment.parse($0.experiment) } ?? Experiment.preset(.nano)
        let faces = try FacePreparation(new: experiment.inputs.preparation, usesFaces: experiment.model.modalities != .audio)
        return try Preparer(faces, cache: cache, needs: []).prepared(clip, sound: sound)
    }
}

extension ClipPreview {
    init(_ prepared: PreparedClip) {
        self.init()
        if prepared.hasVideo {
            (pictures, frames, size) = (prepared.pictures, prepared.frames, prepared.size)
            scores = prepared.faces.map { $0.isFallback ? nil : $0.score }
        }
        duration = prepared.duration
        // A clip from files says how it was prepared.
        let settings = (prepared.preparation?.settings ?? PreparationSettings()).sound.mel
        let hop = Double(settings.hopLength) / Double(settings.rate), start = Double(prepared.sound?.kept.lowerBound ?? 0)
        soundStart = max(0, (start - 0.5) * hop)
        soundEnd = max(0, (start + Double(prepared.soundFrames) - 0.5) * hop)
        highest = settings.maximumFrequency
        guard prepared.hasAudio else { return }
        envelope = prepared.envelope
        let first = min(max(prepared.firstSoundFrame, 0), prepared.melFrames)
        let count = min(max(prepared.soundFrames, 0), prepared.melFrames - first)
        guard count > 0, prepared.mel.count == prepared.melBands * prepared.melFrames else { return }
        (melBands, melFrames) = (prepared.melBands, count)
        mel = (0..<prepared.melBands).flatMap { band in
            prepared.mel[(band * prepared.melFrames + first)..<(band * prepared.melFrames + first + count)]
        }
    }
}
