/// Finds runs that were asked the same but for their seed, and whose clips were prepared alike.
public protocol RunGrouper: Sendable {
    /// A number a run, equal for runs of one group; a run that cannot be read has none of its own group with others. Nil where they are as they
    /// were at the last call.
    func changedGroups() -> [Int64: Int]?
}
