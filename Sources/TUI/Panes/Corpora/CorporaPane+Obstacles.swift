extension CorporaPane {
    public func obstacle(_ command: Command, _ models: Models) -> String? {
        let view = models[CorporaView.self], keys = models.keys
        switch command {
        case .chooseCorpus:
            return view.corpora.count > 1 ? nil : view.corpora.isEmpty ? "there are no corpora yet" : "there is one corpus only"
        case .showRejected: return showsRejected || !view.rejected.isEmpty ? nil : "no file was rejected"
        case .showBalance: return showsBalance || !view.balances.isEmpty ? nil : "there are no clips to count yet"
        case .openClip:
            if showsRejected { return "a rejected file cannot be opened: \(keys[.showRejected]) goes back to the clips" }
            return selectedRow(view) == nil ? "no clip is selected" : nil
        case .nextFrame, .previousFrame: return frameObstacle(command, models)
        default:
            return showsRejected
                ? files.obstacle(command, view.rejected, of: "files", keys) : clips.obstacle(command, view.rows, of: "clips", keys)
        }
    }

    private func frameObstacle(_ command: Command, _ models: Models) -> String? {
        if showsRejected { return "a rejected file has no preview" }
        if showsBalance { return "frames belong to the preview: \(models.keys[.showBalance]) brings it back" }
        guard selectedRow(models[CorporaView.self]) != nil else { return "no clip is selected" }
        guard let preview = preview(models) else { return "the preview is being read" }
        if case .missing(let reason) = preview.state { return "there is no preview: \(reason)" }
        if preview.frames < 2 { return preview.frames == 1 ? "this clip has one frame" : "this clip has no frames" }
        if command == .nextFrame { return frame >= preview.frames - 1 ? "this is the last frame" : nil }
        return frame == 0 ? "this is the first frame" : nil
    }
}
