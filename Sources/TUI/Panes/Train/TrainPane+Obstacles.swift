import Viz

extension TrainPane {
    public func obstacle(_ command: Command, _ models: Models) -> String? {
        let view = models[TrainView.self]
        guard let run = view.run else { return "there is no run yet" }
        switch command {
        case .nextRun, .previousRun: return view.obstacleToOtherRun(command)
        case .leaveCursor: return cursor == nil && zoomed == nil ? "there is no cursor to take away and no zoom to leave" : nil
        default: break
        }
        if view.curves.isEmpty, view.epochs.isEmpty { return "run \(run.id) has no step yet" }
        switch command {
        case .smoother, .rougher, .logarithmic:
            if let zoomed, zoomed != .loss { return "only the losses are smoothed and have a logarithmic axis" }
            if command == .smoother, smoothing == TrainPane.smoothings.count - 1 { return "the curves are as smooth as they get" }
            return command == .rougher && smoothing == 0 ? "the curves are not smoothed" : nil
        case .nextFigure:
            if zoomed != nil { return "one plot fills the pane: \(models.keys[.zoomPlot]) goes on to the next" }
            if view.epochs.isEmpty { return "run \(run.id) has no epoch yet" }
            return showsEveryFigure ? "there is room for all scores: they are shown" : nil
        case .cursorLeft, .cursorFarLeft: return cursorObstacle(view, isLeft: true)
        case .cursorRight, .cursorFarRight: return cursorObstacle(view, isLeft: false)
        default: return nil
        }
    }

    private func cursorObstacle(_ view: TrainView, isLeft: Bool) -> String? {
        let last = Double(TrainCurves(view, axis: axis, smoothing: 0).lastStep)
        if last <= 0 { return "there is no step to read yet" }
        guard let cursor else { return nil }
        return isLeft ? cursor <= 0 ? "the cursor is at the first step" : nil : cursor >= last ? "the cursor is at the last step" : nil
    }
}

extension TrainView {
    /// Why there is no run to go on to.
    func obstacleToOtherRun(_ command: Command) -> String? {
        guard let place = runs.firstIndex(where: { $0.id == run?.id }) else { return "there is no run yet" }
        if runs.count == 1 { return "there is no other run" }
        return command == .nextRun ? place == runs.count - 1 ? "no older run" : nil : place == 0 ? "no newer run" : nil
    }
}
