import Base
import Foundation
import Metrics
import SQLiteFiles
import Training

/// A run's folder: `experiment.toml` as run, `metrics.csv` (one row a step), `epochs.csv` (one row an epoch and domain), weights.
enum RunFolder {
    static let experimentFile = "experiment.toml"
    static let metricsFile = "metrics.csv"
    static let epochsFile = "epochs.csv"

    static let metricsHeader =
        "step,epoch,domain,class_loss,domain_loss,class_accuracy,domain_accuracy,alpha,learning_rate,gradient_norm,clips,seconds,waiting_seconds"
    static let epochsHeader = "epoch,step,domain,is_best,loss,accuracy,macro_f1,domain_accuracy,clips,entropy,infomax,snd,dev"

    /// `0001-name-seed`; the name is cut to what every file system and shell takes.
    static func name(id: Int64, name: String, seed: UInt64) -> String {
        var number = String(id)
        number = String(repeating: "0", count: max(0, 4 - number.count)) + number
        let allowed = name.lowercased().unicodeScalars.map { scalar -> Character in
            let isPlain = (97...122).contains(scalar.value) || (48...57).contains(scalar.value) || scalar == "+" || scalar == "_"
            return isPlain ? Character(scalar) : "-"
        }
        let words = String(allowed).split(separator: "-").joined(separator: "-")
        return [number, words.isEmpty ? "run" : String(words.prefix(48)), String(seed)].joined(separator: "-")
    }

    /// What a run's row says of its folder, as it may be: `runs/NAME`. A store is a file from outside too; what leads elsewhere is read as a folder
    /// that is not there.
    static func checked(_ folder: String) -> String {
        let parts = folder.split(separator: "/", omittingEmptySubsequences: false)
        let isFolder = parts.count == 2 && parts[0] == "runs" && !["", ".", ".."].contains(parts[1]) && !parts[1].utf8.contains(0)
        return isFolder ? folder : "runs/none"
    }

    static func make(_ folder: URL, experiment: String?) throws {
        try PrivateFiles.makeFolder(folder)
        guard let experiment else { return }
        do {
            try DurableFile.write(experiment, to: folder.appendingPathComponent(experimentFile))
        } catch {
            throw StoreError.cannotOpen(path: folder.path, reason: "\(error)")
        }
    }

    static func line(_ step: StepRecord) -> String {
        [
            "\(step.step)", "\(step.epoch)", step.domain.rawValue, text(step.classLoss), text(step.domainLoss), text(step.classAccuracy),
            text(step.domainAccuracy), text(step.alpha), text(step.learningRate), text(step.gradientNorm), "\(step.clips)",
            text(step.seconds), text(step.waitingSeconds),
        ].joined(separator: ",")
    }

    static func lines(_ epoch: EpochRecord) -> [String] {
        [(Domain.source, epoch.source as DomainScores?), (.target, epoch.target)].compactMap { domain, scores in
            scores.map { scores in
                let labelFree = domain == .target ? epoch.targetScores : nil
                return
                    ([
                        "\(epoch.epoch)", "\(epoch.step)", domain.rawValue, epoch.isBest ? "1" : "0", text(scores.loss),
                        text(scores.accuracy),
                        text(scores.macroF1), text(scores.domainAccuracy), "\(scores.clips)",
                    ] + TargetScore.allCases.map { text(labelFree?[$0]) }).joined(separator: ",")
            }
        }
    }

    /// Swift prints the shortest digits that give the number back, with a point in every locale.
    private static func text(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }

    /// Puts both tables as the store has them in place of the files, for a run that is resumed some steps back.
    static func rewriteTables(_ folder: URL, steps: [StepRecord], epochs: [EpochRecord]) throws {
        let metrics = ([metricsHeader] + steps.map(line)).joined(separator: "\n") + "\n"
        let scores = ([epochsHeader] + epochs.flatMap(lines)).joined(separator: "\n") + "\n"
        try DurableFile.write(metrics, to: folder.appendingPathComponent(metricsFile))
        try DurableFile.write(scores, to: folder.appendingPathComponent(epochsFile))
    }
}

/// The two tables of a run that goes on, open for appending.
final class RunTables {
    private let metrics: LineWriter
    private let epochs: LineWriter

    init(_ folder: URL) throws {
        metrics = try LineWriter(folder.appendingPathComponent(RunFolder.metricsFile), header: RunFolder.metricsHeader)
        epochs = try LineWriter(folder.appendingPathComponent(RunFolder.epochsFile), header: RunFolder.epochsHeader)
    }

    /// False where somebody deleted or replaced one of them.
    var areInPlace: Bool { metrics.isInPlace && epochs.isInPlace }

    func append(_ records: some Sequence<TimedEvent>) throws {
        var steps: [String] = [], scores: [String] = []
        for record in records {
            switch record.event {
            case .step(let step): steps.append(RunFolder.line(step))
            case .epoch(let epoch): scores += RunFolder.lines(epoch)
            default: break
            }
        }
        try metrics.append(steps)
        try epochs.append(scores)
    }

    func synchronise() throws {
        try metrics.synchronise()
        try epochs.synchronise()
    }
}

/// Appends lines to a file, beginning it with a header where it is new or empty.
final class LineWriter {
    private let handle: FileHandle
    private let path: String

    init(_ url: URL, header: String) throws {
        try PrivateFiles.makeFile(url)
        path = url.path
        // A link in its place would lead what is written elsewhere, and a pipe would wait for a reader.
        let file = open(url.path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        var status = stat()
        guard file >= 0, fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            let reason = file >= 0 || errno == ELOOP ? "a link or a device is in its place" : String(cString: strerror(errno))
            if file >= 0 { close(file) }
            throw StoreError.cannotOpen(path: url.path, reason: reason)
        }
        handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        if try handle.seekToEnd() == 0 { try handle.write(contentsOf: Data((header + "\n").utf8)) }
    }

    /// Whether its path still leads to it.
    var isInPlace: Bool {
        do { return try FileIdentity.at(path)?.identity == FileIdentity.of(handle.fileDescriptor) } catch { return true }
    }

    func append(_ lines: [String]) throws {
        guard !lines.isEmpty else { return }
        try handle.write(contentsOf: Data((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// Waits until what was appended outlives a loss of power.
    func synchronise() throws { try handle.synchronize() }

    deinit { try? handle.close() }
}
