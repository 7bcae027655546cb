import Base
import Corpora
import Foundation
import Records
import TestSupport
import Testing

@testable import Store

@Suite("Corpora in the store")
struct CorpusTableTests {
    let folder: TemporaryFolder
    let store: RunStore

    init() throws {
        folder = try TemporaryFolder()
        store = try RunStore(at: folder.store)
    }

    private func add(_ count: Int, replacing: Bool = false) throws {
        let scan = CorpusScan(
            clips: (0..<count).map { Sample.clip($0) }, rejected: [RejectedFile(path: "/media/x.mp4", reason: "the file is empty")],
            leftOut: ["songs": 3])
        try store.addCorpus(name: "crowd", format: "crema-d", folder: "/media", scan: scan, replacing: replacing)
    }

    @Test("A clip comes back as it went in")
    func roundTrip() throws {
        try add(3)
        #expect(try store.fullClips(corpus: "crowd") == (0..<3).map { Sample.clip($0) })
        #expect(try store.clip(corpus: "crowd", name: Sample.clip(1).name) == Sample.clip(1))
        #expect(try store.clip(corpus: "crowd", name: "none") == nil)
        #expect(try store.rejectedFiles(corpus: "crowd").map(\.reason) == ["the file is empty"])
        let corpus = try #require(try store.corpora().first)
        #expect(corpus.clips == 3 && corpus.speakers == 3 && corpus.rejectedFiles == 1 && corpus.leftOut == ["songs": 3])
    }

    @Test("Adding a name twice is an error, replacing keeps what preparation found of unchanged clips")
    func replacing() throws {
        try add(3)
        #expect(throws: StoreError.corpusExists("crowd")) { try add(3) }
        try store.recordPreparation(
            corpus: "crowd",
            [
                ClipFinding(name: Sample.clip(0).name, status: .prepared, duration: 2.5, hasSpeech: true, frames: 8, faces: 7),
                ClipFinding(name: Sample.clip(2).name, status: .damaged, reason: "no audio stream"),
            ])
        try add(2, replacing: true)
        let clips = try store.clips(corpus: "crowd")
        #expect(clips.map(\.status) == [.prepared, .listed])
        #expect(clips[0].duration == 2.5 && clips[0].faces == 7 && clips[0].hasSpeech == true)
        var moved = Sample.clip(0)
        moved.video = "/elsewhere/0.flv"
        try store.addCorpus(name: "crowd", format: "crema-d", folder: "/elsewhere", scan: CorpusScan(clips: [moved]), replacing: true)
        let forgotten = try #require(try store.clips(corpus: "crowd").first)
        #expect(forgotten.status == .listed && forgotten.duration == nil)
    }

    @Test(
        "Spans, continuous labels, parts, tracks and places in tables come back as they went in; what preparation found outlives new labels, not a new span"
    )
    func pieces() throws {
        var clip = Sample.clip(0)
        (clip.valence, clip.arousal, clip.part, clip.start, clip.end, clip.pixelOffset, clip.track) = (
            0.1, -0.7, "train", 1.25, 3.5, 1 << 33, "/media/0.json"
        )
        func add() throws {
            try store.addCorpus(name: "crowd", format: "table", folder: "/media", scan: CorpusScan(clips: [clip]), replacing: true)
        }
        try add()
        #expect(try store.fullClips(corpus: "crowd") == [clip])
        let row = try #require(try store.clips(corpus: "crowd").first)
        #expect(row.valence == 0.1 && row.arousal == -0.7 && row.part == "train" && row.start == 1.25 && row.end == 3.5)

        let finding = ClipFinding(name: clip.name, status: .prepared, duration: 2.25, hasSpeech: true, frames: 8, faces: 7)
        try store.recordPreparation(corpus: "crowd", [finding])
        (clip.valence, clip.part, clip.track, clip.emotion) = (0.9, "test", nil, "sad")
        try add()
        #expect(try store.clips(corpus: "crowd").first?.status == .prepared && store.fullClips(corpus: "crowd") == [clip])
        for change in [{ $0.start = nil }, { $0.end = 4 }, { $0.pixelOffset = 7 }] as [(inout Clip) -> Void] {
            try store.recordPreparation(corpus: "crowd", [finding])
            change(&clip)
            try add()
            #expect(try store.clips(corpus: "crowd").first?.status == .listed)
        }
    }

    @Test("A run's samples are kept by part and clip and go with the run")
    func samples() throws {
        try add(10)
        let split = try Split(store.fullClips(corpus: "crowd"), rule: .speaker, seed: 1, nested: true)
        let run = try store.createRun(name: "nano", experiment: Sample.experiment, seed: 1)
        let told = [Domain.source, .target].flatMap { domain in
            Split.Side.allCases.flatMap { side in split[side].map { RunSample(Part(domain, side), clip: $0) } }
        }
        try store.recordSamples(told, run: run.id)
        let samples = try store.samples(run: run.id)
        #expect(samples.count == 20 && samples.count { $0.part.side == .test } == 2 * split.test.count)
        let sides = Dictionary(uniqueKeysWithValues: samples.filter { $0.part.domain == .target }.map { ($0.clip, $0.part.side) })
        #expect(sides == split.sides)
        try store.recordSamples(told, run: run.id)
        #expect(try store.samples(run: run.id) == samples)
        try store.write { try $0.execute(sql: "DELETE FROM runs") }
        #expect(try store.samples(run: run.id).isEmpty)
    }

    @Test("Unknown corpora are named in the error")
    func unknown() {
        #expect(throws: StoreError.noSuchCorpus("none")) { try store.clips(corpus: "none") }
        #expect(throws: StoreError.noSuchCorpus("none")) { try store.removeCorpus("none") }
    }

    @Test("Removing a corpus removes its clips")
    func removing() throws {
        try add(3)
        try store.removeCorpus("crowd")
        #expect(try store.corpora().isEmpty)
        try add(1)
        #expect(try store.clips(corpus: "crowd").count == 1)
    }

    @Test("10,000 clips are listed in under a quarter of a second")
    func listsQuickly() throws {
        try add(10_000)
        _ = try store.corpora()
        let clock = ContinuousClock()
        var rows = 0
        let seconds = try (0..<5).map { _ in try clock.measure { rows = try store.clips(corpus: "crowd").count } }.min()
        print("10,000 clips listed in \(seconds ?? .zero)")
        #expect(rows == 10_000)
        #expect(try #require(seconds) < .milliseconds(250))
    }
}
