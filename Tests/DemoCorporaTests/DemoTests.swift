import Foundation
import Media
import Synchronization
import Testing

@testable import Corpora
@testable import DemoCorpora

/// A folder that is gone when the test is.
private final class ScratchFolder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-demo-\(UUID().uuidString)")
    deinit { try? FileManager.default.removeItem(at: url) }

    /// Path below the folder and bytes of every file, but for hidden ones.
    func files() throws -> [String: Data] {
        var found: [String: Data] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: url.path) ?? .init() {
            let full = url.appendingPathComponent(path)
            if !full.hasDirectoryPath { found[path] = try Data(contentsOf: full) }
        }
        return found
    }
}

@Suite("The plan of the demo corpora")
struct DemoPlanTests {
    @Test("The default set has about 400 clips of each corpus, evenly over emotions")
    func balance() {
        let plan = DemoPlan(DemoSettings())
        for corpus in DemoCorpus.allCases {
            let takes = plan.takes.filter { $0.corpus == corpus }
            #expect((380...420).contains(takes.count))
            let emotions = corpus == .studio ? DemoEmotion.allCases : DemoEmotion.crowd
            let counts = emotions.map { emotion in takes.count { $0.emotion == emotion } }
            // RAVDESS has half as many neutral clips, since neutral has no strong intensity; the choice is still even.
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= takes.count / 20, "\(counts)")
            #expect(Set(takes.map(\.name)).count == takes.count)
        }
    }

    @Test("The full set has as many clips as RAVDESS and CREMA-D")
    func full() {
        let plan = DemoPlan(DemoSettings(full: true))
        #expect(plan.takes.count { $0.corpus == .studio } == 1440)
        #expect(plan.takes.count { $0.corpus == .crowd } == 7442)
        #expect(plan.takes[0].shift.width == 1280 && plan.takes[0].shift.height == 720)
    }

    @Test("Every name is one of the real corpus' layout")
    func names() throws {
        let plan = DemoPlan(DemoSettings())
        for take in plan.takes {
            if take.corpus == .studio {
                let fields = take.name.split(separator: "-").compactMap { $0.count == 2 ? Int($0) : nil }
                try #require(fields.count == 7)
                let ranges = [1...1, 1...1, 1...8, 1...2, 1...2, 1...2, 1...24]
                #expect(zip(ranges, fields).allSatisfy { $0.contains($1) }, "\(take.name)")
                #expect(fields[2] != 1 || fields[3] == 1, "neutral has no strong intensity")
                #expect(plan.actor(of: take).isFemale == fields[6].isMultiple(of: 2))
            } else {
                let fields = take.name.split(separator: "_").map(String.init)
                try #require(fields.count == 4)
                #expect((1001...1091).contains(Int(fields[0]) ?? 0))
                #expect(DemoSentence.crowd.map(\.code).contains(fields[1]))
                #expect(["ANG", "DIS", "FEA", "HAP", "NEU", "SAD"].contains(fields[2]))
                #expect(fields[1] == "IEO" && fields[2] != "NEU" ? ["LO", "MD", "HI"].contains(fields[3]) : fields[3] == "XX")
            }
        }
    }

    @Test("A clip does not depend on how many others are asked for")
    func independence() throws {
        let small = DemoPlan(DemoSettings(actors: 2, clips: 3))
        let large = DemoPlan(DemoSettings(actors: 4, clips: 30))
        for take in small.takes {
            let same = try #require(large.takes.first { $0.name == take.name })
            #expect(same == take)
        }
        #expect(DemoPlan(DemoSettings(seed: 2, actors: 2, clips: 3)).takes != small.takes)
    }

    @Test(
        "Numbers that cannot be met are refused",
        arguments: [(0, 1, 144), (92, 1, 144), (1, 0, 144), (1, 83, 144), (1, 1, 63), (1, 1, 145)])
    func refusals(actors: Int, clips: Int, size: Int) {
        #expect(throws: DemoError.self) { try DemoCorpora(DemoSettings(actors: actors, clips: clips, size: size)) }
    }

    @Test("The shift differs between the corpora: studio is steady, crowd is not")
    func shift() {
        let plan = DemoPlan(DemoSettings())
        let studio = plan.takes.filter { $0.corpus == .studio }
        let crowd = plan.takes.filter { $0.corpus == .crowd }
        #expect(Set(studio.map(\.shift.width)).count == 1 && Set(crowd.map(\.shift.width)).count > 3)
        #expect(Set(crowd.map(\.shift.sampleRate)) == [44_100, 48_000])
        #expect(crowd.allSatisfy { (24.0...30).contains($0.shift.frameRate.perSecond) })
        // How purely and strongly the labelled emotion shows in the face.
        func clarity(_ takes: [DemoTake]) -> Double {
            takes.reduce(0) { $0 + $1.face.strength * $1.face.shares[$1.emotion.rawValue] } / Double(takes.count)
        }
        #expect(clarity(crowd) < clarity(studio) - 0.05)
    }
}

@Suite("Invented ratings of the crowd")
struct DemoRatingsTests {
    private let takes = DemoPlan(DemoSettings()).takes.filter { $0.corpus == .crowd }

    private func rows(_ table: String) -> [[String]] {
        table.split(separator: "\n").map { $0.split(separator: ",").map { String($0.filter { $0 != "\"" }) } }
    }

    @Test("Votes of a clip add up, and the summary names the emotion with the most")
    func sums() throws {
        let tabulated = rows(DemoRatings.tabulated(takes)).dropFirst()
        let summary = rows(DemoRatings.summary(takes)).dropFirst()
        #expect(tabulated.count == takes.count * 3 && summary.count == takes.count)
        for row in tabulated {
            try #require(row.count == 27)
            let counts = row[1...6].compactMap { Int($0) }
            #expect(counts.reduce(0, +) == Int(row[8]))
            let winners = zip(DemoRatings.letters, counts).filter { $0.1 == counts.max() }.map(\.0).joined(separator: ":")
            #expect(row[10] == winners)
        }
        let both = Dictionary(uniqueKeysWithValues: tabulated.filter { $0[0].hasPrefix("3") }.map { ($0[7], $0[10]) })
        for row in summary {
            try #require(row.count == 8)
            #expect(row[6] == both[row[1]])
        }
    }

    @Test("Raters mostly agree with the label, but not where another emotion is acted")
    func agreement() {
        func share(_ takes: [DemoTake]) -> Double {
            let agreeing = takes.count { take in
                let winners = DemoRatings(take).votes[.both]!.winners.map { DemoEmotion.crowd[$0] }
                return winners == [take.emotion]
            }
            return Double(agreeing) / Double(max(1, takes.count))
        }
        let mismatched = takes.filter { !$0.isAsLabelled }
        #expect((10...90).contains(mismatched.count))
        #expect(share(takes.filter(\.isAsLabelled)) > 0.5)
        #expect(share(mismatched) < 0.25)
    }

    @Test("The people's table has a row an actor")
    func demographics() {
        let plan = DemoPlan(DemoSettings())
        let table = rows(DemoRatings.demographics(plan.actors[.crowd] ?? []))
        #expect(table.count == 41 && table[0] == ["ActorID", "Age", "Sex", "Race", "Ethnicity"])
        #expect(table.dropFirst().allSatisfy { (20...75).contains(Int($0[1]) ?? 0) && ["Male", "Female"].contains($0[2]) })
    }
}

@Suite("Demo voices and faces")
struct DemoPerformanceTests {
    private func take(_ emotion: DemoEmotion) -> DemoTake {
        DemoTake(studio: 1, emotion: emotion, level: .normal, sentence: DemoSentence.studio[0], repetition: 1, seed: 1, height: 96)
    }

    @Test("A sentence sounds the same whatever was spoken before it")
    func voiceIsAFunction() throws {
        let plan = DemoPlan(DemoSettings())
        let first = try DemoVoice(take(.angry), actor: plan.actors[.studio]![0]).speech
        for actor in plan.actors[.crowd]!.prefix(3) {
            let other = plan.takes.first { $0.actor == actor.number }!
            _ = try DemoVoice(other, actor: actor)
        }
        let again = try DemoVoice(take(.angry), actor: plan.actors[.studio]![0]).speech
        #expect(first == again)
        #expect((1.2...5).contains(Double(first.samples.count) / Double(first.rate)))
        #expect(first.phonemes.count > 12)
    }

    @Test("Lips are shut in silence and open in speech")
    func lips() throws {
        let voice = try DemoVoice(take(.neutral), actor: DemoPlan(DemoSettings()).actors[.studio]![0])
        #expect(voice.mouth(at: 0.01).open < 0.05)
        let openest = stride(from: 0, to: voice.duration, by: 0.02).map { voice.mouth(at: $0).open }.max() ?? 0
        #expect(openest > 0.4)
    }

    @Test("Expressions move the face: anger lowers the brows, fear raises them and the lids, joy pulls the corners of the lips")
    func expressions() throws {
        let actor = DemoPlan(DemoSettings()).actors[.studio]![0]
        func apex(_ emotion: DemoEmotion) throws -> ActionUnits {
            var played = take(emotion)
            played = DemoTake(
                studio: 1, emotion: emotion, level: emotion == .neutral ? .normal : .strong, sentence: played.sentence, repetition: 1,
                seed: 1, height: 96)
            let performance = DemoPerformance(played, actor: actor, voice: try DemoVoice(played, actor: actor))
            return performance.pose(at: performance.apex).units
        }
        let means = try DemoEmotion.allCases.map { try apex($0) }
        #expect(means[DemoEmotion.angry.rawValue].browLower > means[DemoEmotion.happy.rawValue].browLower + 0.2)
        #expect(means[DemoEmotion.happy.rawValue].lipCornerPull > means[DemoEmotion.sad.rawValue].lipCornerPull + 0.2)
    }

    @Test("A drawn face differs between poses and is the same for the same pose")
    func drawing() throws {
        let take = take(.happy)
        let actor = DemoPlan(DemoSettings()).actors[.studio]![0]
        let face = try DemoFace(actor: actor, shift: take.shift, seed: 1, name: take.name)
        var pose = DemoPerformance.Pose()
        let rest = face.picture(pose, frame: 0)
        pose.units.jawDrop = 1
        let open = face.picture(pose, frame: 0)
        pose.units.jawDrop = 0
        #expect(face.picture(pose, frame: 0) == rest)
        let changed = zip(rest.pixels, open.pixels).count { abs(Int($0) - Int($1)) > 30 }
        #expect(changed > 200)
    }
}

@Suite("Making the demo corpora", .serialized)
struct DemoCorporaTests {
    private let settings = DemoSettings(seed: 3, actors: 1, clips: 2, size: 64)

    @Test("Two makes give equal files, and they decode")
    func deterministic() throws {
        let first = ScratchFolder()
        let second = ScratchFolder()
        let report = try DemoCorpora.make(in: first.url, settings: settings)
        _ = try DemoCorpora.make(in: second.url, settings: settings)
        #expect(report.made == 4 && report.kept == 0)
        let files = try first.files()
        #expect(try second.files() == files)
        // Two mp4, two flv, two wav, three tables, the manifest.
        #expect(files.count == 10)
        for path in files.keys.sorted() where ["mp4", "flv"].contains(URL(fileURLWithPath: path).pathExtension) {
            let info = try MediaProbe.inspect(first.url.appendingPathComponent(path))
            #expect((1.2...6).contains(info.duration ?? 0), "\(path)")
            #expect(info.audio != nil && (info.video?.frameCount ?? 0) > 30)
        }
    }

    @Test("What is whole is kept, what is missing is made again with the same bytes")
    func resumes() throws {
        let folder = ScratchFolder()
        _ = try DemoCorpora.make(in: folder.url, settings: settings)
        let whole = try folder.files()
        let lost = try #require(whole.keys.sorted().first { $0.hasSuffix(".mp4") })
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent(lost))
        let report = try DemoCorpora.make(in: folder.url, settings: settings)
        #expect(report.made == 1 && report.kept == 3)
        #expect(try folder.files() == whole)
    }

    @Test("A cancelled run stops between clips, leaves no part of a file, and can be continued")
    func cancels() throws {
        let folder = ScratchFolder()
        let done = Mutex(0)
        #expect(throws: CancellationError.self) {
            try DemoCorpora.make(
                in: folder.url, settings: settings, progress: { count, _ in done.withLock { $0 = count } },
                isCancelled: { done.withLock { $0 } > 0 })
        }
        #expect(try folder.files().keys.allSatisfy { !$0.hasSuffix(".part") })
        let report = try DemoCorpora.make(in: folder.url, settings: settings)
        #expect(report.kept >= 1 && report.kept + report.made == 4)
    }

    @Test("A folder of other settings, and one with other things in it, are refused and left alone")
    func foreign() throws {
        let folder = ScratchFolder()
        try DemoManifest(settings).claim(folder.url)
        var other = settings
        other.seed = 4
        #expect(throws: DemoError.self) { try DemoCorpora.make(in: folder.url, settings: other) }
        #expect(try folder.files().count == 1)

        let strange = ScratchFolder()
        try FileManager.default.createDirectory(at: strange.url, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: strange.url.appendingPathComponent("thesis.txt"))
        #expect(throws: DemoError.foreignFolder(path: strange.url.path)) { try DemoCorpora.make(in: strange.url, settings: settings) }
        #expect(try strange.files().count == 1)
    }

    @Test("The formats of the real corpora read the folders without a rejection")
    func formats() throws {
        let folder = ScratchFolder()
        let report = try DemoCorpora.make(in: folder.url, settings: settings)
        let studio = try Ravdess().scan(report.studio, corpus: "studio")
        let crowd = try CremaD().scan(report.crowd, corpus: "crowd")
        #expect(studio.clips.count == 2 && studio.rejected.isEmpty)
        #expect(crowd.clips.count == 2 && crowd.rejected.isEmpty)
        #expect(crowd.clips.allSatisfy { abs(($0.ratings?.values.reduce(0, +) ?? 0) - 1) < 1e-9 && $0.sex != nil && $0.audio != nil })
    }

    @Test("The contact sheet is a PNG")
    func contactSheet() throws {
        let folder = ScratchFolder()
        try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
        let file = folder.url.appendingPathComponent("sheet.png")
        try DemoContactSheet.write(to: file, actors: 1, height: 64)
        #expect(try Data(contentsOf: file).prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
    }
}
