/// k-centre greedy (Gonzalez 1985; as a core set for learning: Sener & Savarese 2018): each new centre is the point farthest from all
/// centres so far, which covers the points within twice the smallest possible radius.
enum KCentre {
    /// Indices of `count` points in the order of choice. The first is the one nearest to the mean of all (ours: no chance in it);
    /// ties go to the earlier point. Distances are Euclidean.
    static func greedy(_ points: [[Float]], count: Int) -> [Int] {
        guard let width = points.first?.count, count > 0 else { return [] }
        precondition(points.allSatisfy { $0.count == width }, "points of different widths")
        let flat = points.flatMap(\.self)
        var mean = [Double](repeating: 0, count: width)
        for point in points { for i in 0..<width { mean[i] += Double(point[i]) / Double(points.count) } }
        let middle = mean.map(Float.init)
        /// Squared distance of each point to its nearest centre.
        var distances = flat.withUnsafeBufferPointer { flat in
            middle.withUnsafeBufferPointer { middle in points.indices.map { squaredDistance(flat, $0 * width, middle, 0, width) } }
        }
        var chosen: [Int] = []
        var next = distances.indices.min { distances[$0] < distances[$1] } ?? 0
        distances = distances.map { _ in .infinity }
        while chosen.count < min(count, points.count) {
            chosen.append(next)
            flat.withUnsafeBufferPointer { flat in
                for i in points.indices { distances[i] = min(distances[i], squaredDistance(flat, i * width, flat, next * width, width)) }
            }
            // A chosen point is never chosen again, though others may lie on it.
            distances[next] = -1
            next = distances.indices.max { distances[$0] < distances[$1] || (distances[$0] == distances[$1] && $0 > $1) } ?? 0
        }
        return chosen
    }

    private static func squaredDistance(
        _ a: UnsafeBufferPointer<Float>, _ first: Int, _ b: UnsafeBufferPointer<Float>, _ second: Int, _ width: Int
    ) -> Float {
        // Eight sums side by side in a fixed order: vectors that give the same on every machine.
        let (x, y) = (UnsafeRawBufferPointer(a), UnsafeRawBufferPointer(b))
        var sums = SIMD8<Float>()
        var i = 0
        while i + 8 <= width {
            let difference =
                x.loadUnaligned(fromByteOffset: 4 * (first + i), as: SIMD8<Float>.self)
                - y.loadUnaligned(fromByteOffset: 4 * (second + i), as: SIMD8<Float>.self)
            sums += difference * difference
            i += 8
        }
        var sum = sums.sum()
        while i < width {
            let difference = a[first + i] - b[second + i]
            sum += difference * difference
            i += 1
        }
        return sum
    }
}
