// A trained run with clips to ask it about: what `eval` and `robustness` share.
import Analysis
import ArgumentParser
import Base
import Foundation
import Inputs
import Records
import Runs
import Store
import Synchronization
import Systems
import Training

/// Options that say which clips of which corpora are scored.
struct ClipOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Which clips: validation, test, training or all.", valueName: "part"))
    var part = ClipPart.validation
    @Option(help: ArgumentHelp("Score another corpus as the source.", valueName: "corpus"))
    var source: String?
    @Option(help: ArgumentHelp("Score another corpus as the target.", valueName: "corpus"))
    var target: String?
}

enum ClipPart: String, ExpressibleByArgument, CaseIterable { case validation, test, training, all }

struct RunSubject {
    /// One domain's clips.
    struct Clips {
        var corpus: String
        var feed: any ClipFeed
        /// Clips of the same corpus on the training side.
        var training: any ClipFeed
        /// Columns of every clip of the corpus, by its name.
        var columns: [String: [String: String]]
    }

    /// Nil for weights that are of no run of the store.
    let run: RunSummary?
    let model: TrainedModel
    let part: ClipPart
    let source: Clips
    let target: Clips?
    /// What the user should know of these clips.
    let notes: [String]

    /// - Parameters:
    ///   - name: a run's number, a run's folder or its best.safetensors.
    ///   - interruption: ends preparation.
    /// - Throws: `CommandFailure`, `StoreError`, `TrainedModelError`, `PreparationMismatch`, what preparing throws.
    init(_ name: String, _ options: ClipOptions, store: RunStore, withSound: Bool, interruption: Interruption) throws {
        let named = try store.printableModel(named: name), run = named.run
        let model = try TrainedModel(named.weights, systems: Systems.all)
        var experiment = model.experiment
        let own = experiment.data
        if let corpus = options.source { experiment.data.source = corpus }
        if let corpus = options.target { experiment.data.target = corpus }
        let material: RunMaterial
        do {
            material = try prepareWithProgress(experiment, like: model.preparation, store: store, withSound: withSound) {
                interruption.isAsked
            }
        } catch RunMaterialError.noSuchCorpus(let key, let corpus, _) {
            let option = key == "data.source" ? "--source" : "--target"
            if corpus == options.source || corpus == options.target {
                throw CommandFailure(
                    "there is no corpus named \(corpus.printable), which \(option) asks for; `emolab corpora list` shows what there is")
            }
            throw CommandFailure(
                "there is no corpus named \(corpus.printable) any more, which the run was trained on: add it again, `emolab corpora add FOLDER --name \(corpus.printable)`, or score another with \(option)"
            )
        }
        let data = material.data
        guard data.labels == model.labels else {
            throw CommandFailure(
                "label space \(own.labels.printable) now has other classes than the run was trained on: \(model.labels.joined(separator: ", ").printable)"
            )
        }
        let members = try run.map { try store.samples(run: $0.id) } ?? []
        var notes = (model.warning.map { [$0] } ?? []) + material.warnings

        func clips(_ domain: Domain, _ corpus: String, _ sides: [any ClipFeed]) throws -> Clips {
            let feed: any ClipFeed =
                switch options.part {
                case .training: sides[0]
                case .validation: sides[1]
                case .test: sides[2]
                case .all: JoinedFeed(sides)
                }
            guard !feed.items.isEmpty else {
                throw CommandFailure(
                    "\(corpus.printable) has no \(options.part.rawValue) clips"
                        + (options.part == .test ? ": the run was split without data.nested" : ""))
            }
            // A corpus that has changed since the run is split anew: what it trained on must not come back as held out.
            let ownDomain: Domain? = corpus == own.source ? .source : corpus == own.target ? .target : nil
            if let ownDomain, options.part == .validation || options.part == .test {
                let trained = Set(members.filter { $0.part == Part(ownDomain, .training) }.map(\.clip))
                let leaked = feed.items.count { trained.contains($0.name) }
                if leaked > 0 {
                    throw CommandFailure(
                        "\(corpus.printable) has changed since the run: by the split of today \(leaked) of its \(feed.items.count) \(options.part.rawValue) clips are ones that it was trained on"
                    )
                }
            }
            if ownDomain != nil, options.part == .training || options.part == .all {
                notes.append("\(corpus): these clips include what the run was trained on: figures are no estimate for new clips")
            }
            if ownDomain != domain { try model.measureSound(of: domain, training: sides[0], others: Array(sides.dropFirst())) }
            let unlabelled = feed.items.count { $0.label == nil }
            if unlabelled == feed.items.count {
                notes.append("\(corpus): none of its \(unlabelled) \(options.part.rawValue) clips has a label: its scores are not known")
            } else if unlabelled > 0 {
                notes.append(
                    "\(corpus): \(unlabelled) of its \(feed.items.count) \(options.part.rawValue) clips have no label: scores are of the other \(feed.items.count - unlabelled)"
                )
            }
            let columns = try store.fullClips(corpus: corpus).map { ($0.name, $0.groupColumns) }
            return Clips(corpus: corpus, feed: feed, training: sides[0], columns: Dictionary(uniqueKeysWithValues: columns))
        }
        source = try clips(.source, experiment.data.source, [data.sourceTraining, data.sourceValidation, data.sourceTest])
        target =
            experiment.data.target.isEmpty
            ? nil : try clips(.target, experiment.data.target, [data.targetTraining, data.targetValidation, data.targetTest])
        (self.run, self.model, part, self.notes) = (run, model, options.part, notes)
    }

    /// Both domains' clips, the source first.
    var domains: [(domain: Domain, clips: Clips)] { [(.source, source)] + (target.map { [(.target, $0)] } ?? []) }

    /// One line that names the run and what chose its weights.
    var heading: String {
        let selection = model.experiment.training.selection.words
        guard let run else { return "\(model.file.path.printable), chosen by \(selection)" }
        return
            "run \(run.id)  \(run.name.printable)  seed \(run.seed)  best epoch \(run.bestEpoch.map(String.init) ?? "?"), chosen by \(selection)"
    }

    /// A figure's title.
    var title: String {
        let name = run.map { "run \($0.id), \($0.name), seed \($0.seed)" } ?? model.file.lastPathComponent
        return "\(name), \(part.rawValue) clips".printable
    }

    /// Under which subject an analysis of these clips is stored: none for the run's own validation clips.
    var subject: String {
        let own = model.experiment.data
        let corpora = [source.corpus == own.source ? nil : source.corpus, target?.corpus == own.target ? nil : target?.corpus].compactMap(
            \.self)
        return ((part == .validation && corpora.isEmpty ? [] : [part.rawValue]) + corpora).joined(separator: " ")
    }
}

/// Several feeds as one.
struct JoinedFeed: ClipFeed {
    private let feeds: [any ClipFeed]
    private let places: [(feed: Int, index: Int)]
    let items: [ClipItem]

    init(_ feeds: [any ClipFeed]) {
        self.feeds = feeds
        places = feeds.indices.flatMap { feed in feeds[feed].items.indices.map { (feed, $0) } }
        items = feeds.flatMap(\.items)
    }

    func load(_ index: Int) throws -> PreparedClip { try feeds[places[index].feed].load(places[index].index) }
}

/// Counts the clips that are asked for on a line of progress, and ends where the user has pressed Ctrl+C.
struct WatchedFeed: ClipFeed {
    let base: any ClipFeed
    let count: ProgressCount
    let interruption: Interruption

    var items: [ClipItem] { base.items }

    func load(_ index: Int) throws -> PreparedClip {
        if interruption.isAsked { throw Interrupted() }
        count.advance()
        return try base.load(index)
    }
}

struct Interrupted: Error {}

/// A line of progress that several feeds share.
final class ProgressCount: Sendable {
    private let line: ProgressLine
    private let total: Int
    private let done = Mutex(0)

    init(_ title: String, total: Int) {
        line = ProgressLine(title)
        self.total = total
    }

    func advance() {
        let done = done.withLock {
            $0 += 1
            return $0
        }
        line.update(done: done, of: total)
    }

    func finish() { line.finish() }
}

/// Ends a command that was interrupted as the shell expects it.
func endingWhenInterrupted<Value>(_ interruption: Interruption, _ body: () throws -> Value) throws -> Value {
    do {
        return try body()
    } catch {
        guard let signal = interruption.signal else { throw error }
        standardError("emolab: stopped; nothing was stored")
        throw ExitCode(128 + signal)
    }
}

/// Rows of comma-separated values (RFC 4180).
struct CommaSeparatedText {
    private(set) var text = ""

    init(_ header: [String]) { add(header) }

    mutating func add(_ fields: [String]) { text += fields.commaSeparated + "\n" }

    func write(to path: String) throws(FileFailure) {
        try UserFile.write(text, to: path)
    }
}
