// Events from the store, and the lines that libraries wrote to standard error while the screen is open.
import Foundation
import Records
import Store

struct LogReader: StoreReader {
    private let session: SessionLog?
    private var allRuns = false
    private var shown: Int64?
    private var events: [LogView.Entry] = []
    private var lastEvent: Int64 = 0
    private var file: LogFile?
    private var lines: [LogView.Entry] = []
    private var version = 0
    private var isLoaded = false

    init(session: SessionLog? = nil) { self.session = session }

    mutating func take(_ request: any FeedRequest) -> Bool {
        switch request {
        case let request as LogScopeRequest:
            guard request.allRuns != allRuns else { return true }
            allRuns = request.allRuns
            forget()
        case let request as LogFileRequest: file = LogFile(path: request.path)
        default: return false
        }
        return true
    }

    private mutating func forget() {
        (events, lastEvent, isLoaded) = ([], 0, false)
    }

    mutating func read(_ turn: StoreTurn) throws -> [any PaneModel] {
        var isChanged = !isLoaded
        if turn.shown != shown {
            shown = turn.shown
            if !allRuns { forget() }
            isChanged = true
        }
        if turn.runsChanged || isChanged {
            let fresh: [(run: Int64, event: StoredEvent)] =
                if allRuns {
                    try turn.store.events(after: lastEvent, limit: LogView.limit)
                } else if let shown {
                    try turn.store.latestEvents(run: shown, after: lastEvent, limit: LogView.limit).map { (shown, $0) }
                } else {
                    []
                }
            if let last = fresh.last {
                lastEvent = last.event.id
                events += fresh.map { run, event in
                    LogView.Entry(
                        id: "e\(event.id)", time: event.time.timeIntervalSince1970, level: event.level, origin: .run(run),
                        step: event.step.flatMap { $0 > 0 ? $0 : nil }, text: event.text)
                }
                events.removeFirst(max(0, events.count - LogView.limit))
                isChanged = true
            }
        }
        let new = (file?.read(now: Date().timeIntervalSince1970) ?? []) + (session?.take() ?? [])
        if !new.isEmpty {
            lines += new
            lines.removeFirst(max(0, lines.count - LogView.limit))
            isChanged = true
        }
        guard isChanged else { return [] }
        isLoaded = true
        version += 1
        var view = LogView()
        view.isLoaded = true
        view.run = allRuns ? nil : shown
        view.version = version
        // Both are in order of time; a file's lines bear the time they were read.
        view.entries = (events + lines).enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
        return [view]
    }
}

/// A growing text file, read line by line as it grows.
struct LogFile {
    let path: String
    private var offset: UInt64 = 0
    private var count = 0
    /// A line whose end has not been written yet.
    private var rest = Data()

    /// Bytes taken at one time, and of one line.
    private static let portion = 65536
    private static let longest = 4096

    init(path: String) { self.path = path }

    mutating func read(now: Double) -> [LogView.Entry] {
        var info = stat()
        guard stat(path, &info) == 0, UInt64(max(0, info.st_size)) > offset, let handle = FileHandle(forReadingAtPath: path) else {
            return []
        }
        defer { try? handle.close() }
        guard (try? handle.seek(toOffset: offset)) != nil, let data = try? handle.read(upToCount: LogFile.portion), !data.isEmpty else {
            return []
        }
        offset += UInt64(data.count)
        rest.append(data)
        var entries: [LogView.Entry] = []
        while let end = rest.firstIndex(of: 0x0A) {
            add(rest[..<end], now, to: &entries)
            rest = Data(rest[rest.index(after: end)...])
        }
        // Without an end for so long, it is told as it is.
        if rest.count > LogFile.longest {
            add(rest, now, to: &entries)
            rest = Data()
        }
        return entries
    }

    private mutating func add(_ line: Data, _ now: Double, to entries: inout [LogView.Entry]) {
        let text = String(decoding: line.prefix(LogFile.longest), as: UTF8.self).trimmingCharacters(in: .whitespaces)
        guard !text.isEmpty else { return }
        count += 1
        let (level, origin, words) = LogFile.parsed(text)
        entries.append(LogView.Entry(id: "l\(count)", time: now, level: level, origin: origin, text: words))
    }

    /// A line of swift-log (`2026-01-01T10:00:00+0100 warning emolab.store: [Runs] words`) has its own level and name; others are warnings of somebody.
    static func parsed(_ line: String) -> (level: MessageLevel, origin: LogView.Origin, text: String) {
        let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].count >= 19, parts[0].contains("T"), parts[0].first?.isNumber == true else {
            return (.warning, .system, line)
        }
        let level: MessageLevel
        switch parts[1] {
        case "trace", "debug": level = .debug
        case "info", "notice": level = .info
        case "warning": level = .warning
        case "error", "critical": level = .error
        default: return (.warning, .system, line)
        }
        return (level, parts[2].hasPrefix("libav") ? .libav : .system, "\(parts[2]) \(parts[3])")
    }
}
