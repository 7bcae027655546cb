// A run's experiment as the Parameters pane gets it.
import Base
import Records

@testable import TUI

extension Sample {
    static let editing = ExperimentEditing(MadeUpExperiments())

    /// The made-up experiment with further overrides.
    static func experiment(_ overrides: [String] = []) -> ExperimentRecord {
        let reader = MadeUpExperiments()
        let changes = [
            "name=\"full\"", "training.epochs=60", "training.seeds=[123]", "model.lora.enabled=true",
        ]
        guard let small = try? reader.read("model.preset = \"small\"\n"), let record = try? reader.applying(changes + overrides, to: small)
        else {
            return ExperimentRecord(text: "", settings: [:], defaults: [:])
        }
        return record
    }

    /// Run 42, child of 37: rank 8 instead of 4, augmented.
    static func parameters(_ state: TrainView.State = .training) -> ParametersView {
        var view = ParametersView()
        view.isLoaded = true
        view.run = ParametersView.Run(id: 42, name: "full", state: state, parent: 37)
        view.parentExperiment = experiment()
        view.experiment = experiment(["model.lora.rank=8", "augmentation.enabled=true"])
        return view
    }
}
