// MMD as in DAN (Long et al. 2015): the maximum mean discrepancy of source and target features under several Gaussian kernels is made small.
// Kernels and estimator are those of the widely used `MMD_loss` (jindongwang/transferlearning): five bandwidths, 2^-2 to 2^2
// times the batch's mean squared distance, which carries no gradient, and the biased estimator; the paper's own learned kernel weights and
// linear-time estimate are left out.
import Networks
import Records
import Tensors

/// Alpha is a factor of the term: nothing is learned but the features. Needs a clip of each domain in a batch.
struct DiscrepancyAlignment: DomainAlignment {
    let places: [AlignmentPlace]

    func term(_ output: NetworkOutput, domains: [Domain], alpha: Double, _ context: Context) -> AlignmentTerm? {
        let rows = DomainRows(domains)
        guard !rows.source.isEmpty, !rows.target.isEmpty else { return nil }
        return output.compared(at: places, rows, alpha) { $0.meanDiscrepancy($1) }
    }
}
