// What a pane is: its keys, what they do, what state it is in, and how it draws a plain model. A further pane is a new file, a name in
// `PaneName` and an entry in `Workbench.allPanes`.
import Corpora
import Records
import Viz

/// A plain value that a feed makes and a pane draws.
public protocol PaneModel: Sendable {
    init()
    /// Whether an earlier one that nobody has seen yet may be dropped.
    static var replacesEarlier: Bool { get }
}

extension PaneModel {
    public static var replacesEarlier: Bool { true }
}

/// The newest model of every kind. Panes read it, only the workbench writes it.
public struct Models: Sendable {
    private var values: [ObjectIdentifier: any PaneModel] = [:]

    public init() {}

    public subscript<Model: PaneModel>(_ type: Model.Type) -> Model { values[ObjectIdentifier(type)] as? Model ?? Model() }

    public mutating func set(_ model: any PaneModel) { values[ObjectIdentifier(type(of: model))] = model }
}

/// Something a pane wants from the feed: another run, a tag. Each feed answers the kinds it knows.
public protocol FeedRequest: Sendable {}

/// Something that a pane shows as long as it is on the screen: the preview of a clip, what a run says of it. The feed keeps the answer true.
public protocol StandingRequest: Sendable, Equatable {}

extension StandingRequest {
    func isSame(as other: any StandingRequest) -> Bool { other as? Self == self }
}

/// From which pane the focused one was opened; nil where there is no way back.
public struct WayBack: PaneModel, Equatable {
    public var pane: PaneName?
    public init() {}
    public init(pane: PaneName?) { self.pane = pane }
}

/// The store cannot be read: the frame says so in place of every pane that needs it.
public struct StoreFailure: PaneModel, Equatable {
    public var text: String?
    public init() {}
    public init(text: String?) { self.text = text }
}

/// What a key press asks of the world outside the state machine.
public enum Effect: Sendable {
    case issue(Order, run: Int64)
    case ask(any FeedRequest)
    /// All that the panes on the screen show, instead of what they showed before.
    case show([any StandingRequest])
    /// Shows the pane, opened on a topic.
    case open(pane: PaneName, any Topic)
    /// Back to the pane from which this one was opened.
    case back
    /// A model that this pane makes for the others, such as marked runs.
    case share(any PaneModel)
    /// To the user's clipboard.
    case copy(String)
    case confirm(Question)
    case say(String)
    case export(ExportFormat)
    /// What a pane shows as numbers, to a CSV file.
    case exportTable(PaneTable)
    /// Leave the screen; a run in this process is told to stop and save first where `stoppingRun` is set.
    case quit(stoppingRun: Bool)
    /// Leave the screen; a run in this process is to go on in a process of its own.
    case detach
    case suspend
    case repaint
}

/// A question over the screen. Escape always cancels.
public struct Question: Sendable {
    public struct Choice: Sendable {
        public var key: Key
        public var label: String
        public var effects: [Effect]

        public init(_ key: Key, _ label: String, _ effects: [Effect]) {
            self.key = key
            self.label = label
            self.effects = effects
        }
    }

    public var title: String
    public var text: String
    public var choices: [Choice]

    /// Its choices and the way out, as the screen names them.
    var keys: [FixedKey] { choices.map { FixedKey($0.key, label: $0.label) } + [.cancel] }

    public init(_ title: String, _ text: String, _ choices: [Choice]) {
        self.title = title
        self.text = text
        self.choices = choices
    }
}

public protocol Pane: Sendable {
    var name: PaneName { get }
    /// The key that shows it; nil for one that only the palette and the keys for the next and the previous pane reach.
    var key: Character? { get }
    var bindings: [KeyBinding] { get }
    /// Text being typed into the pane; keys go to `type` while there is one.
    var entry: TextEntry? { get }
    /// The footer's keys meanwhile.
    var entryKeys: [FixedKey] { get }

    /// True where the command does something now: the footer shows no other.
    func isAvailable(_ command: Command, _ models: Models) -> Bool
    /// Why the command can do nothing now, for the bottom line; nil where it does something. Such a command is not handed on.
    func obstacle(_ command: Command, _ models: Models) -> String?
    mutating func handle(_ command: Command, _ models: Models) -> [Effect]
    mutating func type(_ key: Key, _ models: Models) -> [Effect]
    /// What the pane shows of things that take time to answer; asked for while it is on the screen, and kept true.
    func shows(_ models: Models) -> [any StandingRequest]
    /// A model changed: keep the selection, ask for what is missing.
    mutating func receive(_ models: Models) -> [Effect]
    /// Another pane asks this one to show something.
    mutating func open(_ topic: any Topic, _ models: Models) -> [Effect]
    /// What it has to show. Only a pane that is ready draws itself; the frame draws what stands in place of another.
    func state(_ models: Models) -> PaneState
    /// False where the pane has something to show although the store cannot be read.
    func needsStore(_ models: Models) -> Bool
    /// Draws inside `rect`, any size from 1x1. May remember what was drawn (scroll offset, page height), nothing else.
    mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool)

    /// What `y` copies, such as the row under the cursor; nil copies the pane as it is drawn.
    func copyText(_ models: Models) -> String?
    /// What the pane shows as numbers, for CSV; nil where it has none.
    func table(_ models: Models) -> PaneTable?
    /// The mouse was clicked on a cell of the grid that the pane drew last.
    mutating func click(x: Int, y: Int, _ models: Models) -> [Effect]
    /// The wheel was turned by `rows`, down where positive.
    mutating func scroll(_ rows: Int, _ models: Models) -> [Effect]
    /// What is to be as it was when the workbench opens next: few short words, such as a smoothing.
    var memory: PaneMemory { get }
    /// Takes back what `memory` gave, perhaps in an older version: unknown or wrong words are left.
    mutating func restore(_ memory: PaneMemory)
}

/// What a pane remembers from one session to the next.
public typealias PaneMemory = [String: String]

/// Rows of a pane as values; every row has one for every heading.
public struct PaneTable: Sendable, Equatable {
    public var header: [String]
    public var rows: [[DataValue]]

    public init(header: [String], rows: [[DataValue]]) {
        self.header = header
        self.rows = rows
    }
}

extension Pane {
    public var key: Character? { name.key }
    public func needsStore(_ models: Models) -> Bool { true }
    public func copyText(_ models: Models) -> String? { nil }
    public func table(_ models: Models) -> PaneTable? { nil }
    public mutating func click(x: Int, y: Int, _ models: Models) -> [Effect] { [] }
    /// The wheel moves the cursor where the pane has one: three rows a notch, as most programs do.
    public mutating func scroll(_ rows: Int, _ models: Models) -> [Effect] {
        guard bindings.contains(where: { $0.command == .nextRow }) else { return [] }
        return (0..<min(abs(rows), 30)).flatMap { _ in handle(rows > 0 ? .nextRow : .previousRow, models) }
    }
    public var memory: PaneMemory { [:] }
    public mutating func restore(_ memory: PaneMemory) {}
    public var entry: TextEntry? { nil }
    public var entryKeys: [FixedKey] { FixedKey.filter }
    public func isAvailable(_ command: Command, _ models: Models) -> Bool { true }
    public func obstacle(_ command: Command, _ models: Models) -> String? { nil }
    public mutating func type(_ key: Key, _ models: Models) -> [Effect] { [] }
    public func shows(_ models: Models) -> [any StandingRequest] { [] }
    public mutating func receive(_ models: Models) -> [Effect] { [] }
    public mutating func open(_ topic: any Topic, _ models: Models) -> [Effect] { [] }
}

extension CellGrid {
    /// A calm notice in the middle of `rect`: a heading and lines that say what to do.
    mutating func notice(_ heading: Span, _ lines: [String], in rect: Rect, _ look: Look) {
        let wrapped = lines.flatMap { CellText.wrapped($0, rect.width - 2) }.cut(to: rect.height - 2, rect.width - 2)
        let count = 1 + (wrapped.isEmpty ? 0 : 1) + wrapped.count
        var y = rect.y + max(0, (rect.height - count) / 2)
        clipped(to: rect) { grid in
            grid.textCentred(heading.text, in: rect, y: y, heading.ink)
            y += 2
            for line in wrapped {
                grid.textCentred(line, in: rect, y: y, look[.muted])
                y += 1
            }
        }
    }
}
