import Testing

@testable import Metrics

@Suite struct LabelDoubtTests {
    @Test(
        "Wilson's interval equals SciPy's binomtest(k, n).proportion_ci(0.95, 'wilson')",
        arguments: [
            (8, 10, 0.4901624715366418, 0.9433178485456248), (0, 10, 0, 0.27753279986288926), (10, 10, 0.7224672001371109, 1),
            (155, 248, 0.5632713291857945, 0.682915300650013),
        ])
    func wilson(hits: Int, count: Int, low: Double, high: Double) {
        let interval = Interval.wilson(hits: hits, of: count)
        #expect(abs((interval.low ?? -1) - low) < 1e-12 && abs((interval.high ?? -1) - high) < 1e-12)
        #expect(interval.value == Double(hits) / Double(count))
    }

    @Test("Of nothing there is no interval")
    func nothing() { #expect(Interval.wilson(hits: 0, of: 0).low == nil) }

    @Test("Confident learning: thresholds are mean self-confidences; a clip is confidently of the most probable class that reaches its own")
    func confidence() {
        // By hand: class 0 has (0.9 + 0.7 + 0.2) / 3 = 0.6, class 1 (0.8 + 0.6) / 2 = 0.7, class 2 no clip.
        let clips: [(label: Int, probabilities: [Float])] = [
            (0, [0.9, 0.1, 0]), (0, [0.7, 0.3, 0]), (0, [0.2, 0.8, 0]), (1, [0.2, 0.8, 0]), (1, [0.4, 0.6, 0]),
        ]
        let learning = ConfidentLearning(clips, classes: 3)
        #expect(learning.thresholds.map { $0.map { ($0 * 1e6).rounded() / 1e6 } } == [0.6, 0.7, nil])
        #expect(learning.confidentLabel([0.2, 0.8, 0]) == 1)  // labelled 0: likely an error
        #expect(learning.confidentLabel([0.9, 0.1, 0]) == 0)
        #expect(learning.confidentLabel([0.45, 0.55, 0]) == nil)  // not sure enough of either
        #expect(learning.confidentLabel([0, 0, 1]) == nil)  // a class nobody is labelled with
        // Damaged input counts for nothing.
        #expect(ConfidentLearning([(label: 7, probabilities: [1]), (label: 0, probabilities: [])], classes: 2).thresholds == [nil, nil])
    }
}
