// `emolab prepare` and the cache under it, as users meet them: twice, at once, interrupted, full, damaged, moved.
import Foundation
import Media
import Testing

extension EndToEnd {
    @Suite(.serialized) struct PrepareTests {
        /// A user with the crowd corpus and nothing prepared.
        private func newUser() throws -> Home {
            let home = try Home()
            _ = try home.json("corpora", "add", Demo.firstRun().corpora.appendingPathComponent("crowd").path, "--json")
            return home
        }

        private func store(_ home: Home) -> URL { home.cache.appendingPathComponent("emolab/prepared/crowd.sqlite") }

        @Test("A corpus is prepared once; the report counts clips, the status what they take, settings lie side by side and go one by one")
        func report() throws {
            let home = try newUser()
            let first = try home.json("prepare", "crowd", "--json", "--profile")
            #expect(first["clips"].int == Demo.clipsPerCorpus && first["prepared"].int == Demo.clipsPerCorpus && first["cached"].int == 0)
            #expect(first["withoutSpeech"].int != nil && first["withoutFace"].int != nil && first["isStopped"] == .flag(false))
            for stage in ["look_up", "pictures", "faces", "sound", "spectrum", "compress", "write"] {
                #expect((first["stages"][stage].double ?? 0) > 0, "\(stage)")
            }
            let second = try home.json("prepare", "--all", "--json", "--workers", "1")
            #expect(second["cached"].int == Demo.clipsPerCorpus && second["settings"] == first["settings"])
            _ = try home.json("prepare", "crowd", "--json", "--set", "inputs.picture_size=32")
            // The normalisation is done to what is stored.
            #expect(try home.json("prepare", "crowd", "--json", "--set", "inputs.normalise=clip")["cached"].int == Demo.clipsPerCorpus)
            let status = try home.json("prepare", "crowd", "--status", "--json").array
            #expect(
                status.count == 2
                    && status.allSatisfy { $0["clips"].int == Demo.clipsPerCorpus && $0["bytes"].int ?? 0 < $0["rawBytes"].int ?? 0 })
            #expect(try home.json("prepare", "crowd", "--verify", "--json")["whole"].int == 2 * Demo.clipsPerCorpus)
            let key = try #require(first["settings"].string)
            #expect(try home.json("prepare", "crowd", "--clear", "--settings", key, "--json")["crowd"].int == Demo.clipsPerCorpus)
            #expect(try home.json("prepare", "crowd", "--status", "--json").array.count == 1)
            // Times and settings as every other command has them.
            let dates = ["created", "used"].compactMap { status.first?[$0].string }
            #expect(dates.count == 2 && dates.allSatisfy { (try? Date($0, strategy: .iso8601)) != nil }, "\(dates)")
            #expect(status.first?["preparation"]["settings"]["frames"].int == 8)
            // No weights in this home.
            #expect(first["faces"].string?.hasPrefix("centred-square (MTCNN's weights are missing") == true)
            let table = try home.emolab("prepare", "crowd")
            #expect(table.errors.split(separator: "\n").count { $0.contains("faces are centred squares") } == 1)
            #expect(
                try home.json("prepare", "crowd", "--json", "--set", "inputs.faces.detector=centred-square")["cached"].int
                    == Demo.clipsPerCorpus)
            #expect(
                table.status == 0 && table.errorsBesidesFaces == "" && table.output.contains("no speech")
                    && table.output.contains("faces: "))
        }

        @Test("Mistakes on the command line are told with exit code 2, an unknown corpus with 1")
        func badUsage() throws {
            let home = try Demo.homeWithCorpora()
            for arguments in [
                [], ["crowd", "--all"], ["crowd", "--workers", "0"], ["crowd", "--verify", "--clear"], ["crowd", "--settings", "x"],
                ["crowd", "--limit-size", "much"],
            ] {
                #expect(try RunningProgram(["prepare"] + arguments, in: home).finish().status == 2, "\(arguments)")
            }
            let unknown = try home.emolab("prepare", "nobody")
            #expect(unknown.status == 1 && unknown.errors.contains("nobody"))
            let limit = try home.emolab("prepare", "nobody", environment: ["EMOLAB_CACHE_LIMIT": "much"])
            #expect(limit.status != 0)
        }

        @Test("Two programs that prepare the same corpus at once both succeed, and every clip is whole")
        func twoAtOnce() throws {
            let home = try newUser()
            let programs = try (0..<2).map { _ in try home.start("prepare", "crowd", "--json") }
            for program in programs {
                let result = try program.finish()
                #expect(result.status == 0 && result.errorsBesidesFaces == "")
                #expect(try result.lastJSON()["prepared"].int == Demo.clipsPerCorpus)
            }
            #expect(try home.json("prepare", "crowd", "--verify", "--json")["whole"].int == Demo.clipsPerCorpus)
        }

        @Test("Ctrl+C ends with 130 after the clips in work; the same command goes on from there")
        func interrupted() throws {
            let home = try newUser()
            let preparing = try home.start("prepare", "crowd", "--json", "--workers", "1")
            try eventually("the store; errors: \(preparing.errorsSoFar)") {
                FileManager.default.fileExists(atPath: store(home).path) || preparing.status != nil
            }
            preparing.send(SIGINT)
            let result = try preparing.finish()
            try #require(result.status == 130, "it was done before it could be stopped: \(result.errors)")
            #expect(result.errors.contains("goes on from there"))
            let done = try result.lastJSON()["clips"].int ?? 0
            let again = try home.json("prepare", "crowd", "--json")
            #expect(again["cached"].int == done && again["prepared"].int == Demo.clipsPerCorpus && done < Demo.clipsPerCorpus)
        }

        @Test("A store that cannot grow is a clear error, what is in it stays, and with room the same command finishes")
        func full() throws {
            let home = try newUser()
            let script = home.file("limited.sh")
            // 300 blocks of 512 or 1024 bytes: room for the tables and few clips.
            try home.write("limited.sh", "ulimit -f 300\nexec \"$@\"\n")
            let limited = try RunningProgram([script.path, Program.path, "prepare", "crowd"], of: "bash", in: home).finish()
            #expect(
                limited.status == 1 && limited.errors.contains("cannot grow") && limited.errors.contains("goes on from there"),
                "\(limited.errors)")
            #expect(try home.json("prepare", "crowd", "--verify", "--json")["damaged"].int == 0)
            #expect(try home.json("prepare", "crowd", "--json")["prepared"].int == Demo.clipsPerCorpus)
        }

        @Test("Training goes on without a cache: a warning says why, and the bits are those of training with one")
        func withoutCache() throws {
            let home = try Demo.homeWithCorpora()
            func train(_ arguments: String..., environment: [String: String?] = [:]) throws -> [JSON] {
                let words = ["train", "demo", "--json", "--set", "training.epochs=1"] + arguments
                let result = try RunningProgram(words, in: home, environment: environment).finish(within: 300)
                guard result.status == 0 else { throw Program.Failure(description: result.errors) }
                return try result.json()
            }
            let usual = try train(), unremembered = try train("--clip-memory", "0")
            let without = try train(environment: ["XDG_CACHE_HOME": "/proc/none"])
            #expect(
                without.contains { $0["event"].string == "message" && $0["text"].string?.contains("could not be kept on disk") == true })
            for other in [unremembered, without] {
                #expect(other.last?["scores"] == usual.last?["scores"] && other.last?["scores"] != .null)
            }
        }

        @Test("Flipped bits in the store are found by --verify and made good by --repair; moved media stay prepared")
        func damagedAndMoved() throws {
            let home = try Home()
            let corpus = home.file("crowd")
            try FileManager.default.copyItem(at: Demo.firstRun().corpora.appendingPathComponent("crowd"), to: corpus)
            _ = try home.json("corpora", "add", corpus.path, "--json")
            _ = try home.json("prepare", "crowd", "--json")
            let file = store(home)
            var bytes = try Data(contentsOf: file)
            // One bit every 50 kB, away from the first pages: clips take several of that.
            for place in stride(from: 120_000, to: bytes.count, by: 50_000) { bytes[place] ^= 4 }
            try bytes.write(to: file)
            let found = try home.emolab("prepare", "crowd", "--verify", "--json")
            #expect(found.status == 1 && found.errors.contains("--repair"))
            let repaired = try home.json("prepare", "crowd", "--repair", "--json")
            #expect(repaired["prepared"].int == Demo.clipsPerCorpus && repaired["cached"].int ?? 99 < Demo.clipsPerCorpus)
            #expect(try home.json("prepare", "crowd", "--verify", "--json")["whole"].int == Demo.clipsPerCorpus)

            let moved = home.file("moved corpus")
            try FileManager.default.moveItem(at: corpus, to: moved)
            _ = try home.json("corpora", "remove", "crowd", "--json")
            _ = try home.json("corpora", "add", moved.path, "--name", "crowd", "--json")
            #expect(try home.json("prepare", "crowd", "--json")["cached"].int == Demo.clipsPerCorpus)
        }

        @Test("A store that is no database is put aside with a word, and the corpus is prepared anew")
        func foreignStore() throws {
            let home = try newUser()
            try home.write("cache/emolab/prepared/crowd.sqlite", String(repeating: "not a database ", count: 5000))
            let result = try home.emolab("prepare", "crowd", "--json")
            #expect(result.status == 0 && result.errors.contains("crowd.sqlite: it is damaged; it was renamed to end in .damaged-1"))
            #expect(FileManager.default.fileExists(atPath: store(home).path + ".damaged-1"))
            #expect(try result.lastJSON()["prepared"].int == Demo.clipsPerCorpus)
        }

        @Test("Beyond a size limit, what was prepared with other settings goes")
        func sizeLimit() throws {
            let home = try newUser()
            _ = try home.json("prepare", "crowd", "--json", "--set", "inputs.picture_size=32")
            // Settings that were used within the last quarter of an hour are not dropped.
            let kept = try home.emolab("prepare", "crowd", "--limit-size", "1kB")
            #expect(kept.status == 0 && kept.errors.contains("all of it is in use"))
            #expect(try home.json("prepare", "crowd", "--status", "--json").array.count == 2)
        }

        @Test("The noise of a preview has the ratio that is named, measured from the written files")
        func ratio() throws {
            let home = try Demo.homeWithCorpora()
            let names = try home.json("corpora", "list", "crowd", "--json")["clips"].array.prefix(3).compactMap { $0["name"].string }
            try #require(names.count == 3)
            for name in names {
                var arguments = ["augment", "crowd/" + name, "--output", home.file(name).path, "--count", "3", "--json"]
                for change in ["time_shift=0", "gain=0", "noise=1", "noise_minimum=0", "noise_maximum=30"] {
                    arguments += ["--set", "augmentation." + change]
                }
                let result = try RunningProgram(arguments, in: home).finish()
                try #require(result.status == 0, "\(result.errors)")
                func samples(_ file: String) throws -> [Double] {
                    try AudioDecoder.waveform(of: home.file("\(name)/\(file).wav"), rate: 22_050).samples.map(Double.init)
                }
                func power(_ samples: [Double]) -> Double { samples.reduce(0) { $0 + $1 * $1 } / Double(samples.count) }
                let clean = try samples("original")
                for variant in try result.lastJSON()["variants"].array {
                    let noisy = try samples("variant-\(try #require(variant["variant"].int))")
                    try #require(noisy.count == clean.count)
                    let measured = 10 * log10(power(clean) / power(zip(noisy, clean).map { $0 - $1 }))
                    let named = try #require(variant["draw"]["noise"].double)
                    #expect(abs(measured - named) < 0.02, "\(name): \(measured) dB in the file, \(named) dB named")
                }
            }
        }

        @Test("A preview of augmentation is a sheet with a row a variant and a sound a variant; the same seed gives the same")
        func preview() throws {
            let home = try Demo.homeWithCorpora()
            let name = try #require(try home.json("corpora", "list", "crowd", "--json")["clips"].array.first?["name"].string)
            func preview(_ folder: String, _ arguments: String...) throws -> (JSON, sheet: Data, sounds: [Data]) {
                let result = try RunningProgram(
                    ["augment", "crowd/" + name, "--output", home.file(folder).path, "--count", "3", "--json"] + arguments, in: home
                ).finish()
                guard result.status == 0 else { throw Program.Failure(description: result.errors) }
                let json = try result.lastJSON()
                let names = ["original"] + (1...3).map { "variant-\($0)" }
                return (
                    json, try Data(contentsOf: home.file(folder + "/sheet.png")),
                    try names.map { try Data(contentsOf: home.file("\(folder)/\($0).wav")) }
                )
            }
            let (json, sheet, sounds) = try preview("one")
            #expect(json["variants"].array.count == 3 && json["variants"].array.allSatisfy { $0["draw"]["cut"]["side"].double ?? 0 >= 0.9 })
            #expect(sheet.prefix(4) == Data([0x89, 0x50, 0x4e, 0x47]) && Set(sounds).count == 4 && sounds.allSatisfy { $0.count > 10_000 })
            let again = try preview("two"), other = try preview("three", "--seed", "2")
            #expect(again.sheet == sheet && again.sounds == sounds && other.sheet != sheet && other.sounds[0] == sounds[0])
            let file = try #require(
                FileManager.default.subpaths(atPath: Demo.firstRun().corpora.path)?.first { $0.hasSuffix(".flv") || $0.hasSuffix(".mp4") })
            let path = try Demo.firstRun().corpora.appendingPathComponent(file).path
            #expect(try home.emolab("augment", path, "--output", home.file("four").path, "--count", "1").status == 0)
            let missing = try home.emolab("augment", "crowd/nobody", "--output", home.file("five").path)
            #expect(missing.status == 1 && missing.errors.contains("corpora list"))
            #expect(try home.emolab("augment", path, "--output", home.file("six").path, "--count", "0").status == 2)
        }
    }
}
