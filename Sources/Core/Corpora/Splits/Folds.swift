import Base

/// Speakers in groups of which each is held out once. A function of the seed and the sorted names.
enum Folds {
    /// Speakers of each sex shuffled, then dealt out one by one, the second sex going on where the first stopped: groups differ by one
    /// speaker at most, and so do the numbers of each sex (mocanu §1, chang-mrpn §1.4).
    static func dealt(_ speakers: [Speaker], folds: Int, seed: UInt64) -> [[String]] {
        var groups = [[String]](repeating: [], count: folds)
        var next = 0
        for (sex, members) in Dictionary(grouping: speakers, by: \.sex).sorted(by: { $0.key < $1.key }) {
            var stream = RandomStream(seed: seed, name: "folds \(folds) \(sex)")
            for speaker in stream.shuffled(members.map(\.name).sorted()) {
                groups[next % folds].append(speaker)
                next += 1
            }
        }
        return groups.map { $0.sorted() }
    }

    /// Neighbours by number: in RAVDESS odd numbers are men and even ones women, so each pair has both.
    static func pairs(_ speakers: [Speaker]) -> [[String]] {
        let names = ordered(speakers.map(\.name))
        return stride(from: 0, to: names.count, by: 2).map { Array(names[$0..<min($0 + 2, names.count)]) }
    }

    /// By number where all names are numbers, else as texts.
    static func ordered(_ names: [String]) -> [String] {
        let numbers = names.compactMap(Int.init)
        guard numbers.count == names.count else { return names.sorted() }
        return zip(numbers, names).sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.1)
    }
}

/// Who is in a corpus.
struct Speaker: Hashable {
    var name: String
    /// Empty where it is not known.
    var sex: String

    /// Sorted by name; the sex that the first clip by name says.
    static func all(of clips: [Clip]) -> [Speaker] {
        var sexes: [String: (clip: String, sex: String)] = [:]
        for clip in clips {
            if let known = sexes[clip.speaker], known.clip <= clip.name { continue }
            sexes[clip.speaker] = (clip.name, clip.sex ?? "")
        }
        return sexes.map { Speaker(name: $0.key, sex: $0.value.sex) }.sorted { $0.name < $1.name }
    }
}
