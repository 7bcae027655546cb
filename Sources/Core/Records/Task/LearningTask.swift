// The task of a run's model: targets, and the heads that answer them.

/// One dimension of a continuous target.
public struct Dimension: Sendable, Codable, Equatable {
    /// e.g. `valence`.
    public var name: String
    public var lower: Double
    public var upper: Double
    /// Nil where it has none, as valence and arousal.
    public var unit: String?

    public init(_ name: String, from lower: Double, to upper: Double, unit: String? = nil) {
        (self.name, self.lower, self.upper, self.unit) = (name, lower, upper, unit)
    }
}

/// One thing to be known of a sample.
public enum Target: Sendable, Equatable {
    /// The full list of names, in the order in which truths and answers count them: it travels with the run, whatever becomes of the library of labels.
    case classes([String])
    case values([Dimension])

    /// Nil for values.
    public var labels: [String]? { if case .classes(let labels) = self { labels } else { nil } }
    /// Nil for classes.
    public var dimensions: [Dimension]? { if case .values(let dimensions) = self { dimensions } else { nil } }
    /// Numbers of one answer.
    public var width: Int {
        switch self {
        case .classes(let labels): labels.count
        case .values(let dimensions): dimensions.count
        }
    }
}

extension Target: Codable {
    private enum CodingKeys: String, CodingKey { case classes, values }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let labels = try container.decodeIfPresent([String].self, forKey: .classes) {
            self = .classes(labels)
        } else {
            self = .values(try container.decode([Dimension].self, forKey: .values))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .classes(let labels): try container.encode(labels, forKey: .classes)
        case .values(let dimensions): try container.encode(dimensions, forKey: .values)
        }
    }
}

/// One named output of a model for one target.
public struct Head: Sendable, Codable, Equatable {
    /// The unit of one answer.
    public enum Axis: String, Sendable, Codable { case sample, frame }

    public var name: String
    /// Its target's name in the task.
    public var target: String
    public var axis: Axis

    public init(_ name: String, target: String, axis: Axis = .sample) { (self.name, self.target, self.axis) = (name, target, axis) }
}

/// Targets by name, and the heads that answer them: the first is the main one, others are side heads.
public struct LearningTask: Sendable, Codable, Equatable {
    public var targets: [String: Target]
    public var heads: [Head]

    public init(targets: [String: Target], heads: [Head]) { (self.targets, self.heads) = (targets, heads) }

    /// One target of classes and one head of the same name.
    public init(classes labels: [String], named name: String = "emotion") {
        self.init(targets: [name: .classes(labels)], heads: [Head(name, target: name)])
    }

    public var main: Head? { heads.first }
    public func head(_ name: String) -> Head? { heads.first { $0.name == name } }
    public func target(of head: String) -> Target? { self.head(head).flatMap { targets[$0.target] } }
    public var mainTarget: Target? { main.flatMap { targets[$0.target] } }
    /// The main target's class names; empty where it is of values.
    public var labels: [String] { mainTarget?.labels ?? [] }

    /// Whether every head has a target, and no name is there twice: what a store gives back is foreign like any file.
    public var isWhole: Bool {
        !heads.isEmpty && Set(heads.map(\.name)).count == heads.count && heads.allSatisfy { targets[$0.target] != nil }
    }
}
