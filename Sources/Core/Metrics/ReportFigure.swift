/// One score over the seeds of a row.
public struct ReportFigure: Sendable, Codable, Equatable {
    /// In the order of the row's seeds.
    public var values: [Double]

    public init(_ values: [Double]) { self.values = values }

    public var mean: Double { values.reduce(0, +) / Double(max(values.count, 1)) }

    /// Standard deviation of the sample (n - 1); nil for a single seed.
    public var deviation: Double? {
        guard values.count > 1 else { return nil }
        let mean = mean
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }

    private enum CodingKeys: String, CodingKey { case values, mean, deviation }

    public init(from decoder: any Decoder) throws {
        values = try decoder.container(keyedBy: CodingKeys.self).decode([Double].self, forKey: .values)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(values, forKey: .values)
        try container.encode(mean, forKey: .mean)
        try container.encodeIfPresent(deviation, forKey: .deviation)
    }
}
