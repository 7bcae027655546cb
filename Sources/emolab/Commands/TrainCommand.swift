import ArgumentParser
import Foundation
import Runs
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train an experiment without a screen.",
        discussion: """
            EXPERIMENT is a TOML file, or the name of one that comes with emolab: \(BuiltInExperiments.names.joined(separator: ", ")).
            Any `emolab` on the same store shows the run live and can give it orders. Ctrl+C stops after the step, saves and exits with 0.
            With --json, one object a line: started, epoch, message, and last finished with `source` and `target`.
            """)

    @Argument(help: "A TOML file, or the name of a built-in experiment.")
    var experiment: String
    @Option(name: .customLong("set"), help: ArgumentHelp("Override a key; may be repeated.", valueName: "section.key=value"))
    var overrides: [String] = []
    @Option(help: "One run a seed instead of the experiment's seeds, e.g. 42,123,2024.")
    var seeds: String?
    @Option(help: ArgumentHelp(
        "Room in memory for prepared clips, e.g. 4GB; 0 reads each from the cache every time. Default: a quarter of the machine's memory.",
        valueName: "size"))
    var clipMemory: ByteCount?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var overrides = overrides
        if let seeds { overrides.append("training.seeds=[\(seeds)]") }
        let experiment = try BuiltInExperiments.read(experiment, overrides: overrides)
        let headless = Headless(store: try store.open(), json: output.json, clipMemory: clipMemory?.bytes)
        for one in experiment.perSeed {
            let (_, outcome) = try headless.train(one)
            switch outcome {
            case .finished: continue
            case .stopped: return
            case .failed: throw ExitCode(1)
            }
        }
    }
}
