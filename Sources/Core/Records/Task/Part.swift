import Corpora

public enum Domain: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable { case source, target }

/// Domain and side in one: the samples that a score is of.
public enum Part: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
    case sourceTraining, sourceValidation, sourceTest
    case targetTraining, targetValidation, targetTest

    public init(_ domain: Domain, _ side: Split.Side) {
        switch (domain, side) {
        case (.source, .training): self = .sourceTraining
        case (.source, .validation): self = .sourceValidation
        case (.source, .test): self = .sourceTest
        case (.target, .training): self = .targetTraining
        case (.target, .validation): self = .targetValidation
        case (.target, .test): self = .targetTest
        }
    }

    public var domain: Domain {
        switch self {
        case .sourceTraining, .sourceValidation, .sourceTest: .source
        case .targetTraining, .targetValidation, .targetTest: .target
        }
    }

    public var side: Split.Side {
        switch self {
        case .sourceTraining, .targetTraining: .training
        case .sourceValidation, .targetValidation: .validation
        case .sourceTest, .targetTest: .test
        }
    }

    /// For people: `source validation`.
    public var words: String { "\(domain.rawValue) \(side.rawValue)" }
}
