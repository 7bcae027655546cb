import ArgumentParser
import Foundation
import TUI
import Tensors

/// Measures the engine's works, each in a process of its own, and beside them the same in PyTorch.
struct BenchEngine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine", abstract: "Measure training steps, passes and operations of the engine.",
        discussion: """
            Works: \(EngineWork.networks.map(\.name).joined(separator: ", ")), and the operations, whose names start with op. \
            With --compare the same works run in PyTorch, in turn with ours. docs/performance.md says what the figures mean.

            \(examples("emolab bench engine --only nano", "emolab bench engine --model nano --precision bf16 --json"))
            """)

    @Option(help: "Measure only what has this in its name.")
    var only: String?
    @Option(help: "Measure only works on this model: base or nano.")
    var model: WorkModel?
    @Option(help: "Side of the pictures in px, or frames of the spectrogram, \(BenchEngine.sizes.words). Default: the work's own.")
    var size: Int?
    @Option(help: "Clips a step, \(BenchEngine.batches.words). Default: the work's own.")
    var batch: Int?
    @Option(help: "What matrix products compute in: f32 or bf16.")
    var precision = Precision.float32
    @Option(help: "Threads, \(OptionRanges.threads.words); default: all cores.")
    var threads: Int?
    @Option(help: "Runs of each work, at least, \(OptionRanges.benchRuns.words); short ones run more often.")
    var runs = 10
    @Flag(help: "Also run the same in PyTorch.")
    var compare = false
    @Option(
        help: ArgumentHelp(
            "Folder of the PyTorch programs; default: scripts/reference, then ../shared/reference. Implies --compare.", valueName: "folder")
    )
    var reference: String?
    @Option(help: "A Python that has PyTorch.")
    var python = "python3"
    @OptionGroup var output: OutputOptions

    struct Figure: Encodable {
        var name: String
        var shape: String
        var precision: String
        var threads: Int
        var median_ms: Double
        var minimum_ms: Double
        var runs: Int
        var clips_per_s: Double?
        var gflops: Double?
        /// Of the machine's own product peak, measured in the same run.
        var peak_share: Double?
        var peak_memory_mib: Double
        var allocations_per_step: Double
        var reference_median_ms: Double?
        var reference_clips_per_s: Double?
        var reference_peak_memory_mib: Double?
        /// Our clips/s over the reference's.
        var ratio: Double?
    }

    static let sizes = OptionRange("--size", 8...4096)
    static let batches = OptionRange("--batch", 1...4096)

    func validate() throws {
        try OptionRanges.benchRuns.check(runs)
        try OptionRanges.threads.check(threads)
        try Self.sizes.check(size)
        try Self.batches.check(batch)
        guard !works.isEmpty else {
            throw ValidationError(
                "no work of that name and model (works: \(EngineWork.networks.map(\.name).joined(separator: ", ")); op for operations, which have one size, in f32)"
            )
        }
    }

    func run() throws {
        let threads = threads ?? Libraries.threads
        BenchHeading.print(threads: threads, precision: precision)
        var torch: TorchReference?
        if compare || reference != nil {
            do {
                torch = try TorchReference(python: python, folder: reference)
                standardError("PyTorch \(torch?.version.printable ?? "")")
            } catch let failure as CommandFailure { standardError("no comparison: \(failure.message)") }
        }
        // Two rounds, ours and PyTorch's in turn, so that what else the machine does hits both.
        let rounds = torch == nil ? 1 : 2
        let line = ProgressLine("measuring")
        var peak = try figures(of: .peak, threads: threads, runs: 10)
        var measured: [(work: EngineWork, ours: [ChildFigures], theirs: [TorchFigures])] = []
        for (index, work) in works.enumerated() {
            line.update(done: index, of: works.count)
            var ours: [ChildFigures] = [], theirs: [TorchFigures] = []
            for round in 0..<rounds {
                ours.append(try figures(of: work, threads: threads, runs: (runs + rounds - 1) / rounds))
                guard let torch, let program = work.reference else { continue }
                do {
                    theirs.append(try torch.measure(program, settings, threads: threads, steps: program.steps(runs, rounds), round: round))
                } catch let failure as CommandFailure { standardError("\(work.name): no comparison: \(failure.message)") }
            }
            measured.append((work, ours, theirs))
        }
        // Before and after, so that a moment in which the machine was busy does not flatter the shares.
        peak.seconds += try figures(of: .peak, threads: threads, runs: 10).seconds
        line.finish()
        let results = measured.map { figure($0.work, threads, $0.ours, $0.theirs, peak: peak) }
        if output.json { try printJSON(results) } else { print(results, peak) }
    }

    private var works: [EngineWork] {
        EngineWork.all.filter { work in
            let isAsked = (only.map { work.name.contains($0) } ?? true) && (model == nil || work.model == model)
            guard let own = work.ownPrecision else { return isAsked }
            return isAsked && own == precision && size == nil && batch == nil
        }
    }

    private var settings: WorkSettings { WorkSettings(size: size, batch: batch, precision: precision) }

    /// Runs the work in a child of this program.
    private func figures(of work: EngineWork, threads: Int, runs: Int) throws -> ChildFigures {
        var arguments = [
            "bench", "engine-work", work.name, "--precision", precision.rawValue, "--threads", "\(threads)", "--runs", "\(runs)",
        ]
        if let size { arguments += ["--size", "\(size)"] }
        if let batch { arguments += ["--batch", "\(batch)"] }
        let child = try ChildProcess.run(RunLauncher.program, arguments)
        guard child.status == 0, let figures = try? JSONDecoder().decode(ChildFigures.self, from: Data(child.output.utf8)),
            !figures.seconds.isEmpty
        else {
            let complaint = child.complaint.printable
            throw CommandFailure(
                complaint.hasPrefix("emolab: ") ? String(complaint.dropFirst(8)) : "\(work.name): \(complaint)",
                code: child.status == 2 ? 2 : 1)
        }
        return figures
    }

    private func figure(_ work: EngineWork, _ threads: Int, _ ours: [ChildFigures], _ theirs: [TorchFigures], peak: ChildFigures) -> Figure
    {
        let seconds = ours.flatMap(\.seconds).sorted()
        let middle = median(seconds), first = ours[0]
        let gflops = first.operations.map { $0 / middle * 1e-9 }
        let clips = first.clips.map { Double($0) / middle }
        let reference = theirs.isEmpty ? nil : median(theirs.map(\.clipsPerSecond).sorted())
        return Figure(
            name: work.name, shape: first.shape, precision: precision.rawValue, threads: threads, median_ms: middle * 1e3,
            minimum_ms: seconds[0] * 1e3, runs: seconds.count, clips_per_s: clips, gflops: gflops,
            peak_share: gflops.map { $0 / Self.gflops(peak) }, peak_memory_mib: ours.map(\.peakMemory).max() ?? 0,
            allocations_per_step: ours.map(\.allocationsPerRun).max() ?? 0,
            reference_median_ms: theirs.isEmpty ? nil : median(theirs.map(\.medianSeconds).sorted()) * 1e3,
            reference_clips_per_s: reference,
            reference_peak_memory_mib: theirs.compactMap(\.peakMemory).max(),
            ratio: reference.flatMap { reference in clips.map { $0 / reference } })
    }

    /// The fastest run's.
    private static func gflops(_ peak: ChildFigures) -> Double { (peak.operations ?? 0) / (peak.seconds.min() ?? .nan) * 1e-9 }

    private func median(_ sorted: [Double]) -> Double {
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private func print(_ results: [Figure], _ peak: ChildFigures) {
        func number(_ value: Double?, _ digits: Int) -> String { value.map { String(format: "%.\(digits)f", $0) } ?? "" }
        emolab.print("product peak \(number(Self.gflops(peak), 0)) GFLOP/s, \(precision.rawValue), \(peak.shape)")
        let compared = results.contains { $0.reference_clips_per_s != nil }
        printTable(
            header: ["work", "shape", "median ms", "minimum ms", "runs", "clips/s", "GFLOP/s", "of peak", "MiB", "allocations"]
                + (compared ? ["PyTorch ms", "clips/s", "MiB", "ratio"] : []),
            rows: results.map { result in
                let own = [
                    result.name, result.shape, number(result.median_ms, 3), number(result.minimum_ms, 3), "\(result.runs)",
                    number(result.clips_per_s, 2),
                    number(result.gflops, 1), result.peak_share.map { String(format: "%.0f %%", 100 * $0) } ?? "",
                    number(result.peak_memory_mib, 0),
                    number(result.allocations_per_step, 1),
                ]
                let theirs = [
                    number(result.reference_median_ms, 1), number(result.reference_clips_per_s, 2),
                    number(result.reference_peak_memory_mib, 0),
                    number(result.ratio, 2),
                ]
                return compared ? own + theirs : own
            }, rightAligned: Set(2...13))
    }
}
