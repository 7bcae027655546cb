// Which target training clips an adaptation run uses (zu-dann §1): all, or a share chosen with or without their labels.
import Tensors

extension AdaptationSettings.Subset {
    /// Indices into `items`, ascending. `share` is rounded to whole clips, at least one (a class, a speaker).
    func indices(of items: [ClipItem], share: Double, seed: UInt64) -> [Int] {
        var stream = RandomStream(seed: seed, name: "target-subset")
        switch self {
        case .all: return Array(items.indices)
        case .random: return sample(Array(items.indices), share, &stream).sorted()
        case .stratified: return groups(items) { String($0.label) }.flatMap { sample($0, share, &stream) }.sorted()
        case .speakers: return groups(items, by: \.speaker).flatMap { sample($0, share, &stream) }.sorted()
        }
    }

    /// True where the choice looks at target labels, which a run must say.
    var readsTargetLabels: Bool { self == .stratified }

    private func groups(_ items: [ClipItem], by key: (ClipItem) -> String) -> [[Int]] {
        Dictionary(grouping: items.indices) { key(items[$0]) }.sorted { $0.key < $1.key }.map(\.value)
    }

    private func sample(_ indices: [Int], _ share: Double, _ stream: inout RandomStream) -> [Int] {
        guard !indices.isEmpty else { return [] }
        let count = min(max(Int((Double(indices.count) * share).rounded()), 1), indices.count)
        return Array(stream.shuffled(indices).prefix(count))
    }
}
