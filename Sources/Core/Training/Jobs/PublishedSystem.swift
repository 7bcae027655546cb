import Base

/// A published system. It turns an experiment's settings into a training job.
public protocol PublishedSystem: Sendable {
    /// Its name in experiments.
    var name: String { get }
    /// Experiments that come with it, in the order in which they are listed.
    var experiments: [EmbeddedExperiment] { get }
    /// The job that a run of the experiment carries out.
    func job(for experiment: Experiment) -> TrainingJob
}

/// An experiment that is built into the program.
public struct EmbeddedExperiment: Sendable {
    /// The name by which `emolab train` finds it, e.g. `demo`.
    public var name: String
    /// TOML.
    public var text: String

    public init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        text = String(decoding: bytes, as: UTF8.self)
    }
}

/// The systems that a program knows. The program's own list is handed in: a trainer names none.
public struct SystemLibrary: Sendable {
    public let systems: [any PublishedSystem]

    public init(_ systems: [any PublishedSystem]) { self.systems = systems }

    public var names: [String] { systems.map(\.name) }
    public var experiments: [EmbeddedExperiment] { systems.flatMap(\.experiments) }

    /// The job of the system that the experiment names.
    /// - Throws: `ExperimentError.unknownValue`.
    public func job(for experiment: Experiment) throws(ExperimentError) -> TrainingJob {
        guard let system = systems.first(where: { $0.name == experiment.system }) else {
            throw .unknownValue(
                key: "system", line: nil, value: experiment.system, valid: names, nearest: nearestName(to: experiment.system, among: names))
        }
        return system.job(for: experiment)
    }
}
