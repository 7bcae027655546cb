/// How well typed letters fit a title: each word's letters must occur in their order; starts of words and runs of letters count more.
struct FuzzyMatch {
    /// Higher is better.
    var score: Int
    /// Positions of the letters that matched, for drawing.
    var places: Set<Int>

    /// nil where a word does not fit.
    init?(_ typed: String, in title: String) {
        let letters = Array(title.lowercased())
        (score, places) = (0, [])
        for word in typed.lowercased().split(separator: " ") {
            guard let found = FuzzyMatch.best(Array(word), in: letters) else { return nil }
            score += found.score
            places.formUnion(found.places)
        }
        // Of two that fit alike the shorter one was meant.
        score = score * 64 - min(letters.count, 63)
    }

    /// The best of the matches that begin at each place of the first letter.
    private static func best(_ word: [Character], in letters: [Character]) -> (score: Int, places: [Int])? {
        var best: (score: Int, places: [Int])?
        for start in letters.indices where letters[start] == word[0] {
            var (places, score, at) = ([Int](), 0, start)
            for letter in word {
                guard let place = letters[at...].firstIndex(of: letter) else { return best }
                let isStart = place == 0 || !(letters[place - 1].isLetter || letters[place - 1].isNumber)
                let follows = places.last == place - 1
                score += (isStart ? 5 : 0) + (follows ? 4 : 0) + 1
                if let last = places.last, !follows { score -= min(place - last, 4) }
                places.append(place)
                at = place + 1
            }
            if score > best?.score ?? .min { best = (score, places) }
        }
        return best
    }
}
