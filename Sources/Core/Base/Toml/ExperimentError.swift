// What can be wrong with an experiment's file or an override, said so that it can be put right.

public enum ExperimentError: Error, Equatable, CustomStringConvertible {
    case syntax(line: Int, column: Int, detail: String)
    case unknownKey(key: String, line: Int?, nearest: String?)
    case wrongType(key: String, line: Int?, expected: String, found: String)
    case unknownValue(key: String, line: Int?, value: String, valid: [String], nearest: String?)
    case outOfRange(key: String, line: Int?, value: String, expected: String)
    case malformedOverride(String)
    case badName(key: String, name: String, problem: String)
    /// A key that a run in progress cannot change.
    case notLive(key: String, effect: KeyRow.Effect, live: [String])
    case unreadable(path: String, detail: String)

    /// Characters of a name that a message repeats.
    private static let longestName = 100

    public var description: String {
        switch self {
        case .syntax(let line, let column, let detail):
            return "line \(line), column \(column): not valid TOML: \(detail)"
        case .unknownKey(let key, let line, let nearest):
            return "\(place(line))unknown key '\(key)'" + suggestion(nearest)
        case .wrongType(let key, let line, let expected, let found):
            return "\(place(line))'\(key)' must be \(expected), not \(found)"
        case .unknownValue(let key, let line, let value, let valid, let nearest):
            return "\(place(line))'\(key)' cannot be '\(value)'" + suggestion(nearest) + " (valid: \(valid.joined(separator: ", ")))"
        case .outOfRange(let key, let line, let value, let expected):
            return "\(place(line))'\(key)' is \(value), but must be \(expected)"
        case .malformedOverride(let text):
            return "'\(text)' is not an override: write section.key=value, e.g. training.epochs=20"
        case .badName(let key, let name, let problem):
            return "'\(key)' is '\(name.prefix(Self.longestName))', which \(problem)"
        case .notLive(let key, let effect, let live):
            let when = effect == .newRun ? "only a new run takes it" : "it is changed by `emolab train --resume RUN --set \(key)=VALUE`"
            return "'\(key)' cannot change while the run goes on: \(when). Keys that can: \(live.joined(separator: ", "))"
        case .unreadable(let path, let detail):
            return "\(path): cannot be read: \(detail)"
        }
    }

    /// The same complaint with the line added, where it had none.
    package func at(line found: Int?) -> ExperimentError {
        switch self {
        case .unknownKey(let key, nil, let nearest): return .unknownKey(key: key, line: found, nearest: nearest)
        case .wrongType(let key, nil, let expected, let type): return .wrongType(key: key, line: found, expected: expected, found: type)
        case .unknownValue(let key, nil, let value, let valid, let nearest):
            return .unknownValue(key: key, line: found, value: value, valid: valid, nearest: nearest)
        case .outOfRange(let key, nil, let value, let expected):
            return .outOfRange(key: key, line: found, value: value, expected: expected)
        default: return self
        }
    }

    /// The dotted key that is complained about.
    public var key: String? {
        switch self {
        case .unknownKey(let key, _, _), .badName(let key, _, _), .notLive(let key, _, _), .wrongType(let key, _, _, _),
            .unknownValue(let key, _, _, _, _),
            .outOfRange(let key, _, _, _):
            return key
        default: return nil
        }
    }

    private func place(_ line: Int?) -> String { line.map { "line \($0): " } ?? "" }
    private func suggestion(_ nearest: String?) -> String { nearest.map { ", did you mean '\($0)'?" } ?? "" }
}
