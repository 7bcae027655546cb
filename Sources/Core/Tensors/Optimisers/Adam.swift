// Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019), one fused pass over each parameter.
import Foundation
import Kernels

/// Adam; with `decoupled` weight decay it is AdamW. Defaults are PyTorch's.
public final class Adam: Optimiser {
    public let parameters: [Parameter]
    public var rate: Float
    public var beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float
    /// Shrinks the weights instead of adding to the gradient.
    public let decoupled: Bool
    private var moments: Moments

    public init(
        _ parameters: [Parameter], rate: Float, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0,
        decoupled: Bool = false
    ) {
        self.parameters = parameters
        self.rate = rate
        (self.beta1, self.beta2, self.epsilon, self.weightDecay, self.decoupled) = (beta1, beta2, epsilon, weightDecay, decoupled)
        moments = Moments(of: parameters)
    }

    /// AdamW with PyTorch's default decay of 0.01.
    public static func adamW(_ parameters: [Parameter], rate: Float, weightDecay: Float = 0.01) -> Adam {
        Adam(parameters, rate: rate, weightDecay: weightDecay, decoupled: true)
    }

    public func step(gradientScale: Float) {
        for (index, parameter) in parameters.enumerated() where parameter.isTrainable {
            guard let gradient = parameter.gradient else { continue }
            moments.update(index, of: parameter) { first, second, steps in
                let correction1 = Float(1 - pow(Double(beta1), Double(steps))), correction2 = Float(1 - pow(Double(beta2), Double(steps)))
                withPointers(parameter.unshared, gradient) {
                    emolab_adam_step(
                        $0, $1, first, second, gradient.count, rate, beta1, beta2, epsilon, weightDecay, decoupled ? 1 : 0, correction1,
                        correction2, gradientScale)
                }
            }
        }
    }

    public var state: [String: Tensor] {
        get { moments.state(of: parameters) }
        set { moments.load(newValue, of: parameters) }
    }
}
