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
}
