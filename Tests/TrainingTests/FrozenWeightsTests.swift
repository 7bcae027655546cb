import Foundation
import Networks
import Records
import TensorFiles
import Tensors
import Testing

@testable import Training

@Suite("Frozen weights beside the checkpoint")
struct FrozenWeightsTests {
    private var experiment: Experiment {
        var experiment = Synthetic.experiment()
        experiment.model.video.frozen = true
        experiment.training.epochs = 3
        return experiment
    }

    private func file(_ name: String, _ folder: URL) throws -> Safetensors {
        try Safetensors(contentsOf: folder.appendingPathComponent(name))
    }

    /// A run that was stopped in its second epoch.
    private func stopped(in folder: URL) throws -> [TrainingEvent] {
        let (outcome, events) = try Synthetic.run(experiment, orders: ScriptedOrders([13: [.stop]]), in: folder)
        #expect(outcome == .stopped)
        return events
    }

    @Test(
        "They are written once and left out of the checkpoint, and with them a run goes on with the same bits; the best weights stand alone"
    )
    func once() throws {
        try Synthetic.inFolder { folder in
            let (whole, halves) = (folder.appendingPathComponent("whole"), folder.appendingPathComponent("halves"))
            let trace = try Synthetic.run(experiment, in: whole).events.trace
            let first = try stopped(in: halves)
            let frozen = try file("frozen.safetensors", halves), last = try file("last.ckpt", halves),
                best = try file("best.safetensors", halves)
            #expect(!frozen.entries.isEmpty && frozen.entries.keys.allSatisfy { $0.hasPrefix("timesformer.") })
            #expect(frozen.entries.keys.allSatisfy { last["network/" + $0] == nil && best.entries[$0] == frozen.entries[$0] })
            let path = halves.appendingPathComponent("frozen.safetensors").path
            func number() throws -> Int? { try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int }
            let before = try number()
            let second = try Synthetic.run(experiment, in: halves, resuming: true)
            #expect(second.outcome == .finished && first.trace + second.events.trace == trace)
            // A file that is written again is another one under the same name.
            #expect(try number() == before)
            for name in ["frozen.safetensors", "best.safetensors"] { #expect(try file(name, halves) == file(name, whole), "\(name)") }
        }
    }

    @Test(
        "A checkpoint whose frozen weights are damaged, cut off or missing is refused with their path",
        arguments: ["is not what it was", "safetensors:", "missing"])
    func damaged(words: String) throws {
        try Synthetic.inFolder { folder in
            _ = try stopped(in: folder)
            let url = folder.appendingPathComponent("frozen.safetensors")
            var bytes = try Data(contentsOf: url)
            bytes[bytes.count - 3] ^= 4
            switch words {
            case "missing": try FileManager.default.removeItem(at: url)
            case "safetensors:": try bytes.dropLast(7).write(to: url)
            default: try bytes.write(to: url)
            }
            #expect { try Synthetic.run(experiment, in: folder, resuming: true) } throws: {
                $0 is CheckpointError && "\($0)".contains(url.path) && "\($0)".contains(words)
            }
        }
    }

    @Test("A checkpoint of earlier versions, which holds all weights, is read as it is")
    func earlier() throws {
        try Synthetic.inFolder { folder in
            let (whole, halves) = (folder.appendingPathComponent("whole"), folder.appendingPathComponent("halves"))
            let trace = try Synthetic.run(experiment, in: whole).events.trace
            let first = try stopped(in: halves)
            var joined = try file("last.ckpt", halves)
            for (name, entry) in try file("frozen.safetensors", halves).entries { joined.entries["network/" + name] = entry }
            for key in ["emolab.frozen", "emolab.checksum", "emolab.version", "emolab.best"] {
                #expect(joined.metadata.removeValue(forKey: key) != nil)
            }
            try joined.write(to: halves.appendingPathComponent("last.ckpt"))
            try FileManager.default.removeItem(at: halves.appendingPathComponent("frozen.safetensors"))
            let second = try Synthetic.run(experiment, in: halves, resuming: true).events
            #expect(first.trace + second.trace == trace)
        }
    }

    @Test("A frozen weight that has changed all the same goes into the checkpoint; a file that was deleted is written again")
    func changed() throws {
        try Synthetic.inFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let checkpoint = folder.appendingPathComponent("last.ckpt"), url = folder.appendingPathComponent("frozen.safetensors")
            let learner = try Learner(experiment, classes: 6)
            var frozen = FrozenWeights()
            let all = try frozen.kept(of: learner.store, for: checkpoint, by: .system)
            let parameter = try #require(learner.store.parameters.first { !$0.isTrainable })
            let before = parameter.value
            parameter.value = before + 1
            let others = try frozen.kept(of: learner.store, for: checkpoint, by: .system)
            #expect(Set(others.checksums.keys) == Set(all.checksums.keys).subtracting([parameter.name]))
            parameter.value = before
            try FileManager.default.removeItem(at: url)
            let again = try frozen.kept(of: learner.store, for: checkpoint, by: .system)
            #expect(again == all && FileManager.default.fileExists(atPath: url.path))
            #expect(try all.read(for: checkpoint, by: .system).count == all.checksums.count)
        }
    }

    @Test("Where nothing is frozen there is no such file")
    func none() throws {
        try Synthetic.inFolder { folder in
            var experiment = Synthetic.experiment()
            experiment.training.epochs = 1
            let outcome = try Synthetic.run(experiment, in: folder).outcome, last = try file("last.ckpt", folder)
            #expect(outcome == .finished && last.metadata["emolab.frozen"] == nil)
            #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("frozen.safetensors").path))
        }
    }
}
