// How models come out of the store. A further kind of model is a new reader or worker, and one entry in StoreFeed's lists.
import Corpora
import Foundation
import Records
import Store

/// What a reader may look at in one turn.
struct StoreTurn {
    let store: RunStore
    /// Whether corpora, and whether runs changed since the last turn.
    var corporaChanged: Bool
    var runsChanged: Bool
    /// Whether tags or notes of clips changed.
    var notesChanged = false
    /// The list of runs is due: a process that died changes nothing in the store.
    var isListDue: Bool
    /// The run that is shown; every pane shows the same.
    var shown: Int64?
    /// Its newest predictions.
    var predictions: RunReader.Shown?
}

/// Reads models of one kind, on the feed's queue; keeps what it has and asks only for what came since.
protocol StoreReader: Sendable {
    /// True where the request was for this reader; the next turn follows at once.
    mutating func take(_ request: any FeedRequest) -> Bool
    /// Models that changed. Cheap where nothing did: it is asked ten times a second.
    mutating func read(_ turn: StoreTurn) throws -> [any PaneModel]
}

extension StoreReader {
    mutating func take(_ request: any FeedRequest) -> Bool { false }
}

/// Answers requests that take time (decoding, explaining), on a queue of its own. Of requests that wait, only the last counts.
protocol FeedWorker: Sendable {
    func answers(_ request: any StandingRequest) -> Bool
    /// All that the answer rests on beside the request, as it is now. Read often and therefore cheap; where it is another than at the last
    /// answer, the request is answered again.
    func basis(of request: any StandingRequest) -> AnswerBasis
    /// - Parameters:
    ///   - isOutdated: true once a newer request waits: work in stages ends early.
    ///   - deliver: may be called several times, for what is there early.
    func work(
        _ request: any StandingRequest, isOutdated: @escaping @Sendable () -> Bool, deliver: @escaping @Sendable (any PaneModel) -> Void)
}

/// What an answer rests on, for comparing it with what it would rest on now.
struct AnswerBasis: Hashable, Sendable {
    private struct Run: Hashable, Sendable {
        var experiment: String
        var history: Int
        var best: Int?
    }

    /// Counters of the store.
    var revisions: [Int] = []
    private var clips: [Clip?] = []
    private var runs: [Run?] = []
    private var files: [FileIdentity] = []
    /// Why something could not be read.
    private var problems: [String] = []

    /// The row of a clip, and the files that it names.
    mutating func add(clip id: String, in store: RunStore) {
        let parts = id.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return }
        do {
            let clip = try store.clip(corpus: parts[0], name: parts[1])
            clips.append(clip)
            files += Set([clip?.video, clip?.audio].compactMap(\.self)).sorted().map(FileIdentity.init)
        } catch { problems.append("\(error)") }
    }

    /// A run's experiment, its best epoch and its best weights.
    mutating func add(run id: Int64, in store: RunStore) {
        do {
            let run = try store.run(id)
            runs.append(run.map { Run(experiment: $0.experiment, history: $0.summary.history, best: $0.summary.bestEpoch) })
            if let run { files.append(FileIdentity(store.runFolder(of: run.summary).appendingPathComponent(RunFiles.best).path)) }
        } catch { problems.append("\(error)") }
    }
}

/// Which file stands under a name, and as of when; nothing but nils where there is none.
struct FileIdentity: Hashable, Sendable {
    private var node: UInt64?
    private var size: Int?
    private var seconds: Int?, nanoseconds: Int?

    init(_ path: String) {
        var info = stat()
        guard stat(path, &info) == 0 else { return }
        (node, size) = (UInt64(info.st_ino), Int(info.st_size))
        (seconds, nanoseconds) = (Int(info.st_mtim.tv_sec), Int(info.st_mtim.tv_nsec))
    }
}

/// A request that changes the store; done in order, one after the other, and answered with a sentence.
protocol StoreAction: FeedRequest {
    /// - Returns: what to tell the user, nil for nothing. - Throws: what stood in the way.
    func perform(_ store: RunStore) throws -> String?
}
