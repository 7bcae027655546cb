// Models that can be applied by name to tensors from files: what each is called, takes and gives, and how a configuration builds it.
import TensorFiles
import Tensors

/// One entry of the catalogue.
public struct CatalogueModel: Sendable {
    /// A named tensor that goes in or comes out.
    public struct Port: Sendable, Encodable {
        public var name: String
        /// Axes in words, e.g. `[batch, frames, 3, height, width]`.
        public var shape: String
        public var about: String
        public var isOptional = false

        enum CodingKeys: String, CodingKey {
            case name, shape, about
            case isOptional = "optional"
        }
    }

    /// What is asked of one application.
    public struct Request: Sendable {
        /// Attention maps are among the outputs.
        public var keepsAttention: Bool
        public var precision: Precision

        public init(keepsAttention: Bool = false, precision: Precision = .float32) {
            self.keepsAttention = keepsAttention
            self.precision = precision
        }
    }

    typealias Apply = (_ inputs: [String: Tensor], _ request: Request) throws(CatalogueError) -> [String: Tensor]

    public let name: String
    public let about: String
    public let inputs, outputs: [Port]
    /// Configurations that need no file, by name.
    public let presets: [String: ModelConfiguration]
    let build: @Sendable (_ configuration: ModelConfiguration, _ scope: Scope) throws(CatalogueError) -> Apply
}

/// A model of the catalogue with its weights.
public struct LoadedModel {
    public let model: CatalogueModel
    /// Numbers in all parameters.
    public let parameterCount: Int
    /// Tensors of the weights that the model has no place for, such as a classifier that it does without.
    public let unusedWeights: [String]
    /// Tensors of the weights with values that are no numbers, e.g. `'gru.weight' (3 of 24 values are infinite)`.
    public let notFiniteWeights: [String]
    private let apply: CatalogueModel.Apply

    /// Builds the model with the file's weights; names may stand behind a common prefix. Throws ``CatalogueError``.
    public init(_ model: CatalogueModel, _ configuration: ModelConfiguration, weights: TensorFile) throws(CatalogueError) {
        let source = ModelWeights(weights)
        let store = ParameterStore(seed: 0, source: source.value)
        apply = try model.build(configuration, store.root)
        unusedWeights = try source.finish()
        notFiniteWeights = source.notFinite.map { "'\($0.name)' (\($0.words))" }
        parameterCount = store.count
        store.freeze()
        self.model = model
    }

    /// Outputs by name. Inputs that the model does not know are left alone. Throws ``CatalogueError`` where one is missing or does not fit.
    public func callAsFunction(_ inputs: [String: Tensor], _ request: CatalogueModel.Request) throws(CatalogueError) -> [String: Tensor] {
        for port in model.inputs where !port.isOptional && inputs[port.name] == nil {
            throw .input(
                name: port.name,
                problem:
                    "is missing: \(port.shape), \(port.about); the file holds \(inputs.keys.sorted().prefix(8).joined(separator: ", "))")
        }
        return try apply(inputs, request)
    }
}

public enum ModelCatalogue {
    public static func model(named name: String) throws(CatalogueError) -> CatalogueModel {
        guard let model = models.first(where: { $0.name == name }) else { throw .unknownModel(name, valid: models.map(\.name)) }
        return model
    }
}
