// Which detector finds the faces, and what stands in where its weights are missing.
import Corpora
import Features
import Training

/// How faces are found for an experiment's inputs on this machine.
struct FacePreparation {
    let settings: PreparationSettings
    let detector: (any FaceDetector)?
    /// For reports: `mtcnn`, or `centred-square` with the reason.
    let words: String

    init(_ inputs: InputSettings) {
        settings = inputs.preparation
        detector = nil
        words = settings.faces.detector.rawValue
    }

    /// Says on stderr what stands in for what was asked for.
    func tell() {}
}
