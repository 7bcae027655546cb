import Base
import Corpora
import Foundation
import GRDB
import Records
import TestSupport
import Testing

@testable import Store

@Suite("Tags and notes of clips")
struct NotesTests {
    @Test("A tag comes and goes, a note is replaced, what is empty leaves no row, and readers notice")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let store = try RunStore(at: folder.store)
        let before = try store.revision()
        #expect(try store.toggleTag("ambiguous", corpus: "crowd", clip: "1001_A"))
        #expect(try store.toggleTag(" aside ", corpus: "crowd", clip: "1001_A"))
        try store.setNote("  sounds angry\n", corpus: "crowd", clip: "1001_A")
        let note = try #require(try store.clipNote(corpus: "crowd", clip: "1001_A"))
        #expect(note.tags == ["ambiguous", "aside"] && note.note == "sounds angry" && note.id == "crowd/1001_A")
        #expect(try store.revision().notes == before.notes + 3 && store.revision().corpora == before.corpora)
        #expect(try !store.toggleTag("aside", corpus: "crowd", clip: "1001_A"))
        #expect(try !store.toggleTag("ambiguous", corpus: "crowd", clip: "1001_A"))
        try store.setNote("", corpus: "crowd", clip: "1001_A")
        #expect(try store.clipNotes() == [])
        #expect(try !store.toggleTag("  ", corpus: "crowd", clip: "1001_A"))
    }

    @Test("They are sorted, of one corpus where asked, and outlive a corpus that is removed and added again")
    func outlive() throws {
        let folder = try TemporaryFolder()
        let store = try RunStore(at: folder.store)
        let scan = CorpusScan(clips: [Clip(name: "b", corpus: "crowd", speaker: "1", emotion: "sad")], rejected: [])
        try store.addCorpus(name: "crowd", format: "table", folder: "/nowhere", scan: scan)
        for clip in ["b", "a"] { try store.toggleTag("x", corpus: "crowd", clip: clip) }
        try store.setNote("n", corpus: "other", clip: "c")
        try store.removeCorpus("crowd")
        try store.addCorpus(name: "crowd", format: "table", folder: "/nowhere", scan: scan)
        #expect(try store.clipNotes().map(\.id) == ["crowd/a", "crowd/b", "other/c"])
        #expect(try store.clipNotes(corpus: "other").map(\.clip) == ["c"])
    }

    @Test("What is written is bounded: long tags and notes are cut, a clip has so many tags at most")
    func bounds() throws {
        let folder = try TemporaryFolder()
        let store = try RunStore(at: folder.store)
        try store.toggleTag(String(repeating: "t", count: 500), corpus: "c", clip: "a")
        try store.setNote(String(repeating: "é", count: 5000), corpus: "c", clip: "a")
        for number in 0..<60 { try store.toggleTag("tag \(number)", corpus: "c", clip: "a") }
        let note = try #require(try store.clipNote(corpus: "c", clip: "a"))
        #expect(
            note.note.count == RunStore.longestNote && note.tags.count == RunStore.mostTags
                && note.tags.allSatisfy { $0.count <= RunStore.longestTag })
    }

    @Test("Answered clips stand beside their columns; ratings are read of wrong ones; a clip that is gone keeps its answer")
    func answers() throws {
        let folder = try TemporaryFolder()
        let store = try RunStore(at: folder.store)
        let clips = [
            Clip(name: "a", corpus: "crowd", speaker: "1001", emotion: "sad", sex: "male", age: 31, ratings: ["sad": 0.7, "fear": 0.3]),
            Clip(name: "b", corpus: "crowd", speaker: "1002", emotion: "fear", intensity: "high", ratings: ["fear": 1]),
        ]
        try store.addCorpus(name: "crowd", format: "table", folder: "/nowhere", scan: CorpusScan(clips: clips, rejected: []))
        let run = try store.createRun(name: "nano", experiment: Sample.experiment, seed: 1)
        #expect(try store.answeredEpochs(run: run.id) == [])
        var plan = Sample.plan
        plan.task = LearningTask(classes: ["sad", "fear"])
        try store.recordSamples(
            [
                RunSample(.targetValidation, clip: "a", speaker: "1001", truth: ["emotion": .label(0)]),
                RunSample(.targetValidation, clip: "b", speaker: "1002", truth: ["emotion": .label(1)]),
                RunSample(.sourceValidation, clip: "gone", truth: ["emotion": .label(1)]),
            ], run: run.id)
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.started(plan))
        recorder.record(
            .answers(
                epoch: 1,
                [
                    Answer(.targetValidation, clip: "a", outputs: ["emotion": [0.2, 0.8]]),
                    Answer(.targetValidation, clip: "b", outputs: ["emotion": [0.1, 0.9]]),
                    Answer(.sourceValidation, clip: "gone", outputs: ["emotion": [0.6, 0.4]]),
                ]))
        try recorder.flush()
        #expect(try store.answeredEpochs(run: run.id) == [1])
        let answers = try store.answeredClips(run: run.id, epoch: 1)
        #expect(answers.map(\.id) == ["studio/gone", "crowd/a", "crowd/b"])
        #expect(answers[0].emotion == nil && answers[1].answer.sample.speaker == "1001" && answers[1].age == 31)
        #expect(answers[1].ratings == ["sad": 0.7, "fear": 0.3] && answers[2].ratings == nil && answers[2].intensity == "high")
        #expect(answers[1].answer.answer(of: plan.task.heads[0]) == 1)
    }
}
