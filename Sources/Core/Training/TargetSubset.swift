// Which target training clips an adaptation run uses (zu-dann §1): the experiment's words for `Corpora.TargetSubset`.
import Corpora

extension AdaptationSettings.Subset {
    /// Indices into `items`, ascending: a function of the seed and the sorted names. Throws `CorpusError.badShare`.
    func indices(of items: [ClipItem], share: Double, seed: UInt64) throws -> [Int] {
        let clips = items.map { Clip(name: $0.name, corpus: "", speaker: $0.speaker, emotion: String($0.label)) }
        let chosen = Set(try rule(share).choose(from: clips, seed: seed).map(\.name))
        return items.indices.filter { chosen.contains(items[$0].name) }
    }

    /// True where the choice looks at target labels, which a run must say.
    var readsTargetLabels: Bool { rule(1).usesLabels }

    private func rule(_ share: Double) -> TargetSubset {
        switch self {
        case .all: return .all
        case .random: return .random(share: share)
        case .stratified: return .stratified(share: share)
        case .speakers: return .balancedBySpeaker(share: share)
        }
    }
}
