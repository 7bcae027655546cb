// One reading of the store, from `start` to `stop`: looks ten times a second whether two numbers grew, and only then reads what changed. A run
// that is trained in this process is read the same way as one on a server.
import Base
import Dispatch
import Foundation
import Records
import Store
import Synchronization

final class FeedSession: Sendable {
    /// A request of what is on the screen.
    private struct Standing {
        var request: any StandingRequest
        /// What the last answer rested on; nil until there was one.
        var basis: AnswerBasis?
        /// Others than those on the screen are kept to know what their answer rested on, and are not answered again.
        var isShown: Bool
    }

    /// What the reading queue works on.
    private struct State {
        var runs: RunReader
        var readers: [any StoreReader]
        /// One a worker, in the order of the workers.
        var standing: [Standing?]
        var revision: StoreRevision?
        var lastList = 0.0
        /// When the store is looked at again unless someone asks.
        var nextLook = 0.0
        /// The reading failed; told once.
        var failure: String?
    }

    private let store: RunStore
    private let launcher: RunLauncher
    private let queue = DispatchQueue(label: "emolab.feed", qos: .userInitiated)
    /// Of the queue.
    private let state: Exclusive<State>
    private let workers: [WorkQueue]
    private let pending: PendingCount
    private let delivery: Delivery
    private let looked = Mutex(false)
    private let timer = RepeatingTimer()

    private static let interval = 0.1
    /// A process that died changes nothing in the store: the list is read anew this often all the same, seconds.
    private static let listInterval = 2.0
    /// Reading takes at most a hundredth of a core beside a run, and is never further behind than this, seconds.
    private static let slowestInterval = 1.0

    init(
        store: RunStore, run: Int64?, launcher: RunLauncher, readers: [any StoreReader], workers: [any FeedWorker], pending: PendingCount,
        deliver: @escaping @Sendable (any PaneModel) -> Void
    ) {
        (self.store, self.launcher, self.pending, delivery) = (store, launcher, pending, Delivery(to: deliver))
        self.workers = workers.map(WorkQueue.init)
        state = Exclusive(State(runs: RunReader(chosen: run), readers: readers, standing: workers.map { _ in nil }))
    }

    func begin() {
        timer.start(every: Self.interval, leeway: .milliseconds(10), on: queue) { [weak self] in
            self?.lookInTurn()
            self?.looked.withLock { $0 = true }
        }
    }

    /// The store was looked at once, whatever came of it.
    var hasLooked: Bool { looked.withLock(\.self) }

    /// Nothing is delivered any more when it returns.
    func stop() {
        timer.stop()
        delivery.end()
    }

    private func deliver(_ model: any PaneModel) { delivery.deliver(model) }

    /// On the reading queue, in order; counts as pending meanwhile.
    private func enqueue(_ body: @escaping @Sendable (FeedSession) -> Void) {
        pending.begin()
        queue.async { [weak self, pending] in
            if let self { body(self) }
            pending.end()
        }
    }

    // MARK: Requests

    func ask(_ request: any FeedRequest) {
        if let action = request as? any StoreAction { return perform(action) }
        if let launch = request as? LaunchRequest { return start(launch) }
        enqueue { session in
            session.state.use { state in
                if let request = request as? RunRequest { state.runs.choose(request.run) }
                for index in state.readers.indices where state.readers[index].take(request) { break }
                state.revision = nil
            }
            session.look()
        }
    }

    /// Under way until the run is there, or it is told why there is none; words may follow later.
    private func start(_ launch: LaunchRequest) {
        pending.begin()
        let isAnswered = Mutex(false)
        let answered: @Sendable () -> Void = { [pending] in
            if isAnswered.withLock({ was in
                defer { was = true }
                return !was
            }) {
                pending.end()
            }
        }
        launcher.launch(launch) { [weak self] in
            self?.ask(RunRequest(run: $0))
            answered()
        } told: { [weak self] in
            self?.deliver(Notice(text: $0))
            answered()
        }
    }

    func issue(_ order: Order, run: Int64) {
        enqueue { session in
            do { _ = try session.store.issue(order, run: run) } catch {
                session.deliver(Notice(text: "the order was not stored: \(error)"))
            }
        }
    }

    private func perform(_ action: any StoreAction) {
        enqueue { session in
            var words: String?
            do { words = try action.perform(session.store) } catch { words = "\(error)" }
            // What became of it is said after what follows from it, such as that another run is shown.
            session.look()
            if let words { session.deliver(Notice(text: words)) }
        }
    }

    func show(_ requests: [any StandingRequest]) {
        enqueue { session in
            session.state.use { state in
                for index in state.standing.indices { state.standing[index]?.isShown = false }
                for request in requests {
                    guard let index = session.workers.firstIndex(where: { $0.worker.answers(request) }) else { continue }
                    let basis = state.standing[index].flatMap { $0.request.isSame(as: request) ? $0.basis : nil }
                    state.standing[index] = Standing(request: request, basis: basis, isShown: true)
                }
                session.answerStanding(&state)
            }
        }
    }

    /// Answers what is on the screen wherever the answer would be another now.
    private func answerStanding(_ state: inout State) {
        for (index, worker) in workers.enumerated() {
            guard let standing = state.standing[index], standing.isShown else { continue }
            let basis = worker.worker.basis(of: standing.request)
            guard basis != standing.basis else { continue }
            state.standing[index]?.basis = basis
            pending.begin()
            worker.ask(standing.request) { [weak self] in
                self?.deliver($0)
            } done: { [pending] in
                pending.end()
            }
        }
    }

    // MARK: Looking

    private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    /// What the timer does.
    private func lookInTurn() {
        let start = Self.now
        guard start >= state.use({ $0.nextLook }) else { return }
        look()
        let cost = Self.now - start
        state.use { $0.nextLook = start + min(cost * 100, Self.slowestInterval) }
    }

    /// One look at the store, on the reading queue. What is read first is on the screen first.
    private func look() {
        state.use { state in
            do {
                let revision = try store.revision()
                let now = Self.now
                var turn = StoreTurn(
                    store: store, corporaChanged: revision.corpora != state.revision?.corpora,
                    runsChanged: revision.runs != state.revision?.runs,
                    notesChanged: revision.notes != state.revision?.notes,
                    isListDue: state.revision == nil || now - state.lastList >= Self.listInterval)
                if turn.runsChanged || turn.isListDue || state.runs.isReading {
                    try state.runs.read(store, changed: turn.runsChanged, isListDue: turn.isListDue).forEach(deliver)
                    if turn.isListDue { state.lastList = now }
                }
                (turn.shown, turn.predictions) = (state.runs.shownRun, state.runs.predictions)
                for index in state.readers.indices { try state.readers[index].read(turn).forEach(deliver) }
                if state.failure != nil { deliver(StoreFailure()) }
                state.revision = revision
                state.failure = nil
                if turn.corporaChanged || turn.runsChanged || turn.isListDue { answerStanding(&state) }
            } catch {
                guard state.failure != "\(error)" else { return }
                state.failure = "\(error)"
                state.revision = nil
                state.runs.forget()
                deliver(StoreFailure(text: "\(error)"))
                deliver(TrainView())
                deliver(CorporaView())
                deliver(RunsView())
            }
        }
    }
}

/// A worker with its queue and the last wish.
private final class WorkQueue: Sendable {
    let worker: any FeedWorker
    private let queue = DispatchQueue(label: "emolab.feed.work", qos: .utility)
    private let wanted = Mutex<(any StandingRequest)?>(nil)

    init(_ worker: any FeedWorker) { self.worker = worker }

    func ask(_ request: any StandingRequest, deliver: @escaping @Sendable (any PaneModel) -> Void, done: @escaping @Sendable () -> Void) {
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
