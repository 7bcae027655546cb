// First values of parameters: their spread, and their names.
import Testing

@testable import Base
@testable import Networks
@testable import Tensors

@Suite("Initialisers")
struct InitialiserTests {
    /// [out 60, in 40, kernel 5]: fan-in 200, fan-out 300.
    struct Spread: Sendable, CustomTestStringConvertible {
        let name: String
        let deviation: Double
        var bound = Double.infinity
        var testDescription: String { name }
    }

    static let spreads = [
        Spread(name: "xavier_uniform", deviation: 0.06324555, bound: 0.10954451), Spread(name: "xavier_normal", deviation: 0.06324555),
        Spread(name: "kaiming_uniform", deviation: 0.1, bound: 0.17320508), Spread(name: "kaiming_normal", deviation: 0.1),
        Spread(name: "lecun_uniform", deviation: 0.07071068, bound: 0.12247449), Spread(name: "lecun_normal", deviation: 0.07071068),
        Spread(name: "uniform(0.3)", deviation: 0.17320508, bound: 0.3), Spread(name: "normal(0.02)", deviation: 0.02),
        // A normal cut at two deviations has 0.8796 of its deviation left.
        Spread(name: "truncated_normal(0.02)", deviation: 0.01759251, bound: 0.04),
    ]

    /// Of a weight [out 60, in 40, kernel 5]: fan-in 200, fan-out 300.
    @Test("A named initialiser draws with its mean, deviation and bound", arguments: spreads)
    func spread(_ wanted: Spread) throws {
        let initialiser = try #require(Initialiser(named: wanted.name))
        let values = initialiser.tensor([60, 40, 5], RandomStream(seed: 1, name: wanted.name)).values.map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        let found = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
        #expect(abs(mean) < 0.03 * wanted.deviation && abs(found / wanted.deviation - 1) < 0.02, "mean \(mean), deviation \(found)")
        let most = values.map(abs).max() ?? 0
        #expect(most <= wanted.bound * 1.000001, "at most \(most)")
        // The bound is nearly reached, and a normal goes far out.
        #expect(most > (wanted.bound == .infinity ? 3 * wanted.deviation : 0.98 * wanted.bound), "at most \(most)")
    }

    @Test("Constants and orthogonal matrices have names, and other texts have none")
    func names() {
        #expect(
            Initialiser(named: "zeros") == .zeros && Initialiser(named: "ones") == .ones && Initialiser(named: "orthogonal") == .orthogonal)
        for wrong in ["", "normal", "normal()", "normal(x)", "normal(-1)", "normal(1)(2)", "normal(inf)", "xavier", "zeros(1)", "Zeros"] {
            #expect(Initialiser(named: wrong) == nil, "\(wrong)")
        }
        for name in Initialiser.names { #expect(Initialiser(named: name.replacing("(number)", with: "(0.5)")) != nil, "\(name)") }
    }
}
