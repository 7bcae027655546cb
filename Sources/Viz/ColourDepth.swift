import Foundation

/// What a terminal can show, from none to 24 bits, and how colours are brought down to it.
public enum ColourDepth: Int, Sendable, Comparable, CaseIterable {
    case none, eight, sixteen, indexed, direct

    public static func < (a: ColourDepth, b: ColourDepth) -> Bool { a.rawValue < b.rawValue }

    /// From a word of the command line: `none`, `8`, `16`, `256`, `24bit`.
    public init?(name: String) {
        switch name {
        case "none": self = .none
        case "8": self = .eight
        case "16": self = .sixteen
        case "256": self = .indexed
        case "direct", "truecolor", "24bit": self = .direct
        default: return nil
        }
    }

    /// The word of the command line.
    public var name: String {
        switch self {
        case .none: "none"
        case .eight: "8"
        case .sixteen: "16"
        case .indexed: "256"
        case .direct: "24bit"
        }
    }
}

extension Colour {
    /// The first sixteen colours, as xterm has them; terminals differ, so nothing finer is ever promised of them.
    public static let ansi: [Colour] = [
        Colour(0, 0, 0), Colour(205, 0, 0), Colour(0, 205, 0), Colour(205, 205, 0), Colour(0, 0, 238), Colour(205, 0, 205),
        Colour(0, 205, 205), Colour(229, 229, 229), Colour(127, 127, 127), Colour(255, 0, 0), Colour(0, 255, 0),
        Colour(255, 255, 0), Colour(92, 92, 255), Colour(255, 0, 255), Colour(0, 255, 255), Colour(255, 255, 255),
    ]
    private static let ansiLab = ansi.map { OKLab($0) }
    private static let cubeLevels: [Int] = [0, 95, 135, 175, 215, 255]

    /// Number of the nearest of the sixteen ANSI colours, to the eye.
    public var ansiIndex: Int { ansiIndex(of: 16) }

    /// Number of the nearest of the first `count` ANSI colours, to the eye.
    public func ansiIndex(of count: Int) -> Int {
        let lab = OKLab(self)
        var best = 0
        var bestDistance = Double.infinity
        // Eight have no grey: what is nearly one becomes black or white, never a hue that means something.
        let isGrey = count < 9 && hypot(lab.a, lab.b) < 0.05
        for (index, candidate) in Colour.ansiLab.prefix(count).enumerated()
        where lab.distance(candidate) < bestDistance && (!isGrey || index == 0 || index == 7) {
            best = index
            bestDistance = lab.distance(candidate)
        }
        return best
    }

    /// Number of the nearest colour of xterm's 6x6x6 cube and grey ramp, 16...255. The low sixteen vary and are not used.
    public var xtermIndex: Int {
        func level(_ value: UInt8) -> Int { value < 48 ? 0 : value < 115 ? 1 : (Int(value) - 35) / 40 }
        let (r, g, b) = (level(red), level(green), level(blue))
        let cube = Colour(xterm: 16 + 36 * r + 6 * g + b)
        let mean = (Int(red) + Int(green) + Int(blue)) / 3
        let greyStep = min(max((mean - 3) / 10, 0), 23)
        let grey = Colour(xterm: 232 + greyStep)
        return squaredDistance(grey) < squaredDistance(cube) ? 232 + greyStep : 16 + 36 * r + 6 * g + b
    }

    /// Colour number `index` (0...255) of xterm's palette.
    public init(xterm index: Int) {
        switch index {
        case ..<16: self = Colour.ansi[max(0, index)]
        case ..<232:
            let i = index - 16
            self.init(
                UInt8(Colour.cubeLevels[i / 36]), UInt8(Colour.cubeLevels[i / 6 % 6]), UInt8(Colour.cubeLevels[i % 6]))
        default:
            let grey = UInt8(clamping: 8 + 10 * (index - 232))
            self.init(grey, grey, grey)
        }
    }

    private func squaredDistance(_ other: Colour) -> Int {
        let dr = Int(red) - Int(other.red)
        let dg = Int(green) - Int(other.green)
        let db = Int(blue) - Int(other.blue)
        return dr * dr + dg * dg + db * db
    }

    /// The colour as a terminal of this depth shows it; `nil` without colours.
    public func reduced(to depth: ColourDepth) -> Colour? {
        switch depth {
        case .none: nil
        case .eight: Colour.ansi[ansiIndex(of: 8)]
        case .sixteen: Colour.ansi[ansiIndex]
        case .indexed: Colour(xterm: xtermIndex)
        case .direct: self
        }
    }
}
