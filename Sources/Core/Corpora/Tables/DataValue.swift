// A cell of an exported table: a value, not the words that a screen has for it.
import Foundation

public enum DataValue: Sendable, Equatable {
    case missing
    case text(String)
    case integer(Int64)
    case number(Double)
    case date(Date)

    public init(_ text: String?) { self = text.map(DataValue.text) ?? .missing }
    public init(_ number: Int?) { self = number.map { .integer(Int64($0)) } ?? .missing }
    public init(_ number: Int64?) { self = number.map(DataValue.integer) ?? .missing }
    public init(_ number: Double?) { self = number.map(DataValue.number) ?? .missing }
    public init(_ date: Date?) { self = date.map(DataValue.date) ?? .missing }

    /// As a field: a number in the shortest digits that give it back, with a point and a leading zero in every locale; a date in ISO 8601 in UTC.
    /// Empty where there is none, or where the number is none.
    public var field: String {
        switch self {
        case .missing: return ""
        case .text(let text): return text
        case .integer(let number): return "\(number)"
        case .number(let number): return number.isFinite ? "\(number)" : ""
        case .date(let date):
            // A time from a damaged store may be any number.
            guard abs(date.timeIntervalSince1970) < 2e11 else { return "" }
            return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        }
    }
}

extension [DataValue] {
    /// The fields as one row of RFC 4180, without its line end.
    public var commaSeparated: String { map(\.field).commaSeparated }
    /// The fields with tabs between them, for pasting into a sheet.
    public var tabSeparated: String { map { $0.field.replacing("\t", with: " ") }.joined(separator: "\t") }
}
