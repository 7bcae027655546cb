// Pane Clip: one clip, frame by frame: what the model looked at and listened to, what it says and why, beside another run.
import Corpora
import Records
import Viz

extension Command {
    static let nextClip = Command("clip.next")
    static let previousClip = Command("clip.previous")
    static let firstFrame = Command("clip.firstFrame")
    static let lastFrame = Command("clip.lastFrame")
    static let playClip = Command("clip.play")
    static let attentionMode = Command("clip.attention")
    static let compareRun = Command("clip.compare")
    static let leaveClip = Command("clip.leave")
}

public struct ClipPane: LivePane {
    public let name = PaneName.clip

    enum Attention: String, CaseIterable {
        case blended, beside, off
        var words: String { self == .beside ? "side by side" : rawValue }
    }

    /// `Clip.id`s of the list that is stepped through, and what it is.
    var clips: [String] = []
    var position = 0
    var list = ""
    /// False while the list is only what the pane found by itself.
    private var isOpened = false
    var frame = 0
    var attention = Attention.blended
    var isPlaying = false
    /// The run beside the shown one.
    var other: Int64?
    var writing: ClipWriting?
    /// What the list was found in, where the pane found it by itself.
    private var found: (run: Int64?, version: Int)?

    public init() {}

    public let bindings: [KeyBinding] = [
        KeyBinding([.character("l"), .right], .nextFrame, "", "Next frame"),
        KeyBinding([.character("h"), .left], .previousFrame, "frame", "Frame before", footerKeys: "h/l"),
        KeyBinding([.character("j"), .down, .pageDown], .nextClip, "", "Next clip of the list"),
        KeyBinding([.character("k"), .up, .pageUp], .previousClip, "clip", "Clip before, in the list", footerKeys: "j/k"),
        KeyBinding([.home, .character("g")], .firstFrame, "", "First frame"),
        KeyBinding([.end, .character("G")], .lastFrame, "", "Last frame"),
        KeyBinding([.character(" ")], .playClip, "play", "Play the frames at the clip's pace, and stop"),
        KeyBinding([.character("a")], .attentionMode, "attention", "Attention blended over the face, beside it, or off"),
        KeyBinding([.character("v")], .compareRun, "compare", "Ask another run beside: those marked, else the parent; then none"),
        KeyBinding([.character("t")], .tagClip, "tag", "Tag the clip: a digit from the palette, or a word; the same again takes it away"),
        KeyBinding([.character("w")], .noteClip, "note", "Write a note on the clip"),
        KeyBinding([.escape], .leaveClip, "back", "Back to where the clip was opened from"),
    ]

    public var entry: TextEntry? { writing?.entry }
    public var entryKeys: [FixedKey] { writing?.keys ?? [] }

    /// The clip under inspection.
    var clip: String? { clips.indices.contains(position) ? clips[position] : nil }

    /// The model, where it is of this clip.
    func view(_ models: Models) -> ClipView? {
        let view = models[ClipView.self]
        return view.request.clip == clip && view.state != .nothing ? view : nil
    }

    /// Frames that can be stepped through.
    func frames(_ models: Models) -> Int { view(models)?.sight.frames ?? 0 }

    /// Runs that can stand beside the shown one, in the order of `v`.
    func others(_ models: Models) -> [Int64] {
        let shown = models[TrainView.self].run?.id, matrices = models[MatricesView.self].shown
        let marked = models[MarkedRuns.self].runs.filter { $0 != shown }
        return marked.isEmpty ? (matrices?.run == shown ? [matrices?.parent].compactMap(\.self) : []) : marked
    }

    // MARK: Commands

    public func isAvailable(_ command: Command, _ models: Models) -> Bool {
        switch command {
        case .nextFrame, .previousFrame, .firstFrame, .lastFrame, .playClip: return frames(models) > 1
        case .attentionMode: return view(models)?.answers.first?.explanation?.pictures != nil
        case .nextClip, .previousClip: return clips.count > 1
        case .compareRun: return other != nil || !others(models).isEmpty
        case .tagClip, .noteClip: return clip != nil
        case .leaveClip: return isPlaying || models[WayBack.self].pane != nil
        default: return true
        }
    }

    public mutating func handle(_ command: Command, _ models: Models) -> [Effect] {
        guard isAvailable(command, models) else { return [] }
        let last = max(0, frames(models) - 1)
        switch command {
        case .nextFrame: (frame, isPlaying) = (min(frame + 1, last), false)
        case .previousFrame: (frame, isPlaying) = (max(0, min(frame, last) - 1), false)
        case .firstFrame: frame = 0
        case .lastFrame: frame = last
        case .playClip:
            isPlaying.toggle()
            if isPlaying, frame >= last { frame = 0 }
        case .attentionMode:
            attention = Attention.allCases[(Attention.allCases.firstIndex(of: attention)! + 1) % Attention.allCases.count]
            // The box has no room for it on a small screen.
            return [.say("attention: \(attention.words)")]
        case .nextClip: step(1, models)
        case .previousClip: step(-1, models)
        case .compareRun:
            let all = others(models)
            let next = other.map { (all.firstIndex(of: $0) ?? all.count) + 1 } ?? 0
            other = all.indices.contains(next) ? all[next] : nil
        case .tagClip, .noteClip:
            guard let parts = clip?.split(separator: "/", maxSplits: 1).map(String.init), parts.count == 2 else { return [] }
            let note = models[NotesView.self].notes[clip ?? ""]
            writing = ClipWriting(
                command == .tagClip ? .tag : .note, corpus: parts[0], clip: parts[1], tags: note?.tags ?? [], note: note?.note ?? "")
        case .leaveClip:
            isPlaying = false
            return [.back]
        default: break
        }
        return []
    }

    private mutating func step(_ by: Int, _ models: Models) {
        var next = position + by
        if !isOpened, let now = findable(models), !now.clips.isEmpty {
            // The list may have gone on while the clip stayed: where the clip has left it, its neighbour stands in its place.
            let kept = clip.flatMap { now.clips.firstIndex(of: $0) }
            next = kept.map { $0 + by } ?? (by > 0 ? position : position - 1)
            (clips, list, position) = (now.clips, now.list, kept ?? -1)
        }
        next = max(0, min(next, clips.count - 1))
        guard next != position else { return }
        (position, frame, isPlaying) = (next, 0, false)
    }

    public mutating func type(_ key: Key, _ models: Models) -> [Effect] {
        guard var writing else { return [] }
        let request = writing.type(key)
        self.writing = writing.isOver ? nil : writing
        return request.map { [.ask($0)] } ?? []
    }

    public mutating func open(_ topic: any Topic, _ models: Models) -> [Effect] {
        guard let topic = topic as? ClipTopic, topic.clips.indices.contains(topic.position) else { return [] }
        (clips, position, list, isOpened) = (topic.clips, topic.position, topic.list, true)
        (frame, isPlaying) = (0, false)
        return []
    }

    public func copyText(_ models: Models) -> String? { clip }

    /// What each run says of the clip, a line a class.
    public func table(_ models: Models) -> PaneTable? {
        guard let view = view(models), view.answers.contains(where: { !$0.probabilities.isEmpty }) else { return nil }
        let rows = view.answers.flatMap { answer in
            zip(answer.labels, answer.probabilities).enumerated().map { index, pair in
                let sound = answer.explanation?.sound?.alone, pictures = answer.explanation?.pictures?.alone
                return [
                    DataValue(clip), DataValue(answer.run), DataValue(pair.0), DataValue(pair.1), DataValue(sound.map { $0[index] }),
                    DataValue(pictures.map { $0[index] }), DataValue(answer.truth == index ? "truth" : nil),
                ]
            }
        }
        return PaneTable(header: ["clip", "run", "class", "probability", "sound_alone", "pictures_alone", "is"], rows: rows)
    }

    public var memory: PaneMemory { ["attention": attention.rawValue] }

    public mutating func restore(_ memory: PaneMemory) { attention = memory["attention"].flatMap(Attention.init) ?? attention }

    // MARK: On the screen

    public mutating func appear(_ models: Models) -> [Effect] {
        if !isOpened { find(models) }
        let run = models[TrainView.self].run?.id
        if let other, other == run || !others(models).contains(other) { self.other = nil }
        return []
    }

    public func shows(_ models: Models) -> [any StandingRequest] {
        clip.map { [ClipRequest(clip: $0, run: models[TrainView.self].run?.id, other: other)] } ?? []
    }

    /// Where nothing was opened, there are still the run's errors to look at, or the clips of the corpora. Nil until both were read.
    private func findable(_ models: Models) -> (clips: [String], list: String)? {
        let answers = models[AnswersView.self], corpora = models[CorporaView.self]
        // The run's errors come a moment after the corpora: a clip that nobody wants is not asked for meanwhile.
        guard answers.state == .ready, corpora.state == .ready else { return nil }
        let target: Domain = answers.target.isEmpty ? .source : .target
        let wrong = (answers.standing?.rows ?? []).filter { $0.isWrong && $0.domain == target }.sorted {
            $0.confidence != $1.confidence ? $0.confidence > $1.confidence : $0.name < $1.name
        }
        return wrong.isEmpty ? (corpora.rows.map(\.id), "clips") : (wrong.map(\.clip), "errors")
    }

    /// Takes the newest list as long as it has the clip that is looked at: that one stays until a key is pressed.
    private mutating func find(_ models: Models) {
        let answers = models[AnswersView.self]
        let isNew = found?.run != answers.run || found?.version != answers.version
        guard isNew || clips.isEmpty, let now = findable(models) else { return }
        // A run that the user turned to has a list of its own; one that came by itself takes no clip away.
        let isOther = found?.run != answers.run && models[TrainView.self].isChosen
        found = (answers.run, answers.version)
        let kept = clip.flatMap { now.clips.firstIndex(of: $0) }
        guard kept != nil || clip == nil || isOther else { return }
        (clips, list, position) = (now.clips, now.list, kept ?? 0)
        if kept == nil { frame = 0 }
    }

    public func interval(_ models: Models) -> Double? {
        guard isPlaying, let view = view(models), view.sight.frames > 1 else { return nil }
        return min(1, max(0.05, view.seconds(1) - view.seconds(0)))
    }

    public mutating func tick(_ models: Models) -> [Effect] {
        let count = frames(models)
        if count > 1 { frame = (frame + 1) % count }
        return []
    }
}
