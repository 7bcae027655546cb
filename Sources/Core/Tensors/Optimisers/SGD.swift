// Stochastic gradient descent with momentum, plain or Nesterov's, as PyTorch computes it.
import Kernels

public final class SGD: Optimiser {
    public let parameters: [Parameter]
    public var rate: Float
    public var momentum: Float, weightDecay: Float
    public let nesterov: Bool
    private var velocities: [Tensor?]

    public init(_ parameters: [Parameter], rate: Float, momentum: Float = 0, nesterov: Bool = false, weightDecay: Float = 0) {
        self.parameters = parameters
        self.rate = rate
        (self.momentum, self.nesterov, self.weightDecay) = (momentum, nesterov, weightDecay)
        velocities = Array(repeating: nil, count: parameters.count)
    }

    public func step(gradientScale: Float) {
        for (index, parameter) in parameters.enumerated() where parameter.isTrainable {
            guard let gradient = parameter.gradient else { continue }
            let isFirst = velocities[index] == nil
            var velocity = velocities[index] ?? Tensor(like: parameter.value)
            velocities[index] = nil
            velocity.makeUnique()
            withPointers(parameter.unshared, gradient, velocity) {
                emolab_sgd_step($0, $1, $2, gradient.count, rate, momentum, nesterov ? 1 : 0, weightDecay, isFirst ? 1 : 0, gradientScale)
            }
            velocities[index] = velocity
        }
    }

    /// For each parameter `name.velocity`.
    public var state: [String: Tensor] {
        get {
            var state: [String: Tensor] = [:]
            for (parameter, velocity) in zip(parameters, velocities) where velocity != nil {
                state[parameter.name + ".velocity"] = velocity
            }
            return state
        }
        set {
            for (index, parameter) in parameters.enumerated() {
                let velocity = newValue[parameter.name + ".velocity"]
                velocities[index] = velocity?.count == parameter.value.count ? velocity : nil
            }
        }
    }
}
