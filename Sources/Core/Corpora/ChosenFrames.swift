// Which pictures of a folder are a clip's frames, where the folder holds others too: empty ones, some without labels, foreign ones.

/// Kept in a clip's columns, so that what a scan lists as not used stays unused.
package struct ChosenFrames: Equatable {
    /// Text before the number in the names of the frames.
    package var prefix: String
    package var numbers: [ClosedRange<Int>]

    package static let column = "frame_numbers"
    /// A scan names 20,000 frames a clip at most; with a hole after each they make this many ranges.
    private static let most = 20_000

    package init(prefix: String = "", _ numbers: some Sequence<Int>) {
        self.prefix = prefix
        self.numbers = []
        for number in numbers.sorted() {
            if let last = self.numbers.last, number <= last.upperBound + 1 {
                self.numbers[self.numbers.count - 1] = last.lowerBound...max(last.upperBound, number)
            } else {
                self.numbers.append(number...number)
            }
        }
    }

    /// Nil where the columns choose none: all pictures of the folder are frames.
    package init?(_ columns: [String: String]) {
        guard let text = columns[Self.column] else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let list = parts.last else { return nil }
        prefix = parts.count == 2 ? String(parts[0]) : ""
        numbers = list.split(separator: ",").prefix(Self.most).compactMap { range in
            let ends = range.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, ends.count <= 2, first <= last else { return nil }
            return first...last
        }
        guard !numbers.isEmpty else { return nil }
    }

    /// `2-7,9`, after `S005_001_:` where names have a prefix.
    package var text: String {
        let list = numbers.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
        return prefix.isEmpty ? list : prefix + ":" + list
    }
}
