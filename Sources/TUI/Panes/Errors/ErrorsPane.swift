// Pane Errors: clips that the run was wrong about, confident ones first; by actor, pair, sentence; tags and notes that stay; likely label errors.
import Records
import Store
import Viz

extension Command {
    static let openClip = Command("clip.open")
    static let errorsDomain = Command("errors.domain")
    static let groupNext = Command("errors.group")
    static let groupPrevious = Command("errors.groupBack")
    static let showDoubts = Command("errors.doubts")
    static let showCorrect = Command("errors.correct")
    static let otherEpoch = Command("errors.epoch")
    static let tagClip = Command("clip.tag")
    static let noteClip = Command("clip.note")
}

public struct ErrorsPane: Pane {
    public let name = PaneName.errors

    /// nil follows: the target where there is one.
    var chosenDomain: Domain?
    var showsBothDomains = false
    var grouping: ErrorGrouping?
    /// The group whose clips are shown.
    var group: String?
    var showsDoubtsOnly = false
    var showsCorrect = false
    /// nil follows the run.
    var chosenEpoch: Int?
    /// The cell that the pane was opened on.
    var topic: ClipsTopic?
    var clips = TableState<AnswersView.Row>(sortedBy: ErrorColumn.confidence.rawValue, isAscending: false)
    var groups = TableState<ErrorGroup>()
    /// Of the clips in the domain shown.
    var groupRows: [ErrorGroup] = []
    var writing: ClipWriting?
    private var version = -1
    private var run: Int64?

    public init() {}

    public let bindings: [KeyBinding] =
        [
            KeyBinding([.enter], .openClip, "open", "Open the clip; of a group its clips"),
            KeyBinding(
                [.character("b")], .groupNext, "by actor…",
                "Group by actor, truth and prediction, sentence, intensity, sex; then clips again"),
            KeyBinding([.character("B")], .groupPrevious, "", "The grouping before"),
            KeyBinding(
                [.character("t")], .tagClip, "tag", "Tag the clip: a digit from the palette, or a word; the same again takes it away"),
            KeyBinding([.character("w")], .noteClip, "note", "Write a note on the clip"),
            KeyBinding([.character("x")], .errorsDomain, "domain", "Target clips, source clips, or both"),
            KeyBinding([.character("f")], .showDoubts, "flagged", "Only clips whose label is likely wrong, and all again"),
            KeyBinding([.character("a")], .showCorrect, "right too", "Clips that were predicted rightly too, and errors only again"),
            KeyBinding([.character("[")], .otherEpoch, "", "The other epoch whose clips are kept: the best or the last"),
        ] + TableState<AnswersView.Row>.bindings(rows: "the clips")

    public var entry: TextEntry? { writing?.entry ?? (showsGroups ? groups.entry : clips.entry) }
    public var entryKeys: [FixedKey] { writing?.keys ?? FixedKey.filter }

    /// Whether groups stand in the table, not clips.
    var showsGroups: Bool { grouping != nil && group == nil }

    // MARK: What is shown

    func epoch(_ view: AnswersView) -> AnswersView.Epoch? { chosenEpoch.flatMap(view.epoch) ?? view.standing }

    func domain(_ view: AnswersView) -> Domain { chosenDomain ?? (view.target.isEmpty ? .source : .target) }

    /// Every clip of the domain shown, right and wrong.
    func isInDomain(_ row: AnswersView.Row, _ view: AnswersView) -> Bool { showsBothDomains || row.domain == domain(view) }

    /// Whether a row belongs into the list, as things stand now.
    private func isShown(_ view: AnswersView) -> (AnswersView.Row) -> Bool {
        let (only, topic, grouping, group) = (showsBothDomains ? nil : domain(view), topic, grouping, group)
        // A cell of the diagonal holds nothing but right ones.
        let isDiagonal = topic.map { $0.truth != nil && $0.truth == $0.predicted } ?? false
        let (showsCorrect, showsDoubtsOnly) = (showsCorrect || isDiagonal, showsDoubtsOnly)
        return { row in
            if let only, row.domain != only { return false }
            if let truth = topic?.truth, row.truth != truth { return false }
            if let predicted = topic?.predicted, row.predicted != predicted { return false }
            if !row.isWrong, !showsCorrect { return false }
            if showsDoubtsOnly, row.doubt == nil { return false }
            if let grouping, let group { return (grouping.value(row) ?? "(none)") == group }
            return true
        }
    }

    func rows(_ view: AnswersView) -> [AnswersView.Row] { epoch(view)?.rows ?? [] }

    func selectedRow(_ view: AnswersView) -> AnswersView.Row? { showsGroups ? nil : clips.selectedRow(rows(view)) }

    /// Clips of the list, as they stand.
    func list(_ view: AnswersView) -> [String] {
        let rows = rows(view)
        return clips.visible.compactMap { rows.indices.contains($0) ? rows[$0].clip : nil }
    }

    // MARK: Commands

    public func isAvailable(_ command: Command, _ models: Models) -> Bool {
        let view = models[AnswersView.self]
        switch command {
        case .openClip: return showsGroups ? groups.selectedRow(groupRows) != nil : selectedRow(view) != nil
        case .tagClip, .noteClip: return selectedRow(view) != nil
        case .errorsDomain: return !view.target.isEmpty
        case .showDoubts: return showsDoubtsOnly || rows(view).contains { $0.doubt != nil && isInDomain($0, view) }
        case .otherEpoch: return view.epochs.count > 1
        case .clearFilter: return canClear || models[WayBack.self].pane != nil
        case .groupNext, .groupPrevious, .showCorrect: return !rows(view).isEmpty
        default: return (showsGroups ? groups.isAvailable(command, groupRows) : clips.isAvailable(command, rows(view))) ?? true
        }
    }

    public mutating func handle(_ command: Command, _ models: Models) -> [Effect] {
        let view = models[AnswersView.self]
        guard isAvailable(command, models) else { return [] }
        switch command {
        case .openClip:
            if showsGroups {
                group = groups.selectedRow(groupRows)?.value
            } else {
                let title = topic == nil ? "errors" : "cell"
                return [.open(pane: .clip, ClipTopic(clips: list(view), position: clips.selected, list: title))]
            }
        case .groupNext: step(1)
        case .groupPrevious: step(-1)
        case .errorsDomain:
            if showsBothDomains {
                (showsBothDomains, chosenDomain) = (false, .target)
            } else if domain(view) == .target {
                chosenDomain = .source
            } else {
                showsBothDomains = true
            }
            topic = nil
        case .showDoubts: showsDoubtsOnly.toggle()
        case .showCorrect: showsCorrect.toggle()
        case .otherEpoch: chosenEpoch = view.epochs.first { $0.epoch != epoch(view)?.epoch }?.epoch
        case .tagClip, .noteClip:
            guard let row = selectedRow(view) else { return [] }
            writing = ClipWriting(command == .tagClip ? .tag : .note, corpus: row.corpus, clip: row.name, tags: row.tags, note: row.note)
            return []
        case .clearFilter: return clear(view)
        default:
            if showsGroups { _ = groups.handle(command, groupRows) } else { _ = clips.handle(command, rows(view), where: isShown(view)) }
            return []
        }
        refresh(view)
        return []
    }

    private var canClear: Bool {
        (showsGroups ? groups.hasFilter : clips.hasFilter) || grouping != nil || topic != nil || showsDoubtsOnly
    }

    /// What Esc takes away, one thing at a time: a filter, a group, a cell; then back to where one came from.
    private mutating func clear(_ view: AnswersView) -> [Effect] {
        if showsGroups ? groups.hasFilter : clips.hasFilter {
            if showsGroups {
                _ = groups.handle(.clearFilter, groupRows)
            } else {
                _ = clips.handle(.clearFilter, rows(view), where: isShown(view))
            }
            return []
        }
        if group != nil {
            group = nil
        } else if grouping != nil {
            grouping = nil
        } else if topic != nil {
            topic = nil
            refresh(view)
            return [.back]
        } else if showsDoubtsOnly {
            showsDoubtsOnly = false
        } else {
            return [.back]
        }
        refresh(view)
        return []
    }

    private mutating func step(_ by: Int) {
        let all: [ErrorGrouping?] = [nil] + ErrorGrouping.allCases.map(Optional.some)
        let at = all.firstIndex(of: grouping) ?? 0
        grouping = all[(at + by + all.count) % all.count]
        group = nil
        // The worst group is what one looks for.
        groups.select(0, groupRows)
    }

    public mutating func type(_ key: Key, _ models: Models) -> [Effect] {
        let view = models[AnswersView.self]
        if var writing {
            let request = writing.type(key)
            self.writing = writing.isOver ? nil : writing
            return request.map { [.ask($0)] } ?? []
        }
        if showsGroups { groups.type(key, groupRows) } else { clips.type(key, rows(view), where: isShown(view)) }
        return []
    }

    public mutating func click(x: Int, y: Int, _ models: Models) -> [Effect] {
        if showsGroups { groups.click(x: x, y: y, groupRows) } else { clips.click(x: x, y: y, rows(models[AnswersView.self])) }
        return []
    }

    public func copyText(_ models: Models) -> String? {
        showsGroups ? groups.selectedRow(groupRows)?.value : selectedRow(models[AnswersView.self])?.clip
    }

    /// The list as it stands, with every column.
    public func table(_ models: Models) -> PaneTable? {
        let view = models[AnswersView.self]
        if showsGroups { return groupRows.isEmpty ? nil : groups.table(groupRows) }
        return rows(view).isEmpty ? nil : clips.table(rows(view))
    }

    public mutating func open(_ topic: any Topic, _ models: Models) -> [Effect] {
        guard let topic = topic as? ClipsTopic else { return [] }
        let view = models[AnswersView.self]
        (self.topic, chosenDomain, showsBothDomains, grouping, group, showsDoubtsOnly) = (topic, topic.domain, false, nil, nil, false)
        _ = clips.handle(.clearFilter, rows(view), where: isShown(view))
        refresh(view)
        clips.select(0, rows(view))
        return []
    }

    public mutating func receive(_ models: Models) -> [Effect] {
        let view = models[AnswersView.self]
        guard view.version != version else { return [] }
        version = view.version
        if view.run != run {
            // Another run: cells and epochs of the one before mean nothing here.
            (run, chosenEpoch) = (view.run, nil)
            if topic?.run != view.run { topic = nil }
        }
        refresh(view)
        return []
    }

    private mutating func refresh(_ view: AnswersView) {
        let rows = rows(view)
        if let grouping {
            groupRows = ErrorGroup.all(rows.filter { isInDomain($0, view) }, by: grouping)
            groups.refresh(groupRows)
        } else {
            groupRows = []
        }
        clips.refresh(rows, where: isShown(view))
    }
}
