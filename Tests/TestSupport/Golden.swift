import Foundation
import TensorFiles
import Tensors

/// One file of reference values: inputs `in.*`, parameters `w.*`, results `out*`, cotangents `probe*`, gradients `grad.*`.
public struct Golden: Sendable {
    public let name: String
    public let file: Safetensors

    public init(_ name: String) throws {
        self.name = name
        file = try Safetensors(contentsOf: Fixtures.url("golden/\(name).safetensors"))
    }

    public func tensor(_ name: String) throws -> Tensor { try file.tensor(name) }

    /// Values that a case computes with: every floating-point `in.*` and `w.*`, watched.
    public struct Inputs {
        public let tensors: [String: Tensor]
        public subscript(name: String) -> Tensor { tensors[name]! }
    }

    /// What differs between a computation and the file.
    public struct Report: CustomStringConvertible {
        /// Largest relative error over the results, and over the gradients, with the name of the worst.
        public var forward: (name: String, error: Float) = ("", 0)
        public var gradient: (name: String, error: Float) = ("", 0)
        public var compared = 0
        public var description: String { "forward \(forward), gradient \(gradient), \(compared) arrays compared" }
    }

    /// Runs `compute` on the watched inputs, and compares results and all gradients of sum(result * probe).
    public func compare(_ compute: (Inputs) throws -> [Tensor]) throws -> Report {
        let tape = Tape()
        var watched: [String: Tensor] = [:], report = Report()
        for (name, entry) in file.entries where name.hasPrefix("in.") || name.hasPrefix("w.") {
            let tensor = try file.tensor(name)
            watched[name] = entry.type == .f32 && file.entries["grad." + name] != nil ? tape.watch(tensor) : tensor
        }
        let results = try compute(Inputs(tensors: watched))
        var total: Tensor?
        for (index, result) in results.enumerated() {
            let tag = results.count == 1 ? "" : ".\(index)"
            let error = relativeError(result, try tensor("out" + tag))
            if error >= report.forward.error { report.forward = ("out" + tag, error) }
            report.compared += 1
            let part = (result * (try tensor("probe" + tag))).sum()
            total = total.map { $0 + part } ?? part
        }
        tape.backward(total!)
        for name in file.entries.keys.sorted() where name.hasPrefix("grad.") {
            let gradient = tape.gradient(of: watched[String(name.dropFirst(5))]!)
            let error = gradient.map { relativeError($0, file[name]!) } ?? .infinity
            if error >= report.gradient.error { report.gradient = (name, error) }
            report.compared += 1
        }
        return report
    }
}
