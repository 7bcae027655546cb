// The workbench without a terminal: plays keys, waits until all is quiet between them, and shows what the screen would show.
import Dispatch
import Foundation
import Synchronization
import Viz

/// What a played script ended with.
public struct PlayResult: Sendable {
    public var grid: CellGrid
    /// The expectation that was not met; nil where all were.
    public var failure: String?
}

public final class Player {
    private var workbench: Workbench
    private let feed: any Feed
    private var size: (width: Int, height: Int)
    private let folder: String
    private let arrived = DispatchSemaphore(value: 0)
    private let models = Arrivals()

    private final class Arrivals: Sendable {
        let box = Mutex<[any PaneModel]>([])
    }

    /// - Parameter folder: where exports go.
    public init(workbench: Workbench, feed: any Feed, width: Int, height: Int, folder: String = FileManager.default.currentDirectoryPath) {
        self.workbench = workbench
        self.feed = feed
        self.folder = folder
        size = (width, height)
    }

    /// Plays `script` from a feed that is started here and stopped at the end.
    public func play(_ script: Script) -> PlayResult {
        feed.start { [models, arrived] model in
            models.box.withLock { $0.append(model) }
            arrived.signal()
        }
        defer { feed.stop() }
        var runner = ScriptRunner(script)
        while true {
            let isIdle = settle()
            let now = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
            switch runner.step(isIdle: isIdle, now: now, screen: { draw().text }) {
            case .waiting: if !runner.isFinished || !isIdle { _ = arrived.wait(timeout: .now() + 0.02) }
            case .input(let input):
                // A pane may remember what was drawn, so every key meets a drawn screen.
                _ = draw()
                let rest = workbench.carryOut(workbench.handle(input), feed: feed, folder: folder)
                for case .quit in rest { return PlayResult(grid: draw()) }
            case .size(let width, let height): size = (width, height)
            case .failed(let reason): return PlayResult(grid: draw(), failure: reason)
            case .finished: return PlayResult(grid: draw())
            }
        }
    }

    /// Seconds that a frame waits for a store that could not be read: the feed looks again.
    private static let storePatience = 3.0

    /// The screen once all is quiet and the store was read, or after `patience` seconds; draws by the look of the workbench.
    public func frame(patience: Double) -> CellGrid {
        feed.start { [models, arrived] model in
            models.box.withLock { $0.append(model) }
            arrived.signal()
        }
        let start = DispatchTime.now()
        while !settle() || (storeFailure != nil && DispatchTime.now() < start + Self.storePatience), DispatchTime.now() < start + patience {
            _ = arrived.wait(timeout: .now() + 0.02)
        }
        feed.stop()
        return draw()
    }

    /// What the workbench knows by now.
    public var state: Workbench { workbench }
    /// Why the store cannot be read; nil where it can.
    public var storeFailure: String? { workbench.models[StoreFailure.self].text }

    private func draw() -> CellGrid { workbench.draw(width: size.width, height: size.height) }

    /// Takes what has arrived. True where nothing is under way: what was asked has been answered, and all answers are in.
    private func settle() -> Bool {
        // The count first: a model is delivered before its request counts as answered.
        let isBusy = feed.pending > 0
        let waiting = models.box.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for model in waiting { _ = workbench.carryOut(workbench.receive(model), feed: feed, folder: folder) }
        return !isBusy && waiting.isEmpty
    }
}

extension Workbench {
    /// Does what needs the feed or a file, and returns what needs a terminal.
    mutating func carryOut(_ effects: [Effect], feed: any Feed, folder: String) -> [Effect] {
        var rest: [Effect] = []
        for effect in effects {
            switch effect {
            case .issue(let order, let run): feed.issue(order, run: run)
            case .ask(let request): feed.ask(request)
            case .show(let requests): feed.show(requests)
            case .export(let format):
                let size = (max(screen.width, Workbench.smallest.width), max(screen.height, Workbench.smallest.height))
                let grid = drawPane(width: size.0, height: size.1)
                let (name, look) = (pane.name.rawValue, look)
                tell { try Export.write(grid, as: format, name: name, folder: folder, look: look) }
            case .exportTable(let table):
                let name = pane.name.rawValue
                tell { try Export.write(table, name: name, folder: folder) }
            case .copy(let text):
                copy(text)
                rest.append(effect)
            case .say, .confirm, .open, .back, .share: break  // The workbench's own.
            case .quit, .detach, .suspend, .repaint: rest.append(effect)
            }
        }
        return rest
    }

    private mutating func tell(_ write: () throws -> String) {
        do {
            say("written: \(try write())")
        } catch {
            say("\(error)")
        }
    }

    /// Beside the clipboard, which a terminal may ignore, copied text is in a file.
    private mutating func copy(_ text: String) {
        let lines = text.split(separator: "\n").count
        let what = lines == 1 ? "“\(CellText.fitted(text, 30))”" : "\(Numbers.count(lines)) lines"
        do {
            try Export.write(text, to: copyFile)
            say("copied \(what) to the clipboard (OSC 52) and \(copyFile)")
        } catch {
            say("copied \(what) to the clipboard (OSC 52); \(error)")
        }
    }
}
