// Live changes and a run that goes on from before they were made.
import Foundation
import Records
import Testing

@testable import Training

@Suite("Orders carried out again")
struct ReplayTests {
    private let data = Synthetic.data(training: 16, validation: 8)
    private let experiment: Experiment = {
        var experiment = ResumeCase.base
        (experiment.training.epochs, experiment.optimiser.schedule) = (3, .constant)
        return experiment
    }()

    /// What a store has of the orders of `events`.
    private func applied(_ script: [Int: [Order]], _ events: [TrainingEvent]) -> [AppliedOrder] {
        events.compactMap { event in
            guard case .order(let record) = event, !record.isRefused,
                case .set(let key, let value)? = script[Int(record.id) / 100]?[Int(record.id) % 100]
            else { return nil }
            return AppliedOrder(id: record.id, step: record.step, key: key, value: value)
        }
    }

    private func whole(_ script: [Int: [Order]], in folder: URL) throws -> (remains: RunRemains, orders: [AppliedOrder]) {
        let events = try Synthetic.run(experiment, data: data, orders: ScriptedOrders(script), in: folder).events
        return (try RunRemains(events, folder), applied(script, events))
    }

    @Test(
        "Killed after changes that no checkpoint has, the run makes them again at their steps, once: the same bits",
        arguments: [1, 4, 5, 7, 8])
    func again(killedAt copied: Int) throws {
        let script: [Int: [Order]] = [
            3: [.set(key: "learning_rate", value: "0.002")],
            4: [.set(key: "alpha.maximum", value: "0.03"), .set(key: "batch", value: "2")],
            6: [.set(key: "learning_rate", value: "0.003"), .set(key: "learning_rate", value: "0.004")],
            8: [.set(key: "training.patience", value: "1")],
        ]
        try Synthetic.inFolder { folder in
            let (whole, orders) = try whole(script, in: folder.appendingPathComponent("whole"))
            #expect(orders.count == 5)
            // The folder of a run that was killed later, whose last checkpoint is of this step.
            let halves = folder.appendingPathComponent("halves")
            let stop = ScriptedOrders(script.merging([copied: (script[copied] ?? []) + [.stop]]) { $1 })
            let first = try Synthetic.run(experiment, data: data, orders: stop, in: halves).events
            let second = try Synthetic.run(experiment, data: data, in: halves, resuming: true, replaying: orders)
            let after = orders.filter { $0.step > copied }
            #expect(second.events.messages.filter { $0.contains("again, as before the run ended") }.count == after.count)
            #expect(try RunRemains(first + second.events, halves).differences(from: whole) == [])
        }
    }

    @Test("A checkpoint that has an order of its own step does not make it again; one that was written before the order does")
    func sameStep() throws {
        try Synthetic.inFolder { folder in
            let script: [Int: [Order]] = [4: [.set(key: "learning_rate", value: "0.002"), .stop]]
            let first = try Synthetic.run(experiment, data: data, orders: ScriptedOrders(script), in: folder).events
            let orders = applied(script, first)
            #expect(orders.map(\.step) == [4])
            let again = try Synthetic.run(
                experiment, data: data, orders: ScriptedOrders([0: [.stop]]), in: folder, resuming: true, replaying: orders
            ).events
            #expect(!again.messages.contains { $0.contains("counts from step") })
            // As if killed between the epoch's checkpoint and the stop's.
            let previous = folder.appendingPathComponent(RunFiles.previous), last = folder.appendingPathComponent(RunFiles.last)
            let earlier = try [previous, last].map { try Checkpoint(contentsOf: $0) }
            #expect(earlier.allSatisfy { $0.progress.step == 4 })
            #expect(earlier[1].progress.holds(orders[0]))
            var progress = earlier[1].progress
            progress.ordersSinceStep = []
            #expect(!progress.holds(orders[0]))
        }
    }

    @Test("What is changed at the resume, or ordered before an order would come again, counts instead of it")
    func givesWay() throws {
        try Synthetic.inFolder { folder in
            try Synthetic.run(experiment, data: data, orders: ScriptedOrders([4: [.stop]]), in: folder)
            let orders = [
                AppliedOrder(id: 1, step: 6, key: "alpha.maximum", value: "0.05"),
                AppliedOrder(id: 2, step: 7, key: "learning_rate", value: "0.002"),
            ]
            let script: [Int: [Order]] = [1: [.set(key: "optimiser.learning_rate", value: "0.001")], 5: [.stop]]
            let (_, events) = try Synthetic.run(
                experiment, data: data, orders: ScriptedOrders(script), in: folder, resuming: true,
                changes: ["adaptation.alpha.maximum=0.02"], replaying: orders)
            #expect(!events.messages.contains { $0.contains("counts from step") })
            let gaveWay = events.compactMap { if case .order(let record) = $0, record.text.contains("gives way") { record } else { nil } }
            #expect(gaveWay.map(\.id) == [1, 2] && gaveWay.map(\.step) == [4, 5])
            #expect(events.steps.map(\.values.learningRate) == [0.005, 0.001, 0.001, 0.001, 0.001])
            let checkpoint = try Checkpoint(contentsOf: folder.appendingPathComponent(RunFiles.last))
            #expect(checkpoint.experiment.adaptation.alpha.maximum == 0.02 && checkpoint.experiment.optimiser.learningRate == 0.001)
        }
    }

    @Test("A change at the resume is saved before the first step")
    func savedFirst() throws {
        try Synthetic.inFolder { folder in
            try Synthetic.run(experiment, data: data, orders: ScriptedOrders([4: [.stop]]), in: folder)
            let (_, events) = try Synthetic.run(
                experiment, data: data, orders: ScriptedOrders([1: [.stop]]), in: folder, resuming: true,
                changes: ["training.label_smoothing=0.3"])
            let saved = try #require(events.firstIndex { if case .checkpoint = $0 { true } else { false } })
            let step = try #require(events.firstIndex { if case .step = $0 { true } else { false } })
            #expect(saved < step && events.checkpoints[0].step == 4)
        }
    }
}
