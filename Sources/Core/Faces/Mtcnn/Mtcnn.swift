// MTCNN: three networks, each stricter than the one before, over a pyramid of smaller and smaller pictures (Zhang et al. 2016, arXiv:1604.02878), as
// in facenet-pytorch 2.6.0 down to where it adds a pixel and where it does not.
import Foundation
import Media
import Records

/// Finds faces. Nothing of it changes, so that any number of threads use one; each detection runs on the thread that asks, and where two are allowed the
/// largest picture of the pyramid, half of the work, on another.
public final class Mtcnn: FaceDetector {
    /// Grows with every change that changes what is found.
    public static let version = 1

    public let name = "mtcnn"
    private let proposals: ProposalNetwork
    private let refinement: CropNetwork
    private let output: CropNetwork
    private let minimumFace: Double
    private let factor: Double
    private let thresholds: [Float]

    /// - Parameter settings: their minimum face, pyramid factor and thresholds, which `FaceSettings.check` must accept.
    public init(weights: MtcnnWeights, settings: FaceSettings = FaceSettings()) {
        precondition((try? settings.check()) != nil, "face settings that no face can be found with")
        proposals = ProposalNetwork(weights)
        refinement = .refine(weights)
        output = .output(weights)
        (minimumFace, factor) = (settings.minimumFace, settings.pyramidFactor)
        thresholds = settings.thresholds.map { Float($0) }
    }

    /// - Throws: `MtcnnError` that names the file and what is wrong with it; `FaceSettingsError`.
    public static func load(from url: URL, settings: FaceSettings = FaceSettings()) throws -> Mtcnn {
        try settings.check()
        return Mtcnn(weights: try MtcnnWeights(contentsOf: url), settings: settings)
    }

    /// All faces, the largest first.
    public func faces(in picture: Picture) -> [DetectedFace] { faces(in: picture, threads: 1) }

    public func faces(in picture: Picture, threads: Int) -> [DetectedFace] {
        picture.pixels.withUnsafeBufferPointer { pixels in
            guard let base = pixels.baseAddress else { return [] }
            let source = Source(pixels: base, width: picture.width, height: picture.height)
            let boxes = judged(refined(proposed(source, threads: threads), source), source)
            // Ascending and then turned round: the later of equals comes first.
            let order = boxes.indices.sorted { boxes[$0].area != boxes[$1].area ? boxes[$0].area < boxes[$1].area : $0 < $1 }.reversed()
            return order.map { DetectedFace(boxes[$0]) }
        }
    }

    /// The picture of one detection, and its workspace.
    private struct Source {
        let pixels: UnsafePointer<UInt8>
        let width: Int
        let height: Int
        let sums: FloatBuffer

        init(pixels: UnsafePointer<UInt8>, width: Int, height: Int) {
            (self.pixels, self.width, self.height) = (pixels, width, height)
            sums = FloatBuffer(count: 3 * width + 1)
        }

        /// The same picture, to be read on another thread.
        var withSumsOfItsOwn: Source { Source(pixels: pixels, width: width, height: height) }

        func sampler(columns: Range<Int>, rows: Range<Int>, width: Int, height: Int) -> AreaSampler {
            AreaSampler(pixels, pictureWidth: self.width, columns: columns, rows: rows, toWidth: width, height: height, sums: sums)
        }
    }

    // MARK: Stages

    /// Scales of the pyramid: the smallest face that is looked for becomes 12 px, and so on until the picture does.
    static func scales(width: Int, height: Int, minimumFace: Double, factor: Double) -> [Double] {
        var scale = 12 / minimumFace, side = Double(min(width, height)) * scale, scales: [Double] = []
        while side >= 12 {
            scales.append(scale)
            scale *= factor
            side *= factor
        }
        return scales
    }

    private func proposed(_ source: Source, threads: Int) -> [CandidateBox] {
        let scales = Self.scales(width: source.width, height: source.height, minimumFace: minimumFace, factor: factor)
        var found = [[CandidateBox]](repeating: [], count: scales.count)
        if threads > 1, scales.count > 1 {
            // Both only read the picture, and each writes places of its own; a scale is half of the work that it and all smaller ones are.
            nonisolated(unsafe) let source = source
            found.withUnsafeMutableBufferPointer { found in
                nonisolated(unsafe) let found = found
                DispatchQueue.concurrentPerform(iterations: 2) { half in
                    let own = source.withSumsOfItsOwn
                    for index in half == 0 ? 0..<1 : 1..<scales.count { found[index] = proposed(own, scale: scales[index]) }
                }
            }
        } else {
            for (index, scale) in scales.enumerated() { found[index] = proposed(source, scale: scale) }
        }
        return found.flatMap(\.self).withoutOverlaps(above: 0.7).map { $0.corrected(adding: 0).squared }
    }

    private func proposed(_ source: Source, scale: Double) -> [CandidateBox] {
        let width = Int(Double(source.width) * scale + 1), height = Int(Double(source.height) * scale + 1)
        let sampler = source.sampler(columns: 0..<source.width, rows: 0..<source.height, width: width, height: height)
        let cells = proposals.cells(width: width, height: height, atLeast: thresholds[0]) { sampler.row($0, into: $1) }
        return cells.map { CandidateBox($0, scale: Float(scale)) }.withoutOverlaps(above: 0.5)
    }

    private func refined(_ boxes: [CandidateBox], _ source: Source) -> [CandidateBox] {
        passed(boxes, source, refinement, above: thresholds[1]).withoutOverlaps(above: 0.7).map { $0.corrected(adding: 1).squared }
    }

    private func judged(_ boxes: [CandidateBox], _ source: Source) -> [CandidateBox] {
        // Landmarks are shares of the box before its correction.
        passed(boxes, source, output, above: thresholds[2]).map { $0.withLandmarksInPixels.corrected(adding: 1) }.withoutInclusions(
            above: 0.7)
    }

    /// Boxes that the network finds more probable than `threshold`, with its probability and correction. A box that covers no pixel is left out;
    /// facenet-pytorch keeps it and gives it the next box's verdict.
    private func passed(_ boxes: [CandidateBox], _ source: Source, _ network: CropNetwork, above threshold: Float) -> [CandidateBox] {
        let crops = boxes.compactMap { box in box.pixels(width: source.width, height: source.height).map { (box: box, part: $0) } }
        let side = network.side
        let verdicts = network.verdicts(count: crops.count) { index, plane in
            let part = crops[index].part
            let sampler = source.sampler(columns: part.columns, rows: part.rows, width: side, height: side)
            for y in 0..<side { sampler.row(y, into: plane + 3 * side * y) }
        }
        return zip(crops, verdicts).compactMap { crop, verdict in
            guard verdict.probability > threshold else { return nil }
            var box = crop.box
            (box.score, box.correction, box.landmarks) = (verdict.probability, verdict.correction, verdict.landmarks)
            return box
        }
    }
}

extension CandidateBox {
    /// The 12 px that a cell of the first network's map saw, in the picture.
    fileprivate init(_ cell: ProposalCell, scale: Float) {
        let (x, y) = (Float(2 * cell.column), Float(2 * cell.row))
        self.init(
            left: ((x + 1) / scale).rounded(.down), top: ((y + 1) / scale).rounded(.down), right: ((x + 12) / scale).rounded(.down),
            bottom: ((y + 12) / scale).rounded(.down), score: cell.probability, correction: cell.correction)
    }

    fileprivate var withLandmarksInPixels: CandidateBox {
        var box = self
        let (w, h) = (width + 1, height + 1)
        for i in 0..<5 {
            box.landmarks[i] = w * landmarks[i] + left - 1
            box.landmarks[5 + i] = h * landmarks[5 + i] + top - 1
        }
        return box
    }
}

extension DetectedFace {
    fileprivate init(_ box: CandidateBox) {
        self.init(
            box: FaceBox(x: box.left, y: box.top, width: box.width, height: box.height), score: box.score,
            landmarks: (0..<5).map { FacePoint(x: box.landmarks[$0], y: box.landmarks[5 + $0]) })
    }
}
