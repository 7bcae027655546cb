// MTCNN's weights as facenet-pytorch ships them: pnet.pt, rnet.pt and onet.pt, in its wheel or in a folder, in PyTorch's legacy format.
import Foundation
import TensorFiles
import Tensors

/// Brings weights into a file of our own. Nothing of the wheel is run.
public enum MtcnnImport {
    private static let networks = ["pnet", "rnet", "onet"]
    private static let folderInWheel = "facenet_pytorch/data/"

    /// Checked weights from a wheel, or from a folder with the three files.
    /// - Throws: `MtcnnError` that names the file and what is wrong with it.
    public static func weights(from url: URL) throws -> MtcnnWeights {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw MtcnnError.file(url.path, "there is no such file or folder")
        }
        return try isFolder.boolValue ? fromFolder(url) : fromWheel(url)
    }

    private static func fromFolder(_ folder: URL) throws -> MtcnnWeights {
        var tensors: [String: Tensor] = [:]
        for network in networks {
            let url = folder.appendingPathComponent(network + ".pt")
            let bytes = try MtcnnError.reading(url, mostBytes: MtcnnWeights.mostBytes)
            do { tensors.merge(try arrays(network, bytes)) { _, new in new } } catch { throw MtcnnError.file(url.path, "\(error)") }
        }
        return try checked(tensors, source: "pnet.pt, rnet.pt and onet.pt", about: folder)
    }

    private static func fromWheel(_ url: URL) throws -> MtcnnWeights {
        let bytes = try MtcnnError.reading(url, mostBytes: MtcnnWeights.mostBytes)
        if let what = TensorFile.foreign(bytes) { throw MtcnnError.file(url.path, "it is \(what)") }
        do {
            let wheel = try ZipMembers(bytes: bytes)
            var tensors: [String: Tensor] = [:]
            for network in networks {
                tensors.merge(try arrays(network, try wheel.data(of: "\(folderInWheel)\(network).pt"))) { _, new in new }
            }
            // facenet_pytorch-2.6.0.dist-info/METADATA
            let version = wheel.names.lazy.compactMap {
                $0.wholeMatch(of: /facenet_pytorch-([0-9][0-9A-Za-z.]{0,15})\.dist-info\/METADATA/)?.1
            }.first
            return try checked(tensors, source: "the wheel facenet-pytorch \(version ?? "of unknown version")", about: url)
        } catch let error as MtcnnError {
            throw error
        } catch TensorFileError.missing(let name) {
            throw MtcnnError.file(url.path, "there is no \(name) in it: it is not the wheel of facenet-pytorch")
        } catch {
            throw MtcnnError.file(url.path, "\(error)")
        }
    }

    private static func arrays(_ network: String, _ bytes: Data) throws -> [String: Tensor] {
        let file = try TensorFile(bytes: bytes)
        return Dictionary(
            file.arrays.sorted { $0.key < $1.key }.map { ("\(network).\(WeightNames.bare($0.key))", $0.value.tensor) },
            uniquingKeysWith: { first, _ in first })
    }

    private static func checked(_ tensors: [String: Tensor], source: String, about url: URL) throws -> MtcnnWeights {
        do {
            let weights = try MtcnnWeights(
                tensors: tensors,
                metadata: ["format": "MTCNN weights of facenet-pytorch 1", "source": source, "license": "MIT (facenet-pytorch)"])
            try MtcnnSelfCheck.run(weights)
            return weights
        } catch let error as MtcnnError {
            throw MtcnnError.file(url.path, "\(error)")
        }
    }

    /// Writes the file as a whole or not at all, and its folder where there is none.
    public static func write(_ weights: MtcnnWeights, to url: URL) throws {
        do {
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Safetensors(weights.tensors, metadata: weights.metadata).write(to: url, permissions: 0o666)
        } catch { throw MtcnnError.file(url.path, "it cannot be written: \(error.localizedDescription)") }
    }
}
