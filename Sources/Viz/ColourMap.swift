/// Sequential colour maps whose lightness rises evenly, safe for the colour-blind: published anchor colours, interpolated.
/// viridis, magma: S. van der Walt, N. Smith, 2015; cividis: Nuñez, Anderton, Renslow, PLOS ONE 2018.
public struct ColourMap: Sendable, Hashable {
    public let name: String
    private let anchors: [Colour]

    private init(_ name: String, _ anchors: [(UInt8, UInt8, UInt8)]) {
        self.name = name
        self.anchors = anchors.map { Colour($0.0, $0.1, $0.2) }
    }

    /// A map through these colours, evenly spaced. At least two.
    public init(name: String, _ colours: [Colour]) {
        precondition(colours.count >= 2, "a gradient of \(colours.count) colours")
        self.name = name
        anchors = colours
    }

    /// Colour at `value`, clamped to 0...1; the lowest where it is not a number.
    public subscript(value: Double) -> Colour {
        guard value > 0 else { return anchors[0] }
        let position = min(value, 1) * Double(anchors.count - 1)
        let index = min(Int(position), anchors.count - 2)
        return anchors[index].mixed(with: anchors[index + 1], position - Double(index))
    }

    public static let viridis = ColourMap(
        "viridis",
        [
            (68, 1, 84), (72, 40, 120), (62, 74, 137), (49, 104, 142), (38, 130, 142), (31, 158, 137), (53, 183, 121),
            (109, 205, 89), (180, 222, 44), (253, 231, 37),
        ])
    public static let magma = ColourMap(
        "magma",
        [
            (0, 0, 4), (20, 14, 54), (59, 15, 112), (100, 26, 128), (140, 41, 129), (183, 55, 121), (222, 73, 104),
            (247, 112, 92), (254, 159, 109), (254, 207, 146), (252, 253, 191),
        ])
    public static let cividis = ColourMap(
        "cividis",
        [
            (0, 34, 78), (18, 53, 112), (59, 73, 108), (87, 93, 109), (112, 113, 115), (138, 134, 120), (165, 156, 116),
            (195, 179, 105), (225, 204, 85), (254, 232, 56),
        ])
    public static let all = [magma, viridis, cividis]
}
