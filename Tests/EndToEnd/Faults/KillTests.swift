// A run that is killed between any two of its changes, with and without the power going at that moment, goes on to the bits of one that was not.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct KillTests {
        @Test("A run killed by SIGKILL before or after any change that it makes goes on to the same weights, metrics and predictions")
        func kills() throws {
            let ground = try FaultLab.ground()
            // Counted again: other calls than in the ground's run may be changes.
            let counting = try FaultLab.copy(of: ground.home)
            let page = try FaultPage(.killBefore(.max), in: counting)
            _ = try RunningProgram(FaultLab.trainArguments, in: counting, environment: page.environment()).finish()
            let changes = try page.calls().count
            let places: [Fault] = (1...changes).flatMap { [.killBefore($0), .killAfter($0)] }
            let chosen = FaultLab.sample(FaultLab.tried ?? 8, of: places, seed: changes)
            let results = FaultLab.inLanes(chosen.count) { index -> Aftermath.Outcome? in
                let home = try FaultLab.copy(of: ground.home)
                let page = try FaultPage(chosen[index], in: home)
                let result = try RunningProgram(FaultLab.trainArguments, in: home, environment: page.environment()).finish()
                guard try page.injected() > 0 else { return nil }
                guard result.status == -SIGKILL else { throw Program.Failure(description: "it ended with \(result.status)") }
                let call = try page.calls().last.map { "\($0.name) \($0.path)" } ?? "?"
                do { return try Aftermath.check(home, of: ground, saidDone: false) } catch {
                    throw Program.Failure(description: "\(call): \(error)")
                }
            }
            report("kill points", chosen.map(\.description), results)
        }

        @Test("After a loss of power at any change a run goes on to the same bits, whichever of what was not flushed is lost")
        func powerLoss() throws {
            let ground = try FaultLab.ground()
            let home = try FaultLab.copy(of: ground.home)
            let page = try FaultPage(in: home, journalling: true)
            let result = try RunningProgram(FaultLab.trainArguments, in: home, environment: page.environment()).finish()
            #expect(result.status == 0, "\(result.errors)")
            let history = try DiskHistory(page, of: home)
            #expect(
                history.mappedFiles.allSatisfy { $0.hasSuffix("-shm") },
                "writes by memory that the journal does not see: \(history.mappedFiles)")
            var states: [Disk: (words: String, isDone: Bool)] = [:]
            var order: [Disk] = []
            for index in 0..<history.count {
                for loss in PowerLoss.allCases {
                    let disk = history.disk(after: index, losing: loss, ground: ground.home)
                    if states.updateValue(
                        ("after \(index) \(history.words(index)), losing \(loss)", index == history.count - 1), forKey: disk) == nil
                    {
                        order.append(disk)
                    }
                }
            }
            let chosen = FaultLab.sample(FaultLab.tried ?? 8, of: order, seed: order.count)
            let results = FaultLab.inLanes(chosen.count) { [states] index -> Aftermath.Outcome? in
                let home = try FaultLab.copy(of: ground.home)
                try chosen[index].write(to: home)
                return try Aftermath.check(home, of: ground, saidDone: states[chosen[index]]?.isDone ?? false)
            }
            print("power: \(history.count) changes, \(order.count) different disks")
            report("losses of power", chosen.map { states[$0]?.words ?? "" }, results)
        }

        private func report(_ what: String, _ names: [String], _ results: [Result<Aftermath.Outcome?, any Error>]) {
            var outcomes: [String: Int] = [:]
            for (name, result) in zip(names, results) {
                switch result {
                case .success(let outcome): outcomes[outcome?.rawValue ?? "not reached", default: 0] += 1
                case .failure(let failure):
                    outcomes["wrong", default: 0] += 1
                    Issue.record("\(name): \(failure)")
                }
            }
            print(
                "\(what): \(names.count) tried: \(outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))"
            )
            #expect((outcomes["not reached"] ?? 0) < names.count / 2, "points that are not reached test nothing")
        }
    }
}
