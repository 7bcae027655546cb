import Testing

@testable import Corpora

@Suite("Label spaces")
struct LabelSpaceTests {
    @Test("The common space has six labels in the published order, and a place for every label of both corpora")
    func common() throws {
        let space = try LabelSpace.named("common6")
        #expect(space.labels == ["anger", "disgust", "fear", "happy", "neutral", "sad"])
        #expect(Ravdess.emotions.values.allSatisfy { space.index(of: $0) != nil })
        #expect(CremaD.emotions.values.allSatisfy { space.index(of: $0) != nil })
        #expect(space.label(of: "calm") == "neutral" && space.label(of: "surprised") == "happy")
    }

    @Test("A corpus' own words and case mean the same emotion", arguments: [("angry", "anger"), ("Fearful", "fear"), ("HAPPINESS", "happy"), (" sad ", "sad")])
    func synonyms(word: String, label: String) throws {
        #expect(try LabelSpace.named("six").label(of: word) == label)
    }

    @Test("The eight-class space keeps calm and surprised apart; the six-class one of CREMA-D says what it lacks")
    func native() throws {
        let eight = try LabelSpace.named("native8")
        #expect(Set(Ravdess.emotions.values.compactMap { eight.index(of: $0) }) == Set(0..<8))
        let coverage = try LabelSpace.named("native6").coverage(of: [
            Clip(name: "a", corpus: "x", speaker: "1", emotion: "calm"), Clip(name: "b", corpus: "x", speaker: "1", emotion: "angry"),
            Clip(name: "c", corpus: "x", speaker: "1", emotion: "calm"),
        ])
        #expect(coverage == LabelCoverage(counts: [1, 0, 0, 0, 0, 0], unmapped: ["calm": 2]) && !coverage.isComplete)
    }

    @Test("An unknown space is an error that lists the known ones")
    func unknown() {
        #expect(throws: CorpusError.unknownLabelSpace("seven", known: ["common6", "native6", "native8"])) { try LabelSpace.named("seven") }
    }

    @Test(
        "A labels file that contradicts itself is refused",
        arguments: [
            "not toml [", "[synonyms]\na = [\"x\"]\nb = [\"x\"]\n[spaces.s]\nlabels = [\"a\", \"b\"]",
            "[synonyms]\na = []\nb = []\n[spaces.s]\nlabels = [\"a\", \"a\"]",
            "[synonyms]\na = []\nb = []\n[spaces.s]\nlabels = [\"a\", \"c\"]",
            "[synonyms]\na = []\nb = []\nc = []\n[spaces.s]\nlabels = [\"a\", \"b\"]\nmerges = { c = \"d\" }",
            "[synonyms]\na = []\nb = []\n[spaces.s]\nlabels = [\"a\", \"b\"]\nmerges = { a = \"b\" }",
            "[synonyms]\na = []\nb = []\n[spaces.s]\nlabels = [\"a\", \"b\"]\naliases = [\"t\"]\n[spaces.t]\nlabels = [\"a\", \"b\"]",
        ])
    func contradictions(text: String) {
        #expect(throws: CorpusError.self) { try LabelSpace.read(text) }
    }
}
