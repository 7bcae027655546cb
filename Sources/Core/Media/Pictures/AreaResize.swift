// Resampling by area, PyTorch's adaptive mean: output i averages the sources from ⌊i·n/o⌋ up to ⌈(i+1)·n/o⌉, each axis by itself.

enum AreaResize {
    /// The half-open range of sources of each of `target` outputs.
    static func ranges(from source: Int, to target: Int) -> [Range<Int>] {
        (0..<target).map { (($0 * source) / target)..<((($0 + 1) * source + target - 1) / target) }
    }

    /// Means `[height, width, channels]` of `values` `[sourceHeight, sourceWidth, channels]`.
    static func means<Value>(
        _ values: UnsafeBufferPointer<Value>, width sourceWidth: Int, height sourceHeight: Int, channels: Int, toWidth width: Int,
        height: Int, _ float: (Value) -> Float
    ) -> [Float] {
        let columns = ranges(from: sourceWidth, to: width)
        let rows = ranges(from: sourceHeight, to: height)
        var result = [Float](repeating: 0, count: width * height * channels)
        var sums = [Float](repeating: 0, count: sourceWidth * channels)
        for (y, row) in rows.enumerated() {
            sums.withUnsafeMutableBufferPointer { sums in
                for i in 0..<sums.count { sums[i] = 0 }
                for sourceRow in row {
                    let line = values.baseAddress! + sourceRow * sourceWidth * channels
                    for i in 0..<sums.count { sums[i] += float(line[i]) }
                }
                for (x, column) in columns.enumerated() {
                    let share = 1 / Float(row.count * column.count)
                    for channel in 0..<channels {
                        var sum: Float = 0
                        for sourceColumn in column { sum += sums[sourceColumn * channels + channel] }
                        result[(y * width + x) * channels + channel] = sum * share
                    }
                }
            }
        }
        return result
    }
}

extension Picture {
    /// The picture at `width` x `height` px, each pixel the mean of the area it covers, rounded to the nearest level.
    public func resizedByArea(width: Int, height: Int) -> Picture {
        precondition(width > 0 && height > 0 && self.width > 0 && self.height > 0, "no picture of \(width)x\(height) px")
        if width == self.width, height == self.height { return self }
        let means = pixels.withUnsafeBufferPointer {
            AreaResize.means($0, width: self.width, height: self.height, channels: 3, toWidth: width, height: height) { Float($0) }
        }
        return Picture(width: width, height: height, pixels: means.map { UInt8(max(0, min(255, ($0 + 0.5).rounded(.down)))) })
    }
}
