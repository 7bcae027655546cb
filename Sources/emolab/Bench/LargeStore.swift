// A store as large as years of work leave it, with invented numbers: what the screen is measured on.
import Corpora
import Foundation
import Runs
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
                        bestEpoch: 2, epochs: 2, steps: 2 * stepsPerEpoch, source: last.source, target: last.target, seconds: 60,
                        clipsPerSecond: 40)))
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
        recorder.record(.predictions(epoch: epochs, predictions()))
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

    private func plan(epochs: Int) -> RunPlan {
        RunPlan(
            stepsPerEpoch: stepsPerEpoch, epochs: epochs, batchSize: 8, labels: Self.labels, sourceTraining: 1152, sourceValidation: 288,
            targetTraining: 5953,
            targetValidation: 1488, split: "by speaker", splitHash: "4be1", plannedAlpha: (0...200).map { 0.1 * Double($0) / 200 },
            plannedLearningRate: (0...200).map { 1e-3 * (1 - Double($0) / 200) }, parameters: 400_000, trainableParameters: 400_000)
    }

    func step(_ step: Int) -> StepRecord {
        let noise = Double((step &* 2_654_435_761) % 1000) / 1000
        return StepRecord(
            step: step, epoch: (step - 1) / stepsPerEpoch + 1, domain: step % 2 == 1 ? .source : .target,
            classLoss: step % 2 == 1 ? 0.4 + noise / 2 : nil,
            domainLoss: 0.6 + noise / 5, classAccuracy: 0.8, domainAccuracy: 0.6, alpha: 0.05, learningRate: 1e-3, gradientNorm: 1,
            clips: 8,
            seconds: 0.02, waitingSeconds: 0.0001)
    }

    func record(_ epoch: Int, of epochs: Int, shift: Int) -> EpochRecord {
        func scores(_ accuracy: Double, _ clips: Int) -> DomainScores {
            let right = Int(accuracy * Double(clips) / 6)
            let matrix = (0..<6).map { truth in (0..<6).map { $0 == truth ? right : (clips / 6 - right) / 5 } }
            return DomainScores(
                loss: 2 - accuracy, accuracy: accuracy, macroF1: accuracy - 0.01, confusion: matrix, domainAccuracy: 0.7, clips: clips)
        }
        let progress = 1 - exp(-4 * Double(epoch) / Double(epochs))
        return EpochRecord(
            epoch: epoch, step: epoch * stepsPerEpoch, source: scores(0.3 + 0.5 * progress + Double(shift % 17) / 200, 288),
            target: scores(0.2 + 0.35 * progress + Double(shift % 23) / 200, 1488), isBest: epoch == epochs, seconds: 1.4)
    }

    private func predictions() -> [Prediction] {
        (0..<min(1488, clips / 2)).map { index in
            let clip = clip(index, "crowd"), truth = Self.labels.firstIndex(of: clip.emotion) ?? 0,
                guess = index % 5 == 0 ? (truth + 1) % 6 : truth
            return Prediction(
                clip: "crowd/" + clip.name, domain: .target, truth: truth, probabilities: (0..<6).map { $0 == guess ? 0.75 : 0.05 })
        }
    }
}
