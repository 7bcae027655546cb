// The columns of the errors table and of its groups: text, number, how wide, how they sort.
import Corpora
import Metrics
import Viz

enum ErrorColumn: Int, CaseIterable {
    case clip, domain, truth, predicted, confidence, ptruth, flag, raters, speaker, sex, age, intensity, sentence, tags, note

    /// Width, alignment, and how early the column gives way on a narrow screen.
    var table: TableColumn {
        switch self {
        case .clip: TableColumn("clip", width: 21)
        case .domain: TableColumn("domain", width: 6, giveWay: 12)
        case .truth: TableColumn("truth", width: 8)
        case .predicted: TableColumn("→ predicted", width: 11)
        case .confidence: TableColumn("conf.", width: 7, alignment: .right)
        case .ptruth: TableColumn("p(truth)", width: 8, alignment: .right, giveWay: 6)
        case .flag: TableColumn("⚑", width: 1)
        case .raters: TableColumn("raters", width: 14, giveWay: 2)
        case .speaker: TableColumn("speaker", width: 7, giveWay: 3)
        case .sex: TableColumn("sex", width: 6, giveWay: 8)
        case .age: TableColumn("age", width: 3, alignment: .right, giveWay: 9)
        case .intensity: TableColumn("intensity", width: 9, giveWay: 10)
        case .sentence: TableColumn("sentence", width: 10, giveWay: 11)
        case .tags: TableColumn("tags", width: 12, giveWay: 1)
        case .note: TableColumn("note", width: 16, giveWay: 4, isFlexible: true)
        }
    }
}

extension AnswersView.Row: TableRow {
    public static let filterColumns = ErrorColumn.allCases.map { String(describing: $0) }
    public static let exportColumns = [
        "clip", "corpus", "domain", "truth", "predicted", "confidence", "p_truth", "flag", "raters", "raters_share", "speaker", "sex",
        "age", "intensity",
        "sentence", "tags", "note",
    ]
    public var exportValues: [DataValue] {
        [
            DataValue(name), DataValue(corpus), DataValue(domain.rawValue), DataValue(truthLabel), DataValue(predictedLabel),
            DataValue(confidence),
            DataValue(truthProbability), DataValue(filterText(ErrorColumn.flag.rawValue)), DataValue(raters?.emotion),
            DataValue(raters?.share),
            DataValue(speaker), DataValue(sex), DataValue(age), DataValue(intensity), DataValue(sentence),
            DataValue(tags.joined(separator: "; ")),
            DataValue(note),
        ]
    }

    public func filterText(_ column: Int) -> String? {
        guard let column = ErrorColumn(rawValue: column) else { return nil }
        switch column {
        case .clip: return name
        case .domain: return domain.rawValue
        case .truth: return truthLabel
        case .predicted: return predictedLabel
        case .confidence: return Numbers.fixed(confidence, 2)
        case .ptruth: return truthProbability.map { Numbers.fixed($0, 2) }
        case .flag:
            switch doubt {
            case nil: return nil
            case .raters: return "raters"
            case .confident: return "confident"
            }
        case .raters: return raters.map { "\($0.emotion) \(Numbers.percent($0.share))" }
        case .speaker: return speaker
        case .sex: return sex
        case .age: return age.map(String.init)
        case .intensity: return intensity
        case .sentence: return sentence
        case .tags: return tags.isEmpty ? nil : tags.joined(separator: ", ")
        case .note: return note.isEmpty ? nil : note
        }
    }

    public func filterNumber(_ column: Int) -> Double? {
        switch ErrorColumn(rawValue: column) {
        case .confidence: confidence
        case .ptruth: truthProbability
        case .age: age.map(Double.init)
        case .raters: raters?.share
        case .speaker: speaker.flatMap(Double.init)
        default: nil
        }
    }
}

extension AnswersView.Row {
    /// `anger → fear`.
    var pair: String { "\(truthLabel ?? "?") → \(predictedLabel)" }
}

/// By what clips are put together.
enum ErrorGrouping: String, CaseIterable {
    /// The actor comes first: the commonest question.
    case actor, pair, sentence, intensity, sex

    var title: String { self == .pair ? "truth → predicted" : rawValue }

    /// A clip's group; nil where it has none.
    func value(_ row: AnswersView.Row) -> String? {
        switch self {
        case .actor: row.speaker
        case .pair: row.isWrong ? row.pair : nil
        case .sentence: row.sentence
        case .intensity: row.intensity
        case .sex: row.sex
        }
    }
}

/// One line of the grouped table.
struct ErrorGroup: TableRow, Equatable {
    var value: String
    var wrong: Int
    /// Of a pair all clips of its true class.
    var clips: Int
    /// The commonest confusion in it, and how often.
    var mostly: String
    var doubts: Int

    var id: String { value }
    var rate: Double { clips > 0 ? Double(wrong) / Double(clips) : 0 }

    static let filterColumns = ["group", "wrong", "clips", "rate", "interval", "mostly", "flags"]
    static let exportColumns = ["group", "wrong", "clips", "rate", "rate_low", "rate_high", "mostly", "flags"]
    var exportValues: [DataValue] {
        let interval = Interval.wilson(hits: wrong, of: clips)
        return [
            DataValue(value), DataValue(wrong), DataValue(clips), DataValue(rate), DataValue(interval.low), DataValue(interval.high),
            DataValue(mostly),
            DataValue(doubts),
        ]
    }

    func filterText(_ column: Int) -> String? {
        switch column {
        case 0: return value
        case 1: return Numbers.count(wrong)
        case 2: return Numbers.count(clips)
        case 3: return Numbers.percent(rate)
        case 4:
            let interval = Interval.wilson(hits: wrong, of: clips)
            return interval.low.flatMap { low in interval.high.map { "\(Numbers.fixed(100 * low, 0))–\(Numbers.fixed(100 * $0, 0)) %" } }
        case 5: return mostly
        default: return doubts > 0 ? "\(doubts)" : nil
        }
    }

    func filterNumber(_ column: Int) -> Double? {
        switch column {
        case 0: Double(value)
        case 1: Double(wrong)
        case 2: Double(clips)
        case 3, 4: rate
        case 6: Double(doubts)
        default: nil
        }
    }

    /// Groups of these clips with a label, the greatest share of errors first; of equal ones the larger.
    static func all(_ rows: [AnswersView.Row], by grouping: ErrorGrouping) -> [ErrorGroup] {
        var groups: [String: (wrong: Int, clips: Int, pairs: [String: Int], doubts: Int, truth: Int)] = [:]
        var ofTruth: [Int: Int] = [:]
        for row in rows {
            guard let truth = row.truth else { continue }
            ofTruth[truth, default: 0] += 1
            guard let value = grouping.value(row) ?? (grouping == .pair ? nil : "(none)") else { continue }
            var group = groups[value] ?? (0, 0, [:], 0, truth)
            group.clips += 1
            if row.isWrong {
                group.wrong += 1
                group.pairs[row.pair, default: 0] += 1
                if row.doubt != nil { group.doubts += 1 }
            }
            groups[value] = group
        }
        return groups.map { value, group in
            let mostly = group.pairs.min { ($1.value, $0.key) < ($0.value, $1.key) }
            return ErrorGroup(
                value: value, wrong: group.wrong, clips: grouping == .pair ? ofTruth[group.truth] ?? 0 : group.clips,
                mostly: grouping == .pair ? "" : mostly.map { "\($0.key) \($0.value)×" } ?? "", doubts: group.doubts)
        }.sorted { ($1.rate, $1.clips, $0.value) < ($0.rate, $0.clips, $1.value) }
    }
}
