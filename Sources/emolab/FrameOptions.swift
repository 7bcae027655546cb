// Options of a frame that is printed or written to a file: its size, colours and glyphs, as the screen would draw it.
import ArgumentParser
import Foundation
import TUI
import Viz

struct FrameOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Size of a printed frame: columns and rows, each \(OptionRanges.frameSides.words).", valueName: "columns x rows"))
    var size = "120x36"
    @Option(help: ArgumentHelp("Write that frame to a file by its ending: .txt, .ansi, .svg, .png.", valueName: "file"))
    var output: String?
    @Option(help: "Colours: auto, none, 16, 256 or 24bit.")
    var colors = "auto"
    @Option(help: "Glyphs: auto, braille, blocks or ascii.")
    var glyphs = "auto"
    @Option(help: ArgumentHelp("A theme by its name: \(Theme.builtInNames.joined(separator: ", ")), or a file's in the themes folder.", valueName: "name"))
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
        let wantsColour = ProcessInfo.processInfo.environment["NO_COLOR"].map(\.isEmpty) ?? true
        let depth = try colourDepth() ?? (wantsColour ? .direct : ColourDepth.none)
        let theme = try theme ?? chosenTheme(in: ThemeLibrary()) ?? .dark
        let look = Look(theme: theme, colours: depth, glyphs: try glyphLadder() ?? .braille)
        let grid = draw(columns, rows, look)
        guard let output else {
            if isAccessible { return printFrame(grid.lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n") }
            printFrame(isatty(STDOUT_FILENO) == 1 && depth != .none ? grid.ansi(depth) : grid.text)
            return
        }
        try Export.write(grid, as: try format(of: output), to: output, look: look)
    }

    /// - Throws: `ValidationError` where the name is no theme's.
    func chosenTheme(in library: ThemeLibrary) throws -> Theme? {
        guard let theme else { return nil }
        if let found = library.theme(named: theme) { return found }
        if let problem = library.problems.first(where: { $0.hasPrefix("themes/\(theme).toml") }) { throw ValidationError(problem) }
        throw ValidationError("there is no theme \(theme); there are \(library.themes.map(\.name).joined(separator: ", "))")
    }

    /// nil for `auto`.
    func colourDepth() throws -> ColourDepth? {
        if colors == "auto" { return nil }
        guard let depth = ColourDepth(name: colors) else {
            throw ValidationError("colors are auto, none, 16, 256 or 24bit, not \(colors)")
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
