// Writing comma-separated values; `TableRows` reads them.

extension [String] {
    /// The fields as one row of RFC 4180, without its line end: what holds a comma, a quote or a line's end is quoted.
    public var commaSeparated: String {
        map { field in
            // By scalars: as a Character, CR and LF together are neither of both.
            guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return field }
            return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }.joined(separator: ",")
    }
}
