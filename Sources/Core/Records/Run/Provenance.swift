// What a run was made with: the same experiment gives the same bits only where all of this is the same.
import Base
import Foundation

/// The program, the libraries and the machine of one attempt at a run.
public struct Provenance: Sendable, Codable, Equatable {
    /// Version and commit of emolab; the commit ends in a plus where files were changed since, and is `unknown` outside a clone.
    public var emolab: String
    public var commit: String
    public var swift: String
    public var oneDNN: String
    public var openBLAS: String
    /// The core that OpenBLAS chose its kernels for.
    public var openBLASCore: String
    /// The widest instructions that oneDNN uses, and what the engine's own kernels could.
    public var instructions: String
    public var features: String
    public var processor: String
    public var host: String
    /// Threads of the engine's loops: they change speed, never results.
    public var threads: Int

    public init(
        emolab: String, commit: String, swift: String, oneDNN: String, openBLAS: String, openBLASCore: String, instructions: String,
        features: String, processor: String, host: String, threads: Int
    ) {
        (self.emolab, self.commit, self.swift, self.oneDNN) = (emolab, commit, swift, oneDNN)
        (self.openBLAS, self.openBLASCore, self.instructions) = (openBLAS, openBLASCore, instructions)
        (self.features, self.processor, self.host, self.threads) = (features, processor, host, threads)
    }

    /// What may change results, with names for people. Threads never do.
    private var parts: [(name: String, value: String)] {
        [
            ("emolab", emolab + (shortCommit.map { " (commit \($0))" } ?? "")), ("Swift", swift), ("oneDNN", oneDNN),
            ("OpenBLAS", openBLAS),
            ("OpenBLAS core", openBLASCore), ("instruction set", instructions), ("processor features", features), ("processor", processor),
            ("host", host),
        ]
    }

    private var shortCommit: String? {
        let digits = commit.prefix { $0.isHexDigit }
        return digits.count == 40 ? digits.prefix(12) + (commit.hasSuffix("+") ? ", with changes" : "") : nil
    }

    /// How another one differs from this in what may change results: `oneDNN 2.6.3 → 3.1.0`; empty where it does not.
    public func differences(to other: Provenance) -> [String] {
        zip(parts, other.parts).filter { $0.value != $1.value }.map { "\($0.name) \($0.value) → \($1.value)" }
    }

    /// What a run that goes on with this has to say of it; nil where nothing differs, and where nothing is known.
    package func warning(after earlier: Provenance?) -> String? {
        guard let differences = earlier?.differences(to: self), !differences.isEmpty else { return nil }
        return "results may differ in their last bits from a run that was never interrupted: \(differences.joined(separator: ", "))"
    }

    /// For people: program, libraries and machine, a line each.
    public var lines: [String] {
        [
            "emolab \(emolab) (commit \(shortCommit ?? "unknown")), Swift \(swift)",
            "oneDNN \(oneDNN) (\(instructions)), OpenBLAS \(openBLAS) (\(openBLASCore))",
            "\(host): \(processor), \(threads) thread\(threads == 1 ? "" : "s")",
        ]
    }
}

/// What every attempt at a run was made with, as the store holds it: read where it is shown, since a list has many runs.
public struct RunProvenance: Sendable, Codable, Equatable {
    package let text: String

    /// - Parameter text: a JSON array, one value an attempt.
    package init(text: String) { self.text = text }

    public init(_ attempts: [Provenance] = []) { text = (try? JSON.text(attempts)) ?? "[]" }  // Text and numbers: JSON holds them all.

    /// The first attempt first; empty for a run of an earlier program, and where the store is damaged.
    public var attempts: [Provenance] { (try? JSON.value(text)) ?? [] }

    package func adding(_ attempt: Provenance) -> RunProvenance { RunProvenance(attempts + [attempt]) }

    public init(from decoder: any Decoder) throws { self.init(try decoder.singleValueContainer().decode([Provenance].self)) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(attempts)
    }
}
