// AdaBelief (Zhuang et al., 2020) as adabelief_pytorch 0.2 computes it; rectified after Liu et al. (2020).
import Foundation
import Kernels

/// Adam whose second moment is the gradient's squared distance from its running mean. Defaults are adabelief_pytorch's.
public final class AdaBelief: Optimiser {
    public let parameters: [Parameter]
    public var rate: Float
    public var beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float
    /// Shrinks the weights instead of adding to the gradient.
    public let decoupled: Bool
    /// Scales steps by how far the second moment can be trusted, and leaves it out in the first ones.
    public let rectified: Bool
    private var moments: Moments

    public init(
        _ parameters: [Parameter], rate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-16,
        weightDecay: Float = 0,
        decoupled: Bool = true, rectified: Bool = true
    ) {
        self.parameters = parameters
        self.rate = rate
        (self.beta1, self.beta2, self.epsilon, self.weightDecay) = (beta1, beta2, epsilon, weightDecay)
        (self.decoupled, self.rectified) = (decoupled, rectified)
        moments = Moments(of: parameters)
    }

    /// Coupled decay, not rectified (parity notes, section 4.5).
    public static func coupled(_ parameters: [Parameter], rate: Float = 1e-3, weightDecay: Float = 1e-7) -> AdaBelief {
        AdaBelief(parameters, rate: rate, epsilon: 1e-8, weightDecay: weightDecay, decoupled: false, rectified: false)
    }

    public func step(gradientScale: Float) {
        for (index, parameter) in parameters.enumerated() where parameter.isTrainable {
            guard let gradient = parameter.gradient else { continue }
            moments.update(index, of: parameter) { first, second, steps in
                let pace = pace(steps)
                withPointers(parameter.unshared, gradient) {
                    emolab_adabelief_step(
                        $0, $1, first, second, gradient.count, rate, rate * Float(pace.factor), Float(pace.root), pace.adapts ? 1 : 0,
                        beta1, beta2, epsilon, weightDecay, decoupled ? 1 : 0, gradientScale)
                }
            }
        }
    }

    /// Factor on the learning rate and on the root of the second moment at step `t`, and whether that moment is used.
    private func pace(_ t: Int) -> (factor: Double, root: Double, adapts: Bool) {
        let power1 = pow(Double(beta1), Double(t)), power2 = pow(Double(beta2), Double(t))
        let corrected = 1 / (1 - power1)
        guard rectified else { return (corrected, 1 / (1 - power2).squareRoot(), true) }
        // Length of the average that the second moment amounts to, at the end and now; below 5 its variance is not known.
        let longest = 2 / (1 - Double(beta2)) - 1, length = longest - 2 * Double(t) * power2 / (1 - power2)
        guard length >= 5 else { return (corrected, 1, false) }
        let trust = (length - 4) / (longest - 4) * (length - 2) / length * longest / (longest - 2)
        return (((1 - power2) * trust).squareRoot() * corrected, 1, true)
    }

    public var state: [String: Tensor] {
        get { moments.state(of: parameters) }
        set { moments.load(newValue, of: parameters) }
    }
}
