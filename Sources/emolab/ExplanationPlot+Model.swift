// From what training knows of an explanation to what is drawn of it.
import Analysis
import Foundation
import Inputs
import Media
import Records
import Viz

extension ExplanationPlot {
    init(_ explanation: Explanation, _ clip: PreparedClip, _ model: TrainedModel, run: Int64?) {
        let labels = explanation.labels.map(\.printable)
        let said = "\(labels[explanation.predicted]) \(String(format: "%.2f", explanation.probabilities[explanation.predicted]))"
        let truth = explanation.truth.map { $0 == explanation.predicted ? ", right" : ", truth: \(labels[$0])" } ?? ""
        let name = explanation.corpus.map { "\($0.printable)/" } ?? ""
        self.init(
            title: "\(name)\(explanation.clip.printable): \(said)\(truth)",
            subtitle: [run.map { "run \($0)" }, model.experiment.name.printable, Self.words(model)].compactMap(\.self).joined(
                separator: ", "),
            classes: labels.indices.map {
                Class(
                    labels[$0], probability: explanation.probabilities[$0], isPredicted: $0 == explanation.predicted,
                    isTruth: $0 == explanation.truth)
            })
        if let sound = explanation.sound { add(sound, clip, model) }
        if let pictures = explanation.pictures { frames = Self.frames(pictures, clip) }
        if let last = explanation.crossModal.last, let sound = explanation.sound {
            crossModal = CrossModal("pictures attend to sound, stage \(last.stage)", rows: last.picturesToSound, borders: sound.borders)
        }
        agreements = explanation.agreements.map { Agreement($0.kind.words, correlation: $0.spearman, count: $0.count) }
        notes = explanation.notes
    }

    private mutating func add(_ sound: Explanation.Sound, _ clip: PreparedClip, _ model: TrainedModel) {
        let mel = model.experiment.inputs.preparation.sound.mel
        if let attention = sound.attention { self.sound = Curve(borders: sound.borders, values: attention) }
        soundName = sound.attentionFrom == .pictures ? "how the pictures attend to it" : "the encoder's attention"
        if let occlusion = sound.occlusion { soundDrops = Curve(borders: occlusion.borders, values: occlusion.drops) }
        let columns = clip.soundFrames
        guard columns > 0 else { return }
        let hop = Double(mel.hopLength) / Double(mel.rate), first = Double(clip.sound?.kept.lowerBound ?? 0)
        let values = (0..<clip.melBands).flatMap { band -> ArraySlice<Float> in
            let start = band * clip.melFrames + clip.firstSoundFrame
            return clip.mel[start..<start + columns]
        }
        spectrogram = Spectrogram(
            bands: clip.melBands, columns: columns, values: values, start: max(0, (first - 0.5) * hop),
            end: (first + Double(columns) - 0.5) * hop,
            highest: mel.maximumFrequency)
    }

    private static func frames(_ pictures: Explanation.Pictures, _ clip: PreparedClip) -> [Frame] {
        let bytes = clip.size * clip.size * 3
        return pictures.seconds.indices.map { frame in
            Frame(
                seconds: pictures.seconds[frame], pixels: Array(clip.pictures[frame * bytes..<(frame + 1) * bytes]), side: clip.size,
                heat: pictures.patches[frame], rows: pictures.rows, columns: pictures.columns, attention: pictures.frames[frame],
                drop: pictures.frameDrops?[frame], hasFace: !pictures.faces[frame].isFallback)
        }
    }

    private static func words(_ model: TrainedModel) -> String {
        let settings = model.experiment.model
        switch settings.modalities {
        case .audio: return "sound only"
        case .video: return "pictures only"
        case .both:
            return "\(settings.fusion.kind.rawValue) fusion"
                + (settings.fusion.kind == .middle ? ", \(settings.tokens.rawValue) tokens" : "")
        }
    }
}

extension Explanation.Agreement.Kind {
    fileprivate var words: String {
        switch self {
        case .sound: "sound"
        case .frames: "frames"
        case .patches: "patches"
        case .soundToFrames: "sound→frames"
        case .framesToSound: "frames→sound"
        }
    }
}
