// Options of a frame that is printed or written to a file: its size, colours and glyphs, as the screen would draw it.
import ArgumentParser
import Foundation
import TUI
import Viz

struct FrameOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Size of a printed frame: columns and rows, each \(OptionRanges.frameSides.words).", valueName: "columns x rows")
    )
    var size = "120x36"
    @Option(help: ArgumentHelp("Write that frame to a file by its ending: .txt, .ansi, .svg, .png.", valueName: "file"))
    var output: String?
    @Option(help: "Colours: auto, none, 8, 16, 256 or 24bit. auto: what the terminal shows, none in a pipe; by name also in a pipe.")
    var colors = "auto"
    @Option(help: "Glyphs: auto, braille, blocks or ascii. auto: what locale, terminal and config.toml say; a file gets braille.")
    var glyphs = "auto"
    @Option(
        help: ArgumentHelp(
            "A theme by its name: \(Theme.builtInNames.joined(separator: ", ")), or a file's in the themes folder.", valueName: "name"))
    var theme: String?

    func validate() throws {
        _ = try dimensions()
        _ = try colourDepth()
        _ = try glyphLadder()
        if let output { _ = try format(of: output) }
    }

    /// Prints what `draw` makes at the size and with the look that were asked for, or writes it to the file.
    /// - Throws: `ValidationError`, `ExportError`, `PictureExportError`.
    func show(theme: Theme? = nil, isAccessible: Bool = false, _ draw: (_ width: Int, _ height: Int, _ look: Look) -> CellGrid) throws {
        let (columns, rows) = try dimensions()
        let theme = try theme ?? chosenTheme(in: ThemeLibrary())
        let look =
            try output.map { try fileLook(format(of: $0), theme) }
            ?? .standardOutput(colours: colourDepth(), glyphs: glyphLadder(), theme: theme)
        let grid = draw(columns, rows, look)
        guard let output else {
            if isAccessible { return printFrame(grid.lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n") }
            return printGrid(grid, look)
        }
        try Export.write(grid, as: try format(of: output), to: output, look: look)
    }

    /// A file is the same whichever terminal it is made in; plain text has no colours.
    private func fileLook(_ format: ExportFormat, _ theme: Theme?) throws -> Look {
        let hasColour = format != .text && ProcessInfo.processInfo.environment["NO_COLOR"].map(\.isEmpty) ?? true
        return Look(
            theme: theme ?? .dark, colours: try colourDepth() ?? (hasColour ? .direct : .none), glyphs: try glyphLadder() ?? .braille)
    }

    /// - Throws: `ValidationError` where the name is no theme's.
    func chosenTheme(in library: ThemeLibrary) throws -> Theme? {
        guard let theme else { return nil }
        if let found = library.theme(named: theme) { return found }
        if let broken = library.broken(named: theme) { throw ValidationError("\(broken.problem)") }
        throw ValidationError("there is no theme \(theme); there are \(library.themes.map(\.name).joined(separator: ", "))")
    }

    /// nil for `auto`.
    func colourDepth() throws -> ColourDepth? {
        if colors == "auto" { return nil }
        guard let depth = ColourDepth(name: colors) else {
            throw ValidationError("colors are auto, none, 8, 16, 256 or 24bit, not \(colors)")
        }
        return depth
    }

    /// nil for `auto`.
    func glyphLadder() throws -> GlyphLadder? {
        if glyphs == "auto" { return nil }
        guard let ladder = GlyphLadder(rawValue: glyphs) else {
            throw ValidationError("glyphs are auto, \(GlyphLadder.allCases.map(\.rawValue).joined(separator: ", ")), not \(glyphs)")
        }
        return ladder
    }

    private func dimensions() throws -> (columns: Int, rows: Int) {
        let parts = size.lowercased().split(separator: "x").compactMap { Int($0) }
        guard parts.count == 2, parts.allSatisfy(OptionRanges.frameSides.range.contains) else {
            throw ValidationError("--size takes COLUMNSxROWS, such as 80x24, each \(OptionRanges.frameSides.words), not \(size.printable)")
        }
        return (parts[0], parts[1])
    }

    private func format(of path: String) throws -> ExportFormat {
        switch URL(fileURLWithPath: path).pathExtension.lowercased() {
        case "txt", "text": return .text
        case "ansi": return .ansi
        case "svg": return .svg
        case "png": return .png
        default: throw ValidationError("\(path): a frame is written as .txt, .ansi, .svg or .png")
        }
    }
}

extension Look {
    /// How standard output is drawn: as its terminal can; in a pipe without colours unless the user named some.
    static func standardOutput(colours: ColourDepth? = nil, glyphs: GlyphLadder? = nil, theme: Theme? = nil) -> Look {
        let choice = TerminalChoice.found(colours: colours, glyphs: glyphs, theme: theme)
        let isTerminal = isatty(STDOUT_FILENO) == 1
        return Look(theme: choice.theme, colours: isTerminal ? choice.colours : colours ?? .none, glyphs: choice.glyphs)
    }
}

/// Writes a grid that was drawn by `look` to standard output.
func printGrid(_ grid: CellGrid, _ look: Look) {
    printFrame(look.colours == .none ? grid.text : grid.ansi(look.colours))
}
