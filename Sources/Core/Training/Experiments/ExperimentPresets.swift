// The sizes and rates that an experiment starts from before its file has a say.

extension Experiment {
    /// `base`: the published sizes (zu-dann §4-5). `nano` (ours): learns from a few hundred clips in minutes on two cores.
    public static func preset(_ preset: ModelSettings.Preset) -> Experiment {
        var experiment = Experiment()
        experiment.model.preset = preset
        if preset == .nano { experiment.shrink() }
        return experiment
    }

    private mutating func shrink() {
        inputs.pictureSize = 64
        inputs.normalisePictures = .change
        // What changes between frames is to be the face, not its box: one box a clip.
        inputs.faces.smoothing = .movingAverage
        inputs.faces.smoothingRadius = inputs.frames
        model.audio.channels = [64, 96, 96]
        model.audio.hidden = 48
        model.audio.layers = 1
        model.video.width = 64
        model.video.layers = 2
        model.video.heads = 4
        model.video.mlp = 128
        model.video.patch = 16
        model.video.positionDeviation = 0.5
        model.fusion.width = 64
        model.fusion.heads = 4
        model.fusion.discriminatorWidth = 32
        optimiser.learningRate = 1e-3
        optimiser.warmUpEpochs = 1
        optimiser.weightDecay = 1e-4
        training.epochs = 10
        training.batch = 8
        training.patience = 0
        training.seeds = [42]
    }
}
