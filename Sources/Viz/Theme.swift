// Themes: what each role of the screen's language looks like. Roles are words such as "#56b4e9 bold", so a theme is a small table.

/// What a colour means; panes name roles, never colours.
public enum Role: String, Sendable, CaseIterable {
    case text, muted, border
    /// Focus, and nothing else.
    case accent
    case title
    case source, target
    /// Domain loss, alpha.
    case adversary
    case good, bad
    /// The selected row.
    case selection
}

/// A theme that cannot be read: which one, which line of it, why.
public struct ThemeError: Error, CustomStringConvertible, Equatable {
    public var theme, entry, reason: String
    public var description: String { "theme \(theme): \(entry): \(reason)" }
}

/// Inks for every role. `paper` and `pen` stand for the terminal's own colours where there is no terminal (pictures of the screen).
public struct Theme: Sendable, Equatable {
    public let name: String
    public let paper: Colour
    public let pen: Colour
    /// Fills the screen where set; `nil` leaves the terminal's background.
    public let background: Colour?
    public let heat: ColourMap
    private let inks: [Role: Ink]

    public subscript(role: Role) -> Ink { inks[role] ?? .plain }

    /// - Parameters:
    ///   - base: roles not named come from here.
    ///   - entries: role or `paper`, `pen`, `background`, `heat` to its words.
    /// - Throws: `ThemeError` for an unknown entry or word.
    public init(name: String, base: Theme? = nil, entries: [String: String]) throws {
        var inks = base?.inks ?? [:]
        var paper = base?.paper ?? Colour(16, 18, 23)
        var pen = base?.pen ?? Colour(214, 218, 226)
        var background = base?.background
        var heat = base?.heat ?? .magma
        for (entry, words) in entries.sorted(by: { $0.key < $1.key }) {
            func fail(_ reason: String) -> ThemeError { ThemeError(theme: name, entry: "\(entry) = \"\(words)\"", reason: reason) }
            func colour() throws -> Colour {
                guard let colour = Colour(hex: words) else { throw fail("not a colour; write #rrggbb") }
                return colour
            }
            switch entry {
            case "paper": paper = try colour()
            case "pen": pen = try colour()
            case "background": background = words == "none" ? nil : try colour()
            case "heat":
                guard let map = ColourMap.all.first(where: { $0.name == words }) else {
                    throw fail("no such colour map; there are \(ColourMap.all.map(\.name).joined(separator: ", "))")
                }
                heat = map
            default:
                guard let role = Role(rawValue: entry) else {
                    throw fail("no such role; there are \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                var ink = Ink()
                for word in words.split(separator: " ") {
                    switch word {
                    case "bold": ink.attributes.insert(.bold)
                    case "dim": ink.attributes.insert(.dim)
                    case "reverse": ink.attributes.insert(.reverse)
                    case "underline": ink.attributes.insert(.underline)
                    case "plain": break
                    default:
                        let isBackground = word.hasPrefix("on:")
                        guard let colour = Colour(hex: isBackground ? word.dropFirst(3) : word) else {
                            throw fail("\(word) is neither #rrggbb, on:#rrggbb, bold, dim, reverse, underline nor plain")
                        }
                        if isBackground { ink.background = colour } else { ink.foreground = colour }
                    }
                }
                inks[role] = ink
            }
        }
        self.name = name
        self.paper = paper
        self.pen = pen
        self.background = background
        self.heat = heat
        self.inks = inks
    }

    private init(builtIn name: String, _ entries: [String: String]) {
        // Proof that this cannot fail: a test reads every table of `builtInEntries`.
        self = try! Theme(name: name, entries: entries)
    }

    public static let dark = Theme(builtIn: "dark", builtInEntries["dark"] ?? [:])
    public static let light = Theme(builtIn: "light", builtInEntries["light"] ?? [:])
    /// Attributes only: for terminals without colours and for `NO_COLOR`.
    public static let mono = Theme(builtIn: "mono", builtInEntries["mono"] ?? [:])
    public static let builtIn = [dark, light, mono]

    /// The tables of the built-in themes, the same as in `themes/`. Hues after Okabe and Ito, so that roles stay apart for
    /// every kind of colour vision.
    public static let builtInEntries: [String: [String: String]] = [
        "dark": [
            "paper": "#11141a", "pen": "#d3d8e0", "background": "none", "heat": "magma",
            "text": "plain", "muted": "#7b8494", "border": "#414957", "accent": "#74d4c0", "title": "bold",
            "source": "#62b6ee", "target": "#f0a940", "adversary": "#d78fc0", "good": "#8ccf7e", "bad": "#f2705d",
            "selection": "on:#27303d",
        ],
        "light": [
            "paper": "#fbfbf9", "pen": "#23272e", "background": "none", "heat": "viridis",
            "text": "plain", "muted": "#727a86", "border": "#b9bfc8", "accent": "#00806a", "title": "bold",
            "source": "#0068b0", "target": "#b06000", "adversary": "#a03f80", "good": "#2f7d32", "bad": "#c03421",
            "selection": "on:#dde6ef",
        ],
        "mono": [
            "paper": "#11141a", "pen": "#d3d8e0", "background": "none", "heat": "magma",
            "text": "plain", "muted": "dim", "border": "dim", "accent": "bold", "title": "bold",
            "source": "plain", "target": "plain", "adversary": "plain", "good": "plain", "bad": "bold",
            "selection": "reverse",
        ],
    ]
}
