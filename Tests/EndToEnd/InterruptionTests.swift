// Killed, interrupted, told to stop: what is left behind can be read, and everything can go on.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct InterruptionTests {
        @Test("A run killed in mid-training leaves a readable store and whole weights, is seen as interrupted, and blocks nothing")
        func killedRun() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            #expect(try home.state(ofRun: 1) == "running")
            let folder = home.runs.appendingPathComponent("0001-demo-42")
            let checkpoint = folder.appendingPathComponent("last.ckpt")
            let best = folder.appendingPathComponent("best.safetensors")
            try eventually("the best weights") { FileManager.default.fileExists(atPath: best.path) || run.status != nil }
            run.send(SIGKILL)
            #expect(try run.finish().status == -SIGKILL)

            #expect(try home.state(ofRun: 1) == "interrupted")
            let shown = try home.json("runs", "show", "1", "--json")
            #expect(!shown["epochs"].array.isEmpty && shown["run"]["finalReport"] == .null)
            for file in [best, checkpoint] { try expectWholeSafetensors(file) }
            let order = try home.emolab("runs", "order", "1", "pause")
            #expect(order.status == 1 && order.errors.contains("run 1 is interrupted"))

            let next = try home.json("train", "demo", "--json", "--set", "training.epochs=1")
            #expect(next["run"].int == 2 && next["event"].string == "finished")
            #expect(try home.state(ofRun: 1) == "interrupted")
        }

        @Test("A program killed while it decodes clips leaves a cache that the next one goes on with")
        func killedPreparation() throws {
            let first = try Demo.firstRun()
            let home = try Home()
            _ = try home.json("corpora", "add", first.corpora.appendingPathComponent("crowd").path, "--json")
            // Many pictures a clip on one core, so that there is time to kill it.
            let slow = ["--set", "inputs.frames=128", "--set", "inputs.picture_size=224"]
            let preparing = try home.start("prepare", "crowd", "--workers", "1", slow[0], slow[1], slow[2], slow[3])
            func cached() throws -> Int {
                let result = try home.emolab("prepare", "crowd", "--status", "--json")
                return try result.status == 0 ? result.lastJSON().array.first?["clips"].int ?? 0 : 0
            }
            try eventually("a clip in the cache") { try cached() > 0 || preparing.status != nil }
            preparing.send(SIGKILL)
            try #require(try preparing.finish().status == -SIGKILL, "it was done before it could be killed")
            let before = try cached()
            #expect(try home.json("prepare", "crowd", "--verify", "--json")["whole"].int == before)
            let summary = try home.json("prepare", "crowd", "--json", slow[0], slow[1], slow[2], slow[3])
            #expect(summary["prepared"].int == Demo.clipsPerCorpus && summary["damaged"].array.isEmpty)
            #expect(summary["cached"].int == before && before < Demo.clipsPerCorpus)
        }

        @Test("SIGTERM, SIGINT and SIGHUP end a run after its step, saved; the program ends with 0", arguments: [SIGTERM, SIGINT, SIGHUP])
        func stopped(by signal: Int32) throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            run.send(signal)
            let result = try run.finish()
            #expect(result.status == 0)
            #expect(result.errors == "emolab: stopping after this step and saving; once more ends at once\n")
            let last = try result.lastJSON()
            #expect(last["event"].string == "stopped")
            #expect(try home.state(ofRun: 1) == "stopped")
            let steps = try #require(last["step"].int)
            let rows = try String(contentsOf: home.runs.appendingPathComponent("0001-demo-42/metrics.csv"), encoding: .utf8).split(
                separator: "\n")
            #expect(rows.count == steps + 1)
            try expectWholeSafetensors(home.runs.appendingPathComponent("0001-demo-42/last.ckpt"))
        }

        @Test("A terminal that closes tells a run twice, through its shell and by the kernel: it is saved all the same")
        func hungUpTwice() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            run.send(SIGHUP)
            try eventually("the first is heard") { run.errorsSoFar.contains("once more ends at once") || run.status != nil }
            run.send(SIGHUP)
            #expect(try run.finish().status == 0)
            #expect(try home.state(ofRun: 1) == "stopped")
            try expectWholeSafetensors(home.runs.appendingPathComponent("0001-demo-42/last.ckpt"))
        }

        @Test("A second signal ends a run at once, wherever it is: nothing crashes on the way out, and it goes on from its last checkpoint")
        func stoppedTwice() throws {
            let home = try Demo.homeWithCorpora()
            for attempt in 1...4 {
                let run = try attempt == 1 ? home.startTraining() : home.start("train", "--resume", "1", "--json")
                try eventually("it trains") { run.status != nil || run.outputSoFar.contains(#""event":"epoch""#) }
                run.send(SIGTERM)
                // Told apart from the first, which a signal that waits swallows.
                try eventually("the first is heard") { run.errorsSoFar.contains("once more ends at once") || run.status != nil }
                run.send(SIGTERM)
                let status = try run.finish().status
                // It may have been quicker to stop, and quicker still to say so.
                #expect(status == 128 + SIGTERM || status == 0, "\(run.errorsSoFar)")
                let state = try home.state(ofRun: 1)
                #expect(state == "stopped" || (state == "interrupted" && status != 0))
                try expectWholeSafetensors(home.runs.appendingPathComponent("0001-demo-42/last.ckpt"))
            }
        }

        @Test("Orders from another process pause a run, let it go on, change it and stop it")
        func orders() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            func order(_ words: String..., becomes state: String) throws {
                let given = try RunningProgram(["runs", "order", "1"] + words + ["--json"], in: home).finish()
                try #require(given.status == 0, "\(given.errors)")
                try eventually("the run is \(state)") { try home.state(ofRun: 1) == state }
            }
            try order("pause", becomes: "paused")
            let step = try home.json("runs", "show", "1", "--json")["run"]["summary"]["step"]
            try order("set", "alpha.maximum", "0.05", becomes: "paused")
            #expect(try home.json("runs", "show", "1", "--json")["run"]["summary"]["step"] == step)
            try order("resume", becomes: "running")
            try eventually("the order is applied") { run.outputSoFar.contains(#""event":"order""#) && run.outputSoFar.contains("0.05") }
            try order("stop", becomes: "stopped")
            #expect(try run.finish().status == 0)
        }

        @Test("Demo corpora that were killed in the making are completed, byte for byte as if nothing had happened")
        func killedDemo() throws {
            let whole = try contents(of: Demo.firstRun().corpora)
            let home = try Home()
            let folder = home.file("again")
            let making = try RunningProgram(["corpora", "make-demo", folder.path] + Demo.size, in: home)
            try eventually("three clips are made; errors: \(making.errorsSoFar)") {
                (try? contents(of: folder).keys.count { $0.hasSuffix(".mp4") || $0.hasSuffix(".flv") }) ?? 0 >= 3 || making.status != nil
            }
            making.send(SIGKILL)
            try #require(try making.finish().status == -SIGKILL, "it was done before it could be killed")
            let half = try contents(of: folder).filter { !$0.key.hasSuffix(".part") }
            #expect(half.count < whole.count)
            // What has its name is whole already.
            for (name, bytes) in half { #expect(whole[name] == bytes, "\(name)") }
            let result = try RunningProgram(["corpora", "make-demo", folder.path] + Demo.size, in: home).finish()
            #expect(result.status == 0 && result.errors == "")
            let completed = try contents(of: folder)
            #expect(completed.keys.sorted() == whole.keys.sorted())
            for (name, bytes) in completed { #expect(whole[name] == bytes, "\(name)") }
        }

        /// Every regular file below a folder, by its path there.
        private func contents(of folder: URL) throws -> [String: Data] {
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            var files: [String: Data] = [:]
            for name in names {
                var isFolder: ObjCBool = false
                let path = folder.appendingPathComponent(name).path
                guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
                // A file under way may take its name between the listing and here.
                files[name] = FileManager.default.contents(atPath: path)
            }
            return files
        }
    }
}
