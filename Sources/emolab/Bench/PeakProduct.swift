// The machine's own peak: what the engine's matrix product reaches on a large one. Shares of it say how much a network leaves unused.
import Base
import Dispatch
import Tensors

struct PeakProduct {
    /// Large enough that packing and edges vanish, small enough for a few runs in a tenth of a second.
    private static let side = 1536
    private let weight, x: Tensor
    private let packed: PackedWeight
    private let type: ElementType

    init(_ precision: Precision) {
        var stream = RandomStream(seed: 1, name: "peak")
        func noise() -> Tensor { Tensor((0..<Self.side * Self.side).map { _ in stream.uniform() - 0.5 }, shape: [Self.side, Self.side]) }
        weight = noise()
        type = precision == .bfloat16 ? .bfloat16 : .float32
        x = noise().converted(to: type)
        packed = PackedWeight(weight, precision, keeps: true)
    }

    var shape: String { "[\(Self.side) x \(Self.side)] x [\(Self.side) x \(Self.side)]" }
    var operations: Double { 2 * Double(Self.side) * Double(Self.side) * Double(Self.side) }

    /// One product; its seconds.
    func run() -> Double { elapsed { _ = x.linear(weight: weight, packed: packed, as: type) } }

    /// GFLOP/s of the fastest of the products that fit into `seconds`, on the threads that are set; at least three.
    static func measure(_ precision: Precision, seconds: Double) -> Double {
        let product = PeakProduct(precision)
        _ = product.run()
        var best = Double.infinity, runs = 0
        let start = DispatchTime.now().uptimeNanoseconds
        repeat {
            best = min(best, product.run())
            runs += 1
        } while runs < 3 || Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 < seconds
        return product.operations / best * 1e-9
    }
}

/// Seconds that `body` takes.
func elapsed(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
}
