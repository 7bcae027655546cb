// Names of samples: a model answers about a whole clip or about a part of it.

/// The part of a clip that a sample is. Its text is made of whole numbers, so that it sorts, compares and prints alike everywhere.
public enum SampleUnit: Sendable, Hashable, Comparable {
    case clip
    /// A time span in ms; its end is not part of it.
    case span(Range<Int>)
    /// Counted from 0 in the file.
    case frame(Int)
    /// A row of a table of features.
    case row(Int)

    /// `""`, `12400-15400`, `frame 00031`, `row 00007`.
    public var text: String {
        switch self {
        case .clip: ""
        case .span(let span): "\(span.lowerBound)-\(span.upperBound)"
        case .frame(let number): "frame " + Self.digits(number)
        case .row(let number): "row " + Self.digits(number)
        }
    }

    /// For people: empty, `12.40-15.40 s`, `frame 31`, `row 7`.
    public var words: String {
        switch self {
        case .clip: ""
        case .span(let span): "\(Self.seconds(span.lowerBound))-\(Self.seconds(span.upperBound)) s"
        case .frame(let number): "frame \(number)"
        case .row(let number): "row \(number)"
        }
    }

    /// Nil where the text is none of these.
    public init?(_ text: String) {
        if text.isEmpty {
            self = .clip
        } else if text.hasPrefix("frame "), let number = Self.number(text.dropFirst(6)) {
            self = .frame(number)
        } else if text.hasPrefix("row "), let number = Self.number(text.dropFirst(4)) {
            self = .row(number)
        } else {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let start = Self.number(parts[0]), let end = Self.number(parts[1]), start < end else { return nil }
            self = .span(start..<end)
        }
    }

    private static func digits(_ number: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }

    private static func number(_ text: Substring) -> Int? {
        text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
    }

    /// Two digits, in every locale.
    private static func seconds(_ milliseconds: Int) -> String {
        let hundredths = (milliseconds + 5) / 10, rest = "\(hundredths % 100)"
        return "\(hundredths / 100)." + (rest.count < 2 ? "0" : "") + rest
    }

    private var order: (Int, Int, Int) {
        switch self {
        case .clip: (0, 0, 0)
        case .span(let span): (1, span.lowerBound, span.upperBound)
        case .frame(let number): (2, number, 0)
        case .row(let number): (3, number, 0)
        }
    }

    public static func < (a: SampleUnit, b: SampleUnit) -> Bool { a.order < b.order }
}

extension SampleUnit: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer(), text = try container.decode(String.self)
        guard let unit = SampleUnit(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no unit of a clip")
        }
        self = unit
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
