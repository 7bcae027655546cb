// Weights that a run never changes lie beside its checkpoint, written once: a frozen backbone is hundreds of megabytes, and the rest a few.
import Base
import Foundation
import Networks
import Records
import TensorFiles
import Tensors

/// The weights that `frozen.safetensors` holds for a run's checkpoints, by their checksums: a checkpoint names those that it leaves to the file.
struct FrozenWeights: Codable, Equatable {
    private(set) var checksums: [String: Int64] = [:]

    /// Writes the file where it is not there yet, beside `checkpoint`.
    /// - Returns: what a checkpoint of now may leave to the file: frozen weights that are still those in it, to the bit.
    mutating func kept(of store: ParameterStore, for checkpoint: URL, by files: DurableFile) throws -> FrozenWeights {
        let frozen = store.parameters.filter { !$0.isTrainable }
        guard !frozen.isEmpty else { return FrozenWeights() }
        let now = Dictionary(uniqueKeysWithValues: frozen.map { ($0.name, Self.checksum($0.value)) })
        let file = Self.file(beside: checkpoint)
        // Somebody may have deleted it; what is in memory is whole.
        if checksums.isEmpty || !DurableFile.isThere(file) {
            try files.write([Safetensors(Dictionary(uniqueKeysWithValues: frozen.map { ($0.name, $0.value) })).bytes()], to: file)
            checksums = now
        }
        return FrozenWeights(checksums: now.filter { checksums[$0.key] == $0.value })
    }

    /// The weights, each held against its checksum.
    /// - Throws: `CheckpointError.frozen`.
    func read(for checkpoint: URL, by files: DurableFile) throws -> [String: Tensor] {
        guard !checksums.isEmpty else { return [:] }
        let file = Self.file(beside: checkpoint)
        let bytes: Data
        do throws(FileFailure) { bytes = try files.read(file) } catch {
            guard error.isMissing else { throw CheckpointError.unreadable(error) }
            throw CheckpointError.frozen(checkpoint: checkpoint.path, path: file.path, detail: "it is missing")
        }
        let stored: Safetensors
        do { stored = try Safetensors(bytes: bytes) } catch {
            throw CheckpointError.frozen(checkpoint: checkpoint.path, path: file.path, detail: "\(error)")
        }
        return try checksums.reduce(into: [:]) { weights, entry in
            guard let tensor = stored[entry.key], Self.checksum(tensor) == entry.value else {
                throw CheckpointError.frozen(
                    checkpoint: checkpoint.path, path: file.path, detail: "\(entry.key) is not what it was when the run wrote it")
            }
            weights[entry.key] = tensor
        }
    }

    private static func file(beside checkpoint: URL) -> URL {
        checkpoint.deletingLastPathComponent().appendingPathComponent(RunFiles.frozen)
    }

    private static func checksum(_ tensor: Tensor) -> Int64 { tensor.withUnsafeBuffer { ContentHash.checksum(UnsafeRawBufferPointer($0)) } }
}
