// MTCNN's first network (Zhang et al. 2016, arXiv:1604.02878; layers of facenet-pytorch), convolved over a whole picture. Rows pass through all
// layers at once: a few rows of each map are kept, in rings, and the working set stays in the second cache level.

/// Where the first network sees a face: a cell of its map, the probability, and the box's four corrections.
struct ProposalCell: Equatable {
    var row: Int
    var column: Int
    var probability: Float
    var correction: SIMD4<Float>
}

struct ProposalNetwork: Sendable {
    private let first: SmallLayer
    private let second: SmallLayer
    private let third: SmallLayer
    /// Two class scores, then four corrections.
    private let heads: SmallLayer
    private let pool = SmallPool(window: 2)

    init(_ weights: MtcnnWeights) {
        first = weights.convolution("pnet.conv1", slopes: "pnet.prelu1")
        second = weights.convolution("pnet.conv2", slopes: "pnet.prelu2")
        third = weights.convolution("pnet.conv3", slopes: "pnet.prelu3")
        heads = weights.joined(["pnet.conv4_1", "pnet.conv4_2"])
    }

    /// The least side of a picture that has a cell.
    static let leastSide = 12

    /// Cells of at least that probability, row after row.
    /// - Parameter fill: writes a row `[width, 3]` of the normalised picture; asked for each row once, in order.
    func cells(width: Int, height: Int, atLeast threshold: Float, fill: (Int, UnsafeMutablePointer<Float>) -> Void) -> [ProposalCell] {
        guard width >= Self.leastSide, height >= Self.leastSide else { return [] }
        let slack = SmallLayer.slack
        let pooledWidth = pool.length(width - 2), pooledHeight = pool.length(height - 2)
        let secondWidth = pooledWidth - 2, mapWidth = secondWidth - 2, mapHeight = pooledHeight - 4
        var input = Ring(rows: 4, floats: (width + slack) * 3)
        var convolved = Ring(rows: 2, floats: (width - 2 + slack) * first.pitch)
        var pooled = Ring(rows: 3, floats: (pooledWidth + slack) * first.channels + first.pitch)
        var middle = Ring(rows: 3, floats: (secondWidth + slack) * second.pitch)
        let last = FloatBuffer(count: (mapWidth + slack) * third.pitch)
        let scores = FloatBuffer(count: (mapWidth + slack) * heads.pitch)

        var cells: [ProposalCell] = []
        for row in 0..<mapHeight {
            while middle.filled < row + 3 {
                while pooled.filled < middle.filled + 3 {
                    // Two rows of the first convolution a pooled one, but for a last one that is cut off.
                    let from = convolved.filled, end = min(from + 2, height - 2)
                    while convolved.filled < end {
                        while input.filled < convolved.filled + 3 { fill(input.filled, input.next()) }
                        first.apply(input.last(3), positions: width - 2, to: convolved.next())
                    }
                    pool.apply(convolved.last(end - from), width: width - 2, pitch: first.pitch, channels: first.channels, to: pooled.next())
                }
                second.apply(pooled.last(3), positions: secondWidth, to: middle.next())
            }
            third.apply(middle.last(3), positions: mapWidth, to: last.base)
            heads.apply([last.base], positions: mapWidth, to: scores.base)
            for column in 0..<mapWidth {
                let score = scores.base + column * heads.pitch
                let probability = Softmax.second(score[0], score[1])
                if probability >= threshold {
                    cells.append(
                        ProposalCell(row: row, column: column, probability: probability, correction: SIMD4(score[2], score[3], score[4], score[5])))
                }
            }
        }
        return cells
    }
}

/// The last few rows of a map.
private struct Ring {
    private let buffer: FloatBuffer
    private let rows: Int
    private let floats: Int
    /// Rows written so far.
    private(set) var filled = 0

    init(rows: Int, floats: Int) {
        // Rows start at a cache line.
        self.floats = (floats + 15) / 16 * 16
        self.rows = rows
        buffer = FloatBuffer(count: rows * self.floats)
    }

    /// Where the next row is to be written.
    mutating func next() -> UnsafeMutablePointer<Float> {
        defer { filled += 1 }
        return row(filled)
    }

    /// The latest rows, oldest first.
    func last(_ count: Int) -> [UnsafeMutablePointer<Float>] { ((filled - count)..<filled).map(row) }

    private func row(_ index: Int) -> UnsafeMutablePointer<Float> { buffer.base + index % rows * floats }
}
