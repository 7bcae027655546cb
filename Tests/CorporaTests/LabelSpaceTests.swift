import TestSupport
import Testing

@testable import Corpora

@Suite("Label spaces")
struct LabelSpaceTests {
    private static let own = """
        [synonyms]
        boredom = ["bored", "gelangweilt"]
        anger = ["wütend"]
        [spaces.tired]
        labels = ["boredom", "neutral"]
        merges = { calm = "neutral" }
        [spaces.polarity]
        aliases = ["mood"]
        labels = ["negative", "positive"]
        merges = { anger = "negative", sad = "negative", happy = "positive" }
        """

    @Test("A user's file adds words and spaces, by path or in the user's folder")
    func ownFile() throws {
        let folder = try MadeUpFolder([
            "mine.toml": Self.own, "notes.txt": "", "sub/one.toml": "[spaces.two]\nlabels = [\"sad\", \"happy\"]",
        ])
        let named = try LabelSpace.named(folder.path("mine.toml") + "#tired")
        #expect(named.label(of: "Gelangweilt") == "boredom" && named.label(of: "calm") == "neutral" && named.label(of: "angry") == nil)
        #expect(try LabelSpace.named("mood", folder: folder.url).index(of: "wütend") == 0)
        #expect(try LabelSpace.named("six", folder: folder.url).label(of: "wütend") == nil, "a file's words are its own spaces'")
        #expect(try LabelSpace.named(folder.path("sub/one.toml")).name == "two")
        #expect(
            try LabelLibrary.everything(folder: folder.url).spaces.filter { $0.file != nil }.map(\.space.name) == ["polarity", "tired"])
        let error = #expect(throws: CorpusError.self) { try LabelSpace.named(folder.path("mine.toml")) }
        #expect("\(error as Any)".contains("it holds 2 spaces: say which"))
    }

    @Test("A broken file costs only itself, and is the reason where its space is asked for")
    func broken() throws {
        let folder = try MadeUpFolder([
            "bad.toml": "[spaces.mine]\nlabels = [", "mine.toml": Self.own, "taken.toml": "[spaces.six]\nlabels = [\"sad\", \"happy\"]",
        ])
        let all = try LabelLibrary.everything(folder: folder.url)
        #expect(all.spaces.filter { $0.file != nil }.map(\.space.name) == ["polarity", "tired"])
        #expect(all.broken.map(\.file.lastPathComponent) == ["bad.toml", "taken.toml"])
        #expect(
            try LabelSpace.named("six", folder: folder.url).labels.count == 6
                && LabelSpace.named("tired", folder: folder.url).labels.count == 2)
        // By the name in the file, and by the file's own.
        for name in ["mine", "bad"] {
            let error = #expect(throws: CorpusError.self) { try LabelSpace.named(name, folder: folder.url) }
            #expect("\(error as Any)".contains("bad.toml"), "\(name)")
        }
        let other = #expect(throws: CorpusError.self) { try LabelSpace.named("nobody", folder: folder.url) }
        #expect("\(other as Any)".contains("nobody"))
    }

    @Test(
        "What is wrong with a user's file is said with its line",
        arguments: [
            ("[spaces.a]\nlabels = [\"sad\", \"hapy\"]", 1, "a names hapy, which [synonyms] lacks, did you mean happy?"),
            ("# mine\n[synonyms]\nsad = []\nglad = [\"joy\"]", 4, "joy stands for both happy and glad"),
            ("[spaces.a]\nlabels = [", 2, ""), ("\n\n[spaces.a]\nlabels = \"sad\"", 3, "spaces.a.labels is not of the kind"),
            ("[spaces.a]\naliases = []", 1, "spaces.a lacks the key labels"),
            ("[synonyms]\nsad = [\"Weepy\"]", 2, "Weepy must be written in lower case"),
        ] as [(String, Int?, String)])
    func lines(text: String, line: Int?, reason: String) throws {
        let folder = try MadeUpFolder(["mine.toml": text])
        let error = #expect(throws: CorpusError.self) { try LabelLibrary.read(folder.url.appendingPathComponent("mine.toml")) }
        guard case .badLabels(let file, let found, let words)? = error else {
            Issue.record("another error: \(error as Any)")
            return
        }
        #expect(file == folder.path("mine.toml") && found == line && words.hasPrefix(reason), "\(words)")
    }

    @Test("A user's space cannot take a name that is taken")
    func taken() throws {
        let folder = try MadeUpFolder(["mine.toml": "[spaces.six]\nlabels = [\"sad\", \"happy\"]"])
        let error = try #require(try LabelLibrary.everything(folder: folder.url).broken.first?.error)
        #expect(error == CorpusError.badLabels(file: folder.path("mine.toml"), line: nil, reason: "the name six is taken by another space"))
        #expect(throws: CorpusError.self) { try LabelLibrary.read(folder.url.appendingPathComponent("none.toml")) }
    }

    @Test("The common space has six labels in the published order, and a place for every label of both corpora")
    func common() throws {
        let space = try LabelSpace.named("common6")
        #expect(space.labels == ["anger", "disgust", "fear", "happy", "neutral", "sad"])
        #expect(Ravdess.emotions.values.allSatisfy { space.index(of: $0) != nil })
        #expect(CremaD.emotions.values.allSatisfy { space.index(of: $0) != nil })
        #expect(space.label(of: "calm") == "neutral" && space.label(of: "surprised") == "happy")
    }

    @Test(
        "A corpus' own words and case mean the same emotion",
        arguments: [("angry", "anger"), ("Fearful", "fear"), ("HAPPINESS", "happy"), (" sad ", "sad")])
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

    @Test("An unknown space is an error that lists the known ones and names the nearest")
    func unknown() throws {
        let known = ["chang4", "ck7", "ck8", "common6", "fer7", "mosei6", "native6", "native8", "rafd8"]
        let named = try LabelSpace.all().flatMap { [$0.name] + $0.aliases }
        #expect(named.count > known.count)
        #expect(throws: CorpusError.unknownLabelSpace("comon6", known: named, nearest: "common6")) { try LabelSpace.named("comon6") }
        #expect(throws: CorpusError.unknownLabelSpace("x", known: named, nearest: nil)) { try LabelSpace.named("x") }
        #expect(try LabelSpace.all().map(\.name) == known)
    }

    @Test("Every label of every layout has its place in the space made for it")
    func layouts() throws {
        for (space, words) in [
            ("L8", Ravdess.emotions.values.sorted()), ("L6", CremaD.emotions.values.sorted()), ("L7", Fer2013.emotions),
            ("ck+", CohnKanade.emotions),
            ("rafd", Rafd.emotions.sorted()), ("mosei", Mosei.emotions),
        ] {
            let space = try LabelSpace.named(space)
            #expect(Set(words.compactMap { space.index(of: $0) }) == Set(space.labels.indices), "\(space.name)")
        }
        #expect(try Fer2013.emotions.map { try LabelSpace.named("fer7").index(of: $0) } == Array(0..<7))
        #expect(try LabelSpace.named("L4").labels == ["neutral", "happy", "anger", "surprised"])
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
        #expect(throws: CorpusError.self) { try LabelLibrary(text, file: "x.toml") }
    }
}
