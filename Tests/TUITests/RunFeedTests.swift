import Foundation
import Records
import Store
import Synchronization
import Testing

@testable import TUI

@Suite struct RunFeedTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "emolab-runs-\(UUID().uuidString)", isDirectory: true)

    private func step(_ step: Int, loss: Double? = 1, domainLoss: Double? = nil, domain: Domain = .source, seconds: Double = 0.1)
        -> StepRecord
    {
        StepRecord(step: step, domain: domain, classLoss: loss, domainLoss: domainLoss, domainAccuracy: 0.5, alpha: 0.1, seconds: seconds)
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
        var curves = StepCurves()
        for i in 1...1_000_000 {
            let loss: Double? = i == 700_001 ? 1e6 : i == 300_001 ? .nan : Double(i % 10)
            curves.take(step(i, loss: loss, domainLoss: 3))
        }
        let points = curves.points, classes = curves.place(of: SeriesName.classes), total = curves.place(of: SeriesName.total)
        #expect(points.count <= 2 * StepCurves.capacity && points.count >= StepCurves.capacity / 2)
        #expect(points.map { $0[classes].high }.max() == 1e6 && points.map { $0[classes].low }.min() == 0)
        #expect(points.reduce(0) { $0 + $1[classes].count } == 999_999)
        let sum = points.reduce(0) { $0 + $1[classes].sum }
        #expect(abs(sum - (4_500_000 - 2 + 1e6)) < 1)  // Σ i % 10 without the outlier's 1 and the gap's 1.
        #expect(points.count { $0[classes].isBroken } == 1)
        #expect(points.last?.step == 1_000_000 && abs((points.last?.seconds ?? 0) - 100_000) < 1)
        #expect(abs(curves.seconds(at: 500_000) - 50_000) < 20)
        #expect(points[0][total].mean == points[0][classes].mean + 3)
    }

    @Test("Steps without a labelled sample are no gap of the class loss, a step whose loss is not a number is")
    func gaps() {
        var curves = StepCurves()
        curves.take([step(1), step(2, loss: nil, domainLoss: 0.7, domain: .target), step(3, loss: nil), step(4, loss: .nan), step(5)])
        let classes = curves.place(of: SeriesName.classes)
        #expect(curves.points.map { $0[classes].isBroken } == [false, false, false, true, false])
        #expect(curves.points.map { $0[classes].count } == [1, 0, 0, 0, 1])
        // What a target batch minimised stands beside no source batch's.
        #expect(curves.points.map { $0[curves.place(of: SeriesName.total)].count } == [1, 0, 1, 0, 1])
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
        var reader = ComparedReader(experiments: MadeUpExperiments())
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
        plan.preparation = PreparationRecord(faces: "centred squares", version: "version 1", isFallback: false, effective: "{}")
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

    @Test("Groups are asked for anew where a run changed, and told where they are others")
    func groups() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RunStore(at: folder)
        func told(_ groups: [Int64: Int]?) -> [Int64: Int]? {
            let told = Mutex<[Int64: Int]?>(nil)
            SeedGroupsWorker(store: store, groups: ToldGroups(groups: groups)).work(SeedGroupsRequest(), isOutdated: { false }) { model in
                told.withLock { $0 = (model as? SeedGroups)?.groups }
            }
            return told.withLock(\.self)
        }
        #expect(told([1: 0, 2: 0]) == [1: 0, 2: 0] && told(nil) == nil)
        let worker = SeedGroupsWorker(store: store, groups: ToldGroups()), before = worker.basis(of: SeedGroupsRequest())
        #expect(worker.basis(of: SeedGroupsRequest()) == before)
        _ = try store.createRun(name: "r", experiment: "", seed: 1)
        #expect(worker.basis(of: SeedGroupsRequest()) != before)
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
