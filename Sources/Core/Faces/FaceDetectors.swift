import Foundation

/// Advice on detectors. Which one finds the faces of clips is decided by `FacePreparation`.
public enum FaceDetectors {
    /// What to do where the weights are missing, for one line on stderr.
    public static let adviceOnMissingWeights =
        "MTCNN's weights are missing: `pip download --no-deps facenet-pytorch`, then `emolab weights import-mtcnn facenet_pytorch-*.whl`"
}
