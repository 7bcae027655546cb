// The real program, killed without warning again and again, against one that was left alone.
import Base
import Foundation
import GRDB
import Records
import Runs
import Store
import TensorFiles
import Tensors
import Testing
import Training

extension EndToEnd {
    @Suite(.serialized) struct ResumeTests {
        private static let settings = [
            "--set", "training.epochs=8", "--set", "training.checkpoint_minutes=0.002", "--set", "augmentation.enabled=true", "--seeds",
            "7",
        ]

        @Test("A run goes on, is scored and asked when the runs that it started from and that chose its clips are gone")
        func withoutItsStart() throws {
            let home = try PredictTests.homeWithRun()
            let words = [
                "train", "demo", "--json", "--set", "training.start=run:1", "--set", "adaptation.subset=uncertainty", "--set",
                "adaptation.subset_model=run:1",
            ]
            let made = try RunningProgram(words + ["--set", "training.epochs=1"], in: home).finish(within: 300)
            #expect(made.status == 0, "\(made.errors)")
            #expect(try home.emolab("runs", "delete", "1", "--yes").status == 0)
            let resumed = try home.emolab("train", "--resume", "2", "--set", "training.epochs=2", "--json")
            #expect(resumed.status == 0 && (try? resumed.lastJSON()["epochs"].int) == 2, "\(resumed.errors)")
            #expect(try home.emolab("eval", "2", "--bootstrap", "0").status == 0)
            // A new run needs them.
            let anew = try home.emolab("train", "--parent", "2", "--json")
            #expect(anew.status == 1 && anew.errors.contains("there is no run 1"), "\(anew.errors)")
        }

        @Test("Killed with SIGKILL several times in a row, each time resumed, a run leaves the rows and weights of one that never was")
        func killedAgainAndAgain() throws {
            let home = try Demo.homeWithCorpora()
            #expect(try RunningProgram(["train", "demo", "--json"] + Self.settings, in: home).finish(within: 300).status == 0)
            var program = try RunningProgram(["train", "demo", "--json"] + Self.settings, in: home)
            let store = try RunStore(at: home.store, access: .readOnly)
            let total = try #require(try store.run(1)?.plan?.steps)
            var random = RandomStream(seed: UInt64(Date().timeIntervalSince1970), name: "kills")
            var kills: [Int] = []
            while true {
                // Some steps on from where it is now, which is where the store is but for a fraction of a second.
                let before = try store.run(2)?.summary.step ?? 0
                let goal = before + 1 + random.int(below: max(total / 4, 1))
                try eventually("step \(goal)", within: 120) {
                    guard program.status == nil else { return true }
                    guard let run = try store.run(2)?.summary else { return false }
                    return run.step >= goal && RunFiles.hasCheckpoint(store.runFolder(of: run))
                }
                if program.status != nil || kills.count == 6 { break }
                usleep(UInt32(random.int(below: 100_000)))
                program.send(SIGKILL)
                guard try program.finish().status == -SIGKILL else { break }
                let run = try #require(try store.run(2)?.summary)
                kills.append(run.step)
                program = try RunningProgram(["train", "--resume", "2", "--json"], in: home)
                try eventually("the run goes on", within: 60) {
                    try program.status != nil || (store.run(2)?.summary.attempt ?? 0) > kills.count
                }
            }
            #expect(try program.finish().status == 0, "\(program.errorsSoFar)")
            #expect(!kills.isEmpty)

            let (whole, killed) = (try #require(try store.run(1)), try #require(try store.run(2)))
            #expect(killed.summary.state == .finished && killed.summary.attempt == kills.count + 1)
            func steps(_ run: Int64) throws -> [StepRecord] {
                try store.steps(run: run).map {
                    var step = $0; (step.seconds, step.waitingSeconds) = (0, 0); return step
                }
            }
            func epochs(_ run: Int64) throws -> [EpochRecord] {
                try store.epochs(run: run).map {
                    var epoch = $0; (epoch.seconds, epoch.savingSeconds) = (0, nil); return epoch
                }
            }
            #expect(try steps(2) == steps(1))
            #expect(try epochs(2) == epochs(1))
            #expect(try store.latestAnswers(run: 2) == store.latestAnswers(run: 1))
            #expect(try store.bestAnswers(run: 2) == store.bestAnswers(run: 1))
            #expect(
                killed.finalReport?.scores == whole.finalReport?.scores && killed.finalReport?.bestEpoch == whole.finalReport?.bestEpoch)
            for name in [RunFiles.best, RunFiles.last] {
                let files = try [whole, killed].map {
                    try Safetensors(contentsOf: store.runFolder(of: $0.summary).appendingPathComponent(name))
                }
                #expect(files[0].entries == files[1].entries, "\(name)")
            }
            func table(_ run: StoredRun) throws -> [[Substring]] {
                try String(contentsOf: store.runFolder(of: run.summary).appendingPathComponent("metrics.csv"), encoding: .utf8)
                    .split(separator: "\n").map { row in
                        // The fifth and the sixth column are seconds.
                        let cells = row.split(separator: ",", omittingEmptySubsequences: false)
                        return Array(cells.prefix(4) + cells.dropFirst(6))
                    }
            }
            #expect(try table(killed) == table(whole))
            print("killed \(kills.count) times, after steps \(kills) of \(total): the same rows and weights")
        }

        @Test("A change that was carried out just before SIGKILL is made again at its step; one that was not is carried out; a stop lapses")
        func orders() throws {
            let home = try Demo.homeWithCorpora()
            let run = try RunningProgram(
                ["train", "demo", "--json", "--set", "training.epochs=3000", "--set", "training.checkpoint_minutes=0"], in: home)
            try eventually("an epoch", within: 120) { run.outputSoFar.contains(#""event":"epoch""#) || run.status != nil }
            #expect(try RunningProgram(["runs", "order", "1", "set", "alpha.maximum", "0.05"], in: home).finish().status == 0)
            try eventually("the order is carried out") { run.outputSoFar.contains(#""event":"order""#) || run.status != nil }
            // The program stands still, so that orders stay where they are; not in the middle of a transaction, which would keep them out.
            let looker = try DatabaseQueue(path: home.store.path)
            try eventually("it stands still between two transactions") {
                run.send(SIGSTOP)
                usleep(10_000)
                if (try? looker.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE; ROLLBACK") }) != nil { return true }
                run.send(SIGCONT)
                return false
            }
            #expect(try RunningProgram(["runs", "order", "1", "set", "training.epochs", "4"], in: home).finish().status == 0)
            #expect(try RunningProgram(["runs", "order", "1", "pause"], in: home).finish().status == 0)
            run.send(SIGKILL)
            _ = try run.finish()
            let store = try RunStore(at: home.store, access: .readOnly)
            let before = try store.orders(run: 1)
            #expect(before.map(\.state) == [.applied, .pending, .pending])
            let applied = try #require(before.first?.step)
            let epochs = try #require(try store.run(1)?.summary.epoch)
            // So many epochs are over that four are too few: the run ends with the epoch that it is in.
            let resumed = try RunningProgram(["train", "--resume", "1"], in: home).finish(within: 120)
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(resumed.errors.contains("order 2 (training.epochs = 4) was not carried out before the run ended, and is now"))
            #expect(resumed.errors.contains("order 3 (pause) was not carried out before the run ended, and lapses"))
            #expect(try store.orders(run: 1).map(\.state) == [.applied, .applied, .lapsed])
            let events = try store.events(run: 1).map(\.text)
            let point = try #require(try store.epochs(run: 1).last { $0.epoch <= epochs })
            if applied >= point.step { #expect(events.contains { $0.contains("order 1 counts from step \(applied) again") }) }
            #expect(try store.orders(run: 1).first?.step == applied)
        }

        @Test(
            "A run whose last checkpoint is damaged goes on from the one before, and says so on standard error; with both damaged it says what to do"
        )
        func damaged() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            run.send(SIGTERM)
            #expect(try run.finish().status == 0)
            let folder = home.runs.appendingPathComponent("0001-demo-42"), last = folder.appendingPathComponent(RunFiles.last)
            var bytes = try Data(contentsOf: last)
            bytes[bytes.count / 3] ^= 1
            try bytes.write(to: last)
            let epochs = try #require(try RunStore(at: home.store, access: .readOnly).run(1)?.summary.epoch)
            let resumed = try RunningProgram(["train", "--resume", "1", "--set", "training.epochs=\(epochs + 1)"], in: home).finish(
                within: 120)
            #expect(
                resumed.status == 0 && resumed.errors.contains("warning: \(last.path) is damaged")
                    && resumed.errors.contains("the checkpoint before it"))
            let finished = try RunningProgram(["train", "--resume", "1"], in: home).finish()
            #expect(
                finished.status == 1 && finished.errors.contains("it has finished") && finished.errors.contains("--set training.epochs="))
            let longer = try RunningProgram(["train", "--resume", "1", "--set", "training.epochs=\(epochs + 2)"], in: home).finish(
                within: 120)
            #expect(longer.status == 0 && longer.errors.contains("goes on to \(epochs + 2)"))
            try Data().write(to: last)
            let neither = try RunningProgram(["train", "--resume", "1", "--set", "training.epochs=\(epochs + 3)"], in: home).finish()
            #expect(neither.status == 1 && neither.errors.contains("no whole checkpoint") && neither.errors.contains("train anew"))
        }
    }
}
