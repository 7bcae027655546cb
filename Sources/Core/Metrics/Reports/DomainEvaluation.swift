/// Scores of one domain's clips.
public struct DomainEvaluation: Sendable, Codable, Equatable {
    public struct ClassScores: Sendable, Codable, Equatable {
        public var label: String
        public var precision, recall, f1: Double
        /// Clips of the class.
        public var clips: Int
    }

    /// Scores of the clips that have one value in a column.
    public struct Group: Sendable, Codable, Equatable {
        public var value: String
        public var clips, speakers: Int
        public var accuracy, macroF1: Interval
    }

    public struct GroupTable: Sendable, Codable, Equatable {
        public var column: String
        public var groups: [Group]
    }

    public var corpus: String
    public var clips, speakers: Int
    public var accuracy, macroF1: Interval
    public var weightedF1, balancedAccuracy, cohenKappa: Double
    public var classes: [ClassScores]
    /// `confusion[truth][prediction]`.
    public var confusion: [[Int]]
    public var calibration: Calibration
    public var groups: [GroupTable]

    /// - Parameters:
    ///   - temperature: found on clips other than these.
    ///   - columns: to break down by; clips without a value are grouped as `(none)`. A column that no clip has makes no table.
    public init(
        corpus: String, clips: [MeasuredClip], labels: [String], bootstrap: Bootstrap, binning: Calibration.Binning,
        temperature: Double? = nil,
        columns: [String]
    ) {
        let scores = ClassificationScores(truth: clips.map(\.truth), predicted: clips.map(\.predicted), classes: labels.count)
        self.corpus = corpus
        self.clips = clips.count
        speakers = Set(clips.map(\.speaker)).count
        (accuracy, macroF1) = bootstrap.accuracyAndMacroF1(clips, classes: labels.count, name: "all")
        (weightedF1, balancedAccuracy, cohenKappa) = (scores.weightedF1, scores.balancedAccuracy, scores.cohenKappa)
        classes = labels.indices.map {
            ClassScores(
                label: labels[$0], precision: scores.precision[$0], recall: scores.recall[$0], f1: scores.f1[$0], clips: scores.support[$0])
        }
        confusion = scores.confusion
        calibration = Calibration(clips, binning: binning, temperature: temperature)
        groups = columns.filter { column in clips.contains { $0.columns[column] != nil } }.map { column in
            let parts = Dictionary(grouping: clips) { $0.columns[column] ?? "(none)" }
            return GroupTable(
                column: column,
                groups: parts.sorted { Self.isBefore($0.key, $1.key) }.map { value, clips in
                    let (accuracy, macroF1) = bootstrap.accuracyAndMacroF1(clips, classes: labels.count, name: "\(column).\(value)")
                    return Group(
                        value: value, clips: clips.count, speakers: Set(clips.map(\.speaker)).count, accuracy: accuracy, macroF1: macroF1)
                })
        }
    }

    /// Age bands by age, all else by name.
    private static func isBefore(_ a: String, _ b: String) -> Bool {
        func rank(_ text: String) -> Int? { AgeBand.allCases.first { $0.words == text }?.rawValue }
        if let a = rank(a), let b = rank(b) { return a < b }
        return a < b
    }
}
