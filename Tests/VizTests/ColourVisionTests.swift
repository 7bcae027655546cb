import Testing

@testable import Viz

/// What eyes without one kind of cones make of a colour: G. Machado, M. Oliveira, L. Fernandes, "A physiologically-based model for
/// simulation of color vision deficiency", 2009, severity 1.
private enum Deficiency: String, CaseIterable {
    case protanopia, deuteranopia, tritanopia

    private var matrix: [[Double]] {
        switch self {
        case .protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
        case .deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
        case .tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
        }
    }

    func seen(_ colour: Colour) -> OKLab {
        let linear = [colour.red, colour.green, colour.blue].map(OKLab.linear)
        let bytes = matrix.map { row -> UInt8 in
            let value = min(max(zip(row, linear).reduce(0) { $0 + $1.0 * $1.1 }, 0), 1)
            // Back through the table: the nearest byte is near enough for a distance.
            return (UInt8.min...UInt8.max).min { abs(OKLab.linear($0) - value) < abs(OKLab.linear($1) - value) } ?? 0
        }
        return OKLab(Colour(bytes[0], bytes[1], bytes[2]))
    }
}

@Suite struct ColourVisionTests {
    private func contrast(_ a: Colour, _ b: Colour) -> Double {
        // WCAG 2: relative luminance.
        func luminance(_ c: Colour) -> Double {
            0.2126 * OKLab.linear(c.red) + 0.7152 * OKLab.linear(c.green) + 0.0722 * OKLab.linear(c.blue)
        }
        let (x, y) = (luminance(a), luminance(b))
        return (max(x, y) + 0.05) / (min(x, y) + 0.05)
    }

    @Test(
        "A colour-blind theme keeps the roles of a plot, and good and bad, apart for the eyes it is made for",
        arguments: [("deuteranopia", Deficiency.deuteranopia), ("deuteranopia", .protanopia), ("tritanopia", .tritanopia)])
    private func roles(name: String, eyes: Deficiency) throws {
        let theme = try #require(Theme.builtIn.first { $0.name == name })
        func seen(_ role: Role) throws -> OKLab { eyes.seen(try #require(theme[role].foreground)) }
        for (a, b) in [(Role.source, Role.target), (.source, .adversary), (.target, .adversary), (.good, .bad)] {
            // `distance` is squared.
            let distance = try seen(a).distance(try seen(b)).squareRoot()
            #expect(distance > 0.18, "\(a) and \(b) are \(distance) apart with \(eyes)")
        }
        // The plain dark theme does not manage that, so the measure says something.
        func plain(_ role: Role) throws -> OKLab { eyes.seen(try #require(Theme.dark[role].foreground)) }
        let (a, b, c) = (try plain(.source), try plain(.target), try plain(.adversary))
        #expect(min(a.distance(b), a.distance(c), b.distance(c)).squareRoot() < 0.18)
    }

    @Test("High contrast is seven to one for every role, and no built-in theme has a role below four to one")
    func contrasts() throws {
        for theme in Theme.builtIn {
            for role in [Role.text, .muted, .accent, .title, .source, .target, .adversary, .good, .bad] {
                let value = contrast(theme[role].foreground ?? theme.pen, theme.paper)
                #expect(value >= (theme.name.hasPrefix("high-contrast") ? 7 : 4), "\(theme.name) \(role): \(value)")
            }
        }
        #expect(Theme.builtIn.count >= 6)
    }

    @Test("A gradient of a theme's own runs through its colours; one colour is none")
    func gradient() throws {
        let theme = try Theme(name: "mine", entries: ["heat": "#000000 #ff0000 #ffffff"])
        #expect(theme.heat[0] == Colour(0, 0, 0) && theme.heat[0.5] == Colour(255, 0, 0) && theme.heat[1] == Colour(255, 255, 255))
        for words in ["#000000", "#000000 red", ""] {
            #expect(throws: ThemeError.self) { try Theme(name: "mine", entries: ["heat": words]) }
        }
    }
}
