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
        var corpora = CorporaReader()
        var revision: StoreRevision?
        var lastList = 0.0
        /// The reading failed; told once.
        var failure: String?
    }

    private let store: RunStore
    private let previews: PreviewReader
    private let queue = DispatchQueue(label: "emolab.feed", qos: .userInitiated)
    private let previewQueue = DispatchQueue(label: "emolab.feed.preview", qos: .utility)
    private let state: Mutex<State>
    private let delivery = Mutex<(@Sendable (any PaneModel) -> Void)?>(nil)
    private let wantedClip = Mutex<String?>(nil)
    /// There is none before `start`: a timer that was never activated must not be released.
    private let timer = Mutex<(any DispatchSourceTimer)?>(nil)

    private static let interval = 0.1
    /// A process that died changes nothing in the store: the list is read anew this often all the same, seconds.
    private static let listInterval = 2.0

    /// - Parameters:
    ///   - run: shown first; the newest live one, else the newest, unless told.
    ///   - settings: how clips were prepared, the likeliest first; a preview that is in no cache is made by the first.
    public init(
        store: RunStore, run: Int64? = nil, settings: [PreparationSettings] = [PreparationSettings()], cache: ClipCache = ClipCache()
    ) {
        self.store = store
        state = Mutex(State(runs: RunReader(chosen: run)))
        previews = PreviewReader(store: store, settings: settings, cache: cache)
    }

    public func start(_ deliver: @escaping @Sendable (any PaneModel) -> Void) {
        delivery.withLock { $0 = deliver }
        timer.withLock { timer in
            let source = DispatchSource.makeTimerSource(queue: queue)
            source.schedule(deadline: .now(), repeating: StoreFeed.interval, leeway: .milliseconds(10))
            source.setEventHandler { [weak self] in self?.look() }
            source.activate()
            timer?.cancel()
            timer = source
        }
    }

    public func ask(_ request: any FeedRequest) {
        switch request {
        case let request as RunRequest:
            queue.async { [weak self] in
                self?.state.withLock {
                    $0.runs.choose(request.run)
                    $0.revision = nil
                }
                self?.look()
            }
        case let request as PreviewRequest:
            wantedClip.withLock { $0 = request.clip }
            previewQueue.async { [weak self] in
                // Scrolling asks faster than clips can be read: only the last wish counts.
                guard let self, let clip = self.wantedClip.withLock({ wanted in
                    defer { wanted = nil }
                    return wanted
                }) else { return }
                self.deliver(self.previews.preview(of: clip))
            }
        default: break
        }
    }

    public func issue(_ order: Order, run: Int64) {
        queue.async { [weak self] in
            guard let self else { return }
            do {
                _ = try self.store.issue(order, run: run)
            } catch {
                self.deliver(Notice(text: "the order was not stored: \(error)"))
            }
        }
    }

    public func stop() {
        delivery.withLock { $0 = nil }
        timer.withLock { $0?.cancel() }
    }

    deinit { timer.withLock { $0?.cancel() } }

    private func deliver(_ model: any PaneModel) { delivery.withLock { $0?(model) } }

    /// One look at the store, on the reading queue.
    private func look() {
        let models: [any PaneModel] = state.withLock { state in
            do {
                let revision = try store.revision()
                let now = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
                let isListDue = state.revision == nil || now - state.lastList >= StoreFeed.listInterval
                var models: [any PaneModel] = []
                if revision.runs != state.revision?.runs || isListDue {
                    if let view = try state.runs.read(store, withList: isListDue) { models.append(view) }
                    if isListDue { state.lastList = now }
                }
                let shown = state.runs.predictions
                if revision.corpora != state.revision?.corpora || shown != state.corpora.shown {
                    models.append(try state.corpora.read(store, predictionsOf: shown))
                }
                state.revision = revision
                state.failure = nil
                return models
            } catch {
                guard state.failure == nil else { return [] }
                state.failure = "\(error)"
                state.revision = nil
                var train = TrainView()
                train.failure = "\(error)"
                var corpora = CorporaView()
                corpora.state = .failed("\(error)")
                return [train, corpora]
            }
        }
        models.forEach(deliver)
    }
}

/// A sentence from the feed for the bottom line.
public struct Notice: PaneModel, Equatable {
    public var text = ""
    public init() {}
    public init(text: String) { self.text = text }
}
