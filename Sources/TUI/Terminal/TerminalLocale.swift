// The locale's character set: the one place that tells whether more than ASCII can be drawn.
import CNcurses
import Foundation

/// Locale of the environment, as POSIX reads it: the first of LC_ALL, LC_CTYPE and LANG that is not empty.
public struct TerminalLocale: Sendable, Equatable {
    /// The variable that names it; nil where all are unset or empty.
    public let variable: String?
    /// Empty where no variable names one.
    public let name: String
    /// False where only ASCII may be written.
    public let isUTF8: Bool
    /// True where this machine has no locale of that name.
    public let isMissing: Bool

    public init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
        variable = ["LC_ALL", "LC_CTYPE", "LANG"].first { !(environment[$0] ?? "").isEmpty }
        name = variable.flatMap { environment[$0] } ?? ""
        if variable == nil {
            // Containers and services set none; the terminal behind them knows UTF-8 nearly always.
            (isUTF8, isMissing) = (Self.fallbacks.contains { Self.isUTF8($0) == true }, false)
        } else if let found = Self.isUTF8(name) {
            (isUTF8, isMissing) = (found, false)
        } else {
            // Over ssh the name comes from a machine that has it: the name alone tells.
            let saysUTF8 = name.lowercased().replacing("-", with: "").contains(".utf8")
            (isUTF8, isMissing) = (saysUTF8 && Self.fallbacks.contains { Self.isUTF8($0) == true }, true)
        }
    }

    private static let fallbacks = ["C.UTF-8", "en_US.UTF-8"]

    /// Asks the C library without changing the process' own locale; nil where it has none of that name.
    private static func isUTF8(_ name: String) -> Bool? {
        guard let locale = newlocale(LC_CTYPE_MASK, name, nil) else { return nil }
        defer { freelocale(locale) }
        let codes = String(cString: nl_langinfo_l(nl_item(CODESET), locale)).lowercased()
        return codes == "utf-8" || codes == "utf8"
    }

    /// Gives the process this character set for curses, and leaves its number format. Curses must hold what it is given, so ASCII takes UTF-8 too.
    func install() {
        if isUTF8, variable != nil, setlocale(LC_CTYPE, name) != nil { return }
        _ = Self.fallbacks.first { setlocale(LC_CTYPE, $0) != nil }
    }
}
