extension Picture {
    /// The part from (`x`, `y`), `width` x `height` px. What lies outside the picture is left out, but a pixel always remains.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> Picture {
        let left = min(max(0, x), self.width - 1)
        let top = min(max(0, y), self.height - 1)
        let right = min(max(left + 1, x + width), self.width)
        let bottom = min(max(top + 1, y + height), self.height)
        var cut: [UInt8] = []
        cut.reserveCapacity(3 * (right - left) * (bottom - top))
        for row in top..<bottom { cut.append(contentsOf: pixels[(3 * (row * self.width + left))..<(3 * (row * self.width + right))]) }
        return Picture(width: right - left, height: bottom - top, pixels: cut)
    }
}
