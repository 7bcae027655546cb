// The filter language: words, column:value, column=value, column>n, column~regex, !, and/or, brackets.
import Synchronization

/// A filter that cannot be applied yet, in words for the user.
public struct FilterError: Error, CustomStringConvertible, Equatable {
    public var description: String
}

/// What a filter looks at: named columns of a row.
public protocol FilterableRow {
    static var filterColumns: [String] { get }
    /// All columns in lower case, one a line, for finding words. Rows of a large table keep it.
    var filterWords: String { get }
    /// Text of a column; `nil` where the row has none.
    func filterText(_ column: Int) -> String?
    /// Another name of what the column says, which finds the row too.
    func filterAlias(_ column: Int) -> String?
    /// A column as a number, where it is one.
    func filterNumber(_ column: Int) -> Double?
}

extension FilterableRow {
    public func filterAlias(_ column: Int) -> String? { nil }
    public var filterWords: String { Self.filterColumns.indices.compactMap { filterText($0)?.lowercased() }.joined(separator: "\n") }
}

public struct Filter<Row: FilterableRow>: Sendable {
    /// A compiled expression. Its type may not be used by two threads at once.
    private final class Pattern: Sendable {
        private let regex: Mutex<Regex<AnyRegexOutput>>

        /// Nil for a text that is no expression.
        init?(_ text: String) {
            guard let regex = try? Regex(text).ignoresCase() else { return nil }
            self.regex = Mutex(regex)
        }

        func isFound(in text: String) -> Bool { regex.withLock { text.firstMatch(of: $0) != nil } }
    }

    private indirect enum Node: Sendable {
        case word(String)
        case contains(Int, String)
        case equals(Int, String)
        case matches(Int, Pattern)
        case compares(Int, String, Double)
        case not(Node)
        case and(Node, Node)
        case or(Node, Node)
    }

    private let root: Node?

    /// - Throws: `FilterError` for an unfinished or wrong expression; the empty text matches every row.
    public init(_ text: String) throws {
        var parser = Parser(tokens: try Parser.tokens(of: text))
        root = parser.tokens.isEmpty ? nil : try parser.parse()
    }

    /// The column whose name, or the beginning of it, stands at the end of `text`, and what stands before; nil where none does.
    static func columnBegun(_ text: String) -> (column: String, before: String)? {
        let word = text.split(separator: " ", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        let name = word.drop { "!(".contains($0) }.lowercased()
        guard !name.isEmpty,
            let column = Row.filterColumns.first(where: { $0 == name }) ?? Row.filterColumns.first(where: { $0.hasPrefix(name) })
        else {
            return nil
        }
        var before = String(text.dropLast(word.count)).trimmingSpaces
        for joint in ["and", "or"] where before.lowercased() == joint || before.lowercased().hasSuffix(" " + joint) {
            before.removeLast(joint.count)
        }
        return (column, before)
    }

    public func matches(_ row: Row) -> Bool { root.map { Filter.matches($0, row) } ?? true }

    private static func matches(_ node: Node, _ row: Row) -> Bool {
        switch node {
        case .word(let word): return PlainText.contains(word, in: row.filterWords)
        case .contains(let column, let value):
            return PlainText.startsWord(value, in: row.filterText(column) ?? "")
                || row.filterAlias(column).map { PlainText.startsWord(value, in: $0) } == true
        case .equals(let column, let value):
            if let number = row.filterNumber(column), let wanted = Double(value) { return number == wanted }
            return (row.filterText(column) ?? "").lowercased() == value || row.filterAlias(column)?.lowercased() == value
        case .matches(let column, let pattern): return row.filterText(column).map(pattern.isFound) ?? false
        case .compares(let column, let sign, let value):
            guard let number = row.filterNumber(column) else { return false }
            switch sign {
            case ">": return number > value
            case ">=": return number >= value
            case "<": return number < value
            default: return number <= value
            }
        case .not(let inner): return !matches(inner, row)
        case .and(let a, let b): return matches(a, row) && matches(b, row)
        case .or(let a, let b): return matches(a, row) || matches(b, row)
        }
    }

    private struct Token {
        var text: String
        var isQuoted = false
        var isSymbol = false
        /// True where a blank stands before it: `age > 3` is not a comparison half typed, but `age >` is.
        func isSymbol(_ symbol: String) -> Bool { isSymbol && text == symbol }
        func isWord(_ word: String) -> Bool { !isQuoted && !isSymbol && text == word }
    }

    private struct Parser {
        var tokens: [Token]
        var at = 0
        var depth = 0

        static func tokens(of text: String) throws -> [Token] {
            var result: [Token] = []
            var characters = Array(text.prefix(1000))[...]
            var word = ""
            func flush() {
                if !word.isEmpty {
                    result.append(Token(text: word.lowercased() == "and" || word.lowercased() == "or" ? word.lowercased() : word))
                }
                word = ""
            }
            while let character = characters.popFirst() {
                switch character {
                case " ", "\t": flush()
                case "\"":
                    flush()
                    var quoted = ""
                    var isClosed = false
                    while let next = characters.popFirst() {
                        if next == "\"" {
                            isClosed = true
                            break
                        }
                        quoted.append(next)
                    }
                    guard isClosed else { throw FilterError(description: "the quotation mark is not closed") }
                    result.append(Token(text: quoted, isQuoted: true))
                case "(", ")", ":", "=", "~":
                    flush()
                    result.append(Token(text: String(character), isSymbol: true))
                case "!" where word.isEmpty:
                    result.append(Token(text: "!", isSymbol: true))
                case ">", "<":
                    flush()
                    var sign = String(character)
                    if characters.first == "=" {
                        sign.append("=")
                        characters.removeFirst()
                    }
                    result.append(Token(text: sign, isSymbol: true))
                default: word.append(character)
                }
            }
            flush()
            return result
        }

        mutating func parse() throws -> Node {
            let node = try either()
            guard at == tokens.count else { throw FilterError(description: "\(tokens[at].text) has nothing to belong to") }
            return node
        }

        private mutating func either() throws -> Node {
            var node = try both()
            while at < tokens.count, tokens[at].isWord("or") {
                at += 1
                node = .or(node, try both())
            }
            return node
        }

        private mutating func both() throws -> Node {
            var node = try one()
            while at < tokens.count, !tokens[at].isWord("or"), !tokens[at].isSymbol(")") {
                if tokens[at].isWord("and") { at += 1 }
                node = .and(node, try one())
            }
            return node
        }

        private mutating func one() throws -> Node {
            depth += 1
            defer { depth -= 1 }
            guard depth < 64 else { throw FilterError(description: "too many brackets") }
            guard at < tokens.count else { throw FilterError(description: "something is missing at the end") }
            let token = tokens[at]
            at += 1
            if token.isSymbol("!") { return .not(try one()) }
            if token.isSymbol("(") {
                let node = try either()
                guard at < tokens.count, tokens[at].isSymbol(")") else { throw FilterError(description: "a bracket is not closed") }
                at += 1
                return node
            }
            guard !token.isSymbol, !token.isWord("and"), !token.isWord("or") else {
                throw FilterError(description: "\(token.text) has nothing before it")
            }
            guard !token.isQuoted, at < tokens.count, tokens[at].isSymbol, ![")", "(", "!"].contains(tokens[at].text) else {
                return .word(token.text.lowercased())
            }
            return try comparison(token.text)
        }

        /// A repeated group with repetitions or choices in it, such as `(a+)+`: the standard library tries every way to share the text among them.
        static func mayTakeForever(_ pattern: String) -> Bool {
            var groups: [Bool] = [], isEscaped = false, closed: Bool?
            for character in pattern {
                let before = closed
                closed = nil
                if isEscaped {
                    isEscaped = false
                    continue
                }
                switch character {
                case "\\": isEscaped = true
                case "(": groups.append(false)
                case ")": closed = groups.popLast()
                case "*", "+", "{":
                    if before == true { return true }
                    groups = groups.map { _ in true }
                case "|": groups = groups.map { _ in true }
                default: break
                }
            }
            return false
        }

        private mutating func comparison(_ name: String) throws -> Node {
            let wanted = name.lowercased()
            let columns = Row.filterColumns
            // A column may be cut short as long as it stays the only one: emo:sad.
            let exact = columns.firstIndex { $0 == wanted }
            let close = columns.indices.filter { columns[$0].hasPrefix(wanted) }
            guard let column = exact ?? (close.count == 1 ? close[0] : nil) else {
                throw FilterError(description: "no column \(name); there are \(columns.joined(separator: ", "))")
            }
            let sign = tokens[at].text
            at += 1
            guard at < tokens.count else { throw FilterError(description: "\(columns[column])\(sign) wants a value") }
            guard !tokens[at].isSymbol else {
                let symbol = tokens[at].text
                throw FilterError(
                    description:
                        "\(columns[column])\(sign) wants a value; one with \(symbol) stands in quotes: \(columns[column])\(sign)\"\(symbol)\""
                )
            }
            let value = tokens[at].text
            at += 1
            switch sign {
            case ":": return .contains(column, value.lowercased())
            case "=": return .equals(column, value.lowercased())
            case "~":
                guard !Parser.mayTakeForever(value) else {
                    throw FilterError(description: "\(value) repeats what repeats or chooses: a row could take minutes")
                }
                guard let pattern = Pattern(value) else {
                    throw FilterError(description: "\(value) is not a regular expression yet")
                }
                return .matches(column, pattern)
            default:
                guard let number = Double(value), number.isFinite else {
                    throw FilterError(description: "\(columns[column])\(sign) wants a number, not \(value)")
                }
                return .compares(column, sign, number)
            }
        }
    }
}
