// The demo corpora that these tests share: made once, by the first demo run, which is itself under test.
import Foundation
import Testing

enum Demo {
    /// Enough for every side of a split by speaker to have clips, and no more: making and preparing them takes seconds.
    static let size = ["--actors", "4", "--clips", "3"]
    static let clipsPerCorpus = 12

    /// `emolab demo --headless` from nothing: what it said, and the folders it worked in. Nobody writes to them afterwards.
    struct FirstRun: Sendable {
        let home: Home
        let corpora: URL
        let result: Program.Result
        /// The data folder as the run left it. That of `home` is opened by tests: a copy of it might miss what is just on its way from log to file.
        let finished: URL

        fileprivate init() throws {
            home = try Home()
            removeAtExit = home
            atexit(removeSharedFolders)
            corpora = home.file("demo corpora")
            result = try home.demo(corpora, "--headless", "--json", "--set", "training.epochs=2").finish(within: 300)
            finished = home.file("finished")
            try? FileManager.default.copyItem(at: home.data, to: finished)
        }
    }

    private static let made = Swift.Result { try FirstRun() }

    static func firstRun() throws -> FirstRun {
        let run = try made.get()
        guard run.result.status == 0 else { throw Program.Failure(description: "the first demo run failed: \(run.result.errors)") }
        return run
    }

    /// A user who has nothing yet but prepared clips of the shared corpora, and the arguments that run the demo on them.
    static func newHome() throws -> Home { try Home(cache: firstRun().home.cache) }

    /// A user whose store has both corpora.
    static func homeWithCorpora() throws -> Home {
        let home = try newHome()
        for corpus in ["studio", "crowd"] {
            _ = try home.json("corpora", "add", firstRun().corpora.appendingPathComponent(corpus).path, "--json")
        }
        return home
    }
}

extension Home {
    /// Starts `emolab demo` on the corpora in `folder`.
    func demo(_ folder: URL, _ arguments: String...) throws -> RunningProgram {
        try RunningProgram(["demo", "--folder", folder.path] + Demo.size + arguments, in: self)
    }

    /// Starts a run on the demo corpora and returns when its first epoch is over; with thousands of epochs it does not end by itself.
    func startTraining(epochs: Int = 3000) throws -> RunningProgram {
        let run = try start("train", "demo", "--json", "--set", "training.epochs=\(epochs)")
        try eventually("the first epoch; errors: \(run.errorsSoFar)") {
            guard run.status == nil else { throw Program.Failure(description: "the run ended: \(run.errorsSoFar)") }
            return run.outputSoFar.contains(#""event":"epoch""#)
        }
        return run
    }
}

private nonisolated(unsafe) var removeAtExit: Home?

/// Called by exit(3), when no test runs any more.
private func removeSharedFolders() { removeAtExit?.remove() }
