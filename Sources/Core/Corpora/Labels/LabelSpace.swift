import Base
import Foundation

/// The classes of a run and how corpora's own labels map to them. Spaces are data: see `LabelLibrary` for where they come from.
public struct LabelSpace: Sendable, Codable, Hashable {
    /// `common6`, `native8`, …
    public let name: String
    /// Further names of it.
    public let aliases: [String]
    /// In the order of the logits.
    public let labels: [String]
    /// Canonical emotion to label.
    let map: [String: String]
    /// What corpora call an emotion to its canonical name.
    let synonyms: [String: String]

    /// The label's place for a corpus' own label (case and synonyms do not matter), or nil where this space has none.
    public func index(of native: String) -> Int? {
        label(of: native).flatMap { labels.firstIndex(of: $0) }
    }

    /// The label for a corpus' own label, or nil.
    public func label(of native: String) -> String? {
        let key = native.trimmingCharacters(in: .whitespaces).lowercased()
        return map[synonyms[key] ?? key]
    }

    /// Every word that means each label, in the order of the labels.
    public var words: [(label: String, words: [String])] {
        labels.map { label in
            let emotions = map.filter { $0.value == label }.map(\.key)
            return (label, synonyms.filter { emotions.contains($0.value) }.map(\.key).sorted())
        }
    }

    /// How a corpus' clips fall into this space, and what does not.
    public func coverage(of clips: [Clip]) -> LabelCoverage {
        var coverage = LabelCoverage(counts: Array(repeating: 0, count: labels.count), unmapped: [:])
        for clip in clips {
            if let index = index(of: clip.emotion) {
                coverage.counts[index] += 1
            } else {
                coverage.unmapped[clip.emotion, default: 0] += 1
            }
        }
        return coverage
    }

    /// Every space that comes with the program, sorted by name.
    /// - Throws: `CorpusError.badLabels`, only if a build is broken.
    public static func all() throws -> [LabelSpace] { try LabelLibrary.builtIn().spaces }

    /// The space of that name or alias, e.g. `common6` or `six`; or of a file: `spaces.toml` where it holds one, `spaces.toml#name`.
    /// - Throws: `CorpusError.unknownLabelSpace`, `.badLabels`.
    public static func named(_ name: String, folder: URL = LabelLibrary.userFolder) throws -> LabelSpace {
        try LabelLibrary.space(named: name, folder: folder)
    }

    /// The same name with its file's whole path, where it names a file: it holds in every folder.
    public static func wholeName(_ name: String) -> String {
        guard let file = LabelLibrary.file(in: name) else { return name }
        return WholePath.of(file.path) + (file.space.map { "#" + $0 } ?? "")
    }
}

/// How many clips each label of a space has, and the corpus' labels that it has no place for.
public struct LabelCoverage: Sendable, Codable, Equatable {
    /// In the order of the space's labels.
    public var counts: [Int]
    /// The corpus' own labels, and how many clips have them; these clips cannot be used with the space.
    public var unmapped: [String: Int]

    public var isComplete: Bool { unmapped.isEmpty }
}
