// Triangular mel filters on Slaney's scale with Slaney's area norm: librosa's `filters.mel` with `htk` off.
import Foundation

public struct MelFilterBank: Sendable {
    /// One triangle: the bins `first ..< first + weights.count`, all others being zero.
    public struct Filter: Sendable, Equatable {
        public let first: Int
        public let weights: [Float]
    }

    public let filters: [Filter]
    /// All weights one after the other, and where each filter's are: what the inner loop reads.
    let weights: [Float]
    let rows: [Row]

    struct Row: Sendable {
        let firstBin: Int
        let firstWeight: Int
        let count: Int
    }

    /// Bins that any filter reaches: none at or beyond this one has a weight.
    public let usedBins: Int

    /// Throws `MediaError.invalidRequest` for impossible settings.
    public init(_ settings: MelSettings) throws {
        try settings.check()
        let lowest = Self.mel(settings.minimumFrequency)
        let highest = Self.mel(settings.maximumFrequency)
        let corners = (0..<(settings.bands + 2)).map { i in
            Self.hertz(lowest + (highest - lowest) * Double(i) / Double(settings.bands + 1))
        }
        let bins = settings.fftLength / 2 + 1
        let frequencies = (0..<bins).map { Double($0) * Double(settings.rate) / Double(settings.fftLength) }
        filters = (0..<settings.bands).map { band in
            let (left, centre, right) = (corners[band], corners[band + 1], corners[band + 2])
            let norm = 2 / (right - left)
            func weight(_ frequency: Double) -> Float {
                let height = max(0, min((frequency - left) / (centre - left), (right - frequency) / (right - centre)))
                // Rounded before the norm is applied, as in the reference.
                return Float(Double(Float(height)) * norm)
            }
            let first = frequencies.firstIndex { weight($0) > 0 } ?? 0
            let weights = frequencies[first...].prefix { weight($0) > 0 }.map(weight)
            return Filter(first: first, weights: weights)
        }
        weights = filters.flatMap(\.weights)
        var place = 0
        rows = filters.map { filter in
            defer { place += filter.weights.count }
            return Row(firstBin: filter.first, firstWeight: place, count: filter.weights.count)
        }
        usedBins = filters.map { $0.first + $0.weights.count }.max() ?? 0
    }

    /// Linear below 1000 Hz, logarithmic above.
    static func mel(_ hertz: Double) -> Double { hertz < 1000 ? 3 * hertz / 200 : 15 + 27 * log(hertz / 1000) / log(6.4) }

    static func hertz(_ mel: Double) -> Double { mel < 15 ? 200 * mel / 3 : 1000 * exp(log(6.4) / 27 * (mel - 15)) }
}
