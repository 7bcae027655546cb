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
    private var moments: [(first: Tensor, second: Tensor, steps: Int)?]

    public init(
        _ parameters: [Parameter], rate: Float, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0,
        decoupled: Bool = false
    ) {
        self.parameters = parameters
        self.rate = rate
        (self.beta1, self.beta2, self.epsilon, self.weightDecay, self.decoupled) = (beta1, beta2, epsilon, weightDecay, decoupled)
        moments = Array(repeating: nil, count: parameters.count)
    }

    /// AdamW with PyTorch's default decay of 0.01.
    public static func adamW(_ parameters: [Parameter], rate: Float, weightDecay: Float = 0.01) -> Adam {
        Adam(parameters, rate: rate, weightDecay: weightDecay, decoupled: true)
    }

    public func step(gradientScale: Float) {
        for (index, parameter) in parameters.enumerated() where parameter.isTrainable {
            guard let gradient = parameter.gradient else { continue }
            var moment = moments[index] ?? (.zeros(parameter.value.shape), .zeros(parameter.value.shape), 0)
            moments[index] = nil
            moment.steps += 1
            let correction1 = Float(1 - pow(Double(beta1), Double(moment.steps))), correction2 = Float(1 - pow(Double(beta2), Double(moment.steps)))
            moment.first.makeUnique()
            moment.second.makeUnique()
            parameter.update {
                emolab_adam_step(
                    $0, gradient.pointer, moment.first.pointer, moment.second.pointer, gradient.count, rate, beta1, beta2, epsilon, weightDecay,
                    decoupled ? 1 : 0, correction1, correction2, gradientScale)
            }
            moments[index] = moment
        }
    }

    /// For each parameter `name.first`, `name.second` and `name.steps`.
    public var state: [String: Tensor] {
        get {
            var state: [String: Tensor] = [:]
            for (parameter, moment) in zip(parameters, moments) {
                guard let moment else { continue }
                state[parameter.name + ".first"] = moment.first
                state[parameter.name + ".second"] = moment.second
                state[parameter.name + ".steps"] = .scalar(Float(moment.steps))
            }
            return state
        }
        set {
            for (index, parameter) in parameters.enumerated() {
                guard let first = newValue[parameter.name + ".first"], let second = newValue[parameter.name + ".second"],
                    let steps = newValue[parameter.name + ".steps"], first.count == parameter.value.count, second.count == first.count
                else {
                    moments[index] = nil
                    continue
                }
                moments[index] = (first, second, Int(steps.item))
            }
        }
    }
}
