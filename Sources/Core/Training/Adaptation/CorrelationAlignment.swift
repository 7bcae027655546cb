// Deep CORAL (Sun and Saenko 2016): the covariances of source and target features are drawn together.
import Networks
import Records
import Tensors

/// Alpha is a factor of the term: nothing is learned but the features. Needs two clips of each domain in a batch.
struct CorrelationAlignment: DomainAlignment {
    let places: [AlignmentPlace]

    func term(_ output: NetworkOutput, domains: [Domain], alpha: Double, _ context: Context) -> AlignmentTerm? {
        let rows = DomainRows(domains)
        guard rows.source.count > 1, rows.target.count > 1 else { return nil }
        return output.compared(at: places, rows, alpha) { $0.correlationDistance($1) }
    }
}

extension NetworkOutput {
    /// The weighted sum over `places` of a distance between a batch's source and target features.
    func compared(at places: [AlignmentPlace], _ rows: DomainRows, _ alpha: Double, _ distance: (Tensor, Tensor) -> Tensor)
        -> AlignmentTerm?
    {
        var sum: Tensor?
        for place in places {
            guard let features = embeddings[place.name] else { continue }
            let part = distance(features.gathered(rows.source), features.gathered(rows.target)) * Float(place.weight)
            sum = sum.map { $0 + part } ?? part
        }
        return sum.map { AlignmentTerm(loss: $0, strength: alpha) }
    }
}
