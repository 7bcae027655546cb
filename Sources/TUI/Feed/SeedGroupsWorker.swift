import Foundation
import Runs
import Synchronization
import Training

/// Finds runs that were asked the same but for their seed. Experiments are read once, those of equal text parsed once.
struct SeedGroupsWorker: FeedWorker {
    let store: RunStore

    private final class Memory: Sendable {
        struct Known {
            var ofRun: [Int64: Int] = [:]
            var ofText: [String: Int] = [:]
            var ofSettings: [String: Int] = [:]
        }
        let known = Mutex(Known())
    }
    private let memory = Memory()

    init(store: RunStore) { self.store = store }

    func answers(_ request: any FeedRequest) -> Bool { request is SeedGroupsRequest }

    func work(_ request: any FeedRequest, deliver: @Sendable (any PaneModel) -> Void) {
        guard let request = request as? SeedGroupsRequest else { return }
        let missing = memory.known.withLock { known in request.runs.filter { known.ofRun[$0] == nil } }
        // Pages, so that ten thousand experiments are never in memory at once. A run that cannot be read stays alone.
        for start in stride(from: 0, to: missing.count, by: 500) {
            let texts = (try? store.experiments(of: missing[start..<min(start + 500, missing.count)])) ?? [:]
            memory.known.withLock { known in
                for (run, text) in texts { known.ofRun[run] = Self.group(of: text, &known) }
            }
        }
        deliver(SeedGroups(groups: memory.known.withLock(\.ofRun)))
    }

    private static func group(of text: String, _ known: inout Memory.Known) -> Int {
        // Most texts differ in the line of the seeds alone, and parsing takes a thousand times as long as this.
        let key = text.split(separator: "\n").filter { !$0.hasPrefix("seeds") && !$0.hasPrefix("name") }.joined(separator: "\n")
        if let group = known.ofText[key] { return group }
        var settings = key
        if let parsed = (try? Experiment.parse(text)).flatMap({ try? $0.settings() }) {
            settings = ReportBuilder.fingerprint(parsed)
        }
        let group = known.ofSettings[settings] ?? known.ofSettings.count
        known.ofSettings[settings] = group
        known.ofText[key] = group
        return group
    }
}
