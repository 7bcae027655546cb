import Foundation
import TestSupport
import Testing

@testable import Corpora

@Suite("Target subsets")
struct TargetSubsetTests {
    let clips = candidates(MadeUp.clips(speakers: 20, each: 7))

    private static func candidates(_ clips: [Clip]) -> [TargetSubset.Candidate] {
        clips.map { TargetSubset.Candidate(name: $0.name, speaker: $0.speaker, label: $0.emotion) }
    }

    private func names(_ subset: TargetSubset, _ candidates: [TargetSubset.Candidate], share: Double = 0.25, seed: UInt64 = 1) throws
        -> Set<String>
    {
        Set(try subset.choose(from: candidates, share: share, seed: seed).map { candidates[$0].name })
    }

    @Test("A quarter at random, by class or by speaker is a quarter, depends on the seed, and not on the order")
    func sizes() throws {
        for subset in [TargetSubset.random, .stratified, .speakers] {
            let chosen = try names(subset, clips)
            #expect(chosen.count == 35)
            #expect(try names(subset, clips.reversed()) == chosen)
            #expect(try names(subset, clips, seed: 2) != chosen)
        }
        #expect(try TargetSubset.all.choose(from: clips, share: 0.25, seed: 1) == Array(0..<140))
    }

    @Test("Stratified keeps the classes' shares to one clip and is the only choice that reads labels")
    func stratified() throws {
        let chosen = try TargetSubset.stratified.choose(from: clips, share: 0.25, seed: 1).map { clips[$0] }
        for (label, all) in Dictionary(grouping: clips, by: \.label) {
            #expect(abs(Double(chosen.count { $0.label == label }) - Double(all.count) / 4) < 1)
        }
        #expect(
            TargetSubset.allCases.filter(\.usesLabels) == [.stratified]
                && TargetSubset.allCases.filter(\.asksModel) == [.uncertainty, .kCentre])
    }

    @Test("Balanced by speaker gives every speaker the same number to one clip")
    func balanced() throws {
        let uneven = clips + (0..<100).map { TargetSubset.Candidate(name: "loud-\($0)", speaker: "loud", label: "sad") }
        let chosen = try TargetSubset.speakers.choose(from: uneven, share: 0.25, seed: 1).map { uneven[$0] }
        let counts = Dictionary(grouping: chosen, by: \.speaker).mapValues(\.count)
        #expect(chosen.count == 60 && counts.count == 21)
        #expect((counts.values.max() ?? 0) - (counts.values.min() ?? 0) <= 1)
    }

    @Test("Quotas add up", arguments: [(10, [1, 1, 1]), (7, [5, 5, 5]), (0, [3, 3]), (3, [100, 1, 1])])
    func quotas(total: Int, sizes: [Int]) {
        let most = min(total, sizes.reduce(0, +))
        #expect(TargetSubset.level(total, sizes).reduce(0, +) == most)
        #expect(TargetSubset.proportional(most, sizes).reduce(0, +) == most)
        #expect(zip(TargetSubset.proportional(most, sizes), sizes).allSatisfy { $0 <= $1 })
    }

    @Test("Entropy is 0 where a model is sure and ln 4 where it guesses among four")
    func entropy() {
        func entropy(_ probabilities: [Float]) -> Double { ModelOpinion(probabilities: probabilities, features: []).entropy }
        #expect(
            entropy([0, 1, 0, 0]) == 0 && abs(entropy([0.25, 0.25, 0.25, 0.25]) - log(4)) < 1e-12
                && abs(entropy([0.5, 0.5, 0]) - log(2)) < 1e-12)
    }

    @Test("Uncertainty takes the highest entropies; equal ones by name, whatever the order and the seed")
    func uncertainty() throws {
        let sure: [Float] = [0.9, 0.1], unsure: [Float] = [0.5, 0.5], middling: [Float] = [0.7, 0.3]
        let opinions = ["a": sure, "b": unsure, "c": middling, "d": unsure, "e": middling, "f": sure]
        let all = opinions.keys.sorted().map {
            TargetSubset.Candidate(
                name: $0, speaker: "x", label: "", opinion: ModelOpinion(probabilities: opinions[$0] ?? [], features: []))
        }
        for candidates in [all, all.reversed(), [all[3], all[0], all[5], all[4], all[1], all[2]]] {
            #expect(try names(.uncertainty, candidates, share: 0.5, seed: 9) == ["b", "d", "c"])
            #expect(try names(.uncertainty, candidates, share: 0.01) == ["b"])
        }
    }

    @Test("k-centre greedy takes the middle, then the farthest point each time")
    func kCentre() throws {
        // On a line: the mean is 4.6, so 4 comes first, then 12, then 0 and 8, which tie.
        let places: [Float] = [0, 2, 4, 8, 12, 1.6]
        #expect(KCentre.greedy(places.map { [$0, 1, 2] }, count: 4) == [2, 4, 0, 3])
        #expect(KCentre.greedy([[0], [0], [0]], count: 3) == [0, 1, 2], "points that lie on each other are taken once each, in order")
        #expect(KCentre.greedy([], count: 3).isEmpty && KCentre.greedy([[1], [2]], count: 9).count == 2)
        let candidates = places.enumerated().map {
            TargetSubset.Candidate(
                name: "c\($0.offset)", speaker: "x", label: "", opinion: ModelOpinion(probabilities: [], features: [$0.element]))
        }
        #expect(try names(.kCentre, candidates, share: 0.5) == ["c2", "c4", "c0"])
        #expect(try names(.kCentre, candidates.reversed(), share: 0.5, seed: 5) == ["c2", "c4", "c0"])
    }

    @Test("Four clusters give a centre each, where chance would not")
    func clusters() {
        let points: [[Float]] = (0..<400).map { i in
            let corner = i < 370 ? 0 : (i - 370) % 3 + 1
            return (0..<19).map { Float($0 % 4 == corner ? 10 : 0) + Float((i * 31 + $0 * 17) % 13) / 13 }
        }
        let chosen = KCentre.greedy(points, count: 4)
        #expect(Set(chosen.map { $0 < 370 ? 0 : ($0 - 370) % 3 + 1 }) == [0, 1, 2, 3])
    }

    @Test("A share outside 0 and 1 is an error", arguments: [0, -1, 1.5, .nan])
    func shares(share: Double) {
        #expect(throws: CorpusError.self) { try TargetSubset.random.choose(from: clips, share: share, seed: 1) }
    }
}
