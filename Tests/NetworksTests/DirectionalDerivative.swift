// A parameter's gradient against central differences of the loss along it.
import Tensors
import TestSupport
import Testing

/// Slope of `loss` along the sign of the parameter's gradient, by central differences, and by the gradient itself.
func directionalDerivative(of parameter: Parameter, _ loss: () -> Float) -> (numeric: Float, analytic: Float) {
    let start = parameter.value, gradient = parameter.gradient!.values
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard norm > 1e-7 else { return (0, 0) }
    let step: Float = 3e-3
    func at(_ scale: Float) -> Float {
        parameter.value = Tensor(zip(start.values, gradient).map { $0 + scale * $1 / norm }, shape: start.shape)
        return loss()
    }
    defer { parameter.value = start }
    return ((at(step) - at(-step)) / (2 * step), norm)
}

func expectClose(_ slopes: (numeric: Float, analytic: Float), _ gradient: Tensor, _ name: String) {
    let difference = abs(slopes.numeric - slopes.analytic)
    #expect(difference <= 1e-3 + 0.02 * slopes.analytic, "\(name): \(slopes.numeric) numerically, \(slopes.analytic) by the tape")
}
