// The time of a run: what counts as time of a step, of validation, of saving, and what counts nowhere.
import Foundation
import Records
import Synchronization
import Systems
import TestSupport
import Testing

@testable import Base
@testable import Training

@Suite("The time of a run")
struct RunClockTests {
    /// A clock that only moves when it is told to, and a little each time it is read.
    private final class Hands: Sendable {
        private let time = Mutex(0.0)
        static let tick = 0.25
        func pass(_ seconds: Double) { time.withLock { $0 += seconds } }
        var now: Double {
            time.withLock { time in
                time += Self.tick
                return time
            }
        }
    }

    /// Orders at given calls; each call that finds the run paused or waiting takes an hour.
    private final class SlowOrders: OrderSource {
        private let orders: ScriptedOrders
        private let waits: Range<Int>
        private let calls = Mutex(0)
        private let hands: Hands

        init(_ script: [Int: [Order]], waits: Range<Int>, hands: Hands) {
            (orders, self.waits, self.hands) = (ScriptedOrders(script), waits, hands)
        }

        func takeOrders() -> [PendingOrder] {
            let call = calls.withLock { calls in
                defer { calls += 1 }
                return calls
            }
            if waits.contains(call) { hands.pass(3600) }
            return orders.takeOrders()
        }
    }

    private func run(
        _ orders: any OrderSource, _ hands: Hands, in folder: URL, worked: Double = 0, isPaused: Bool = false,
        patience: CheckpointKeeper.Patience = .init()
    )
        throws -> [TrainingEvent]
    {
        var events: [TrainingEvent] = []
        let keeper = CheckpointKeeper(folder: folder, settle: {}, patience: patience) { events.append(.message(level: $0, text: $1)) }
        let trainer = try Trainer(
            experiment: Synthetic.experiment(), systems: Systems.all, data: Synthetic.data(), orders: orders, folder: folder,
            resuming: false, changes: [], replaying: [],
            keeper: keeper, clock: RunClock(worked: worked, now: { hands.now }), isPaused: isPaused
        ) { events.append($0) }
        #expect(trainer.run() == .finished)
        return events
    }

    /// Everything that is told of time is of work alone.
    private func expectNoPause(_ events: [TrainingEvent], before: Double = 0) throws {
        #expect(
            events.steps.allSatisfy { $0.seconds == 2 * Hands.tick && $0.waitingSeconds == Hands.tick }, "\(events.steps.map(\.seconds))")
        let report = try #require(events.report)
        #expect(abs(report.samplesPerSecond - Double(events.steps.reduce(0) { $0 + $1.samples }) / (16 * 2 * Hands.tick)) < 1e-9)
        #expect(events.epochs.allSatisfy { $0.seconds < 60 } && events.checkpoints.allSatisfy { $0.seconds < 60 })
        let told = events.compactMap { if case .worked(let seconds) = $0 { seconds } else { nil } }
        #expect(told == told.sorted() && told.last == report.seconds && report.seconds > before && report.seconds < before + 60, "\(told)")
    }

    // Calls: one before the run's first step, then one before each of the 7 others of an epoch, then one between the epochs.
    @Test(
        "A pause counts nowhere: before the first step, within an epoch, before an epoch's first step, before the end",
        arguments: [0, 3, 8, 16])
    func pauses(call: Int) throws {
        let hands = Hands()
        let orders = SlowOrders([call: [.pause], call + 3: [.resume]], waits: call + 1..<call + 4, hands: hands)
        let events = try Synthetic.inFolder { try run(orders, hands, in: $0) }
        #expect(events.orders == ["paused", "resumed"])
        try expectNoPause(events)
    }

    @Test("A run that begins paused waits for its order before the first step; what earlier processes worked is part of it")
    func beginsPaused() throws {
        let hands = Hands()
        let events = try Synthetic.inFolder {
            try run(SlowOrders([2: [.resume]], waits: 0..<3, hands: hands), hands, in: $0, worked: 500, isPaused: true)
        }
        let paused = try #require(events.firstIndex(of: .paused(step: 0))), resumed = try #require(events.firstIndex(of: .resumed(step: 0)))
        #expect(events[..<resumed].allSatisfy { if case .step = $0 { false } else { true } } && paused < resumed)
        try expectNoPause(events, before: 500)
    }

    @Test("Waiting at the end for a file that can be written counts nowhere")
    func waitsForAFile() throws {
        let hands = Hands(), isFull = Mutex(false), attempts = Mutex(0)
        try Synthetic.inFolder { folder in
            // From the last step on no file can be written, three times.
            let orders = SlowOrders([:], waits: 17..<1000, hands: hands)
            var events: [TrainingEvent] = []
            let files = DurableFile.failing { action, _ in
                guard isFull.withLock(\.self), action == "write" else { return nil }
                return attempts.withLock { attempts in
                    attempts += 1
                    return attempts <= 3 ? ENOSPC : nil
                }
            }
            let patience = CheckpointKeeper.Patience(training: 1000, waiting: 0.05)
            let keeper = CheckpointKeeper(folder: folder, settle: {}, patience: patience, files: files) {
                events.append(.message(level: $0, text: $1))
            }
            let trainer = try Trainer(
                experiment: Synthetic.experiment(), systems: Systems.all, data: Synthetic.data(), orders: orders, folder: folder,
                resuming: false, changes: [], replaying: [],
                keeper: keeper, clock: RunClock(now: { hands.now })
            ) { event in
                if case .step(let step) = event, step.step == 16 { isFull.withLock { $0 = true } }
                events.append(event)
            }
            #expect(trainer.run() == .finished && events.contains(.paused(step: 16)) && hands.now > 3600)
            try expectNoPause(events)
        }
    }

    @Test("Time in which the process was stopped does not count; time in which it was only slow does")
    func stopped() {
        let time = Mutex(100.0)
        let awake = AwakeTime(uptime: { time.withLock(\.self) }, looks: false)
        func pass(_ seconds: Double) -> Double {
            time.withLock { $0 += seconds }
            return awake.seconds
        }
        #expect(abs(pass(0.5) - 0.5) < 1e-9 && abs(pass(0.9) - 1.4) < 1e-9)
        // Ctrl+Z for an hour: nobody looked meanwhile.
        #expect(abs(pass(3600) - 1.4) < 1e-9 && abs(pass(0.1) - 1.5) < 1e-9)
    }

    @Test("A look of another thread that came late counts nothing twice")
    func lateLook() {
        let time = Mutex(100.0)
        let awake = AwakeTime(uptime: { time.withLock(\.self) }, looks: false)
        let looks = [100.5, 100.4, 100.9, 100.9].map { now in
            time.withLock { $0 = now }
            return awake.seconds
        }
        #expect(zip(looks, [0.5, 0.5, 0.9, 0.9]).allSatisfy { abs($0 - $1) < 1e-9 }, "\(looks)")
    }

    @Test("The timer looks while a step takes long: it counts whole")
    func looks() {
        let awake = AwakeTime()
        let before = awake.seconds
        Thread.sleep(forTimeInterval: 1.6)
        #expect(awake.seconds - before > 1.5)
    }

    @Test("A measurement inside another counts once")
    func nested() {
        let time = Mutex(0.0)
        let clock = RunClock(worked: 10, now: { time.withLock(\.self) })
        func pass(_ seconds: Double) { time.withLock { $0 += seconds } }
        let (inner, outer) = clock.measure {
            pass(1)
            defer { pass(4) }
            return clock.measure { pass(2) }.seconds
        }
        #expect(inner == 2 && outer == 7 && clock.worked == 17)
        pass(100)
        #expect(clock.worked == 17)
    }
}

@Suite("Time left")
struct TimeLeftTests {
    private func plan(epochs: Int = 4) -> RunPlan {
        RunPlan(
            stepsPerEpoch: 10, epochs: epochs, batchSize: 4, task: LearningTask(classes: ["a"]), source: "s",
            samples: [.sourceTraining: 20, .sourceValidation: 30, .targetTraining: 20, .targetValidation: 30], split: "", splitHash: "",
            parameters: 1, trainableParameters: 1)
    }

    private func steps(_ range: ClosedRange<Int>, seconds: Double = 2, waiting: Double = 0) -> [StepRecord] {
        range.map {
            StepRecord(
                step: $0, epoch: 1, domain: .source, samples: 4, seconds: seconds, waitingSeconds: waiting)
        }
    }

    private func epoch(_ number: Int, seconds: Double, saving: Double?) -> EpochRecord {
        EpochRecord(
            epoch: number, step: number * 10, scores: [PartScores(.sourceValidation, samples: 1)], isBest: false, seconds: seconds,
            savingSeconds: saving)
    }

    @Test("Steps at their pace, and for each epoch that is not closed what validation and saving took")
    func counts() {
        let closed = [epoch(1, seconds: 100, saving: 10), epoch(2, seconds: 120, saving: nil)]
        // 15 steps of 2 s, two epochs of 110 s validation and 10 s saving.
        #expect(TimeLeft.seconds(plan(), recent: steps(1...25), closed: closed) == 270.0)
        // The last steps are done: what is left is validation and saving.
        #expect(TimeLeft.seconds(plan(epochs: 3), recent: steps(1...30), closed: closed) == 120.0)
        #expect(TimeLeft.seconds(plan(epochs: 2), recent: steps(1...20), closed: closed) == 0.0)
    }

    @Test("Before the first epoch is over validation counts as a third of a step for each clip; before the first step nothing is known")
    func estimates() throws {
        // 60 clips at a third of half a second less waiting, four times.
        let left = try #require(TimeLeft.seconds(plan(), recent: steps(1...5, waiting: 0.5), closed: []))
        #expect(abs(left - (35 * 2 + 4 * 60 * 1.5 / 4 / 3)) < 1e-9)
        #expect(TimeLeft.seconds(plan(), recent: [], closed: []) == nil)
    }
}
