// What to expect of a terminal from the environment: how many colours, which glyphs, which entries of terminfo to try.
import Viz

/// What was found out about the terminal, and what the user asked for instead.
public struct TerminalChoice: Sendable, Equatable {
    /// Entries of terminfo, the best first.
    public var types: [String]
    public var colours: ColourDepth
    public var glyphs: GlyphLadder
    public var theme: Theme

    /// - Parameters:
    ///   - environment: the process' environment.
    ///   - isUTF8: whether the locale can carry more than ASCII.
    ///   - colours, glyphs, theme: the user's wish; it wins over everything found out.
    public init(
        environment: [String: String], isUTF8: Bool, colours: ColourDepth? = nil, glyphs: GlyphLadder? = nil, theme: Theme? = nil
    ) {
        let type = environment["TERM"] ?? ""
        let says24Bit = ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "") || type.hasSuffix("-direct")
        let noColour = !(environment["NO_COLOR"] ?? "").isEmpty
        self.colours = colours ?? (noColour ? .none : says24Bit ? .direct : type.contains("256") ? .indexed : .sixteen)
        self.glyphs = glyphs ?? (!isUTF8 ? .ascii : type == "linux" ? .blocks : .braille)
        self.theme = theme ?? TerminalChoice.theme(environment)
        var types: [String] = []
        if self.colours == .direct, !type.hasSuffix("-direct") {
            // Only entries named so let curses send 24 bits; they come with the system's larger terminfo package.
            let family = type.split(separator: "-").first.map(String.init) ?? "xterm"
            types.append(family == "screen" ? "tmux-direct" : "\(family)-direct")
        }
        types += [type, "xterm-256color", "xterm", "vt100"]
        self.types = types.filter { !$0.isEmpty }
    }

    /// Terminals that tell their background in `COLORFGBG` (`15;0`): 7 and 9 to 15 are light.
    private static func theme(_ environment: [String: String]) -> Theme {
        let last = environment["COLORFGBG"]?.split(separator: ";").last.flatMap { Int($0) }
        return last.map { $0 == 7 || ($0 > 8 && $0 < 16) } == true ? .light : .dark
    }
}
