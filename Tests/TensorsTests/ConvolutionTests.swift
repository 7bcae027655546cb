// Convolution, batch norm and pooling with channels last against the plainest loops and against the channels-first operations.
import Kernels
import TestSupport
import Testing

@testable import Base
@testable import Tensors

struct ConvolutionCase: CustomTestStringConvertible, Sendable {
    let input, output: Int
    let sides, kernel, stride, padding, dilation: [Int]
    var groups = 1, batch = 2
    var testDescription: String {
        "\(batch)x\(sides)x\(input) to \(output), kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation), \(groups) groups"
    }

    init(
        _ input: Int, _ output: Int, _ sides: [Int], _ kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, dilation: [Int]? = nil,
        groups: Int = 1, batch: Int = 2
    ) {
        (self.input, self.output, self.sides, self.kernel, self.groups, self.batch) = (input, output, sides, kernel, groups, batch)
        self.stride = stride ?? kernel.map { _ in 1 }
        self.padding = padding ?? kernel.map { _ in 0 }
        self.dilation = dilation ?? kernel.map { _ in 1 }
    }

    var plan: emolab_convolution {
        func three(_ values: [Int], _ filler: Int) -> (Int, Int, Int) {
            let all = Array(repeating: filler, count: 3 - values.count) + values
            return (all[0], all[1], all[2])
        }
        let lengths = sides.indices.map { (sides[$0] + 2 * padding[$0] - dilation[$0] * (kernel[$0] - 1) - 1) / stride[$0] + 1 }
        return emolab_convolution(
            batch: batch, in_channels: input, out_channels: output, groups: groups, in: three(sides, 1), out: three(lengths, 1),
            kernel: three(kernel, 1),
            stride: three(stride, 1), padding: three(padding, 0), dilation: three(dilation, 1))
    }

    /// Result and gradients of sum(result * dy) in double precision; maps with channels last.
    func naive(_ x: [Float], _ w: [Float], _ bias: [Float], _ dy: (Int) -> [Float]) -> (y: Tensor, dx: Tensor, dw: Tensor, shape: [Int]) {
        let s = plan, outer = [s.out.0, s.out.1, s.out.2], inner = [s.in.0, s.in.1, s.in.2], window = [s.kernel.0, s.kernel.1, s.kernel.2]
        let steps = [s.stride.0, s.stride.1, s.stride.2], before = [s.padding.0, s.padding.1, s.padding.2],
            gaps = [s.dilation.0, s.dilation.1, s.dilation.2]
        let positions = outer.reduce(1, *), shape = [batch] + outer.suffix(sides.count) + [output], slope = dy(batch * positions * output)
        var y = [Double](repeating: 0, count: slope.count), dx = [Double](repeating: 0, count: x.count),
            dw = [Double](repeating: 0, count: w.count)
        let ci = input / groups, co = output / groups, taps = window.reduce(1, *)
        for n in 0..<batch {
            for position in 0..<positions {
                let o = [position / (outer[1] * outer[2]), position / outer[2] % outer[1], position % outer[2]]
                for k in 0..<output {
                    let at = (n * positions + position) * output + k, g = Double(slope[at])
                    var sum = Double(bias[k])
                    for tap in 0..<taps {
                        let t = [tap / (window[1] * window[2]), tap / window[2] % window[1], tap % window[2]]
                        let i = (0..<3).map { o[$0] * steps[$0] - before[$0] + t[$0] * gaps[$0] }
                        guard (0..<3).allSatisfy({ i[$0] >= 0 && i[$0] < inner[$0] }) else { continue }
                        for c in 0..<ci {
                            let from = (((n * inner[0] + i[0]) * inner[1] + i[1]) * inner[2] + i[2]) * input + k / co * ci + c
                            let weight = (k * ci + c) * taps + tap
                            sum += Double(x[from]) * Double(w[weight])
                            dx[from] += g * Double(w[weight])
                            dw[weight] += g * Double(x[from])
                        }
                    }
                    y[at] = sum
                }
            }
        }
        func tensor(_ values: [Double], _ shape: [Int]) -> Tensor { Tensor(values.map(Float.init), shape: shape) }
        return (tensor(y, shape), tensor(dx, [batch] + sides + [input]), tensor(dw, [output, ci] + kernel), shape)
    }
}

@Suite("Convolution with channels last") struct ConvolutionTests {
    static let cases = [
        ConvolutionCase(3, 8, [9, 11], [3, 3], padding: [1, 1]),
        ConvolutionCase(5, 7, [10, 9], [1, 1], stride: [2, 2]),
        ConvolutionCase(3, 16, [17, 15], [7, 7], stride: [2, 2], padding: [3, 3], batch: 3),
        ConvolutionCase(16, 32, [8, 9], [3, 3], stride: [2, 2], padding: [1, 1], batch: 9),
        ConvolutionCase(4, 6, [9, 10], [3, 2], stride: [2, 1], padding: [1, 0], dilation: [2, 3]),
        ConvolutionCase(6, 6, [7, 8], [3, 3], padding: [1, 1], groups: 6),
        ConvolutionCase(32, 32, [7, 8], [3, 3], padding: [1, 1], groups: 32),
        ConvolutionCase(8, 12, [6, 7], [3, 3], padding: [1, 1], groups: 2),
        ConvolutionCase(12, 10, [19], [5], stride: [2], padding: [2]),
        ConvolutionCase(3, 8, [4, 9, 8], [3, 5, 5], stride: [1, 2, 2], padding: [1, 2, 2]),
        ConvolutionCase(8, 16, [5, 6, 7], [3, 3, 3], stride: [2, 2, 2], padding: [1, 1, 1]),
        ConvolutionCase(8, 16, [5, 6, 7], [1, 1, 1], stride: [2, 2, 2]),
        // Minimal filtering: odd and even sides, all paddings, several blocks of tiles, time with and without padding.
        ConvolutionCase(32, 64, [7, 6], [3, 3], padding: [1, 1]),
        ConvolutionCase(64, 32, [5, 8], [3, 3]),
        ConvolutionCase(32, 32, [4, 3], [3, 3], padding: [2, 2], batch: 1),
        ConvolutionCase(32, 32, [21, 30], [3, 3], padding: [1, 1]),
        ConvolutionCase(32, 32, [4, 5, 6], [3, 3, 3], padding: [1, 1, 1]),
        ConvolutionCase(32, 64, [3, 6, 5], [3, 3, 3], padding: [0, 1, 1], batch: 1),
        ConvolutionCase(32, 32, [1, 5, 5], [3, 3, 3], padding: [1, 1, 1], batch: 1),
        ConvolutionCase(32, 32, [4, 5, 4], [2, 3, 3], padding: [1, 1, 1], batch: 1),
    ]

    @Test("Equals plain loops with all gradients, channels last and first", arguments: cases, [ChannelPlace.last, .first])
    func naive(_ item: ConvolutionCase, place: ChannelPlace) {
        var stream = RandomStream(seed: 5, name: item.testDescription)
        let x = stream.normal([item.batch] + item.sides + [item.input]), bias = stream.normal([item.output])
        let w = stream.normal([item.output, item.input / item.groups] + item.kernel)
        var dy = Tensor.scalar(0)
        let expected = item.naive(x.values, w.values, bias.values) { count in
            dy = stream.normal([count])
            return dy.values
        }
        let probe = dy.reshaped(expected.shape)
        let tape = Tape(), (a, b, c) = (tape.watch(place == .last ? x : x.channelsFirst()), tape.watch(w), tape.watch(bias))
        let y = a.convolution(
            weight: b, bias: c, stride: item.stride, padding: item.padding, dilation: item.dilation, groups: item.groups, channels: place)
        tape.backward(y, seed: place == .last ? probe : probe.channelsFirst())
        let dx = tape.gradient(of: a)!
        #expect(relativeError(place == .last ? y : y.channelsLast(), expected.y) < 1e-5)
        #expect(relativeError(place == .last ? dx : dx.channelsLast(), expected.dx) < 1e-5)
        #expect(relativeError(tape.gradient(of: b)!, expected.dw) < 1e-5)
        #expect(relativeError(tape.gradient(of: c)!, probe.reshaped([-1, item.output]).sum(axis: 0)) < 1e-5)
    }

    private static let filtered = cases.filter {
        var plan = $0.plan
        return emolab_winograd_fits(&plan) != 0
    }

    @Test("Some cases fit minimal filtering, and some do not")
    func fitting() { #expect(Self.filtered.count >= 3 && Self.filtered.count < Self.cases.count) }

    @Test("Minimal filtering equals plain loops wherever it fits, whatever the processor prefers", arguments: filtered)
    func filtering(_ item: ConvolutionCase) {
        var plan = item.plan
        var stream = RandomStream(seed: 6, name: item.testDescription)
        let x = stream.normal([item.batch] + item.sides + [item.input]), w = stream.normal([item.output, item.input] + item.kernel)
        var dy = Tensor.scalar(0)
        let expected = item.naive(x.values, w.values, Array(repeating: 0, count: item.output)) { count in
            dy = stream.normal([count])
            return dy.values
        }
        let space = Tensor(uninitialised: [max(emolab_winograd_workspace(&plan), emolab_winograd_weight_workspace(&plan))])
        let y = Tensor(uninitialised: expected.shape), dx = Tensor(like: x), dw = Tensor(like: w)
        withPointers(x, w, y, space) { emolab_winograd_forward(&plan, $0, $1, nil, $2, $3) }
        withPointers(w, dy, dx, space) { emolab_winograd_backward_input(&plan, $0, $1, $2, $3) }
        withPointers(x, dy, dw, space) { emolab_winograd_backward_weight(&plan, $0, $1, $2, $3) }
        #expect(relativeError(y, expected.y) < 2e-6 && relativeError(dx, expected.dx) < 2e-6 && relativeError(dw, expected.dw) < 2e-6)
    }

    @Test("Of the cases above, minimal filtering takes those it is for, and no other")
    func choice() {
        let taken = Self.cases.filter {
            var plan = $0.plan; return emolab_winograd_fits(&plan) != 0
        }
        #expect(taken.count == 8)
        #expect(
            taken.allSatisfy { $0.kernel.suffix(2) == [3, 3] && $0.stride.allSatisfy { $0 == 1 } && $0.input % 32 == 0 && $0.groups == 1 })
    }

    @Test("Large channels-first pictures, which are moved channels last inside, give what the small ones' kernels give")
    func moved() {
        var stream = RandomStream(seed: 7, name: "moved")
        let x = stream.normal([2, 32, 60, 62]), w = stream.normal([32, 32, 3, 3], deviation: 0.1)
        let whole = x.conv2d(weight: w, padding: 1)
        // Rows 0 ..< 4 alone are below the size from which maps are moved; their first three results see only them.
        let top = x.sliced(axis: 2, from: 0, to: 4).conv2d(weight: w, padding: 1)
        #expect(relativeError(whole.sliced(axis: 2, from: 0, to: 3), top.sliced(axis: 2, from: 0, to: 3)) < 1e-5)
    }

    @Test(
        "Batch norm with residual and ReLU equals its parts with channels first",
        arguments: [[3, 5, 6, 7], [2, 70, 3, 4, 5], [4, 64, 9, 9]], [false, true])
    func batchNorm(shape: [Int], relu: Bool) {
        var stream = RandomStream(seed: 8, name: "norm")
        let width = shape[1], values = stream.normal(shape) * 2 + 30, residuals = stream.normal(shape)
        let weights = stream.normal([width]), biases = stream.normal([width]), probe = stream.normal(shape)
        func run(_ last: Bool) -> [Tensor] {
            let tape = Tape(), x = tape.watch(values), r = tape.watch(residuals), w = tape.watch(weights), b = tape.watch(biases)
            var mean = Tensor.zeros([width]), variance = Tensor.ones([width])
            let y: Tensor
            if last {
                y = x.channelsLast().batchNormChannelsLast(
                    weight: w, bias: b, runningMean: &mean, runningVariance: &variance, adding: r.channelsLast(), relu: relu
                ).channelsFirst()
            } else {
                let sum = x.batchNorm(weight: w, bias: b, runningMean: &mean, runningVariance: &variance) + r
                y = relu ? sum.relu() : sum
            }
            tape.backward(y, seed: probe)
            return [y, mean, variance] + [x, r, w, b].map { tape.gradient(of: $0)! }
        }
        // A mean fifteen deviations from zero costs the channels-first operation some digits too.
        for (found, expected) in zip(run(true), run(false)) { #expect(relativeError(found, expected) < 2e-5) }
    }

    @Test(
        "Max pooling with channels last equals channels first",
        arguments: [([2, 3, 9, 11], [3, 3], [2, 2], [1, 1]), ([2, 5, 6, 7, 8], [3, 3, 2], [2, 2, 1], [1, 1, 0])])
    func maxPool(shape: [Int], kernel: [Int], stride: [Int], padding: [Int]) {
        var stream = RandomStream(seed: 9, name: "pool")
        let values = stream.normal(shape), tape = Tape(), a = tape.watch(values), b = tape.watch(values)
        let last = a.channelsLast().maxPoolChannelsLast(kernel, stride: stride, padding: padding).channelsFirst()
        let first = b.maxPool(kernel, stride: stride, padding: padding)
        #expect(last.values == first.values)
        let probe = stream.normal(first.shape)
        tape.backward((last * probe).sum() + (first * probe).sum())
        #expect(relativeError(tape.gradient(of: a)!, tape.gradient(of: b)!) < 1e-6)
    }
}
