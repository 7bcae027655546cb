// The machine's own peak: what the engine's matrix product reaches on a large one. Shares of it say how much a network leaves unused.
import Dispatch
import Networks
import Tensors

struct PeakProduct {
    /// Large enough that packing and edges vanish, small enough for a few runs in a tenth of a second.
    private static let side = 1536
    private let layer: Linear
    private let x: Tensor
    private let context: Context

    init(_ precision: Precision) {
        layer = Linear(Self.side, Self.side, bias: false, at: ParameterStore(seed: 1).root)
        var stream = RandomStream(seed: 1, name: "peak")
        x = Tensor((0..<Self.side * Self.side).map { _ in stream.uniform() - 0.5 }, shape: [Self.side, Self.side])
        context = .inference(precision: precision)
    }

    var shape: String { "[\(Self.side) x \(Self.side)] x [\(Self.side) x \(Self.side)]" }
    var operations: Double { 2 * Double(Self.side) * Double(Self.side) * Double(Self.side) }

    /// One product; its seconds.
    func run() -> Double { elapsed { _ = layer(x, context) } }

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
