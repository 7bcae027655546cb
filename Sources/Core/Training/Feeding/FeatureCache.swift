// What a frozen video encoder makes of clips, computed at the first look and kept: later epochs only train what lies above.
import Base
import Foundation
import Networks
import Records
import Synchronization
import Tensors

/// Features by clip, in memory up to a limit. Filled by the trainer, read by the queue that makes batches.
package final class FeatureCache: Sendable {
    private struct State {
        var tokens: [String: Tensor] = [:]
        var bytes = 0
        var computed = 0
    }

    private let state = Mutex(State())
    /// False where features are computed anew each time; the results are the same.
    private let keeps: Bool
    private let limit: Int

    /// - Parameter limit: bytes; features beyond it are computed each time.
    package init(keeps: Bool = true, limit: Int = MachineMemory.current.bytes / 8) {
        self.keeps = keeps
        self.limit = limit
    }

    /// Clips whose features were computed, each time counted.
    package var computed: Int { state.withLock(\.computed) }
    package var bytes: Int { state.withLock(\.bytes) }

    /// The features of these clips, `[batch, tokens, width]`; nil unless all are known.
    package func tokens(of clips: [String]) -> Tensor? {
        let known = state.withLock { state in clips.compactMap { state.tokens[$0] } }
        return known.count == clips.count ? .concatenated(known, axis: 0) : nil
    }

    /// The same, with what is not known computed. Each clip goes through the encoder by itself, so that its features never depend on the batch
    /// in which it came first.
    package func tokens(of clips: [String], pictures: Tensor, by encode: (Tensor) -> Tensor) -> Tensor {
        let known = state.withLock { state in clips.map { state.tokens[$0] } }
        let tokens = clips.indices.map { index in
            if let tokens = known[index] { return tokens }
            let fresh = encode(pictures.sliced(axis: 0, from: index, to: index + 1)).detached()
            state.withLock { state in
                state.computed += 1
                let size = fresh.count * MemoryLayout<Float>.size
                guard keeps, state.tokens[clips[index]] == nil, state.bytes + size <= limit else { return }
                state.tokens[clips[index]] = fresh
                state.bytes += size
            }
            return fresh
        }
        return .concatenated(tokens, axis: 0)
    }
}

extension TrainingBatch {
    /// Names under which a cache has the batch's clips.
    package var featureKeys: [String] { FeatureCache.keys(items, domains) }
}

extension FeatureCache {
    package static func keys(_ items: [ClipItem], _ domains: [Domain]) -> [String] {
        zip(items, domains).map { $1.rawValue + "/" + $0.name }
    }
}

extension AugmentationSettings {
    /// True where pictures of training clips differ from epoch to epoch.
    package var changesPictures: Bool {
        enabled
            && (mirror || brightness > 0 || contrast > 0 || saturation > 0 || crop < 1 || jitter > 0 || rotation > 0 || modalityDropout > 0)
    }
}
