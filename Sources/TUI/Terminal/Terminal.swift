// The real terminal through ncurses: only cells that changed are sent, once a frame. One thread only, as curses wants it.
import CNcurses
import Foundation
import Viz

/// Why no screen can be opened, and what to do instead.
public enum TerminalError: Error, CustomStringConvertible {
    case notATerminal
    case unknownType(String)
    case cannotMoveCursor(String)

    public var description: String {
        switch self {
        case .notATerminal:
            "the workbench needs a terminal for input and output; `emolab runs show --json` and `emolab corpora list --json` print the same as text"
        case .unknownType(let type):
            "ncurses knows neither the terminal \"\(type)\" nor xterm or vt100; set TERM, or install ncurses-term"
        case .cannotMoveCursor(let type):
            "the terminal \"\(type)\" cannot move its cursor; `emolab --once train` prints one frame as text"
        }
    }
}

final class Terminal {
    /// One line where the terminal's own entry was not known.
    let warning: String?
    /// What this terminal can show.
    let deepest: ColourDepth
    /// What is drawn with, at most that.
    private(set) var colours: ColourDepth
    private var hasMouse = false
    private let screen: OpaquePointer
    private let window: UnsafeMutablePointer<WINDOW>
    /// Keys are read from a pad of their own: reading from the screen's window would refresh it.
    private let keyWindow: UnsafeMutablePointer<WINDOW>
    private var pairs: ColourPairs
    private var shown: CellGrid
    /// Pair of every cell on the screen.
    private var shownPairs: [Int]
    private var isOpen = true
    /// What has come of a text that is being pasted.
    private var pasted: String?
    /// Codes of our own for the brackets around pasted text, above those of ncurses.
    private static let pasteBegins: Int32 = 0x1000, pasteEnds: Int32 = 0x1001

    /// - Throws: `TerminalError` where there is no terminal or ncurses knows none of the types.
    init(_ choice: TerminalChoice) throws {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw TerminalError.notATerminal }
        var saved = termios()
        tcgetattr(STDIN_FILENO, &saved)
        var opened: (OpaquePointer, String)?
        for type in choice.types where opened == nil {
            if let screen = emolab_newterm(type) { opened = (screen, type) }
        }
        let wanted = choice.types.first { !$0.hasSuffix("-direct") } ?? ""
        guard let (screen, type) = opened, let window = emolab_stdscr(), let keyWindow = newpad(1, 1) else {
            throw TerminalError.unknownType(wanted)
        }
        guard emolab_capability("cup") != nil else {
            endwin()
            delscreen(screen)
            throw TerminalError.cannotMoveCursor(type)
        }
        self.screen = screen
        self.window = window
        self.keyWindow = keyWindow
        warning = choice.types.prefix { $0 != type }.contains(wanted) ? "terminal type \(wanted) is unknown here; using \(type)" : nil
        cbreak()
        noecho()
        nonl()
        keypad(keyWindow, true)
        nodelay(keyWindow, true)
        if getenv("ESCDELAY") == nil { set_escdelay(25) }
        curs_set(0)
        define_key("\u{1B}[200~", Self.pasteBegins)
        define_key("\u{1B}[201~", Self.pasteEnds)
        var depth = ColourDepth.none
        if has_colors(), choice.colours > .none {
            start_color()
            use_default_colors()
            let count = emolab_colors()
            depth = (count > 256 ? .direct : count >= 256 ? .indexed : count >= 16 ? .sixteen : count >= 8 ? .eight : .none)
        }
        deepest = depth
        colours = min(depth, choice.colours)
        pairs = ColourPairs(limit: depth == .none ? 1 : Int(emolab_color_pairs()))
        shown = CellGrid(width: 0, height: 0)
        shownPairs = []
        // Leave the keypad, show the cursor, reset attributes, leave the alternate screen: what a crash has to send.
        let leaving: [String] = ["rmkx", "cnorm", "sgr0", "rmcup"]
        // And mouse reports and brackets around pasted text off (xterm's modes 1000, 1002, 1003, 1006 and 2004), which terminfo has no name for.
        let mouseOff = Array("\u{1B}[?1000l\u{1B}[?1002l\u{1B}[?1003l\u{1B}[?1006l\u{1B}[?2004l".utf8)
        let bytes = mouseOff + leaving.flatMap { name -> [UInt8] in emolab_capability(name).map { Array(String(cString: $0).utf8) } ?? [] }
        Signals.screenOpened(saved: saved, bytes: bytes)
        bracketPastes(true)
    }

    /// Asks the terminal to bracket what is pasted; those that cannot ignore it, and their text comes as keys.
    private func bracketPastes(_ isWanted: Bool) { send("\u{1B}[?2004" + (isWanted ? "h" : "l")) }

    private func send(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// The terminal as it was before. Safe to call twice.
    func close() {
        guard isOpen else { return }
        isOpen = false
        Signals.screenClosed()
        use(mouse: false)
        bracketPastes(false)
        endwin()
        delwin(keyWindow)
        delscreen(screen)
    }

    /// Gives the terminal back while the process is stopped.
    func leave() {
        bracketPastes(false)
        endwin()
    }

    /// After `leave`, or where something wrote over the screen: everything is sent anew.
    func repaint() {
        bracketPastes(true)
        clearok(window, true)
        wnoutrefresh(window)
        doupdate()
    }

    /// Draws with so many colours from now on; everything is sent anew.
    func use(_ depth: ColourDepth) {
        let wanted = min(depth, deepest)
        guard wanted != colours else { return }
        colours = wanted
        shown = CellGrid(width: 0, height: 0)
    }

    /// Mouse reports on or off: off, the terminal's own selection works.
    func use(mouse isWanted: Bool) {
        guard isWanted != hasMouse else { return }
        hasMouse = isWanted
        emolab_mouse(isWanted)
    }

    /// Hands text to the user's clipboard, also over ssh (OSC 52). Terminals that do not know it ignore it.
    func copy(_ text: String) {
        // Terminals drop what is longer; the file has all of it.
        guard text.utf8.count <= 74_000 else { return }
        send("\u{1B}]52;c;" + Data(text.utf8).base64EncodedString() + "\u{07}")
    }

    /// The terminal's size as the kernel knows it now; `draw` follows it.
    var size: (width: Int, height: Int) {
        var (rows, columns): (Int32, Int32) = (0, 0)
        guard emolab_size(STDOUT_FILENO, &rows, &columns) else { return (Int(getmaxx(window)), Int(getmaxy(window))) }
        // No terminal is larger; a broken one may say so.
        return (min(Int(columns), 1000), min(Int(rows), 500))
    }

    /// Sends what differs from the last grid.
    func draw(_ grid: CellGrid) {
        if grid.width != shown.width || grid.height != shown.height {
            resizeterm(Int32(grid.height), Int32(grid.width))
            werase(window)
            pairs = ColourPairs(limit: colours == .none ? 1 : Int(emolab_color_pairs()))
            shown = CellGrid(width: grid.width, height: grid.height)
            shownPairs = [Int](repeating: 0, count: grid.width * grid.height)
            clearok(window, true)
        }
        var changed = false
        for y in 0..<grid.height {
            for x in 0..<grid.width {
                let cell = grid.cells[y * grid.width + x]
                guard cell != shown.cells[y * grid.width + x], let glyph = cell.glyph else { continue }
                put(cell, glyph, x, y, grid.width)
                changed = true
            }
        }
        guard changed else { return }
        shown = grid
        wnoutrefresh(window)
        doupdate()
    }

    private func put(_ cell: Cell, _ glyph: Character, _ x: Int, _ y: Int, _ width: Int) {
        let wanted = ColourPairs.Colours(foreground: number(cell.foreground), background: number(cell.background))
        let (pair, isNew) = pairs.pair(for: wanted)
        if isNew { init_extended_pair(Int32(pair), wanted.foreground, wanted.background) }
        pairs.replace(shownPairs[y * width + x], by: pair)
        shownPairs[y * width + x] = pair
        var attributes: attr_t = 0
        if cell.attributes.contains(.bold) { attributes |= emolab_bold }
        if cell.attributes.contains(.dim) { attributes |= emolab_dim }
        if cell.attributes.contains(.reverse) { attributes |= emolab_reverse }
        if cell.attributes.contains(.underline) { attributes |= emolab_underline }
        var text = glyph.unicodeScalars.prefix(5).map { wchar_t($0.value) }
        // Where the system measures a glyph differently, it would shift the rest of the row.
        if let first = text.first, first > 126, Int(emolab_width(first)) != CellText.width(of: glyph) { text = [wchar_t(63)] }
        emolab_put(window, Int32(y), Int32(x), text + [0], attributes, Int32(pair))
    }

    /// The terminal's number for a colour; -1 is its own.
    private func number(_ colour: Colour?) -> Int32 {
        // A terminal opened for 24 bits takes numbers of 24 bits, also where it is to show fewer colours.
        guard let colour = colour?.reduced(to: colours) else { return -1 }
        switch deepest {
        case .none: return -1
        case .eight, .sixteen: return Int32(colour.ansiIndex)
        case .indexed: return Int32(colours <= .sixteen ? colour.ansiIndex : colour.xtermIndex)
        case .direct:
            let value = Int32(colour.red) << 16 | Int32(colour.green) << 8 | Int32(colour.blue)
            // The numbers below eight mean the first palette colours there; the nearest blue cannot be told from them by eye.
            return value < 8 && value > 0 ? 8 : value
        }
    }

    /// Keys and presses of the mouse since.
    func inputs() -> [Input] {
        var result: [Input] = []
        var taken = 0
        while result.count < 256, taken < 4096 {
            var code: UInt32 = 0
            let kind = emolab_key(keyWindow, &code)
            if kind == ERR { break }
            taken += 1
            if kind == KEY_CODE_YES, Int32(bitPattern: code) == Self.pasteBegins {
                pasted = ""
            } else if kind == KEY_CODE_YES, Int32(bitPattern: code) == Self.pasteEnds {
                if let pasted { result.append(.key(.paste(pasted))) }
                pasted = nil
            } else if pasted != nil {
                // A field takes some hundred letters: a file pasted by mistake fills no memory.
                if kind != KEY_CODE_YES, let letter = Unicode.Scalar(code), (pasted?.count ?? 0) < 4 * TextEntry.longest {
                    pasted?.unicodeScalars.append(letter)
                }
            } else if kind == KEY_CODE_YES, Int32(bitPattern: code) == KEY_MOUSE {
                var (x, y): (Int32, Int32) = (0, 0)
                switch emolab_mouse_event(&x, &y) {
                case 1: result.append(.click(x: Int(x), y: Int(y)))
                case 4: result.append(.wheel(x: Int(x), y: Int(y), rows: -Workbench.wheelRows))
                case 5: result.append(.wheel(x: Int(x), y: Int(y), rows: Workbench.wheelRows))
                default: break
                }
            } else if let key = Terminal.key(kind, code) {
                result.append(.key(key))
            }
        }
        return result
    }

    static func key(_ kind: Int32, _ code: UInt32) -> Key? {
        if kind == KEY_CODE_YES {
            switch Int32(bitPattern: code) {
            case KEY_UP: return .up
            case KEY_DOWN: return .down
            case KEY_LEFT: return .left
            case KEY_RIGHT: return .right
            case KEY_PPAGE: return .pageUp
            case KEY_NPAGE: return .pageDown
            case KEY_HOME: return .home
            case KEY_END: return .end
            case KEY_BACKSPACE: return .backspace
            case KEY_DC: return .delete
            case KEY_BTAB: return .backTab
            case KEY_ENTER: return .enter
            case (KEY_F0 + 1)...(KEY_F0 + 12): return .function(Int(Int32(bitPattern: code) - KEY_F0))
            default: return nil
            }
        }
        switch code {
        case 9: return .tab
        case 10, 13: return .enter
        case 27: return .escape
        case 8, 127: return .backspace
        case 1...26: return Unicode.Scalar(96 + code).map { .control(Character($0)) }
        case 0..<32, 128..<160: return nil
        default: return Unicode.Scalar(code).map { .character(Character($0)) }
        }
    }
}
