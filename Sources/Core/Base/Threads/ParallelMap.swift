import Dispatch
import Foundation
import Synchronization

private struct MapState<Result: Sendable, Failure: Error>: Sendable {
    var started = 0
    var done = 0
    var results: [Result?]
    var failure: Failure?
}

/// Results of `body` on up to `workers` threads, in the order of `elements`. The first error ends the rest and is thrown.
/// - Parameters:
///   - shouldStop: asked before every element, from any thread; what was not begun then has no result.
///   - progress: elements done and in all, from any thread; calls may overlap and come out of turn.
public func parallelMap<Element: Sendable, Result: Sendable, Failure: Error>(
    _ elements: [Element], workers: Int = ProcessInfo.processInfo.activeProcessorCount, shouldStop: @Sendable () -> Bool = { false },
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }, _ body: @Sendable (Element) throws(Failure) -> Result
) throws(Failure) -> [Result?] {
    let state = Mutex(MapState<Result, Failure>(results: Array(repeating: nil, count: elements.count)))
    DispatchQueue.concurrentPerform(iterations: max(1, min(workers, elements.count))) { _ in
        while !shouldStop() {
            let next = state.withLock { state -> Int? in
                guard state.started < elements.count, state.failure == nil else { return nil }
                defer { state.started += 1 }
                return state.started
            }
            guard let next else { return }
            do throws(Failure) {
                let result = try body(elements[next])
                let done = state.withLock { state in
                    state.results[next] = result
                    state.done += 1
                    return state.done
                }
                progress(done, elements.count)
            } catch {
                state.withLock { $0.failure = $0.failure ?? error }
            }
        }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    return state.withLock { $0.results }
}
