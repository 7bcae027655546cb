// Convolution and pooling by their definitions, over any number of axes.

/// How windows lie on the input, one entry an axis.
struct WindowSettings: Sendable {
    var kernel: [Int], stride: [Int], padding: [Int], dilation: [Int]
    var groups = 1

    init(kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, dilation: [Int]? = nil, groups: Int = 1) {
        self.kernel = kernel
        self.stride = stride ?? kernel.map { _ in 1 }
        self.padding = padding ?? kernel.map { _ in 0 }
        self.dilation = dilation ?? kernel.map { _ in 1 }
        self.groups = groups
    }

    /// Windows along each axis of an input of these lengths.
    func outputs(of lengths: [Int]) -> [Int] {
        lengths.indices.map { (lengths[$0] + 2 * padding[$0] - dilation[$0] * (kernel[$0] - 1) - 1) / stride[$0] + 1 }
    }
}

extension NaiveTensor {
    /// x [batch, channels, ...], weight [out, channels / groups, kernel...].
    func convolution(_ weight: NaiveTensor, _ bias: NaiveTensor?, _ s: WindowSettings) -> NaiveTensor {
        let lengths = Array(shape[2...]), perGroup = weight.shape[1], outPerGroup = weight.shape[0] / s.groups
        let taps = NaiveTensor.indices(of: s.kernel)
        return NaiveTensor(shape: [shape[0], weight.shape[0]] + s.outputs(of: lengths)) { index in
            var sum = bias?.values[index[1]] ?? 0
            for (number, tap) in taps.enumerated() {
                let place = tap.indices.map { index[$0 + 2] * s.stride[$0] - s.padding[$0] + tap[$0] * s.dilation[$0] }
                guard place.indices.allSatisfy({ place[$0] >= 0 && place[$0] < lengths[$0] }) else { continue }
                let inside = place.indices.reduce(0) { $0 * lengths[$1] + place[$1] }, plane = lengths.reduce(1, *)
                for channel in 0..<perGroup {
                    let from = index[1] / outPerGroup * perGroup + channel
                    sum +=
                        values[(index[0] * shape[1] + from) * plane + inside]
                        * weight.values[(index[1] * perGroup + channel) * taps.count + number]
                }
            }
            return sum
        }
    }

    /// Reduces the values of each window to one: `windows[axis][output]` is the span of input positions along a trailing axis.
    func pooled(_ windows: [[Range<Int>]], _ reduce: (_ window: [Double], _ output: [Int]) -> Double) -> NaiveTensor {
        let first = shape.count - windows.count
        return NaiveTensor(shape: Array(shape[..<first]) + windows.map(\.count)) { index in
            let output = Array(index[first...]), spans = zip(windows, output).map { $0[$1] }
            let places = NaiveTensor.indices(of: spans.map(\.count))
            return reduce(places.map { place in self[Array(index[..<first]) + zip(place, spans).map { $0 + $1.lowerBound }] }, output)
        }
    }

    /// Every index of a shape, the last axis fastest.
    static func indices(of shape: [Int]) -> [[Int]] {
        shape.reduce([[]]) { partial, length in partial.flatMap { head in (0..<length).map { head + [$0] } } }
    }
}

/// Input positions of window `output` along an axis, cut at the borders.
func poolingSpan(_ output: Int, input: Int, kernel: Int, stride: Int, padding: Int) -> Range<Int> {
    max(output * stride - padding, 0)..<min(output * stride - padding + kernel, input)
}

/// Adaptive pooling's windows along an axis: floor(i in / out) up to ceil((i + 1) in / out).
func adaptiveSpans(input: Int, output: Int) -> [Range<Int>] {
    func place(_ index: Int, _ rule: FloatingPointRoundingRule) -> Int { Int((Double(index * input) / Double(output)).rounded(rule)) }
    return (0..<output).map { place($0, .down)..<place($0 + 1, .up) }
}
