/// A rectangle of cells. Never negative: what does not fit becomes empty, so that any split of any size can be drawn.
public struct Rect: Sendable, Hashable {
    public var x, y, width, height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = max(0, width)
        self.height = max(0, height)
    }

    public var endX: Int { x + width }
    public var endY: Int { y + height }
    public var isEmpty: Bool { width == 0 || height == 0 }

    public func contains(_ px: Int, _ py: Int) -> Bool { px >= x && px < endX && py >= y && py < endY }

    public func intersection(_ other: Rect) -> Rect {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return Rect(x: left, y: top, width: min(endX, other.endX) - left, height: min(endY, other.endY) - top)
    }

    public func inset(horizontally dx: Int = 1, vertically dy: Int = 1) -> Rect {
        Rect(x: x + dx, y: y + dy, width: width - 2 * dx, height: height - 2 * dy)
    }

    /// The left `columns` (clamped) and the rest.
    public func splitLeft(_ columns: Int) -> (Rect, Rect) {
        let n = min(max(columns, 0), width)
        return (Rect(x: x, y: y, width: n, height: height), Rect(x: x + n, y: y, width: width - n, height: height))
    }

    /// The upper `rows` (clamped) and the rest.
    public func splitTop(_ rows: Int) -> (Rect, Rect) {
        let n = min(max(rows, 0), height)
        return (Rect(x: x, y: y, width: width, height: n), Rect(x: x, y: y + n, width: width, height: height - n))
    }
}
