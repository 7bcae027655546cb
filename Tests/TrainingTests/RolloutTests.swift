// Attention rollout over divided space-time attention, and the rank correlation that it is judged by.
import Base
import Foundation
import Tensors
import Testing

@testable import Analysis

@Suite("Attention rollout")
struct RolloutTests {
    private let frames = 3, patches = 4

    private func identity(_ groups: Int, _ side: Int) -> [Float] {
        (0..<groups * side * side).map { $0 % (side * side) / side == $0 % side ? 1 : 0 }
    }

    /// Rows of random positive numbers that add up to 1.
    private func random(_ groups: Int, _ side: Int, _ stream: inout RandomStream) -> [Float] {
        var values: [Float] = []
        for _ in 0..<groups * side {
            let row = (0..<side).map { _ in exp(stream.normal()) }, sum = row.reduce(0, +)
            values += row.map { $0 / sum }
        }
        return values
    }

    private func randomRollout(layers: Int, seed: UInt64 = 3) -> AttentionRollout {
        var stream = RandomStream(seed: seed, name: "rollout")
        return AttentionRollout(
            frames: frames, patches: patches,
            layers: (0..<layers).map { _ in
                DividedAttention(spatial: random(frames, 1 + patches, &stream), temporal: random(patches, frames, &stream))
            })
    }

    @Test("The input's shares add up to the output's, and none is negative, however many layers")
    func sums() {
        for layers in [0, 1, 2, 7] {
            for start in [TokenWeights.uniform(frames: frames, patches: patches, withClip: true), .frame(1, of: frames, patches: patches)] {
                let weights = randomRollout(layers: layers).weights(of: start)
                #expect(abs(weights.sum - 1) < 1e-6)
                #expect(weights.clip >= 0 && weights.patches.joined().allSatisfy { $0 >= 0 })
            }
        }
    }

    @Test("Where every token attends to itself alone, an output comes from its own place, whatever the depth")
    func identityStays() {
        let layer = DividedAttention(spatial: identity(frames, 1 + patches), temporal: identity(patches, frames))
        let rollout = AttentionRollout(frames: frames, patches: patches, layers: [layer, layer, layer])
        let start = TokenWeights.frame(2, of: frames, patches: patches)
        #expect(rollout.weights(of: start) == start)
        let all = TokenWeights.uniform(frames: frames, patches: patches, withClip: true)
        let back = rollout.weights(of: all)
        #expect(abs(back.clip - all.clip) < 1e-12 && zip(back.patches.joined(), all.patches.joined()).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test("Where every token attends to all alike, no patch and no frame stands out")
    func uniformStays() {
        let layer = DividedAttention(
            spatial: [Float](repeating: 1 / Float(1 + patches), count: frames * (1 + patches) * (1 + patches)),
            temporal: [Float](repeating: 1 / Float(frames), count: patches * frames * frames))
        let rollout = AttentionRollout(frames: frames, patches: patches, layers: [layer, layer])
        for withClip in [true, false] {
            let weights = rollout.weights(of: .uniform(frames: frames, patches: patches, withClip: withClip))
            let values = weights.patches.flatMap { $0 }
            #expect(values.allSatisfy { abs($0 - values[0]) < 1e-7 } && values[0] > 0)
        }
    }

    @Test("One layer's weights are its attention's, half of them passed by: over time to other frames, over space within the frame")
    func oneLayer() {
        // Over time, everything attends to frame 0; over space, to the clip's token.
        let spatial = (0..<frames * (1 + patches) * (1 + patches)).map { $0 % (1 + patches) == 0 ? Float(1) : 0 }
        let temporal = (0..<patches * frames * frames).map { $0 % frames == 0 ? Float(1) : 0 }
        let rollout = AttentionRollout(frames: frames, patches: patches, layers: [DividedAttention(spatial: spatial, temporal: temporal)])
        let weights = rollout.weights(of: .frame(2, of: frames, patches: patches))
        // Half goes to the clip's token over space; of the other half, half goes to frame 0 over time.
        #expect(abs(weights.clip - 0.5) < 1e-9)
        #expect(zip(weights.frames, [0.25, 0, 0.25]).allSatisfy { abs($0 - $1) < 1e-9 })
    }

    @Test("Taking a row through equals multiplying the matrices over all tokens, as the paper does")
    func matrices() {
        let rollout = randomRollout(layers: 3), n = 1 + patches * frames
        func place(_ frame: Int, _ patch: Int) -> Int { 1 + frame * patches + patch }
        /// (A + I) / 2 over all tokens.
        func space(_ layer: DividedAttention) -> [[Double]] {
            var m = (0..<n).map { row in (0..<n).map { $0 == row ? 0.5 : 0 } }
            for frame in 0..<frames {
                for row in 0...patches {
                    let from = row == 0 ? 0 : place(frame, row - 1), share = row == 0 ? 0.5 / Double(frames) : 0.5
                    for column in 0...patches {
                        let value = Double(layer.spatial[(frame * (1 + patches) + row) * (1 + patches) + column])
                        m[from][column == 0 ? 0 : place(frame, column - 1)] += share * value
                    }
                }
            }
            return m
        }
        func time(_ layer: DividedAttention) -> [[Double]] {
            var m = (0..<n).map { row in (0..<n).map { $0 == row ? (row == 0 ? 1 : 0.5) : 0 } }
            for patch in 0..<patches {
                for a in 0..<frames {
                    for b in 0..<frames {
                        m[place(a, patch)][place(b, patch)] += 0.5 * Double(layer.temporal[(patch * frames + a) * frames + b])
                    }
                }
            }
            return m
        }
        func times(_ row: [Double], _ m: [[Double]]) -> [Double] {
            (0..<n).map { column in (0..<n).reduce(0) { $0 + row[$1] * m[$1][column] } }
        }
        var row = [Double](repeating: 1 / Double(n), count: n)
        for layer in rollout.layers.reversed() { row = times(times(row, space(layer)), time(layer)) }
        let weights = rollout.weights(of: .uniform(frames: frames, patches: patches, withClip: true))
        #expect(zip([weights.clip] + weights.patches.flatMap { $0 }, row).allSatisfy { abs($0 - $1) < 1e-9 })
    }

    @Test("Spearman's correlation equals SciPy's, with ties; constant rows and short ones have none")
    func spearman() {
        // scipy.stats.spearmanr 1.11
        #expect(abs((RankCorrelation.spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) ?? 0) - 0.820_782_681_668_123_3) < 1e-12)
        #expect(abs((RankCorrelation.spearman([0.1, 0.5, 0.2, 0.9], [4, 3, 2, 1]) ?? 0) + 0.8) < 1e-12)
        #expect(RankCorrelation.spearman([1, 2, 3], [10, 200, 3000]) == 1)
        #expect(RankCorrelation.spearman([1, 1, 1], [1, 2, 3]) == nil)
        #expect(RankCorrelation.spearman([1, 2], [1, 2]) == nil)
        #expect(RankCorrelation.spearman([1, 2, .nan], [1, 2, 3]) == nil)
    }
}
