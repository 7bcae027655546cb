// The run store as a feed: a session of reading begins with `start`, and whatever is asked before waits for it.
import Foundation
import Records
import Store
import Synchronization

public final class StoreFeed: Feed {
    /// A session cannot be made without somebody to deliver to: what nobody got was never read.
    private enum Phase {
        /// Nobody listens yet: what was asked so far, in order.
        case waiting([@Sendable (FeedSession) -> Void])
        case open(FeedSession)
        case stopped
    }

    private let store: RunStore
    private let makeSession: @Sendable (_ deliver: @escaping @Sendable (any PaneModel) -> Void, _ pending: PendingCount) -> FeedSession
    private let phase = Mutex(Phase.waiting([]))
    private let count = PendingCount()

    /// - Parameters:
    ///   - run: shown first; the newest live one, else the newest, unless told.
    ///   - sessionLog: quiet messages of this process, for the Log pane.
    public init(store: RunStore, services: WorkbenchServices, run: Int64? = nil, sessionLog: SessionLog? = nil) {
        self.store = store
        let launcher = RunLauncher(store: store)
        makeSession = { deliver, pending in
            FeedSession(
                store: store, run: run, launcher: launcher,
                readers: [
                    CorporaReader(),
                    MatricesReader(),
                    AnswersReader(experiments: services.experiments),
                    NotesReader(),
                    ComparedReader(experiments: services.experiments),
                    EvaluationReader(),
                    ParametersReader(experiments: services.experiments),
                    LogReader(session: sessionLog),
                ],
                workers: [
                    PreviewWorker(store: store, previews: services.previews),
                    ClipWorker(store: store, clips: services.clips),
                    SeedGroupsWorker(store: store, groups: services.groups),
                ], pending: pending, deliver: deliver)
        }
    }

    public func start(_ deliver: @escaping @Sendable (any PaneModel) -> Void) {
        let session = makeSession(deliver, count)
        let before = phase.withLock { phase in
            defer { phase = .open(session) }
            return phase
        }
        switch before {
        case .waiting(let asked): for ask in asked { ask(session) }
        case .open(let earlier): earlier.stop()
        case .stopped: break
        }
        session.begin()
    }

    public var pending: Int {
        let isRead = phase.withLock { phase in
            if case .open(let session) = phase { session.hasLooked } else { false }
        }
        return count.value + (isRead ? 0 : 1)
    }

    public func ask(_ request: any FeedRequest) { whenOpen { $0.ask(request) } }

    public func show(_ requests: [any StandingRequest]) { whenOpen { $0.show(requests) } }

    public func issue(_ order: Order, run: Int64) { whenOpen { $0.issue(order, run: run) } }

    /// Now, or as soon as somebody listens. Counts as pending until it has been handed on.
    private func whenOpen(_ body: @escaping @Sendable (FeedSession) -> Void) {
        count.begin()
        let session: FeedSession? = phase.withLock { phase in
            switch phase {
            case .open(let session): return session
            case .stopped: count.end()
            case .waiting(let asked):
                phase = .waiting(
                    asked + [
                        { [count] session in
                            body(session)
                            count.end()
                        }
                    ])
            }
            return nil
        }
        guard let session else { return }
        body(session)
        count.end()
    }

    public func stop() {
        let before = phase.withLock { phase in
            defer { phase = .stopped }
            return phase
        }
        if case .open(let session) = before { session.stop() }
    }

    deinit { stop() }
}

/// What was asked and is not answered yet.
final class PendingCount: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock(\.self) }
    func begin() { number.withLock { $0 += 1 } }
    func end() { number.withLock { $0 -= 1 } }
}

/// A sentence from the feed for the bottom line.
public struct Notice: PaneModel, Equatable {
    /// Two notices say two things.
    public static let replacesEarlier = false

    public var text = ""
    public init() {}
    public init(text: String) { self.text = text }
}
