import Base
import Networks
import Tensors

/// Everything that a run trains. A published system makes it of an experiment; the trainer that carries it out knows no system.
public struct TrainingJob: Sendable {
    /// Makes the network for so many classes, its parameters in a scope.
    public typealias NetworkMaker = @Sendable (_ classes: Int, _ scope: Scope) throws(ExperimentError) -> any Network
    /// A stored value brought to a parameter's shape; nil where that cannot be.
    public typealias Resizing = @Sendable (_ name: String, _ value: Tensor, _ shape: [Int]) -> Tensor?

    /// Hidden width and dropout of the domain discriminators.
    public typealias Discriminator = (width: Int, dropout: Double)

    public var network: NetworkMaker
    /// Adapters that the network's layers get.
    public var adapters: [LoRA]
    /// Names of the parameters that do not learn, `*` for anything; adapters learn all the same.
    public var frozenParameters: [String]
    /// Files of published weights that parts of the network start with.
    public var imports: [WeightImport]
    /// How values of an earlier run's weights become those of a network of another size.
    public var resized: Resizing
    /// The part of the network whose answer about a clip is the same in every epoch while it is frozen; nil where there is none.
    public var frozenStage: FrozenStage?
    public var discriminator: Discriminator
    /// The embedding that label-free scores and target subsets look at.
    public var mainEmbedding: String
    /// Warnings that are told before the first step.
    public var warnings: [String]

    public init(
        network: @escaping NetworkMaker, adapters: [LoRA] = [], frozenParameters: [String] = [], imports: [WeightImport] = [],
        resized: @escaping Resizing = { _, _, _ in nil }, frozenStage: FrozenStage? = nil, discriminator: Discriminator,
        mainEmbedding: String, warnings: [String] = []
    ) {
        self.network = network
        self.adapters = adapters
        self.frozenParameters = frozenParameters
        self.imports = imports
        self.resized = resized
        self.frozenStage = frozenStage
        self.discriminator = discriminator
        self.mainEmbedding = mainEmbedding
        self.warnings = warnings
    }
}

/// Published weights for one part of a network.
public struct WeightImport: Sendable {
    /// The key of the experiment that names the file.
    public var key: String
    public var path: String
    /// Prefix of the names of the part's parameters, e.g. `audio.`.
    public var scope: String
    /// Refuses inputs that the published part cannot take.
    public var check: @Sendable () throws -> Void

    public init(key: String, path: String, scope: String, check: @escaping @Sendable () throws -> Void = {}) {
        self.key = key
        self.path = path
        self.scope = scope
        self.check = check
    }
}

/// A part of a network whose answers are computed once a clip while it is frozen.
public struct FrozenStage: Sendable {
    /// Prefix of the names of its parameters.
    public var scope: String

    public init(scope: String) { self.scope = scope }

    /// True where it has parameters and none of them is trained.
    func isFrozen(in store: ParameterStore) -> Bool {
        let own = store.parameters.filter { $0.name.hasPrefix(scope) }
        return !own.isEmpty && own.allSatisfy { !$0.isTrainable }
    }
}
