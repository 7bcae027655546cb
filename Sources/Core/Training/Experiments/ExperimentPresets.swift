// The sizes and rates that an experiment starts from before its file has a say.

extension Experiment {
    /// `base`: the published sizes (zu-dann §4-5). `nano` and `small` (ours): learn from a few hundred clips on two cores, in a minute
    /// and in a few.
    public static func preset(_ preset: ModelSettings.Preset) -> Experiment {
        var experiment = Experiment()
        experiment.model.preset = preset
        switch preset {
        case .nano: experiment.shrinkToNano()
        case .small: experiment.shrinkToSmall()
        case .base: break
        }
        return experiment
    }

    private mutating func shrinkToNano() {
        learnFromFewClips()
        inputs.pictureSize = 64
        model.audio.channels = [64, 96, 96]
        model.audio.hidden = 48
        model.audio.layers = 1
        model.video.width = 64
        model.video.layers = 2
        model.video.heads = 4
        model.video.mlp = 128
        model.fusion.width = 64
        model.fusion.heads = 4
        model.fusion.discriminatorWidth = 32
        optimiser.learningRate = 1e-3
        training.epochs = 10
    }

    private mutating func shrinkToSmall() {
        learnFromFewClips()
        inputs.pictureSize = 96
        model.audio.channels = [96, 128, 128]
        model.audio.hidden = 72
        model.audio.layers = 2
        model.video.width = 128
        model.video.layers = 4
        model.video.heads = 4
        model.video.mlp = 384
        model.fusion.width = 96
        model.fusion.heads = 4
        model.fusion.discriminatorWidth = 48
        optimiser.learningRate = 5e-4
        training.epochs = 15
    }

    /// What training from scratch on a small corpus needs, at any size.
    private mutating func learnFromFewClips() {
        inputs.normalisePictures = .change
        // What changes between frames is to be the face, not its box: one box a clip.
        inputs.faces.smoothing = .movingAverage
        inputs.faces.smoothingRadius = inputs.frames
        model.video.positionDeviation = 0.5
        optimiser.warmUpEpochs = 1
        optimiser.weightDecay = 1e-4
        training.batch = 8
        training.patience = 0
        training.seeds = [42]
    }
}
