/// A bar in eighths of a cell with its percentage: `▕████▌░░░░ 38 %`.
public struct ProgressBar: Sendable {
    /// 0...1.
    public var share: Double
    public var role: Role

    public init(share: Double, role: Role = .source) {
        self.share = share.isFinite ? min(max(share, 0), 1) : 0
        self.role = role
    }

    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        let label = Numbers.fixed((share * 100).rounded(.down), 0) + " %"
        let labelWidth = 6
        let cells = rect.width - labelWidth
        guard rect.height > 0 else { return }
        if cells >= 3 {
            let eighths = Int((share * Double(cells * 8)).rounded(.down))
            for column in 0..<cells {
                let filled = min(max(eighths - column * 8, 0), 8)
                switch filled {
                case 8: grid.put("█", x: rect.x + column, y: rect.y, look[role])
                case 0: grid.put("░", x: rect.x + column, y: rect.y, look[.border])
                default: grid.put(ProgressBar.partial[filled - 1], x: rect.x + column, y: rect.y, look[role])
                }
            }
        }
        grid.textRight(label, endX: rect.endX, y: rect.y, look[.text], limit: rect.width)
    }

    private static let partial: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
}
