import Foundation
import TOMLKit

/// The classes of a run and how corpora's own labels map to them. Spaces are data: `labels.toml`, built into the program.
public struct LabelSpace: Sendable, Codable, Hashable {
    /// `common6`, `native8`, …
    public let name: String
    /// In the order of the logits.
    public let labels: [String]
    /// Canonical emotion to label.
    private let map: [String: String]
    /// What corpora call an emotion to its canonical name.
    private let synonyms: [String: String]

    /// The label's place for a corpus' own label (case and synonyms do not matter), or nil where this space has none.
    public func index(of native: String) -> Int? {
        label(of: native).flatMap { labels.firstIndex(of: $0) }
    }

    /// The label for a corpus' own label, or nil.
    public func label(of native: String) -> String? {
        let key = native.trimmingCharacters(in: .whitespaces).lowercased()
        return map[synonyms[key] ?? key]
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

    /// Every space of `labels.toml`, sorted by name.
    /// - Throws: `CorpusError.badLabels`, for the built-in file only if a build is broken.
    public static func all() throws -> [LabelSpace] { try read(builtIn).spaces }

    /// The space of that name or alias, e.g. `common6` or `six`.
    /// - Throws: `CorpusError.unknownLabelSpace`.
    public static func named(_ name: String) throws -> LabelSpace {
        let (spaces, aliases) = try read(builtIn)
        guard let space = spaces.first(where: { $0.name == aliases[name] ?? name }) else {
            throw CorpusError.unknownLabelSpace(name, known: spaces.map(\.name))
        }
        return space
    }

    private static var builtIn: String { String(decoding: PackageResources.labels_toml, as: UTF8.self) }

    // MARK: Reading

    private struct File: Decodable {
        struct Space: Decodable {
            var aliases: [String]?
            var labels: [String]
            var merges: [String: String]?
        }
        var synonyms: [String: [String]]
        var spaces: [String: Space]
    }

    /// Reads a labels file and checks that it contradicts itself nowhere.
    static func read(_ text: String) throws -> (spaces: [LabelSpace], aliases: [String: String]) {
        let file: File
        do {
            file = try TOMLDecoder().decode(File.self, from: text)
        } catch {
            throw CorpusError.badLabels("\(error)")
        }
        var synonyms: [String: String] = [:]
        for (canonical, words) in file.synonyms.sorted(by: { $0.key < $1.key }) {
            for word in [canonical] + words {
                if let other = synonyms.updateValue(canonical, forKey: word), other != canonical {
                    throw CorpusError.badLabels("\(word) stands for both \(other) and \(canonical)")
                }
            }
        }
        var aliases: [String: String] = [:]
        var spaces: [LabelSpace] = []
        for (name, space) in file.spaces.sorted(by: { $0.key < $1.key }) {
            guard space.labels.count > 1, Set(space.labels).count == space.labels.count else {
                throw CorpusError.badLabels("\(name) needs two or more different labels")
            }
            var map = Dictionary(uniqueKeysWithValues: space.labels.map { ($0, $0) })
            for (emotion, label) in space.merges ?? [:] {
                guard space.labels.contains(label) else { throw CorpusError.badLabels("\(name) maps \(emotion) to \(label), which it lacks") }
                guard map.updateValue(label, forKey: emotion) == nil else { throw CorpusError.badLabels("\(name) maps \(emotion) twice") }
            }
            for emotion in map.keys where file.synonyms[emotion] == nil {
                throw CorpusError.badLabels("\(name) names \(emotion), which [synonyms] lacks")
            }
            for alias in space.aliases ?? [] {
                guard file.spaces[alias] == nil, aliases.updateValue(name, forKey: alias) == nil else {
                    throw CorpusError.badLabels("the alias \(alias) stands for two spaces")
                }
            }
            spaces.append(LabelSpace(name: name, labels: space.labels, map: map, synonyms: synonyms))
        }
        return (spaces, aliases)
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
