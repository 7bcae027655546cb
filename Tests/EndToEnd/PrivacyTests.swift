// What the program keeps of a user is the user's alone, whatever the mask of the shell that it is started from.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct PrivacyTests {
        /// Runs `emolab` from a shell with that mask; the words reach it as they are.
        private func emolab(_ home: Home, mask: String, _ arguments: String...) throws -> Program.Result {
            try RunningProgram(["-c", "umask \(mask); exec \"$0\" \"$@\"", Program.path] + arguments, of: "/bin/sh", in: home).finish()
        }

        @Test(
            "Store, runs, prepared clips and what the screen remembers are private under any mask; what a user asks to be written follows the mask",
            arguments: ["000", "077"])
        func masks(mask: String) throws {
            let home = try Home(), corpora = try Demo.firstRun().corpora
            for corpus in ["studio", "crowd"] {
                #expect(try emolab(home, mask: mask, "corpora", "add", corpora.appendingPathComponent(corpus).path).status == 0)
            }
            let run = try emolab(home, mask: mask, "train", "demo-source-only", "--set", "training.epochs=1")
            #expect(run.status == 0, "\(run.errors)")
            #expect(try emolab(home, mask: mask, "--once", "train").status == 0)
            let asked = home.file("asked.svg")
            #expect(try emolab(home, mask: mask, "--once", "train", "--output", asked.path).status == 0)

            func mode(_ path: String) -> mode_t {
                var status = stat()
                return lstat(path, &status) == 0 ? status.st_mode : 0
            }
            var files = 0
            for folder in [home.data.appendingPathComponent("emolab"), home.cache.appendingPathComponent("emolab")] {
                #expect(mode(folder.path) & 0o777 == 0o700, "\(folder.path)")
                for case let name as String in try #require(FileManager.default.enumerator(atPath: folder.path)) {
                    let path = folder.appendingPathComponent(name).path
                    let isFolder = mode(path) & S_IFMT == S_IFDIR
                    #expect(mode(path) & 0o077 == 0, "\(name) has \(String(mode(path) & 0o777, radix: 8))")
                    files += isFolder ? 0 : 1
                }
                for ending in ["", "-wal", "-shm"] where mode(home.store.path + ending) != 0 {
                    #expect(mode(home.store.path + ending) & 0o777 == 0o600)
                }
            }
            #expect(files >= 6, "store, experiment, two tables and two files of weights at least")
            #expect(mode(asked.path) & 0o777 == (mask == "000" ? 0o666 : 0o600), "\(String(mode(asked.path) & 0o777, radix: 8))")
        }
    }
}
