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
    public var theme, entry: String
    /// The entry's name.
    public var key: String
    public var reason: String
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
    private var inks: [Role: Ink]

    public subscript(role: Role) -> Ink { inks[role] ?? .plain }

    /// - Parameters:
    ///   - known: themes that `inherits` may name; roles not named come from there.
    ///   - entries: role or `inherits`, `paper`, `pen`, `background`, `heat` to its words.
    /// - Throws: `ThemeError` for an unknown entry or word.
    public init(name: String, known: [Theme] = [], entries: [String: String]) throws {
        var base: Theme?
        if let wanted = entries["inherits"] {
            base = known.first { $0.name == wanted }
            guard base != nil else {
                throw ThemeError(
                    theme: name, entry: "inherits = \"\(wanted)\"", key: "inherits",
                    reason: "no such theme; there are \(known.map(\.name).joined(separator: ", "))")
            }
        }
        var inks = base?.inks ?? [:]
        var paper = base?.paper ?? Colour(16, 18, 23)
        var pen = base?.pen ?? Colour(214, 218, 226)
        var background = base?.background
        var heat = base?.heat ?? .magma
        for (entry, words) in entries.sorted(by: { $0.key < $1.key }) where entry != "inherits" {
            func fail(_ reason: String) -> ThemeError {
                ThemeError(theme: name, entry: "\(entry) = \"\(words)\"", key: entry, reason: reason)
            }
            func colour() throws -> Colour {
                guard let colour = Colour(hex: words) else { throw fail("not a colour; write #rrggbb") }
                return colour
            }
            switch entry {
            case "paper": paper = try colour()
            case "pen": pen = try colour()
            case "background": background = words == "none" ? nil : try colour()
            case "heat":
                // A published map, or a gradient of the theme's own.
                let colours = words.split(separator: " ").map { Colour(hex: $0) }
                if let map = ColourMap.all.first(where: { $0.name == words }) {
                    heat = map
                } else if (2...32).contains(colours.count), !colours.contains(nil) {
                    heat = ColourMap(name: name, colours.compactMap { $0 })
                } else {
                    throw fail(
                        "neither a colour map (\(ColourMap.all.map(\.name).joined(separator: ", "))) nor two or more colours #rrggbb")
                }
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
}

extension Theme {
    /// The theme where a terminal shows eight or sixteen colours: no role falls together with the background, nor the selected row with a word on it.
    func fitted(to depth: ColourDepth) -> Theme {
        guard depth == .eight || depth == .sixteen else { return self }
        let behind = (background ?? paper).reduced(to: depth)
        var theme = self
        for (role, ink) in inks where ink.foreground != nil && ink.foreground?.reduced(to: depth) == behind {
            // The terminal's own colour for text can always be read on its own background.
            theme.inks[role] = Ink(background == nil ? nil : pen, background: ink.background, attributes: ink.attributes.union(.dim))
        }
        if let row = theme[.selection].background?.reduced(to: depth) {
            let words = [pen] + Role.allCases.compactMap { theme[$0].foreground }
            if row == behind || words.contains(where: { $0.reduced(to: depth) == row }) {
                theme.inks[.selection] = Ink(attributes: theme[.selection].attributes.union(.reverse))
            }
        }
        return theme
    }
}
