import Base
import Kernels
import Media
import Tensors
import TestSupport
import Testing

@testable import Faces

@Suite("The kernels of face detection give what the engine's operations give")
struct SmallLayerTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var input, output, taps, height, width: Int
        var testDescription: String { "\(input) to \(output), \(taps)x\(taps) over \(height)x\(width)" }
    }

    static let shapes = [
        Shape(input: 3, output: 10, taps: 3, height: 13, width: 31), Shape(input: 10, output: 16, taps: 3, height: 5, width: 14),
        Shape(input: 16, output: 32, taps: 3, height: 4, width: 27), Shape(input: 28, output: 48, taps: 3, height: 11, width: 11),
        Shape(input: 48, output: 64, taps: 2, height: 4, width: 4), Shape(input: 32, output: 6, taps: 1, height: 1, width: 40),
        Shape(input: 5, output: 33, taps: 2, height: 3, width: 9),
    ]

    @Test("A convolution with PReLU equals conv2d and the slopes applied after it", arguments: shapes)
    func convolution(_ shape: Shape) {
        var stream = RandomStream(seed: 11, name: shape.testDescription)
        let x = stream.normal([1, shape.input, shape.height, shape.width]),
            w = stream.normal([shape.output, shape.input, shape.taps, shape.taps])
        let bias = stream.normal([shape.output]), slopes = stream.normal([shape.output])
        let plain = x.conv2d(weight: w, bias: bias).values, slope = slopes.values
        let (height, width) = (shape.height - shape.taps + 1, shape.width - shape.taps + 1)
        let expected = plain.enumerated().map { $1 > 0 ? $1 : $1 * slope[$0 / (height * width)] }

        let layer = SmallLayer(weight: w.values, bias: bias.values, slopes: slope, taps: shape.taps, inChannels: shape.input)
        let slack = SmallLayer.slack
        let plane = FloatBuffer(count: (shape.height * shape.width + slack) * shape.input)
        for (i, value) in x.permuted([0, 2, 3, 1]).values.enumerated() { plane.base[i] = value }
        let result = FloatBuffer(count: (height * shape.width + slack) * layer.pitch)
        layer.apply(plane: plane.base, width: shape.width, height: shape.height, to: result.base)
        var found = [Float](repeating: 0, count: expected.count)
        for c in 0..<shape.output {
            for y in 0..<height {
                for x in 0..<width { found[(c * height + y) * width + x] = result.base[(y * shape.width + x) * layer.pitch + c] }
            }
        }
        expectClose(Tensor(found, shape: [found.count]), Tensor(expected, shape: [found.count]), 2e-6, shape.testDescription)
        // What a network has less than 16 channels stays zero.
        for c in shape.output..<layer.pitch { #expect(result.base[c] == 0) }
    }

    @Test(
        "Two rows by minimal filtering equal the plain sums, and the second needs no fourth row to leave the first alone",
        arguments: [(10, 16, 31), (16, 32, 80), (28, 48, 9)])
    func pairs(_ size: (input: Int, output: Int, width: Int)) {
        var stream = RandomStream(seed: 14, name: "\(size)")
        let (input, output, width) = size, slack = SmallLayer.slack
        let layer = SmallLayer(
            weight: stream.normal([output, input, 3, 3]).values, bias: stream.normal([output]).values,
            slopes: stream.normal([output]).values, taps: 3,
            inChannels: input, pairs: true)
        let plane = FloatBuffer(count: 4 * (width + slack) * input)
        for i in 0..<plane.count { plane.base[i] = stream.normal() }
        let rows = (0..<4).map { plane.base + $0 * (width + slack) * input }
        let results = (0..<3).map { _ in FloatBuffer(count: (width + slack) * layer.pitch) }
        let workspace = FloatBuffer(count: layer.pairWorkspace)
        layer.applyPair(rows, positions: width - 2, workspace: workspace, to: (results[0].base, results[1].base))
        func values(_ buffer: FloatBuffer) -> Tensor {
            Tensor((0..<((width - 2) * layer.pitch)).map { buffer.base[$0] }, shape: [width - 2, layer.pitch])
        }
        for first in 0..<2 {
            layer.apply(Array(rows[first..<(first + 3)]), positions: width - 2, to: results[2].base)
            expectClose(values(results[first]), values(results[2]), 2e-6, "row \(first) of \(size)")
        }
        let whole = values(results[0]).values
        layer.applyPair(
            [rows[0], rows[1], rows[2], rows[0]], positions: width - 2, workspace: workspace, to: (results[0].base, results[1].base))
        #expect(values(results[0]).values == whole)
    }

    @Test(
        "A max pool equals maxPool2d in ceil mode, also where the last window is cut off", arguments: [2, 3],
        [(22, 28), (9, 10), (11, 48), (4, 32), (13, 7)])
    func pool(window: Int, _ size: (side: Int, channels: Int)) {
        var stream = RandomStream(seed: 12, name: "\(window) \(size)")
        let (side, channels) = size, pitch = SmallLayer.padded(channels)
        let x = stream.normal([1, channels, side, side])
        let expected = x.maxPool2d(window, stride: 2, ceilMode: true)
        let plane = FloatBuffer(count: side * side * pitch), values = x.values
        for c in 0..<channels { for i in 0..<(side * side) { plane.base[i * pitch + c] = values[c * side * side + i] } }
        let pool = SmallPool(window: window), length = pool.length(side)
        #expect(expected.shape == [1, channels, length, length])
        let result = FloatBuffer(count: length * length * channels + 16)
        for y in 0..<length {
            let rows = (2 * y..<min(2 * y + window, side)).map { plane.base + $0 * side * pitch }
            pool.apply(rows, width: side, pitch: pitch, channels: channels, to: result.base + y * length * channels)
        }
        let found = Tensor((0..<(length * length * channels)).map { result.base[$0] }, shape: [1, length, length, channels])
        #expect(found.permuted([0, 3, 1, 2]).values == expected.values)
    }

    @Test(
        "Area means equal PyTorch's adaptive mean of the same part",
        arguments: [(37, 29, 24), (130, 7, 48), (24, 24, 24), (5, 3, 24), (1, 1, 24), (300, 200, 13)])
    func area(_ size: (width: Int, height: Int, side: Int)) {
        var stream = RandomStream(seed: 13, name: "\(size)")
        var picture = Picture(width: size.width + 5, height: size.height + 4)
        for i in picture.pixels.indices { picture.pixels[i] = UInt8(stream.int(below: 256)) }
        let part = picture.cropped(x: 3, y: 2, width: size.width, height: size.height)
        let source = Tensor(part.pixels.map { Float($0) }, shape: [size.height, size.width, 3]).permuted([2, 0, 1])
        let expected = source.reshaped([1, 3, size.height, size.width]).adaptiveAveragePool([size.side, size.side])
        let sums = FloatBuffer(count: 3 * size.width + 1), row = FloatBuffer(count: 3 * size.side + 1)
        var found = [Float](repeating: 0, count: 3 * size.side * size.side)
        picture.pixels.withUnsafeBufferPointer { pixels in
            let sampler = AreaSampler(
                pixels.baseAddress!, pictureWidth: picture.width, columns: 3..<(3 + size.width), rows: 2..<(2 + size.height),
                toWidth: size.side,
                height: size.side, sums: sums)
            for y in 0..<size.side {
                sampler.row(y, into: row.base)
                for x in 0..<size.side { for c in 0..<3 { found[(c * size.side + y) * size.side + x] = row.base[3 * x + c] * 128 + 127.5 } }
            }
        }
        expectClose(Tensor(found, shape: [1, 3, size.side, size.side]), expected, 1e-6, "\(size)")
    }
}
