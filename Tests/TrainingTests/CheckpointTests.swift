// What lies in a run's folder whenever the power goes, and what is done with it when it is damaged or cannot be written.
import Foundation
import Records
import Synchronization
import Systems
import TensorFiles
import Tensors
import TestSupport
import Testing

@testable import Base
@testable import Training

@Suite("Checkpoints")
struct CheckpointTests {
    static let data = Synthetic.data(training: 16, validation: 8)
    /// Three epochs of four steps, of which the last is not the best.
    static let experiment: Experiment = {
        var experiment = ResumeCase.base
        experiment.training.epochs = 3
        return experiment
    }()

    /// So slow that no answer changes and every epoch's loss is a little lower: each is the best so far.
    static func improving(_ experiment: Experiment) -> Experiment {
        var experiment = experiment
        (experiment.optimiser.learningRate, experiment.optimiser.minimumRate, experiment.optimiser.schedule) = (1e-5, 0, .constant)
        experiment.augmentation.enabled = false
        return experiment
    }

    /// A run stopped in its third epoch, after step 9.
    private func stopped(in folder: URL) throws {
        #expect(try Synthetic.run(Self.experiment, data: Self.data, orders: ScriptedOrders([9: [.stop]]), in: folder).outcome == .stopped)
    }

    private func bytes(_ name: String, _ folder: URL) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

    private func names(_ folder: URL) throws -> Set<String> { Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) }

    @Test("A checkpoint of which any byte has changed, that is cut anywhere, empty or missing, is recognised")
    func damage() throws {
        try Synthetic.inFolder { folder in
            try stopped(in: folder)
            let file = folder.appendingPathComponent(RunFiles.last), whole = try Data(contentsOf: file)
            _ = try Checkpoint(contentsOf: file)
            var bytes = whole
            let header = Int(whole[0]) | Int(whole[1]) << 8 | Int(whole[2]) << 16
            // Every byte of the header, and of the data one in 61: all remainders by the sizes of elements occur.
            let places = Array(0..<8 + header) + stride(from: 8 + header, to: whole.count, by: 61) + [whole.count - 1]
            var unseen: [Int] = []
            for place in places {
                bytes[place] ^= 1 << UInt8(place % 8)
                if CheckpointSeal.check(&bytes) == .whole { unseen.append(place) }
                bytes = whole
            }
            #expect(unseen == [])
            // A seal that is not found is no sign of an earlier version: read in full, on fewer places.
            for place in stride(from: 0, to: 8 + header, by: 7) {
                bytes[place] ^= 1 << UInt8(place % 8)
                try bytes.write(to: file)
                #expect(throws: CheckpointError.self, "byte \(place)") { try Checkpoint(contentsOf: file) }
                bytes = whole
            }
            let lengths = [0, 1, 7, 8, 9, 8 + header / 2, 8 + header, 8 + header + 1, whole.count / 2, whole.count - 1]
            for length in lengths {
                try whole.prefix(length).write(to: file)
                #expect(throws: CheckpointError.self, "\(length) bytes") { try Checkpoint(contentsOf: file) }
            }
            try (whole + Data([0])).write(to: file)
            #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: file) }
            try FileManager.default.removeItem(at: file)
            #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: file) }
            print("checkpoint of \(whole.count) bytes: \(places.count) changed bytes and \(lengths.count + 2) wrong lengths seen")
        }
    }

    @Test(
        "A damaged checkpoint gives way to the one before it, with its best weights, and the run ends with the same bits",
        arguments: [true, false])
    func previous(isMissing: Bool) throws {
        let experiment = Self.improving(Self.experiment)
        try Synthetic.inFolder { folder in
            let (wholeFolder, halves) = (folder.appendingPathComponent("whole"), folder.appendingPathComponent("halves"))
            let whole = try RunRemains(try Synthetic.run(experiment, data: Self.data, in: wholeFolder).events, wholeFolder)
            // Stopped where an epoch was just the best: the checkpoint before knows other best weights.
            try #require(whole.epochs.map(\.isBest) == [true, true, true])
            let best = whole.epochs[1]
            let first = try Synthetic.run(experiment, data: Self.data, orders: ScriptedOrders([best.step: [.stop]]), in: halves).events
            let last = halves.appendingPathComponent(RunFiles.last)
            // The stop saved once more, with the same best weights.
            var bytes = try Data(contentsOf: last)
            bytes[bytes.count / 2] ^= 4
            if isMissing { try FileManager.default.removeItem(at: last) } else { try bytes.write(to: last) }
            let point = try ResumePoint(of: halves)
            #expect(point.step <= best.step)
            let second = try Synthetic.run(experiment, data: Self.data, in: halves, resuming: true)
            #expect(second.outcome == .finished)
            let words = try #require(second.events.messages.first { $0.contains("the checkpoint before it") })
            #expect(words.contains(last.path) && words.contains(isMissing ? "missing" : "checksum"))
            #expect(second.events.contains { if case .message(.warning, words) = $0 { true } else { false } })
            let kept = first.filter {
                if case .step(let step) = $0 {
                    step.step <= point.step
                } else if case .epoch(let epoch) = $0 {
                    epoch.step <= point.step
                } else {
                    true
                }
            }
            #expect(try RunRemains(kept + second.events, halves).differences(from: whole) == [])
        }
    }

    @Test("Where the one before is damaged too, the error names both files and says what to do")
    func bothDamaged() throws {
        try Synthetic.inFolder { folder in
            try stopped(in: folder)
            for name in [RunFiles.last, RunFiles.previous] {
                #expect(try Checkpoint(contentsOf: folder.appendingPathComponent(name)).progress.step == (name == RunFiles.last ? 9 : 8))
                try Data("nothing".utf8).write(to: folder.appendingPathComponent(name))
            }
            #expect { try Synthetic.run(Self.experiment, data: Self.data, in: folder, resuming: true) } throws: { error in
                ["last.ckpt", "previous.ckpt", "Put back a copy", "train anew"].allSatisfy { "\(error)".contains($0) }
            }
        }
    }

    @Test("A run that has finished keeps one checkpoint and its best weights, and nothing else")
    func finished() throws {
        try Synthetic.inFolder { folder in
            try Synthetic.run(Self.experiment, data: Self.data, in: folder)
            #expect(try names(folder) == ["experiment.toml", "last.ckpt", "best.safetensors"])
        }
    }

    @Test("A checkpoint of earlier versions, without a checksum, is read as it is")
    func unsealed() throws {
        try Synthetic.inFolder { folder in
            try stopped(in: folder)
            let file = folder.appendingPathComponent(RunFiles.last)
            var stored = try Safetensors(contentsOf: file)
            for key in ["emolab.checksum", "emolab.version", "emolab.best"] { #expect(stored.metadata.removeValue(forKey: key) != nil) }
            try stored.write(to: file)
            #expect(try ResumePoint(of: folder).step == 9)
            #expect(try Synthetic.run(Self.experiment, data: Self.data, in: folder, resuming: true).outcome == .finished)
        }
    }

    @Test(
        "Best weights that are missing or damaged are written again where the checkpoint has them, and else forgotten, in words",
        arguments: [true, false])
    func lostBest(isCheckpoints: Bool) throws {
        try Synthetic.inFolder { folder in
            let halves = folder.appendingPathComponent("halves")
            let stop = isCheckpoints ? 4 : 6
            try Synthetic.run(Self.experiment, data: Self.data, orders: ScriptedOrders([stop: [.stop]]), in: halves)
            let file = halves.appendingPathComponent(RunFiles.best), whole = try Data(contentsOf: file)
            try whole.dropLast().write(to: file)
            let (_, events) = try Synthetic.run(
                Self.experiment, data: Self.data, orders: ScriptedOrders([0: [.stop]]), in: halves, resuming: true)
            #expect(events.messages.contains { $0.contains(isCheckpoints ? "written again from the checkpoint" : "are lost") })
            if isCheckpoints { #expect(try Data(contentsOf: file) == whole) }
            #expect(try Synthetic.run(Self.experiment, data: Self.data, in: halves, resuming: true).outcome == .finished)
        }
    }

    /// Ends a process in thought: from its n-th call of the system on, no file changes any more.
    private final class PowerLoss: Sendable {
        private let state: Mutex<(calls: Int, last: Int)>

        init(after last: Int) { state = Mutex((0, last)) }

        func fault(_ action: String, _ path: String) -> Int32? {
            state.withLock { state in
                state.calls += 1
                return state.calls > state.last ? EIO : nil
            }
        }

        var calls: Int { state.withLock { $0.calls } }
        var isGone: Bool { state.withLock { $0.calls > $0.last } }
    }

    /// Stops whoever lives on after the power has gone, twice: the second stop gives up saving.
    private final class Mourners: OrderSource {
        private let loss: PowerLoss
        init(_ loss: PowerLoss) { self.loss = loss }
        func takeOrders() -> [PendingOrder] { loss.isGone ? [PendingOrder(id: 1, order: .stop)] : [] }
    }

    @Test(
        "Killed between any two calls that change a file, a run goes on and leaves the bits of one that was not", arguments: [false, true])
    func powerLoss(isFrozen: Bool) throws {
        var experiment = Self.improving(Self.experiment)
        if isFrozen { (experiment.model.video.frozen, experiment.model.video.dropout) = (true, 0) }
        // Two epochs of two steps, saved in their middle too; the second is better.
        experiment.training.checkpointMinutes = 1e-6
        experiment.training.epochs = 2
        let data = Synthetic.data(training: 8, validation: 8)
        try Synthetic.inFolder { folder in
            let wholeFolder = folder.appendingPathComponent("whole"), counter = PowerLoss(after: .max)
            let whole = try RunRemains(
                try Synthetic.run(experiment, data: data, in: wholeFolder, files: .failing(counter.fault)).events, wholeFolder)
            try #require(whole.epochs.map(\.isBest) == [true, true] && whole.steps.count == 4)
            var began = 0, wentOn = 0
            for call in 0..<counter.calls {
                let killed = folder.appendingPathComponent("killed-\(call)"), loss = PowerLoss(after: call)
                let first = try Synthetic.run(experiment, data: data, orders: Mourners(loss), in: killed, files: .failing(loss.fault))
                    .events
                guard RunFiles.hasCheckpoint(killed) else {
                    began += 1
                    continue
                }
                wentOn += 1
                let step = try ResumePoint(of: killed).step
                let second = try Synthetic.run(experiment, data: data, in: killed, resuming: true)
                #expect(second.outcome == .finished)
                #expect(
                    !second.events.messages.contains { $0.contains("damaged") || $0.contains("lost") },
                    "call \(call): \(second.events.messages)")
                let kept = first.filter {
                    if case .step(let record) = $0 {
                        record.step <= step
                    } else if case .epoch(let record) = $0 {
                        record.step <= step
                    } else {
                        true
                    }
                }
                #expect(try RunRemains(kept + second.events, killed).differences(from: whole) == [], "call \(call)")
                #expect(try names(killed) == names(wholeFolder), "call \(call)")
                try FileManager.default.removeItem(at: killed)
            }
            #expect(wentOn > began)
            print(
                "power lost before each of \(counter.calls) calls: \(began) runs had no checkpoint yet, \(wentOn) went on with the same bits"
            )
        }
    }

    /// A disk that is full for a while.
    private final class FullDisk: Sendable {
        let isFull = Mutex(false)
        func fault(_ action: String, _ path: String) -> Int32? { isFull.withLock { $0 } && action == "write" ? ENOSPC : nil }
        func fill(_ full: Bool) { isFull.withLock { $0 = full } }
    }

    /// Does something at given calls, and gives no orders but those in `script`.
    final class Acts: OrderSource {
        private let calls = Mutex(0)
        private let acts: [Int: @Sendable () -> Void]
        private let script: [Int: [Order]]

        init(_ acts: [Int: @Sendable () -> Void], orders: [Int: [Order]] = [:]) { (self.acts, script) = (acts, orders) }

        func takeOrders() -> [PendingOrder] {
            let call = calls.withLock { calls in
                calls += 1
                return calls - 1
            }
            acts[call]?()
            return (script[call] ?? []).enumerated().map { PendingOrder(id: Int64(100 * call + $0.offset), order: $0.element) }
        }
    }

    private func run(
        _ orders: any OrderSource, in folder: URL, patience: CheckpointKeeper.Patience,
        fault: @escaping @Sendable (String, String) -> Int32?
    ) throws
        -> (outcome: RunOutcome, events: [TrainingEvent])
    {
        var events: [TrainingEvent] = []
        let keeper = CheckpointKeeper(folder: folder, settle: {}, patience: patience, files: .failing(fault)) {
            events.append(.message(level: $0, text: $1))
        }
        let trainer = try Trainer(
            experiment: Self.experiment, systems: Systems.all, data: Self.data, orders: orders, folder: folder, resuming: false,
            changes: [], replaying: [],
            keeper: keeper
        ) { events.append($0) }
        return (trainer.run(), events)
    }

    @Test("While the disk is full the run goes on, says so once, tries again and says when it could: the same bits in the end")
    func fullDisk() throws {
        try Synthetic.inFolder { folder in
            let wholeFolder = folder.appendingPathComponent("whole"), full = folder.appendingPathComponent("full"), disk = FullDisk()
            let whole = try RunRemains(try Synthetic.run(Self.experiment, data: Self.data, in: wholeFolder).events, wholeFolder)
            // Full from the third step to the tenth: an epoch ends meanwhile, and its best weights wait in memory.
            let orders = Acts([2: { disk.fill(true) }, 10: { disk.fill(false) }])
            let (outcome, events) = try run(orders, in: full, patience: .init(training: 0, waiting: 0), fault: disk.fault)
            #expect(outcome == .finished)
            let warnings = events.messages.filter { $0.contains("No space left on device") }
            #expect(warnings.count == 1 && warnings[0].contains(full.path) && warnings[0].contains("Free some space"))
            #expect(events.messages.contains { $0.contains("can be written again: the run is saved after step 10") })
            #expect(events.checkpoints.dropFirst().first?.kind == .best && events.checkpoints.dropFirst().allSatisfy { $0.step >= 4 })
            #expect(try RunRemains(events, full).differences(from: whole) == [])
        }
    }

    @Test(
        "A call that fails once, each in turn, costs a run neither its best weights nor a bit: what failed last may have been done, but for its flush"
    )
    func failsOnce() throws {
        try Synthetic.inFolder { folder in
            let wholeFolder = folder.appendingPathComponent("whole")
            let whole = try RunRemains(try Synthetic.run(Self.experiment, data: Self.data, in: wholeFolder).events, wholeFolder)
            var turn = 0, isReached = true
            while isReached {
                turn += 1
                let each = folder.appendingPathComponent("\(turn)"), calls = Mutex(0), failing = turn
                let (outcome, events) = try run(Acts([:]), in: each, patience: .init(training: 0, waiting: 0)) { _, _ in
                    calls.withLock { calls in
                        calls += 1
                        return calls == failing ? EIO : nil
                    }
                }
                isReached = calls.withLock { $0 >= turn }
                #expect(outcome == .finished)
                #expect(try RunRemains(events, each).differences(from: whole) == [], "call \(turn)")
                try FileManager.default.removeItem(at: each)
            }
            #expect(turn > 40)
        }
    }

    @Test("At its end a run waits until it can be saved: paused, in words, refusing orders")
    func waits() throws {
        try Synthetic.inFolder { folder in
            let disk = FullDisk()
            let orders = Acts([5: { disk.fill(true) }, 14: { disk.fill(false) }], orders: [13: [.set(key: "training.epochs", value: "9")]])
            let (outcome, events) = try run(orders, in: folder, patience: .init(training: 100, waiting: 0.05), fault: disk.fault)
            #expect(outcome == .finished && events.steps.count == 12)
            let paused = try #require(events.firstIndex(of: .paused(step: 12))),
                resumed = try #require(events.firstIndex(of: .resumed(step: 12)))
            #expect(paused < resumed && events.messages.contains { $0.contains("waits until it can") && $0.contains("a stop gives it up") })
            #expect(
                events[paused..<resumed].contains {
                    if case .order(let order) = $0 { order.isRefused && order.text.contains("waits") } else { false }
                })
            #expect(try Checkpoint(contentsOf: folder.appendingPathComponent(RunFiles.last)).progress.step == 12)
        }
    }

    @Test("A stop while it waits gives that up: the run ends as failed and says what is lost")
    func givenUp() throws {
        try Synthetic.inFolder { folder in
            let disk = FullDisk()
            let orders = Acts([5: { disk.fill(true) }], orders: [7: [.stop], 9: [.stop]])
            let (outcome, events) = try run(orders, in: folder, patience: .init(training: 100, waiting: 100), fault: disk.fault)
            #expect(outcome == .failed)
            guard case .failed(let reason)? = events.last else { return #expect(Bool(false), "the last event is no failure") }
            #expect(reason.contains("steps 5 to 7 are lost, the last checkpoint is of step 4") && reason.contains("No space left"))
            // What was saved before is whole.
            disk.fill(false)
            #expect(try ResumePoint(of: folder).step == 4)
        }
    }

    @Test("A folder that is deleted under a run is made again, and the best weights count from then on")
    func deletedFolder() throws {
        try Synthetic.inFolder { folder in
            let orders = Acts([6: { try? FileManager.default.removeItem(at: folder) }])
            let (outcome, events) = try run(orders, in: folder, patience: .init(), fault: { _, _ in nil })
            #expect(outcome == .finished && events.messages.contains { $0.contains("are lost") })
            #expect(try names(folder) == ["experiment.toml", "last.ckpt", "best.safetensors"])
            #expect(try Experiment.read(folder.appendingPathComponent("experiment.toml")) == Self.experiment)
            #expect(events.epochs.filter(\.isBest).contains { $0.epoch == 2 })
        }
    }

    @Test("What was told settles before a checkpoint that is past it; where it cannot, the checkpoint before stays")
    func settles() throws {
        try Synthetic.inFolder { folder in
            let last = folder.appendingPathComponent(RunFiles.last)
            var told: [TrainingEvent] = [], settled = 0, isStoreFull = false
            let settle = {
                if isStoreFull { throw FileFailure(action: "write", path: "records", code: ENOSPC) }
                settled = told.steps.count
                // Until now the checkpoint in place is an older one.
                #expect((try? Checkpoint(contentsOf: last))?.progress.step ?? 0 < max(settled, 1))
            }
            let trainer = try Trainer(
                experiment: Self.experiment, systems: Systems.all, data: Self.data, orders: Acts([5: {}]), folder: folder, settle: settle
            ) { event in
                told.append(event)
                if case .epoch(let epoch) = event { isStoreFull = epoch.epoch == 2 }
                guard case .step(let step) = event, step.step == 9 else { return }
                #expect(settled == 4 && (try? Checkpoint(contentsOf: last))?.progress.step == 4)
                #expect(told.messages.contains { $0.contains("records") && $0.contains("No space left on device") })
            }
            #expect(trainer.run() == .finished && settled == 12)
            #expect(told.checkpoints.filter { $0.kind == .last }.map(\.step) == [0, 4, 12])
        }
    }

    @Test("A run that belongs to another process by now writes no checkpoint over that one's")
    func belongsToAnother() throws {
        struct TakenOver: Error, CustomStringConvertible { let description = "taken over" }
        try Synthetic.inFolder { folder in
            var told: [TrainingEvent] = []
            let settle = { if told.steps.count == 8 { throw TakenOver() } }
            let trainer = try Trainer(
                experiment: Self.experiment, systems: Systems.all, data: Self.data, orders: Acts([5: {}]), folder: folder, settle: settle
            ) { told.append($0) }
            #expect(trainer.run() == .failed && told.steps.count == 8)
            #expect(try Checkpoint(contentsOf: folder.appendingPathComponent(RunFiles.last)).progress.step == 4)
            guard case .failed("step 8: taken over")? = told.last else { return #expect(Bool(false), "\(String(describing: told.last))") }
        }
    }
}
