// Pane Corpora: which corpora there are, their clips as a table that filters and sorts, rejected files with reasons, a preview.
import Viz

extension Command {
    static let nextFrame = Command("clip.nextFrame")
    static let previousFrame = Command("clip.previousFrame")
    static let chooseCorpus = Command("corpora.choose")
    static let showRejected = Command("corpora.rejected")
    static let showBalance = Command("corpora.balance")
}

public struct CorporaPane: Pane {
    public let name = PaneName.corpora

    /// Which table is shown.
    var showsRejected = false
    /// Classes by side in place of the preview.
    private(set) var showsBalance = false
    /// Index into the model's corpora; `nil` shows all.
    var corpus: Int?
    var clips = TableState<CorporaView.Row>()
    var files = TableState<CorporaView.Rejected>()
    private var version = -1
    /// The clip that `frame` belongs to.
    private var previewed: String?
    var frame = 0

    public init() {}

    public let bindings: [KeyBinding] =
        TableState<CorporaView.Row>.bindings(rows: "the clips") + [
            KeyBinding([.character("l"), .right], .nextFrame, "", "Next frame of the preview"),
            KeyBinding([.character("h"), .left], .previousFrame, "frame", "Frame before, in the preview", footerKeys: "h/l"),
            KeyBinding([.enter], .openClip, "open", "Open the clip frame by frame, with what the shown run says of it"),
            KeyBinding([.character("c")], .chooseCorpus, "corpus", "Show the next corpus only, then all again"),
            KeyBinding([.character("b")], .showBalance, "balance", "Classes and speakers by side of the split in place of the preview"),
            KeyBinding([.character("r")], .showRejected, "rejected", "Files that are not used and why, and back to the clips"),
        ]

    public var entry: TextEntry? { showsRejected ? files.entry : clips.entry }

    public func isAvailable(_ command: Command, _ models: Models) -> Bool {
        let view = models[CorporaView.self]
        switch command {
        case .chooseCorpus: return view.corpora.count > 1
        case .showRejected: return showsRejected || !view.rejected.isEmpty
        case .showBalance: return !view.balances.isEmpty
        case .openClip: return selectedRow(view) != nil
        case .nextFrame, .previousFrame: return !showsRejected && !showsBalance && preview(models)?.frames ?? 0 > 1
        default: return (showsRejected ? files.isAvailable(command, view.rejected) : clips.isAvailable(command, view.rows)) ?? true
        }
    }

    /// The clip under the cursor.
    func selectedRow(_ view: CorporaView) -> CorporaView.Row? { showsRejected ? nil : clips.selectedRow(view.rows) }

    func selectedFile(_ view: CorporaView) -> CorporaView.Rejected? { showsRejected ? files.selectedRow(view.rejected) : nil }

    /// The preview, where it is of the clip under the cursor.
    func preview(_ models: Models) -> PreviewView? {
        let preview = models[PreviewView.self]
        return selectedRow(models[CorporaView.self])?.id == preview.clip ? preview : nil
    }

    // MARK: Commands

    public mutating func handle(_ command: Command, _ models: Models) -> [Effect] {
        let view = models[CorporaView.self]
        switch command {
        case .chooseCorpus:
            guard !view.corpora.isEmpty else { return [] }
            let next = (corpus ?? -1) + 1
            corpus = next < view.corpora.count ? next : nil
            refresh(view)
        case .showRejected:
            guard isAvailable(command, models) else { return [] }
            showsRejected.toggle()
            refresh(view)
        case .showBalance: showsBalance.toggle()
        case .openClip:
            guard selectedRow(view) != nil else { return [] }
            let list = clips.visible.compactMap { view.rows.indices.contains($0) ? view.rows[$0].id : nil }
            return [.open(pane: .clip, ClipTopic(clips: list, position: clips.selected, list: only(view) ?? "clips"))]
        case .nextFrame: step(1, models)
        case .previousFrame: step(-1, models)
        default:
            let only = only(view)
            if showsRejected {
                _ = files.handle(command, view.rejected) { only == nil || $0.corpus == only }
            } else {
                _ = clips.handle(command, view.rows) { only == nil || $0.corpus == only }
            }
            beginPreview(view)
        }
        return []
    }

    private mutating func step(_ by: Int, _ models: Models) {
        frame = min(max(frame + by, 0), max(0, (preview(models)?.frames ?? 0) - 1))
    }

    public mutating func type(_ key: Key, _ models: Models) -> [Effect] {
        let view = models[CorporaView.self], only = only(view)
        if showsRejected {
            files.type(key, view.rejected) { only == nil || $0.corpus == only }
        } else {
            clips.type(key, view.rows) { only == nil || $0.corpus == only }
        }
        beginPreview(view)
        return []
    }

    public mutating func click(x: Int, y: Int, _ models: Models) -> [Effect] {
        let view = models[CorporaView.self]
        if showsRejected { files.click(x: x, y: y, view.rejected) } else { clips.click(x: x, y: y, view.rows) }
        beginPreview(view)
        return []
    }

    public func copyText(_ models: Models) -> String? {
        let view = models[CorporaView.self]
        return selectedFile(view).map { "\($0.path)\t\($0.reason)" } ?? selectedRow(view)?.id
    }

    public func table(_ models: Models) -> PaneTable? {
        let view = models[CorporaView.self]
        return showsRejected ? files.table(view.rejected) : view.rows.isEmpty ? nil : clips.table(view.rows)
    }

    // MARK: Rows

    /// Name of the only corpus that is shown.
    func only(_ view: CorporaView) -> String? { corpus.flatMap { view.corpora.indices.contains($0) ? view.corpora[$0].name : nil } }

    public mutating func receive(_ models: Models) -> [Effect] {
        let view = models[CorporaView.self]
        guard view.version != version else { return [] }
        version = view.version
        if let corpus, corpus >= view.corpora.count { self.corpus = nil }
        refresh(view)
        return []
    }

    private mutating func refresh(_ view: CorporaView) {
        let only = only(view)
        if view.rejected.isEmpty { showsRejected = false }
        files.refresh(view.rejected) { only == nil || $0.corpus == only }
        clips.refresh(view.rows) { only == nil || $0.corpus == only }
        beginPreview(view)
    }

    public func shows(_ models: Models) -> [any StandingRequest] {
        let view = models[CorporaView.self]
        return selectedRow(view).map { [PreviewRequest(clip: $0.id, run: view.run)] } ?? []
    }

    /// Another clip begins with its first frame.
    private mutating func beginPreview(_ view: CorporaView) {
        guard let clip = selectedRow(view)?.id, clip != previewed else { return }
        (previewed, frame) = (clip, 0)
    }

    // MARK: Drawing

    public mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
        let view = models[CorporaView.self]
        if rect.width < 60 || rect.height < 16 {
            if showsBalance {
                drawBalance(into: &grid, rect, view, look)
            } else {
                drawTable(into: &grid, rect, view, look, isFocused, models.keys)
            }
        } else if rect.width < 100 || rect.height < 26 {
            let below = showsBalance ? rect.height / 2 : max(8, rect.height * 2 / 5)
            let (upper, lower) = rect.splitTop(rect.height - below)
            drawTable(into: &grid, upper, view, look, isFocused, models.keys)
            if showsBalance { return drawBalance(into: &grid, lower, view, look) }
            let (left, right) = lower.splitLeft((below - 2) * 2 + 4)
            drawPicture(into: &grid, left, models, look)
            drawSound(into: &grid, right, models, look, standsAlone: true)
        } else {
            let previewWidth = min(rect.width * 2 / 5, rect.height + 14)
            let (left, right) = rect.splitLeft(rect.width - (showsBalance ? max(previewWidth, rect.width * 2 / 5) : previewWidth))
            let (list, table) = left.splitTop(min(view.corpora.count, 5) + 3)
            drawCorpora(into: &grid, list, view, look)
            drawTable(into: &grid, table, view, look, isFocused, models.keys)
            if showsBalance { return drawBalance(into: &grid, right, view, look) }
            let pictureHeight = min((previewWidth - 2) / 2 + 2, right.height - 16)
            let (picture, rest) = right.splitTop(pictureHeight)
            let (sound, details) = rest.splitTop(max(9, rest.height - 8))
            drawPicture(into: &grid, picture, models, look)
            drawSound(into: &grid, sound, models, look)
            drawDetails(into: &grid, details, models, look)
        }
    }
}
