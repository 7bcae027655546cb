// Bytes that no keyboard sends, typed into a terminal: below ncurses, where keys, pastes and the mouse are made of them.
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct TypedBytesTests {
        /// What a terminal's replies and keys are made of, and no letter or return that would ask for something by itself.
        private static let pieces = [
            "\u{1B}", "\u{1B}[", "\u{1B}O", "\u{1B}[<", "\u{1B}[M", "\u{1B}[200~", "\u{1B}[201~", "\u{1B}[I", "\u{1B}[?62;c",
            "\u{1B}]11;rgb:0000/0000/0000\u{7}",
            "\u{1B}P>|", "\u{1B}\\", "\u{1B}[999999999;99999999R", "\u{1B}[<0;5;5M", "\u{1B}[<64;500;500m", "\u{1B}[1;5", "\u{1B}[27;5;13~",
            "0", "9", ";", ":", "~", "?", " ",
        ]

        @Test("Whatever bytes are typed into it, the screen stays, reads on and ends when it is told to")
        func bytes() throws {
            let home = try Home(), terminal = try PseudoTerminal(columns: 100, rows: 30)
            let program = try RunningProgram(
                ["-c", "exec \"$0\" <\"$1\" >\"$1\"", Program.path, terminal.path], of: "/bin/sh", in: home,
                environment: ["TERM": "xterm-256color"])
            while terminal.shown < 1000 {
                guard program.status == nil, terminal.take(within: 20) else {
                    throw Program.Failure(description: "no screen: \(try program.finish().errors)")
                }
            }
            var fuzz = Fuzz("typed", pieces: Self.pieces)
            for round in 0..<min(Fuzz.inputs(quick: 400), 50_000) {
                let text = fuzz.made(atMost: 60).filter { byte in
                    !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) && ![3, 10, 13, 26, 28].contains(byte)
                }
                guard terminal.type(text) else { throw Program.Failure(description: "it does not read any more after \(round) texts") }
                if let status = program.status {
                    throw Program.Failure(description: "ended with \(status) after \(round) texts, the last \(text)")
                }
            }
            program.send(SIGTERM)
            while terminal.take(within: 10) {}
            #expect(try program.finish().status == 128 + SIGTERM)
        }
    }
}

/// A terminal whose other end is the test.
private final class PseudoTerminal {
    let path: String
    private let end: Int32
    /// Bytes that came out of it.
    private(set) var shown = 0

    init(columns: UInt16, rows: UInt16) throws {
        end = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // TIOCSPTLCK and TIOCGPTN, whose macros Swift does not see, of tty_ioctl(4): unlocked, and its number.
        var isLocked: Int32 = 0, number: Int32 = 0
        guard end >= 0, ioctl(end, 0x4004_5431, &isLocked) == 0, ioctl(end, 0x8004_5430, &number) == 0 else {
            throw Program.Failure(description: "no terminal")
        }
        path = "/dev/pts/\(number)"
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(end, UInt(TIOCSWINSZ), &size)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }

    deinit { close(end) }

    /// Types `bytes` and takes what is drawn meanwhile. False where they are not read for ten seconds.
    func type(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            var ready = pollfd(fd: end, events: Int16(POLLIN | POLLOUT), revents: 0)
            guard poll(&ready, 1, 10_000) > 0 else { return false }
            if ready.revents & Int16(POLLIN) != 0 { read() }
            if ready.revents & Int16(POLLOUT) != 0 {
                let count = bytes[done...].withUnsafeBytes { write(end, $0.baseAddress, $0.count) }
                if count > 0 { done += count }
            } else if ready.revents & Int16(POLLHUP) != 0 {
                return false
            }
        }
        return true
    }

    /// Waits for something to be drawn. False where nothing was, or nobody has the terminal any more.
    func take(within seconds: Int) -> Bool {
        var ready = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, Int32(seconds * 1000)) > 0, ready.revents & Int16(POLLIN) != 0 else { return false }
        read()
        return true
    }

    private func read() {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        shown += max(0, Foundation.read(end, &bytes, bytes.count))
    }
}
