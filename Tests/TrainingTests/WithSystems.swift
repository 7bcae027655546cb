// The calls of these tests with the program's own systems.
import Base
import Foundation
import Inputs
import Networks
import Records
import Systems

@testable import Analysis
@testable import Training

extension Learner {
    convenience init(_ experiment: Experiment, classes: Int, source: ParameterStore.Source? = nil) throws(ExperimentError) {
        let task = LearningTask(classes: (0..<classes).map { "class \($0)" })
        try self.init(Systems.all.job(for: experiment), experiment, task: task, source: source)
    }
}

extension StartingWeights {
    convenience init(_ experiment: Experiment, task: LearningTask, preparation: EffectivePreparation, start: URL?) throws {
        try self.init(Systems.all.job(for: experiment), of: Systems.all, experiment, task: task, preparation: preparation, start: start)
    }
}

extension TrainedModel {
    convenience init(_ file: URL) throws(TrainedModelError) { try self.init(file, systems: Systems.all) }
}

extension RunData {
    /// Weights of an earlier run whose opinions choose the target subset.
    var sourceModel: URL? {
        get { opinions.map { URL(fileURLWithPath: $0.path) } }
        set { opinions = newValue.map { SourceModel($0, systems: Systems.all) } }
    }
}
