// A store as large as years of work leave it, with invented numbers: what the screen is measured on.
import Corpora
import Foundation
import Records
import Runs
import Store
import Training

struct LargeStore {
    var runs: Int
    var clips: Int
    /// Epochs of the last run; the others have ten.
    var epochs: Int

    static let labels = ["neutral", "happy", "sad", "anger", "fear", "disgust"]

    /// - Parameter progress: gets runs made and all.
    /// - Returns: the last run, still in this process' hands, and its recorder.
    func make(in folder: URL, progress: (Int, Int) -> Void) throws -> (store: RunStore, run: RunSummary, recorder: RunRecorder) {
        let store = try RunStore(at: folder)
        for (index, corpus) in ["crowd", "studio"].enumerated() {
            let count = index == 0 ? clips - clips / 6 : clips / 6
            _ = try store.addCorpus(
                name: corpus, format: "table", folder: "/nowhere/\(corpus)",
                scan: CorpusScan(clips: (0..<count).map { clip($0, corpus) }, rejected: []))
        }
        var experiment = Experiment.preset(.nano)
        (experiment.name, experiment.data.source, experiment.data.target) = ("bench", "studio", "crowd")
        for index in 1..<runs {
            if index % 100 == 0 { progress(index, runs) }
            experiment.optimiser.learningRate = 1e-4 * Double(1 + index % 37)
            let run = try store.createRun(name: "bench-\(index / 3)", experiment: experiment.toml(), seed: [42, 123, 2024][index % 3])
            let recorder = RunRecorder(store: store, run: run)
            recorder.record(.started(plan(epochs: 2)))
            for epoch in 1...2 { recorder.record(.epoch(record(epoch, of: 2, shift: index))) }
            let last = record(2, of: 2, shift: index)
            recorder.record(
                .finished(
                    FinalReport(
                        bestEpoch: 2, epochs: 2, steps: 2 * stepsPerEpoch, scores: last.scores, seconds: 60, samplesPerSecond: 40)))
            try recorder.close()
        }
        let run = try store.createRun(name: "bench-long", experiment: experiment.toml(), seed: 42)
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.started(plan(epochs: epochs + 100)))
        for epoch in 1...epochs {
            for step in (epoch - 1) * stepsPerEpoch + 1...epoch * stepsPerEpoch { recorder.record(.step(self.step(step))) }
            recorder.record(.epoch(record(epoch, of: epochs, shift: 0)))
            if epoch % 50 == 0 { try recorder.flush() }
        }
        let samples = samples()
        try store.recordSamples(samples, run: run.id)
        recorder.record(.answers(epoch: epochs, samples.enumerated().map(answer)))
        try recorder.flush()
        progress(runs, runs)
        return (store, run, recorder)
    }

    let stepsPerEpoch = 72

    init(runs: Int, clips: Int, epochs: Int) {
        self.runs = runs
        self.clips = clips
        self.epochs = epochs
    }

    private func clip(_ index: Int, _ corpus: String) -> Clip {
        let emotion = Self.labels[index * 7 % 6]
        return Clip(
            name: "\(1001 + index % 91)_ITS_\(emotion.prefix(3).uppercased())_\(index)", corpus: corpus, speaker: "\(1001 + index % 91)",
            emotion: emotion,
            intensity: ["low", "medium", "high"][index % 3], sentence: "It's eleven o'clock", sex: index % 2 == 0 ? "female" : "male",
            age: 20 + index % 50, video: "/nowhere/\(corpus)/\(index).mp4")
    }

    private static let task = LearningTask(classes: labels)
    private static let classTerm = Series(.term, "class"), accuracy = Series(.metric, MetricName.accuracy, of: "emotion")

    private func plan(epochs: Int) -> RunPlan {
        let share = { (name: String) in Metric(name, of: "emotion", .higherIsBetter, from: 0, to: 1) }
        return RunPlan(
            stepsPerEpoch: stepsPerEpoch, epochs: epochs, batchSize: 8, task: Self.task, source: "studio", target: "crowd",
            samples: [.sourceTraining: 1152, .sourceValidation: 288, .targetTraining: 5953, .targetValidation: 1488], split: "by speaker",
            splitHash: "4be1",
            series: [
                Self.classTerm, SeriesName.domain, SeriesName.total, Self.accuracy, SeriesName.domainAccuracy, SeriesName.alpha,
                SeriesName.learningRate, SeriesName.gradientNorm,
            ],
            metrics: [
                share(MetricName.accuracy), share(MetricName.macroF1), Metric(MetricName.loss, of: "emotion", .lowerIsBetter, from: 0),
                Metric(MetricName.domainAccuracy, .neither, from: 0, to: 1),
            ],
            schedules: [
                PlannedSchedule(SeriesName.alpha, name: "linear", values: (0...200).map { 0.1 * Double($0) / 200 }),
                PlannedSchedule(SeriesName.learningRate, name: "linear", values: (0...200).map { 1e-3 * (1 - Double($0) / 200) }),
            ],
            adaptation: PlannedAdaptation(
                method: "dann", aligns: true, hasDiscriminator: true, learnsFromTargetLabels: false, alternates: true),
            parameters: 400_000, trainableParameters: 400_000)
    }

    func step(_ step: Int) -> StepRecord {
        let noise = Double((step &* 2_654_435_761) % 1000) / 1000, isSource = step % 2 == 1
        var record = StepRecord(
            step: step, epoch: (step - 1) / stepsPerEpoch + 1, domain: isSource ? .source : .target, samples: 8, seconds: 0.02,
            waitingSeconds: 0.0001)
        if isSource { record.values.append(Self.classTerm.id, 0.4 + noise / 2) }
        for (series, value) in [
            (SeriesName.domain, 0.6 + noise / 5), (SeriesName.total, (isSource ? 0.4 + noise / 2 : 0) + 0.6 + noise / 5),
            (Self.accuracy, 0.8), (SeriesName.domainAccuracy, 0.6), (SeriesName.alpha, 0.05), (SeriesName.learningRate, 1e-3),
            (SeriesName.gradientNorm, 1),
        ] { record.values.append(series.id, value) }
        return record
    }

    func record(_ epoch: Int, of epochs: Int, shift: Int) -> EpochRecord {
        func scores(_ part: Part, _ accuracy: Double, _ clips: Int) -> PartScores {
            let right = Int(accuracy * Double(clips) / 6)
            let matrix = (0..<6).map { truth in (0..<6).map { $0 == truth ? right : (clips / 6 - right) / 5 } }
            return PartScores(
                part, samples: clips,
                values: [
                    MetricValue(MetricName.accuracy, of: "emotion", accuracy),
                    MetricValue(MetricName.macroF1, of: "emotion", accuracy - 0.01),
                    MetricValue(MetricName.loss, of: "emotion", 2 - accuracy), MetricValue(MetricName.domainAccuracy, 0.7),
                ], confusions: ["emotion": matrix])
        }
        let progress = 1 - exp(-4 * Double(epoch) / Double(epochs))
        return EpochRecord(
            epoch: epoch, step: epoch * stepsPerEpoch,
            scores: [
                scores(.sourceValidation, 0.3 + 0.5 * progress + Double(shift % 17) / 200, 288),
                scores(.targetValidation, 0.2 + 0.35 * progress + Double(shift % 23) / 200, 1488),
            ], isBest: epoch == epochs, seconds: 1.4)
    }

    private func samples() -> [RunSample] {
        (0..<min(1488, clips / 2)).map { index in
            let clip = clip(index, "crowd"), truth = Self.labels.firstIndex(of: clip.emotion) ?? 0
            return RunSample(.targetValidation, clip: clip.name, speaker: clip.speaker, truth: ["emotion": .label(truth)])
        }
    }

    /// One of five is wrong.
    private func answer(_ index: Int, _ sample: RunSample) -> Answer {
        let truth = sample.truth["emotion"]?.label ?? 0, guess = index % 5 == 0 ? (truth + 1) % 6 : truth
        return Answer(sample.part, clip: sample.clip, outputs: ["emotion": (0..<6).map { $0 == guess ? 0.75 : 0.05 }])
    }
}
