// How models come out of the store. A further kind of model is a new reader or worker, and one entry in StoreFeed's lists.
import Runs
import Training

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
    func answers(_ request: any FeedRequest) -> Bool
    /// - Parameter deliver: may be called several times, for what is there early.
    func work(_ request: any FeedRequest, deliver: @escaping @Sendable (any PaneModel) -> Void)
    /// The same, where work in stages is to end early.
    /// - Parameter isOutdated: true once a newer request waits.
    func work(_ request: any FeedRequest, isOutdated: @escaping @Sendable () -> Bool, deliver: @escaping @Sendable (any PaneModel) -> Void)
}

extension FeedWorker {
    func work(_ request: any FeedRequest, isOutdated: @escaping @Sendable () -> Bool, deliver: @escaping @Sendable (any PaneModel) -> Void) {
        work(request, deliver: deliver)
    }
}

/// A request that changes the store; done in order, one after the other, and answered with a sentence.
protocol StoreAction: FeedRequest {
    /// - Returns: what to tell the user, nil for nothing. - Throws: what stood in the way.
    func perform(_ store: RunStore) throws -> String?
}
