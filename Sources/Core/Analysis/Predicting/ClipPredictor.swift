// A trained model asked about any file: prepared exactly as the run's own clips were, then through the network.
import Corpora
import Faces
import Foundation
import Inputs
import Media
import Networks
import Tensors
import Training

/// What a model says of one clip or one window, and what it had to go by.
public struct ClipVerdict: Sendable, Equatable {
    /// One a label; they add up to 1.
    public var probabilities: [Float]
    /// Index of the most probable label, the first of equals.
    public var predicted: Int
    /// Seconds of the clip.
    public var duration: Double
    /// Whether voice activity found speech; nil where sound is not asked for.
    public var hasSpeech: Bool?
    /// Pictures that the model saw, and those with a face that was found; nil where pictures are not asked for.
    public var frames, faces: Int?
    /// What a reader should know before believing it.
    public var warnings: [PredictionWarning]
}

/// What makes a prediction less to be trusted.
public enum PredictionWarning: Sendable, Hashable, CustomStringConvertible {
    /// Voice activity found none: nothing was cut off.
    case noSpeech
    /// No face in so many of the pictures: the centred square stands in.
    case noFace(Int, of: Int)
    /// The sound is longer than the seconds that fit the model's spectrogram.
    case onlyTheMiddle(seconds: Double)
    /// All clips are prepared in a way that a reader should know of.
    case preparation(String)
    /// The model's own weights are not what they should be.
    case weights(String)

    /// Whether it holds for whatever the model is asked about, so that once is enough to say it.
    public var isOfAllClips: Bool {
        switch self {
        case .preparation, .weights: true
        default: false
        }
    }
    /// What is odd about the file itself.
    case file(String)

    public var description: String {
        switch self {
        case .noSpeech: "no speech found, all of the sound was used"
        case .noFace(let without, let all): "no face in \(without) of \(all) pictures, their middle was used"
        case .onlyTheMiddle(let seconds):
            "the model hears \(String(format: "%.1f", seconds)) s at most: only the middle of the speech was used"
        case .preparation(let words), .weights(let words): words
        case .file(let words): words
        }
    }
}

/// One window of a longer recording; without a verdict where it holds nothing that the model could go by.
public struct WindowVerdict: Sendable, Equatable {
    /// Seconds from the recording's beginning.
    public var seconds: Range<Double>
    public var verdict: ClipVerdict?
}

/// Milliseconds that one file took, by stage; stages of two threads add up to more than passes on the clock.
public struct PredictionTiming: Sendable, Codable, Equatable {
    /// On the clock.
    public var total: Double
    /// Decoding pictures.
    public var decode: Double
    /// Waiting for faces to be found after the last picture was decoded, and cutting them.
    public var faces: Double
    /// Decoding sound, its spectrogram and voice activity.
    public var sound: Double
    public var model: Double
}

public final class ClipPredictor {
    public let model: TrainedModel
    public let preparer: Preparer
    /// What matrix products compute in.
    public let precision: Precision
    /// Whether weights are kept as the processor wants them.
    private let isFast: Bool
    /// Threads that prepare a file; the network's are `Libraries.threads`.
    public let threads: Int
    /// What holds for every answer, e.g. that squares stand in for faces.
    public let warnings: [PredictionWarning]

    /// - Parameter precision: what matrix products compute in; the run's own where it is nil, which gives the answers of the run's evaluation. Asked
    ///   for by name, bfloat16 is for speed: weights are worked together where that is exact on paper, and answers are near those.
    /// - Throws: `PreparationMismatch` where clips cannot be prepared as in training, `MtcnnError` where the detector's weights are damaged, `MediaError` for impossible settings.
    public init(_ model: TrainedModel, precision: Precision? = nil, threads: Int = 1) throws {
        (self.model, self.precision, self.threads) = (model, precision ?? model.precision, max(1, threads))
        isFast = precision == .bfloat16
        let faces = try FacePreparation(like: model.preparation)
        warnings = [model.warning.map { .weights($0) }, faces.warning.map { .preparation($0) }].compactMap(\.self)
        preparer = try Preparer(faces)
        if isFast { model.freeze() }
    }

    /// The file as one clip.
    /// - Throws: `MediaError` where the file cannot be used, or lacks what the model asks for.
    public func verdict(on file: URL) throws -> ClipVerdict {
        try verdict(on: [prepared(file)])[0]
    }

    /// The file as one clip, and how long each stage took.
    public func timedVerdict(on file: URL) throws -> (verdict: ClipVerdict, timing: PredictionTiming) {
        let start = DispatchTime.now().uptimeNanoseconds
        _ = preparer.takeStages()
        let clip = try prepared(file)
        let stages = preparer.takeStages()
        let before = DispatchTime.now().uptimeNanoseconds
        let verdict = try verdict(on: [clip])[0]
        let end = DispatchTime.now().uptimeNanoseconds
        func milliseconds(_ stage: PreparationStage...) -> Double { stage.reduce(0) { $0 + (stages[$1] ?? 0) } * 1e3 }
        let timing = PredictionTiming(
            total: Double(end - start) * 1e-6, decode: milliseconds(.pictures), faces: milliseconds(.faces),
            sound: milliseconds(.sound, .spectrum), model: Double(end - before) * 1e-6)
        return (verdict, timing)
    }

    /// What training would make of the file.
    public func prepared(_ file: URL, sound: Bool = false) throws -> PreparedClip {
        let clip = Clip(
            name: file.lastPathComponent, corpus: "", speaker: "", emotion: "", video: model.sees ? file.path : nil,
            audio: model.hears ? file.path : nil)
        return try preparer.prepared(clip, sound: sound, threads: threads)
    }

    /// Window after window of a long recording, which is decoded once.
    /// - Parameters:
    ///   - warnings: takes what a person should know of the file.
    ///   - body: takes each window, in order, and how many there are; says whether to go on.
    public func forEachWindow(
        of file: URL, _ windows: WindowSettings, warnings: MediaWarnings? = nil, _ body: (WindowVerdict, _ count: Int) throws -> Bool
    ) throws {
        // A few at a time: one product of many rows costs less than many of few.
        let together = 4
        var waiting: [MediaWindow] = [], count = 0
        func answer() throws -> Bool {
            let whole = waiting.filter { $0.clip.map(hasEnough) ?? false }
            var verdicts = try verdict(on: whole.compactMap(\.clip))[...]
            defer { waiting = [] }
            for window in waiting {
                let isWhole = window.clip.map(hasEnough) ?? false
                guard try body(WindowVerdict(seconds: window.seconds, verdict: isWhole ? verdicts.removeFirst() : nil), count) else {
                    return false
                }
            }
            return true
        }
        try preparer.forEachWindow(of: file, sound: model.hears, pictures: model.sees, windows, threads: threads, warnings: warnings) {
            waiting.append($0)
            count = $1
            return waiting.count < together ? true : try answer()
        }
        _ = try answer()
    }

    private func hasEnough(_ clip: PreparedClip) -> Bool { (clip.hasAudio || !model.hears) && (clip.hasVideo || !model.sees) }

    /// In batches as they are given, whose make-up changes no clip's answer.
    func verdict(on clips: [PreparedClip]) throws -> [ClipVerdict] {
        guard !clips.isEmpty else { return [] }
        let probabilities = try model.probabilities(of: clips, precision: precision, keepsPackedWeights: isFast)
        return zip(clips, probabilities).map { clip, probabilities in
            ClipVerdict(
                probabilities: probabilities, predicted: probabilities.firstLargest, duration: clip.duration,
                hasSpeech: model.hears ? clip.hasSpeech : nil, frames: model.sees ? clip.frames : nil,
                faces: model.sees ? clip.faces.count { !$0.isFallback } : nil, warnings: warnings(about: clip))
        }
    }

    private func warnings(about clip: PreparedClip) -> [PredictionWarning] {
        var warnings = self.warnings + clip.warnings.map { .file($0) }
        let inputs = model.experiment.inputs
        if model.hears {
            if inputs.trimSilence, !clip.hasSpeech { warnings.append(.noSpeech) }
            let heard = Double(inputs.melFrames * inputs.hopLength) / Double(inputs.sampleRate)
            if clip.soundFrames == inputs.melFrames, clip.duration > heard { warnings.append(.onlyTheMiddle(seconds: heard)) }
        }
        // Where squares were asked for, nobody looked for faces.
        if model.sees, preparer.settings.faces.detector != .centredSquare {
            let without = clip.faces.count { $0.isFallback }
            if without > 0 { warnings.append(.noFace(without, of: clip.faces.count)) }
        }
        return warnings
    }
}

extension TrainedModel {
    /// What it asks of a clip.
    public var hears: Bool { experiment.model.modalities != .video }
    public var sees: Bool { experiment.model.modalities != .audio }

    /// For a model that will only answer: adapters become part of the weights they adapt, products of frozen weights are made once, and weights
    /// are laid out for the processor once. Probabilities change by rounding alone.
    func freeze() {
        store.mergeAdapters()
        for parameter in store.parameters { parameter.isTrainable = false }
    }

    /// One row a clip, which was prepared with this model's settings.
    /// - Throws: `BatchError` where it was not.
    func probabilities(of clips: [PreparedClip], precision: Precision? = nil, keepsPackedWeights: Bool = false) throws -> [[Float]] {
        let batch = try batch(of: clips)
        let context = Context.inference(precision: precision ?? self.precision, keepsPackedWeights: keepsPackedWeights)
        return network(batch.input, context).logits.softmax().rows
    }

    func batch(of clips: [PreparedClip]) throws -> TrainingBatch {
        let batcher = Batcher(inputs: experiment.inputs, model: experiment.model, preparation: preparation)
        return try batcher.assemble(clips.map { (ClipItem(name: "clip", speaker: "", label: 0), .source, normalised($0)) })
    }
}

extension [Float] {
    /// Index of the largest, the first of equals; 0 where there is none.
    var firstLargest: Int { indices.reduce(0) { self[$1] > self[$0] ? $1 : $0 } }
}
