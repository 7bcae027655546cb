// What the model says where less is left of a clip: one modality alone, or one picture held through all frames.
import Inputs
import Records

extension ClipExplainer {
    /// Probabilities of the clip as it is, one a label: a single pass, for what cannot wait for more.
    public func probabilities(of clip: PreparedClip) throws -> [Double] { try model.probabilities(of: [clip])[0].short }

    /// Whether the model has two modalities, so that one can be taken away.
    public var canSeparate: Bool { model.hears && model.sees }

    /// Adds what the model says of the sound alone (pictures in the clip's mean colour) and of the pictures alone (the spectrogram at its mean), as
    /// `withoutAll` has it, all classes.
    public func addAlone(_ clip: PreparedClip, to explanation: inout Explanation) throws {
        guard canSeparate else { return }
        let occlusion = Occlusion(clip: clip, patch: model.experiment.model.video.patch)
        let answers = try model.probabilities(of: [
            occlusion.withoutPictures(colour: occlusion.meanColour), occlusion.withoutSound(0..<clip.soundFrames),
        ])
        explanation.sound?.alone = answers[0].short
        explanation.pictures?.alone = answers[1].short
    }

    /// Adds what the model says where each picture stands through the whole clip, the sound as it is: what that moment alone would make it say.
    /// - Parameter goesOn: asked after every pass with the share that is done; false ends it and adds nothing.
    public func addHeld(_ clip: PreparedClip, to explanation: inout Explanation, goesOn: (Double) -> Bool = { _ in true }) throws {
        guard model.sees, clip.frames > 1 else { return }
        let occlusion = Occlusion(clip: clip, patch: model.experiment.model.video.patch)
        var answers: [[Double]] = []
        for frame in 0..<clip.frames {
            answers.append(try model.probabilities(of: [occlusion.holding(frame)])[0].short)
            guard goesOn(Double(frame + 1) / Double(clip.frames)) else { return }
        }
        explanation.pictures?.held = answers
    }
}
