import Faces
import Foundation
import Inputs
import Runs
import Testing
import Training

@testable import TUI

@Suite struct RunFeedTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "emolab-runs-\(UUID().uuidString)", isDirectory: true)

    private func step(_ step: Int, loss: Double? = 1, domainLoss: Double? = nil, domain: Domain = .source, seconds: Double = 0.1)
        -> StepRecord
    {
        StepRecord(
            step: step, epoch: 1, domain: domain, classLoss: loss, domainLoss: domainLoss, classAccuracy: nil, domainAccuracy: 0.5,
            alpha: 0.1,
            learningRate: 1e-3, gradientNorm: 1, clips: 4, seconds: seconds, waitingSeconds: 0)
    }

    @Test("The list is told once and then when a run comes, goes or changes its state; progress waits for its turn")
    func list() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        for i in 0..<(RunListReader.page + 5) { _ = try store.createRun(name: "r\(i)", experiment: "", seed: UInt64(i)) }
        var reader = RunListReader()
        let first = try #require(try reader.read(store, changed: true, isDue: true))
        #expect(first.rows.count == RunListReader.page && !first.isComplete && reader.isReading)
        let second = try #require(try reader.read(store, changed: false, isDue: false))
        #expect(second.isComplete && second.rows.map(\.id) == Array((1...Int64(RunListReader.page + 5)).reversed()))
        #expect(try reader.read(store, changed: false, isDue: false) == nil && !reader.isReading)
        #expect(try reader.read(store, changed: true, isDue: true) == nil)

        try store.issue(.pause, run: 3)
        #expect(try reader.read(store, changed: true, isDue: false) == nil)
        #expect(try reader.read(store, changed: false, isDue: true)?.rows.count == RunListReader.page + 5)
        let run = try #require(try store.summary(of: 3))
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.stopped(step: 0))
        try recorder.close()
        #expect(try reader.read(store, changed: true, isDue: false)?.rows.first { $0.id == 3 }?.state == .stopped)
        try store.deleteRun(3, withFolder: false)
        #expect(try reader.read(store, changed: true, isDue: false)?.rows.contains { $0.id == 3 } == false)
        let new = try store.createRun(name: "new", experiment: "", seed: 1)
        #expect(try reader.read(store, changed: true, isDue: false)?.rows.first?.id == new.id)
    }

    @Test("A run that is deleted while the list is still read is not in it")
    func deletedMeanwhile() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        for i in 0..<(RunListReader.page + 5) { _ = try store.createRun(name: "r\(i)", experiment: "", seed: UInt64(i)) }
        var reader = RunListReader()
        _ = try reader.read(store, changed: true, isDue: true)
        let newest = Int64(RunListReader.page + 5)
        let recorder = RunRecorder(store: store, run: try #require(try store.summary(of: newest)))
        recorder.record(.stopped(step: 0))
        try recorder.close()
        try store.deleteRun(newest, withFolder: false)
        let view = try #require(try reader.read(store, changed: true, isDue: false))
        #expect(view.isComplete && view.rows.count == RunListReader.page + 4 && view.rows.first?.id == newest - 1)
    }

    @Test("A run of a million steps takes as much memory as one of four thousand; extremes, means and gaps stay")
    func thinning() {
        var curves = StepCurves(lambda: 2)
        for i in 1...1_000_000 {
            let loss: Double? = i == 700_001 ? 1e6 : i == 300_001 ? nil : Double(i % 10)
            curves.take(step(i, loss: loss, domainLoss: 3))
        }
        let points = curves.points
        #expect(points.count <= 2 * StepCurves.capacity && points.count >= StepCurves.capacity / 2)
        #expect(points.map(\.classLoss.high).max() == 1e6 && points.map(\.classLoss.low).min() == 0)
        #expect(points.reduce(0) { $0 + $1.classLoss.count } == 999_999)
        let sum = points.reduce(0) { $0 + $1.classLoss.sum }
        #expect(abs(sum - (4_500_000 - 2 + 1e6)) < 1)  // Σ i % 10 without the outlier's 1 and the gap's 1.
        #expect(points.count { $0.classLoss.isBroken } == 1)
        #expect(points.last?.step == 1_000_000 && abs((points.last?.seconds ?? 0) - 100_000) < 1)
        #expect(abs(curves.seconds(at: 500_000) - 50_000) < 20)
        #expect(points[0].totalLoss.mean == points[0].classLoss.mean + 6)
    }

    @Test("Steps of a target batch are no gap of the class loss, a source step without one is")
    func gaps() {
        var curves = StepCurves()
        curves.take([step(1), step(2, loss: nil, domainLoss: 0.7, domain: .target), step(3, loss: nil), step(4, loss: .nan), step(5)])
        #expect(curves.points.map(\.classLoss.isBroken) == [false, false, true, true, false])
        #expect(curves.points.map(\.classLoss.count) == [1, 0, 0, 0, 1])
    }

    @Test("Marked runs are read with curves and settings, kept up to date, and read anew where they were begun again")
    func compared() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        let experiment = "name = \"small\"\n[data]\nsource = \"studio\"\ntarget = \"crowd\"\n"
        let run = try store.createRun(name: "small", experiment: experiment, seed: 7)
        let recorder = RunRecorder(store: store, run: run)
        for i in 1...5 { recorder.record(.step(step(i))) }
        try recorder.flush()
        var reader = ComparedReader()
        func look(changed: Bool) throws -> ComparedRuns? {
            let turn = StoreTurn(store: store, corporaChanged: false, runsChanged: changed, isListDue: false, shown: nil, predictions: nil)
            return try reader.read(turn).first as? ComparedRuns
        }
        #expect(try look(changed: true) == nil)
        let isTaken = reader.take(CompareRequest(runs: [run.id, 99]))
        #expect(isTaken)
        let first = try #require(try look(changed: false))
        #expect(
            first.runs.map(\.id) == [run.id] && first.runs[0].curves.last?.step == 5
                && first.runs[0].settings["adaptation.method"] == "dann")
        #expect(try look(changed: false) == nil)
        // A live change, and how clips were prepared, count from when they are told.
        #expect(first.runs[0].settings["inputs.faces.detector.effective"] == nil)
        var plan = try #require(Sample.train().plan)
        plan.preparation = .squares(PreparationSettings())
        recorder.record(.replanned(step: 5, plan, experiment: experiment + "[adaptation]\nalpha.maximum = 0.05\n"))
        recorder.record(.message(level: .info, text: "alpha.maximum 0.099 → 0.05"))
        try recorder.flush()
        let changed = try #require(try look(changed: true)?.runs.first?.settings)
        #expect(
            changed["adaptation.alpha.maximum"] == "0.05" && changed["inputs.faces.detector.effective"] == "centred squares", "\(changed)")
        recorder.record(.step(step(6)))
        recorder.record(.stopped(step: 6))
        try recorder.close()
        #expect(try look(changed: true)?.runs[0].curves.last?.step == 6)
        _ = try store.resumeRun(run.id, after: 2)
        #expect(try look(changed: true)?.runs[0].curves.last?.step == 2)
        try store.deleteAllForTest(run.id)
        #expect(try look(changed: true)?.runs.isEmpty == true)
    }

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
        let worker = SeedGroupsWorker(store: store)
        var answer = SeedGroups()
        let box = Box()
        let before = worker.basis(of: SeedGroupsRequest())
        worker.work(SeedGroupsRequest(), isOutdated: { false }) { box.model = $0 as? SeedGroups }
        answer = try #require(box.model)
        #expect(answer.groups[1] == answer.groups[2] && answer.groups[1] != answer.groups[3])
        #expect(answer.groups[99] == nil && Set([1, 3, 4].compactMap { answer.groups[$0] }).count == 3)
        // 60 epochs are what a file has that names none.
        #expect(answer.groups[5] == answer.groups[1])
        #expect(worker.basis(of: SeedGroupsRequest()) == before)

        // A run that came, and one that was asked something else since.
        let late = try store.createRun(name: "r", experiment: experiment("late", 9), seed: 1)
        let recorder = RunRecorder(store: store, run: try #require(try store.summary(of: 2)))
        recorder.record(.replanned(step: 1, try #require(Sample.train().plan), experiment: experiment("b", 2, "epochs = 7\n")))
        try recorder.flush()
        #expect(worker.basis(of: SeedGroupsRequest()) != before)
        worker.work(SeedGroupsRequest(), isOutdated: { false }) { box.model = $0 as? SeedGroups }
        answer = try #require(box.model)
        #expect(answer.groups[late.id] == answer.groups[1] && answer.groups[2] == answer.groups[3] && answer.groups[2] != answer.groups[1])
    }

    @Test("Runs on squares and on found faces are no group together; runs that start from the seeds of one experiment are")
    func groupsByWhatWasDone() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        func run(_ name: String, _ seed: Int, _ detector: FaceSettings.Detector, start: String = "") throws -> Int64 {
            let text = "name = \"\(name)\"\n[training]\nseeds = [\(seed)]\nstart = \"\(start)\"\n"
            let run = try store.createRun(name: name, experiment: text, seed: UInt64(seed))
            var plan = try #require(Sample.train().plan), settings = PreparationSettings()
            settings.faces.detector = detector
            plan.preparation = .squares(settings)
            let recorder = RunRecorder(store: store, run: run)
            recorder.record(.started(plan))
            try recorder.flush()
            return run.id
        }
        let squares = [try run("a", 1, .centredSquare), try run("a", 2, .centredSquare)], fallback = try run("a", 3, .mtcnn)
        let children = try squares.enumerated().map { try run("b", $0.offset, .mtcnn, start: "run:\($0.element)") }
        let other = try run("b", 9, .mtcnn, start: "run:\(children[0])")
        let box = Box()
        SeedGroupsWorker(store: store).work(SeedGroupsRequest(), isOutdated: { false }) { box.model = $0 as? SeedGroups }
        let groups = try #require(box.model).groups
        #expect(groups[squares[0]] == groups[squares[1]] && groups[squares[0]] != groups[fallback])
        #expect(groups[children[0]] == groups[children[1]] && groups[children[0]] != groups[other])
    }

    @Test("A resume, which is told without a step, stands in the epoch in which it came")
    func epochOfResume() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        let run = try store.createRun(name: "small", experiment: "name = \"small\"\n", seed: 7)
        let recorder = RunRecorder(store: store, run: run), plan = try #require(Sample.train().plan)
        recorder.record(.started(plan))
        recorder.record(.stopped(step: plan.stepsPerEpoch * 2 + 1))
        recorder.record(.started(plan))
        try recorder.close()
        var reader = RunReader(chosen: run.id)
        let view = try #require(try reader.read(store, changed: true, isListDue: true).compactMap { $0 as? TrainView }.last)
        #expect(view.events.map(\.epoch) == [3, 3, 0], "\(view.events)")
    }

    private final class Box: @unchecked Sendable { var model: SeedGroups? }
}

extension RunStore {
    /// Ends and deletes a run of this process.
    fileprivate func deleteAllForTest(_ id: Int64) throws {
        guard let run = try summary(of: id) else { return }
        let recorder = RunRecorder(store: self, run: run)
        recorder.record(.stopped(step: 1))
        try recorder.close()
        try deleteRun(id, withFolder: false)
    }
}
