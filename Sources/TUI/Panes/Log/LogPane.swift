// Pane Log: messages of runs, libraries and this screen, by level.
import Foundation
import Records
import Viz

extension Command {
    static let logLevel = Command("log.level")
    static let logScope = Command("log.scope")
    static let openMessage = Command("log.open")
    static let closeMessage = Command("log.close")
}

public struct LogPane: Pane {
    public let name = PaneName.log

    static let levels: [MessageLevel] = [.debug, .info, .warning, .error]

    var list = TableState<LogRow>()
    private(set) var rows: [LogRow] = []
    /// Messages below it are not shown.
    private(set) var level = MessageLevel.info
    private(set) var allRuns = false
    /// The message under the cursor is shown whole.
    private(set) var isOpen = false
    /// New messages move the cursor along; moving off the last one ends that.
    private(set) var follows = true
    private var version = -1
    private var screenCount = -1

    public init() {}

    public let bindings: [KeyBinding] =
        TableState<LogRow>.bindings(rows: "messages", canSort: false).map { binding in
            // Esc also closes the message; the table takes it otherwise.
            binding.command == .clearFilter
                ? KeyBinding([.escape], .closeMessage, "back", "Close the message, or take the filter away") : binding
        } + [
            KeyBinding([.enter], .openMessage, "whole", "The whole message, wrapped, and back"),
            KeyBinding([.character("v")], .logLevel, "level", "Least level that is shown: debug, info, warning, error"),
            KeyBinding([.character("a")], .logScope, "all runs", "Events of all runs, or of the shown one"),
        ]

    public var entry: TextEntry? { list.entry }

    public func isAvailable(_ command: Command, _ models: Models) -> Bool {
        switch command {
        case .closeMessage: isOpen || list.hasFilter
        case .openMessage: list.selectedIndex != nil
        case .logLevel, .logScope: models[LogView.self].isLoaded
        default: list.isAvailable(command, rows) ?? true
        }
    }

    public mutating func handle(_ command: Command, _ models: Models) -> [Effect] {
        refresh(models)
        switch command {
        case .logLevel:
            let next = (LogPane.levels.firstIndex(of: level) ?? 0) + 1
            level = LogPane.levels[next % LogPane.levels.count]
            show()
            return [.say("messages of level \(level.rawValue)\(level == .error ? "" : " and above")")]
        case .logScope:
            allRuns.toggle()
            return [.ask(LogScopeRequest(allRuns: allRuns)), .say(allRuns ? "events of all runs" : "events of the shown run")]
        case .openMessage: isOpen = !isOpen && list.selectedIndex != nil
        case .closeMessage:
            if isOpen {
                isOpen = false
            } else {
                _ = list.handle(.clearFilter, rows, where: isShown)
                show()
            }
        default:
            _ = list.handle(command, rows, where: isShown)
            follows = list.selected >= list.visible.count - 1
        }
        return []
    }

    public mutating func type(_ key: Key, _ models: Models) -> [Effect] {
        refresh(models)
        list.type(key, rows, where: isShown)
        if follows { list.select(list.visible.count - 1, rows) }
        return []
    }

    private var isShown: (LogRow) -> Bool {
        let rank = level.rank
        return { $0.entry.level.rank >= rank }
    }

    private mutating func show() {
        list.refresh(rows, where: isShown)
        if follows { list.select(list.visible.count - 1, rows) }
    }

    /// Messages of both kinds in one list by time, where either changed.
    mutating func refresh(_ models: Models) {
        let view = models[LogView.self], screen = models[ScreenMessages.self]
        guard view.version != version || screen.count != screenCount else { return }
        (version, screenCount) = (view.version, screen.count)
        var merged: [LogView.Entry] = []
        merged.reserveCapacity(view.entries.count + screen.entries.count)
        var (a, b) = (view.entries[...], screen.entries[...])
        while let first = a.first, let second = b.first { merged.append(first.time <= second.time ? a.removeFirst() : b.removeFirst()) }
        merged += a
        merged += b
        rows = merged.map { LogRow(entry: $0, clock: LocalTime.clock(Date(timeIntervalSince1970: max(0, min($0.time, 4e9))))) }
        show()
        if list.selectedIndex == nil { isOpen = false }
    }

    public mutating func receive(_ models: Models) -> [Effect] {
        refresh(models)
        return []
    }

    public mutating func click(x: Int, y: Int, _ models: Models) -> [Effect] {
        if list.click(x: x, y: y, rows) { follows = list.selected >= list.visible.count - 1 }
        return []
    }

    public func copyText(_ models: Models) -> String? { list.selectedRow(rows)?.entry.text }
    public func table(_ models: Models) -> PaneTable? { rows.isEmpty ? nil : list.table(rows) }

    public var memory: PaneMemory { ["level": level.rawValue] }
    public mutating func restore(_ memory: PaneMemory) { level = memory["level"].flatMap(MessageLevel.init) ?? level }

    // MARK: Drawing

    private func isEmpty(_ models: Models) -> Bool { models[LogView.self].entries.isEmpty && models[ScreenMessages.self].entries.isEmpty }

    public func state(_ models: Models) -> PaneState {
        let view = models[LogView.self]
        if models[StoreFailure.self].text == nil, !view.isLoaded { return .readingStore }
        guard isEmpty(models) else { return .ready }
        let hint = allRuns || view.run == nil ? "Nothing has run yet." : "\(models.keys[.logScope]) shows those of all runs."
        return .empty("No messages", role: .muted, [hint])
    }

    /// The screen's own messages are worth reading without a store too.
    public func needsStore(_ models: Models) -> Bool { isEmpty(models) }

    public mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
        refresh(models)
        let view = models[LogView.self], failure = models[StoreFailure.self]
        let isBoxed = rect.height >= 6 && rect.width >= 24
        let box = Box(title(view), key: key, right: state(), isFocused: isFocused)
        var inner = isBoxed ? box.draw(into: &grid, rect, look).inset(vertically: 0) : rect
        if let text = failure.text, inner.height > 2 {
            let (line, rest) = inner.splitTop(1)
            grid.text("✗ the store cannot be read: \(text)", x: line.x, y: line.y, look[.bad], limit: line.width)
            inner = rest
        }
        inner = list.drawFilter(into: &grid, inner, look)
        guard !list.visible.isEmpty else {
            let hints = [
                list.hasFilter ? "\(models.keys[.closeMessage]) clears the filter." : "\(models.keys[.logLevel]) shows lower levels."
            ]
            return grid.notice(Span("No message matches", look[.muted]), hints, in: inner, look)
        }
        guard isOpen, let row = list.selectedRow(rows) else { return drawRows(into: &grid, inner, look) }
        let wrapped = CellText.wrapped(row.entry.text, max(1, inner.width))
        let height = min(wrapped.count + 2, inner.height * 2 / 3)
        let (upper, lower) = inner.splitTop(inner.height - max(1, height))
        drawRows(into: &grid, upper, look)
        var y = lower.y
        if lower.height > 2 {
            let place = [
                row.clock, row.entry.level.rawValue, row.origin + (row.run.map { " \($0)" } ?? ""), row.entry.step.map { "step \($0)" },
            ]
            grid.text(String(repeating: "─", count: lower.width), x: lower.x, y: y, look[.border])
            grid.text(
                " " + place.compactMap(\.self).joined(separator: " · ") + " ", x: lower.x + 1, y: y, look[.muted],
                limit: max(0, lower.width - 2))
            y += 1
        }
        for line in wrapped.prefix(max(0, lower.endY - y)) {
            grid.text(line, x: lower.x, y: y, LogPane.ink(row.entry.level, look), limit: lower.width)
            y += 1
        }
        if wrapped.count > lower.endY - lower.y - 1, lower.height > 2 { grid.text("…", x: lower.endX - 1, y: lower.endY - 1, look[.muted]) }
    }

    private func title(_ view: LogView) -> String {
        allRuns || view.run == nil ? "\(name.title) · all runs" : "\(name.title) · run \(view.run ?? 0)"
    }

    private func state() -> String {
        let count =
            list.visible.count == rows.count
            ? Numbers.count(rows.count) : "\(Numbers.count(list.visible.count)) of \(Numbers.count(rows.count))"
        return "\(level.rawValue)\(level == .error ? "" : " +")   \(count)   \(follows ? "following" : "held")"
    }

    private static func ink(_ level: MessageLevel, _ look: Look) -> Ink {
        switch level {
        case .error: look[.bad]
        case .warning: look[.target]
        case .info: look[.text]
        case .debug: look[.muted]
        }
    }

    private mutating func drawRows(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        let columns = [
            TableColumn("time", width: 8, giveWay: 1), TableColumn("", width: 1), TableColumn("from", width: 8, giveWay: 2),
            TableColumn("step", width: 7, alignment: .right, giveWay: 3),
            // Whatever is left over is the text's.
            TableColumn("message", width: max(8, rect.width / 2), isFlexible: true),
        ]
        let rows = rows
        list.draw(into: &grid, rect, columns: columns, look) { index in
            guard rows.indices.contains(index) else { return [] }
            let row = rows[index], ink = LogPane.ink(row.entry.level, look)
            let mark =
                switch row.entry.level {
                case .error: "✗"
                case .warning: "!"
                default: " "
                }
            return [
                Span(row.clock, look[.muted]), Span(mark, ink), Span(row.run.map { "run \($0)" } ?? row.origin, look[.muted]),
                Span(row.entry.step.map(Numbers.count) ?? "", look[.muted]),
                Span(row.entry.text.split(separator: "\n").joined(separator: " "), ink),
            ]
        }
    }
}
