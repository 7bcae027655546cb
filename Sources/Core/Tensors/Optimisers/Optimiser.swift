// What optimisers share, and clipping by the global norm.
import Kernels

/// Changes parameters by their gradients. `rate` may be set between steps.
public protocol Optimiser: AnyObject {
    var parameters: [Parameter] { get }
    /// Learning rate.
    var rate: Float { get set }
    /// One update of every trainable parameter that has a gradient, which is first multiplied by `gradientScale` (the clipping factor).
    func step(gradientScale: Float)
    /// Everything but the parameters that the next step depends on, by name, for checkpoints.
    var state: [String: Tensor] { get set }
}

extension Optimiser {
    public func step() { step(gradientScale: 1) }

    /// Forgets the gradients.
    public func clearGradients() { for parameter in parameters { parameter.gradient = nil } }
}

/// Norms over all gradients of a set of parameters.
public enum GradientClipping {
    /// The Euclidean norm of all gradients together.
    public static func norm(of parameters: [Parameter]) -> Float {
        Float(
            parameters.reduce(0.0) {
                $0 + ($1.gradient.map { gradient in withPointers(gradient) { emolab_sum_of_squares($0, gradient.count) } } ?? 0)
            }.squareRoot())
    }

    /// The factor that brings `norm` down to `limit`, 1 where it is below: min(1, limit / (norm + 1e-6)), as PyTorch.
    public static func factor(norm: Float, limit: Float) -> Float { min(1, limit / (norm + 1e-6)) }

    /// Scales the gradients in place so that their norm is at most `limit`; returns the norm before.
    @discardableResult
    public static func clip(_ parameters: [Parameter], limit: Float) -> Float {
        let norm = norm(of: parameters), factor = factor(norm: norm, limit: limit)
        if factor < 1 { for parameter in parameters { parameter.gradient = parameter.gradient.map { $0 * factor } } }
        return norm
    }
}
