import Foundation

enum Softmax {
    /// The second of two probabilities, in PyTorch's order of operations: the larger score is taken off first.
    static func second(_ a: Float, _ b: Float) -> Float {
        let most = max(a, b)
        let (first, second) = (exp(a - most), exp(b - most))
        return second / (first + second)
    }
}
