// One work in a process of its own, so that its peak memory is its own.
import ArgumentParser
import Foundation
import Tensors

/// What a child hands back, as one JSON object on stdout.
struct ChildFigures: Codable {
    var shape: String
    var clips: Int?
    var operations: Double?
    /// Of every run.
    var seconds: [Double]
    var peakMemory: Double
    var allocationsPerRun: Double
}

struct BenchChild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine-work", abstract: "One work of `bench engine`.", shouldDisplay: false)

    @Argument var name: String
    @Option var size: Int?
    @Option var batch: Int?
    @Option var precision = Precision.float32
    @Option var threads: Int?
    @Option var runs = 10

    /// Short works run more often than asked, until so many seconds have passed.
    private static let leastSeconds = 0.5
    private static let mostRuns = 1000

    func run() throws {
        guard let work = EngineWork.named(name) else { throw CommandFailure("there is no work '\(name)'", code: 2) }
        if let threads { Libraries.threads = threads }
        let prepared = try work.prepare(WorkSettings(size: size, batch: batch, precision: precision))
        // The first runs compile kernels and fill the pool, those of a source step and those of a target step.
        for _ in 0..<4 { _ = prepared.run() }
        let allocations = BufferPool.statistics.systemAllocations
        var seconds: [Double] = [], total = 0.0
        while seconds.count < runs || (total < Self.leastSeconds && seconds.count < Self.mostRuns) {
            seconds.append(prepared.run())
            total += seconds[seconds.count - 1]
        }
        let asked = BufferPool.statistics.systemAllocations - allocations
        try printJSON(
            ChildFigures(
                shape: prepared.shape, clips: prepared.clips, operations: prepared.operations, seconds: seconds,
                peakMemory: Self.peakMemory,
                allocationsPerRun: Double(asked) / Double(seconds.count)))
    }

    /// MiB; 0 where /proc does not say. getrusage would count what this process was before it became emolab.
    private static var peakMemory: Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        if let match = status.firstMatch(of: /VmHWM:\s+(\d+) kB/), let kilobytes = Double(match.1) { return kilobytes / 1024 }
        return 0
    }
}
