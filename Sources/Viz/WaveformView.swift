/// A sound's envelope: the span between minimum and maximum of each slice, about a middle line.
public struct WaveformView: Sendable {
    /// Pairs of minimum and maximum, nominally in -1...1: `[slices * 2]`.
    public let envelope: [Float]
    public var role: Role

    public init(envelope: [Float], role: Role = .source) {
        self.envelope = envelope
        self.role = role
    }

    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        let slices = envelope.count / 2
        guard slices > 0, !rect.isEmpty else { return }
        // Quiet recordings are drawn as large as loud ones, down to a limit that leaves silence flat.
        let peak = max(0.05, envelope.reduce(Float(0)) { $1.isFinite ? max($0, abs($1)) : $0 })
        var canvas = Canvas(width: rect.width, height: rect.height)
        let middle = Float(canvas.dotsDown - 1) / 2
        for column in 0..<canvas.dotsAcross {
            let start = column * slices / canvas.dotsAcross
            let end = max(start + 1, (column + 1) * slices / canvas.dotsAcross)
            var low: Float = 0
            var high: Float = 0
            for slice in start..<end where envelope[2 * slice].isFinite && envelope[2 * slice + 1].isFinite {
                low = min(low, envelope[2 * slice])
                high = max(high, envelope[2 * slice + 1])
            }
            canvas.line(
                column, Int((middle - high / peak * middle).rounded()), column, Int((middle - low / peak * middle).rounded()))
        }
        canvas.draw(into: &grid, x: rect.x, y: rect.y, look[role])
    }
}
