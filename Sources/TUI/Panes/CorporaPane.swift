// Pane 1: which corpora there are, their clips as a table that filters and sorts, rejected files with reasons, a preview.
import Viz

extension Command {
    static let nextRow = Command("list.next")
    static let previousRow = Command("list.previous")
    static let nextPage = Command("list.nextPage")
    static let previousPage = Command("list.previousPage")
    static let firstRow = Command("list.first")
    static let lastRow = Command("list.last")
    static let filter = Command("list.filter")
    static let clearFilter = Command("list.clearFilter")
    static let sortColumn = Command("list.sortColumn")
    static let sortDirection = Command("list.sortDirection")
    static let nextFrame = Command("clip.nextFrame")
    static let previousFrame = Command("clip.previousFrame")
    static let chooseCorpus = Command("corpora.choose")
    static let showRejected = Command("corpora.rejected")
}

public struct CorporaPane: Pane {
    public let number = 1
    public let name = "Corpora"
    public private(set) var entry: TextEntry?

    /// Which table is shown, which rows of it, in which order.
    var showsRejected = false
    /// Index into the model's corpora; `nil` shows all.
    var corpus: Int?
    var filterText = ""
    var filterProblem: String?
    private var filter: Filter<CorporaView.Row>?
    private var version = -1
    var sortedBy = ClipColumn.name
    var isAscending = true
    private var hasSort = false
    /// Indices into the model's rows (or rejected files) that are shown.
    private(set) var visible: [Int] = []
    /// Position in `visible`.
    private(set) var selected = 0
    private var selectedClip: String?
    var offset = 0
    var pageHeight = 10
    var frame = 0

    public init() {}

    public let bindings: [KeyBinding] = [
        KeyBinding([.down, .character("j")], .nextRow, "", "Next row"),
        KeyBinding([.up, .character("k")], .previousRow, "", "Row before"),
        KeyBinding([.pageDown, .control("f")], .nextPage, "", "One page down"),
        KeyBinding([.pageUp, .control("b")], .previousPage, "", "One page up"),
        KeyBinding([.home, .character("g")], .firstRow, "", "First row"),
        KeyBinding([.end, .character("G")], .lastRow, "", "Last row"),
        KeyBinding(
            [.character("/")], .filter, "filter",
            "Filter: words, emotion:sad, age>40, sex=male, clip~regex, !, and, or, ( )"),
        KeyBinding([.escape], .clearFilter, "all clips", "Take the filter away"),
        KeyBinding([.character("o")], .sortColumn, "sort", "Sort by the next column"),
        KeyBinding([.character("O")], .sortDirection, "", "Turn the order round"),
        KeyBinding([.character("l"), .right], .nextFrame, "", "Next frame of the preview"),
        KeyBinding([.character("h"), .left], .previousFrame, "frame", "Frame before, in the preview", footerKeys: "h/l"),
        KeyBinding([.character("c")], .chooseCorpus, "corpus", "Show the next corpus only, then all again"),
        KeyBinding([.character("r")], .showRejected, "rejected", "Files that are not used and why, and back to the clips"),
    ]

    public func isAvailable(_ command: Command, _ models: Models) -> Bool {
        let view = models[CorporaView.self]
        switch command {
        case .clearFilter: return !filterText.isEmpty
        case .chooseCorpus: return view.corpora.count > 1
        case .showRejected: return showsRejected || !view.rejected.isEmpty
        case .filter, .sortColumn, .sortDirection: return !showsRejected && !view.rows.isEmpty
        case .nextFrame, .previousFrame: return !showsRejected && preview(models)?.frames ?? 0 > 1
        default: return !visible.isEmpty
        }
    }

    /// The clip under the cursor.
    func selectedRow(_ view: CorporaView) -> CorporaView.Row? {
        guard !showsRejected, visible.indices.contains(selected), view.rows.indices.contains(visible[selected]) else { return nil }
        return view.rows[visible[selected]]
    }

    func selectedFile(_ view: CorporaView) -> CorporaView.Rejected? {
        guard showsRejected, visible.indices.contains(selected), view.rejected.indices.contains(visible[selected]) else { return nil }
        return view.rejected[visible[selected]]
    }

    /// The preview, where it is of the clip under the cursor.
    func preview(_ models: Models) -> PreviewView? {
        let preview = models[PreviewView.self]
        return selectedRow(models[CorporaView.self])?.id == preview.clip ? preview : nil
    }

    // MARK: Commands

    public mutating func handle(_ command: Command, _ models: Models) -> [Effect] {
        let view = models[CorporaView.self]
        switch command {
        case .nextRow: return select(selected + 1, view)
        case .previousRow: return select(selected - 1, view)
        case .nextPage: return select(selected + max(1, pageHeight - 1), view)
        case .previousPage: return select(selected - max(1, pageHeight - 1), view)
        case .firstRow: return select(0, view)
        case .lastRow: return select(visible.count - 1, view)
        case .filter:
            guard isAvailable(command, models) else { return [] }
            entry = TextEntry(filterText)
            return []
        case .clearFilter:
            filterText = ""
            return applyFilter(view)
        case .sortColumn:
            let next = hasSort ? sortedBy.rawValue + 1 : 0
            sortedBy = ClipColumn(rawValue: next) ?? .name
            hasSort = true
            isAscending = true
            return refresh(view)
        case .sortDirection:
            isAscending.toggle()
            hasSort = true
            return refresh(view)
        case .chooseCorpus:
            guard !view.corpora.isEmpty else { return [] }
            let next = (corpus ?? -1) + 1
            corpus = next < view.corpora.count ? next : nil
            return refresh(view)
        case .showRejected:
            guard isAvailable(command, models) else { return [] }
            showsRejected.toggle()
            selected = 0
            offset = 0
            return refresh(view)
        case .nextFrame: step(1, models)
        case .previousFrame: step(-1, models)
        default: break
        }
        return []
    }

    private mutating func step(_ by: Int, _ models: Models) {
        // A preview still on its way does not swallow the key.
        let count = preview(models).map(\.frames) ?? 1024
        frame = min(max(frame + by, 0), max(0, count - 1))
    }

    public mutating func type(_ key: Key, _ models: Models) -> [Effect] {
        let view = models[CorporaView.self]
        guard var entry else { return [] }
        switch key {
        case .enter:
            self.entry = nil
            return []
        case .escape:
            self.entry = nil
            filterText = ""
            return applyFilter(view)
        case .up: return select(selected - 1, view)
        case .down: return select(selected + 1, view)
        default:
            guard entry.edit(key) else { return [] }
            self.entry = entry
            filterText = entry.text
            return applyFilter(view)
        }
    }

    /// An unfinished expression keeps the rows of the last valid one.
    private mutating func applyFilter(_ view: CorporaView) -> [Effect] {
        do {
            filter = try Filter(filterText)
            filterProblem = nil
        } catch {
            filterProblem = "\(error)"
            return []
        }
        return refresh(view)
    }

    // MARK: Rows

    public mutating func receive(_ models: Models) -> [Effect] {
        let view = models[CorporaView.self]
        guard view.version != version else { return [] }
        version = view.version
        if let corpus, corpus >= view.corpora.count { self.corpus = nil }
        return refresh(view)
    }

    /// Finds the visible rows anew; the clip under the cursor stays under it where it is still there.
    private mutating func refresh(_ view: CorporaView) -> [Effect] {
        let only = corpus.flatMap { view.corpora.indices.contains($0) ? view.corpora[$0].name : nil }
        if showsRejected {
            if view.rejected.isEmpty { showsRejected = false }
            visible = view.rejected.indices.filter { only == nil || view.rejected[$0].corpus == only }
        }
        if !showsRejected {
            visible = view.rows.indices.filter { index in
                (only == nil || view.rows[index].corpus == only) && (filter?.matches(view.rows[index]) ?? true)
            }
            if hasSort { sort(view) }
            if let selectedClip, let place = visible.firstIndex(where: { view.rows[$0].id == selectedClip }) { selected = place }
        }
        return select(selected, view)
    }

    private mutating func sort(_ view: CorporaView) {
        let rows = view.rows
        visible.sort { a, b in
            // Equal rows keep the store's order, whichever way round.
            guard let isBefore = rows[a].isBefore(rows[b], by: sortedBy) else { return a < b }
            return isBefore == isAscending
        }
    }

    private mutating func select(_ position: Int, _ view: CorporaView) -> [Effect] {
        selected = max(0, min(position, visible.count - 1))
        let clip = selectedRow(view)?.id
        guard let clip, clip != selectedClip else { return [] }
        selectedClip = clip
        frame = 0
        return [.ask(PreviewRequest(clip: clip))]
    }

    // MARK: Drawing

    public mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
        let view = models[CorporaView.self]
        if view.corpora.isEmpty {
            drawEmpty(into: &grid, rect, view, look, isFocused)
        } else if rect.width < 60 || rect.height < 16 {
            drawTable(into: &grid, rect, view, look, isFocused)
        } else if rect.width < 100 || rect.height < 26 {
            let below = max(8, rect.height * 2 / 5)
            let (upper, lower) = rect.splitTop(rect.height - below)
            drawTable(into: &grid, upper, view, look, isFocused)
            let (left, right) = lower.splitLeft((below - 2) * 2 + 4)
            drawPicture(into: &grid, left, models, look)
            drawSound(into: &grid, right, models, look, standsAlone: true)
        } else {
            let previewWidth = min(rect.width * 2 / 5, rect.height + 14)
            let (left, right) = rect.splitLeft(rect.width - previewWidth)
            let (list, table) = left.splitTop(min(view.corpora.count, 5) + 3)
            drawCorpora(into: &grid, list, view, look)
            drawTable(into: &grid, table, view, look, isFocused)
            let pictureHeight = min((previewWidth - 2) / 2 + 2, right.height - 16)
            let (picture, rest) = right.splitTop(pictureHeight)
            let (sound, details) = rest.splitTop(max(9, rest.height - 8))
            drawPicture(into: &grid, picture, models, look)
            drawSound(into: &grid, sound, models, look)
            drawDetails(into: &grid, details, models, look)
        }
    }
}
