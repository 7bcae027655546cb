// Predictions and explanations of trained networks whose clips are known down to the last number.
import Corpora
import Foundation
import Records
import Tensors
import Testing

@testable import Analysis
@testable import Training

@Suite("Predicting and explaining")
struct ExplainerTests {
    /// A run on the synthetic clips, its weights, and what it said of its validation clips in the best epoch.
    private func trained(_ change: (inout Experiment) -> Void = { _ in }, in folder: URL) throws -> (
        model: TrainedModel, answers: [Answer]
    ) {
        var experiment = Synthetic.experiment()
        experiment.adaptation.method = .none
        experiment.training.epochs = 6
        change(&experiment)
        let (_, events) = try Synthetic.run(experiment, in: folder)
        let best = try #require(events.report?.bestEpoch)
        let answers = events.flatMap { if case .answers(best, let all) = $0 { all } else { [Answer]() } }
        return (try TrainedModel(folder.appendingPathComponent(RunFiles.best)), answers)
    }

    private static let validation = Synthetic.data().sourceValidation

    @Test("Asked about a clip alone, a model says what the run's evaluation said of it, whatever it fuses")
    func sameAsEvaluation() throws {
        for kind in ModelSettings.FusionSettings.Kind.allCases {
            try Synthetic.inFolder { folder in
                let (model, answers) = try trained({ $0.model.fusion.kind = kind }, in: folder)
                let predictor = try ClipPredictor(model)
                for (index, item) in Self.validation.items.enumerated() {
                    let verdict = try predictor.verdict(on: [try Self.validation.load(index)])[0]
                    let told = try #require(answers.first { $0.clip == item.name && $0.part == .sourceValidation })
                    #expect(
                        zip(verdict.probabilities, told.probabilities).allSatisfy { abs($0 - $1) < 1e-6 }
                            && verdict.predicted == told.probabilities.mostProbable)
                }
            }
        }
    }

    @Test("With bf16 and weights worked together, answers are near those in f32")
    func lowPrecision() throws {
        try Synthetic.inFolder { folder in
            let (model, _) = try trained(in: folder)
            let clips = try Self.validation.items.indices.map { try Self.validation.load($0) }
            let exact = try ClipPredictor(model).verdict(on: clips)
            let near = try ClipPredictor(TrainedModel(model.file), precision: .bfloat16).verdict(on: clips)
            #expect(zip(exact, near).allSatisfy { zip($0.probabilities, $1.probabilities).allSatisfy { abs($0 - $1) < 0.05 } })
        }
    }

    @Test("A network that goes by one quarter of the picture loses its answer with that quarter")
    func patches() throws {
        try Synthetic.inFolder { folder in
            let (model, _) = try trained(
                {
                    $0.model.modalities = .video; $0.training.epochs = 12
                }, in: folder)
            let explainer = ClipExplainer(model)
            var hits = 0, asked = 0
            for (index, item) in Self.validation.items.enumerated() {
                let explanation = try explainer.explanation(of: try Self.validation.load(index), name: item.name, truth: item.label)
                let pictures = try #require(explanation.pictures), drops = try #require(pictures.patchDrops)
                #expect(
                    pictures.rows == 2 && pictures.columns == 2 && drops.count == 4 && explanation.sound == nil
                        && explanation.crossModal.isEmpty)
                #expect(abs(pictures.fromClipToken + pictures.frames.reduce(0, +) - 1) < 1e-3)
                #expect(pictures.frames.count == 2 && pictures.frameDrops?.count == 2 && pictures.temporal.allSatisfy { $0.count == 2 })
                guard explanation.predicted == item.label else { continue }
                asked += 1
                // Class k lights the k-th quarter.
                if drops.firstIndex(of: drops.max() ?? 0) == item.label { hits += 1 }
            }
            #expect(asked >= 10 && hits * 10 >= asked * 8, "\(hits) of \(asked)")
        }
    }

    @Test("A network that goes by a tone loses its answer where the tone is silenced, and nowhere else so much")
    func sound() throws {
        try Synthetic.inFolder { folder in
            let (model, _) = try trained(
                {
                    $0.model.modalities = .audio; $0.training.epochs = 12
                }, in: folder)
            let explainer = ClipExplainer(model)
            for label in 0..<4 {
                // The class's tone in columns 6 to 9 of 12 alone; elsewhere the bands are alike.
                var clip = try Self.validation.load(label)
                clip.firstSoundFrame = 2
                clip.soundFrames = 12
                clip.mel = (0..<8 * 16).map { cell in
                    let (band, frame) = (cell / 16, cell % 16 - 2)
                    return (6..<10).contains(frame) ? (band / 2 == label ? 3 : -1) : 0
                }
                let explanation = try explainer.explanation(of: clip, name: "tone", truth: label)
                let heard = try #require(explanation.sound), occlusion = try #require(heard.occlusion)
                #expect(explanation.pictures == nil && heard.attentionFrom == .encoder && heard.borders.count == 7)
                #expect(abs((heard.attention ?? []).reduce(0, +) - 1) < 1e-3)
                guard explanation.predicted == label else { continue }
                let inside = occlusion.drops[3...4].max() ?? 0, outside = (occlusion.drops[..<2] + occlusion.drops[5...]).max() ?? 1
                #expect(inside > outside, "\(occlusion.drops)")
            }
        }
    }

    @Test("Cross-modal maps have rows that add up to 1; pooled models, early and late fusion say that they have none")
    func crossModal() throws {
        let clip = try Self.validation.load(0)
        for (tokens, kind) in [
            (ModelSettings.Tokens.sequence, ModelSettings.FusionSettings.Kind.middle), (.patches, .middle), (.pooled, .middle),
            (.sequence, .early), (.sequence, .late),
        ] {
            try Synthetic.inFolder { folder in
                let (model, _) = try trained(
                    {
                        $0.model.tokens = tokens; $0.model.fusion.kind = kind; $0.training.epochs = 1
                    }, in: folder)
                let explanation = try ClipExplainer(model).explanation(of: clip, name: "clip")
                let steps = (explanation.sound?.borders.count ?? 1) - 1
                #expect(steps == clip.soundFrames / 2)
                if kind == .middle, tokens != .pooled {
                    #expect(explanation.crossModal.count == 2)
                    for stage in explanation.crossModal {
                        #expect(stage.soundToPictures.count == steps && stage.picturesToSound.count == 2)
                        #expect(stage.soundToPictures.allSatisfy { $0.count == 2 && abs($0.reduce(0, +) - 1) < 1e-3 })
                        #expect(stage.picturesToSound.allSatisfy { $0.count == steps && abs($0.reduce(0, +) - 1) < 1e-3 })
                    }
                    #expect(explanation.sound?.attentionFrom == .pictures && explanation.notes.contains { $0.contains("pooling") })
                } else {
                    #expect(explanation.crossModal.isEmpty && explanation.notes.contains { $0.contains("cross-modal") })
                    #expect(explanation.sound?.attentionFrom == .encoder)
                }
                let data = try JSONEncoder().encode(explanation)
                #expect(try JSONDecoder().decode(Explanation.self, from: data) == explanation && data.count < 8192)
            }
        }
    }

    @Test("Without a mask the part of the attention that lies on padding is left out and told")
    func padding() throws {
        try Synthetic.inFolder { folder in
            let (model, _) = try trained(
                {
                    $0.model.mask = false; $0.model.modalities = .audio; $0.training.epochs = 1
                }, in: folder)
            let explanation = try ClipExplainer(model).explanation(of: try Self.validation.load(0), name: "clip")
            let sum = (explanation.sound?.attention ?? []).reduce(0, +)
            #expect(sum < 1 && sum > 0.2 && explanation.notes.contains { $0.contains("padding") })
        }
    }

    @Test("Each modality is asked alone with all its classes, and each picture alone through the whole clip")
    func alone() throws {
        try Synthetic.inFolder { folder in
            let (model, _) = try trained({ $0.training.epochs = 8 }, in: folder)
            let explainer = ClipExplainer(model), clip = try Self.validation.load(0)
            var explanation = try explainer.explanation(of: clip, name: "clip", truth: 0)
            let predicted = explanation.predicted, before = explanation.probabilities[predicted]
            let sound = try #require(explanation.sound), pictures = try #require(explanation.pictures)
            // The same passes as the losses of everything: alone without pictures is what is left after that loss.
            #expect(abs(before - (sound.alone?[predicted] ?? 9) - (pictures.withoutAll ?? 9)) < 3e-5)
            #expect(abs(before - (pictures.alone?[predicted] ?? 9) - (sound.withoutAll ?? 9)) < 3e-5)
            try explainer.addHeld(clip, to: &explanation)
            let held = try #require(explanation.pictures?.held)
            #expect(held.count == clip.frames && held.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-4 })
            // A clip whose pictures are all the same says what it said.
            var still = clip
            let bytes = clip.size * clip.size * 3
            still.pictures = Array((0..<clip.frames).map { _ in clip.pictures[..<bytes] }.joined())
            #expect(zip(try explainer.probabilities(of: still), held[0]).allSatisfy { abs($0 - $1) < 1e-4 })
            var ended = explanation
            ended.pictures?.held = nil
            try explainer.addHeld(clip, to: &ended) { _ in false }
            #expect(ended.pictures?.held == nil)
        }
        try Synthetic.inFolder { folder in
            let (model, _) = try trained(
                {
                    $0.model.modalities = .audio; $0.training.epochs = 1
                }, in: folder)
            var explanation = try ClipExplainer(model).explanation(of: try Self.validation.load(0), name: "clip")
            try ClipExplainer(model).addHeld(try Self.validation.load(0), to: &explanation)
            #expect(explanation.sound?.alone == nil && explanation.pictures == nil && !ClipExplainer(model).canSeparate)
        }
    }

    @Test("Occlusion can be left out, and its progress ends at one")
    func settings() throws {
        try Synthetic.inFolder { folder in
            let (model, _) = try trained({ $0.training.epochs = 1 }, in: folder)
            var settings = ExplanationSettings()
            settings.spans = 3
            var shares: [Double] = []
            let clip = try Self.validation.load(0)
            let whole = try ClipExplainer(model, settings).explanation(of: clip, name: "clip") { shares.append($0) }
            #expect(shares.last == 1 && shares == shares.sorted() && (whole.sound?.occlusion?.drops.count ?? 9) <= 3)
            settings.occludes = false
            let quick = try ClipExplainer(model, settings).explanation(of: clip, name: "clip")
            #expect(
                quick.agreements.isEmpty && quick.sound?.occlusion == nil && quick.pictures?.patchDrops == nil
                    && quick.probabilities == whole.probabilities)
        }
    }
}
