import Kernels

/// A convolution of stride 1 without padding, or a linear layer, with PReLU; laid out for `emolab_small_convolve`. Never changes, so any thread
/// may use it.
struct SmallLayer: Sendable {
    /// Taps along each of both axes; 1 for a linear layer.
    let taps: Int
    let inChannels: Int
    /// As many as the network has.
    let channels: Int
    private let weights: FloatBuffer
    private let bias: FloatBuffer
    private let slopes: FloatBuffer?
    /// For `applyPair`.
    private let transformed: FloatBuffer?

    /// Channels of the results, of which those after `channels` are zero.
    var pitch: Int { Self.padded(channels) }
    /// Positions that are read and written beyond those asked for.
    static let slack = Int(emolab_small_slack)
    static func padded(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }

    /// - Parameters:
    ///   - weight: `[out, in, taps, taps]`, or `[out, in]`, as PyTorch keeps them.
    ///   - pairs: of 3x3 taps, also lays the weights out for `applyPair`.
    init(weight: [Float], bias: [Float], slopes: [Float]? = nil, taps: Int, inChannels: Int, pairs: Bool = false) {
        let channels = bias.count
        precondition(
            weight.count == channels * inChannels * taps * taps && slopes?.count ?? channels == channels, "weights of another layer")
        (self.taps, self.inChannels, self.channels) = (taps, inChannels, channels)
        let pitch = Self.padded(channels), area = taps * taps
        let packed = FloatBuffer(count: area * inChannels * pitch)
        for out in 0..<channels {
            for channel in 0..<inChannels {
                for tap in 0..<area {
                    packed.base[(tap * inChannels + channel) * pitch + out] = weight[(out * inChannels + channel) * area + tap]
                }
            }
        }
        weights = packed
        precondition(!pairs || taps == 3, "pairs are of 3x3 taps")
        transformed = pairs ? FloatBuffer(count: 16 * inChannels * pitch) : nil
        if let transformed { emolab_small_transform(packed.base, inChannels, pitch, transformed.base) }
        func padded(_ values: [Float]) -> FloatBuffer { FloatBuffer(values + [Float](repeating: 0, count: pitch - channels)) }
        self.bias = padded(bias)
        self.slopes = slopes.map(padded)
    }

    /// `result` `[positions, pitch]` from as many rows as there are taps; both have `emolab_small_slack` positions more.
    func apply(_ rows: [UnsafeMutablePointer<Float>], positions: Int, to result: UnsafeMutablePointer<Float>) {
        var layer = layer(weights)
        rows.map { UnsafePointer<Float>?(UnsafePointer($0)) }.withUnsafeBufferPointer {
            emolab_small_convolve(&layer, $0.baseAddress, positions, result)
        }
    }

    /// Two rows at once from four, with 16 products in place of 36, for maps wide enough to be worth it; equal to `apply` but for rounding. A row that
    /// is not wanted is written all the same. Both have `emolab_small_slack` positions more.
    func applyPair(
        _ rows: [UnsafeMutablePointer<Float>], positions: Int, workspace: FloatBuffer,
        to results: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
    ) {
        guard let transformed else { preconditionFailure("this layer was not made for pairs") }
        precondition(rows.count == 4 && workspace.count >= pairWorkspace, "\(rows.count) rows and \(workspace.count) floats for a pair")
        var layer = layer(transformed)
        rows.map { UnsafePointer<Float>?(UnsafePointer($0)) }.withUnsafeBufferPointer { rows in
            withUnsafePointer(to: results) {
                $0.withMemoryRebound(to: UnsafeMutablePointer<Float>?.self, capacity: 2) {
                    emolab_small_convolve_pair(&layer, rows.baseAddress, positions, workspace.base, $0)
                }
            }
        }
    }

    /// Floats that `applyPair` works in.
    var pairWorkspace: Int {
        var layer = layer(weights)
        return emolab_small_pair_workspace(&layer)
    }

    private func layer(_ weights: FloatBuffer) -> emolab_small_layer {
        emolab_small_layer(
            taps_down: taps, taps_across: taps, in_channels: inChannels, out_channels: pitch, weights: weights.base, bias: bias.base,
            slopes: slopes.map { UnsafePointer($0.base) })
    }

    /// As `apply`, from a plane `[height, width, inChannels]`; `result` is `[height - taps + 1, width, pitch]`, its last columns of no meaning.
    func apply(plane: UnsafeMutablePointer<Float>, width: Int, height: Int, to result: UnsafeMutablePointer<Float>) {
        let positions = (height - taps) * width + width - taps + 1
        apply((0..<taps).map { plane + $0 * width * inChannels }, positions: positions, to: result)
    }
}

/// Max pool of a window of `window` px and stride 2, in ceil mode: the last window may be cut off.
struct SmallPool: Sendable {
    let window: Int

    /// Results along an axis of `length`.
    func length(_ length: Int) -> Int { (length - window + 1) / 2 + 1 }

    /// `result` `[length(width), channels]` from the rows of one window, `[width, pitch]` each; it has 16 floats more.
    func apply(_ rows: [UnsafeMutablePointer<Float>], width: Int, pitch: Int, channels: Int, to result: UnsafeMutablePointer<Float>) {
        rows.map { UnsafePointer<Float>?(UnsafePointer($0)) }.withUnsafeBufferPointer {
            emolab_small_max_pool($0.baseAddress, rows.count, width, pitch, channels, window, length(width), result)
        }
    }
}
