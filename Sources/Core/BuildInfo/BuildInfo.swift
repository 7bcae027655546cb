// Which program this is. The commit and the compiler come from `scripts/write-build-info`, which a plugin of the package runs before every build.

public enum BuildInfo {
    public static let version = "0.1.0"

    /// The commit that was built, forty hexadecimal digits, with a plus where files were changed since; `unknown` outside a clone.
    // Not inlined: a commit alone then changes one small file of the whole program.
    @inline(never) public static var commit: String { builtCommit }

    /// The version of the Swift compiler, e.g. `6.3.1`, or `unknown`.
    @inline(never) public static var swift: String { builtSwift }

    /// The version with the first digits of the commit, e.g. `0.1.0 (commit ab358f0c1d2e)`.
    public static var description: String {
        let digits = commit.prefix { $0.isHexDigit }
        guard digits.count == 40 else { return "\(version) (commit unknown)" }
        return "\(version) (commit \(digits.prefix(12))\(commit.hasSuffix("+") ? ", with changes" : ""))"
    }
}
