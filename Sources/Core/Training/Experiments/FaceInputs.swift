// `[inputs.faces]` of an experiment: `FaceSettings` in the file's spelling.
import Base
import Faces

/// How faces are found and cut; see `FaceSettings` for what each key does.
public struct FaceInputs: Sendable, Codable, Equatable {
    public var detector = FaceSettings().detector
    public var selection = FaceSettings().selection
    public var minimumFace = FaceSettings().minimumFace
    public var pyramidFactor = FaceSettings().pyramidFactor
    public var thresholds = FaceSettings().thresholds
    public var margin = FaceSettings().margin
    public var shape = FaceSettings().shape
    public var resize = FaceSettings().resize
    public var alignment = FaceSettings().alignment
    public var smoothing = FaceSettings().smoothing
    public var smoothingRadius = FaceSettings().smoothingRadius
    public var every = FaceSettings().every
    public var missing = FaceSettings().missing

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case detector, selection, thresholds, margin, shape, resize, alignment, smoothing, every, missing
        case minimumFace = "minimum_face"
        case pyramidFactor = "pyramid_factor"
        case smoothingRadius = "smoothing_radius"
    }

    public var settings: FaceSettings {
        FaceSettings(
            detector: detector, selection: selection, minimumFace: minimumFace, pyramidFactor: pyramidFactor, thresholds: thresholds,
            margin: margin, shape: shape, resize: resize, alignment: alignment, smoothing: smoothing, smoothingRadius: smoothingRadius,
            every: every, missing: missing)
    }

    /// - Throws: `ExperimentError.outOfRange` that names the key.
    func validate() throws(ExperimentError) {
        do {
            try settings.check()
        } catch let error as FaceSettingsError {
            let key = error.field.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
            throw .outOfRange(key: "inputs.faces." + key, line: nil, value: error.value, expected: error.takes)
        } catch {
            throw .outOfRange(key: "inputs.faces", line: nil, value: "\(error)", expected: "settings that find faces")
        }
    }
}
