import Base
import Foundation
import Records
import TestSupport
import Testing

@testable import Store

@Suite("Analyses of a run")
struct AnalysisTests {
    private struct Note: Codable, Equatable {
        var levels: [Double]
        var text: String
    }

    @Test("An analysis comes back as it was stored, a new one takes its place, and readers notice")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let store = try RunStore(at: folder.store)
        let run = try store.createRun(name: "nano", experiment: Sample.experiment, seed: 1)
        let before = try store.revision()
        let first = Note(levels: [0.5, .infinity], text: "é")
        try store.record(first, kind: .robustness, run: run.id)
        try store.record(Note(levels: [], text: "b"), kind: .explanation, subject: "target/clip 1", run: run.id)
        #expect(try store.revision().runs == before.runs + 2)
        #expect(try store.analysis(Note.self, kind: .robustness, run: run.id) == first)
        #expect(try store.analysis(Note.self, kind: .evaluation, run: run.id) == nil)
        #expect(try store.analysis(Note.self, kind: .explanation, run: run.id) == nil)
        try store.record(Note(levels: [1], text: "later"), kind: .robustness, run: run.id)
        #expect(try store.analysis(Note.self, kind: .robustness, run: run.id)?.text == "later")
        #expect(try store.analyses(run: run.id).map(\.subject) == ["target/clip 1", ""])
    }

    @Test("An analysis of a run that is not there is refused")
    func noRun() throws {
        let folder = try TemporaryFolder()
        let store = try RunStore(at: folder.store)
        #expect(throws: StoreError.noSuchRun(9)) { try store.record(Note(levels: [], text: ""), kind: .evaluation, run: 9) }
    }
}
