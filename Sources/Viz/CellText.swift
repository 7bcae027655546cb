// Text as a terminal can hold it: control characters replaced, graphemes reduced to what fits a cell, widths counted in cells.
// Widths follow Unicode's East Asian Width (UAX 11) and emoji presentation (UTS 51), as wcwidth of current C libraries does.

public enum CellText {
    /// Stands for a character that must not reach a terminal.
    public static let replacement: Character = "\u{FFFD}"

    /// The text's graphemes with their widths (1 or 2): tabs and line ends become spaces, other controls U+FFFD;
    /// invisible formatting (bidirectional overrides, joiners) is dropped.
    public static func glyphs(_ text: String) -> [(glyph: Character, width: Int)] {
        var result: [(glyph: Character, width: Int)] = []
        result.reserveCapacity(text.utf8.count)
        for character in text {
            if let glyph = clean(character) { result.append((glyph, width(of: glyph))) }
        }
        return result
    }

    /// `text` with everything a terminal might act on removed.
    public static func clean(_ text: String) -> String { String(glyphs(text).map(\.glyph)) }

    /// Cells that `text` takes after cleaning.
    public static func width(_ text: String) -> Int {
        var utf8 = text.utf8.makeIterator()
        var count = 0
        while let byte = utf8.next() {
            guard byte >= 0x20, byte < 0x7F else { return glyphs(text).reduce(0) { $0 + $1.width } }
            count += 1
        }
        return count
    }

    /// `text` cut to `cells` cells, the last of them an ellipsis where something was cut.
    public static func fitted(_ text: String, _ cells: Int) -> String {
        guard cells > 0 else { return "" }
        let all = glyphs(text)
        guard all.reduce(0, { $0 + $1.width }) > cells else { return String(all.map(\.glyph)) }
        var kept = ""
        var used = 0
        for (glyph, width) in all {
            if used + width > cells - 1 { break }
            kept.append(glyph)
            used += width
        }
        return kept + "…"
    }

    /// Lines of at most `cells` cells, broken at spaces.
    /// - Parameter breaksWords: whether a word that is longer than a line is broken anywhere; else it is a line of its own.
    public static func wrapped(_ text: String, _ cells: Int, breaksWords: Bool = true) -> [String] {
        guard cells > 0 else { return [] }
        var lines: [String] = []
        var line = ""
        var lineWidth = 0
        for word in clean(text).split(separator: " ") {
            var rest = glyphs(String(word))
            while !rest.isEmpty {
                let wordWidth = rest.reduce(0) { $0 + $1.width }
                let gap = lineWidth == 0 ? 0 : 1
                if lineWidth + gap + wordWidth <= cells || lineWidth == 0 && !breaksWords {
                    line += (gap == 1 ? " " : "") + String(rest.map(\.glyph))
                    lineWidth += gap + wordWidth
                    rest = []
                } else if lineWidth > 0 {
                    lines.append(line)
                    line = ""
                    lineWidth = 0
                } else {
                    var piece = ""
                    var used = 0
                    while let first = rest.first, used + first.width <= cells || used == 0 {
                        piece.append(first.glyph)
                        used += first.width
                        rest.removeFirst()
                    }
                    lines.append(piece)
                }
            }
        }
        if lineWidth > 0 { lines.append(line) }
        return lines
    }

    /// 1 or 2, for a glyph that `clean` let through.
    public static func width(of glyph: Character) -> Int {
        guard let scalar = glyph.unicodeScalars.first else { return 1 }
        let value = scalar.value
        // Latin, braille, boxes and blocks: nearly everything a pane draws.
        if value < 0x1100 || (0x2500...0x25FC).contains(value) || (0x2800...0x28FF).contains(value) { return 1 }
        if scalar.properties.isEmojiPresentation { return 2 }
        return wideRanges.contains { $0.contains(value) } ? 2 : 1
    }

    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF,
        0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD,
    ]

    /// One base scalar with at most four combining marks (all that a curses cell holds), or `nil` where nothing is visible.
    private static func clean(_ character: Character) -> Character? {
        let scalars = character.unicodeScalars
        if let ascii = character.asciiValue {
            if ascii >= 0x20, ascii < 0x7F { return character }
            return ascii == 0x09 || ascii == 0x0A || ascii == 0x0D ? " " : replacement
        }
        guard let base = scalars.first else { return nil }
        switch base.properties.generalCategory {
        case .control: return character == "\r\n" ? " " : replacement
        case .surrogate, .unassigned, .privateUse: return replacement
        case .lineSeparator, .paragraphSeparator: return " "
        case .format: return nil
        case .nonspacingMark, .enclosingMark, .spacingMark: return replacement  // A mark without a base would move its neighbour.
        default: break
        }
        if scalars.count == 1 { return character }
        var kept = String.UnicodeScalarView()
        kept.append(base)
        for scalar in scalars.dropFirst() where kept.count < 5 {
            if scalar.properties.generalCategory == .nonspacingMark, !scalar.properties.isVariationSelector { kept.append(scalar) }
        }
        return Character(String(kept))
    }
}

extension Array where Element == String {
    /// At most `lines` of these lines; the last one ends in an ellipsis where others are left out.
    public func cut(to lines: Int, _ cells: Int) -> [String] {
        guard count > lines, lines > 0 else { return Array(prefix(Swift.max(0, lines))) }
        return prefix(lines - 1) + [CellText.fitted(self[lines - 1] + "…", cells)]
    }
}

extension Array where Element == Span {
    /// At most `lines` of these lines; the last one ends in an ellipsis where others are left out.
    public func cut(to lines: Int, _ cells: Int) -> [Span] {
        guard count > lines, lines > 0 else { return Array(prefix(Swift.max(0, lines))) }
        return prefix(lines - 1) + [Span(CellText.fitted(self[lines - 1].text + "…", cells), self[lines - 1].ink)]
    }
}
