import Base
import Foundation
import Inputs
import Runs
import Training

/// Finds runs that were asked the same but for their seed, and whose clips were prepared alike. Experiments are read again where they changed, those of equal text parsed once.
struct SeedGroupsWorker: FeedWorker {
    let store: RunStore

    private struct Known {
        /// Up to which change of the store runs were looked at; nil before the first look.
        var counter: Int?
        var ofRun: [Int64: Int] = [:]
        var ofText: [String: Int] = [:]
        var ofSettings: [String: Int] = [:]
    }
    private let known = Exclusive(Known())

    init(store: RunStore) { self.store = store }

    func answers(_ request: any StandingRequest) -> Bool { request is SeedGroupsRequest }

    /// A live change, a resume and a new run change what runs were asked.
    func basis(of request: any StandingRequest) -> AnswerBasis {
        var basis = AnswerBasis()
        basis.revisions = (try? store.revision()).map { [$0.runs] } ?? []
        return basis
    }

    func work(
        _ request: any StandingRequest, isOutdated: @escaping @Sendable () -> Bool, deliver: @escaping @Sendable (any PaneModel) -> Void
    ) {
        guard request is SeedGroupsRequest else { return }
        if let groups = known.use({ changedGroups(&$0) }) { deliver(groups) }
    }

    /// Nil where they are as they were.
    private func changedGroups(_ known: inout Known) -> SeedGroups? {
        let (counter, before) = (known.counter, known.ofRun)
        guard let changes = try? store.runChanges(after: counter), let all = try? store.runIDs() else { return nil }
        let changed = counter == nil ? Array(all) : changes.runs.map(\.id)
        // Pages, so that ten thousand experiments are never in memory at once. A run that cannot be read stays alone.
        for start in stride(from: 0, to: changed.count, by: 500) {
            let asked = (try? store.asked(of: changed[start..<min(start + 500, changed.count)])) ?? [:]
            for (run, one) in asked { known.ofRun[run] = group(of: one, &known) }
        }
        known.counter = changes.counter
        known.ofRun = known.ofRun.filter { all.contains($0.key) }
        return counter == nil || known.ofRun != before ? SeedGroups(groups: known.ofRun) : nil
    }

    private func group(of run: AskedRun, _ known: inout Known) -> Int {
        // Most texts differ in the line of the seeds alone, and parsing takes a thousand times as long as this.
        let lines = run.experiment.split(separator: "\n").filter { !$0.hasPrefix("seeds") && !$0.hasPrefix("name") }
        let key = lines.joined(separator: "\n") + "\n" + (run.preparation ?? "")
        if let group = known.ofText[key] { return group }
        let preparation = run.preparation.flatMap { try? EffectivePreparation(json: $0) }
        let settings = (try? Experiment.parse(run.experiment)).flatMap { experiment in
            try? RunSettings.comparable(experiment, preparation) { (try? store.summary(of: $0))?.name }
        }
        let fingerprint = settings.map { RunSettings.fingerprint($0) } ?? key
        let group = known.ofSettings[fingerprint] ?? known.ofSettings.count
        known.ofSettings[fingerprint] = group
        known.ofText[key] = group
        return group
    }
}
