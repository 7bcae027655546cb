import ArgumentParser
import Base
import Dispatch
import Foundation
import Networks
import TensorFiles
import Tensors

/// Applies a model to tensors from a file: where another program's network is checked against ours, and for use from scripts.
struct ForwardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward", abstract: "Apply a model to tensors in a file.",
        usage: """
            emolab forward <model> --config <file> --weights <file> --input <file> --output <file> [--attentions] [--precision <precision>] [--threads <threads>] [--json]
            emolab forward --list [--json]
            """,
        discussion: """
            Files may be safetensors, npz, npy or PyTorch's (which cannot run code here); the output is safetensors or npz by its name.
            Weights may stand behind a prefix such as timesformer. or state_dict.; what the model has no place for is named and left out.
            Pictures and frame counts other than the configuration's are taken: position and time embeddings are resized to nearest.

            \(examples("emolab forward --list", "emolab forward r3d18 --config cfg --weights w.pt --input x.npy --output y.npz"))
            """)

    @Argument(help: "The model's name; --list prints them.")
    var model: String?
    @Option(help: ArgumentHelp("The model's configuration: JSON, or the name of a preset.", valueName: "file"))
    var config: String?
    @Option(help: ArgumentHelp("The parameters.", valueName: "file"))
    var weights: String?
    @Option(help: ArgumentHelp("The input tensors.", valueName: "file"))
    var input: String?
    @Option(help: ArgumentHelp("Where the output tensors go, .safetensors or .npz.", valueName: "file"))
    var output: String?
    @Flag(help: "Also give each layer's attention maps.")
    var attentions = false
    @Option(help: "What matrix products compute in: f32 or bf16.")
    var precision = Precision.float32
    @Option(help: "Threads, \(OptionRanges.threads.words); default: all cores.")
    var threads: Int?
    @Flag(help: "List the models, their inputs and outputs.")
    var list = false
    @OptionGroup var printing: OutputOptions

    func validate() throws {
        try OptionRanges.threads.check(threads)
        guard !list else { return }
        guard let model else {
            throw ValidationError("name a model (\(ModelCatalogue.models.map(\.name).joined(separator: ", "))), or --list")
        }
        do { _ = try ModelCatalogue.model(named: model) } catch { throw ValidationError("\(error)".printable) }
        for (option, value) in [("--config", config), ("--weights", weights), ("--input", input), ("--output", output)] where value == nil {
            throw ValidationError("\(option) is missing")
        }
        if let output, Self.format(of: output) == nil {
            throw ValidationError("--output \(output): its name must end with .safetensors or .npz")
        }
    }

    func run() throws {
        if list { return try printModels() }
        guard let model, let config, let weights, let input, let output, let format = Self.format(of: output) else { return }
        if let threads { Libraries.threads = threads }
        let entry: CatalogueModel
        do { entry = try ModelCatalogue.model(named: model) } catch { throw CommandFailure("\(error)", code: 2) }
        let configuration = try about(config) { try Self.configuration(config, of: entry) }
        let inputs = try about(input) { try Self.inputs(try TensorFile(contentsOf: Self.url(input)), of: entry) }
        let loaded = try about(weights) {
            let file = try TensorFile(contentsOf: Self.url(weights))
            do { return try LoadedModel(entry, configuration, weights: file) } catch CatalogueError.configuration(let key, let problem) {
                throw CommandFailure("\(config.printable): \(CatalogueError.configuration(key: key, problem: problem))")
            } catch let error as CatalogueError {
                guard case .missing = error, let advice = TensorFile.adviceOnShard(weights) else { throw error }
                throw CommandFailure("\(weights.printable): \(error); \(advice)")
            }
        }
        var warnings: [String] = []
        if let words = Self.notFinite(loaded.notFiniteWeights) { warnings.append("\(weights): weights are not all numbers: \(words)") }
        if let words = Self.notFinite(Self.notFinite(inputs)) { warnings.append("\(input): inputs are not all numbers: \(words)") }
        if !loaded.unusedWeights.isEmpty { standardError("note: \(weights.printable): not used: \(Self.first(loaded.unusedWeights))") }
        let start = DispatchTime.now().uptimeNanoseconds
        let outputs = try about(input) { try loaded(inputs, .init(keepsAttention: attentions, precision: precision)) }
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
        if let words = Self.notFinite(Self.notFinite(outputs)) { warnings.append("\(output): outputs are not all numbers: \(words)") }
        for warning in warnings { standardError("warning: \(warning)") }
        try about(output) {
            let arrays = outputs.mapValues { StoredArray($0) }
            try UserFile.write(
                TensorFile.bytes(of: arrays, metadata: format == .safetensors ? ["model": entry.name] : [:], as: format), to: output)
        }
        try report(loaded, outputs, seconds, warnings)
    }

    // MARK: Files

    private static func url(_ path: String) -> URL { URL(fileURLWithPath: (path as NSString).expandingTildeInPath) }

    private static func format(of path: String) -> TensorFile.Output? {
        switch (path as NSString).pathExtension.lowercased() {
        case "safetensors": .safetensors
        case "npz": .npz
        default: nil
        }
    }

    /// Configurations are a few kilobytes; what is much larger is another file, given by mistake.
    private static let longestConfiguration = 16 << 20

    private static func configuration(_ path: String, of model: CatalogueModel) throws -> ModelConfiguration {
        let url = url(path)
        guard FileManager.default.fileExists(atPath: url.path) else {
            if let preset = model.presets[path] { return preset }
            throw CommandFailure(
                "\(path.printable): there is no such file, and no preset of that name (presets: \(model.presets.keys.sorted().joined(separator: ", ")))"
            )
        }
        return try ModelConfiguration(json: BoundedFile.data(of: url, atMost: longestConfiguration))
    }

    /// All arrays by name. One without a name is the model's first input.
    private static func inputs(_ file: TensorFile, of model: CatalogueModel) throws -> [String: Tensor] {
        if file.names == [TensorFile.onlyName] { return [model.inputs[0].name: try file.tensor(TensorFile.onlyName)] }
        let known = file.arrays.filter { array in model.inputs.contains { $0.name == array.key } }
        // Where none fits, the model's complaint names what there is.
        return (known.isEmpty ? file.arrays.mapValues { _ in Tensor.zeros([0]) } : known.mapValues(\.tensor))
    }

    /// Errors of `body` with the file's name before them, unless they are worded already.
    private func about<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let failure as CommandFailure {
            throw failure
        } catch let error as UnreadableFile {
            throw CommandFailure("\(path.printable): cannot be used: \(error.reason)")
        } catch {
            throw CommandFailure("\(path.printable): \(error)")
        }
    }

    // MARK: Printing

    private struct Report: Encodable {
        struct Output: Encodable {
            var name: String
            var shape: [Int]
        }
        var model: String
        var parameters: Int
        var unusedWeights: [String]
        var precision: String
        var threads: Int
        var seconds: Double
        var outputs: [Output]
        /// What is not finite: weights, inputs, outputs.
        var warnings: [String]
    }

    private func report(_ loaded: LoadedModel, _ outputs: [String: Tensor], _ seconds: Double, _ warnings: [String]) throws {
        let names = outputs.keys.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
        if printing.json {
            return try printJSON(
                Report(
                    model: loaded.model.name, parameters: loaded.parameterCount, unusedWeights: loaded.unusedWeights,
                    precision: precision.rawValue,
                    threads: Libraries.threads, seconds: seconds, outputs: names.map { .init(name: $0, shape: outputs[$0]?.shape ?? []) },
                    warnings: warnings))
        }
        print("\(loaded.model.name): \(loaded.parameterCount) parameters, \(precision.rawValue), \(String(format: "%.3f", seconds)) s")
        printTable(header: ["output", "shape"], rows: names.map { [$0, "\(outputs[$0]?.shape ?? [])"] })
    }

    /// The first of the names, and how many more there are; nil where there is none.
    private static func notFinite(_ names: [String]) -> String? {
        names.first.map { $0 + (names.count > 1 ? " and \(names.count - 1) more" : "") }
    }

    private static func notFinite(_ tensors: [String: Tensor]) -> [String] {
        tensors.keys.sorted().compactMap { name in tensors[name]?.notFiniteWords.map { "'\(name)' (\($0))" } }
    }

    private struct Listed: Encodable {
        var name, about: String
        var inputs, outputs: [CatalogueModel.Port]
        var presets: [String]
    }

    private func printModels() throws {
        let models = ModelCatalogue.models.map {
            Listed(name: $0.name, about: $0.about, inputs: $0.inputs, outputs: $0.outputs, presets: $0.presets.keys.sorted())
        }
        if printing.json { return try printJSON(models) }
        for model in models {
            print("\(model.name)\n  \(model.about)")
            let ports = model.inputs.map { ("input", $0) } + model.outputs.map { ("output", $0) }
            printTable(
                header: ["", "name", "shape", ""],
                rows: ports.map { ["  " + $0.0 + ($0.1.isOptional ? " (optional)" : ""), $0.1.name, $0.1.shape, $0.1.about] })
            print("  presets: \(model.presets.joined(separator: ", "))\n")
        }
    }

    private static func first(_ names: [String]) -> String {
        names.count <= 4 ? names.joined(separator: ", ") : names.prefix(4).joined(separator: ", ") + " and \(names.count - 4) more"
    }
}

extension Precision: ExpressibleByArgument {}
