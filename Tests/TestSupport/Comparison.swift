import Tensors

/// The largest difference of two arrays, relative to the largest value of the expected one (or absolute where that is below `floor`).
public func relativeError(_ actual: Tensor, _ expected: Tensor, floor: Float = 1e-6) -> Float {
    guard actual.shape == expected.shape else { return .infinity }
    let a = actual.values, b = expected.values
    let scale = max(b.map(abs).max() ?? 0, floor)
    return zip(a, b).reduce(0) { most, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(most, difference)
    } / scale
}
