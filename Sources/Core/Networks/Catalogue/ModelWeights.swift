// Parameters for a network that is being built, taken from a file by name: nothing is drawn that is then thrown away,
// and a configuration that asks for more than the file holds takes no memory for it.
import Tensors

final class ModelWeights {
    private let file: TensorFile
    /// Names that a checkpoint may put before every parameter's, e.g. `timesformer.`; found with the first parameter.
    private var prefix: String?
    private var used: Set<String> = []
    private var failure: CatalogueError?
    private var missing: [String] = []

    init(_ file: TensorFile) { self.file = file }

    /// The file's array of that name. What is missing or does not fit leaves an empty tensor and is reported by ``finish()``:
    /// the network is not used then.
    func value(_ name: String, _ shape: [Int]) -> Tensor {
        let prefix = prefix ?? findPrefix(name)
        self.prefix = prefix
        guard let array = file.arrays[prefix + name] else {
            missing.append(name)
            return .zeros([0])
        }
        guard array.shape == shape else {
            failure = failure ?? .shape(name: prefix + name, expected: shape, found: array.shape)
            return .zeros([0])
        }
        used.insert(prefix + name)
        return array.tensor
    }

    /// Names in the file that no parameter took, without PyTorch's counters of batches, which nothing reads. Throws where a parameter was missing or of another shape.
    func finish() throws(CatalogueError) -> [String] {
        let unused = file.names.filter { !used.contains($0) && !$0.hasSuffix("num_batches_tracked") }
        if let failure { throw failure }
        if !missing.isEmpty { throw .missing(missing, instead: unused) }
        return unused
    }

    /// The shortest that makes the name one of the file's.
    private func findPrefix(_ name: String) -> String {
        if file.arrays[name] != nil { return "" }
        let longer = file.names.filter { $0.hasSuffix("." + name) }.min { ($0.count, $0) < ($1.count, $1) }
        return longer.map { String($0.dropLast(name.count)) } ?? ""
    }
}
