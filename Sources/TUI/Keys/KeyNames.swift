/// What sentences on the screen call a key: by its command, as the table has it now. A user who gives the command another key reads that one.
public struct KeyNames: PaneModel {
    private let names: [Command: String]

    public init() { self = .standard }

    /// - Parameter others: names of commands that the table lacks, as one without some pane does.
    init(_ table: KeyTable, others: KeyNames? = .standard) {
        var names = (others?.names ?? [:]).filter { [known = Set(table.commands)] in !known.contains($0.key) }
        for binding in table.global + table.panes.flatMap(\.bindings) {
            if names[binding.command] == nil, let key = binding.keys.first { names[binding.command] = key.name }
        }
        self.names = names
    }

    private static let standard = KeyNames(Workbench.keyTable(), others: nil)

    /// The command's first key; its name, which the palette finds, where it has none.
    public subscript(_ command: Command) -> String { names[command] ?? command.rawValue }

    /// What stands in a frame through which two keys step.
    func steps(_ back: Command, _ on: Command) -> String { "◂ \(self[back])   \(self[on]) ▸" }
}

extension Models {
    /// Names of keys for sentences.
    var keys: KeyNames { self[KeyNames.self] }
}
