// What to expect of a terminal from environment, configuration and options: colours, glyphs, theme, entries of terminfo to try.
// Every command that draws asks here, so that they agree.
import CNcurses
import Foundation
import Viz

/// What was found out about the terminal, and what the user asked for instead.
public struct TerminalChoice: Sendable, Equatable {
    /// Entries of terminfo, the best first.
    public var types: [String]
    public var colours: ColourDepth
    public var glyphs: GlyphLadder
    public var theme: Theme
    /// What decided colours and glyphs: an option, the configuration, or a variable.
    public var coloursFrom, glyphsFrom: String

    /// - Parameters:
    ///   - environment: the process' environment.
    ///   - isUTF8: whether the locale can carry more than ASCII.
    ///   - colours, glyphs, theme: the user's wish; it wins over everything found out.
    ///   - config: counts where there is no such wish.
    ///   - terminfo: colours of a terminal type; nil where it is unknown.
    public init(
        environment: [String: String], isUTF8: Bool, colours: ColourDepth? = nil, glyphs: GlyphLadder? = nil, theme: Theme? = nil,
        config: Config = Config(), terminfo: (String) -> Int? = TerminalChoice.terminfoColours
    ) {
        let type = environment["TERM"] ?? ""
        let noColour = !(environment["NO_COLOR"] ?? "").isEmpty
        if let colours {
            (self.colours, coloursFrom) = (colours, "--colors")
        } else if let colours = config.colours {
            (self.colours, coloursFrom) = (colours, Config.userFile.lastPathComponent)
        } else if noColour {
            (self.colours, coloursFrom) = (.none, "NO_COLOR")
        } else if let name = environment["COLORTERM"], ["truecolor", "24bit"].contains(name) {
            (self.colours, coloursFrom) = (.direct, "COLORTERM=\(name)")
        } else {
            (self.colours, coloursFrom) = (TerminalChoice.colours(of: type, terminfo), type.isEmpty ? "TERM is unset" : "TERM=\(type)")
        }
        if let glyphs {
            (self.glyphs, glyphsFrom) = (glyphs, "--glyphs")
        } else if let glyphs = config.glyphs {
            (self.glyphs, glyphsFrom) = (glyphs, Config.userFile.lastPathComponent)
        } else if !isUTF8 {
            (self.glyphs, glyphsFrom) = (.ascii, "the locale")
        } else {
            (self.glyphs, glyphsFrom) = type == "linux" ? (.blocks, "TERM=linux") : (.braille, "the locale")
        }
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

    /// What this process' terminal shows by environment, configuration and the user's wishes.
    public static func found(
        colours: ColourDepth? = nil, glyphs: GlyphLadder? = nil, theme: Theme? = nil, config: Config = .read(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> TerminalChoice {
        TerminalChoice(
            environment: environment, isUTF8: TerminalLocale(environment).isUTF8, colours: colours, glyphs: glyphs,
            theme: theme ?? config.theme.flatMap { ThemeLibrary().theme(named: $0) }, config: config)
    }

    private static func colours(of type: String, _ terminfo: (String) -> Int?) -> ColourDepth {
        if type.hasSuffix("-direct") { return .direct }
        guard !type.isEmpty, let count = terminfo(type) else { return type.contains("256") ? .indexed : .sixteen }
        return count >= 256 ? .indexed : count >= 16 ? .sixteen : count >= 8 ? .eight : .none
    }

    /// Colours that terminfo has for a type; 0 without any, nil where it does not know the type.
    public static func terminfoColours(_ type: String) -> Int? {
        let count = emolab_terminfo_colors(type)
        return count < -1 ? nil : max(0, Int(count))
    }

    /// Terminals that tell their background in `COLORFGBG` (`15;0`): 7 and 9 to 15 are light.
    private static func theme(_ environment: [String: String]) -> Theme {
        let last = environment["COLORFGBG"]?.split(separator: ";").last.flatMap { Int($0) }
        return last.map { $0 == 7 || ($0 > 8 && $0 < 16) } == true ? .light : .dark
    }
}
