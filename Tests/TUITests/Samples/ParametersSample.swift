// A run's experiment as the Parameters pane gets it.
import Training

@testable import TUI

extension Sample {
    /// Run 42, child of 37: rank 8 instead of 4, augmented.
    static func parameters(_ state: TrainView.State = .training) -> ParametersView {
        var view = ParametersView()
        view.isLoaded = true
        view.run = ParametersView.Run(id: 42, name: "full", state: state, parent: 37)
        var experiment = Experiment.preset(.small)
        experiment.name = "full"
        experiment.training.epochs = 60
        experiment.training.seeds = [123]
        experiment.model.lora.enabled = true
        view.parentExperiment = experiment
        experiment.model.lora.rank = 8
        experiment.augmentation.enabled = true
        view.experiment = experiment
        return view
    }
}
