// Parameters for a network that is being built, taken from a file by name: nothing is drawn that is then thrown away,
// and a configuration that asks for more than the file holds takes no memory for it.
import TensorFiles
import Tensors

final class ModelWeights {
    private let file: TensorFile
    private var names: WeightNames
    private var failure: CatalogueError?
    private var missing: [String] = []
    /// Names in the file whose values are not all numbers, with what they are instead.
    private(set) var notFinite: [(name: String, words: String)] = []

    init(_ file: TensorFile) {
        self.file = file
        names = WeightNames(file)
    }

    /// The file's array of that name. What is missing or does not fit leaves an empty tensor and is reported by ``finish()``:
    /// the network is not used then.
    func value(_ name: String, _ shape: [Int]) -> Tensor {
        guard let (inFile, array) = names.find(name, shape: shape) else {
            missing.append(name)
            return .zeros([0])
        }
        guard array.shape == shape else {
            failure = failure ?? .shape(name: inFile, expected: shape, found: array.shape)
            return .zeros([0])
        }
        let tensor = array.tensor
        if let words = tensor.notFiniteWords { notFinite.append((inFile, words)) }
        return tensor
    }

    /// Names in the file that no parameter took, without PyTorch's counters of batches, which nothing reads. Throws where a parameter was missing or of another
    /// shape, and where another set of weights in the file would have done as well.
    func finish() throws(CatalogueError) -> [String] {
        let used = names.used, unused = file.names.filter { !used.contains($0) && !$0.hasSuffix("num_batches_tracked") }
        if let failure { throw failure }
        if !missing.isEmpty { throw .missing(missing, instead: unused) }
        do { try names.check() } catch { throw .ambiguous(error.sets) }
        return unused
    }
}
