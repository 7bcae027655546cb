import ArgumentParser
import Base
import Dispatch
import Faces
import Foundation
import Inputs
import Media
import Records
import Synchronization
import Systems
import Tensors
import Training

/// A quick look at this machine. Figures are medians; compare them with figures of the same run only.
struct BenchOverview: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overview",
        abstract: "Measure matrix products, the nano training step and the mel spectrogram: what `emolab bench` does alone.",
        discussion: examples("emolab bench overview --runs 20", "emolab bench --only linear --json"))

    @Option(help: "Runs of each measurement, \(OptionRanges.benchRuns.words).")
    var runs = 10
    @Option(help: "Measure only what has this in its name.")
    var only: String?
    @OptionGroup var output: OutputOptions

    struct Figure: Encodable {
        var name: String
        var medianMilliseconds: Double
        var minimumMilliseconds: Double
        /// `GFLOP/s`, `clips/s` or `x real time`, and how many.
        var rate: Double
        var unit: String
        var runs: Int
    }

    func validate() throws {
        try OptionRanges.benchRuns.check(runs)
    }

    func run() throws {
        BenchHeading.print(threads: Libraries.threads)
        var figures: [Figure] = []
        for (m, k, n) in [(32, 64, 64), (392, 64, 192), (1568, 96, 384), (1568, 768, 3072)] { figures += product(m, k, n) }
        figures += try mel()
        figures += try trainingStep()
        if output.json { return try printJSON(figures) }
        printTable(
            header: ["measurement", "median ms", "minimum ms", "rate", ""],
            rows: figures.map {
                [
                    $0.name, String(format: "%.3f", $0.medianMilliseconds), String(format: "%.3f", $0.minimumMilliseconds),
                    String(format: "%.1f", $0.rate), $0.unit,
                ]
            }, rightAligned: [1, 2, 3])
    }

    private func isAsked(_ name: String) -> Bool { only.map { name.contains($0) } ?? true }

    private func product(_ m: Int, _ k: Int, _ n: Int) -> [Figure] {
        let name = "linear [\(m)x\(k)]x[\(k)x\(n)]"
        guard isAsked(name) else { return [] }
        var stream = RandomStream(seed: 1, name: "bench")
        let x = Tensor((0..<(m * k)).map { _ in stream.uniform() }, shape: [m, k])
        let weight = Tensor((0..<(n * k)).map { _ in stream.uniform() }, shape: [n, k])
        let repeats = max(1, 20_000_000 / (2 * m * k * n))
        let times = measure(repeats: repeats) { _ = x.linear(weight: weight) }
        return [figure(name, times, rate: Double(2 * m * k * n) * 1e-9, unit: "GFLOP/s")]
    }

    private func mel() throws -> [Figure] {
        let name = "mel spectrogram, 3 s"
        guard isAsked(name) else { return [] }
        var stream = RandomStream(seed: 1, name: "bench")
        let sound = Waveform(samples: (0..<66_150).map { _ in stream.uniform() - 0.5 }, rate: 22_050)
        let front = try MelFrontEnd(MelImageSettings())
        let times = try measure(repeats: 4) { _ = try front.image(of: sound) }
        return [figure(name, times, rate: 3, unit: "x real time")]
    }

    /// The demo's alternating steps on clips of noise: the work is that of real ones.
    private func trainingStep() throws -> [Figure] {
        var experiment = Experiment.preset(.nano)
        let name = "nano DANN step, batch \(experiment.training.batch)"
        guard isAsked(name) else { return [] }
        let inputs = experiment.inputs, labels = ["anger", "disgust", "fear", "happy", "neutral", "sad"]
        var stream = RandomStream(seed: 1, name: "bench")
        let clip = PreparedClip(
            mel: (0..<(inputs.melBands * inputs.melFrames)).map { _ in stream.normal() }, melBands: inputs.melBands,
            melFrames: inputs.melFrames, firstSoundFrame: 0, soundFrames: inputs.melFrames,
            pictures: (0..<(inputs.frames * inputs.pictureSize * inputs.pictureSize * 3)).map { UInt8(truncatingIfNeeded: $0 &* 37) },
            frames: inputs.frames, size: inputs.pictureSize, faces: [], duration: 3, hasSpeech: true, envelope: [], hasAudio: true,
            hasVideo: true)
        func feed(_ count: Int, _ prefix: String) -> ClipsInMemory {
            ClipsInMemory((0..<count).map { (ClipItem(name: "\(prefix)\($0)", speaker: "1", label: $0 % labels.count), clip) })
        }
        let batch = experiment.training.batch
        experiment.training.epochs = 1
        let data = RunData(
            task: LearningTask(classes: labels), sourceTraining: feed(batch * (runs / 2 + 2), "s"), sourceValidation: feed(1, "v"),
            targetTraining: feed(batch * (runs / 2 + 2), "t"), targetValidation: feed(1, "w"), split: "bench", splitHash: "",
            preparation: .squares(inputs.preparation))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-bench-\(getpid())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let times = Mutex<[Double]>([])
        let trainer = try Trainer(experiment: experiment, systems: Systems.all, data: data, orders: NoOrders(), folder: folder) { event in
            if case .step(let step) = event, step.step > 2 { times.withLock { $0.append(step.seconds) } }
            if case .failed(let reason) = event { standardError("emolab: \(reason)") }
        }
        _ = trainer.run()
        return [figure(name, Array(times.withLock(\.self).prefix(runs)), rate: Double(batch), unit: "clips/s")]
    }

    private func measure(repeats: Int, _ body: () throws -> Void) rethrows -> [Double] {
        try body()
        var times: [Double] = []
        for _ in 0..<runs {
            let start = DispatchTime.now().uptimeNanoseconds
            for _ in 0..<repeats { try body() }
            times.append(Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 / Double(repeats))
        }
        return times
    }

    /// - Parameter rate: how much of the unit one run is.
    private func figure(_ name: String, _ times: [Double], rate: Double, unit: String) -> Figure {
        let sorted = times.sorted()
        let median = sorted.isEmpty ? .nan : sorted[sorted.count / 2]
        return Figure(
            name: name, medianMilliseconds: median * 1e3, minimumMilliseconds: (sorted.first ?? .nan) * 1e3, rate: rate / median,
            unit: unit,
            runs: times.count)
    }
}

private struct NoOrders: OrderSource {
    func takeOrders() -> [PendingOrder] { [] }
}
