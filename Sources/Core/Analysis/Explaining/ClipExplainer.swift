// Asks a trained model why: its attention, mapped back to seconds and places, and what its answer loses when these are taken away.
import Foundation
import Inputs
import Networks
import Records
import Tensors
import Training

public struct ExplanationSettings: Sendable, Equatable {
    /// Whether things are taken away to check attention: one pass for each.
    public var occludes = true
    /// Spans that the sound is taken away in, at most.
    public var spans = 32

    public init() {}
}

/// Explains clips prepared with a model's settings. Not for use by two threads at once.
public final class ClipExplainer {
    public let model: TrainedModel
    private let settings: ExplanationSettings
    /// Clips of one pass.
    private let together = 8

    public init(_ model: TrainedModel, _ settings: ExplanationSettings = ExplanationSettings()) {
        (self.model, self.settings) = (model, settings)
    }

    /// - Parameters:
    ///   - clip: with its waveform, which tells where in the clip the sound that the model hears begins.
    ///   - domain, speaker: whose the clip is, where it is one of the run's corpora.
    ///   - progress: share of the passes that are done.
    /// - Throws: `BatchError` where the clip was prepared with other settings.
    public func explanation(
        of clip: PreparedClip, name: String, truth: Int? = nil, domain: Domain? = nil, speaker: String = "",
        progress: (Double) -> Void = { _ in }
    ) throws -> Explanation {
        let clip = model.normalised(clip, domain, speaker: speaker)
        let batch = try model.batch(of: [clip])
        let output = model.network(batch.input, .inference(keepsAttention: true, precision: model.precision))
        let probabilities = output.logits.softmax().values
        var explanation = Explanation(
            clip: name, labels: model.labels, probabilities: probabilities.short, predicted: probabilities.firstLargest, truth: truth,
            duration: clip.duration.short, crossModal: [], agreements: [], notes: [])
        let steps = model.hears ? SoundSteps(clip, model.experiment) : nil
        let maps = AttentionMaps(output.attention, frames: clip.frames, isPooled: isPooled)
        if let steps { explanation.crossModal = maps.crossModal(steps) }
        if let steps { explanation.sound = sound(steps, output.attention["audio"], explanation.crossModal) }
        if model.sees { explanation.pictures = pictures(clip, maps) }
        explanation.notes = notes(explanation, steps, output.attention["audio"])
        if settings.occludes { try addAlone(clip, to: &explanation) }
        if settings.occludes { try occlude(clip, steps, into: &explanation, progress) }
        return explanation
    }

    private var fusion: ModelSettings.FusionSettings.Kind { model.experiment.model.fusion.kind }

    /// Whether the picture's vector is the mean over all tokens, the clip's own too.
    private var isPooled: Bool {
        let settings = model.experiment.model
        return settings.modalities != .both || settings.fusion.kind != .middle || settings.tokens == .pooled
    }

    // MARK: Attention

    private func sound(_ steps: SoundSteps, _ attention: Tensor?, _ crossModal: [Explanation.CrossModal]) -> Explanation.Sound {
        var sound = Explanation.Sound(borders: steps.borders.short)
        if let attention {
            sound.attention = steps.joined(attention.values.map(Double.init)).short
            sound.attentionFrom = .encoder
        } else if let last = crossModal.last {
            sound.attention = last.picturesToSound.columnMeans.short
            sound.attentionFrom = .pictures
        }
        return sound
    }

    private func pictures(_ clip: PreparedClip, _ maps: AttentionMaps) -> Explanation.Pictures {
        let rollout = maps.rollout
        let weights = rollout.weights(of: .uniform(frames: clip.frames, patches: rollout.patches, withClip: isPooled))
        let temporal = (0..<clip.frames).map { rollout.weights(of: .frame($0, of: clip.frames, patches: rollout.patches)).frames.short }
        let side = clip.size / model.experiment.model.video.patch
        return Explanation.Pictures(
            seconds: (0..<clip.frames).map { (clip.duration * Double($0) / Double(max(1, clip.frames - 1))).short }, faces: clip.faces,
            rows: side,
            columns: side, patches: weights.patches.map(\.short), frames: weights.frames.short, fromClipToken: weights.clip.short,
            temporal: temporal)
    }

    private func notes(_ explanation: Explanation, _ steps: SoundSteps?, _ attention: Tensor?) -> [String] {
        var notes: [String] = []
        let settings = model.experiment.model
        if settings.modalities == .both, explanation.crossModal.isEmpty {
            notes.append(
                fusion == .middle
                    ? "this model fuses one vector a modality (tokens = \"pooled\"): attention between two vectors has one key, so there is no cross-modal map"
                    : "\(fusion.rawValue) fusion has no cross-modal attention")
        }
        if explanation.sound != nil, explanation.sound?.attention == nil { notes.append("nothing in this model weighs the steps of sound") }
        if explanation.sound?.attentionFrom == .pictures {
            notes.append("the mean over steps pools this model's sound (pooling = \"mean\"): shown is how its pictures attend to the steps")
        }
        if let steps, let attention {
            let outside = 1 - steps.joined(attention.values.map(Double.init)).reduce(0, +)
            if outside > 0.005 { notes.append("\(Int((100 * outside).rounded())) % of the sound's attention lies on padding") }
        }
        return notes
    }

    // MARK: Occlusion

    private func occlude(
        _ clip: PreparedClip, _ steps: SoundSteps?, into explanation: inout Explanation, _ progress: (Double) -> Void
    ) throws {
        let occlusion = Occlusion(clip: clip, patch: model.experiment.model.video.patch)
        let spans = steps?.spans(atMost: settings.spans) ?? []
        let patches = model.sees ? occlusion.side * occlusion.side : 0, frames = model.sees && clip.frames > 1 ? clip.frames : 0
        let colour = model.sees ? occlusion.meanColour : []
        let total = spans.count + frames + patches + (model.hears ? 1 : 0) + (model.sees ? 1 : 0)
        let predicted = explanation.predicted, before = explanation.probabilities[predicted]
        var done = 0
        /// Losses of probability, some clips in one pass; no more copies of the clip in memory than these.
        func drops(_ count: Int, _ make: (Int) -> PreparedClip) throws -> [Double] {
            var drops: [Double] = []
            while drops.count < count {
                let copies = (drops.count..<min(count, drops.count + together)).map(make)
                drops += try model.probabilities(of: copies).map { (before - Double($0[predicted])).short }
                done += copies.count
                progress(Double(done) / Double(total))
            }
            return drops
        }
        if let steps {
            let losses = try drops(spans.count) { occlusion.withoutSound(spans[$0].frames) }
            explanation.sound?.occlusion = .init(borders: steps.borders(of: spans).short, drops: losses)
            explanation.sound?.withoutAll = try drops(1) { _ in occlusion.withoutSound(0..<clip.soundFrames) }[0]
        }
        if model.sees {
            if frames > 0 { explanation.pictures?.frameDrops = try drops(frames) { occlusion.withoutFrame($0) } }
            explanation.pictures?.patchDrops = try drops(patches) { occlusion.withoutPatch($0, colour: colour) }
            explanation.pictures?.withoutAll = try drops(1) { _ in occlusion.withoutPictures(colour: colour) }[0]
        }
        explanation.agreements = agreements(explanation, spans)
    }

    private func agreements(_ explanation: Explanation, _ spans: [SoundSteps.Span]) -> [Explanation.Agreement] {
        var agreements: [Explanation.Agreement] = []
        func compare(_ kind: Explanation.Agreement.Kind, _ attention: [Double]?, _ drops: [Double]?) {
            guard let attention, let drops, attention.count == drops.count, !drops.isEmpty else { return }
            agreements.append(.init(kind: kind, count: drops.count, spearman: RankCorrelation.spearman(attention, drops)?.short))
        }
        /// Attention a second, so that a longer span at the end is not held for a more important one.
        func bySpan(_ steps: [Double]) -> [Double] { spans.map { steps[$0.steps].reduce(0, +) / Double($0.steps.count) } }
        let (sound, pictures, last) = (explanation.sound, explanation.pictures, explanation.crossModal.last)
        compare(.sound, sound?.attention.map(bySpan), sound?.occlusion?.drops)
        compare(.frames, pictures?.frames, pictures?.frameDrops)
        compare(.patches, pictures?.patches.columnMeans, pictures?.patchDrops)
        compare(.soundToFrames, last?.soundToPictures.columnMeans, pictures?.frameDrops)
        if sound?.attentionFrom != .pictures {
            compare(.framesToSound, last.map { bySpan($0.picturesToSound.columnMeans) }, sound?.occlusion?.drops)
        }
        return agreements
    }
}

extension [[Double]] {
    /// The mean of each column.
    var columnMeans: [Double] {
        guard let first else { return [] }
        return first.indices.map { column in reduce(0) { $0 + $1[column] } / Double(count) }
    }
}
