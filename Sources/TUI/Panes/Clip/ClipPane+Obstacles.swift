extension ClipPane {
    public func obstacle(_ command: Command, _ models: Models) -> String? {
        if command == .leaveClip { return isAvailable(command, models) ? nil : "there is no pane to go back to" }
        guard clip != nil else { return "no clip is shown" }
        let count = frames(models), shown = min(frame, max(0, count - 1))
        switch command {
        case .nextFrame, .lastFrame: return frameObstacle(models, count) ?? (shown == count - 1 ? "this is the last frame" : nil)
        case .previousFrame, .firstFrame: return frameObstacle(models, count) ?? (shown == 0 ? "this is the first frame" : nil)
        case .playClip: return frameObstacle(models, count)
        case .nextClip, .previousClip:
            if clips.count < 2 { return "the list has one clip" }
            if command == .nextClip { return position == clips.count - 1 ? "this is the last clip of the list" : nil }
            return position == 0 ? "this is the first clip of the list" : nil
        case .attentionMode:
            guard let view = view(models) else { return "the clip is being read" }
            guard let answer = view.answers.first else { return "there is no run whose attention could be shown" }
            if answer.explanation?.pictures != nil { return nil }
            if !answer.sees { return "this model sees no pictures" }
            return view.working == nil ? answer.failure ?? "there is no attention to show" : "attention is being worked out"
        case .compareRun:
            guard other == nil, others(models).isEmpty else { return nil }
            return "no other run to ask: \(models.keys[.markRun]) in Runs marks one, or show a run that has a parent"
        default: return nil
        }
    }

    private func frameObstacle(_ models: Models, _ count: Int) -> String? {
        guard let view = view(models), view.state != .loading else { return "the clip is being read" }
        return count > 1 ? nil : count == 1 ? "this clip has one frame" : "this clip has no frames"
    }
}
