// Where the store is and what may be done with it: links, empty names, typos, permissions, programs that hold it.
import Foundation
import Runs
import Store
import Testing

extension EndToEnd {
    @Suite(.serialized) struct StoreAccessTests {
        /// A user whose store has one finished run.
        private func finishedHome() throws -> Home {
            let home = try Demo.newHome()
            try FileManager.default.copyItem(at: Demo.firstRun().finished, to: home.data)
            // At rest: nobody has it open, and everything is in the file.
            try shell("sqlite3 '\(home.store.path)' 'PRAGMA wal_checkpoint(TRUNCATE)'", in: home)
            return home
        }

        @Test("A run that is trained through a link to the store is a run of the store: its folder lies beside the file")
        func linked() throws {
            let home = try Demo.homeWithCorpora()
            let links = home.file("links")
            try FileManager.default.createDirectory(at: links, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: links.appendingPathComponent("first").path, withDestinationPath: "../data/emolab/emolab.sqlite")
            try FileManager.default.createSymbolicLink(atPath: links.appendingPathComponent("s.sqlite").path, withDestinationPath: "first")
            let link = links.appendingPathComponent("s.sqlite").path
            #expect(
                try home.json("train", "demo-audio-only", "--set", "training.epochs=1", "--json", "--store", link)["event"].string
                    == "finished")
            #expect(try home.json("eval", "1", "--json")["evaluation"]["part"].string == "validation")
            _ = try home.json("train", "demo-audio-only", "--set", "training.epochs=1", "--json")
            #expect(try home.json("eval", "2", "--json", "--store", link)["run"].int == 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: links.path).sorted() == ["first", "s.sqlite"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.runs.path).count == 2)
        }

        @Test("An empty EMOLAB_STORE and an empty --store are bad usage, and make nothing in the folder one is in")
        func emptyNames() throws {
            let home = try finishedHome()
            let named = try home.emolab("runs", "list", "--json", "--store", home.store.path, environment: ["EMOLAB_STORE": ""])
            #expect(try named.lastJSON().array.count == 1)
            for command in [["runs"], ["train", "demo"], ["corpora", "add", "x"], ["workbench"], ["doctor"], ["--once", "runs"]] {
                let result = try RunningProgram(command + ["--store", ""], in: home).finish()
                #expect(
                    result.status == 2 && result.errors.contains("--store takes a file or a folder"),
                    "\(command): \(result.status) \(result.errors)")
                let variable = try RunningProgram(command, in: home, environment: ["EMOLAB_STORE": ""]).finish()
                #expect(
                    variable.status == 2 && variable.errors.contains("EMOLAB_STORE is empty"),
                    "\(command): \(variable.status) \(variable.errors)")
            }
            // Where the program was started.
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.folder.path).allSatisfy { !$0.hasSuffix(".sqlite") })
        }

        @Test("What only reads makes no store: a missing default one is empty, a missing named one is an error that says what to do")
        func missing() throws {
            let home = try Home()
            for (command, words) in [
                (["runs", "list"], "no runs yet"), (["corpora", "list"], "no corpora yet"), (["--once", "runs"], "No runs yet"),
            ] {
                let result = try RunningProgram(command, in: home).finish()
                #expect(
                    result.status == 0 && result.output.contains(words), "\(command): \(result.status) \(result.output) \(result.errors)")
            }
            #expect(try home.json("runs", "--json").array.isEmpty)
            let readers = [
                ["runs", "list"], ["runs", "show", "1"], ["runs", "order", "1", "stop"], ["runs", "delete", "1", "--yes"],
                ["corpora", "list"],
                ["corpora", "check", "a"], ["corpora", "notes"], ["corpora", "remove", "a"], ["prepare", "a"], ["report"], ["eval", "1"],
                ["robustness", "1"],
                ["predict", "1", "x.wav"], ["explain", "1", "x"], ["train", "--resume", "1"], ["train", "--parent", "1"],
                ["--once", "runs"],
            ]
            for command in readers {
                let typo = home.file("typo/no/such.sqlite").path
                let result = try RunningProgram(command + ["--store", typo], in: home).finish()
                #expect(
                    result.status == 1 && result.output.isEmpty && result.errors.contains("there is no store at \(typo) yet"),
                    "\(command): \(result.status) \(result.errors)")
            }
            let variable = try home.emolab("runs", environment: ["EMOLAB_STORE": home.file("typo").path])
            #expect(variable.status == 1 && variable.errors.contains("there is no store at"))
            #expect(
                !FileManager.default.fileExists(atPath: home.file("typo").path) && !FileManager.default.fileExists(atPath: home.data.path))
        }

        /// A user who owns nothing here but an empty home.
        private struct Stranger {
            let home: Home
            private static let id: uid_t = 65534

            init(in home: Home) throws {
                self.home = home
                try FileManager.default.createDirectory(at: home.file("stranger"), withIntermediateDirectories: true)
                if getuid() == 0 { chown(home.file("stranger").path, Self.id, Self.id) }
            }

            func emolab(_ arguments: String...) throws -> Program.Result { try emolab(arguments) }

            func emolab(_ arguments: [String]) throws -> Program.Result {
                let own = home.file("stranger").path
                let environment = ["HOME": own, "XDG_DATA_HOME": own, "XDG_STATE_HOME": own, "XDG_CONFIG_HOME": own, "XDG_CACHE_HOME": own]
                guard getuid() == 0 else { return try RunningProgram(arguments, in: home, environment: environment).finish() }
                let words = ["--reuid", "\(Self.id)", "--regid", "\(Self.id)", "--clear-groups", Program.path]
                return try RunningProgram(words + arguments, of: "setpriv", in: home, environment: environment).finish()
            }
        }

        private func shell(_ line: String, in home: Home) throws {
            let result = try RunningProgram(["-c", line], of: "/bin/sh", in: home).finish()
            try #require(result.status == 0, "\(line): \(result.errors)")
        }

        @Test(
            "A store in a folder that one may not write is listed, shown, reported, scored, asked, explained and drawn, and stays as it is")
        func unwritable() throws {
            let home = try finishedHome(), files = FileManager.default
            let stranger = try Stranger(in: home), lab = home.data.appendingPathComponent("emolab")
            let store = lab.appendingPathComponent("emolab.sqlite")
            // A folder of a lab: everybody reads, nobody writes.
            try shell("chmod a+x '\(home.folder.path)' '\(home.data.path)' && chmod -R a+rX,a-w '\(lab.path)'", in: home)
            let corpora = try Demo.firstRun().corpora
            try shell("chmod a+x '\(Demo.firstRun().home.folder.path)' && chmod -R a+rX '\(corpora.path)'", in: home)
            let film = try #require(files.enumerator(atPath: corpora.path)?.compactMap { $0 as? String }.first { $0.hasSuffix(".mp4") })
            let before = try Data(contentsOf: store)
            let commands = [
                ["runs", "list"], ["runs", "show", "1"], ["report", "--compare", "training.seeds"], ["corpora", "list"],
                ["--once", "runs"], ["eval", "1"],
                ["predict", "1", corpora.appendingPathComponent(film).path], ["explain", "1", "--wrong", "1", "--no-occlusion"],
                ["doctor", "--no-measure"],
            ]
            for command in commands {
                let result = try stranger.emolab(command + ["--store", store.path])
                // Of one run there is nothing to compare, and a test's home has no detector for doctor to like.
                let isOne = command[0] == "report" || command[0] == "doctor"
                #expect(isOne || result.status == 0, "\(command): \(result.status) \(result.errors)")
                #expect(
                    result.errors.contains("cannot be written: it is shown as it is, and nothing is stored in it"),
                    "\(command): \(result.errors)")
                #expect(!result.errors.contains("check the permissions"), "\(command): \(result.errors)")
            }
            #expect(try stranger.emolab("runs", "--json", "--store", lab.path).lastJSON().array.first?["state"].string == "finished")
            for command in [["runs", "order", "1", "pause"], ["runs", "delete", "1", "--yes"], ["corpora", "remove", "crowd"]] {
                let refused = try stranger.emolab(command + ["--store", store.path])
                #expect(refused.status == 1, "\(command): \(refused.errors)")
            }
            #expect(
                try Data(contentsOf: store) == before && files.contentsOfDirectory(atPath: lab.path).sorted() == ["emolab.sqlite", "runs"])
            // One that may not even be read says so.
            chmod(store.path, 0o000)
            let hidden = try stranger.emolab("runs", "--store", store.path)
            #expect(hidden.status == 1 && hidden.errors.contains("cannot be read: check the permissions"), "\(hidden.errors)")
            chmod(lab.path, 0o000)
            let locked = try stranger.emolab("runs", "--store", store.path)
            #expect(locked.status == 1 && locked.errors.contains("cannot be read: check the permissions"), "\(locked.errors)")
        }

        @Test("What its owner does to a store is seen by those who may only look, also while he has it open")
        func watched() throws {
            let home = try finishedHome()
            let stranger = try Stranger(in: home), lab = home.data.appendingPathComponent("emolab")
            try shell("chmod a+x '\(home.folder.path)' '\(home.data.path)' && chmod -R a+rX '\(lab.path)'", in: home)
            let store = try RunStore(at: home.store)
            _ = try store.createRun(name: "second", experiment: "", seed: 1)
            try #require(getuid() == 0, "needs another user")
            let seen = try stranger.emolab("runs", "--store", home.store.path)
            #expect(
                seen.status == 0 && seen.output.contains("second") && seen.errors.contains("cannot be written"),
                "\(seen.status) \(seen.errors)")
        }

        /// Holds the store's write lock, as a program of another kind does.
        private func hold(_ store: URL, in home: Home) throws -> RunningProgram {
            let script = "(echo 'BEGIN IMMEDIATE; SELECT 1;'; sleep 60) | sqlite3 '\(store.path)'"
            let holder = try RunningProgram(["-c", script], of: "/bin/sh", in: home)
            try eventually("the lock is held; \(holder.errorsSoFar)") { holder.outputSoFar.contains("1") }
            return holder
        }

        @Test("A foreign program that holds the store keeps nobody from reading: a list comes with a word, the workbench shows its run")
        func held() throws {
            let home = try finishedHome()
            let holder = try hold(home.store, in: home)
            defer { holder.send(SIGKILL) }
            var start = ContinuousClock.now
            let listed = try home.emolab("runs", "list", "--json")
            #expect(listed.status == 0 && listed.errors.contains("is being written by another program"), "\(listed.errors)")
            #expect(try listed.lastJSON().array.count == 1 && ContinuousClock.now - start < .seconds(5))
            #expect(try home.emolab("runs", "show", "1").status == 0)
            let screen = try TmuxScreen(120, 36, in: home)
            start = ContinuousClock.now
            try screen.enter("emolab --pane runs")
            try screen.waits(for: "is being written by another program", "✓ finished", within: 8)
            try screen.press("2")
            try screen.waits(for: "class loss", within: 5)
            try screen.press("q")
            try eventually("it ends") { screen.emolab == nil }
        }
    }
}
