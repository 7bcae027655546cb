// Parameters of a network among the names of a file: behind prefixes, in the wrappers that PyTorch's tools put around modules, and in more than one set.
import Tensors

/// Finds a network's parameters in a file of weights, one after the other.
public struct WeightNames {
    /// Where a file holds several sets of weights that differ: their names.
    public struct Ambiguity: Error, Equatable {
        public let sets: [String]
    }

    /// Parts of names that torch.compile, DataParallel, FSDP, activation checkpoints and Lightning put anywhere between the network's own.
    private static let wrappers: Set<Substring> = [
        "_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module",
    ]

    private let file: TensorFile
    /// The file's names by what they are without wrappers.
    private let names: [String: [String]]
    /// What stands before the network's names, wrappers aside; chosen with the first, and the others that hold it.
    private var prefix: String?
    private var others: [String] = []
    /// Every name that was found, with its name in the file.
    private var found: [(name: String, inFile: String)] = []

    public init(_ file: TensorFile) {
        self.file = file
        var names: [String: [String]] = [:]
        for name in file.names { names[Self.bare(name), default: []].append(name) }
        self.names = names
    }

    /// The name without wrappers.
    public static func bare(_ name: String) -> String {
        guard wrappers.contains(where: { name.contains($0) }) else { return name }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        // The last part is the parameter's own name.
        let kept = parts.dropLast().filter { !wrappers.contains($0) } + parts.suffix(1)
        return kept.joined(separator: ".")
    }

    /// Names of the file that were taken.
    public var used: Set<String> { Set(found.map(\.inFile)) }

    /// How a parameter would be called in this file.
    public func expected(_ name: String) -> String { (prefix ?? "") + name }

    /// The array of the network's parameter of that name, and its name in the file; nil where the file has none.
    /// - Parameter shape: what fits best where several sets hold the first name.
    public mutating func find(_ name: String, shape: [Int]) -> (name: String, array: StoredArray)? {
        let prefix = prefix ?? choosePrefix(name, shape)
        self.prefix = prefix
        guard let inFile = names[prefix + name]?.first, let array = file.arrays[inFile] else { return nil }
        found.append((name, inFile))
        return (inFile, array)
    }

    /// - Throws: where another set of the file holds all that was found, of the same shapes and with other values.
    public func check() throws(Ambiguity) {
        guard let prefix, let first = found.first else { return }
        // The same names, once with a wrapper and once without.
        for (name, inFile) in found {
            guard let second = (names[prefix + name] ?? []).first(where: { $0 != inFile && file.arrays[$0] != file.arrays[inFile] }) else {
                continue
            }
            throw Ambiguity(sets: [Self.words(inFile, before: name), Self.words(second, before: name)])
        }
        let rivals = others.filter { other in
            var differs = false
            for (name, inFile) in found {
                guard let rival = names[other + name]?.first.flatMap({ file.arrays[$0] }), let own = file.arrays[inFile],
                    rival.shape == own.shape
                else { return false }
                differs = differs || rival != own
            }
            return differs
        }
        guard !rivals.isEmpty else { return }
        // A name without wrappers inside shows best what stands before it.
        let shown = found.first { $0.inFile.hasSuffix($0.name) } ?? first
        let rivalNames = rivals.map { Self.words(names[$0 + shown.name]?.first ?? $0, before: shown.name) }
        throw Ambiguity(sets: [Self.words(shown.inFile, before: shown.name)] + rivalNames.sorted())
    }

    /// `'student.'`, or words where nothing stands before the name.
    private static func words(_ inFile: String, before name: String) -> String {
        let own = inFile.hasSuffix(name) ? String(inFile.dropLast(name.count)) : inFile
        return own.isEmpty ? "names without a prefix" : "'\(own)'"
    }

    /// Of all that makes the name one of the file's: the one under which its shape fits, then under which most lies, then the shortest.
    private mutating func choosePrefix(_ name: String, _ shape: [Int]) -> String {
        let candidates = names.keys.filter { $0 == name || $0.hasSuffix("." + name) }.map { String($0.dropLast(name.count)) }
        guard candidates.count > 1 else { return candidates.first ?? "" }
        func fits(_ prefix: String) -> Int { names[prefix + name]?.first.flatMap { file.arrays[$0] }?.shape == shape ? 1 : 0 }
        func count(_ prefix: String) -> Int { prefix.isEmpty ? names.count : names.keys.count { $0.hasPrefix(prefix) } }
        let ranked = candidates.map { (prefix: $0, rank: (-fits($0), -count($0), $0.utf8.count)) }
            .sorted { $0.rank != $1.rank ? $0.rank < $1.rank : $0.prefix < $1.prefix }
        others = ranked.dropFirst().map(\.prefix)
        return ranked[0].prefix
    }
}
