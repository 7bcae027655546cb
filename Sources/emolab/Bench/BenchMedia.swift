import ArgumentParser
import Foundation
import Records
import Tensors

/// Measures the front end on one core, and beside it librosa and PyAV on the same files.
struct BenchMedia: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media", abstract: "Measure loading, spectra, voice activity and decoding.",
        discussion: """
            Works: \(MediaWork.names.joined(separator: ", ")). With --compare the same is done by librosa, scipy and PyAV, in turn with ours. \
            docs/performance.md says what the figures mean.

            \(examples("emolab bench media --only mel --runs 20"))
            """)

    @Option(help: "Measure only what has this in its name.")
    var only: String?
    @Option(help: "Runs of each work, at least, \(OptionRanges.benchRuns.words); short ones run more often.")
    var runs = 10
    @Flag(help: "Also run the same in librosa and PyAV.")
    var compare = false
    @Option(help: ArgumentHelp("Folder of librosa_mel.py; default: scripts/reference. Implies --compare.", valueName: "folder"))
    var reference: String?
    @Option(help: "A Python that has librosa and PyAV.")
    var python = "python3"
    @OptionGroup var output: OutputOptions

    struct Figure: Encodable {
        var name: String
        var shape: String
        var median_ms: Double
        var minimum_ms: Double
        var runs: Int
        var reference_median_ms: Double?
        var reference_minimum_ms: Double?
        /// The reference's median over ours.
        var ratio: Double?
    }

    /// Short works run until so many seconds have passed.
    private static let leastSeconds = 0.25

    func validate() throws {
        try OptionRanges.benchRuns.check(runs)
        guard !names.isEmpty else { throw ValidationError("no work of that name (works: \(MediaWork.names.joined(separator: ", ")))") }
    }

    private var names: [String] { MediaWork.names.filter { name in only.map { name.contains($0) } ?? true } }

    func run() throws {
        BenchHeading.print(threads: 1)
        let material = try MediaMaterial()
        defer { material.remove() }
        let works = try MediaWork.all(material).filter { names.contains($0.name) }
        var program: LibrosaReference?
        if compare || reference != nil {
            do {
                program = try LibrosaReference(python: python, folder: reference)
                standardError("librosa \(program?.version.printable ?? "")")
            } catch let failure as CommandFailure { standardError("no comparison: \(failure.message)") }
        }
        var ours: [String: [Double]] = [:], theirs: [String: [Double]] = [:]
        // Two rounds, ours and theirs in turn, so that what else the machine does hits both.
        let rounds = program == nil ? 1 : 2
        let line = ProgressLine("measuring")
        for round in 0..<rounds {
            for (i, work) in works.enumerated() {
                line.update(done: round * works.count + i, of: rounds * works.count)
                ours[work.name, default: []] += try seconds(of: work, runs: (runs + rounds - 1) / rounds)
            }
            do {
                for (name, seconds) in try program?.measure(material.folder, names: names, runs: (runs + rounds - 1) / rounds) ?? [:] {
                    theirs[name, default: []] += seconds
                }
            } catch let failure as CommandFailure {
                standardError("no comparison: \(failure.message)")
                program = nil
            }
        }
        line.finish()
        let figures = works.map { work -> Figure in
            let (own, other) = ((ours[work.name] ?? []).sorted(), (theirs[work.name] ?? []).sorted())
            let middle = Self.median(own), their = other.isEmpty ? nil : Self.median(other)
            return Figure(
                name: work.name, shape: work.shape, median_ms: middle * 1e3, minimum_ms: own[0] * 1e3, runs: own.count,
                reference_median_ms: their.map { $0 * 1e3 }, reference_minimum_ms: other.first.map { $0 * 1e3 },
                ratio: their.map { $0 / middle })
        }
        if output.json { try printJSON(figures) } else { print(figures) }
    }

    private func seconds(of work: MediaWork, runs: Int) throws -> [Double] {
        for _ in 0..<2 { try work.run() }
        var seconds: [Double] = [], total = 0.0
        while seconds.count < runs || (total < Self.leastSeconds && seconds.count < 1000) {
            seconds.append(try elapsed { try work.run() })
            total += seconds[seconds.count - 1]
        }
        return seconds
    }

    private static func median(_ sorted: [Double]) -> Double {
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private func print(_ figures: [Figure]) {
        func number(_ value: Double?, _ digits: Int) -> String { value.map { String(format: "%.\(digits)f", $0) } ?? "" }
        let compared = figures.contains { $0.ratio != nil }
        printTable(
            header: ["work", "shape", "median ms", "minimum ms", "runs"] + (compared ? ["reference ms", "ratio"] : []),
            rows: figures.map { figure in
                let own = [figure.name, figure.shape, number(figure.median_ms, 3), number(figure.minimum_ms, 3), "\(figure.runs)"]
                return compared ? own + [number(figure.reference_median_ms, 3), number(figure.ratio, 1)] : own
            }, rightAligned: Set(2...6))
    }
}

/// `librosa_mel.py` in a Python that has what it needs.
private struct LibrosaReference {
    let version: String
    private let python: String
    private let script: String

    private struct Answer: Decodable {
        /// Of every run, by the work's name.
        var seconds: [String: [Double]]
    }

    /// - Throws: `CommandFailure` that says what is missing.
    init(python: String, folder: String?) throws {
        let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        script = URL(fileURLWithPath: folder ?? "scripts/reference", relativeTo: here).appendingPathComponent("librosa_mel.py").path
        guard FileManager.default.fileExists(atPath: script) else {
            throw CommandFailure("there is no \(script.printable): name its folder with --reference")
        }
        let check = try ChildProcess.run(python, ["-c", "import av, librosa; print(librosa.__version__)"])
        guard check.status == 0 else {
            throw CommandFailure(
                "\(python.printable) has no librosa or no PyAV (\(check.complaint.printable)): name one that has with --python")
        }
        version = check.output.trimmingCharacters(in: .whitespacesAndNewlines)
        self.python = python
    }

    func measure(_ folder: URL, names: [String], runs: Int) throws -> [String: [Double]] {
        let child = try ChildProcess.run(python, [script, folder.path, "--runs", "\(runs)", "--works"] + names)
        guard child.status == 0, let line = child.output.split(separator: "\n").last,
            let answer = try? JSONDecoder().decode(Answer.self, from: Data(line.utf8))
        else { throw CommandFailure("\(script.printable): \(child.complaint.printable)") }
        return answer.seconds
    }
}
