import Base
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite("Schedules")
struct ScheduleTests {
    @Test("The conservative curve stays at 1e-4 for 40 % and ends just under 0.1, without a jump")
    func conservative() {
        let alpha = AlphaSchedule()
        #expect(stride(from: 0.0, through: 0.4, by: 0.01).allSatisfy { alpha.value(at: $0) <= 1e-4 })
        #expect(alpha.value(at: 1) < 0.1 && alpha.value(at: 1) > 0.02)
        let curve = alpha.sampled(1001)
        #expect(zip(curve, curve.dropFirst()).allSatisfy { $0 <= $1 && $1 - $0 < 5e-4 })
    }

    @Test("A maximum below the floor bounds the held part as well")
    func lowMaximum() {
        let alpha = AlphaSchedule(maximum: 1e-5)
        #expect(alpha.sampled(11).allSatisfy { $0 == 1e-5 })
    }

    @Test("The rise begins where the held share of the run ends; a curve that rises at once, or never, has no such step")
    func rampStart() {
        #expect(AlphaSchedule().rampStart(steps: 101) == 41 && AlphaSchedule(hold: 0).rampStart(steps: 10) == 0)
        for flat in [AlphaSchedule(maximum: 1e-5), AlphaSchedule(hold: 1), AlphaSchedule(kind: .dann), AlphaSchedule(kind: .off)] {
            #expect(flat.rampStart(steps: 100) == nil)
        }
    }

    @Test("DANN's curve is Ganin's")
    func dann() {
        let alpha = AlphaSchedule(kind: .dann)
        #expect(alpha.value(at: 0) == 0)
        #expect(abs(alpha.value(at: 0.1) - 0.46211715726) < 1e-9)
        #expect(abs(alpha.value(at: 1) - 0.99990920426) < 1e-9)
    }

    @Test("The others go where their names say, and progress is clamped")
    func others() {
        #expect(AlphaSchedule(kind: .linear, maximum: 0.2).value(at: 0.25) == 0.05)
        #expect(abs(AlphaSchedule(kind: .cosine, maximum: 0.2).value(at: 0.5) - 0.1) < 1e-12)
        #expect(AlphaSchedule(kind: .constant, maximum: 0.2).sampled(3) == [0.2, 0.2, 0.2])
        #expect(AlphaSchedule(kind: .off, maximum: 0.2).sampled(3) == [0, 0, 0])
        #expect(AlphaSchedule(kind: .linear, maximum: 1).value(at: -1) == 0)
        #expect(AlphaSchedule(kind: .linear, maximum: 1).value(at: 2) == 1)
    }

    @Test("A constant rate stays, and warm-up rises to it")
    func constantRate() {
        let rate = LearningRateSchedule(kind: .constant, peak: 1, minimum: 0, warmUp: 2)
        #expect([0, 1, 2, 50].map { rate.value(atEpoch: $0) } == [0, 0.5, 1, 1])
    }

    static let decaying: [(file: String, schedule: LearningRateSchedule)] = [
        ("exponential_g0.9", LearningRateSchedule(kind: .exponential, peak: 1e-3, minimum: 0, decayFactor: 0.9)),
        ("step_7_g0.5", LearningRateSchedule(kind: .step, peak: 1e-3, minimum: 0, decayFactor: 0.5, decayEpochs: 7)),
        ("warm5_cosine_T10_mult2", LearningRateSchedule(peak: 1e-3, minimum: 1e-6, warmUp: 5)),
        ("warm5_exponential_g0.9", LearningRateSchedule(kind: .exponential, peak: 1e-3, minimum: 1e-6, warmUp: 5, decayFactor: 0.9)),
    ]

    @Test("Exponential and step decay, and a linear warm-up before a schedule, equal PyTorch's over 40 epochs", arguments: decaying.indices)
    func decay(index: Int) throws {
        let (name, schedule) = Self.decaying[index], expected = try Golden("schedules_more").file.doubles(name)
        #expect(expected.count == 40)
        for (epoch, rate) in expected.enumerated() { #expect(abs(schedule.value(atEpoch: Double(epoch)) - rate) < 1e-15, "epoch \(epoch)") }
    }

    @Test("A plateau cuts the rate in the epochs in which PyTorch's does, also where its progress is stored between")
    func plateau() throws {
        let file = try Golden("schedules_more").file, losses = try file.doubles("plateau.loss"),
            rates = try file.doubles("plateau_f0.7_p2_c3_t1e-3")
        let schedule = LearningRateSchedule(
            kind: .plateau, peak: 1e-3, minimum: 1e-6, decayFactor: 0.7, patience: 2, coolDown: 3, threshold: 1e-3)
        var progress = PlateauProgress()
        for (epoch, loss) in losses.enumerated() {
            #expect(abs(schedule.value(atEpoch: Double(epoch), cuts: progress.cuts) - rates[epoch]) < 1e-15, "epoch \(epoch)")
            progress.observe(loss, schedule)
            progress = try JSONDecoder().decode(PlateauProgress.self, from: JSONEncoder().encode(progress))
        }
        #expect(progress.cuts > 3 && Set(rates).count > 3)
    }

    @Test("A plateau stops cutting at the smallest rate, and a loss that is not a number is not better")
    func plateauEnds() {
        let schedule = LearningRateSchedule(kind: .plateau, peak: 1e-3, minimum: 1e-4, decayFactor: 0.1, patience: 0)
        var progress = PlateauProgress()
        for _ in 0..<9 { progress.observe(.nan, schedule) }
        #expect(progress.cuts == 1 && progress.best == nil && schedule.value(atEpoch: 9, cuts: progress.cuts) == 1e-4)
    }

    @Test("Every schedule can be named in an experiment, and its settings are checked")
    func named() throws {
        for kind in LearningRateKind.allCases {
            let text =
                "[optimiser]\nschedule = \"\(kind.rawValue)\"\ndecay_factor = 0.9\ndecay_epochs = 3\nplateau_patience = 2\nwarm_up_epochs = 1"
            let schedule = try Experiment.parse(text).learningRate
            #expect(schedule.kind == kind && schedule.decayFactor == 0.9 && schedule.decayEpochs == 3 && schedule.patience == 2)
            #expect(schedule.value(atEpoch: 0.5) < schedule.peak && schedule.value(atEpoch: 1) == schedule.peak)
        }
        for wrong in ["decay_factor = 0.0", "decay_factor = 1.5", "decay_epochs = 0", "plateau_patience = -1", "plateau_threshold = 1.0"] {
            #expect(throws: ExperimentError.self, "\(wrong)") { try Experiment.parse("[optimiser]\n" + wrong) }
        }
    }
}
