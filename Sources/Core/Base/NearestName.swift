// "Did you mean": the known name closest to a mistyped one.

/// The candidate with the fewest edits to `name`, if it is close enough to be a likely slip; ties go to the earlier candidate.
public func nearestName(to name: String, among candidates: [String]) -> String? {
    let best = candidates.map { (candidate: $0, edits: editDistance(name.lowercased(), $0.lowercased())) }
        .min { $0.edits < $1.edits }
    guard let best, best.edits <= max(name.count > 3 ? 2 : 1, name.count / 2) else { return nil }
    return best.candidate
}

/// Levenshtein distance in characters.
func editDistance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, character) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in b.indices {
            let substituted = diagonal + (character == b[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substituted, row[j + 1] + 1, row[j] + 1)
        }
    }
    return row[b.count]
}
