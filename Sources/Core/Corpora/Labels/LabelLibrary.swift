import Base
import Foundation

/// A file of label spaces and synonyms: `labels.toml`, built into the program, and users' own in `~/.config/emolab/labels/` or anywhere.
/// A user's file adds to the built-in words; it cannot give them another meaning.
public struct LabelLibrary: Sendable {
    /// Sorted by name.
    public let spaces: [LabelSpace]
    /// Word to canonical emotion.
    let synonyms: [String: String]

    /// `labels` in the user's configuration folder.
    public static var userFolder: URL { UserFolders.config().appendingPathComponent("labels", isDirectory: true) }

    static func builtIn() throws -> LabelLibrary {
        try LabelLibrary(String(decoding: PackageResources.labels_toml, as: UTF8.self), file: "labels.toml", synonyms: [:])
    }

    /// The largest file has a few kB.
    private static let maximumBytes = 1 << 20

    /// Reads a user's file.
    /// - Throws: `CorpusError.badLabels` with file and line.
    public static func read(_ url: URL) throws -> LabelLibrary {
        let text: String
        do { text = try BoundedFile.text(of: url, atMost: maximumBytes) } catch {
            throw CorpusError.badLabels(file: url.path, line: nil, reason: error.reason)
        }
        return try LabelLibrary(text, file: url.path, synonyms: try builtIn().synonyms)
    }

    /// Spaces that can be named, and files that are left out.
    public struct Everything: Sendable {
        /// The built-in ones, then those of the user's folder, with the file that each comes from.
        public var spaces: [(space: LabelSpace, file: String?)]
        /// A file that is wrong costs only itself.
        public var broken: [(file: URL, error: CorpusError)] = []
    }

    /// Reads the built-in spaces and every file of the user's folder.
    public static func everything(folder: URL = userFolder) throws -> Everything {
        var all = Everything(spaces: try builtIn().spaces.map { ($0, nil) })
        var taken = Set(all.spaces.flatMap { [$0.space.name] + $0.space.aliases })
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names.sorted() where name.hasSuffix(".toml") && !name.hasPrefix(".") {
            let url = folder.appendingPathComponent(name)
            do {
                let spaces = try read(url).spaces, words = spaces.flatMap { [$0.name] + $0.aliases }
                if let word = words.first(where: taken.contains) {
                    throw CorpusError.badLabels(file: url.path, line: nil, reason: "the name \(word) is taken by another space")
                }
                taken.formUnion(words)
                all.spaces += spaces.map { ($0, url.path) }
            } catch let error as CorpusError {
                all.broken.append((url, error))
            }
        }
        return all
    }

    /// The file that a space's name asks for, and which space of it: `mine.toml#tired`; nil where it is the name alone.
    static func file(in name: String) -> (path: String, space: String?)? {
        let parts = name.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let path = parts.first, path.hasSuffix(".toml") else { return nil }
        return (path, parts.count == 2 ? parts[1] : nil)
    }

    static func space(named name: String, folder: URL) throws -> LabelSpace {
        if let (path, wanted) = file(in: name) {
            let spaces = try read(URL(fileURLWithPath: WholePath.of(path))).spaces
            if let wanted { return try choose(wanted, from: spaces) }
            guard let only = spaces.first, spaces.count == 1 else {
                throw CorpusError.badLabels(
                    file: path, line: nil,
                    reason: "it holds \(spaces.count) spaces: say which, e.g. \(path)#\(spaces.first?.name ?? "name")")
            }
            return only
        }
        let all = try everything(folder: folder)
        do { return try choose(name, from: all.spaces.map(\.space)) } catch {
            // The space may be one of a file that cannot be used: then that file is the reason.
            if let reason = all.broken.first(where: { mentions(name, $0.file) }) { throw reason.error }
            throw error
        }
    }

    /// Whether a file that cannot be read as labels is named so, or has the word in it.
    private static func mentions(_ name: String, _ url: URL) -> Bool {
        if url.deletingPathExtension().lastPathComponent == name { return true }
        let text = (try? BoundedFile.text(of: url, atMost: maximumBytes)) ?? ""
        return text.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "-" }.contains { $0 == name }
    }

    private static func choose(_ name: String, from spaces: [LabelSpace]) throws -> LabelSpace {
        if let space = spaces.first(where: { $0.name == name || $0.aliases.contains(name) }) { return space }
        let names = spaces.flatMap { [$0.name] + $0.aliases }
        throw CorpusError.unknownLabelSpace(name, known: names, nearest: nearestName(to: name, among: names))
    }

    // MARK: Reading

    private struct File: Decodable {
        struct Space: Decodable {
            var aliases: [String]?
            var labels: [String]
            var merges: [String: String]?
        }
        var synonyms: [String: [String]]?
        var spaces: [String: Space]?
    }

    /// Reads a file's text and checks that it contradicts neither itself nor `known`, the words of the built-in file.
    init(_ text: String, file name: String, synonyms known: [String: String] = [:]) throws {
        let document: TomlDocument
        do { document = try TomlDocument(text) } catch {
            throw CorpusError.badLabels(file: name, line: error.line, reason: "column \(error.column): \(error.reason)")
        }
        func bad(_ reason: String, at word: String? = nil) -> CorpusError {
            .badLabels(
                file: name, line: word.flatMap { document.line(of: ["spaces", $0]) ?? document.line(of: ["synonyms", $0]) }, reason: reason)
        }
        let file: File
        do { file = try document.value.decoded() } catch let error as DecodingError {
            throw bad(Self.words(error), at: Self.key(error))
        }
        var synonyms = known
        for (canonical, words) in (file.synonyms ?? [:]).sorted(by: { $0.key < $1.key }) {
            for word in [canonical] + words {
                guard word == word.lowercased() else { throw bad("\(word) must be written in lower case", at: canonical) }
                if let other = synonyms.updateValue(canonical, forKey: word), other != canonical {
                    throw bad("\(word) stands for both \(other) and \(canonical)", at: canonical)
                }
            }
        }
        let emotions = Set(synonyms.values)
        var taken: Set<String> = []
        var spaces: [LabelSpace] = []
        for (name, space) in (file.spaces ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard space.labels.count > 1, Set(space.labels).count == space.labels.count else {
                throw bad("\(name) needs two or more different labels", at: name)
            }
            var map: [String: String] = [:]
            for label in space.labels where emotions.contains(label) { map[label] = label }
            for (emotion, label) in (space.merges ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard space.labels.contains(label) else { throw bad("\(name) maps \(emotion) to \(label), which it lacks", at: name) }
                guard map.updateValue(label, forKey: emotion) == nil else { throw bad("\(name) maps \(emotion) twice", at: name) }
            }
            // A label of its own name, such as `negative`, must take in at least one emotion.
            let words = Set(map.keys).union(space.labels.filter { label in !map.values.contains(label) })
            for emotion in words.sorted() where !emotions.contains(emotion) {
                let nearest = nearestName(to: emotion, among: emotions.sorted())
                throw bad("\(name) names \(emotion), which [synonyms] lacks" + (nearest.map { ", did you mean \($0)?" } ?? ""), at: name)
            }
            for word in [name] + (space.aliases ?? []) {
                if let problem = NameRule.plain.problem(of: word) {
                    throw bad("the name '\(word.prefix(NameRule.longest))' \(problem)", at: name)
                }
            }
            for word in [name] + (space.aliases ?? []) where !taken.insert(word).inserted {
                throw bad("the name \(word) stands for two spaces", at: name)
            }
            spaces.append(LabelSpace(name: name, aliases: space.aliases ?? [], labels: space.labels, map: map, synonyms: synonyms))
        }
        self.spaces = spaces
        self.synonyms = synonyms
    }

    private static func words(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            // Some decoders count the missing key to the path.
            "\(context.codingPath.map(\.stringValue).filter { $0 != key.stringValue }.joined(separator: ".")) lacks the key \(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "\(path(context) ?? "a value") is not of the kind that is wanted: labels and aliases are lists of texts, merges a table of texts"
        @unknown default: "\(error)"
        }
    }

    private static func key(_ error: DecodingError) -> String? {
        switch error {
        case .keyNotFound(_, let context), .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.dropFirst().first?.stringValue
        @unknown default: nil
        }
    }

    private static func path(_ context: DecodingError.Context) -> String? {
        context.codingPath.isEmpty ? nil : context.codingPath.map(\.stringValue).joined(separator: ".")
    }
}
