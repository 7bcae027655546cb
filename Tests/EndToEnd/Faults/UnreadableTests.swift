// Errors of reading, at the calls of the real program: they say nothing about a file's bytes, so nothing is replaced, and nothing is remembered.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct UnreadableTests {
        private static let codes = [EIO, EMFILE, ESTALE, ENOMEM]

        private func contents(_ folder: URL) throws -> [String: Data] {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: folder.appendingPathComponent($0))) })
        }

        @Test("A checkpoint that cannot be read just now is not replaced by the one before it: resuming says so, and goes on the next time")
        func checkpoint() throws {
            let ground = try FaultLab.ground()
            let first = try FaultLab.copy(of: ground.home)
            try first.write(
                "longer.toml",
                String(contentsOf: first.file("tiny.toml"), encoding: .utf8).replacingOccurrences(of: "epochs = 3", with: "epochs = 60"))
            let run = try first.start("train", "longer.toml", "--json")
            try eventually("two checkpoints") { (try? contents(Self.folder(first))["previous.ckpt"]) != nil }
            run.send(SIGTERM)
            _ = try run.finish()
            let resume = ["train", "--resume", "1", "--json"],
                isCheckpoint: @Sendable (FaultPage.Call) -> Bool = { $0.path.hasSuffix("/last.ckpt") }
            let seen = try FaultLab.copy(of: first), page = try FaultPage(in: seen)
            #expect(try RunningProgram(resume, in: seen, environment: page.environment()).finish().status == 0)
            let reads = try page.calls().filter { isCheckpoint($0) && ["open", "open64", "openat", "read", "pread"].contains($0.name) }
            let calls = try Set(reads.map(\.name)).map { name in try #require(reads.first { $0.name == name }) }
            try #require(calls.count >= 2)
            let results = FaultLab.inLanes(Self.codes.count * calls.count) { index -> Bool in
                let (code, call) = (Self.codes[index % Self.codes.count], calls[index / Self.codes.count])
                let home = try FaultLab.copy(of: first), before = try contents(Self.folder(home))
                let faulty = try FaultPage(.error(code, at: call.number), in: home)
                let result = try RunningProgram(resume, in: home, environment: faulty.environment()).finish()
                guard try faulty.injected() > 0, try faulty.calls().first(where: { $0.number == call.number }).map(isCheckpoint) == true
                else { return false }
                let after = try contents(Self.folder(home)), said = result.errors + result.output
                for file in ["last.ckpt", "previous.ckpt", "best.safetensors"] where after[file] != before[file] {
                    throw Program.Failure(description: "\(Fault.name(code)) at \(call.name): \(file) is another one")
                }
                guard result.status == 1, said.contains("last.ckpt cannot be read") else {
                    throw Program.Failure(description: "\(result.status): \(said.suffix(300))")
                }
                return true
            }
            for case .failure(let failure) in results { Issue.record("\(failure)") }
            #expect(
                results.count { if case .success(true) = $0 { true } else { false } } >= Self.codes.count,
                "faults that are not met test nothing")
        }

        @Test("A clip that cannot be read just now is not remembered as damaged: prepared again, it is fine")
        func media() throws {
            let ground = try FaultLab.ground()
            let home = try Home()
            try FileManager.default.copyItem(at: ground.corpora, to: home.file("corpora"))
            _ = try home.json("corpora", "add", home.file("corpora/studio").path, "--json")
            let arguments = ["prepare", "studio", "--json", "--set", "inputs.frames=2", "--set", "inputs.picture_size=32"]
            let seen = try FaultPage(in: home)
            #expect(try RunningProgram(arguments, in: home, environment: seen.environment()).finish().status == 0)
            let isMedia: (FaultPage.Call) -> Bool = { $0.name == "read" && $0.path.hasPrefix("corpora/") }
            let reads = try seen.calls().filter(isMedia)
            try #require(reads.count > 4)
            // Beginning, middle and end of what is read.
            let numbers = [0, reads.count / 3, reads.count / 2, reads.count - 1].map { reads[$0].number }
            for number in numbers {
                try? FileManager.default.removeItem(at: home.cache)
                let page = try FaultPage(.error(EIO, at: number), in: home)
                let result = try RunningProgram(arguments, in: home, environment: page.environment()).finish()
                guard try page.injected() > 0, let met = try page.calls().first(where: { $0.number == number }), isMedia(met) else {
                    continue
                }
                #expect(
                    !(result.output + result.errors).contains("is damaged") && !result.output.contains("truncated"),
                    "\(met.path): \(result.output.suffix(300))")
                let again = try RunningProgram(arguments, in: home).finish()
                #expect(again.status == 0, "\(met.path): \(again.output.suffix(300))")
            }
        }

        private static func folder(_ home: Home) throws -> URL {
            home.runs.appendingPathComponent(try #require(try FileManager.default.contentsOfDirectory(atPath: home.runs.path).first))
        }
    }
}
