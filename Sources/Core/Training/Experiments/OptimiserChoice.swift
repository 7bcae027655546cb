// The optimiser that an experiment names.
import Tensors

extension OptimiserSettings {
    /// The named method at the experiment's first rate and decay.
    func optimiser(for parameters: [Parameter]) -> any Optimiser {
        let rate = Float(learningRate), decay = Float(weightDecay)
        switch method {
        case .adamw: return Adam.adamW(parameters, rate: rate, weightDecay: decay)
        case .adam: return Adam(parameters, rate: rate, weightDecay: decay)
        case .sgd: return SGD(parameters, rate: rate, momentum: Float(momentum), nesterov: momentum > 0, weightDecay: decay)
        case .adabelief: return AdaBelief.coupled(parameters, rate: rate, weightDecay: decay)
        }
    }
}
