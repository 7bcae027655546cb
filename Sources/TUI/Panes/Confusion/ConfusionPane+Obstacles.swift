import Records

extension ConfusionPane {
    public func obstacle(_ command: Command, _ models: Models) -> String? {
        guard let run = models[MatricesView.self].shown else { return "there is no run yet" }
        guard let shown = epoch(run) else { return "run \(run.run) has no epoch yet" }
        let keys = models.keys, last = max(0, run.labels.count - 1)
        switch command {
        case .cellUp: return row == 0 ? "this is the first row" : nil
        case .cellDown: return row == last ? "this is the last row" : nil
        case .cellLeft: return column == 0 && domain(run) == .source ? "this is the first column" : nil
        case .cellRight: return column == last && (domain(run) == .target || !run.hasTarget) ? "this is the last column" : nil
        case .openCell:
            guard let clips = clips(models) else {
                return "clips of epoch \(shown.epoch) are not kept: \(keys[.standingEpoch]) goes to one whose clips are"
            }
            return clips.isEmpty ? "no clip is in this cell" : nil
        case .otherDomain: return run.hasTarget ? nil : "this run has no target"
        case .epochBefore: return run.epochs.contains { $0.epoch < shown.epoch } ? nil : "this is the first epoch"
        case .epochAfter: return run.epochs.contains { $0.epoch > shown.epoch } ? nil : "this is the last epoch"
        case .standingEpoch:
            guard run.standing?.epoch == shown.epoch else { return nil }
            return run.isLive ? "this is the newest epoch already" : "this is the best epoch already"
        case .difference:
            guard baseline == nil, baselines(models).isEmpty else { return nil }
            return "nothing to subtract: \(keys[.markRun]) in Runs marks another run, and this one has no other epoch"
        default: return nil
        }
    }
}
