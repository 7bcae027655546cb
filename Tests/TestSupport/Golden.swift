// Reference values from public libraries (Tests/Fixtures/golden), and comparison with them.
import Foundation
import Tensors
import Testing

public enum Golden {
    public static func file(_ name: String) throws -> Safetensors {
        try Safetensors(contentsOf: Fixtures.url("golden/\(name).safetensors"))
    }

    /// All tensors of a file, as float32.
    public static func tensors(_ name: String) throws -> [String: Tensor] {
        let file = try file(name)
        return Dictionary(uniqueKeysWithValues: file.entries.keys.compactMap { key in file[key].map { (key, $0) } })
    }
}

/// Every element within `tolerance` of the reference, relative to the reference's largest magnitude (at least 1e-3).
public func expectClose(
    _ found: Tensor, _ expected: Tensor, _ tolerance: Float, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    guard found.shape == expected.shape else {
        Issue.record("\(what): shape \(found.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    let scale = max(expected.values.reduce(0) { max($0, abs($1)) }, 1e-3)
    let worst = zip(found.values, expected.values).map { abs($0 - $1) }.reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
    #expect(worst <= tolerance * scale, "\(what): off by \(worst), largest value \(scale)", sourceLocation: sourceLocation)
}
