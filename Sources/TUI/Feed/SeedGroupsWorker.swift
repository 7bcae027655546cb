import Records
import Store

/// Tells which runs were asked the same but for their seed.
struct SeedGroupsWorker: FeedWorker {
    let store: RunStore
    let groups: any RunGrouper

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
        if let groups = groups.changedGroups() { deliver(SeedGroups(groups: groups)) }
    }
}
