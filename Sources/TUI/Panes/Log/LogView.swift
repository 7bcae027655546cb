// What the Log pane shows: events of runs, what libraries said, and what the screen told.
import Corpora
import Foundation
import Records
import Viz

public struct LogView: PaneModel, Equatable {
    public enum Origin: Sendable, Equatable {
        case run(Int64)
        /// libav, by way of the program's own log.
        case libav
        /// Standard error of this session, and the program's log.
        case system
        case screen
    }

    public struct Entry: Sendable, Equatable {
        /// Grows within an origin's kind.
        public var id: String
        /// Seconds since 1970.
        public var time: Double
        public var level: MessageLevel
        public var origin: Origin
        public var step: Int?
        public var text: String

        public init(id: String, time: Double, level: MessageLevel, origin: Origin, step: Int? = nil, text: String) {
            self.id = id
            self.time = time
            self.level = level
            self.origin = origin
            self.step = step
            self.text = text
        }
    }

    /// So many are kept of each kind; older ones stay in the store and in the file.
    public static let limit = 2000

    public var isLoaded = false
    /// The run whose events these are; nil for all.
    public var run: Int64?
    /// Oldest first.
    public var entries: [Entry] = []
    /// Grows whenever `entries` changes.
    public var version = 0

    public init() {}
}

/// Sentences that stood in the bottom line of this screen.
public struct ScreenMessages: PaneModel, Equatable {
    public private(set) var entries: [LogView.Entry] = []
    public private(set) var count = 0

    public init() {}

    mutating func add(_ text: String, at time: Double, level: MessageLevel = .info) {
        count += 1
        entries.append(LogView.Entry(id: "s\(count)", time: time, level: level, origin: .screen, text: text))
        if entries.count > LogView.limit { entries.removeFirst(entries.count - LogView.limit) }
    }
}

/// Asks for events of the shown run, or of all.
public struct LogScopeRequest: FeedRequest, Equatable {
    public var allRuns: Bool
    public init(allRuns: Bool) { self.allRuns = allRuns }
}

/// The file that standard error goes to while the screen is open.
struct LogFileRequest: FeedRequest, Equatable { var path: String }

/// A message as a row.
struct LogRow: TableRow, Equatable {
    var entry: LogView.Entry
    /// Time of day where the user is.
    var clock: String

    var id: String { entry.id }

    static let filterColumns = ["time", "level", "from", "run", "step", "text"]
    static let exportColumns = filterColumns
    var exportValues: [DataValue] {
        [
            .date(Date(timeIntervalSince1970: entry.time)), DataValue(entry.level.rawValue), DataValue(origin), DataValue(run),
            DataValue(entry.step),
            DataValue(entry.text),
        ]
    }

    var origin: String {
        switch entry.origin {
        case .run: "run"
        case .libav: "libav"
        case .system: "system"
        case .screen: "screen"
        }
    }

    var run: Int64? { if case .run(let run) = entry.origin { run } else { nil } }

    func filterText(_ column: Int) -> String? {
        switch column {
        case 0: clock
        case 1: entry.level.rawValue
        case 2: origin
        case 3: run.map { "\($0)" }
        case 4: entry.step.map { "\($0)" }
        default: entry.text
        }
    }

    func filterNumber(_ column: Int) -> Double? {
        switch column {
        case 3: run.map(Double.init)
        case 4: entry.step.map(Double.init)
        default: nil
        }
    }
}

extension MessageLevel {
    var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }
}
