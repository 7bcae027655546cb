/// Runs all three networks once and holds them beside facenet-pytorch 2.6.0, so that a damaged or foreign file is refused when it is imported and
/// not after a night of preparing clips.
enum MtcnnSelfCheck {
    /// Corrections that facenet-pytorch's networks give on `pattern`.
    private static let proposal = SIMD4<Float>(0.009088447, 0.08459577, -0.009642273, 0.24924248)
    private static let refinement = SIMD4<Float>(-0.022529688, -0.053090185, 0.024768248, 0.18422121)
    private static let output = SIMD4<Float>(-0.07868343, -0.03810467, 0.030072168, 0.10711703)
    private static let tolerance: Float = 1e-4

    /// - Throws: `MtcnnError.selfCheck`.
    static func run(_ weights: MtcnnWeights) throws {
        let cells = ProposalNetwork(weights).cells(width: 12, height: 12, atLeast: 0) { y, row in pattern(row: y, side: 12, into: row) }
        try hold(cells.first?.correction, proposal, "P-net")
        for (network, expected, name) in [(CropNetwork.refine(weights), refinement, "R-net"), (.output(weights), output, "O-net")] {
            let side = network.side
            let verdicts = network.verdicts(count: 1) { _, plane in
                for y in 0..<side { pattern(row: y, side: side, into: plane + 3 * side * y) }
            }
            try hold(verdicts.first?.correction, expected, name)
        }
    }

    /// A row of a picture that no file is needed for.
    private static func pattern(row y: Int, side: Int, into row: UnsafeMutablePointer<Float>) {
        for x in 0..<side {
            for channel in 0..<3 { row[3 * x + channel] = (Float((7 * x + 13 * y + 29 * channel) % 256) - 127.5) / 128 }
        }
    }

    private static func hold(_ found: SIMD4<Float>?, _ expected: SIMD4<Float>, _ name: String) throws {
        guard let found else { throw MtcnnError.selfCheck("\(name) gave nothing") }
        let difference = (0..<4).reduce(Float(0)) { found[$1].isNaN ? .infinity : max($0, abs(found[$1] - expected[$1])) }
        guard difference <= tolerance else {
            throw MtcnnError.selfCheck("\(name)'s answer to a known picture is \(difference) off facenet-pytorch's")
        }
    }
}
