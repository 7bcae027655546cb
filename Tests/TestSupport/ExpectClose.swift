// Comparison with reference values, as an expectation.
import Tensors
import Testing

extension Golden {
    /// All arrays of a file, as float32.
    public static func tensors(_ name: String) throws -> [String: Tensor] {
        let file = try Golden(name).file
        return Dictionary(uniqueKeysWithValues: file.entries.keys.compactMap { key in file[key].map { (key, $0) } })
    }
}

/// Every element within `tolerance` of the reference, relative to the reference's largest magnitude (at least 1e-3).
public func expectClose(
    _ found: Tensor, _ expected: Tensor, _ tolerance: Float, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    let error = relativeError(found, expected, floor: 1e-3)
    #expect(error <= tolerance, "\(what): shape \(found.shape), error \(error)", sourceLocation: sourceLocation)
}
