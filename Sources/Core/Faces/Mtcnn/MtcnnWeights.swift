// The weights of MTCNN's three networks, named as in facenet-pytorch with the network's name before them: pnet.conv1.weight ... onet.dense6_3.bias.
import Base
import Foundation
import TensorFiles
import Tensors

/// Checked weights: every name is there, every shape fits, every number is finite.
public struct MtcnnWeights: Sendable {
    /// By name, `[out, in, taps, taps]` or `[out, in]`, biases and slopes `[out]`.
    public let tensors: [String: Tensor]
    /// What the file says of its origin: `source`, `license`, `sha256`.
    public let metadata: [String: String]

    /// The file that `emolab weights import-mtcnn` writes.
    public static let fileName = "mtcnn.safetensors"

    /// The file that `$EMOLAB_MTCNN` names, seen from the working folder, else `weights/mtcnn.safetensors` in the data folder.
    public static func standardFile(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> URL {
        if let path = environment["EMOLAB_MTCNN"], !path.isEmpty { return URL(fileURLWithPath: (path as NSString).expandingTildeInPath) }
        return UserFolders.data(environment).appendingPathComponent("weights", isDirectory: true).appendingPathComponent(fileName)
    }

    /// Larger files are something else, given by mistake: the weights take 2 MB.
    static let mostBytes = 64 << 20

    /// - Throws: `MtcnnError` where a tensor is missing, has another shape or holds what is no number.
    public init(tensors: [String: Tensor], metadata: [String: String] = [:]) throws {
        var kept: [String: Tensor] = [:]
        for (name, shape) in Self.shapes {
            guard let tensor = tensors[name] else { throw MtcnnError.missing(name) }
            guard tensor.shape == shape else { throw MtcnnError.shape(name, found: tensor.shape, expected: shape) }
            guard tensor.withUnsafeBuffer({ $0.allSatisfy(\.isFinite) }) else { throw MtcnnError.notFinite(name) }
            kept[name] = tensor
        }
        self.tensors = kept
        self.metadata = metadata
    }

    /// Reads `mtcnn.safetensors`, or any file of arrays with these names.
    /// - Throws: `MtcnnError`, also for a file that cannot be read.
    public init(contentsOf url: URL) throws {
        let bytes = try MtcnnError.reading(url, mostBytes: Self.mostBytes)
        do {
            let file = try TensorFile(bytes: bytes)
            try self.init(tensors: file.arrays.filter { Self.shapes[$0.key] != nil }.mapValues(\.tensor), metadata: file.metadata)
        } catch let error as MtcnnError {
            throw MtcnnError.file(url.path, "\(error)")
        } catch {
            throw MtcnnError.file(url.path, "\(error)")
        }
    }

    /// What is in the file: name to shape.
    public static let shapes: [String: [Int]] = {
        var shapes: [String: [Int]] = [:]
        func convolution(_ name: String, _ out: Int, _ into: Int, _ taps: Int) {
            shapes[name + ".weight"] = [out, into, taps, taps]
            shapes[name + ".bias"] = [out]
        }
        func linear(_ name: String, _ out: Int, _ into: Int) {
            shapes[name + ".weight"] = [out, into]
            shapes[name + ".bias"] = [out]
        }
        func slopes(_ network: String, _ channels: [Int]) {
            for (index, count) in channels.enumerated() { shapes["\(network).prelu\(index + 1).weight"] = [count] }
        }
        convolution("pnet.conv1", 10, 3, 3)
        convolution("pnet.conv2", 16, 10, 3)
        convolution("pnet.conv3", 32, 16, 3)
        convolution("pnet.conv4_1", 2, 32, 1)
        convolution("pnet.conv4_2", 4, 32, 1)
        slopes("pnet", [10, 16, 32])
        convolution("rnet.conv1", 28, 3, 3)
        convolution("rnet.conv2", 48, 28, 3)
        convolution("rnet.conv3", 64, 48, 2)
        linear("rnet.dense4", 128, 576)
        linear("rnet.dense5_1", 2, 128)
        linear("rnet.dense5_2", 4, 128)
        slopes("rnet", [28, 48, 64, 128])
        convolution("onet.conv1", 32, 3, 3)
        convolution("onet.conv2", 64, 32, 3)
        convolution("onet.conv3", 64, 64, 3)
        convolution("onet.conv4", 128, 64, 2)
        linear("onet.dense5", 256, 1152)
        linear("onet.dense6_1", 2, 256)
        linear("onet.dense6_2", 4, 256)
        linear("onet.dense6_3", 10, 256)
        slopes("onet", [32, 64, 64, 128, 256])
        return shapes
    }()

    // MARK: Layers

    /// - Parameter pairs: for `SmallLayer.applyPair`.
    func convolution(_ name: String, slopes: String, pairs: Bool = false) -> SmallLayer { layer([name], slopes: slopes, pairs: pairs) }
    func linear(_ name: String, slopes: String) -> SmallLayer { layer([name], slopes: slopes) }
    /// Layers of the same input as one, their results one after the other.
    func joined(_ names: [String]) -> SmallLayer { layer(names, slopes: nil) }

    /// A layer's weights and biases.
    func values(_ name: String) -> (weight: [Float], bias: [Float]) { (tensors[name + ".weight"]!.values, tensors[name + ".bias"]!.values) }

    private func layer(_ names: [String], slopes: String?, pairs: Bool = false) -> SmallLayer {
        // All names are keys of `shapes`, and `init` saw that each is there.
        let weights = names.map { tensors[$0 + ".weight"]! }
        let shape = weights[0].shape
        return SmallLayer(
            weight: weights.flatMap(\.values), bias: names.flatMap { tensors[$0 + ".bias"]!.values },
            slopes: slopes.map { tensors[$0 + ".weight"]!.values }, taps: shape.count == 4 ? shape[3] : 1, inChannels: shape[1],
            pairs: pairs)
    }
}
