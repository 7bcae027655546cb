import Base
import Faces
import Foundation
import Inputs
import Records
import Store
import Testing
import TestSupport

@testable import Runs

@Suite("Runs that differ in their seed alone") struct RunGroupsTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "emolab-groups-\(UUID().uuidString)", isDirectory: true)

    @Test("Runs that differ in seed and name alone are one group; another key makes another; what cannot be read stays alone")
    func groups() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        func experiment(_ name: String, _ seed: Int, _ more: String = "") -> String {
            "name = \"\(name)\"\n[data]\nsource = \"studio\"\ntarget = \"crowd\"\n[training]\nseeds = [\(seed)]\n\(more)"
        }
        let texts = [
            experiment("a", 1), experiment("b", 2), experiment("a", 3, "epochs = 7\n"), "not toml [", experiment("a", 4, "epochs = 60\n"),
        ]
        for text in texts { _ = try store.createRun(name: "r", experiment: text, seed: 1) }
        let grouper = RunGroups(store: store)
        var groups = try #require(grouper.changedGroups())
        #expect(groups[1] == groups[2] && groups[1] != groups[3])
        #expect(groups[99] == nil && Set([1, 3, 4].compactMap { groups[$0] }).count == 3)
        // 60 epochs are what a file has that names none.
        #expect(groups[5] == groups[1])
        #expect(grouper.changedGroups() == nil)

        // A run that came, and one that was asked something else since.
        let late = try store.createRun(name: "r", experiment: experiment("late", 9), seed: 1)
        let recorder = RunRecorder(store: store, run: try #require(try store.summary(of: 2)))
        recorder.record(.replanned(step: 1, Sample.plan, experiment: experiment("b", 2, "epochs = 7\n")))
        try recorder.flush()
        groups = try #require(grouper.changedGroups())
        #expect(groups[late.id] == groups[1] && groups[2] == groups[3] && groups[2] != groups[1])
    }

    @Test("Runs on squares and on found faces are no group together; runs that start from the seeds of one experiment are")
    func groupsByWhatWasDone() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        func run(_ name: String, _ seed: Int, _ detector: FaceSettings.Detector, start: String = "") throws -> Int64 {
            let text = "name = \"\(name)\"\n[training]\nseeds = [\(seed)]\nstart = \"\(start)\"\n"
            let run = try store.createRun(name: name, experiment: text, seed: UInt64(seed))
            var plan = Sample.plan, settings = PreparationSettings()
            settings.faces.detector = detector
            plan.preparation = EffectivePreparation.squares(settings).record
            let recorder = RunRecorder(store: store, run: run)
            recorder.record(.started(plan))
            try recorder.flush()
            return run.id
        }
        let squares = [try run("a", 1, .centredSquare), try run("a", 2, .centredSquare)], fallback = try run("a", 3, .mtcnn)
        let children = try squares.enumerated().map { try run("b", $0.offset, .mtcnn, start: "run:\($0.element)") }
        let other = try run("b", 9, .mtcnn, start: "run:\(children[0])")
        let groups = try #require(RunGroups(store: store).changedGroups())
        #expect(groups[squares[0]] == groups[squares[1]] && groups[squares[0]] != groups[fallback])
        #expect(groups[children[0]] == groups[children[1]] && groups[children[0]] != groups[other])
    }
}
