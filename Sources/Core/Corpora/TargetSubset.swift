import Tensors

/// Which part of the target's training clips a run adapts to (zu-dann §1: about 25 %, stratified by class).
public enum TargetSubset: Sendable, Codable, Hashable {
    case all
    /// Clips at random.
    case random(share: Double)
    /// The same share of every class. Looks at the target's labels: an adaptation without labels cannot do this.
    case stratified(share: Double)
    /// As many clips of every speaker as the share gives, the rest spread evenly.
    case balancedBySpeaker(share: Double)

    /// True where the choice reads target labels; a run that uses it has to say so.
    public var usesLabels: Bool { if case .stratified = self { true } else { false } }

    /// The chosen clips, sorted by name: a function of the seed and the sorted names. At least one clip, where there is one.
    /// - Throws: `CorpusError.badShare` unless the share is in (0, 1].
    public func choose(from clips: [Clip], seed: UInt64) throws -> [Clip] {
        let sorted = clips.sorted { $0.name < $1.name }
        switch self {
        case .all: return sorted
        case .random(let share):
            var stream = RandomStream(seed: seed, name: "subset random")
            return try Array(stream.shuffled(sorted).prefix(Self.count(sorted, share))).sorted { $0.name < $1.name }
        case .stratified(let share): return try Self.choose(sorted, share, seed: seed, purpose: "subset stratified", quota: .equalShare) { $0.emotion }
        case .balancedBySpeaker(let share):
            return try Self.choose(sorted, share, seed: seed, purpose: "subset speakers", quota: .equalNumber) { $0.speaker }
        }
    }

    private static func count(_ clips: [Clip], _ share: Double) throws -> Int {
        guard share > 0, share <= 1 else { throw CorpusError.badShare(share) }
        return clips.isEmpty ? 0 : max(1, Int((Double(clips.count) * share).rounded()))
    }

    private enum Quota { case equalShare, equalNumber }

    private static func choose(
        _ clips: [Clip], _ share: Double, seed: UInt64, purpose: String, quota: Quota, by key: (Clip) -> String
    ) throws -> [Clip] {
        let total = try count(clips, share)
        let groups = Dictionary(grouping: clips, by: key).sorted { $0.key < $1.key }
        var stream = RandomStream(seed: seed, name: purpose)
        let shuffled = groups.map { stream.shuffled($0.value) }
        let sizes = shuffled.map(\.count)
        let quotas = quota == .equalShare ? proportional(total, sizes) : level(total, sizes)
        return zip(shuffled, quotas).flatMap { $0.prefix($1) }.sorted { $0.name < $1.name }
    }

    /// Largest remainders: shares of `total` in proportion to the sizes, ties to the first.
    static func proportional(_ total: Int, _ sizes: [Int]) -> [Int] {
        let sum = sizes.reduce(0, +)
        guard sum > 0 else { return sizes }
        var quotas = sizes.map { $0 * total / sum }
        let byRemainder = sizes.indices.sorted { a, b in
            let (x, y) = (sizes[a] * total % sum, sizes[b] * total % sum)
            return x != y ? x > y : a < b
        }
        for i in byRemainder.prefix(total - quotas.reduce(0, +)) { quotas[i] += 1 }
        return quotas
    }

    /// One each in turn until `total` is given out; who has no more is passed over.
    static func level(_ total: Int, _ sizes: [Int]) -> [Int] {
        var quotas = sizes.map { _ in 0 }
        var left = min(total, sizes.reduce(0, +))
        while left > 0 {
            for i in sizes.indices where quotas[i] < sizes[i] && left > 0 {
                quotas[i] += 1
                left -= 1
            }
        }
        return quotas
    }
}
