// A file of a run that cannot be read may be whole: it is neither passed over nor replaced. What was read and is damaged is kept under another name.
import Foundation
import Records
import Synchronization
import TestSupport
import Testing

@testable import Base
@testable import Training

@Suite("Files of a run that cannot be read")
struct UnreadableFileTests {
    static let data = Synthetic.data(training: 16, validation: 8)
    /// Every epoch is the best so far, so that each checkpoint has best weights of its own.
    static let experiment = CheckpointTests.improving(CheckpointTests.experiment)
    static let codes = [EIO, EMFILE, ESTALE, EINTR, ENOMEM, EACCES, ENFILE, ETIMEDOUT]

    private func stopped(in folder: URL) throws {
        #expect(try Synthetic.run(Self.experiment, data: Self.data, orders: ScriptedOrders([9: [.stop]]), in: folder).outcome == .stopped)
    }

    private func contents(_ folder: URL) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: folder.appendingPathComponent($0))) })
    }

    @Test(
        "Whatever the error, resuming is refused in words, no file changes, and the next attempt goes on",
        arguments: [RunFiles.last, RunFiles.best])
    func unreadable(name: String) throws {
        try Synthetic.inFolder { folder in
            let halves = folder.appendingPathComponent("halves")
            try stopped(in: halves)
            let before = try contents(halves), path = halves.appendingPathComponent(name).path
            for code in Self.codes {
                for action in ["open", "read"] {
                    let error = #expect(throws: (any Error).self) {
                        try Synthetic.run(
                            Self.experiment, data: Self.data, in: halves, resuming: true,
                            files: .failing { $0 == action && $1 == path ? code : nil })
                    }
                    let words = error.map { "\($0)" } ?? ""
                    #expect(words.contains("\(path) cannot be read: \(String(cString: strerror(code)))"), "\(words)")
                    #expect(try contents(halves) == before, "\(action), \(code)")
                }
            }
            let (outcome, events) = try Synthetic.run(Self.experiment, data: Self.data, in: halves, resuming: true)
            #expect(outcome == .finished && events.steps.first?.step == 10)
        }
    }

    @Test("A checkpoint that was read and is damaged is kept under another name, with the best weights that only it names")
    func damaged() throws {
        try Synthetic.inFolder { folder in
            // Two saves with other best weights: at the ends of the first and the second epoch.
            let halves = folder.appendingPathComponent("halves")
            let seen = Mutex<[String: Data]>([:])
            let look: @Sendable () -> Void = { seen.withLock { $0 = (try? contents(halves)) ?? [:] } }
            let orders = CheckpointTests.Acts([8: look], orders: [8: [.stop]])
            #expect(try Synthetic.run(Self.experiment, data: Self.data, orders: orders, in: halves).outcome == .stopped)
            let kept = seen.withLock { $0 }
            // As it was before the stop saved once more.
            for (name, bytes) in kept { try bytes.write(to: halves.appendingPathComponent(name)) }
            var bytes = try #require(kept[RunFiles.last])
            let best = try #require(kept[RunFiles.best])
            try #require(kept[RunFiles.previousBest] != nil && kept[RunFiles.previousBest] != best)
            bytes[bytes.count / 2] ^= 4
            try bytes.write(to: halves.appendingPathComponent(RunFiles.last))
            let (outcome, events) = try Synthetic.run(
                Self.experiment, data: Self.data, orders: ScriptedOrders([0: [.stop]]), in: halves, resuming: true)
            #expect(outcome == .stopped)
            let now = try contents(halves)
            #expect(now["last.damaged-1.ckpt"] == bytes && now["best.other-1.safetensors"] == best)
            #expect(now[RunFiles.best] == kept[RunFiles.previousBest])
            #expect(
                ["last.damaged-1.ckpt", "best.other-1.safetensors"].allSatisfy { name in events.messages.contains { $0.contains(name) } })
            // A second one takes the next name.
            for (name, content) in kept { try (name == RunFiles.last ? bytes : content).write(to: halves.appendingPathComponent(name)) }
            try Synthetic.run(Self.experiment, data: Self.data, orders: ScriptedOrders([0: [.stop]]), in: halves, resuming: true)
            #expect(try contents(halves)["last.damaged-2.ckpt"] == bytes && contents(halves)["last.damaged-1.ckpt"] == bytes)
        }
    }

    @Test("Frozen weights that cannot be read are said to be so, and are not written anew")
    func frozen() throws {
        try Synthetic.inFolder { folder in
            var experiment = Self.experiment
            experiment.model.video.frozen = true
            try Synthetic.run(experiment, data: Self.data, orders: ScriptedOrders([5: [.stop]]), in: folder)
            let before = try contents(folder), path = folder.appendingPathComponent(RunFiles.frozen).path
            try #require(before[RunFiles.frozen] != nil)
            let error = #expect(throws: CheckpointError.self) {
                try Synthetic.run(
                    experiment, data: Self.data, in: folder, resuming: true, files: .failing { $0 == "read" && $1 == path ? EIO : nil })
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains("\(path) cannot be read: Input/output error"))
            #expect(try contents(folder) == before)
        }
    }
}
