import ArgumentParser
import Base
import Foundation
import Inputs
import Records
import Runs
import Store
import Training

struct PrepareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare", abstract: "Decode corpora's clips into the cache: spectrograms, faces, sound.",
        discussion: """
            Clips already in the cache are not made again; interrupted, it goes on where it was. Ends with exit code 1 where a clip cannot be used.
            With --json, one object a corpus: counts, damaged clips with their reasons, clips without speech, remarks on others, and how the faces were found.

            \(examples("emolab prepare studio crowd", "emolab prepare --all --experiment zu-dann/middle --limit-size 20GB", "emolab prepare studio --status"))
            """)

    @Argument(help: ArgumentHelp("Names of corpora in the store.", valueName: "corpus"))
    var corpora: [String] = []
    @Flag(help: "All corpora of the store.")
    var all = false
    @Option(help: "Prepare for this experiment's inputs: a TOML file or a built-in name.")
    var experiment = "demo"
    @Option(
        name: .customLong("set"), help: ArgumentHelp("Override a key of the experiment; may be repeated.", valueName: "section.key=value"))
    var overrides: [String] = []
    @Option(help: "Clips worked on at once, \(PrepareCommand.workerCounts.words). Default: one a core.")
    var workers: Int?
    @Flag(help: "Try clips again that could not be prepared.")
    var retry = false
    @Flag(help: "Print where the time went, by stage.")
    var profile = false
    @Flag(help: "Prepare nothing; show what the cache holds, per settings.")
    var status = false
    @Flag(help: "Prepare nothing; read every clip in the cache and check it. Exit code 1 where one is damaged.")
    var verify = false
    @Flag(help: "Drop what is damaged in the cache, then prepare it again.")
    var repair = false
    @Flag(help: "Prepare nothing; remove the corpora's prepared clips.")
    var clear = false
    @Option(help: ArgumentHelp("With --clear: only those of these settings, as --status names them.", valueName: "key"))
    var settings: String?
    @OptionGroup var cacheOptions: CacheOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    static let workerCounts = OptionRange("--workers", 1...1024)

    func validate() throws {
        guard all != !corpora.isEmpty else {
            throw ValidationError(all ? "Give names of corpora or --all, not both." : "Give the name of a corpus, or --all.")
        }
        guard [status, verify, repair, clear].count(where: { $0 }) <= 1 else {
            throw ValidationError("--status, --verify, --repair and --clear exclude each other.")
        }
        guard settings == nil || clear else { throw ValidationError("--settings belongs to --clear.") }
        try Self.workerCounts.check(workers)
    }

    func run() throws {
        let store = try store.open()
        let known = try store.corpora().map(\.name)
        for corpus in corpora where !known.contains(corpus) { throw StoreError.noSuchCorpus(corpus) }
        let names = all ? known : corpora
        let cache = ClipCache(limit: try cacheOptions.limit())
        if status { return try show(names, cache) }
        if clear { return try remove(names, cache) }
        if verify { return try check(names, cache) }
        try prepare(names, store, cache)
    }

    // MARK: Preparing

    private struct Summary: Encodable {
        var corpus: String
        var clips, prepared, cached, withoutSpeech, withoutFace, withoutSound, withoutPicture: Int
        var seconds: Double
        var isStopped: Bool
        var settings, faces: String
        var damaged: [ClipFinding]
        /// Names of the clips without speech.
        var speechless: [String]
        /// Clips that are used, with what is to be known of them.
        var remarks: [ClipRemark]
        /// Why clips could not be kept, where that was so.
        var storeFailure: String?
        /// Seconds of all workers together; with --profile.
        var stages: [PreparationStage: Double]?
        /// What `--repair` dropped before.
        var dropped: Int?
    }

    private func prepare(_ names: [String], _ store: RunStore, _ cache: ClipCache) throws {
        let experiment = try BuiltInExperiments.read(experiment, overrides: overrides)
        let faces = try FacePreparation(new: experiment.inputs.preparation)
        if let warning = faces.warning { standardError("emolab: \(warning)") }
        let preparer = try Preparer(faces, cache: cache, needs: experiment.model.modalities.needs)
        if let words = cache.removeOldFormat() { standardError(words.printable) }
        let interruption = Interruption("stopping after the clips in work; once more ends at once")
        var summaries: [Summary] = []
        for corpus in names where !interruption.isAsked {
            var dropped: Int?
            if repair {
                let found = try cache.verify(corpus, repairing: true)
                dropped = found.damaged + found.outdated
            }
            if retry { try? cache.forgetFailures(corpus, preparer.preparation) }
            let line = ProgressLine("preparing \(corpus.printable)")
            let report = preparer.prepareAll(
                try store.fullClips(corpus: corpus), workers: workers ?? ProcessInfo.processInfo.activeProcessorCount, mustStore: true,
                shouldStop: { interruption.isAsked },
                progress: { line.update(done: $0.done, of: $0.total, rate: $0.rate, failed: $0.damaged) })
            line.finish()
            if store.isWritable { try store.recordPreparation(corpus: corpus, report.findings) }
            for notice in cache.takeNotices() { standardError(notice.printable) }
            let summary = Summary(
                corpus: corpus, clips: report.findings.count, prepared: report.prepared, cached: report.cached,
                withoutSpeech: report.withoutSpeech, withoutFace: report.withoutFace, withoutSound: report.withoutSound,
                withoutPicture: report.withoutPicture, seconds: report.seconds, isStopped: report.isCancelled,
                settings: preparer.preparation.key,
                faces: faces.words, damaged: report.damaged, speechless: report.speechless, remarks: report.remarks,
                storeFailure: report.storeFailure, stages: profile ? report.stages : nil,
                dropped: dropped)
            summaries.append(summary)
            if output.json { try printJSON(summary) }
            if report.storeFailure != nil { break }
        }
        if let words = cache.keepToLimit(keeping: names.map { ($0, preparer.preparation) }) { standardError(words) }
        if !output.json { printSummaries(summaries) }
        for one in summaries where !one.damaged.isEmpty && one.damaged.count == one.clips {
            if let advice = try store.adviceIfMoved(corpus: one.corpus) { standardError("emolab: \(advice.printable)") }
        }
        if let failure = summaries.last?.storeFailure { throw CommandFailure(failure.printable) }
        if let signal = interruption.signal {
            standardError("emolab: stopped; what is prepared stays, the same command goes on from there")
            throw ExitCode(128 + signal)
        }
        if summaries.contains(where: { !$0.damaged.isEmpty }) { throw ExitCode(1) }
    }

    private func printSummaries(_ summaries: [Summary]) {
        printTable(
            header: ["corpus", "clips", "prepared", "in cache", "damaged", "no speech", "no face", "no sound", "no picture", "clips/s"],
            rows: summaries.map { one in
                let made = one.clips - one.cached
                let rate = made > 0 && one.seconds > 0 ? String(format: "%.1f", Double(made) / one.seconds) : ""
                let counts = [
                    one.clips, one.prepared, one.cached, one.damaged.count, one.withoutSpeech, one.withoutFace, one.withoutSound,
                    one.withoutPicture,
                ]
                return [one.corpus.printable] + counts.map { "\($0)" } + [rate]
            }, rightAligned: Set(1...9))
        if let faces = summaries.first?.faces { print("faces: \(faces.printable)") }
        for one in summaries {
            if let dropped = one.dropped { print("\(one.corpus.printable): dropped \(dropped) damaged or outdated, made again") }
            for clip in one.damaged { print("  \(one.corpus.printable)/\(clip.name.printable): \((clip.reason ?? "").printable)") }
            show(one.remarks.map { "\(one.corpus.printable)/\($0.clip.printable): \($0.remark.printable)" })
            show(one.speechless.map { "\(one.corpus.printable)/\($0.printable): no speech found, all of its sound is used" })
            guard let stages = one.stages else { continue }
            let total = max(stages.values.reduce(0, +), 1e-9)
            print("\(one.corpus.printable): \(String(format: "%.2f", one.seconds)) s; seconds of all workers:")
            printTable(
                header: ["  stage", "seconds", "share", "ms a clip"],
                rows: PreparationStage.allCases.compactMap { stage in
                    stages[stage].map { seconds in
                        [
                            "  " + stage.rawValue, String(format: "%.2f", seconds), String(format: "%.1f %%", 100 * seconds / total),
                            String(format: "%.2f", 1000 * seconds / Double(max(one.clips - one.cached, 1))),
                        ]
                    }
                }, rightAligned: [1, 2, 3])
        }
    }

    /// Of anything that may be so a thousand times.
    private static let listed = 20

    private func show(_ lines: [String]) {
        for line in lines.prefix(Self.listed) { print("  " + line) }
        if lines.count > Self.listed { print("  and \(lines.count - Self.listed) more (--json has all)") }
    }

    // MARK: Looking after the cache

    /// One line of `--status --json`.
    private struct Held: Encodable {
        var corpus, key: String
        /// Nil where this program cannot read it.
        var preparation: EffectivePreparation?
        var created, used: Date
        var clips, failures, bytes, rawBytes: Int

        init(_ stored: StoredSettings) {
            (corpus, key, clips, failures, bytes, rawBytes) = (
                stored.corpus, stored.key, stored.clips, stored.failures, stored.bytes, stored.rawBytes
            )
            preparation = try? EffectivePreparation(json: stored.words)
            (created, used) = (Date(timeIntervalSince1970: stored.created), Date(timeIntervalSince1970: stored.used))
        }
    }

    private func show(_ names: [String], _ cache: ClipCache) throws {
        let contents = try names.flatMap { try cache.contents(of: $0) }
        for notice in cache.takeNotices() { standardError(notice.printable) }
        if output.json { return try printJSON(contents.map(Held.init)) }
        printTable(
            header: ["corpus", "settings", "clips", "damaged", "on disk", "plain", "last used"],
            rows: contents.map { one in
                let date = Date(timeIntervalSince1970: one.used).formatted(.iso8601)
                return [
                    one.corpus.printable, one.key, "\(one.clips)", "\(one.failures)", ByteCount.text(one.bytes),
                    ByteCount.text(one.rawBytes), date,
                ]
            }, rightAligned: [2, 3, 4, 5])
        print("\(ByteCount.text(cache.bytes)) in \(cache.folder.path.printable)")
    }

    private func remove(_ names: [String], _ cache: ClipCache) throws {
        var removed: [String: Int] = [:]
        for corpus in names { removed[corpus] = try cache.removeAll(corpus, key: settings) }
        if output.json { return try printJSON(removed) }
        for corpus in names { print("\(corpus.printable): removed \(counted(removed[corpus] ?? 0, "prepared clip"))") }
    }

    private struct Checked: Encodable {
        var corpus: String
        var whole, damaged, outdated: Int
        var file: [String]
    }

    private func check(_ names: [String], _ cache: ClipCache) throws {
        var isSound = true
        for corpus in names {
            let found = try cache.verify(corpus)
            let notices = cache.takeNotices()
            for notice in notices { standardError(notice.printable) }
            isSound = isSound && found.isSound && notices.isEmpty
            if output.json {
                try printJSON(
                    Checked(corpus: corpus, whole: found.whole, damaged: found.damaged, outdated: found.outdated, file: found.file))
            } else {
                print(
                    "\(corpus.printable): \(counted(found.whole, "clip")) whole, \(found.damaged) damaged, \(found.outdated) of other versions"
                )
                for words in found.file { print("  \(words.printable)") }
            }
        }
        if !isSound {
            standardError("emolab: `emolab prepare --repair` drops what is damaged and makes it again")
            throw ExitCode(1)
        }
    }
}
