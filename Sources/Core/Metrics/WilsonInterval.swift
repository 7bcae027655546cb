// Wilson's score interval of a share (E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927): two
// divisions, so that a screen can have it at once, and right also where shares are near 0 or 1. It takes clips as independent, which clips of one
// speaker are not: `Bootstrap` over speakers is wider and more honest, and takes its time.

extension Interval {
    /// The share `hits / count` with its 95 % interval; no ends where there is nothing to count.
    public static func wilson(hits: Int, of count: Int) -> Interval {
        guard count > 0, hits >= 0, hits <= count else { return Interval(0) }
        let z = 1.959963984540054, n = Double(count), share = Double(hits) / n
        let middle = share + z * z / (2 * n)
        let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        let scale = 1 + z * z / n
        return Interval(share, low: max(0, (middle - half) / scale), high: min(1, (middle + half) / scale))
    }
}
