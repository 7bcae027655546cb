// MTCNN's second and third network (Zhang et al. 2016, arXiv:1604.02878; layers of facenet-pytorch): each judges square crops of one size.

/// What a network says of one crop.
struct CropVerdict {
    var probability: Float
    /// Left, top, right, bottom in shares of the box.
    var correction: SIMD4<Float>
    /// Five x, then five y in shares of the box; none from the second network.
    var landmarks: [Float]
}

struct CropNetwork: Sendable {
    /// A convolution, and the pool after it.
    private struct Stage: Sendable {
        var layer: SmallLayer
        var pool: SmallPool?
    }

    /// Side of a crop, px.
    let side: Int
    private let stages: [Stage]
    private let dense: SmallLayer
    /// Two class scores, four corrections, then the landmarks.
    private let heads: SmallLayer
    private let landmarks: Int

    /// The second network, 24 px.
    static func refine(_ weights: MtcnnWeights) -> CropNetwork {
        CropNetwork(
            side: 24, weights, "rnet", windows: [3, 3, nil], dense: "dense4", slopes: "prelu4", heads: ["dense5_1", "dense5_2"],
            landmarks: 0)
    }

    /// The third network, 48 px.
    static func output(_ weights: MtcnnWeights) -> CropNetwork {
        CropNetwork(
            side: 48, weights, "onet", windows: [3, 3, 2, nil], dense: "dense5", slopes: "prelu5",
            heads: ["dense6_1", "dense6_2", "dense6_3"],
            landmarks: 10)
    }

    private init(
        side: Int, _ weights: MtcnnWeights, _ prefix: String, windows: [Int?], dense: String, slopes: String, heads: [String],
        landmarks: Int
    ) {
        self.side = side
        stages = windows.enumerated().map { index, window in
            Stage(
                layer: weights.convolution("\(prefix).conv\(index + 1)", slopes: "\(prefix).prelu\(index + 1)"),
                pool: window.map { SmallPool(window: $0) })
        }
        self.dense = weights.linear("\(prefix).\(dense)", slopes: "\(prefix).\(slopes)")
        self.heads = weights.joined(heads.map { "\(prefix).\($0)" })
        self.landmarks = landmarks
    }

    /// Crops that pass through the linear layers together.
    private static let batch = 48

    /// A verdict a crop.
    /// - Parameter fill: writes crop `[side, side, 3]`, normalised, row after row.
    func verdicts(count: Int, fill: (Int, UnsafeMutablePointer<Float>) -> Void) -> [CropVerdict] {
        guard count > 0 else { return [] }
        let slack = SmallLayer.slack, rows = min(count, Self.batch)
        // The widest map of all stages, with room for what kernels write beyond the end.
        let most = stages.reduce(0) { max($0, $1.layer.pitch) } * (side + 1) * side
        let maps = (FloatBuffer(count: most), FloatBuffer(count: most))
        let features = FloatBuffer(count: (rows + slack) * dense.inChannels)
        let hidden = FloatBuffer(count: (rows + slack) * dense.pitch), scores = FloatBuffer(count: (rows + slack) * heads.pitch)
        var verdicts: [CropVerdict] = []
        verdicts.reserveCapacity(count)
        for start in stride(from: 0, to: count, by: Self.batch) {
            let crops = min(Self.batch, count - start)
            for crop in 0..<crops {
                fill(start + crop, maps.0.base)
                convolve(maps.0.base, maps.1.base, to: features.base + crop * dense.inChannels)
            }
            dense.apply([features.base], positions: crops, to: hidden.base)
            heads.apply([hidden.base], positions: crops, to: scores.base)
            for crop in 0..<crops {
                let score = scores.base + crop * heads.pitch
                verdicts.append(
                    CropVerdict(
                        probability: Softmax.second(score[0], score[1]), correction: SIMD4(score[2], score[3], score[4], score[5]),
                        landmarks: (0..<landmarks).map { score[6 + $0] }))
            }
        }
        return verdicts
    }

    /// The features of the crop in `plane`, columns before rows before channels; both planes are used up.
    private func convolve(
        _ plane: UnsafeMutablePointer<Float>, _ other: UnsafeMutablePointer<Float>, to features: UnsafeMutablePointer<Float>
    ) {
        // Maps keep the width of what they were made of; only `length` columns of `width` count.
        var length = side, width = side
        for stage in stages {
            stage.layer.apply(plane: plane, width: width, height: length, to: other)
            let pitch = stage.layer.pitch
            length -= stage.layer.taps - 1
            if let pool = stage.pool {
                let pooled = pool.length(length), channels = stage.layer.channels
                for y in 0..<pooled {
                    let rows = (2 * y..<min(2 * y + pool.window, length)).map { other + $0 * width * pitch }
                    pool.apply(rows, width: length, pitch: pitch, channels: channels, to: plane + y * pooled * channels)
                }
                (length, width) = (pooled, pooled)
            } else {
                for x in 0..<length {
                    for y in 0..<length {
                        (features + (x * length + y) * pitch).update(from: other + (y * width + x) * pitch, count: pitch)
                    }
                }
            }
        }
    }
}
