/// An 8-bit RGB picture: `pixels` is `[height, width, 3]`, row-major.
public struct Picture: Sendable, Equatable {
    public let width: Int
    public let height: Int
    public var pixels: [UInt8]

    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * 3, "a picture of \(width)x\(height) has \(width * height * 3) bytes")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A picture of one colour, black unless told.
    public init(width: Int, height: Int, red: UInt8 = 0, green: UInt8 = 0, blue: UInt8 = 0) {
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        if (red, green, blue) != (0, 0, 0) {
            for i in 0..<(width * height) {
                pixels[3 * i] = red
                pixels[3 * i + 1] = green
                pixels[3 * i + 2] = blue
            }
        }
        self.init(width: width, height: height, pixels: pixels)
    }
}
