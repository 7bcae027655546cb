import Testing

@testable import Viz

@Suite struct CellGridTests {
    @Test("Drawing outside the grid or the clip changes nothing there")
    func clipping() {
        var grid = CellGrid(width: 6, height: 3)
        grid.text("outside", x: -3, y: 0)
        grid.text("below", x: 0, y: 3)
        grid.put("x", x: 6, y: 1, .plain)
        grid.clipped(to: Rect(x: 1, y: 1, width: 2, height: 1)) { $0.fill(Rect(x: -9, y: -9, width: 99, height: 99), Cell("#")) }
        #expect(grid.lines == ["side", " ##", ""])
    }

    @Test("A wide glyph takes two cells and disappears whole when half of it is overwritten")
    func wideGlyphs() {
        var grid = CellGrid(width: 6, height: 1)
        #expect(grid.text("a漢字", x: 0, y: 0) == 5)
        #expect(grid[1, 0].glyph == "漢" && grid[2, 0].glyph == nil && grid[4, 0].glyph == nil)
        grid.put("x", x: 2, y: 0, .plain)
        #expect(grid.lines == ["a x字"])
        grid.put("y", x: 3, y: 0, .plain)
        #expect(grid.lines == ["a xy"])
    }

    @Test("A wide glyph that would stick out becomes a blank")
    func wideGlyphAtTheEdge() {
        var grid = CellGrid(width: 3, height: 1)
        grid.text("ab", x: 0, y: 0)
        grid.put("漢", x: 2, y: 0, .plain)
        #expect(grid.lines == ["ab"])
        #expect(grid.cells.allSatisfy { $0.glyph != nil })
    }

    @Test(
        "Text that is too long ends in an ellipsis, measured in cells",
        arguments: [("abcdef", 4, "abc…"), ("abcd", 4, "abcd"), ("漢字漢字", 5, "漢字…"), ("漢字漢", 4, "漢…"), ("ab", 0, "")])
    func ellipsis(text: String, cells: Int, wanted: String) {
        #expect(CellText.fitted(text, cells) == wanted)
        var grid = CellGrid(width: 20, height: 1)
        grid.text(text, x: 0, y: 0, limit: cells)
        #expect(grid.lines == [wanted])
    }

    @Test(
        "Nothing that a terminal would act on survives cleaning",
        arguments: [
            ("a\u{1B}[31mb", "a\u{FFFD}[31mb"), ("tab\there\nline\r\nend", "tab here line end"), ("\u{202E}gpj.exe", "gpj.exe"),
            ("\u{9B}2J", "\u{FFFD}2J"), ("zero\u{200B}width", "zerowidth"), ("bell\u{07}", "bell\u{FFFD}"), ("\u{E000}", "\u{FFFD}"),
            ("e\u{301}", "e\u{301}"),
        ])
    func cleaning(text: String, wanted: String) {
        #expect(CellText.clean(text) == wanted)
    }

    @Test("No combination of scalars leaves a control character, or more scalars than a curses cell holds")
    func cleaningHoldsForAnyScalars() {
        var state: UInt64 = 1
        var scalars = String.UnicodeScalarView()
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = UInt32(state >> 33) % (state & 64 == 0 ? 0x300 : 0x11_0000)
            if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
        }
        for (glyph, width) in CellText.glyphs(String(scalars)) {
            #expect(width == 1 || width == 2)
            #expect(glyph.unicodeScalars.count <= 5)
            for scalar in glyph.unicodeScalars {
                #expect(scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format)
            }
        }
    }

    @Test("Text that is cut ends in an ellipsis: at its limit, at the edge of what may be drawn on, and after its last line")
    func ellipsis() {
        var grid = CellGrid(width: 12, height: 3)
        grid.text("twelve cells and more", x: 0, y: 0)
        grid.clipped(to: Rect(x: 2, y: 1, width: 6, height: 2)) {
            $0.text("abcdefgh", x: 3, y: 1)
            $0.text("abcde", x: 3, y: 2)
        }
        #expect(grid.lines == ["twelve cell…", "   abcd…", "   abcde"])
        let lines = CellText.wrapped("one two three four five", 9)
        #expect(lines.cut(to: 2, 9) == ["one two", "three fo…"] || lines.cut(to: 2, 9).last == "three…")
        #expect(lines.cut(to: lines.count, 9) == lines && lines.cut(to: 0, 9).isEmpty && lines.cut(to: 1, 7) == ["one tw…"])
        #expect(lines.map { Span($0) }.cut(to: 1, 20).map(\.text) == ["one two…"])
    }

    @Test("Wrapping keeps every word and no line is too long")
    func wrapping() {
        let text = "no audio stream; the sound of this clip is expected in AudioWAV/1076_MTI_SAD_XX_and_a_very_long_name.wav"
        for cells in 1...40 {
            let lines = CellText.wrapped(text, cells)
            #expect(lines.allSatisfy { CellText.width($0) <= cells })
            #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
        }
        #expect(CellText.wrapped("", 20).isEmpty && CellText.wrapped("   ", 20, breaksWords: false).isEmpty)
    }

    @Test("Where words stay whole, one that is too long is a line of its own, and cells count rather than characters")
    func wholeWords() {
        for cells in 1...40 {
            let words = "see training.sourceStepsPerBatch and ok".split(separator: " ").map(String.init)
            let lines = CellText.wrapped(words.joined(separator: "  "), cells, breaksWords: false)
            #expect(lines.joined(separator: " ") == words.joined(separator: " "))
            #expect(lines.allSatisfy { CellText.width($0) <= cells || words.contains($0) })
        }
        #expect(
            CellText.wrapped("see training.sourceStepsPerBatch and ok", 10, breaksWords: false) == [
                "see", "training.sourceStepsPerBatch", "and ok",
            ])
        #expect(CellText.wrapped("情感 识别", 6, breaksWords: false) == ["情感", "识别"])
    }

    @Test("Rectangles never become negative, whatever is cut off")
    func rectangles() {
        let rect = Rect(x: 2, y: 3, width: 4, height: 1)
        #expect(rect.inset(horizontally: 9, vertically: 9).isEmpty)
        #expect(rect.splitLeft(99).1.isEmpty && rect.splitLeft(-5).0.isEmpty)
        #expect(rect.intersection(Rect(x: 90, y: 0, width: 4, height: 9)).isEmpty)
    }
}
