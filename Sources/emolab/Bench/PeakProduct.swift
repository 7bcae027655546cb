// The machine's own peak: what the engine's matrix product reaches on a large one. Shares of it say how much a network leaves unused.
import Dispatch
import Networks
import Tensors

enum PeakProduct {
    /// Large enough that packing and edges vanish, small enough that all of it stays in a desktop's last cache.
    private static let side = 1536

    /// GFLOP/s of the fastest of the products that fit into `seconds`, on the threads that are set; at least three.
    static func measure(_ precision: Precision, seconds: Double = 0.4) -> Double {
        let layer = Linear(side, side, bias: false, at: ParameterStore(seed: 1).root)
        var stream = RandomStream(seed: 1, name: "peak")
        let x = Tensor((0..<side * side).map { _ in stream.uniform() - 0.5 }, shape: [side, side])
        let context = Context.inference(precision: precision)
        _ = layer(x, context)
        var best = Double.infinity, runs = 0
        let start = DispatchTime.now().uptimeNanoseconds
        repeat {
            best = min(best, elapsed { _ = layer(x, context) })
            runs += 1
        } while runs < 3 || Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 < seconds
        let operations = 2.0 * Double(side) * Double(side) * Double(side)
        return operations / best * 1e-9
    }
}

/// Seconds that `body` takes.
func elapsed(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
}
