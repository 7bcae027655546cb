import ArgumentParser
import Base
import Foundation
import Runs
import Store
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train an experiment without a screen.",
        discussion: """
            EXPERIMENT is a TOML file, or the name of one that comes with emolab: \(BuiltInExperiments.names.joined(separator: ", ")).
            --list says what each is, --keys what each key of an experiment takes. model.preset=nano or small makes any of them fit two cores.
            --parent RUN alone trains that run's experiment again as its child, with what --set changes; --resume RUN goes on with a run that was
            stopped, failed or was killed, from its last checkpoint: the same bits as if it had never ended. A run that has finished goes on where
            --set gives it more training.epochs.
            Any `emolab` on the same store shows the run live and can give it orders. Ctrl+C stops after the step, saves and exits with 0.
            With --json, one object a line: started, epoch, message, and last finished with `source` and `target`.

            \(examples("emolab train demo --set training.epochs=5", "emolab train zu-dann/middle --set model.preset=small --seeds 42,123", "emolab train --resume 12"))
            """)

    @Argument(help: "A TOML file, or the name of a built-in experiment.")
    var experiment: String?
    @Flag(help: "List the experiments that come with emolab, and train nothing.")
    var list = false
    @Flag(help: "List every key of an experiment with its default, bounds, unit and when a change takes effect, and train nothing.")
    var keys = false
    @Option(help: ArgumentHelp("The run that this one is a child of; its experiment is taken where none is named.", valueName: "run"))
    var parent: Int64?
    @Option(help: ArgumentHelp("Go on with this run from its last checkpoint.", valueName: "run"))
    var resume: Int64?
    @Option(name: .customLong("set"), help: ArgumentHelp("Override a key; may be repeated.", valueName: "section.key=value"))
    var overrides: [String] = []
    @Option(help: "One run a seed instead of the experiment's seeds: different whole numbers from 0, e.g. 42,123,2024.")
    var seeds: String?
    @Option(
        help: ArgumentHelp(
            "Room in memory for prepared clips, e.g. 4GB; 0 reads each from the cache every time. Default: a quarter of the machine's memory.",
            valueName: "size"))
    var clipMemory: ByteCount?
    @Flag(help: "Begin paused: `emolab runs order RUN resume`, or p in the workbench, lets it go on.")
    var paused = false
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    private struct Entry: Encodable {
        var name, about: String
    }

    func validate() throws {
        _ = try chosenSeeds()
        switch (experiment, list, keys, resume) {
        case (nil, true, false, nil), (nil, false, true, nil), (nil, false, false, .some):
            guard parent == nil else { throw ValidationError("--parent is for a new run") }
            guard resume == nil || seeds == nil else { throw ValidationError("--seeds is for new runs: a run that goes on keeps its seed") }
        case (_?, false, false, nil): break
        case (nil, false, false, nil) where parent != nil: break
        default: throw ValidationError("name an experiment, or give --list, --keys, --parent RUN or --resume RUN alone")
        }
    }

    func run() throws {
        if list { return try listExperiments() }
        if keys { return try printKeys() }
        let headless = Headless(
            store: try parent == nil && resume == nil ? store.make() : store.open(), json: output.json, clipMemory: clipMemory?.bytes)
        if let resume {
            if try headless.resume(resume, changes: overrides, isPaused: paused).outcome == .failed { throw ExitCode(1) }
            return
        }
        var overrides = overrides
        if let seeds = try chosenSeeds() { overrides.append("training.seeds=\(seeds)") }
        for one in try chosen(overrides, headless.store).perSeed {
            let (_, outcome) = try headless.train(one, parent: parent, isPaused: paused)
            switch outcome {
            case .finished: continue
            case .stopped: return
            case .failed: throw ExitCode(1)
            }
        }
    }

    /// - Throws: `ValidationError` where they are no different whole numbers.
    private func chosenSeeds() throws -> [UInt64]? {
        guard let seeds else { return nil }
        let form = "--seeds takes different whole numbers from 0, with commas between them, such as 42,123"
        let numbers = try seeds.split(separator: ",", omittingEmptySubsequences: false).map { text in
            guard let number = UInt64(text.trimmingCharacters(in: .whitespaces)), number <= UInt64(Int64.max) else {
                throw ValidationError("\(form), not '\(String(text).printable)'")
            }
            return number
        }
        guard Set(numbers).count == numbers.count else { throw ValidationError("\(form): a seed twice trains the same run twice") }
        return numbers
    }

    /// The named experiment, or the parent's own.
    private func chosen(_ overrides: [String], _ store: RunStore) throws -> Experiment {
        if let experiment { return try BuiltInExperiments.read(experiment, overrides: overrides) }
        guard let parent else { preconditionFailure("validate() lets nothing else through") }
        guard let stored = try store.run(parent) else { throw StoreError.noSuchRun(parent) }
        let own = try Experiment.parse(stored.experiment)
        do { return try own.setting(overrides) } catch { throw CommandFailure("\(error)".printable, code: 2) }
    }

    private struct KeyEntry: Encodable {
        var key, type: String
        var `default`: String
        var takes: String
        var choices: [String]?
        var lowest, highest: Double?
        var unit: String?
        var effect: KeyRow.Effect
        var help: String
    }

    private func printKeys() throws {
        let defaults = try Experiment().settings()
        let entries = Experiment.rows.map { key in
            var choices: [String]?
            if case .choice(let names) = key.kind { choices = names }
            if case .list(.choice(let names)) = key.kind { choices = names }
            return KeyEntry(
                key: key.name, type: key.typeName, default: defaults[key.name] ?? "", takes: key.takes, choices: choices,
                lowest: key.bounds?.lower,
                highest: key.bounds?.upper, unit: key.unit, effect: key.effect, help: key.help)
        }
        if output.json { return try printJSON(entries) }
        printTable(
            header: ["key", "default", "takes", "unit", "takes effect", "what it is"],
            rows: entries.map { [$0.key, $0.default, $0.takes, $0.unit ?? "", $0.effect.rawValue, $0.help] })
        print("defaults of the preset base; live: at the next step of a run that goes on; on resume: with --resume RUN --set key=value")
    }

    private func listExperiments() throws {
        let entries = BuiltInExperiments.overview.map { Entry(name: $0.name, about: $0.about) }
        if output.json { return try printJSON(entries) }
        printList([("experiment", "about")] + entries.map { ($0.name, $0.about) })
    }
}
