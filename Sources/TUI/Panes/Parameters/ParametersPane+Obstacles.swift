import Records

extension ParametersPane {
    public func obstacle(_ command: Command, _ models: Models) -> String? {
        let view = models[ParametersView.self]
        guard let run = view.run, !rows.isEmpty else { return "no run is shown" }
        switch command {
        case .edit: return selectedRow == nil ? "no key is selected" : nil
        case .undoEdit: return draft?.isEmpty == false ? nil : "there is no edit to take back"
        case .resetKey:
            guard let row = selectedRow else { return "no key is selected" }
            return row.isEdited ? nil : "\(row.key.name) has the run's own value"
        case .applyNow:
            guard run.state.isLive else { return "live changes need a run under way; run \(run.id) is \(run.state.word)" }
            // What is wrong with the whole is said where the cursor can go to it.
            return draft?.problem != nil
                || draft?.changes([.live], of: models[ExperimentEditing.self].keys(of: view.experiment)).isEmpty == false
                ? nil : "no live key is edited"
        case .resumeRun: return run.state.isLive ? "run \(run.id) is \(run.state.word): only a run that ended goes on" : nil
        default: return list.obstacle(command, rows, of: "keys", models.keys)
        }
    }
}
