import TestSupport
import Testing

@testable import Corpora

@Suite("Splits")
struct SplitTests {
    static let cases: [(speakers: Int, seed: UInt64)] = [2, 3, 5, 24, 91].flatMap { n in [0, 42, 123, 2024, .max].map { (n, $0) } }

    @Test("By speaker: nobody is on both sides, no clip is lost", arguments: cases)
    func bySpeaker(speakers: Int, seed: UInt64) throws {
        let clips = MadeUp.clips(speakers: speakers)
        let split = try Split(clips, rule: .speaker, seed: seed)
        let audit = SplitAudit(split, of: clips)
        #expect(audit.isSpeakerIndependent && audit.missingClips.isEmpty && audit.sharedClips.isEmpty)
        #expect(split.training.count + split.validation.count == clips.count && split.test.isEmpty)
        #expect(!split.training.isEmpty && !split.validation.isEmpty)
        #expect(audit.speakers[.validation] == max(1, Int((Double(speakers) * 0.2).rounded())))
    }

    @Test("24 actors become 19 and 5, 91 become 73 and 18")
    func published() throws {
        for (all, held) in [(24, 5), (91, 18)] {
            let clips = MadeUp.clips(speakers: all)
            let audit = SplitAudit(try Split(clips, rule: .speaker, seed: 42), of: clips)
            #expect(audit.speakers == [.training: all - held, .validation: held])
        }
    }

    @Test("The order of the clips does not matter, the seed does, and the hash tells", arguments: [SplitSettings.Rule.speaker, .random])
    func isAFunctionOfNames(rule: SplitSettings.Rule) throws {
        let clips = MadeUp.clips(speakers: 24)
        let split = try Split(clips, rule: rule, seed: 42)
        #expect(try Split(clips.reversed(), rule: rule, seed: 42) == split)
        let other = try Split(clips, rule: rule, seed: 43)
        #expect(other.training != split.training && other.hash != split.hash)
        #expect(split.hash.count == 16)
    }

    @Test("The split of a seed is the same on every machine and in every version")
    func isPinned() throws {
        let split = try Split(MadeUp.clips(speakers: 10, each: 2), rule: .speaker, seed: 42)
        #expect(split.validation == ["s6-c0", "s6-c1", "s7-c0", "s7-c1"])
        #expect(split.hash == "212da891c1f209a6")
    }

    @Test("Nested: what is tested never chose a checkpoint, and nobody is on two of the three sides")
    func nested() throws {
        let clips = MadeUp.clips(speakers: 24)
        let split = try Split(clips, rule: .speaker, seed: 42, nested: true)
        let audit = SplitAudit(split, of: clips)
        #expect(audit.speakers == [.training: 19, .validation: 3, .test: 2] && audit.isSpeakerIndependent)
        #expect(try Split(clips, rule: .speaker, seed: 42).training == split.training)
    }

    @Test("At random: a share of the clips, with speakers on both sides, and the audit says so")
    func random() throws {
        let clips = MadeUp.clips(speakers: 24)
        let split = try Split(clips, rule: .random, seed: 42)
        let audit = SplitAudit(split, of: clips)
        #expect(split.validation.count == 29 && audit.sharedSpeakers.count > 5 && !audit.isSpeakerIndependent)
        #expect(split.clips(.validation, of: clips).map(\.name).sorted() == split.validation)
    }

    @Test("One speaker, and shares outside 0 and 1, are errors")
    func errors() {
        let one = MadeUp.clips(speakers: 1)
        #expect(throws: CorpusError.tooFewSpeakers(corpus: "made-up", speakers: 1, needed: 2)) { try Split(one, rule: .speaker, seed: 1) }
        for share in [0, 1, -0.5, .nan, .infinity] {
            #expect(throws: CorpusError.self) { try Split(MadeUp.clips(speakers: 5), rule: .speaker, validationShare: share, seed: 1) }
        }
    }
}
