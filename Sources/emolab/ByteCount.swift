// Sizes as people write and read them.
import ArgumentParser
import Foundation

/// Bytes: `20GB`, `1.5 GiB`, `500MB`, `0`. Decimal and binary units both, without regard to case.
struct ByteCount: ExpressibleByArgument, Equatable {
    var bytes: Int

    private static let units: [(String, Double)] = [
        ("kib", 1024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("tib", 1_099_511_627_776), ("kb", 1e3), ("mb", 1e6), ("gb", 1e9),
        ("tb", 1e12), ("b", 1),
    ]

    init?(argument: String) {
        let text = argument.lowercased().filter { $0 != " " }
        let unit = Self.units.first { text.hasSuffix($0.0) } ?? ("", 1)
        guard let number = Double(text.dropLast(unit.0.count)), number >= 0, number * unit.1 < 9e18 else { return nil }
        bytes = Int(number * unit.1)
    }

    /// `12.3 MiB`.
    static func text(_ bytes: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var (value, unit) = (Double(bytes), 0)
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(bytes) B" : String(format: "%.1f ", value) + units[unit]
    }
}

/// Where prepared clips are kept and how much room they may take.
struct CacheOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Room that all prepared clips may take on the disk, e.g. 20GB; what was not used for longest goes first. Default: $EMOLAB_CACHE_LIMIT, else no limit.",
            valueName: "size"))
    var limitSize: ByteCount?

    /// The bound from the option or the environment.
    func limit() throws -> Int? {
        if let limitSize { return limitSize.bytes }
        guard let text = ProcessInfo.processInfo.environment["EMOLAB_CACHE_LIMIT"], !text.isEmpty else { return nil }
        guard let size = ByteCount(argument: text) else {
            throw CommandFailure("EMOLAB_CACHE_LIMIT is '\(text.printable)': give a size such as 20GB", code: 2)
        }
        return size.bytes
    }
}
