// Pane Parameters: a run's experiment as a typed form. Edits become a child run, a copy, live orders, or what a stopped run goes on with.
import Base
import Records
import Viz

extension Command {
    static let edit = Command("parameters.edit")
    static let undoEdit = Command("parameters.undo")
    static let resetKey = Command("parameters.reset")
    static let showChanged = Command("parameters.changed")
    static let restart = Command("parameters.restart")
    static let clone = Command("parameters.clone")
    static let resumeRun = Command("parameters.resume")
    static let applyNow = Command("parameters.apply")
}

public struct ParametersPane: Pane {
    public let name = PaneName.parameters

    /// What is being typed or chosen.
    enum Editing: Sendable, Equatable {
        case value(key: String, TextEntry)
        case choice(key: String, names: [String], selected: Int)
        /// Of a copy.
        case name(TextEntry)
    }

    var list = TableState<ParameterRow>()
    var editing: Editing?
    /// Why what is typed cannot be taken.
    var complaint: String?
    var showsChanged = false
    /// Rows on the screen as it was drawn last.
    var drawn: [(y: Int, index: Int)] = []
    /// By run; they stay while the screen is open.
    private(set) var drafts: [Int64: ExperimentDraft] = [:]
    private(set) var rows: [ParameterRow] = []
    private var shown: Int64?
    private var seen: ParametersView?
    /// The newest order whose outcome was told.
    private var told: [Int64: Int64] = [:]

    public init() {}

    public let bindings: [KeyBinding] =
        TableState<ParameterRow>.bindings(rows: "keys", canSort: false).map { binding in
            var binding = binding
            // `u` is undo here.
            binding.keys.removeAll { $0 == .character("u") }
            return binding
        } + [
            KeyBinding([.enter], .edit, "edit", "Edit the value: type it, choose from its names, or turn it over"),
            KeyBinding([.character("u"), .control("r")], .undoEdit, "undo", "Take the last edit back"),
            KeyBinding([.character("x"), .delete], .resetKey, "", "Put the key back to the run's own value"),
            KeyBinding([.character("v")], .showChanged, "changed", "Only keys that differ from defaults, parent or run, and all again"),
            KeyBinding(
                [.character("a")], .applyNow, "apply now", "Order the edited live keys from the running trainer, one after the other"),
            KeyBinding([.character("r")], .restart, "restart", "Start the experiment with its edits as a child of this run (asks)"),
            KeyBinding([.character("c")], .clone, "clone", "Start it as a run of another name that is nobody's child (asks)"),
            KeyBinding([.character("R")], .resumeRun, "resume", "Go on with this run from its last checkpoint (asks)"),
        ]

    public var entry: TextEntry? {
        switch editing {
        case .value(_, let entry), .name(let entry): entry
        case .choice: TextEntry()
        case nil: list.entry
        }
    }

    public var entryKeys: [FixedKey] {
        switch editing {
        case .value: FixedKey.text
        case .choice: FixedKey.choice
        case .name: FixedKey.copyName
        case nil: FixedKey.filter
        }
    }

    var draft: ExperimentDraft? { shown.flatMap { drafts[$0] } }
    var selectedRow: ParameterRow? { list.selectedRow(rows) }

    public func isAvailable(_ command: Command, _ models: Models) -> Bool {
        let view = models[ParametersView.self]
        switch command {
        case .edit: return selectedRow != nil
        case .undoEdit: return draft?.isEmpty == false
        case .resetKey: return selectedRow?.isEdited ?? false
        case .showChanged, .restart, .clone: return !rows.isEmpty
        case .applyNow:
            return view.run?.state.isLive == true
                && draft?.changes([.live], of: models[ExperimentEditing.self].keys(of: view.experiment)).isEmpty == false
        case .resumeRun: return canResume(view)
        default: return list.isAvailable(command, rows) ?? true
        }
    }

    private func canResume(_ view: ParametersView) -> Bool {
        switch view.run?.state {
        case .stopped, .interrupted, .failed, .finished: !rows.isEmpty
        default: false
        }
    }

    // MARK: Commands

    public mutating func handle(_ command: Command, _ models: Models) -> [Effect] {
        let view = models[ParametersView.self]
        switch command {
        case .edit: return beginEdit(models)
        case .undoEdit:
            guard let shown, let reader = models[ExperimentEditing.self].reader, let step = drafts[shown]?.undo(by: reader) else {
                return [.say("there is no edit to take back")]
            }
            refresh(models)
            list.select(id: step.key, rows)
            return [.say("taken back: \(step.words)")]
        case .resetKey:
            guard let row = selectedRow, row.isEdited else { return [] }
            return set(row.key, to: row.original, models)
        case .showChanged:
            guard !rows.isEmpty else { return [] }
            showsChanged.toggle()
            list.refresh(rows, where: isShown)
            return []
        case .applyNow: return applyNow(models)
        case .restart: return restart(models)
        case .clone:
            guard let experiment = draft?.experiment, isUsable(view) == nil else { return [.say(isUsable(view) ?? "no run is shown")] }
            editing = .name(TextEntry(experiment.name + " copy"))
            return []
        case .resumeRun: return resume(models)
        default:
            _ = list.handle(command, rows, where: isShown)
            return []
        }
    }

    private var isShown: (ParameterRow) -> Bool { showsChanged ? { $0.isChanged } : { _ in true } }

    private mutating func beginEdit(_ models: Models) -> [Effect] {
        guard let row = selectedRow else { return [] }
        complaint = nil
        switch row.key.kind {
        case .bool: return set(row.key, to: row.value == "true" ? "false" : "true", models)
        case .choice(let names):
            editing = .choice(key: row.id, names: names, selected: names.firstIndex(of: row.value) ?? 0)
        case .list:
            editing = .value(key: row.id, TextEntry(String(row.value.dropFirst().dropLast())))
        default: editing = .value(key: row.id, TextEntry(row.value))
        }
        return []
    }

    public mutating func type(_ key: Key, _ models: Models) -> [Effect] {
        let view = models[ParametersView.self], keys = models[ExperimentEditing.self].keys(of: view.experiment)
        switch editing {
        case nil:
            list.type(key, rows, where: isShown)
            return []
        case .choice(let name, let names, let selected):
            switch key {
            case .up, .character("k"): editing = .choice(key: name, names: names, selected: max(0, selected - 1))
            case .down, .character("j"): editing = .choice(key: name, names: names, selected: min(names.count - 1, selected + 1))
            case .home: editing = .choice(key: name, names: names, selected: 0)
            case .end: editing = .choice(key: name, names: names, selected: names.count - 1)
            case .escape: editing = nil
            case .enter:
                editing = nil
                if let known = keys.named(name) { return set(known, to: names[selected], models) }
            default: break
            }
            return []
        case .value(let name, var entry):
            guard let known = keys.named(name) else { return [] }
            switch key {
            case .escape:
                (editing, complaint) = (nil, nil)
            case .enter:
                if let complaint { return [.say(complaint)] }
                editing = nil
                return set(known, to: entry.text, models)
            default:
                guard entry.edit(key) else { return [] }
                editing = .value(key: name, entry)
                complaint = words(of: known, entry.text)
            }
            return []
        case .name(var entry):
            switch key {
            case .escape: editing = nil
            case .enter:
                editing = nil
                return cloned(as: entry.text, models)
            default:
                if entry.edit(key) { editing = .name(entry) }
            }
            return []
        }
    }

    /// What is wrong with a typed text by itself.
    private func words(of key: KeyRow, _ text: String) -> String? {
        do {
            _ = try key.override(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private mutating func set(_ key: KeyRow, to text: String, _ models: Models) -> [Effect] {
        guard let shown, let reader = models[ExperimentEditing.self].reader else { return [] }
        let view = models[ParametersView.self], names = models.keys
        let before = drafts[shown]?.steps.count
        do {
            try drafts[shown]?.set(key, to: text, by: reader)
        } catch {
            return [.say("\(error)")]
        }
        refresh(models)
        list.select(id: key.name, rows)
        guard let draft, draft.steps.count != before else { return [] }
        if let problem = draft.problem { return [.say("no run could start so: \(problem)")] }
        if let last = draft.steps.last, last.overrides.count > 1 {
            return [.say("\(Numbers.counted(last.overrides.count - 1, "key")) followed; \(names[.undoEdit]) takes it back")]
        }
        if key.effect == .live, view.run?.state.isLive == true {
            return [.say("\(names[.applyNow]) applies it now, from the next step on")]
        }
        return []
    }

    // MARK: Starting

    /// Why nothing can be started from it; moves to the key that is at fault.
    private func isUsable(_ view: ParametersView) -> String? {
        guard view.run != nil, let draft else { return "no run is shown" }
        return draft.problem.map { "not started: \($0)" }
    }

    private mutating func restart(_ models: Models) -> [Effect] {
        let view = models[ParametersView.self]
        if let reason = refusal(view) { return [.say(reason)] }
        guard let run = view.run, let draft else { return [] }
        return [
            .confirm(
                Question(
                    "Restart run \(run.id) as its child?", difference(draft.experiment, draft.base, models),
                    [
                        Question.Choice(
                            .character("r"), "restart",
                            [
                                .ask(LaunchRequest.child(of: run.id, experiment: draft.experiment.text)),
                                .say("starting a child of run \(run.id)…"),
                            ])
                    ]))
        ]
    }

    private mutating func cloned(as name: String, _ models: Models) -> [Effect] {
        let editing = models[ExperimentEditing.self]
        guard let draft, let key = editing.keys(of: draft.experiment).named("name"), let override = try? key.override(name), !name.isEmpty,
            let experiment = try? editing.reader?.applying([override], to: draft.experiment), experiment.problem == nil
        else { return [.say("a copy needs a name")] }
        return [
            .confirm(
                Question(
                    "Start “\(name)” as a run of its own?", difference(experiment, draft.base, models),
                    [
                        Question.Choice(
                            .character("c"), "start", [.ask(LaunchRequest.clone(experiment: experiment.text)), .say("starting “\(name)”…")])
                    ])
            )
        ]
    }

    private mutating func resume(_ models: Models) -> [Effect] {
        let view = models[ParametersView.self], names = models.keys, keys = models[ExperimentEditing.self].keys(of: view.experiment)
        guard let run = view.run, canResume(view) else { return [.say("only a run that ended goes on")] }
        if let reason = refusal(view) { return [.say(reason)] }
        guard let draft else { return [] }
        func number(_ key: String, _ record: ExperimentRecord) -> Int { record.settings[key].flatMap(Int.init) ?? 0 }
        if run.state == .finished, number("training.epochs", draft.experiment) <= number("training.epochs", draft.base),
            number("training.patience", draft.experiment) == number("training.patience", draft.base)
        {
            return [
                .say("run \(run.id) has finished: with more training.epochs, or another training.patience where it ended early, it goes on")
            ]
        }
        let others = draft.changes([.newRun], of: keys).map(\.key.name)
        guard others.isEmpty else {
            return [.say("\(others.joined(separator: ", ")) needs a new run: \(names[.restart]) restarts as a child")]
        }
        let changes = draft.changes([.live, .onResume], of: keys).map(\.override)
        let words =
            changes.isEmpty
            ? "It goes on from its last checkpoint, with nothing changed."
            : "It goes on from its last checkpoint with " + difference(draft.experiment, draft.base, models)
        return [
            .confirm(
                Question(
                    "Go on with run \(run.id)?", words,
                    [
                        Question.Choice(
                            .character("r"), "go on",
                            [.ask(LaunchRequest.resume(run: run.id, changes: changes)), .say("run \(run.id) goes on…")])
                    ]))
        ]
    }

    private mutating func applyNow(_ models: Models) -> [Effect] {
        let view = models[ParametersView.self]
        guard let run = view.run, run.state.isLive, let draft else { return [.say("only a run that goes on takes live changes")] }
        if let reason = refusal(view) { return [.say(reason)] }
        let changes = draft.changes([.live], of: models[ExperimentEditing.self].keys(of: view.experiment))
        guard !changes.isEmpty else { return [.say("no live key is edited")] }
        let words = changes.map { "\($0.key.shortName) \($0.value)" }.joined(separator: ", ")
        return changes.map { .issue(.set(key: $0.key.name, value: $0.value), run: run.id) } + [
            .say("ordered: \(words); the trainer answers at its next step")
        ]
    }

    /// As `isUsable`, and puts the cursor on the key at fault.
    private mutating func refusal(_ view: ParametersView) -> String? {
        guard let reason = isUsable(view) else { return nil }
        if let key = draft?.problem?.key, !list.select(id: key, rows) {
            showsChanged = false
            list.setFilter("", rows, where: isShown)
            list.select(id: key, rows)
        }
        return reason
    }

    private func difference(_ experiment: ExperimentRecord, _ base: ExperimentRecord, _ models: Models) -> String {
        let words = models[ExperimentEditing.self].keys(of: base).differences(from: base.settings, to: experiment.settings).words
        return words.isEmpty ? "Nothing differs." : words
    }

    // MARK: Models

    public mutating func open(_ topic: any Topic, _ models: Models) -> [Effect] {
        guard let topic = topic as? ParametersTopic, topic.run != models[ParametersView.self].run?.id else { return [] }
        return [.ask(RunRequest(run: topic.run))]
    }

    public mutating func receive(_ models: Models) -> [Effect] {
        let view = models[ParametersView.self]
        guard view != seen else { return [] }
        seen = view
        guard let run = view.run, let experiment = view.experiment else {
            if shown != nil || !rows.isEmpty {
                (shown, rows, editing) = (nil, [], nil)
                list.refresh(rows)
            }
            return []
        }
        if shown != run.id {
            shown = run.id
            editing = nil
            // What was ordered before the run was looked at is old news.
            told[run.id] = told[run.id] ?? view.changes.first { $0.state != .waiting }?.id ?? 0
        }
        if drafts[run.id] == nil { drafts[run.id] = ExperimentDraft(experiment) }
        if let reader = models[ExperimentEditing.self].reader { drafts[run.id]?.rebase(experiment, by: reader) }
        refresh(models)
        let news = view.changes.filter { $0.id > told[run.id] ?? 0 && $0.state != .waiting }
        guard let newest = news.first else { return [] }
        told[run.id] = newest.id
        return news.reversed().map { change in
            switch change.state {
            case .lapsed: .say("run \(run.id) ended before it took \(change.key) \(change.value)")
            default: .say("run \(run.id)\(change.step.map { ", step \($0)" } ?? ""): \(change.text)")
            }
        }
    }

    private mutating func refresh(_ models: Models) {
        guard let draft else { return }
        let view = models[ParametersView.self], keys = models[ExperimentEditing.self].keys(of: draft.experiment)
        let fresh = ParameterRow.rows(keys, draft.experiment, original: draft.base, parent: view.parentExperiment)
        guard fresh != rows else { return }
        rows = fresh
        list.refresh(rows, where: isShown)
    }
}
