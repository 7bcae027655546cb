extension LogPane {
    public func obstacle(_ command: Command, _ models: Models) -> String? {
        switch command {
        case .closeMessage: return isOpen || list.hasFilter ? nil : "there is no message to close and no filter to clear"
        case .logLevel, .logScope: return models[LogView.self].isLoaded ? nil : "the store is being read"
        case .openMessage: return list.selectedIndex == nil ? "no message is selected" : nil
        // At the end it follows again.
        case .lastRow, .nextRow, .nextPage:
            return list.visible.isEmpty || follows ? list.obstacle(command, rows, of: "messages", models.keys) : nil
        default: return list.obstacle(command, rows, of: "messages", models.keys)
        }
    }
}
