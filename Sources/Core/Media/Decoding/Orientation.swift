// The turn or mirror between the coded and the shown picture, from the container's display matrix (ISO 14496-12 §8.5.2).

struct Orientation: Equatable {
    // A coded point (x, y) is shown at (a·x + c·y, b·x + d·y): one ±1 in each row and column.
    private var a = 1
    private var b = 0
    private var c = 0
    private var d = 1

    static let upright = Orientation()

    private init() {}

    /// `matrix` holds nine numbers in 16.16 fixed point; one that is no quarter turn or mirror counts as upright.
    init(displayMatrix matrix: UnsafePointer<Int32>?) {
        guard let matrix else { return }
        let (a, b, c, d) = (Self.unit(matrix[0]), Self.unit(matrix[1]), Self.unit(matrix[3]), Self.unit(matrix[4]))
        guard let a, let b, let c, let d, abs(a) + abs(b) == 1, abs(c) + abs(d) == 1, abs(a) + abs(c) == 1 else { return }
        (self.a, self.b, self.c, self.d) = (a, b, c, d)
    }

    private static func unit(_ value: Int32) -> Int? {
        let rounded = (Double(value) / 65536).rounded()
        return abs(rounded) <= 1 && abs(Double(value) / 65536 - rounded) < 0.01 ? Int(rounded) : nil
    }

    /// The turn alone; a mirrored picture's is that of its mirror image.
    var clockwiseDegrees: Int {
        switch (a, b) {
        case (0, 1): 90
        case (-1, 0): 180
        case (0, -1): 270
        default: 0
        }
    }

    func shownSize(width: Int, height: Int) -> (width: Int, height: Int) { a == 0 ? (height, width) : (width, height) }

    /// `picture` as it is to be shown.
    func applied(to picture: Picture) -> Picture {
        if self == .upright { return picture }
        let (width, height) = shownSize(width: picture.width, height: picture.height)
        // The inverse of a signed permutation is its transpose; the offset moves negative coordinates back into the picture.
        let left = a + b < 0 ? picture.width - 1 : 0
        let top = c + d < 0 ? picture.height - 1 : 0
        var pixels = [UInt8](repeating: 0, count: picture.pixels.count)
        for y in 0..<height {
            for x in 0..<width {
                let source = 3 * ((c * x + d * y + top) * picture.width + a * x + b * y + left)
                let target = 3 * (y * width + x)
                pixels[target] = picture.pixels[source]
                pixels[target + 1] = picture.pixels[source + 1]
                pixels[target + 2] = picture.pixels[source + 2]
            }
        }
        return Picture(width: width, height: height, pixels: pixels)
    }
}
