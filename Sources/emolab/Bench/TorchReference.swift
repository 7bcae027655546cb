// The same works in PyTorch, by programs of their own: what the engine's figures are held beside.
import Foundation
import Tensors

/// Which program does a work, and what its output says.
enum TorchProgram: Sendable, Hashable {
    enum DannFigure: Sendable { case step, forward }

    /// torch_dann.py prints one sentence with step and latency.
    case dann(DannFigure)
    /// torch_nano.py and torch_models.py print one JSON object.
    case nano
    case model(String)

    var script: String {
        switch self {
        case .dann: "torch_dann.py"
        case .nano: "torch_nano.py"
        case .model: "torch_models.py"
        }
    }

    /// `--steps` for so many runs in so many rounds; torch_dann.py counts pairs of a source and a target step.
    func steps(_ runs: Int, _ rounds: Int) -> Int {
        let each = (runs + rounds - 1) / rounds
        switch self {
        case .dann: return (each + 1) / 2
        // A second's worth: as with ours, few short runs say little.
        case .nano: return max(each, 30)
        case .model: return each
        }
    }
}

struct TorchFigures {
    var medianSeconds: Double
    var clipsPerSecond: Double
    /// Of the whole process; nil where the work is only a part of what it did.
    var peakMemory: Double?
}

final class TorchReference {
    private let python: String
    private let folders: [URL]
    /// One run of torch_dann.py gives two works' figures; another round runs it again.
    private var outputs: [[String]: String] = [:]

    /// - Throws: `CommandFailure` that says what is missing.
    init(python: String, folder: String?) throws {
        self.python = python
        let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        folders = (folder.map { [$0] } ?? ["scripts/reference", "../shared/reference"]).map { URL(fileURLWithPath: $0, relativeTo: here) }
        let found = folders.contains {
            (try? FileManager.default.contentsOfDirectory(atPath: $0.path))?.contains { $0.hasSuffix(".py") } == true
        }
        guard found else {
            throw CommandFailure(
                "no programs in \(folders.map { $0.relativePath.printable }.joined(separator: " or ")): name their folder with --reference")
        }
        let check = try ChildProcess.run(python, ["-c", "import torch; print(torch.__version__)"])
        guard check.status == 0 else {
            throw CommandFailure("\(python.printable) has no PyTorch (\(check.complaint.printable)): name one that has with --python")
        }
        version = check.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    let version: String

    /// - Throws: `CommandFailure` where the program is missing, fails or says something else.
    func measure(_ program: TorchProgram, _ settings: WorkSettings, threads: Int, steps: Int, round: Int) throws -> TorchFigures {
        guard let script = folders.map({ $0.appendingPathComponent(program.script).path }).first(where: FileManager.default.fileExists)
        else {
            throw CommandFailure("there is no \(program.script)")
        }
        var arguments = [script, "--threads", "\(threads)", "--steps", "\(steps)"]
        if settings.precision == .bfloat16 { arguments.append("--bf16") }
        if let size = settings.size { arguments += ["--size", "\(size)"] }
        switch program {
        case .dann(let figure):
            arguments.append("--sequence")
            // Its latency is that of one clip, whatever the batch of its steps.
            if figure == .step, let batch = settings.batch { arguments += ["--batch", "\(batch)"] }
            if figure == .forward, let batch = settings.batch, batch != 1 {
                throw CommandFailure("\(program.script) measures one clip, not \(batch)")
            }
            return try Self.figures(ofSentence: try output(arguments, round), figure)
        case .nano:
            if let batch = settings.batch { arguments += ["--batch", "\(batch)"] }
        case .model(let name):
            arguments += ["--model", name]
            if let batch = settings.batch { arguments += ["--batch", "\(batch)"] }
        }
        return try Self.figures(ofJSON: try output(arguments, round))
    }

    private func output(_ arguments: [String], _ round: Int) throws -> String {
        let key = arguments + ["\(round)"]
        if let known = outputs[key] { return known }
        let child = try ChildProcess.run(python, arguments)
        guard child.status == 0 else { throw CommandFailure("\(arguments[0].printable): \(child.complaint.printable)") }
        outputs[key] = child.output
        return child.output
    }

    /// `… train: 4812.3 ms/step = 0.83 clips/s; infer b1 574.0 ms, b8 2.10 clips/s; peak 2990 MiB`
    static func figures(ofSentence text: String, _ figure: TorchProgram.DannFigure) throws -> TorchFigures {
        guard let match = text.firstMatch(of: /train: ([0-9.]+) ms\/step = ([0-9.]+) clips\/s; infer b1 ([0-9.]+) ms.*peak ([0-9.]+) MiB/),
            let step = Double(match.1), let clips = Double(match.2), let latency = Double(match.3), let peak = Double(match.4), step > 0,
            latency > 0
        else { throw CommandFailure("the reference printed something else: \(text.prefix(200).description.printable)") }
        switch figure {
        case .step: return TorchFigures(medianSeconds: step * 1e-3, clipsPerSecond: clips, peakMemory: peak)
        case .forward: return TorchFigures(medianSeconds: latency * 1e-3, clipsPerSecond: 1e3 / latency)
        }
    }

    private struct Line: Decodable {
        var median_ms, clips_per_s: Double
        var peak_mib: Double?
    }

    static func figures(ofJSON text: String) throws -> TorchFigures {
        let last = text.split(separator: "\n").last.map(String.init) ?? ""
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(last.utf8)), line.clips_per_s > 0 else {
            throw CommandFailure("the reference printed something else: \(last.prefix(200).description.printable)")
        }
        return TorchFigures(medianSeconds: line.median_ms * 1e-3, clipsPerSecond: line.clips_per_s, peakMemory: line.peak_mib)
    }
}
