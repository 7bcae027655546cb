extension RunsPane {
    public func obstacle(_ command: Command, _ models: Models) -> String? {
        let view = models[RunsView.self], keys = models.keys
        switch command {
        case .showRun, .markRun, .showParameters: return selectedRun(models) == nil ? "no run is selected" : nil
        case .deleteRun:
            if isGrouped { return "a group cannot be deleted: \(keys[.groupSeeds]) shows its runs" }
            guard let run = selectedRun(models) else { return "no run is selected" }
            return run.state.isLive ? "run \(run.id) is \(run.state.word): \(keys[.stop]) stops the shown run, then it can be deleted" : nil
        case .unmarkRuns: return models[MarkedRuns.self].runs.isEmpty ? "no run is marked" : nil
        case .groupSeeds: return view.rows.isEmpty ? "there are no runs yet" : nil
        case .nextFigure:
            if models[ComparedRuns.self].runs.count < 2 { return "nothing is compared: \(keys[.markRun]) marks runs, two or more" }
            return showsBothFigures ? "there is room for both: metrics and parameters are shown" : nil
        default:
            return isGrouped ? groups.obstacle(command, groupRows, of: "groups", keys) : runs.obstacle(command, view.rows, of: "runs", keys)
        }
    }
}
