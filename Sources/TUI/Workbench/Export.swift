// A pane as a file: text, ANSI, SVG or PNG; its numbers as CSV.
import Base
import Foundation
import Viz

/// A file that could not be written: where and why.
public struct ExportError: Error, CustomStringConvertible {
    public var path, reason: String
    public var description: String { "cannot write \(path): \(reason)" }
}

public enum Export {
    /// Writes `grid` as `emolab-NAME.FORMAT`, numbered where that exists. Returns the path.
    /// - Throws: `ExportError`, `PictureExportError`.
    public static func write(_ grid: CellGrid, as format: ExportFormat, name: String, folder: String, look: Look) throws -> String {
        let path = freePath(name: name, ending: format.rawValue, folder: folder)
        try write(grid, as: format, to: path, look: look)
        return path
    }

    /// Writes `table` as `emolab-NAME.csv`, numbered where that exists. Returns the path.
    /// - Throws: `ExportError`.
    public static func write(_ table: PaneTable, name: String, folder: String) throws -> String {
        let path = freePath(name: name, ending: "csv", folder: folder)
        try write(([table.header.commaSeparated] + table.rows.map(\.commaSeparated)).map { $0 + "\n" }.joined(), to: path)
        return path
    }

    private static func freePath(name: String, ending: String, folder: String) -> String {
        var path = "\(folder)/emolab-\(name).\(ending)"
        var number = 2
        while FileManager.default.fileExists(atPath: path) {
            path = "\(folder)/emolab-\(name)-\(number).\(ending)"
            number += 1
        }
        return path
    }

    /// Writes `grid` to `path`.
    public static func write(_ grid: CellGrid, as format: ExportFormat, to path: String, look: Look) throws {
        let text: String
        switch format {
        case .text: text = grid.text
        case .ansi: text = grid.ansi(look.colours)
        case .svg: text = grid.svg(theme: look.theme)
        case .png: return try grid.writePNG(to: path, theme: look.theme)
        }
        try write(text, to: path)
    }

    static func write(_ text: String, to path: String) throws {
        do { try UserFile.write(text, to: path) } catch {
            throw ExportError(path: path, reason: String(cString: strerror(error.code)))
        }
    }
}
