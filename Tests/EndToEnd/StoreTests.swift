// The store under the real program: old ones, foreign ones, one that is full or gone while a run goes on, and orders from several processes.
import Corpora
import Foundation
import Runs
import Store
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct StoreTests {
        /// Runs a tool of the system to its end.
        @discardableResult
        private static func tool(_ path: String, _ arguments: String...) throws -> Int32 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: path)
            process.arguments = arguments
            (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus
        }

        /// A small file system of its own, or a reason why there is none.
        private final class SmallDisk {
            let folder: URL

            init?(in home: Home, kilobytes: Int) {
                folder = home.file("small disk")
                try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                guard getuid() == 0, (try? tool("/bin/mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k,mode=700", "none", folder.path)) == 0
                else { return nil }
            }

            func remount(_ options: String) throws { _ = try tool("/bin/mount", "-o", "remount,\(options)", folder.path) }
            deinit { _ = try? tool("/bin/umount", "-l", folder.path) }
        }

        private static let canMount: Bool = {
            guard let home = try? Home() else { return false }
            return SmallDisk(in: home, kilobytes: 64) != nil
        }()

        /// A store with two corpora, as this program leaves it: one file.
        private func make(at url: URL) throws {
            let store = try RunStore(at: url)
            for corpus in ["crowd", "studio"] {
                let clips = ["a", "b"].map { Clip(name: $0, corpus: corpus, speaker: $0, emotion: "happy", video: "/nowhere/\($0).mp4") }
                try store.addCorpus(name: corpus, format: "table", folder: "/nowhere", scan: CorpusScan(clips: clips, rejected: []))
            }
            _ = try store.createRun(name: "nano", experiment: "name = \"nano\"", seed: 1)
        }

        /// A store as a program from before the first release left it.
        private func makeEarlier(at url: URL) throws -> Data {
            let sql = """
                PRAGMA application_id = 0x656D6F6C; CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                INSERT INTO grdb_migrations VALUES ('1 corpora'), ('2 runs'); CREATE TABLE runs (id INTEGER PRIMARY KEY, name TEXT);
                INSERT INTO runs VALUES (41, 'old');
                """
            try #require(try Self.tool("/usr/bin/sqlite3", url.path, sql) == 0, "sqlite3 made no store")
            return try Data(contentsOf: url)
        }

        /// Stores that were put aside in a folder.
        private func aside(in folder: URL) throws -> [URL] {
            try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).filter {
                $0.lastPathComponent.contains(".before-release-") && $0.pathExtension == "sqlite"
            }
        }

        @Test(
            "Programs killed at any moment while they put an earlier store aside lose nothing of it, and the next program makes a new one")
        func killedWhilePuttingAside() throws {
            let home = try Home()
            func fresh(_ name: String) throws -> (folder: URL, store: URL, bytes: Data) {
                let folder = home.file(name)
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let store = folder.appendingPathComponent("emolab.sqlite")
                return (folder, store, try makeEarlier(at: store))
            }
            // How long the program takes where nobody kills it.
            let measured = try fresh("measure"), start = ContinuousClock.now
            let told = try home.emolab("corpora", "list", "--store", measured.store.path)
            #expect(told.status == 0 && told.errors.contains("put aside as emolab.before-release-1.sqlite"), "\(told.errors)")
            let whole = (ContinuousClock.now - start) / .microseconds(1)
            var killed = 0
            for i in 0..<24 {
                let (folder, store, bytes) = try fresh("old \(i)")
                let program = try home.start("corpora", "list", "--store", store.path)
                usleep(UInt32(whole * (0.3 + 0.7 * Double(i) / 24)))
                program.send(SIGKILL)
                if try program.finish().status == -SIGKILL { killed += 1 }
                let result = try home.emolab("corpora", "list", "--json", "--store", store.path)
                // Killed between the two names, nothing is there by the old one.
                if result.status != 0 {
                    #expect(result.errors.contains("there is no store at") && !FileManager.default.fileExists(atPath: store.path))
                    _ = try RunStore(at: store)
                }
                #expect(try aside(in: folder).map { try Data(contentsOf: $0) } == [bytes])
                #expect(try RunStore(at: store).corpora().isEmpty)
            }
            print("killed while putting aside: \(killed) of 24")
            #expect(killed > 4)
        }

        @Test("Four programs that meet an earlier store at once put it aside once, and show the new one")
        func putAsideAtOnce() throws {
            let home = try Home()
            for round in 0..<3 {
                let folder = home.file("old \(round)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let url = folder.appendingPathComponent("emolab.sqlite"), bytes = try makeEarlier(at: url)
                let programs = try (0..<4).map { _ in try home.start("runs", "--json", "--store", url.path) }
                let results = try programs.map { try $0.finish() }
                for result in results { #expect(result.status == 0 && result.output == "[]\n", "\(result.errors)") }
                #expect(results.count { $0.errors.contains("put aside") } == 1)
                #expect(try aside(in: folder).map { try Data(contentsOf: $0) } == [bytes])
            }
        }

        @Test("Foreign, damaged, newer and impossible stores end every kind of command with 1 and one line, and stay as they are")
        func refusals() throws {
            let home = try Home()
            let text = try home.write("text.sqlite", "name,value\n")
            let newer = home.file("newer.sqlite"), cut = home.file("cut.sqlite"), pipe = home.file("pipe")
            try make(at: newer)
            try FileManager.default.copyItem(at: newer, to: cut)
            try Self.tool("/usr/bin/sqlite3", newer.path, "INSERT INTO grdb_migrations VALUES ('99 from the future')")
            try Self.tool("/usr/bin/truncate", "-s", "30000", cut.path)
            try #require(mkfifo(pipe.path, 0o600) == 0)
            for (path, words) in [
                (text, "is not a store of emolab"), (newer.path, "a newer emolab (99 from the future)"), (cut.path, "is damaged"),
                (pipe.path, "no regular file"),
            ] {
                let before = path == pipe.path ? Data() : try Data(contentsOf: URL(fileURLWithPath: path))
                for command in [["runs"], ["corpora", "list", "--json"], ["train", "demo-source-only"], ["--once", "1"]] {
                    let result = try RunningProgram(command + ["--store", path], in: home).finish()
                    #expect(
                        result.status == 1 && result.output.isEmpty && result.errors.contains(words),
                        "\(command): \(result.status) \(result.errors)")
                    #expect(result.errors.split(separator: "\n").count == 1 && result.errors.contains(path))
                }
                let after = path == pipe.path ? Data() : try Data(contentsOf: URL(fileURLWithPath: path))
                #expect(after == before)
                #expect(!FileManager.default.fileExists(atPath: path + "-wal") && !FileManager.default.fileExists(atPath: path + "-shm"))
            }
        }

        @Test(
            "A store on a medium that cannot be written is shown, takes nothing, and is left as it is",
            .enabled(if: canMount, "mount(8) makes no tmpfs here"))
        func readOnlyMedium() throws {
            let home = try Home()
            let disk = try #require(SmallDisk(in: home, kilobytes: 1024))
            let url = disk.folder.appendingPathComponent("emolab.sqlite")
            try make(at: url)
            _ = try makeEarlier(at: disk.folder.appendingPathComponent("older.sqlite"))
            try disk.remount("ro")
            let before = try Data(contentsOf: url)
            let shown = try home.emolab("runs", "--json", "--store", url.path)
            #expect(
                shown.status == 0 && shown.output.contains("nano")
                    && shown.errors.contains("cannot be written: it is shown as it is"))
            #expect(try home.emolab("--once", "1", "--store", url.path).status == 0)
            for command in [["corpora", "remove", "crowd"], ["runs", "order", "5", "pause"]] {
                let result = try RunningProgram(command + ["--store", url.path], in: home).finish()
                #expect(result.status == 1, "\(command): \(result.errors)")
            }
            for (name, words) in [("older.sqlite", "from before its first release"), ("new.sqlite", "there is no store at")] {
                let result = try home.emolab("runs", "--store", disk.folder.appendingPathComponent(name).path)
                #expect(result.status == 1 && result.errors.contains(words), "\(result.errors)")
            }
            #expect(try Data(contentsOf: url) == before)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: disk.folder.path).sorted() == ["emolab.sqlite", "older.sqlite", "runs"])
        }

        @Test("A limit on the size of files does not kill the program: it says so, ends with 1, and the store is as it was")
        func fileSizeLimit() throws {
            let home = try Home()
            let url = home.file("emolab.sqlite")
            try make(at: url)
            let process = try RunningProgram(
                ["-c", "ulimit -f 20; exec '\(Program.path)' corpora remove crowd --store '\(url.path)'"], of: "/bin/sh", in: home
            ).finish()
            #expect(process.status == 1 && process.errors.contains("ulimit -f"), "\(process.status) \(process.errors)")
            #expect(try home.emolab("corpora", "list", "--json", "--store", url.path).output.contains("\"crowd\""))
        }

        @Test(
            "A store that is full while a run goes on: the run says so, goes on and can be stopped; what was not written is in a file that is taken in",
            .enabled(if: canMount, "mount(8) makes no tmpfs here"))
        func fullWhileTraining() throws {
            let home = try Demo.homeWithCorpora()
            let disk = try #require(SmallDisk(in: home, kilobytes: 4096))
            let data = home.store.deletingLastPathComponent()
            for name in try FileManager.default.contentsOfDirectory(atPath: data.path) where name.hasPrefix("emolab.sqlite") {
                try FileManager.default.copyItem(at: data.appendingPathComponent(name), to: disk.folder.appendingPathComponent(name))
            }
            // Weights have a disk of their own: that they cannot be saved is another matter.
            let runs = home.file("runs elsewhere")
            try FileManager.default.createDirectory(at: runs, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(at: disk.folder.appendingPathComponent("runs"), withDestinationURL: runs)
            let store = disk.folder.appendingPathComponent("emolab.sqlite").path
            let run = try home.start("train", "demo", "--json", "--set", "training.epochs=4000", "--store", store)
            func epochs() -> Int { run.outputSoFar.components(separatedBy: #""event":"epoch""#).count - 1 }
            func wait(_ what: String, _ condition: () -> Bool) throws {
                try eventually("\(what); \(run.outputSoFar.suffix(300)) \(run.errorsSoFar)") { condition() || run.status != nil }
                try #require(run.status == nil, "\(what): \(run.outputSoFar.suffix(300)) \(run.errorsSoFar)")
            }
            try wait("the first epoch") { epochs() > 0 }
            // The rest of the disk is taken by somebody else, to the last byte.
            try Self.tool("/bin/sh", "-c", "cat /dev/zero > '\(disk.folder.path)/ballast'")
            try wait("the trainer says so") { run.outputSoFar.contains("its records wait in memory") }
            #expect(run.outputSoFar.contains("no space left"))
            let before = epochs()
            try wait("the run goes on") { epochs() > before + 1 }
            let shown = try home.emolab("runs", "--store", store)
            #expect(shown.status == 0 && shown.output.contains("running"), "\(shown.errors)")
            let order = try home.emolab("runs", "order", "1", "pause", "--store", store)
            #expect(order.status == 1 && order.errors.contains("no space left"), "\(order.errors)")
            run.send(SIGTERM)
            let result = try run.finish()
            let file = disk.folder.appendingPathComponent("runs/0001-demo-42/unwritten.jsonl").path
            #expect(
                result.status == 1 && result.errors.contains(file) && result.errors.contains("emolab runs recover 1 "), "\(result.errors)")
            #expect(FileManager.default.fileExists(atPath: runs.appendingPathComponent("0001-demo-42/last.ckpt").path))

            unlink(disk.folder.appendingPathComponent("ballast").path)
            #expect(try home.json("runs", "list", "--json", "--store", store).array.first?["state"].string == "interrupted")
            // A copy, to be given a second time.
            let copy = home.file("copy.jsonl")
            try FileManager.default.copyItem(atPath: file, toPath: copy.path)
            let taken = try home.json("runs", "recover", "1", "--json", "--store", store).array
            #expect(
                taken.first?["records"].int ?? 0 > 0 && taken.first?["damaged"].int == 0 && !FileManager.default.fileExists(atPath: file))
            let after = try home.json("runs", "show", "1", "--json", "--store", store)
            #expect(after["run"]["summary"]["state"].string == "stopped")
            let numbers = after["epochs"].array.compactMap { $0["epoch"].int }
            #expect(numbers.count > before && numbers == Array(1...numbers.count))
            let steps = try RunStore(at: URL(fileURLWithPath: store)).steps(run: 1).map(\.step)
            #expect(!steps.isEmpty && steps == Array(1...(steps.last ?? 0)))
            #expect(try home.emolab("runs", "recover", "1", "--store", store).output == "run 1 left nothing unwritten\n")
            let events = after["events"].array.count
            _ = try home.json("runs", "recover", "1", copy.path, "--json", "--store", store)
            #expect(
                try home.json("runs", "show", "1", "--json", "--store", store)["events"].array.count == events + 1,
                "only that it was taken in again")
        }

        @Test("A store that is moved away under a run and put back gets every step, none missing, none twice")
        func movedWhileTraining() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            let elsewhere = home.file("elsewhere.sqlite")
            try FileManager.default.moveItem(at: home.store, to: elsewhere)
            try eventually("the trainer says so; \(run.outputSoFar.suffix(300))") {
                run.outputSoFar.contains("its records wait in memory") || run.status != nil
            }
            try FileManager.default.moveItem(at: elsewhere, to: home.store)
            try eventually("it is written again; \(run.outputSoFar.suffix(300))") {
                run.outputSoFar.contains("no record is lost") || run.status != nil
            }
            _ = try home.emolab("runs", "order", "1", "stop", "--wait", "60")
            #expect(try run.finish().status == 0)
            #expect(try home.state(ofRun: 1) == "stopped")
            let store = try RunStore(at: home.store)
            let steps = try store.steps(run: 1).map(\.step)
            #expect(steps == Array(1...(steps.last ?? 0)) && steps.count > 3)
        }

        @Test(
            "Orders from the shell: a negative value is a value, --wait brings the run's answer, and two who say the same are both answered"
        )
        func ordersFromTheShell() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            let set = try home.emolab("runs", "order", "1", "set", "alpha.maximum", "-3", "--wait", "60")
            #expect(set.status == 0 || (set.status == 1 && set.errors.contains("refused")), "\(set.status) \(set.errors)")
            #expect(!set.errors.contains("Unknown option"))
            let known = try home.json("runs", "order", "1", "set", "alpha.maximum", "0.05", "--wait", "60", "--json")
            #expect(known["state"].string == "applied" && known["text"].string?.contains("0.05") == true && known["step"].int ?? 0 > 0)
            let wrong = try home.emolab("runs", "order", "1", "set", "no.such.key", "1", "--wait", "60")
            #expect(wrong.status == 1 && wrong.errors.contains("refused"))
            for bad in [
                ["1", "set", "alpha.maximum"], ["1", "--pause"], ["1", "set", "--alpha", "1"], ["1", "pause", "--wait", "-1"],
                ["1", "stop", "now"],
            ] {
                #expect(try RunningProgram(["runs", "order"] + bad, in: home).finish().status == 2, "\(bad)")
            }
            let both = try (0..<2).map { _ in try home.start("runs", "order", "1", "pause", "--wait", "60", "--json") }
            for program in both { #expect(try program.finish().lastJSON()["state"].string == "applied") }
            #expect(try home.state(ofRun: 1) == "paused")
            #expect(try home.json("runs", "order", "1", "stop", "--wait", "60", "--json")["state"].string == "applied")
            #expect(try run.finish().status == 0)
            let late = try home.emolab("runs", "order", "1", "pause")
            #expect(late.status == 1 && late.errors.contains("run 1 is stopped"))
        }

        @Test("Eight processes that give orders at once are all answered, in the order of the orders' numbers")
        func ordersAtOnce() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            let programs = try (0..<8).map { i in
                try home.start("runs", "order", "1", "set", "alpha.maximum", "0.0\(i + 1)", "--wait", "60", "--json")
            }
            let answers = try programs.map { try $0.finish().lastJSON() }
            #expect(answers.allSatisfy { $0["state"].string == "applied" } && Set(answers.compactMap { $0["order"].int }).count == 8)
            let orders = try RunStore(at: home.store).orders(run: 1)
            #expect(orders.map(\.id) == orders.map(\.id).sorted() && orders.compactMap(\.step) == orders.compactMap(\.step).sorted())
            // What the run has now is what the last order said.
            let last = try #require(orders.last)
            if case .set(_, let value) = last.order {
                #expect(try home.json("runs", "show", "1", "--json")["run"]["experiment"].string?.contains(value) == true)
            }
            _ = try home.emolab("runs", "order", "1", "stop", "--wait", "60")
            #expect(try run.finish().status == 0)
        }
    }
}
