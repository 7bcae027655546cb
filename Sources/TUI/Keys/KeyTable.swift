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
    /// Keys as the footer prints them, where one label stands for several bindings: `h/l`, `↑↓←→`.
    public var footerKeys: String
    /// Whose keys these are.
    public private(set) var footerCommands: [Command]

    public init(_ keys: [Key], _ command: Command, _ label: String, _ help: String, footerKeys: String? = nil) {
        self.keys = keys
        self.command = command
        self.label = label
        self.help = help
        self.footerKeys = footerKeys ?? keys.first?.name ?? ""
        footerCommands = [command]
    }
}

extension KeyBinding {
    /// The keys of a footer's text with what stands between them; nil where it is not made of several keys' names.
    private func footerParts(_ all: [KeyBinding]) -> (names: [String], between: String)? {
        for between in ["/", " ", ""] {
            let names = between.isEmpty ? footerKeys.map { String($0) } : footerKeys.split(separator: Character(between)).map(String.init)
            let isMade = names.allSatisfy { name in all.contains { $0.keys.contains { $0.name == name } } }
            if names.count > 1, isMade { return (names, between) }
        }
        return nil
    }

    /// With the keys that the commands behind the footer's text have in `now`.
    fileprivate func withFooterKeys(_ now: [KeyBinding], asIn original: [KeyBinding]) -> KeyBinding {
        var binding = self
        binding.footerKeys = keys.first?.name ?? ""
        guard let (names, between) = footerParts(original) else { return binding }
        var shown: [String] = []
        for name in names {
            guard let command = original.first(where: { $0.keys.contains { $0.name == name } })?.command,
                let keys = now.first(where: { $0.command == command })?.keys, let first = keys.first
            else { continue }
            binding.footerCommands.append(command)
            shown.append(keys.contains { $0.name == name } ? name : first.name)
        }
        binding.footerKeys = shown.joined(separator: between.isEmpty && shown.contains { $0.count > 1 } ? " " : between)
        return binding
    }
}

/// The one table of keys: dispatch, footer, help, palette and the printed lists read it, and nothing else knows a key.
public struct KeyTable: Sendable {
    public struct Section: Sendable {
        /// nil for the keys that work everywhere.
        public var pane: PaneName?
        public var bindings: [KeyBinding]

        public init(pane: PaneName?, bindings: [KeyBinding]) {
            self.pane = pane
            self.bindings = bindings
        }

        public var name: String { pane?.title ?? KeyTable.everywhere }
    }

    /// A key that two commands of one place want.
    struct Clash: Equatable {
        var key: Key
        var place: String
        var first, second: Command
        /// `in Train`, `everywhere`.
        var placeWords: String { place == KeyTable.everywhere ? place : "in \(place)" }
        var words: String { "\(key.name) \(placeWords) is both \(first.rawValue) and \(second.rawValue)" }
    }

    public private(set) var global: [KeyBinding]
    public private(set) var panes: [Section]
    static let everywhere = "everywhere"

    public init(global: [KeyBinding], panes: [Section]) {
        self.global = global
        self.panes = panes
    }

    /// Every place with its keys, the panes first.
    public var sections: [Section] { panes + [Section(pane: nil, bindings: global)] }

    func bindings(of pane: PaneName) -> [KeyBinding] { panes.first { $0.pane == pane }?.bindings ?? [] }

    /// The command of `key` in the pane; the pane's own keys come first.
    public func command(for key: Key, in pane: PaneName) -> Command? {
        (bindings(of: pane).first { $0.keys.contains(key) } ?? global.first { $0.keys.contains(key) })?.command
    }

    /// Every command that a key can be given.
    public var commands: [Command] {
        var seen: Set<Command> = []
        return sections.flatMap(\.bindings).map(\.command).filter { seen.insert($0).inserted }
    }

    // MARK: Clashes

    /// Keys that two commands of one place want, and keys a pane takes from everywhere: one sentence each.
    public func clashes() -> [String] { foundClashes().map(\.words) }

    func foundClashes() -> [Clash] {
        var found: [Clash] = []
        for section in sections {
            var owners: [Key: Command] = [:]
            let others = section.name == KeyTable.everywhere ? [] : global
            for binding in others + section.bindings {
                for key in binding.keys {
                    if let owner = owners[key] { found.append(Clash(key: key, place: section.name, first: owner, second: binding.command)) }
                    owners[key] = binding.command
                }
            }
        }
        // Two keys that clash everywhere do so in every pane too: once is enough.
        let general = found.filter { $0.place == KeyTable.everywhere }
        return found.filter { clash in
            clash.place == KeyTable.everywhere
                || !general.contains { $0.key == clash.key && $0.first == clash.first && $0.second == clash.second }
        }
    }

    // MARK: A user's own keys

    /// This table with other keys for some commands. What would give a key two meanings is left as it was and said.
    /// - Returns: the table and one problem a refused change: index into `changes`, reason.
    public func remapped(_ changes: [(command: Command, keys: [Key])]) -> (table: KeyTable, problems: [(change: Int, reason: String)]) {
        var problems: [(change: Int, reason: String)] = []
        var kept = Array(changes.indices)
        while true {
            var table = self
            for index in kept { table.set(changes[index].keys, of: changes[index].command) }
            let blamed = table.foundClashes().lazy.compactMap { clash -> (Int, Clash)? in
                // Of two changes that clash with each other the later one goes.
                kept.last { [clash.first, clash.second].contains(changes[$0].command) && changes[$0].keys.contains(clash.key) }.map {
                    ($0, clash)
                }
            }.first
            guard let (index, clash) = blamed else { return (table.withFooterKeys(asIn: self), problems.sorted { $0.change < $1.change }) }
            let other = clash.first == changes[index].command ? clash.second : clash.first
            problems.append(
                (index, "\(clash.key.name) is \(other.rawValue) \(clash.placeWords); \(changes[index].command.rawValue) keeps its key"))
            kept.removeAll { $0 == index }
        }
    }

    private mutating func set(_ keys: [Key], of command: Command) {
        for index in global.indices where global[index].command == command { global[index].keys = keys }
        for pane in panes.indices {
            for index in panes[pane].bindings.indices where panes[pane].bindings[index].command == command {
                panes[pane].bindings[index].keys = keys
            }
        }
    }

    /// The footer prints `h/l` for two bindings: a key that was changed stands there as it is now.
    /// - Parameter original: the table in whose keys `footerKeys` is written.
    private func withFooterKeys(asIn original: KeyTable) -> KeyTable {
        var table = self
        table.global = global.map { $0.withFooterKeys(global, asIn: original.global) }
        for pane in panes.indices {
            table.panes[pane].bindings = panes[pane].bindings.map {
                $0.withFooterKeys(panes[pane].bindings, asIn: original.panes[pane].bindings)
            }
        }
        return table
    }

    // MARK: Words

    /// Help as lines of (place, keys, words), those with every word of `search` in them.
    public func help(matching search: String = "") -> [(place: String, keys: String, words: String)] {
        let wanted = search.lowercased().split(separator: " ")
        return sections.flatMap { section in
            section.bindings.map { binding in
                (section.name, binding.keys.map(\.name).joined(separator: " "), binding.help)
            }
        }.filter { line in
            let text = "\(line.0) \(line.1) \(line.2)".lowercased()
            return wanted.allSatisfy { text.contains($0) }
        }
    }
}
