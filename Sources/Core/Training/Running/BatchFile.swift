// A batch that no step could be taken with, kept for whoever wants to see why.
import Foundation
import TensorFiles
import Tensors

enum BatchFile {
    /// A run that goes wrong at every step must not fill the disk.
    static let most = 5

    static func name(step: Int) -> String { "bad-batch-\(step).safetensors" }

    /// Writes what the network was given: `mel`, `pictures` or `video_tokens`, and `labels` (-1: hidden); clips and domains are in the metadata.
    /// - Returns: the file's name; nil where the folder holds enough of them.
    static func write(_ batch: TrainingBatch, labels: [Int], step: Int, reason: String, to folder: URL) throws -> String? {
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasPrefix("bad-batch-") && $0.hasSuffix(".safetensors")
        }
        let file = name(step: step)
        guard kept.count < most || kept.contains(file) else { return nil }
        var tensors: [String: Tensor] = [:]
        tensors["mel"] = batch.input.mel
        tensors["pictures"] = batch.input.pictures
        tensors["video_tokens"] = batch.input.videoTokens
        var stored = Safetensors(
            tensors,
            metadata: [
                "emolab.clips": batch.items.map(\.name).joined(separator: "\n"),
                "emolab.domains": batch.domains.map(\.rawValue).joined(separator: "\n"),
                "emolab.step": "\(step)", "emolab.reason": reason,
            ])
        stored.set("labels", integers: labels)
        try stored.write(to: folder.appendingPathComponent(file))
        return file
    }
}
