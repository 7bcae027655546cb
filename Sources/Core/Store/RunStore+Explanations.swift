import Records

/// Explanations of a run's clips, kept for panes to draw.
extension RunStore {
    /// Stores it in place of an earlier one of the same clip. Throws `StoreError`.
    public func record(_ explanation: Explanation, run: Int64) throws {
        try record(explanation, kind: .explanation, subject: Self.subject(explanation.domain, explanation.clip), run: run)
    }

    /// What explanations a run has: `domain/name` of their clips, sorted.
    public func explanations(run: Int64) throws -> [AnalysisEntry] { try analyses(run: run).filter { $0.kind == .explanation } }

    /// The stored explanation of a clip, or nil. Throws `StoreError`, `DecodingError`.
    public func explanation(of clip: String, domain: Domain, run: Int64) throws -> Explanation? {
        try analysis(Explanation.self, kind: .explanation, subject: Self.subject(domain, clip), run: run)
    }

    private static func subject(_ domain: Domain?, _ clip: String) -> String { (domain?.rawValue ?? "file") + "/" + clip }
}
