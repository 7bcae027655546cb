// MTCNN's first network (Zhang et al. 2016, arXiv:1604.02878; layers of facenet-pytorch), convolved over a whole picture. Rows pass through all
// layers at once: a few rows of each map are kept, in rings, and the working set stays in the second cache level.
import Foundation
import Kernels

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
    /// What the score of a face has more than the other: weights, and bias.
    private let difference: (weights: FloatBuffer, bias: Float)
    private let pool = SmallPool(window: 2)

    init(_ weights: MtcnnWeights) {
        first = weights.convolution("pnet.conv1", slopes: "pnet.prelu1")
        second = weights.convolution("pnet.conv2", slopes: "pnet.prelu2", pairs: true)
        third = weights.convolution("pnet.conv3", slopes: "pnet.prelu3", pairs: true)
        heads = weights.joined(["pnet.conv4_1", "pnet.conv4_2"])
        let (w, b) = weights.values("pnet.conv4_1"), channels = third.channels
        difference = (FloatBuffer((0..<channels).map { w[channels + $0] - w[$0] }), b[1] - b[0])
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
        var pooled = Ring(rows: 4, floats: (pooledWidth + slack) * first.channels + first.pitch)
        var middle = Ring(rows: 4, floats: (secondWidth + slack) * second.pitch)
        let last = (FloatBuffer(count: (mapWidth + slack) * third.pitch), FloatBuffer(count: (mapWidth + slack) * third.pitch))
        let differences = FloatBuffer(count: mapWidth), scores = FloatBuffer(count: (1 + slack) * heads.pitch)
        let workspace = FloatBuffer(count: max(second.pairWorkspace, third.pairWorkspace))
        // Most cells are so far below the threshold that their probability need not be known to its last bit.
        let least = Self.difference(of: threshold)

        var cells: [ProposalCell] = []
        for pair in stride(from: 0, to: mapHeight, by: 2) {
            while middle.filled < pair + 4 {
                // Of an odd number of rows the last has none after it; what stands in its place is of no influence.
                let rows = min(middle.filled + 4, pooledHeight)
                while pooled.filled < rows {
                    // Two rows of the first convolution a pooled one, but for a last one that is cut off.
                    let from = convolved.filled, end = min(from + 2, height - 2)
                    while convolved.filled < end {
                        while input.filled < convolved.filled + 3 { fill(input.filled, input.next()) }
                        first.apply(input.last(3), positions: width - 2, to: convolved.next())
                    }
                    pool.apply(
                        convolved.last(end - from), width: width - 2, pitch: first.pitch, channels: first.channels, to: pooled.next())
                }
                second.applyPair(
                    pooled.rows(from: middle.filled, count: 4), positions: secondWidth, workspace: workspace,
                    to: (middle.next(), middle.next()))
            }
            third.applyPair(middle.rows(from: pair, count: 4), positions: mapWidth, workspace: workspace, to: (last.0.base, last.1.base))
            for row in pair..<min(pair + 2, mapHeight) {
                let features = row == pair ? last.0.base : last.1.base
                emolab_small_dots(features, mapWidth, third.pitch, difference.weights.base, difference.bias, differences.base)
                for column in 0..<mapWidth where differences.base[column] >= least {
                    heads.apply([features + column * third.pitch], positions: 1, to: scores.base)
                    let probability = Softmax.second(scores.base[0], scores.base[1])
                    guard probability >= threshold else { continue }
                    cells.append(
                        ProposalCell(
                            row: row, column: column, probability: probability,
                            correction: SIMD4(scores.base[2], scores.base[3], scores.base[4], scores.base[5])))
                }
            }
        }
        return cells
    }

    /// A little less than the difference of scores at which a face has the probability.
    private static func difference(of probability: Float) -> Float {
        guard probability > 0 else { return -.infinity }
        // A float's probability is 1 from a difference of 16.6 on.
        return probability < 1 ? min(16, Float(log(Double(probability) / (1 - Double(probability))))) - 0.01 : 16
    }
}

/// The last few rows of a map.
private struct Ring {
    private let buffer: FloatBuffer
    private let length: Int
    private let floats: Int
    /// Rows written so far.
    private(set) var filled = 0

    init(rows: Int, floats: Int) {
        // Rows start at a cache line.
        self.floats = (floats + 15) / 16 * 16
        length = rows
        buffer = FloatBuffer(count: rows * self.floats)
    }

    /// Where the next row is to be written.
    mutating func next() -> UnsafeMutablePointer<Float> {
        defer { filled += 1 }
        return row(filled)
    }

    /// The latest rows, oldest first.
    func last(_ count: Int) -> [UnsafeMutablePointer<Float>] { ((filled - count)..<filled).map(row) }

    /// Rows from one on, the last again where there are no more.
    func rows(from first: Int, count: Int) -> [UnsafeMutablePointer<Float>] { (first..<(first + count)).map { row(min($0, filled - 1)) } }

    private func row(_ index: Int) -> UnsafeMutablePointer<Float> { buffer.base + index % length * floats }
}
