extension ErrorsPane {
    public func obstacle(_ command: Command, _ models: Models) -> String? {
        let view = models[AnswersView.self], keys = models.keys, rows = rows(view)
        switch command {
        case .openClip:
            if showsGroups { return groups.selectedRow(groupRows) == nil ? "no group is selected" : nil }
            return selectedRow(view) == nil ? "no clip is selected" : nil
        case .tagClip, .noteClip:
            if showsGroups { return "a group takes no tag and no note: \(keys[.openClip]) shows its clips" }
            return selectedRow(view) == nil ? "no clip is selected" : nil
        case .errorsDomain: return view.target.isEmpty ? "there are no clips of a target" : nil
        case .showDoubts:
            return showsDoubtsOnly || rows.contains { $0.doubt != nil && isInDomain($0, view) } ? nil : "no label here is likely wrong"
        case .otherEpoch: return view.epochs.count > 1 ? nil : "clips of one epoch only are kept"
        case .clearFilter: return isAvailable(command, models) ? nil : "there is nothing to clear, and no pane to go back to"
        case .showCorrect:
            if showsGroups { return "groups count right clips too: \(keys[.openClip]) shows a group's clips" }
            return rows.isEmpty ? "there are no predictions yet" : nil
        case .groupNext, .groupPrevious: return rows.isEmpty ? "there are no predictions yet" : nil
        default:
            return showsGroups ? groups.obstacle(command, groupRows, of: "groups", keys) : clips.obstacle(command, rows, of: "clips", keys)
        }
    }
}
