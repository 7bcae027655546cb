import TestSupport
import Testing

@testable import Corpora

@Suite("Folds and official parts")
struct FoldTests {
    /// As RAVDESS numbers its actors: odd ones are men.
    static let ravdess = (1...24).flatMap { actor in
        (0..<60).map {
            Clip(
                name: "\(MadeUp.twoDigits(actor))-\($0)", corpus: "studio", speaker: MadeUp.twoDigits(actor), emotion: "sad",
                sex: actor % 2 == 1 ? "male" : "female")
        }
    }
    /// 48 men and 43 women.
    static let cremaD = (1001...1091).flatMap { actor in
        (0..<4).map {
            Clip(name: "\(actor)-\($0)", corpus: "crowd", speaker: "\(actor)", emotion: "sad", sex: actor <= 1048 ? "male" : "female")
        }
    }

    private func splits(_ clips: [Clip], _ folds: Int, _ rule: SplitSettings.FoldRule, nested: Bool = false) throws -> [Split] {
        try (1...folds).map { try Split(clips, SplitSettings(folds: folds, fold: $0, rule: rule, seed: 42, nested: nested)) }
    }

    private func speakers(_ names: [String], _ clips: [Clip]) -> Set<String> {
        let names = Set(names)
        return Set(clips.filter { names.contains($0.name) }.map(\.speaker))
    }

    @Test("Ten rotating folds of 24 actors: four of 3, six of 2, each a test once and a validation once, sexes even")
    func rotating() throws {
        let splits = try splits(Self.ravdess, 10, .rotating)
        let tests = splits.map { speakers($0.test, Self.ravdess) }
        #expect(tests.map(\.count).sorted() == [2, 2, 2, 2, 2, 2, 3, 3, 3, 3] && Set(tests.flatMap(\.self)).count == 24)
        for (k, split) in splits.enumerated() {
            #expect(speakers(split.validation, Self.ravdess) == tests[(k + 1) % 10])
            let audit = SplitAudit(split, of: Self.ravdess)
            #expect(audit.isSpeakerIndependent && audit.missingClips.isEmpty)
            let men = tests[k].count { (Int($0) ?? 0) % 2 == 1 }
            #expect(abs(2 * men - tests[k].count) <= 2, "\(tests[k])")
        }
        #expect(Set(splits.map(\.hash)).count == 10)
    }

    @Test("Ten folds of 91 actors: one of 10 and nine of 9; nine folds: 10 or 11, sexes even to one")
    func crowd() throws {
        let ten = try splits(Self.cremaD, 10, .rotating).map { speakers($0.test, Self.cremaD).count }
        #expect(ten.sorted() == [9, 9, 9, 9, 9, 9, 9, 9, 9, 10])
        let nine = try splits(Self.cremaD, 9, .validating)
        for split in nine {
            let held = speakers(split.validation, Self.cremaD)
            #expect((10...11).contains(held.count) && split.test.isEmpty)
            #expect((5...6).contains(held.count { (Int($0) ?? 0) <= 1048 }) && (4...5).contains(held.count { (Int($0) ?? 0) > 1048 }))
            #expect(split.training.count + split.validation.count == Self.cremaD.count)
        }
        #expect(Set(nine.flatMap(\.validation)).count == Self.cremaD.count)
    }

    @Test("The twelve pairs of RAVDESS are A1,2 to A23,24: 120 clips validate, 1,320 train")
    func pairs() throws {
        for fold in 1...12 {
            let split = try Split(Self.ravdess, SplitSettings(folds: 10, fold: fold, rule: .pairs, seed: 42))
            let pair = [MadeUp.twoDigits(2 * fold - 1), MadeUp.twoDigits(2 * fold)]
            #expect(speakers(split.validation, Self.ravdess) == Set(pair) && split.validation.count == 120 && split.training.count == 1320)
            #expect(split.text == "fold \(fold) of 12 (\(pair.joined(separator: ", "))) validates")
        }
        #expect(throws: CorpusError.badFold(fold: 13, folds: 12)) {
            try Split(Self.ravdess, SplitSettings(folds: 10, fold: 13, rule: .pairs, seed: 42))
        }
    }

    @Test(
        "Nested, the fold is the test and training speakers of both sexes validate", arguments: [SplitSettings.FoldRule.pairs, .validating])
    func nested(rule: SplitSettings.FoldRule) throws {
        let plain = try Split(Self.ravdess, SplitSettings(folds: 12, fold: 3, rule: rule, seed: 42))
        let split = try Split(Self.ravdess, SplitSettings(folds: 12, fold: 3, rule: rule, seed: 42, nested: true))
        let audit = SplitAudit(split, of: Self.ravdess)
        #expect(split.test == plain.validation && audit.isSpeakerIndependent && audit.missingClips.isEmpty)
        #expect(audit.speakers == [.training: 17, .validation: 5, .test: 2])
    }

    @Test("Leave-one-out goes through the speakers in order of their numbers")
    func leaveOneOut() throws {
        let clips = ["2", "10", "1"].flatMap { speaker in
            (0..<3).map { Clip(name: "\(speaker)-\($0)", corpus: "x", speaker: speaker, emotion: "sad") }
        }
        for (fold, speaker) in [(1, "1"), (2, "2"), (3, "10")] {
            var settings = SplitSettings(.leaveOneOut, seed: 1)
            settings.fold = fold
            let split = try Split(clips, settings)
            #expect(speakers(split.validation, clips) == [speaker] && split.training.count == 6 && split.test.isEmpty)
            settings.nested = true
            #expect(try Split(clips, settings).test == split.validation)
        }
        var settings = SplitSettings(.leaveOneOut, seed: 1)
        settings.fold = 4
        #expect(throws: CorpusError.badFold(fold: 4, folds: 3)) { try Split(clips, settings) }
    }

    @Test("Official parts are taken as they are; what has none is on no side; a missing validation part is cut from training where asked")
    func official() throws {
        func clips(_ parts: [String?]) -> [Clip] {
            parts.enumerated().map { Clip(name: "c\($0.offset)", corpus: "x", speaker: "s\($0.offset)", emotion: "sad", part: $0.element) }
        }
        let split = try Split(clips(["train", "validation", "test", nil, "train"]), SplitSettings(.official, seed: 1))
        #expect(split.training == ["c0", "c4"] && split.validation == ["c1"] && split.test == ["c2"])
        #expect(SplitAudit(split, of: clips(["train", "validation", "test", nil, "train"])).missingClips == ["c3"])
        let two = clips(Array(repeating: "train", count: 10) + ["test", "test"])
        #expect(throws: CorpusError.noOfficialParts(corpus: "x", missing: ["validation"])) {
            try Split(two, SplitSettings(.official, seed: 1))
        }
        let cut = try Split(two, SplitSettings(.official, seed: 1, nested: true))
        #expect(cut.validation.count == 2 && cut.training.count == 8 && cut.test == ["c10", "c11"])
        #expect(throws: CorpusError.noOfficialParts(corpus: "x", missing: ["train", "validation"])) {
            try Split(clips([nil, nil]), SplitSettings(.official, seed: 1))
        }
    }

    @Test("Folds are a function of seed and names, and too many of them an error")
    func functions() throws {
        let settings = SplitSettings(folds: 10, fold: 4, rule: .rotating, seed: 42)
        let split = try Split(Self.cremaD, settings)
        #expect(try Split(Self.cremaD.reversed(), settings) == split)
        #expect(try Split(Self.cremaD, SplitSettings(folds: 10, fold: 4, rule: .rotating, seed: 43)).hash != split.hash)
        #expect(split.hash == "b651fc8485b0b07e", "the same on every machine and in every version")
        #expect(throws: CorpusError.tooFewSpeakers(corpus: "studio", speakers: 24, needed: 25)) {
            try Split(Self.ravdess, SplitSettings(folds: 25, fold: 1, rule: .rotating, seed: 42))
        }
    }
}
