// The run store as a feed: looks ten times a second whether two numbers grew, and only then reads what changed. A run that is
// trained in this process is read the same way as one on a server.
import Corpora
import Dispatch
import Foundation
import Runs
import Synchronization
import Training

public final class StoreFeed: Feed {
    /// What the reading queue works on.
    private struct State {
        var runs: RunReader
        var readers: [any StoreReader]
        var revision: StoreRevision?
        var lastList = 0.0
        /// When the store is looked at again unless someone asks.
        var nextLook = 0.0
        /// The reading failed; told once.
        var failure: String?
    }

    private let store: RunStore
    private let queue = DispatchQueue(label: "emolab.feed", qos: .userInitiated)
    private let state: Mutex<State>
    private let workers: [WorkQueue]
    private let launcher: RunLauncher
    private let delivery = Mutex<(@Sendable (any PaneModel) -> Void)?>(nil)
    /// There is none before `start`: a timer that was never activated must not be released.
    private let timer = Mutex<(any DispatchSourceTimer)?>(nil)

    private let underWay = Mutex(0)
    private let hasLooked = Mutex(false)

    private static let interval = 0.1
    /// A process that died changes nothing in the store: the list is read anew this often all the same, seconds.
    private static let listInterval = 2.0
    /// Reading takes at most a hundredth of a core beside a run, and is never further behind than this, seconds.
    private static let slowestInterval = 1.0

    /// - Parameters:
    ///   - run: shown first; the newest live one, else the newest, unless told.
    ///   - sessionLog: quiet messages of this process, for the Log pane.
    public init(
        store: RunStore, run: Int64? = nil, cache: ClipCache = ClipCache(), sessionLog: SessionLog? = nil
    ) {
        self.store = store
        launcher = RunLauncher(store: store)
        let readers: [any StoreReader] = [
            CorporaReader(),
            MatricesReader(),
            AnswersReader(),
            NotesReader(),
            ComparedReader(),
            EvaluationReader(),
            ParametersReader(),
            LogReader(session: sessionLog),
        ]
        state = Mutex(State(runs: RunReader(chosen: run), readers: readers))
        let workers: [any FeedWorker] = [
            PreviewWorker(store: store, cache: cache),
            ClipWorker(store: store, cache: cache),
            SeedGroupsWorker(store: store),
        ]
        self.workers = workers.map(WorkQueue.init)
    }

    public func start(_ deliver: @escaping @Sendable (any PaneModel) -> Void) {
        delivery.withLock { $0 = deliver }
        timer.withLock { timer in
            let source = DispatchSource.makeTimerSource(queue: queue)
            source.schedule(deadline: .now(), repeating: StoreFeed.interval, leeway: .milliseconds(10))
            source.setEventHandler { [weak self] in
                self?.lookInTurn()
                self?.hasLooked.withLock { $0 = true }
            }
            source.activate()
            timer?.cancel()
            timer = source
        }
    }

    public var pending: Int { underWay.withLock { $0 } + (hasLooked.withLock { $0 } ? 0 : 1) }

    private func begin() { underWay.withLock { $0 += 1 } }

    private func end() { underWay.withLock { $0 -= 1 } }

    public func ask(_ request: any FeedRequest) {
        begin()
        if let action = request as? any StoreAction { return perform(action) }
        if let launch = request as? LaunchRequest {
            // Under way until the run is there, or it is told why there is none; words may follow later.
            let isAnswered = Mutex(false)
            let answered: @Sendable () -> Void = { [weak self] in
                if isAnswered.withLock({ was in
                    defer { was = true }
                    return !was
                }) { self?.end() }
            }
            return launcher.launch(launch) { [weak self] in
                self?.ask(RunRequest(run: $0))
                answered()
            } told: { [weak self] in
                self?.deliver(Notice(text: $0))
                answered()
            }
        }
        for worker in workers where worker.answers(request) {
            return worker.ask(request) { [weak self] in self?.deliver($0) } done: { [weak self] in self?.end() }
        }
        queue.async { [weak self] in
            self?.state.withLock { state in
                if let request = request as? RunRequest { state.runs.choose(request.run) }
                for index in state.readers.indices where state.readers[index].take(request) { break }
                state.revision = nil
            }
            self?.look()
            self?.end()
        }
    }

    public func issue(_ order: Order, run: Int64) {
        begin()
        queue.async { [weak self] in
            guard let self else { return }
            defer { self.end() }
            do {
                _ = try self.store.issue(order, run: run)
            } catch {
                self.deliver(Notice(text: "the order was not stored: \(error)"))
            }
        }
    }

    private func perform(_ action: any StoreAction) {
        queue.async { [weak self] in
            guard let self else { return }
            defer { self.end() }
            do {
                if let text = try action.perform(self.store) { self.deliver(Notice(text: text)) }
            } catch {
                self.deliver(Notice(text: "\(error)"))
            }
            self.look()
        }
    }

    public func stop() {
        delivery.withLock { $0 = nil }
        timer.withLock { $0?.cancel() }
    }

    deinit { timer.withLock { $0?.cancel() } }

    private func deliver(_ model: any PaneModel) { delivery.withLock { $0?(model) } }

    private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    /// What the timer does.
    private func lookInTurn() {
        let start = Self.now
        guard start >= state.withLock(\.nextLook) else { return }
        look()
        let cost = Self.now - start
        state.withLock { $0.nextLook = start + min(cost * 100, Self.slowestInterval) }
    }

    /// One look at the store, on the reading queue. What is read first is on the screen first.
    private func look() {
        state.withLock { state in
            do {
                let revision = try store.revision()
                let now = Self.now
                var turn = StoreTurn(
                    store: store, corporaChanged: revision.corpora != state.revision?.corpora, runsChanged: revision.runs != state.revision?.runs,
                    notesChanged: revision.notes != state.revision?.notes,
                    isListDue: state.revision == nil || now - state.lastList >= StoreFeed.listInterval)
                if turn.runsChanged || turn.isListDue || state.runs.isReading {
                    try state.runs.read(store, changed: turn.runsChanged, isListDue: turn.isListDue).forEach(deliver)
                    if turn.isListDue { state.lastList = now }
                }
                (turn.shown, turn.predictions) = (state.runs.shownRun, state.runs.predictions)
                for index in state.readers.indices { try state.readers[index].read(turn).forEach(deliver) }
                if state.failure != nil { deliver(StoreFailure()) }
                state.revision = revision
                state.failure = nil
            } catch {
                guard state.failure != "\(error)" else { return }
                state.failure = "\(error)"
                state.revision = nil
                state.runs.forget()
                var train = TrainView()
                train.failure = "\(error)"
                var corpora = CorporaView()
                corpora.state = .failed("\(error)")
                var runs = RunsView()
                runs.state = .failed("\(error)")
                deliver(StoreFailure(text: "\(error)"))
                deliver(train)
                deliver(corpora)
                deliver(runs)
            }
        }
    }
}

/// A worker with its queue and the last wish.
private final class WorkQueue: Sendable {
    private let worker: any FeedWorker
    private let queue = DispatchQueue(label: "emolab.feed.work", qos: .utility)
    private let wanted = Mutex<(any FeedRequest)?>(nil)

    init(_ worker: any FeedWorker) { self.worker = worker }

    func answers(_ request: any FeedRequest) -> Bool { worker.answers(request) }

    func ask(_ request: any FeedRequest, deliver: @escaping @Sendable (any PaneModel) -> Void, done: @escaping @Sendable () -> Void) {
        wanted.withLock { $0 = request }
        queue.async { [self] in
            // Scrolling asks faster than clips can be read: only the last wish counts.
            let request = wanted.withLock { wanted in
                defer { wanted = nil }
                return wanted
            }
            if let request { worker.work(request, isOutdated: { [self] in wanted.withLock { $0 != nil } }, deliver: deliver) }
            done()
        }
    }
}

/// A sentence from the feed for the bottom line.
public struct Notice: PaneModel, Equatable {
    public var text = ""
    public init() {}
    public init(text: String) { self.text = text }
}
