/// Where a legend of some cells hides the least of a plot's curves.
struct Legend {
    let width, height: Int

    /// Its left upper cell within `area`: the corner that no curve runs through, else the place nearest to the upper right corner that is as free as any.
    /// - Parameter top: rows that are kept for something else.
    func place(in area: Rect, below top: Int, _ curves: [Canvas]) -> (x: Int, y: Int) {
        let (right, bottom) = (area.width - width - 1, area.height - height)
        // Sums over all cells above and to the left.
        let columns = area.width + 1
        var sums = [Int](repeating: 0, count: columns * (area.height + 1))
        for y in 0..<area.height {
            for x in 0..<area.width {
                let isCovered = curves.contains { $0.hasDots(x: x, y: y) }
                sums[(y + 1) * columns + x + 1] =
                    (isCovered ? 1 : 0) + sums[y * columns + x + 1] + sums[(y + 1) * columns + x] - sums[y * columns + x]
            }
        }
        func covered(_ place: (x: Int, y: Int)) -> Int {
            let (left, endX, endY) = (place.x - 1, place.x + width, place.y + height)
            return sums[endY * columns + endX] - sums[place.y * columns + endX] - sums[endY * columns + left]
                + sums[place.y * columns + left]
        }
        let corners = [(x: right, y: top), (x: right, y: bottom), (x: 1, y: top), (x: 1, y: bottom)]
        var (best, least) = (corners[0], Int.max)
        for corner in corners {
            let count = covered(corner)
            if count < least { (best, least) = (corner, count) }
        }
        guard least > 0 else { return best }
        var nearest = Int.max
        for y in stride(from: top, through: bottom, by: 1) {
            for x in stride(from: 1, through: right, by: 1) {
                // A row is twice as high as a column is wide.
                let count = covered((x, y)), distance = right - x + 2 * (y - top)
                if count < least || (count == least && distance < nearest) { (best, least, nearest) = ((x, y), count, distance) }
            }
        }
        return best
    }
}
