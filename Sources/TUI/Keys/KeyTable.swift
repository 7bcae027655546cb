/// What a key asks for, e.g. `train.pause`. Panes add their own as static members.
public struct Command: RawRepresentable, Sendable, Hashable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// Keys, the command they give, and the words for it.
public struct KeyBinding: Sendable {
    public var keys: [Key]
    public var command: Command
    /// Two words at most, for the footer; empty keeps it out of there.
    public var label: String
    /// A sentence for help.
    public var help: String
    /// Keys as the footer prints them, where one label stands for two bindings: `h/l`.
    public var footerKeys: String

    public init(_ keys: [Key], _ command: Command, _ label: String, _ help: String, footerKeys: String? = nil) {
        self.keys = keys
        self.command = command
        self.label = label
        self.help = help
        self.footerKeys = footerKeys ?? keys.first?.name ?? ""
    }
}

/// The one table of keys: dispatch, footer and help read it, and nothing else knows a key.
public struct KeyTable: Sendable {
    public struct Section: Sendable {
        public var name: String
        public var bindings: [KeyBinding]
    }

    public let global: [KeyBinding]
    public let panes: [Section]

    public init(global: [KeyBinding], panes: [Section]) {
        self.global = global
        self.panes = panes
    }

    /// The command of `key` in pane number `pane` (index into `panes`); the pane's own keys come first.
    public func command(for key: Key, pane: Int) -> Command? {
        let own = panes.indices.contains(pane) ? panes[pane].bindings : []
        return (own + global).first { $0.keys.contains(key) }?.command
    }

    /// Keys that two commands of one place want, and keys a pane takes from everywhere: one sentence each.
    public func clashes() -> [String] {
        var found: [String] = []
        for section in panes + [Section(name: "everywhere", bindings: global)] {
            var owners: [Key: Command] = [:]
            let others = section.name == "everywhere" ? [] : global
            for binding in others + section.bindings {
                for key in binding.keys {
                    if let owner = owners[key] {
                        found.append("\(key.name) in \(section.name) is both \(owner.rawValue) and \(binding.command.rawValue)")
                    }
                    owners[key] = binding.command
                }
            }
        }
        return found
    }

    /// Help as lines of (place, keys, words), those with every word of `search` in them.
    public func help(matching search: String = "") -> [(place: String, keys: String, words: String)] {
        let wanted = search.lowercased().split(separator: " ")
        let all = panes + [Section(name: "everywhere", bindings: global)]
        return all.flatMap { section in
            section.bindings.map { binding in
                (section.name, binding.keys.map(\.name).joined(separator: " "), binding.help)
            }
        }.filter { line in
            let text = "\(line.0) \(line.1) \(line.2)".lowercased()
            return wanted.allSatisfy { text.contains($0) }
        }
    }
}
