// The loop: waits for keys, models and signals at once, draws when something changed, restores the terminal on every way out.
import CNcurses
import Foundation
import Records
import Viz

public struct WorkbenchOptions: Sendable {
    /// A run whose trainer lives in this process; quitting asks about it.
    public var localRun: Int64?
    /// The pane shown first; the one that is remembered, unless given.
    public var pane: PaneName?
    /// Colours, glyphs and theme to draw with.
    public var terminal = TerminalChoice.found()
    public var settings = WorkbenchSettings()
    /// Where the view is remembered; nowhere unless given.
    public var view: ViewStore?
    /// Keys to be played before the user's.
    public var script: Script?
    /// A file that every key is written to.
    public var recording: String?
    /// What is to be said of the store, on the first screen.
    public var notice: String?
    /// Where standard error goes meanwhile; a file in the user's state folder unless told.
    public var log: String?

    public init() {}
}

/// How the user left.
public enum WorkbenchEnd: Sendable, Equatable {
    case quit
    /// The run in this process was stopped and saved, and is to go on in a process of its own.
    case detached
    /// Asked to leave by this signal: a run in this process is to be stopped and saved, the exit status is 128 + number.
    case signal(Int32)
}

extension Workbench {
    /// Opens the workbench on the terminal and returns when the user leaves. Call on the main thread, and before any other
    /// thread wants these signals. Prints one line to standard error afterwards where libraries had something to say.
    /// - Throws: `TerminalError` where there is no terminal.
    public static func run(feed: any Feed, options: WorkbenchOptions = WorkbenchOptions()) throws -> WorkbenchEnd {
        let environment = ProcessInfo.processInfo.environment
        let locale = TerminalLocale(environment)
        locale.install()
        let choice = options.terminal
        var ends: [Int32] = [0, 0]
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, pipe(&ends) == 0 else { throw TerminalError.notATerminal }
        let (reading, writing) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        Signals.install(pipe: writing)
        var afterwards: String?
        defer {
            Signals.remove()
            close(reading)
            close(writing)
            if let afterwards { try? FileHandle.standardError.write(contentsOf: Data((afterwards + "\n").utf8)) }
        }
        let terminal = try Terminal(choice)
        let log = StandardErrorLog(path: options.log ?? StandardErrorLog.defaultPath(environment: environment))
        defer {
            terminal.close()
            afterwards = log?.restore()
        }
        let look = Look(theme: choice.theme, colours: terminal.colours, glyphs: choice.glyphs)
        var settings = options.settings
        settings.theme = choice.theme
        var workbench = Workbench(look: look, localRun: options.localRun, focus: options.pane, settings: settings)
        workbench.clock = { Date().timeIntervalSince1970 }
        workbench.limits.colours = terminal.deepest
        workbench.limits.isUTF8 = locale.isUTF8
        let recording = try options.recording.map { try Recording(path: $0) }
        let mailbox = Mailbox(pipe: writing)
        defer { feed.stop() }  // Before the pipe is closed.
        if let log { feed.ask(LogFileRequest(path: log.path)) }
        var loop = Loop(
            workbench: workbench, terminal: terminal, feed: feed, mailbox: mailbox, pipe: reading,
            script: options.script.map { ScriptRunner($0) },
            recording: recording)
        loop.workbench.tellProblems()
        if let warning = terminal.warning { loop.workbench.say(warning) }
        if let notice = options.notice { loop.workbench.say(notice) }
        let end = loop.run()
        options.view?.write(loop.workbench.view)
        return end
    }

    /// One frame without a terminal: waits until the feed has answered all that the pane asks for, or `patience` seconds.
    public static func snapshot(
        feed: any Feed, pane: PaneName, width: Int, height: Int, look: Look = Look(), patience: Double = 60
    ) -> CellGrid {
        Player(workbench: Workbench(look: look, focus: pane), feed: feed, width: width, height: height).frame(patience: patience)
    }
}

/// State of the loop between two events.
private struct Loop {
    var workbench: Workbench
    let terminal: Terminal
    let feed: any Feed
    let mailbox: Mailbox
    let pipe: Int32
    private var script: ScriptRunner?
    private let recording: Recording?
    private var end: WorkbenchEnd?
    /// Leave as soon as the run in this process has ended.
    private var leavesAfterRun = false
    private var detaches = false
    /// A model came and is not on the screen yet.
    private var isStale = true
    private var lastFrame = 0.0
    /// When what moves on the screen moves next.
    private var nextTick: Double?
    /// Seconds from one frame to the next that models ask for; keys are answered at once. At least a tenth, and so long that drawing takes a
    /// hundredth of a core: a long run's frame costs more than a short one's.
    private var pace = Loop.quickest
    private static let quickest = 0.1
    private static let slowest = 1.0

    init(
        workbench: Workbench, terminal: Terminal, feed: any Feed, mailbox: Mailbox, pipe: Int32, script: ScriptRunner?,
        recording: Recording?
    ) {
        self.script = script
        self.recording = recording
        self.workbench = workbench
        self.terminal = terminal
        self.feed = feed
        self.mailbox = mailbox
        self.pipe = pipe
    }

    mutating func run() -> WorkbenchEnd {
        var size = terminal.size
        recording?.size(size.width, size.height)
        // The first frame before anything is read.
        draw(size)
        feed.start { [mailbox] in mailbox.put($0) }
        while end == nil {
            var waits = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0), pollfd(fd: pipe, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&waits, 2, timeout)
            var answersKey = isTickDue()
            if answersKey { carryOut(workbench.tick()) }
            if waits[1].revents != 0 { readPipe() }
            // The other end of a terminal that is gone never delivers a key again.
            if waits[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 { end = end ?? .signal(SIGHUP) }
            if waits[0].revents & Int16(POLLIN) != 0 {
                let inputs = terminal.inputs()
                if inputs.isEmpty, read0() { end = end ?? .signal(SIGHUP) }
                for input in inputs where end == nil { take(input) }
                answersKey = true
            }
            let isBusy = feed.pending > 0
            let models = mailbox.take()
            for model in models {
                carryOut(workbench.receive(model))
                isStale = true
            }
            if end == nil, playOn(isIdle: !isBusy && models.isEmpty) { answersKey = true }
            if leavesAfterRun, !isLocalRunLive { end = end ?? (detaches ? .detached : .quit) }
            let newSize = terminal.size
            let isResized = newSize != size
            if isResized { recording?.size(newSize.width, newSize.height) }
            size = newSize
            if answersKey || isResized || (isStale && Loop.now() - lastFrame >= pace) { draw(size) }
            if nextTick == nil { nextTick = workbench.interval.map { Loop.now() + $0 } }
        }
        return end ?? .quit
    }

    /// Milliseconds until there is something to do without a key; -1 for ever.
    private var timeout: Int32 {
        let frame = isStale ? lastFrame + pace : nil
        // A script looks again soon: idleness is told by nobody.
        let step = script == nil ? nil : Loop.now() + 0.02
        guard let next = [frame, nextTick, step].compactMap({ $0 }).min() else { return -1 }
        return Int32(max(0, (next - Loop.now()) * 1000).rounded(.up))
    }

    /// True where a tick's time has come; sets the time of the next.
    private mutating func isTickDue() -> Bool {
        guard let interval = workbench.interval else {
            nextTick = nil
            return false
        }
        let now = Loop.now()
        guard let due = nextTick else {
            nextTick = now + interval
            return false
        }
        guard now >= due else { return false }
        // A pause in the terminal is not caught up with.
        nextTick = max(due + interval, now)
        return true
    }

    private mutating func take(_ input: Input) {
        recording?.input(input)
        carryOut(workbench.handle(input))
    }

    /// One step of the script; true where the screen changed.
    private mutating func playOn(isIdle: Bool) -> Bool {
        guard var runner = script else { return false }
        let size = terminal.size
        var copy = workbench
        switch runner.step(isIdle: isIdle, now: Loop.now(), screen: { copy.draw(width: size.width, height: size.height).text }) {
        case .waiting, .size: script = runner
        case .input(let input):
            script = runner
            take(input)
            return true
        case .failed(let reason):
            script = nil
            workbench.say("play stopped: \(reason)")
            return true
        case .finished: script = nil
        }
        return false
    }

    private mutating func draw(_ size: (width: Int, height: Int)) {
        let start = Loop.now()
        terminal.use(workbench.look.colours)
        terminal.use(mouse: workbench.hasMouse)
        terminal.draw(workbench.draw(width: size.width, height: size.height))
        isStale = false
        lastFrame = Loop.now()
        pace = min(max(Loop.quickest, (lastFrame - start) * 100), Loop.slowest)
    }

    private var isLocalRunLive: Bool {
        workbench.models[TrainView.self].runs.first { $0.id == workbench.localRun }?.state.isLive ?? false
    }

    /// True where the terminal says "readable" but gives nothing: it is gone.
    private func read0() -> Bool {
        var count: Int32 = 0
        return ioctl(STDIN_FILENO, UInt(FIONREAD), &count) != 0 || (count == 0 && isatty(STDIN_FILENO) == 0)
    }

    private mutating func readPipe() {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(pipe, &bytes, bytes.count)
        for byte in bytes.prefix(max(0, count)) {
            switch Int32(byte) {
            case SIGTSTP: suspend()
            case SIGCONT, SIGWINCH: if Int32(byte) == SIGCONT { terminal.repaint() }
            case SIGINT, SIGTERM, SIGHUP, SIGQUIT: end = end ?? .signal(Int32(byte))
            default: break
            }
        }
    }

    private mutating func suspend() {
        terminal.leave()
        kill(getpid(), SIGSTOP)
        // Here again after fg.
        terminal.repaint()
        isStale = true
    }

    private mutating func carryOut(_ effects: [Effect]) {
        for effect in workbench.carryOut(effects, feed: feed, folder: FileManager.default.currentDirectoryPath) {
            switch effect {
            case .quit(let stoppingRun):
                guard stoppingRun, let run = workbench.localRun else {
                    end = .quit
                    continue
                }
                feed.issue(.stop, run: run)
                leavesAfterRun = true
            case .detach:
                guard let run = workbench.localRun else { continue }
                feed.issue(.stop, run: run)
                (leavesAfterRun, detaches) = (true, true)
            case .suspend: suspend()
            case .repaint: terminal.repaint()
            case .copy(let text): terminal.copy(text)
            default: break  // Done already.
            }
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
