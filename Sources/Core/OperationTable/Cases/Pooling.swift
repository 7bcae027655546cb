// Pooling over windows, adaptive pooling, and resizing.
import Base

extension OperationCase {
    static let pooling: [OperationCase] = [
        maximum([2, 3, 13], .init(kernel: [2], stride: [2]), golden: "max_pool1d"),
        maximum([2, 3, 11], .init(kernel: [3], stride: [2], padding: [1]), ceil: true, golden: "max_pool1d_ceil"),
        maximum([2, 3, 9, 11], .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1]), golden: "max_pool2d_k3_s2_p1"),
        maximum([2, 3, 10, 12], .init(kernel: [3, 3], stride: [2, 2]), ceil: true, golden: "max_pool2d_ceil"),
        maximum([1, 3, 5, 8, 9], .init(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1]), golden: "max_pool3d"),
        maximum([1, 2, 6, 7, 8], .init(kernel: [3, 3, 3], stride: [2, 2, 2]), ceil: true, golden: "max_pool3d_ceil"),
        average([2, 3, 12], .init(kernel: [3], stride: [2], padding: [1]), golden: "avg_pool1d"),
        average([2, 3, 8, 10], .init(kernel: [2, 2], stride: [2, 2]), golden: "avg_pool2d_k2"),
        average([1, 2, 5, 6], .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1]), ceil: true, golden: "avg_pool2d_ceil"),
        average(
            [1, 2, 5, 6], .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1]), ceil: true, countPadding: false,
            golden: "avg_pool2d_ceil_inside"),
        average(
            [1, 2, 5, 7, 6], .init(kernel: [2, 3, 3], stride: [2, 2, 2], padding: [1, 1, 0]), ceil: true, golden: "avg_pool3d_ceil"),
        adaptive([2, 3, 17], [5], golden: "adaptive_avg_pool1d"), adaptive([2, 3, 9, 7], [4, 3], golden: "adaptive_avg_pool2d"),
        adaptive([1, 2, 5, 7, 9], [2, 3, 4], golden: "adaptive_avg_pool3d"),
        adaptive([2, 3, 17], [5], maximum: true, golden: "adaptive_max_pool1d"),
        adaptive([2, 3, 9, 7], [4, 3], maximum: true, golden: "adaptive_max_pool2d"),
        adaptive([1, 2, 5, 7, 9], [2, 3, 4], maximum: true, golden: "adaptive_max_pool3d"),
        adaptive([2, 3, 4, 5], [1, 1]), adaptive([2, 3, 4, 5], [1, 1], maximum: true), adaptive([1, 2, 3, 2], [5, 3]),
        maximum([3, 20, 31, 29], .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1])),

        maximum([8, 64, 112, 112], .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1]), purpose: .timing),
        average([8, 512, 7, 7], .init(kernel: [7, 7], stride: [7, 7]), purpose: .timing),
        adaptive([8, 512, 7, 7], [1, 1], purpose: .timing),
    ]

    static let resizing: [OperationCase] = [
        OperationCase("bicubic resize down", ["x": [1, 5, 14, 14]], golden: "bicubic_resize") {
            $0["x"].resized(height: 7, width: 7, .bicubic)
        },
        OperationCase("bicubic resize up", ["x": [1, 1, 3, 4]]) { $0["x"].resized(height: 5, width: 7, .bicubic) },
        OperationCase("bilinear resize", ["x": [1, 3, 9, 7]], golden: "bilinear_resize") {
            $0["x"].resized(height: 13, width: 11, .bilinear)
        },
        OperationCase(
            "area resize", ["x": [1, 3, 17, 23]], golden: "area_resize", { $0["x"].resized(height: 12, width: 12, .area) },
            reference: {
                $0["x"].pooled([adaptiveSpans(input: 17, output: 12), adaptiveSpans(input: 23, output: 12)]) { window, _ in window.mean }
            }),
        OperationCase(
            "nearest resize", ["x": [1, 2, 3, 5]], golden: "nearest_resize", { $0["x"].resized(height: 4, width: 3, .nearest) },
            reference: { v in NaiveTensor(shape: [1, 2, 4, 3]) { v["x"][$0[0], $0[1], $0[2] * 3 / 4, $0[3] * 5 / 3] } }),
        OperationCase("bilinear resize, 8x3x160x160 to 224", ["x": [8, 3, 160, 160]], purpose: .timing) {
            $0["x"].resized(height: 224, width: 224, .bilinear)
        },
    ]

    private static func name(_ what: String, _ x: [Int], _ s: WindowSettings, _ ceil: Bool) -> String {
        func text(_ lengths: [Int]) -> String { lengths.map(String.init).joined(separator: "x") }
        return "\(what) pooling \(s.kernel.count)d \(text(x)), window \(text(s.kernel)) every \(text(s.stride))"
            + (s.padding.contains { $0 != 0 } ? ", padding \(text(s.padding))" : "") + (ceil ? ", ceil" : "")
    }

    /// Windows along each axis: as many as PyTorch's rule gives; in ceil mode the last may reach past the border, but not start there.
    private static func spans(_ lengths: [Int], _ s: WindowSettings, ceil: Bool) -> [[Range<Int>]] {
        lengths.indices.map { axis in
            let room = lengths[axis] + 2 * s.padding[axis] - s.kernel[axis]
            var count = Int((Double(room) / Double(s.stride[axis])).rounded(ceil ? .up : .down)) + 1
            if (count - 1) * s.stride[axis] >= lengths[axis] + s.padding[axis] { count -= 1 }
            return (0..<count).map {
                poolingSpan($0, input: lengths[axis], kernel: s.kernel[axis], stride: s.stride[axis], padding: s.padding[axis])
            }
        }
    }

    private static func maximum(
        _ x: [Int], _ s: WindowSettings, ceil: Bool = false, golden: String? = nil, purpose: Purpose = .check
    ) -> OperationCase {
        let windows = spans(Array(x.suffix(s.kernel.count)), s, ceil: ceil)
        return OperationCase(
            name("max", x, s, ceil), ["x": .spaced(x)], golden: golden, purpose: purpose,
            { $0["x"].maxPool(s.kernel, stride: s.stride, padding: s.padding, ceilMode: ceil) },
            reference: { $0["x"].pooled(windows) { window, _ in window.max() ?? -.infinity } })
    }

    private static func average(
        _ x: [Int], _ s: WindowSettings, ceil: Bool = false, countPadding: Bool = true, golden: String? = nil, purpose: Purpose = .check
    ) -> OperationCase {
        let lengths = Array(x.suffix(s.kernel.count)), windows = spans(lengths, s, ceil: ceil)
        return OperationCase(
            name("average", x, s, ceil) + (countPadding ? "" : ", padding not counted"), ["x": Operand(x)], golden: golden,
            purpose: purpose,
            { $0["x"].averagePool(s.kernel, stride: s.stride, padding: s.padding, ceilMode: ceil, countPadding: countPadding) },
            reference: {
                $0["x"].pooled(windows) { window, output in
                    // Padding counts up to the padded border; what ceil mode adds beyond it never does.
                    let counted = output.indices.reduce(1) { size, axis in
                        let first = output[axis] * s.stride[axis] - s.padding[axis]
                        return size * (min(first + s.kernel[axis], lengths[axis] + s.padding[axis]) - first)
                    }
                    return window.reduce(0, +) / Double(countPadding ? counted : window.count)
                }
            })
    }

    private static func adaptive(
        _ x: [Int], _ lengths: [Int], maximum: Bool = false, golden: String? = nil, purpose: Purpose = .check
    ) -> OperationCase {
        func text(_ lengths: [Int]) -> String { lengths.map(String.init).joined(separator: "x") }
        let windows = zip(x.suffix(lengths.count), lengths).map { adaptiveSpans(input: $0, output: $1) }
        return OperationCase(
            "adaptive \(maximum ? "max" : "average") pooling \(text(x)) to \(text(lengths))", ["x": maximum ? .spaced(x) : Operand(x)],
            golden: golden,
            purpose: purpose, { maximum ? $0["x"].adaptiveMaxPool(lengths) : $0["x"].adaptiveAveragePool(lengths) },
            reference: { $0["x"].pooled(windows) { window, _ in maximum ? window.max() ?? -.infinity : window.mean } })
    }
}

extension [Double] {
    fileprivate var mean: Double { reduce(0, +) / Double(count) }
}
