// What tests of faces share: MTCNN's weights where this machine has them, and facenet-pytorch's answers.
import Base
import Faces
import Foundation
import Media
import TensorFiles
import Tensors
import TestSupport

enum Reference {
    /// `make test` names the file; without it the user's own is looked for.
    static let weightsFile: URL? = {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["XDG_DATA_HOME"] ?? (environment["HOME"] ?? "") + "/.local/share"
        let paths = [environment["EMOLAB_MTCNN"], home + "/emolab/weights/mtcnn.safetensors"].compactMap(\.self)
        return paths.first { FileManager.default.fileExists(atPath: $0) }.map { URL(fileURLWithPath: $0) }
    }()

    static let hasWeights = weightsFile != nil
    static let reason = "MTCNN's weights are not here: scripts/fetch-mtcnn gets them"

    static func weights() throws -> MtcnnWeights { try MtcnnWeights(contentsOf: weightsFile ?? URL(fileURLWithPath: "/nonexistent")) }

    static func picture(_ name: String) throws -> Picture {
        try VideoDecoder.pictures(of: Fixtures.url("faces/\(name).png"), count: 1)[0]
    }

    static func values() throws -> Safetensors { try Safetensors(contentsOf: Fixtures.url("faces/faces.safetensors")) }

    /// A picture that is stored as `[height, width, 3]`.
    static func stored(_ name: String) throws -> Picture {
        guard let entry = try values().entries[name] else { throw MtcnnError.missing(name) }
        return Picture(width: entry.shape[1], height: entry.shape[0], pixels: Array(entry.data))
    }

    /// Weights of the right names and shapes that nobody trained.
    static func untrained(seed: UInt64 = 3) throws -> MtcnnWeights {
        var stream = RandomStream(seed: seed, name: "untrained"), tensors: [String: Tensor] = [:]
        for (name, shape) in MtcnnWeights.shapes.sorted(by: { $0.key < $1.key }) { tensors[name] = stream.normal(shape, deviation: 0.1) }
        return try MtcnnWeights(tensors: tensors)
    }
}
