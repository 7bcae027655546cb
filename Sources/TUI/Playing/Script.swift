// Keys as a file: `--record` writes it, `--play` reads it. With expectations between the keys it is a test of the screen.
import Viz

/// One line of such a file.
enum ScriptLine: Equatable {
    case input(Input)
    /// Keys, one a character.
    case type(String)
    /// The screen has this text, now or within some seconds.
    case expect(String)
    /// The screen does not have it, now or within some seconds.
    case absent(String)
    /// Only without a terminal: another size.
    case size(width: Int, height: Int)
    /// Until nothing is under way, and these seconds more.
    case wait(Double)
}

/// A line that is none: its number and what it may be.
public struct ScriptError: Error, CustomStringConvertible, Equatable {
    public var line: Int
    public var reason: String
    public var description: String { "line \(line): \(reason)" }
}

public struct Script: Sendable {
    let lines: [(number: Int, line: ScriptLine)]

    static let mostLines = 100_000

    /// - Throws: `ScriptError` for a line that is neither a key nor a word with what belongs to it.
    public init(_ text: String) throws {
        var lines: [(number: Int, line: ScriptLine)] = []
        for (index, text) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let number = index + 1
            let text = String(text).trimmingEnds
            if text.isEmpty || text.hasPrefix("# ") { continue }
            guard lines.count < Script.mostLines else { throw ScriptError(line: number, reason: "more than \(Script.mostLines) lines") }
            lines.append((number, try Script.line(text, number)))
        }
        self.lines = lines
    }

    private static func line(_ text: String, _ number: Int) throws -> ScriptLine {
        if let key = Key(name: text) { return .input(.key(key)) }
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        let rest = parts.count > 1 ? parts[1] : ""
        func wrong(_ wanted: String) -> ScriptError { ScriptError(line: number, reason: "\(parts[0]) wants \(wanted)") }
        func numbers(_ separator: Character) -> [Int]? {
            let values = rest.split(separator: separator, omittingEmptySubsequences: false).map { Int($0) }
            return values.contains(nil) ? nil : values.compactMap(\.self)
        }
        switch parts[0] {
        case "type":
            guard !rest.isEmpty else { throw wrong("text") }
            return .type(rest)
        case "paste":
            guard !rest.isEmpty else { throw wrong("text") }
            return .input(.key(.paste(rest)))
        case "expect", "absent":
            guard !rest.isEmpty else { throw wrong("the text that is looked for") }
            return parts[0] == "expect" ? .expect(rest) : .absent(rest)
        case "size":
            guard let size = numbers("x"), size.count == 2 else { throw wrong("COLUMNSxROWS, such as 80x24") }
            guard size.allSatisfy((1...1000).contains) else { throw wrong("1x1 to 1000x1000, not \(rest)") }
            return .size(width: size[0], height: size[1])
        case "wait":
            guard let seconds = rest.isEmpty ? 0 : Double(rest), (0...600).contains(seconds) else { throw wrong("seconds, or nothing") }
            return .wait(seconds)
        case "click":
            guard let place = numbers(","), place.count == 2 else { throw wrong("COLUMN,ROW") }
            return .input(.click(x: place[0], y: place[1]))
        case "wheel":
            guard let place = numbers(","), place.count == 3, abs(place[2]) <= 30 else { throw wrong("COLUMN,ROW,ROWS") }
            return .input(.wheel(x: place[0], y: place[1], rows: place[2]))
        default:
            throw ScriptError(
                line: number,
                reason:
                    "\(CellText.clean(text)) is neither a key (\(Key.examples)) nor type, paste, expect, absent, size, wait, click, wheel")
        }
    }

    /// As a line of a file.
    static func text(_ input: Input) -> String {
        switch input {
        case .key(let key): key.name
        case .click(let x, let y): "click \(x),\(y)"
        case .wheel(let x, let y, let rows): "wheel \(x),\(y),\(rows)"
        }
    }
}

extension String {
    /// Without blanks and a carriage return at the end, and blanks at the start.
    fileprivate var trimmingEnds: String {
        var text = Substring(self)
        while let last = text.last, last == "\r" || last == " " || last == "\t" { text.removeLast() }
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        return String(text)
    }
}

/// Where a script stands. It knows no clock: it is told the time, whether all is quiet, and what the screen shows.
struct ScriptRunner {
    enum Step: Equatable {
        /// Nothing to do yet.
        case waiting
        case input(Input)
        case size(width: Int, height: Int)
        case failed(String)
        case finished
    }

    /// Seconds that an expectation may take.
    var patience = 10.0
    private let script: Script
    private var next = 0
    private var typed: [Character] = []
    private var since: Double?

    init(_ script: Script) { self.script = script }

    mutating func step(isIdle: Bool, now: Double, screen: () -> String) -> Step {
        guard isIdle || (since.map { now - $0 > 3 * patience } ?? false) else {
            since = since ?? now
            return .waiting
        }
        if !typed.isEmpty { return .input(.key(.character(typed.removeFirst()))) }
        guard script.lines.indices.contains(next) else { return .finished }
        let (number, line) = script.lines[next]
        switch line {
        case .input(let input): return done(.input(input))
        case .size(let width, let height): return done(.size(width: width, height: height))
        case .type(let text):
            typed = Array(text)
            return done(.input(.key(.character(typed.removeFirst()))))
        case .wait(let seconds):
            let start = since ?? now
            since = start
            return now - start >= seconds ? done(.waiting) : .waiting
        case .expect(let text), .absent(let text):
            let wanted: Bool
            if case .expect = line { wanted = true } else { wanted = false }
            if screen().contains(text) == wanted { return done(.waiting) }
            let start = since ?? now
            since = start
            if now - start < patience { return .waiting }
            return .failed("line \(number): the screen \(wanted ? "does not show" : "still shows") “\(text)”")
        }
    }

    private mutating func done(_ step: Step) -> Step {
        next += 1
        since = nil
        return step
    }

    var isFinished: Bool { typed.isEmpty && !script.lines.indices.contains(next) }
}
