import Base

/// Which of the target's training clips a run adapts to (zu-dann §1: about 25 %, stratified by class).
public enum TargetSubset: String, Sendable, Codable, CaseIterable {
    case all
    /// Clips at random.
    case random
    /// The same share of every class. Looks at the target's labels: an adaptation without labels cannot do this.
    case stratified
    /// As many clips of every speaker as the share gives, the rest spread evenly.
    case speakers
    /// Where a model of the source is least sure: highest entropy of its probabilities.
    case uncertainty
    /// So that no clip is far from a chosen one in a model's fused features: k-centre greedy (Sener & Savarese 2018).
    case kCentre = "k-centre"

    /// True where the choice reads target labels; a run that uses it has to say so.
    public var usesLabels: Bool { self == .stratified }

    /// True where the choice needs every candidate's `opinion`.
    public var asksModel: Bool { self == .uncertainty || self == .kCentre }

    /// One clip to choose from.
    public struct Candidate: Sendable {
        public var name: String
        public var speaker: String
        public var label: String
        /// What a model says of it, for the rules that ask one.
        public var opinion: ModelOpinion?

        public init(name: String, speaker: String, label: String, opinion: ModelOpinion? = nil) {
            self.name = name
            self.speaker = speaker
            self.label = label
            self.opinion = opinion
        }
    }

    /// Indices of the chosen candidates, ascending: a function of the rule, the seed and the sorted names. At least one, where there is one.
    /// - Throws: `CorpusError.badShare` unless the share is in (0, 1].
    public func choose(from candidates: [Candidate], share: Double, seed: UInt64) throws -> [Int] {
        guard share > 0, share <= 1 else { throw CorpusError.badShare(share) }
        if self == .all || candidates.isEmpty { return Array(candidates.indices) }
        let total = max(1, Int((Double(candidates.count) * share).rounded()))
        let sorted = candidates.indices.sorted { candidates[$0].name < candidates[$1].name }
        func opinions() -> [ModelOpinion] {
            sorted.map { index in
                guard let opinion = candidates[index].opinion else { preconditionFailure("\(self) chooses by a model's opinions") }
                return opinion
            }
        }
        let chosen: [Int]
        switch self {
        case .all: chosen = sorted
        case .random:
            var stream = RandomStream(seed: seed, name: "subset random")
            chosen = Array(stream.shuffled(sorted).prefix(total))
        case .stratified:
            chosen = Self.choose(sorted, total, seed: seed, purpose: "subset stratified", quotas: Self.proportional) {
                candidates[$0].label
            }
        case .speakers:
            chosen = Self.choose(sorted, total, seed: seed, purpose: "subset speakers", quotas: Self.level) { candidates[$0].speaker }
        case .uncertainty:
            let entropies = opinions().map(\.entropy)
            // Ties go to the earlier name.
            let order = sorted.indices.sorted { entropies[$0] != entropies[$1] ? entropies[$0] > entropies[$1] : $0 < $1 }
            chosen = order.prefix(total).map { sorted[$0] }
        case .kCentre: chosen = KCentre.greedy(opinions().map(\.features), count: total).map { sorted[$0] }
        }
        return chosen.sorted()
    }

    private static func choose(
        _ candidates: [Int], _ total: Int, seed: UInt64, purpose: String, quotas: (Int, [Int]) -> [Int], by key: (Int) -> String
    ) -> [Int] {
        let groups = Dictionary(grouping: candidates, by: key).sorted { $0.key < $1.key }
        var stream = RandomStream(seed: seed, name: purpose)
        let shuffled = groups.map { stream.shuffled($0.value) }
        return zip(shuffled, quotas(total, shuffled.map(\.count))).flatMap { $0.prefix($1) }
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
