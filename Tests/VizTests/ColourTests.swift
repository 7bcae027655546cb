import Testing

@testable import Viz

@Suite struct ColourTests {
    @Test("Every colour of xterm's cube and grey ramp stands for itself")
    func indexedColours() {
        for index in 16..<256 {
            let colour = Colour(xterm: index)
            #expect(Colour(xterm: colour.xtermIndex) == colour)
        }
    }

    @Test("The nearest of 256 is never farther than half a step of the cube on any channel")
    func indexedError() {
        for value in stride(from: 0, through: 255, by: 5) {
            let colour = Colour(UInt8(value), UInt8(255 - value), UInt8(value / 2))
            let shown = Colour(xterm: colour.xtermIndex)
            for (a, b) in [(colour.red, shown.red), (colour.green, shown.green), (colour.blue, shown.blue)] {
                #expect(abs(Int(a) - Int(b)) <= 48)
            }
        }
    }

    @Test("Each of the sixteen colours is its own nearest")
    func sixteenColours() {
        for (index, colour) in Colour.ansi.enumerated() { #expect(colour.ansiIndex == index) }
    }

    @Test(
        "In eight and in sixteen colours every word can be read and the selected row be seen, in every theme",
        arguments: [ColourDepth.eight, .sixteen])
    func fewColours(depth: ColourDepth) {
        for theme in Theme.builtIn {
            let look = Look(theme: theme, colours: depth)
            let behind = (theme.background ?? theme.paper).reduced(to: depth)
            let words = Role.allCases.compactMap { look[$0].foreground?.reduced(to: depth) }
            #expect(!words.contains { $0 == behind }, "\(theme.name)")
            let row = look[.selection]
            let under = row.background?.reduced(to: depth)
            #expect(
                row.attributes.contains(.reverse) || under != nil && under != behind && !words.contains { $0 == under }, "\(theme.name)")
        }
    }

    @Test("Where there are eight colours, what is nearly grey becomes black or white, and all else one of the eight")
    func eightColours() {
        for index in 0..<8 { #expect(Colour.ansi[index].ansiIndex(of: 8) == index) }
        #expect(Colour(hex: "#7b8494")?.ansiIndex(of: 8) == 7 && Colour(hex: "#414957")?.ansiIndex(of: 8) == 0)
        for theme in Theme.builtIn {
            for role in Role.allCases { #expect((0..<8).contains(theme[role].foreground?.ansiIndex(of: 8) ?? 0)) }
        }
    }

    @Test("Without colours nothing is coloured")
    func noColours() { #expect(Colour(200, 10, 10).reduced(to: .none) == nil) }

    @Test("Lightness of every colour map rises, in even steps where the map is meant to be even", arguments: ColourMap.all)
    func colourMaps(map: ColourMap) {
        let lightness = (0...20).map { map[Double($0) / 20].lightness }
        let steps = zip(lightness.dropFirst(), lightness).map { $0 - $1 }
        #expect(steps.allSatisfy { $0 > 0 })
        // Near black OKLab is steep; the rest keeps within a factor of its mean.
        let later = steps.dropFirst(4)
        let mean = later.reduce(0, +) / Double(later.count)
        #expect(later.allSatisfy { $0 > mean * 0.5 && $0 < mean * 1.7 })
        #expect(map[.nan] == map[0] && map[-1] == map[0] && map[2] == map[1])
    }

    @Test("The built-in themes name every role, and roles that share a plot differ for the eye")
    func builtInThemes() throws {
        for theme in Theme.builtIn {
            let entries = try #require(Theme.builtInEntries[theme.name])
            #expect(try Theme(name: theme.name, known: [.dark, .light], entries: entries) == theme)
            for role in Role.allCases {
                #expect(entries["inherits"] != nil || entries[role.rawValue] != nil, "\(theme.name) lacks \(role)")
            }
        }
        for theme in [Theme.dark, .light] {
            let colours = [Role.source, .target, .adversary].compactMap { theme[$0].foreground }
            #expect(colours.count == 3)
            for (index, a) in colours.enumerated() {
                for b in colours.dropFirst(index + 1) { #expect(OKLab(a).distance(OKLab(b)) > 0.01) }
                #expect(abs(a.lightness - theme.paper.lightness) > 0.3)
            }
        }
    }

    @Test(
        "A broken theme names its entry and what is wrong with it",
        arguments: [("source", "bleu"), ("sauce", "#ffffff"), ("heat", "jet"), ("paper", "white"), ("source", "#+12345")])
    func brokenThemes(entry: String, words: String) {
        #expect(throws: ThemeError.self) { try Theme(name: "mine", entries: [entry: words]) }
        do {
            _ = try Theme(name: "mine", entries: [entry: words])
        } catch {
            #expect("\(error)".contains(entry) && "\(error)".contains(words))
        }
    }

    @Test("A theme takes what it does not name from its base")
    func themeBase() throws {
        let mine = try Theme(name: "mine", known: [.dark], entries: ["inherits": "dark", "source": "#ffffff bold"])
        #expect(mine[.source] == Ink(Colour(255, 255, 255), attributes: .bold))
        #expect(mine[.target] == Theme.dark[.target])
    }

    @Test("Curves, legend and title of a plot wear the colours of their roles")
    func rolesInAPlot() {
        var grid = CellGrid(width: 60, height: 12)
        let x = (0...40).map(Double.init)
        CurvePlot([
            .init("up", mark: "●", role: .source, x: x, y: x.map { $0 / 40 }),
            .init("down", mark: "▲", role: .adversary, x: x, y: x.map { 1 - $0 / 40 }),
        ]).draw(into: &grid, grid.bounds, Look())
        let used = Set(grid.cells.compactMap(\.foreground))
        for role in [Role.source, .adversary] { #expect(Theme.dark[role].foreground.map(used.contains) == true) }
        let mark = grid.cells.last { $0.glyph == "▲" }
        #expect(mark?.foreground == Theme.dark[.adversary].foreground)
    }
}
