// The ground of every trial: two corpora of four clips, prepared, and an experiment that trains in a tenth of a second.
import Foundation
import GRDB
import Records
import Runs
import Store
import Synchronization
import Testing
import Training

enum FaultLab {
    /// So many faults and kill points of each test, spread over all that there are, by EMOLAB_FAULTS=NUMBER; each of them by EMOLAB_FAULTS=all, as
    /// `make faults` sets it; nil for the quick form.
    static let tried = ProcessInfo.processInfo.environment["EMOLAB_FAULTS"].map { $0 == "all" ? .max : Int($0) ?? 100 }
    /// EMOLAB_FAULTS_ON="fsync data/emolab/runs" leaves the calls whose name and path have that in them.
    private static let wanted = ProcessInfo.processInfo.environment["EMOLAB_FAULTS_ON"] ?? ""
    /// Trials at once.
    private static let lanes = 6

    struct Ground: Sendable {
        /// Its store has both corpora; nobody writes to it afterwards.
        let home: Home
        let corpora: URL
        /// The same with a finished run.
        let finished: Home
        /// What a run that nothing disturbed comes to.
        let undisturbed: RunBits
        /// The calls that such a run makes.
        let calls: [FaultPage.Call]
    }

    static func ground() throws -> Ground { try prepared.get() }

    private static let prepared = Result { () throws -> Ground in
        let home = try Home()
        groundHome = home
        atexit(removeGround)
        let corpora = home.file("corpora")
        _ = try home.emolab("corpora", "make-demo", corpora.path, "--actors", "4", "--clips", "1")
        for corpus in ["studio", "crowd"] { _ = try home.json("corpora", "add", corpora.appendingPathComponent(corpus).path, "--json") }
        try home.write("tiny.toml", experiment)
        // Prepares the clips.
        let first = try copy(of: home)
        _ = try first.json("train", "tiny.toml", "--json")
        try FileManager.default.copyItem(at: first.cache, to: home.cache)
        let trial = try copy(of: home)
        let page = try FaultPage(in: trial)
        let run = try RunningProgram(trainArguments, in: trial, environment: page.environment()).finish()
        guard run.status == 0 else { throw Program.Failure(description: "the undisturbed run ended with \(run.status): \(run.errors)") }
        guard try !page.calls().isEmpty else {
            throw Program.Failure(description: "the layer is not between the program and its files: \(run.errors)")
        }
        return Ground(home: home, corpora: corpora, finished: trial, undisturbed: try RunBits(of: trial, run: 1), calls: try page.calls())
    }

    static let trainArguments = ["train", "tiny.toml", "--json"]

    /// Small in every way; the optimiser's state, dropout, two domains and three epochs make the order of everything count.
    private static let experiment = """
        name = "tiny"
        [data]
        source = "studio"
        target = "crowd"
        labels = "six"
        split = "speaker"
        validation_share = 0.5
        [inputs]
        frames = 2
        picture_size = 32
        mel_bands = 16
        mel_frames = 16
        fft_size = 2048
        hop_length = 2048
        [inputs.faces]
        detector = "centred-square"
        [model]
        preset = "nano"
        [model.audio]
        channels = [4, 4, 4]
        hidden = 4
        [model.video]
        width = 8
        heads = 2
        layers = 1
        mlp = 8
        [model.fusion]
        width = 8
        heads = 2
        stages = 1
        discriminator_width = 4
        [adaptation]
        method = "dann"
        [training]
        seeds = [42]
        epochs = 3
        batch = 1

        """

    /// A home for a trial: everything of `home` but the media, which the store names where they are.
    static func copy(of home: Home) throws -> Home {
        let copy = try Home()
        for name in ["data", "cache", "config", "state", "tiny.toml", "story.keys"]
        where FileManager.default.fileExists(atPath: home.file(name).path) {
            try FileManager.default.copyItem(at: home.file(name), to: copy.file(name))
        }
        return copy
    }

    /// Does `body` for every number below `count`, some at a time, and returns what came of each, in order.
    static func inLanes<Value: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Value) -> [Result<Value, any Error>] {
        let results = Mutex<[Result<Value, any Error>?]>(Array(repeating: nil, count: count))
        let next = Mutex(0)
        let group = DispatchGroup()
        for _ in 0..<lanes {
            group.enter()
            // A thread, since a queue has no more at work than there are cores, and these wait most of their time.
            Thread.detachNewThread {
                defer { group.leave() }
                while true {
                    let index = next.withLock { next in
                        defer { next += 1 }
                        return next
                    }
                    guard index < count else { return }
                    let result = Result { try body(index) }
                    results.withLock { $0[index] = result }
                }
            }
        }
        group.wait()
        return results.withLock { $0.compactMap(\.self) }
    }

    static func chosen(_ calls: [FaultPage.Call]) -> [FaultPage.Call] {
        wanted.isEmpty ? calls : calls.filter { "\($0.name) \($0.path)".contains(wanted) }
    }

    /// Calls of every kind to every kind of file, at most `count` of them; other ones where the program makes more calls.
    static func kinds(of calls: [FaultPage.Call], _ count: Int) -> [FaultPage.Call] {
        let kinds = Dictionary(grouping: calls) { call in
            let name = (call.path as NSString).lastPathComponent
            // A process' own file is one kind whatever its number.
            return call.name + " " + (name.hasPrefix("output-") || name.hasPrefix("errors-") ? String(name.prefix(7)) : name)
        }
        let chosen = kinds.sorted { $0.key < $1.key }.map { $0.value[(calls.count * 7) % $0.value.count] }
        return sample(count, of: chosen, seed: calls.count)
    }

    /// The same everywhere: `count` of `all`, spread over them, other ones for another `seed`.
    static func sample<Element>(_ count: Int, of all: [Element], seed: Int) -> [Element] {
        guard all.count > count, count > 0 else { return all }
        var state = UInt64(bitPattern: Int64(seed)) &+ 0x9e37_79b9_7f4a_7c15
        return (0..<count).map { index in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let low = index * all.count / count, high = (index + 1) * all.count / count
            return all[low + Int((state >> 33) % UInt64(high - low))]
        }
    }
}

private nonisolated(unsafe) var groundHome: Home?
private func removeGround() { groundHome?.remove() }

/// Everything that a run came to, without times.
struct RunBits: Sendable, Equatable {
    /// By name, of the best epoch and of the last checkpoint, optimiser included.
    var best, last: [String: Data]
    var steps: [StepRecord]
    var epochs: [EpochRecord]
    var bestAnswers, lastAnswers: AnswerSet?
    var report: FinalReport?
    /// Lines of the tables in the run's folder.
    var metrics, epochTable: [String]

    init(of home: Home, run id: Int64) throws {
        let store = try RunStore(at: home.store)
        guard let run = try store.run(id) else { throw Program.Failure(description: "no run \(id)") }
        guard run.summary.state == .finished else {
            throw Program.Failure(description: "run \(id) is \(run.summary.state): \(run.summary.reason ?? "")")
        }
        let folder = store.runFolder(of: run.summary)
        best = try Self.tensors(folder.appendingPathComponent(RunFiles.best))
        last = try Self.tensors(folder.appendingPathComponent(RunFiles.last))
        steps = try store.steps(run: id).map { step in
            var step = step
            (step.seconds, step.waitingSeconds) = (0, 0)
            return step
        }
        epochs = try store.epochs(run: id).map { epoch in
            var epoch = epoch
            (epoch.seconds, epoch.savingSeconds) = (0, nil)
            return epoch
        }
        bestAnswers = try store.bestAnswers(run: id)
        lastAnswers = try store.latestAnswers(run: id)
        report = run.finalReport
        report?.seconds = 0
        report?.samplesPerSecond = 0
        // The fifth and the sixth column are times.
        metrics = try Self.lines(folder.appendingPathComponent("metrics.csv")).map {
            let cells = $0.split(separator: ",", omittingEmptySubsequences: false)
            return (cells.prefix(4) + cells.dropFirst(6)).joined(separator: ",")
        }
        epochTable = try Self.lines(folder.appendingPathComponent("epochs.csv"))
    }

    /// What differs, in words; nil where nothing does.
    func difference(from other: RunBits) -> String? {
        var parts: [String] = []
        if best != other.best { parts.append("the best weights") }
        if last != other.last { parts.append("the last checkpoint") }
        if steps != other.steps { parts.append("steps of the store (\(steps.map(\.step)))") }
        if epochs != other.epochs { parts.append("epochs of the store (\(epochs.map(\.epoch)))") }
        if bestAnswers != other.bestAnswers { parts.append("answers of the best epoch") }
        if lastAnswers != other.lastAnswers { parts.append("answers of the last epoch") }
        if report != other.report { parts.append("the report") }
        if metrics != other.metrics { parts.append("metrics.csv (\(metrics.count) lines of \(other.metrics.count))") }
        if epochTable != other.epochTable { parts.append("epochs.csv (\(epochTable.count) lines of \(other.epochTable.count))") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private static func lines(_ file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// The bytes of every tensor of a safetensors file.
    private static func tensors(_ file: URL) throws -> [String: Data] {
        let bytes = try Data(contentsOf: file)
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSON(String(decoding: bytes[8..<(8 + length)], as: UTF8.self))
        var tensors: [String: Data] = [:]
        for name in header.keys where name != "__metadata__" {
            let range = header[name]["data_offsets"].array.compactMap(\.int)
            tensors[name] = bytes[(8 + length + range[0])..<(8 + length + range[1])]
        }
        return tensors
    }
}

/// What may be asked of a home whatever happened to it.
enum Aftermath {
    /// What became of a run after a fault.
    enum Outcome: String, CaseIterable, Sendable { case finished, recovered, resumed, begunAnew = "begun anew" }

    /// The store opens, is whole, and its run is finished or can be; the end is that of the undisturbed run.
    /// - Parameter saved: whether the program said that all is done.
    /// - Throws: `Program.Failure` with what is wrong.
    static func check(_ home: Home, of ground: FaultLab.Ground, saidDone: Bool) throws -> Outcome {
        try checkStore(home)
        let runs = FileManager.default.fileExists(atPath: home.store.path) ? try RunStore(at: home.store).runs() : []
        guard let run = runs.first else {
            guard !saidDone else { throw Program.Failure(description: "the run was said to be done and is not in the store") }
            try compare(home, try finish(["train", "tiny.toml", "--json"], home), ground)
            return .begunAnew
        }
        guard !run.state.isLive else { throw Program.Failure(description: "run \(run.id) is \(run.state) and nobody works on it") }
        guard run.state != .finished else {
            try compare(home, run.id, ground)
            return .finished
        }
        guard !saidDone else { throw Program.Failure(description: "the run was said to be done and is \(run.state) in the store") }
        let isSaved = try RunStore(at: home.store).events(run: run.id).contains { $0.kind == .checkpoint && $0.text.hasPrefix("last") }
        let resumed = try RunningProgram(["train", "--resume", "\(run.id)", "--json"], in: home).finish()
        if resumed.status == 0 {
            try compare(home, run.id, ground)
            return .resumed
        }
        // Its last records were put aside; the resume took them in, and found nothing left to do.
        if resumed.status == 1, resumed.errors.contains("it has finished"),
            try RunStore(at: home.store).run(run.id)?.summary.state == .finished
        {
            try compare(home, run.id, ground)
            return .recovered
        }
        guard resumed.status == 1, resumed.errors.contains("before its first checkpoint"), !isSaved else {
            throw Program.Failure(
                description:
                    "run \(run.id) (\(run.state), \(isSaved ? "a" : "no") checkpoint told) cannot go on (\(resumed.status)): \(resumed.errors.suffix(400))"
            )
        }
        try compare(home, try finish(["train", "--parent", "\(run.id)", "--json"], home), ground)
        return .begunAnew
    }

    static func checkStore(_ home: Home) throws {
        guard FileManager.default.fileExists(atPath: home.store.path) else { return }
        let pool = try DatabasePool(path: home.store.path)
        let found = try pool.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
        guard found == ["ok"] else { throw Program.Failure(description: "the store is damaged: \(found.prefix(3))") }
    }

    /// Trains a new run to its end and returns its number, which need not be the next: one that was given and lost is not given again.
    private static func finish(_ arguments: [String], _ home: Home) throws -> Int64 {
        let result = try RunningProgram(arguments, in: home).finish()
        guard result.status == 0 else {
            throw Program.Failure(
                description: "afterwards \(arguments.joined(separator: " ")) ends with \(result.status): \(result.errors.suffix(400))")
        }
        return Int64(try result.lastJSON()["run"].int ?? 0)
    }

    private static func compare(_ home: Home, _ run: Int64, _ ground: FaultLab.Ground) throws {
        if let difference = try RunBits(of: home, run: run).difference(from: ground.undisturbed) {
            throw Program.Failure(description: "not as in the undisturbed run: \(difference)")
        }
    }

    /// How a program may end that met a fault: done, or failed with words that a user can do something with.
    static func check(_ result: Program.Result, unless printing: Bool) throws {
        guard result.status >= 0 else { throw Program.Failure(description: "it died of signal \(-result.status): \(crash(result.errors))") }
        guard result.status <= 1 else { throw Program.Failure(description: "it ended with \(result.status): \(result.errors.suffix(300))") }
        for trace in ["Fatal error", "Error Domain=", "NSCocoaErrorDomain", "Swift.Error", "DecodingError"]
        where result.errors.contains(trace) || result.output.contains(trace) {
            throw Program.Failure(
                description:
                    "a message for programmers: \((result.errors + result.output).split(separator: "\n").first { $0.contains(trace) }?.prefix(300) ?? "")"
            )
        }
        if result.status == 1, !printing {
            let said = result.errors + result.output
            guard reasons.contains(where: { said.localizedCaseInsensitiveContains($0) }) else {
                throw Program.Failure(description: "no reason is given: \(said.suffix(300))")
            }
        }
    }

    /// The system's words for the errors, SQLite's, and Foundation's.
    private static let reasons = [
        "no space left", "disk quota exceeded", "input/output error", "interrupted system call", "permission denied", "disk I/O error",
        "disk is full", "unable to open database",
        "database is locked", "locking protocol", "enough space", "permission", "cannot be read",
        // What SQLite makes of a read that fails: it cannot know better.
        "database disk image is malformed",
    ]

    private static func crash(_ errors: String) -> String {
        errors.split(separator: "\n").first { $0.contains("Fatal error") || $0.contains("rashed") }.map { String($0.prefix(300)) }
            ?? String(errors.suffix(200))
    }
}
