extension AdaptationPane {
    public func obstacle(_ command: Command, _ models: Models) -> String? {
        let view = models[TrainView.self]
        guard let run = view.run else { return "there is no run yet" }
        switch command {
        case .nextRun, .previousRun: return view.obstacleToOtherRun(command)
        case .leaveCursor: return epoch == nil && zoomed == nil ? "the newest epoch and all plots are shown already" : nil
        default: break
        }
        if view.epochs.isEmpty { return "run \(run.id) has no epoch yet" }
        switch command {
        case .nextEpoch, .lastEpoch: return epoch == nil ? "this is the newest epoch" : nil
        case .previousEpoch, .firstEpoch: return record(view)?.epoch == view.epochs.first?.epoch ? "this is the first epoch" : nil
        default: return nil
        }
    }
}
