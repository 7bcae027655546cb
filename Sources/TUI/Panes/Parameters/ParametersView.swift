// What the Parameters pane shows: a run's experiment beside its parent's and its defaults, and what became of live orders.
import Base
import Corpora
import Records
import Viz

public struct ParametersView: PaneModel, Equatable {
    public struct Run: Sendable, Equatable {
        public var id: Int64
        public var name: String
        public var state: TrainView.State
        public var parent: Int64?

        public init(id: Int64, name: String, state: TrainView.State, parent: Int64? = nil) {
            self.id = id
            self.name = name
            self.state = state
            self.parent = parent
        }
    }

    /// A live change that somebody ordered.
    public struct Change: Sendable, Equatable {
        public enum State: Sendable, Equatable { case waiting, applied, refused, lapsed }
        /// Of the order.
        public var id: Int64
        /// As ordered, which may be short: `alpha.maximum`.
        public var key: String
        public var value: String
        public var state: State
        public var step: Int?
        /// As the trainer tells it: `alpha.maximum 0.1 → 0.05`, or why not.
        public var text: String

        public init(id: Int64, key: String, value: String, state: State, step: Int? = nil, text: String = "") {
            self.id = id
            self.key = key
            self.value = value
            self.state = state
            self.step = step
            self.text = text
        }
    }

    /// False until the store was read.
    public var isLoaded = false
    public var run: Run?
    /// As it stands now, with live changes; nil where this program cannot read it.
    public var experiment: ExperimentRecord?
    /// Why not.
    public var problem: String?
    public var parentExperiment: ExperimentRecord?
    /// Newest first.
    public var changes: [Change] = []

    public init() {}
}

/// Asks for a run in a process of its own, which outlives the screen.
public enum LaunchRequest: FeedRequest, Equatable {
    /// A new run whose parent is the one given; TOML.
    case child(of: Int64, experiment: String)
    case clone(experiment: String)
    /// A run that ended goes on from its last checkpoint, with overrides of what may change then, or stays paused there.
    case resume(run: Int64, changes: [String], isPaused: Bool = false)
}

/// One key as a row of the form.
struct ParameterRow: TableRow, Equatable {
    var key: KeyRow
    /// With the edits, as settings print it; the next ones likewise.
    var value: String
    /// Of the run itself.
    var original: String
    var standard: String
    /// Nil where the run has no parent.
    var parent: String?

    var id: String { key.name }
    var isEdited: Bool { value != original }
    var differsFromParent: Bool { parent.map { $0 != value } ?? false }
    /// Anything that makes it worth a look.
    var isChanged: Bool { isEdited || differsFromParent || value != standard }

    enum Column: Int, CaseIterable { case key, value, standard, parent, unit, takes, effect, help, state }

    static let filterColumns = ["key", "value", "default", "parent", "unit", "range", "effect", "help", "state"]
    static let exportColumns = filterColumns
    /// Settings as experiments write them.
    var exportValues: [DataValue] { Column.allCases.map { DataValue(filterText($0.rawValue)) } }

    func filterText(_ column: Int) -> String? {
        switch Column(rawValue: column) {
        case .key: key.name
        case .value: value
        case .standard: standard
        case .parent: parent
        case .unit: key.unit
        case .takes: key.takes
        case .effect: key.effect.rawValue
        case .help: key.help
        case .state:
            [isEdited ? "edited" : nil, differsFromParent ? "differs" : nil, value != standard ? "changed" : nil].compactMap(\.self).joined(
                separator: " ")
        case nil: nil
        }
    }

    func filterNumber(_ column: Int) -> Double? {
        switch Column(rawValue: column) {
        case .value: Double(value)
        case .standard: Double(standard)
        case .parent: parent.flatMap(Double.init)
        default: nil
        }
    }

    /// Every key of an experiment with edits beside the one without, its defaults and its parent's.
    static func rows(_ keys: [KeyRow], _ edited: ExperimentRecord, original: ExperimentRecord, parent: ExperimentRecord?) -> [ParameterRow]
    {
        keys.map { key in
            ParameterRow(
                key: key, value: edited.settings[key.name] ?? "", original: original.settings[key.name] ?? "",
                standard: edited.defaults[key.name] ?? "", parent: parent.map { $0.settings[key.name] ?? "" })
        }
    }
}
