// Models with made-up but lifelike values, the same at every run: what panes are drawn from in tests.
import Foundation
import Metrics
import Records
import Viz

@testable import TUI

/// Numbers without a library's generator: a linear congruential sequence (Knuth's MMIX constants).
struct Dice {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 11
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }
    mutating func share() -> Double { Double(next() % 1_000_000) / 1_000_000 }
}

enum Sample {
    static let labels = ["neutral", "happy", "sad", "anger", "fear", "disgust"]

    static let head = "emotion"
    static let task = LearningTask(classes: labels)

    static func scores(_ part: Part, _ accuracy: Double, clips: Int, _ further: [MetricValue] = []) -> PartScores {
        PartScores(
            part, samples: clips,
            values: [
                MetricValue(MetricName.accuracy, of: head, accuracy), MetricValue(MetricName.macroF1, of: head, accuracy - 0.01),
                MetricValue(MetricName.loss, of: head, 2 * (1 - accuracy)), MetricValue(MetricName.domainAccuracy, 0.7),
            ] + further)
    }

    static func plan(alpha: [Double], learningRate: [Double]) -> RunPlan {
        RunPlan(
            stepsPerEpoch: 288, epochs: 60, batchSize: 4, task: task, source: "studio", target: "crowd",
            samples: [.sourceTraining: 1152, .sourceValidation: 288, .targetTraining: 5953, .targetValidation: 1488], split: "by speaker",
            splitHash: "4be1",
            series: [
                SeriesName.classes, SeriesName.domain, SeriesName.total, SeriesName.domainAccuracy, SeriesName.alpha,
                SeriesName.learningRate,
            ],
            metrics: [
                Metric(
                    MetricName.accuracy, of: head, .higherIsBetter, from: 0, to: 1,
                    baseline: Metric.Baseline("chance", 1 / Double(labels.count))),
                Metric(MetricName.macroF1, of: head, title: "macro-F1", .higherIsBetter, from: 0, to: 1),
                Metric(MetricName.loss, of: head, .lowerIsBetter, from: 0, unit: "nats"),
            ] + TargetScore.allCases.map { Metric($0.rawValue, of: head, title: $0.words, $0.direction, isLabelFree: true) },
            schedules: [
                PlannedSchedule(SeriesName.alpha, name: "conservative", values: alpha, rampStart: 6912),
                PlannedSchedule(SeriesName.learningRate, name: "cosine, restarts 10 ×2", values: learningRate),
            ], adaptation: .dann, parameters: 1_200_000, trainableParameters: 1_100_000)
    }

    /// A run at `step` of 60 epochs of 288 steps.
    static func train(upTo last: Int = 6624, state: TrainView.State = .training) -> TrainView {
        var dice = Dice(7)
        var view = TrainView()
        view.runs = [42, 41, 37].map { TrainView.Run(id: $0, title: "full, seed 123", state: $0 == 42 ? state : .finished) }
        view.run = view.runs.first
        (view.source, view.target) = ("studio", "crowd")
        func alpha(_ p: Double) -> Double { p < 0.4 ? 0.0001 : 0.0001 + 0.0949 * pow((p - 0.4) / 0.6, 1.5) }
        func rate(_ epoch: Double) -> Double {
            let (start, length) = epoch < 10 ? (0.0, 10.0) : epoch < 30 ? (10, 20) : (30, 40)
            return 1e-6 + 4.9e-5 * (1 + cos(.pi * (epoch - start) / length)) / 2
        }
        view.plan = plan(
            alpha: (0...240).map { alpha(Double($0) / 240) }, learningRate: (0...240).map { rate(Double($0) / 240 * 60) })
        var steps: [StepRecord] = []
        for step in stride(from: 1, through: last, by: 4) {
            let p = Double(step) / 17280
            let noise = dice.share() - 0.5
            let isSource = step % 8 == 1
            let classLoss = 0.35 + 1.6 * exp(-p * 12) + 0.5 * noise * (0.3 + exp(-p * 8))
            let domainLoss = 0.62 - 0.3 * exp(-pow((p - 0.08) * 30, 2)) + 0.25 * noise
            steps.append(
                StepRecord(
                    step: step, epoch: (step - 1) / 288 + 1, domain: isSource ? .source : .target, classLoss: isSource ? classLoss : nil,
                    domainLoss: domainLoss, domainAccuracy: 0.6, alpha: alpha(p), learningRate: rate(p * 60), seconds: 0.104,
                    waitingSeconds: 0.0006))
        }
        view.take(steps)
        for epoch in 1...max(1, last / 288) where last >= 288 {
            let p = Double(epoch) / 60
            let source = 0.17 + 0.68 * (1 - exp(-p * 9)) + 0.03 * (dice.share() - 0.5)
            let target = 0.17 + 0.51 * (1 - exp(-p * 7)) + 0.04 * (dice.share() - 0.5)
            let entropy = 1.5 - 1.2 * (1 - exp(-p * 6)) + 0.05 * dice.share(), infomax = 0.2 + 1.2 * (1 - exp(-p * 8))
            let snd = 3 + 0.8 * p + 0.1 * dice.share(), dev = 0.8 - 0.5 * (1 - exp(-p * 9)) + 0.04 * dice.share()
            let labelFree = [("entropy", entropy), ("infomax", infomax), ("snd", snd), ("dev", dev)].map { MetricValue($0, of: head, $1) }
            view.epochs.append(
                EpochRecord(
                    epoch: epoch, step: epoch * 288,
                    scores: [scores(.sourceValidation, source, clips: 288), scores(.targetValidation, target, clips: 1488, labelFree)],
                    isBest: epoch == 19 || epoch == 12, seconds: 30))
        }
        if last >= 288 {
            view.events = [
                TrainView.Event(epoch: 23, time: "14:02:11", kind: .checkpoint, text: "last of epoch 23: last.ckpt"),
                TrainView.Event(epoch: 19, time: "13:55:40", kind: .best, text: "best of epoch 19: best.safetensors"),
                TrainView.Event(epoch: 11, step: 2990, time: "13:41:02", kind: .order, text: "alpha.maximum 0.1 → 0.095"),
                TrainView.Event(epoch: 1, time: "13:22:30", kind: .start, text: "started"),
            ]
        }
        return view
    }

    static func corpora(clips count: Int = 400) -> CorporaView {
        var dice = Dice(3)
        var view = CorporaView()
        view.state = .ready
        view.version = 1
        view.corpora = [
            CorporaView.Corpus(
                name: "crowd", format: "crema-d", folder: "/data/crema-d", clips: 7442, speakers: 91, rejected: 2, withoutFace: 31,
                withoutSpeech: 4),
            CorporaView.Corpus(name: "studio", format: "ravdess", folder: "/data/ravdess", clips: 1440, speakers: 24, rejected: 0),
        ]
        let sentences = [
            "It's eleven o'clock", "Kids are talking by the door", "Dogs are sitting by the door", "I'm on my way to the meeting",
        ]
        for index in 0..<count {
            let isCrowd = index % 2 == 0
            let emotion = labels[dice.below(6)]
            let guess = dice.share() < 0.7 ? emotion : labels[dice.below(6)]
            let speaker = isCrowd ? "\(1001 + dice.below(91))" : "\(1 + dice.below(24))"
            let hasPrediction = dice.share() < 0.6
            view.rows.append(
                CorporaView.Row(
                    corpus: isCrowd ? "crowd" : "studio",
                    name: isCrowd ? "\(speaker)_ITS_\(emotion.prefix(3).uppercased())_\(index)" : "02-01-06-01-02-\(index)",
                    speaker: speaker, emotion: emotion, intensity: isCrowd ? nil : "strong", sentence: sentences[dice.below(4)],
                    sex: dice.below(2) == 0 ? "female" : "male", age: isCrowd ? 20 + dice.below(50) : nil, length: 1.5 + 2 * dice.share(),
                    faces: 8 - index % 9 / 6, frames: 8,
                    split: hasPrediction ? "validation" : nil, prediction: hasPrediction ? guess : nil,
                    isRight: hasPrediction ? guess == emotion : nil))
        }
        view.rows.sort { $0.id < $1.id }
        view.balances = ["crowd", "studio"].map { balance(of: $0, view.rows) }
        view.rejected = [
            CorporaView.Rejected(
                corpus: "crowd", path: "/data/crema-d/VideoFlash/1076_MTI_SAD_XX.flv",
                reason: "no audio stream; the sound of this clip is expected in AudioWAV"),
            CorporaView.Rejected(corpus: "crowd", path: "/data/crema-d/VideoFlash/notes.mp4", reason: "a text file, not a video"),
        ]
        return view
    }

    static func balance(of corpus: String, _ rows: [CorporaView.Row]) -> CorporaView.Balance {
        var balance = CorporaView.Balance(corpus: corpus)
        (balance.emotions, balance.run) = (labels, 42)
        balance.sides = ["training", "validation", "test"].enumerated().map { part, name in
            var side = CorporaView.Balance.Side(name: name)
            for (index, row) in rows.enumerated() where row.corpus == corpus && min(2, index % 5 / 2) == part {
                side.clips += 1
                side.emotions[row.emotion, default: 0] += 1
            }
            side.speakers = 12 - 4 * part
            return side
        }
        if corpus == "crowd" { (balance.sharedSpeakers, balance.unused) = (["1007", "1043"], 12) }
        return balance
    }

    /// A shaded face that turns its head, a voice with a few syllables.
    static func preview(of clip: String) -> PreviewView {
        var dice = Dice(11)
        var view = PreviewView()
        view.clip = clip
        view.state = .ready
        (view.frames, view.size, view.scores) = (8, 64, [0.99, 0.98, nil, 0.97, 0.99, 1, 1, 0.99])
        for frame in 0..<8 {
            for y in 0..<64 {
                for x in 0..<64 {
                    let (dx, dy) = ((Double(x) - 32 - Double(frame - 4)) / 20, (Double(y) - 34) / 26)
                    let face = dx * dx + dy * dy < 1
                    let hair = dx * dx + dy * dy < 1.25 && dy < -0.45
                    let eye = abs(abs(dx) - 0.42) < 0.14 && abs(dy + 0.2) < 0.07
                    let mouth = abs(dx) < 0.4 && abs(dy - 0.5 - 0.2 * dx * dx) < 0.06 + 0.01 * Double(frame)
                    let shade = 1 - 0.35 * max(0, dx)
                    var (r, g, b) = (60 + Double(y), 72 + Double(y), 92 + Double(y))
                    if face { (r, g, b) = (222 * shade, 172 * shade, 146 * shade) }
                    if hair { (r, g, b) = (70, 48, 36) }
                    if mouth { (r, g, b) = (150, 50, 60) }
                    if eye { (r, g, b) = (40, 35, 40) }
                    view.pictures += [UInt8(r), UInt8(g), UInt8(b)]
                }
            }
        }
        for slice in 0..<256 {
            let p = Double(slice) / 256
            let loud = max(0, sin(p * 18)) * exp(-pow((p - 0.45) * 3, 2)) * (0.6 + 0.4 * dice.share())
            view.envelope += [Float(-loud), Float(loud)]
        }
        (view.melBands, view.melFrames) = (64, 96)
        for band in 0..<64 {
            for frame in 0..<96 {
                let p = Double(frame) / 96
                let voice = max(0, sin(p * 18)) * exp(-pow((p - 0.45) * 3, 2))
                let harmonics = 0.5 + 0.5 * cos(Double(band) * 0.9 + 2 * sin(p * 9))
                view.mel.append(Float(-80 + 70 * voice * harmonics * exp(-Double(band) / 40) + 6 * dice.share()))
            }
        }
        view.duration = 2.27
        view.ratings = ["fear": 0.71, "sad": 0.22, "neutral": 0.07]
        return view
    }

    static func workbench(_ pane: PaneName, train: TrainView?, corpora: CorporaView?, look: Look = Look()) -> Workbench {
        var workbench = Workbench(look: look, focus: pane)
        _ = workbench.receive(editing)
        if let train { _ = workbench.receive(train) }
        if let corpora {
            // As if the pane had been on the screen before.
            _ = workbench.receive(corpora)
            if let clip = corpora.rows.first?.id { _ = workbench.receive(preview(of: clip)) }
        }
        return workbench
    }
}
