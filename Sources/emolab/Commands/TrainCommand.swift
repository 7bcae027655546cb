import ArgumentParser
import Foundation
import Runs
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train an experiment without a screen.",
        discussion: """
            EXPERIMENT is a TOML file, or the name of one that comes with emolab: \(BuiltInExperiments.names.joined(separator: ", ")).
            --list says what each is. model.preset=nano or small makes any of them fit two cores.
            Any `emolab` on the same store shows the run live and can give it orders. Ctrl+C stops after the step, saves and exits with 0.
            With --json, one object a line: started, epoch, message, and last finished with `source` and `target`.
            """)

    @Argument(help: "A TOML file, or the name of a built-in experiment.")
    var experiment: String?
    @Flag(help: "List the experiments that come with emolab, and train nothing.")
    var list = false
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

    private struct Entry: Encodable {
        var name, about: String
    }

    func validate() throws {
        guard list != (experiment != nil) else { throw ValidationError("name an experiment, or give --list alone") }
    }

    func run() throws {
        guard let named = self.experiment else { return try listExperiments() }
        var overrides = overrides
        if let seeds { overrides.append("training.seeds=[\(seeds)]") }
        let experiment = try BuiltInExperiments.read(named, overrides: overrides)
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

    private func listExperiments() throws {
        let entries = BuiltInExperiments.overview.map { Entry(name: $0.name, about: $0.about) }
        if output.json { return try printJSON(entries) }
        printList([("experiment", "about")] + entries.map { ($0.name, $0.about) })
    }
}
