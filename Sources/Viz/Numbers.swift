// Numbers as the screen prints them: three significant digits, thin spaces in thousands, the same in every locale.
import Base
import Foundation

public enum Numbers {
    static let thinSpace: Character = "\u{2009}"

    /// `17280` as `17 280`.
    public static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "−" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(thinSpace) }
            text.append(digit)
        }
        return text
    }

    /// `1 run`, `17 280 runs`: as `Base.counted`, with the digits of a screen.
    public static func counted(_ value: Int, _ one: String, _ many: String? = nil) -> String {
        Base.counted(value, one, many, digits: count(value))
    }

    /// `value` with a fixed number of decimals, thousands grouped. Rounded as C, Python and the tables of the command line do: the digits nearest to the
    /// binary value, even ones in the middle. 45 of 80 clips are .562 everywhere.
    public static func fixed(_ value: Double, _ decimals: Int) -> String {
        if value.isNaN { return "–" }
        guard value.isFinite else { return value < 0 ? "−∞" : "∞" }
        let places = min(max(decimals, 0), 12)
        guard value.magnitude * pow(10, Double(places)) < 1e15 else { return scientific(value) }
        let digits = String(format: "%.\(places)f", value.magnitude)
        let parts = digits.split(separator: ".")
        let sign = value < 0 && digits.contains(where: { $0 >= "1" && $0 <= "9" }) ? "−" : ""
        return sign + count(parts.first.flatMap { Int($0) } ?? 0) + (parts.count > 1 ? "." + parts[1] : "")
    }

    /// Three significant digits: `0.482`, `12.3`, `6 624`, `5.2e-5`; a dash where it is not a number.
    public static func three(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : fixed(value, 0) }
        let size = value.magnitude
        if size < 1e-4 || size >= 1e9 { return scientific(value) }
        let rounded = size * (1 + 1e-12)
        let exponent = Int(floor(log10(rounded)))
        // 0.9996 has three digits as 1.00, not as 1.000.
        let carried = (rounded / pow(10, Double(exponent - 2))).rounded() >= 1000 ? exponent + 1 : exponent
        let text = fixed(value, max(0, 2 - carried))
        return size < 0.01 ? trimmedZeros(text) : text
    }

    /// A share of one without its leading zero: `.846`, `1.00`.
    public static func share(_ value: Double) -> String {
        let text = fixed(value, 3)
        if text.hasPrefix("0.") { return String(text.dropFirst()) }
        return text.hasPrefix("1.") ? "1.00" : text
    }

    /// A share, or that nobody knows it.
    public static func shareOrUnknown(_ value: Double?) -> String { value.map(share) ?? "not known" }

    /// A difference of shares with its sign: `+.175`, `−.020`.
    public static func signedShare(_ value: Double) -> String {
        guard value.isFinite else { return fixed(value, 3) }
        let size = share(value.magnitude)
        return size == ".000" ? size : (value < 0 ? "−" : "+") + size
    }

    public static func percent(_ value: Double) -> String { fixed(value * 100, 0) + " %" }

    /// Minutes and seconds, hours where there are any: `00:41`, `1:02:07`.
    public static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e8 else { return "–" }
        let total = Int(seconds.rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let rest = "\(two(total / 60 % 60)):\(two(total % 60))"
        return total >= 3600 ? "\(total / 3600):\(rest)" : rest
    }

    /// `5e-5`, `1.25e-6`.
    static func scientific(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return fixed(value, 0) }
        var exponent = Int(floor(log10(value.magnitude) + 1e-12))
        var mantissa = (value / pow(10, Double(exponent)) * 100).rounded() / 100
        if mantissa.magnitude >= 10 {
            mantissa /= 10
            exponent += 1
        }
        return trimmedZeros(fixed(mantissa, 2)) + "e\(exponent)"
    }

    private static func trimmedZeros(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }
}
