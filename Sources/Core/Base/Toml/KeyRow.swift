// What is known of a key of an experiment: type, bounds, unit, when a change takes effect, and a line of help. Reading, validation,
// `emolab train --keys` and the Parameters pane all go by it.
import Foundation

/// One key of an experiment.
public struct KeyRow: Sendable, Equatable, Identifiable {
    public indirect enum Kind: Sendable, Equatable {
        case bool, integer, real, text
        /// One of a few names.
        case choice([String])
        case list(Kind)
    }

    /// When a changed value counts.
    public enum Effect: String, Sendable, Codable, CaseIterable {
        /// At the next step of a run that goes on.
        case live
        /// When a run that ended goes on from its checkpoint.
        case onResume = "on resume"
        /// Only in a new run: the network, its clips or their order depend on it.
        case newRun = "new run"
    }

    /// Which numbers a key takes; for a list, each of its items.
    public struct Bounds: Sendable, Equatable {
        public var lower, upper: Double?
        public var includesLower, includesUpper: Bool

        public func contains(_ value: Double) -> Bool {
            guard value.isFinite else { return false }
            if let lower, includesLower ? value < lower : value <= lower { return false }
            if let upper, includesUpper ? value > upper : value >= upper { return false }
            return true
        }

        /// `1 to 128`, `above 0`, `at least 0 and below 1`.
        public var words: String {
            func word(_ number: Double) -> String { number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)" }
            switch (lower, upper) {
            case (let lower?, let upper?) where includesLower && includesUpper: return "\(word(lower)) to \(word(upper))"
            case (let lower?, let upper?):
                return "\(includesLower ? "at least" : "above") \(word(lower)) and \(includesUpper ? "at most" : "below") \(word(upper))"
            case (let lower?, nil): return includesLower ? "\(word(lower)) or more" : "above \(word(lower))"
            case (nil, let upper?): return includesUpper ? "at most \(word(upper))" : "below \(word(upper))"
            case (nil, nil): return "any number"
            }
        }

        package init(lower: Double? = nil, upper: Double? = nil, includesLower: Bool = true, includesUpper: Bool = true) {
            (self.lower, self.upper, self.includesLower, self.includesUpper) = (lower, upper, includesLower, includesUpper)
        }

        package static func from(_ lower: Double, to upper: Double) -> Bounds { Bounds(lower: lower, upper: upper) }
        package static let positive = Bounds(lower: 0, includesLower: false)
        package static let notNegative = Bounds(lower: 0)
        /// 0 itself is no share.
        package static let share = Bounds(lower: 0, upper: 1, includesLower: false)
        package static let below1 = Bounds(lower: 0, upper: 1, includesUpper: false)
        package static let inner = Bounds(lower: 0, upper: 1, includesLower: false, includesUpper: false)
    }

    /// With its sections: `adaptation.alpha.maximum`.
    public var name: String
    public var kind: Kind
    public var bounds: Bounds?
    /// `px`, `Hz`, `dB`, `epochs`; nil where it has none.
    public var unit: String?
    public var effect: Effect
    public var help: String

    public init(name: String, kind: Kind, bounds: Bounds? = nil, unit: String? = nil, effect: Effect, help: String) {
        (self.name, self.kind, self.bounds, self.unit, self.effect, self.help) = (name, kind, bounds, unit, effect, help)
    }

    public var id: String { name }
    package var path: [String] { name.split(separator: ".").map(String.init) }

    /// `adaptation.alpha` of `adaptation.alpha.maximum`; empty at the top.
    public var section: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? "" }
    /// `maximum` of `adaptation.alpha.maximum`.
    public var shortName: String { name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? name }

    /// What it takes, in words: names, bounds, or its type.
    public var takes: String {
        switch kind {
        case .choice(let names): return names.joined(separator: ", ")
        case .list(.choice(let names)): return "any of " + names.joined(separator: ", ")
        case .list: return "a list" + (bounds.map { ", each " + $0.words } ?? "")
        case .bool: return "true or false"
        case .text: return "a text"
        case .integer, .real: return bounds?.words ?? (kind == .integer ? "a whole number" : "a number")
        }
    }

    /// The name of its type: `integer`, `list of numbers`.
    public var typeName: String {
        switch kind {
        case .bool: "boolean"
        case .integer: "integer"
        case .real: "number"
        case .text: "text"
        case .choice: "choice"
        case .list(.integer): "list of integers"
        case .list(.real): "list of numbers"
        case .list: "list of names"
        }
    }

    /// The override `name=value` that a typed text stands for, with the text checked by itself; `64, 96` stands for a list, with or without brackets.
    /// - Throws: `ExperimentError`, as reading a file with this value would.
    public func override(_ text: String) throws(ExperimentError) -> String {
        let text = text.trimmingCharacters(in: .whitespaces)
        if case .list(let item) = kind {
            var inner = Substring(text)
            if inner.hasPrefix("["), inner.hasSuffix("]") { inner = inner.dropFirst().dropLast() }
            var items: [String] = []
            for part in inner.split(separator: ",") {
                let word = part.trimmingCharacters(in: CharacterSet(charactersIn: " \"'"))
                items.append(try literal(word, item))
            }
            return "\(name)=[\(items.joined(separator: ", "))]"
        }
        return "\(name)=\(try literal(text, kind))"
    }

    private func literal(_ text: String, _ kind: Kind) throws(ExperimentError) -> String {
        switch kind {
        case .bool:
            guard ["true", "false"].contains(text) else { throw wrongType("true or false", text) }
            return text
        case .integer:
            guard let number = Int(text) else { throw wrongType("a whole number", text) }
            try check(Double(number), text)
            return "\(number)"
        case .real:
            guard let number = Double(text) else { throw wrongType("a number", text) }
            try check(number, text)
            return "\(number)"
        case .choice(let names):
            guard names.contains(text) else {
                throw .unknownValue(key: name, line: nil, value: text, valid: names, nearest: nearestName(to: text, among: names))
            }
            return TomlValue.string(text).inline
        case .text, .list: return TomlValue.string(text).inline
        }
    }

    /// Throws `ExperimentError.outOfRange` for a number outside its bounds.
    package func check(_ value: Double, _ text: String) throws(ExperimentError) {
        guard let bounds, !bounds.contains(value) else { return }
        throw .outOfRange(key: name, line: nil, value: text, expected: bounds.words + (unit.map { " " + $0 } ?? ""))
    }

    private func wrongType(_ expected: String, _ text: String) -> ExperimentError {
        .wrongType(key: name, line: nil, expected: expected, found: text.isEmpty ? "nothing" : "'\(text)'")
    }
}
