// A tag or a note being typed for a clip: what the Errors and Clip panes share.
import Store
import Viz

/// Gives a clip a tag, or takes it away where it has it.
struct TagAction: StoreAction, Equatable {
    var tag, corpus, clip: String

    func perform(_ store: RunStore) throws -> String? {
        let has = try store.toggleTag(tag, corpus: corpus, clip: clip)
        return has ? "\(clip): tagged \(tag)" : "\(clip): tag \(tag) taken away"
    }
}

/// Puts a note in place of a clip's earlier one.
struct NoteAction: StoreAction, Equatable {
    var note, corpus, clip: String

    func perform(_ store: RunStore) throws -> String? {
        try store.setNote(note, corpus: corpus, clip: clip)
        return note.allSatisfy(\.isWhitespace) ? "\(clip): no note" : "\(clip): note kept"
    }
}

/// What people wrote about clips, by `Clip.id`.
public struct NotesView: PaneModel, Equatable {
    public var notes: [String: ClipNote] = [:]
    public init() {}
}

struct NotesReader: StoreReader {
    private var isRead = false

    mutating func read(_ turn: StoreTurn) throws -> [any PaneModel] {
        guard turn.notesChanged || !isRead else { return [] }
        isRead = true
        var view = NotesView()
        view.notes = Dictionary(try turn.store.clipNotes().map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        return [view]
    }
}

struct ClipWriting: Sendable, Equatable {
    enum Kind: Sendable, Equatable { case tag, note }

    /// Tags a digit away; others are typed.
    static let palette = ["label error", "ambiguous", "bad face", "bad sound", "check again"]

    let kind: Kind
    let corpus, clip: String
    private(set) var tags: [String]
    private(set) var entry: TextEntry
    private(set) var isOver = false
    /// What the bottom line says meanwhile.
    var keys: [FixedKey] { kind == .tag ? FixedKey.tag : FixedKey.text }

    init(_ kind: Kind, corpus: String, clip: String, tags: [String], note: String) {
        (self.kind, self.corpus, self.clip, self.tags) = (kind, corpus, clip, tags)
        entry = TextEntry(kind == .note ? note : "")
    }

    /// A key; what it asks of the store.
    mutating func type(_ key: Key) -> (any StoreAction)? {
        switch key {
        case .escape: isOver = true
        case .enter:
            isOver = true
            if kind == .note { return NoteAction(note: entry.text, corpus: corpus, clip: clip) }
            return entry.text.allSatisfy(\.isWhitespace) ? nil : toggle(entry.text)
        case .character(let digit) where kind == .tag && entry.text.isEmpty && digit.isASCII:
            if let number = digit.wholeNumberValue, Self.palette.indices.contains(number - 1) {
                isOver = true
                return toggle(Self.palette[number - 1])
            }
            _ = entry.edit(key)
        default: _ = entry.edit(key)
        }
        return nil
    }

    private mutating func toggle(_ tag: String) -> TagAction { TagAction(tag: tag, corpus: corpus, clip: clip) }

    /// What is typed, with the palette where tags are; over the rows at the end of `rect`. Returns what is left above.
    func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) -> Rect {
        let lines = kind == .tag && rect.height >= 4 ? 2 : 1
        let (rest, area) = rect.splitTop(rect.height - lines)
        if lines == 2 {
            var spans: [Span] = []
            for (index, tag) in Self.palette.enumerated() {
                spans.append(Span("\(index + 1) ", look[.text].with(.bold)))
                spans.append(Span((tags.contains(tag) ? "✓" : "") + tag + "   ", look[tags.contains(tag) ? .good : .muted]))
            }
            grid.spans(spans, x: area.x, y: area.y, limit: area.width)
        }
        let y = area.endY - 1
        let used = grid.text(kind == .tag ? "tag " : "note ", x: area.x, y: y, look[.muted], limit: area.width)
        TextField(entry).draw(into: &grid, x: area.x + used, y: y, width: area.width - used, look[.text], look)
        return rest
    }
}
