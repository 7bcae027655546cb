// Which runs were asked the same but for their seed, and had their clips prepared alike. Experiments are read again where they changed, those of
// equal text parsed once.
import Base
import Records
import Store
import Training

public final class RunGroups: RunGrouper {
    private let store: RunStore

    private struct Known {
        /// Up to which change of the store runs were looked at; nil before the first look.
        var counter: Int?
        var ofRun: [Int64: Int] = [:]
        var ofText: [String: Int] = [:]
        var ofSettings: [String: Int] = [:]
    }
    private let known = Exclusive(Known())

    public init(store: RunStore) { self.store = store }

    public func changedGroups() -> [Int64: Int]? { known.use { changedGroups(&$0) } }

    private func changedGroups(_ known: inout Known) -> [Int64: Int]? {
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
        return counter == nil || known.ofRun != before ? known.ofRun : nil
    }

    private func group(of run: AskedRun, _ known: inout Known) -> Int {
        // Most texts differ in the line of the seeds alone, and parsing takes a thousand times as long as this.
        let lines = run.experiment.split(separator: "\n").filter { !$0.hasPrefix("seeds") && !$0.hasPrefix("name") }
        let key = lines.joined(separator: "\n") + "\n" + (run.preparation ?? "")
        if let group = known.ofText[key] { return group }
        let preparation: PreparationRecord? = run.preparation.flatMap { try? JSON.value($0) }
        let settings = try? Experiment.parse(run.experiment).settings()
        let fingerprint = settings.map { settings in
            RunSettings.fingerprint(RunSettings.comparable(settings, preparation) { (try? store.summary(of: $0))?.name })
        }
        let group = known.ofSettings[fingerprint ?? key] ?? known.ofSettings.count
        known.ofSettings[fingerprint ?? key] = group
        known.ofText[key] = group
        return group
    }
}
