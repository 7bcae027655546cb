import Corpora
import Foundation

/// Invented crowd ratings of a crowd clip, and CREMA-D's tables of them. Raters see what is played, not the label: a clip whose acting
/// does not match its label is rated as what it shows.
struct DemoRatings: Sendable {
    enum Channel: Int, CaseIterable, Sendable {
        case voice = 1
        case face = 2
        case both = 3
    }

    struct Votes: Sendable {
        /// Levels (0-100) that the raters gave, by emotion in the order of `DemoEmotion.crowd`.
        var levels: [[Int]] = Array(repeating: [], count: DemoEmotion.crowd.count)

        var count: Int { levels.reduce(0) { $0 + $1.count } }
        /// Emotions with the most votes; several in a tie.
        var winners: [Int] {
            let most = levels.map(\.count).max() ?? 0
            return levels.indices.filter { levels[$0].count == most }
        }
    }

    /// CREMA-D's letters of its six emotions, in the order of `DemoEmotion.crowd`.
    static let letters = ["A", "D", "F", "H", "N", "S"]

    let votes: [Channel: Votes]

    init(_ take: DemoTake) {
        var random = DemoRandom(take.seed, "\(take.name) raters")
        var votes: [Channel: Votes] = [:]
        for channel in Channel.allCases {
            let seen: [Double]
            switch channel {
            case .voice: seen = Self.evidence(take.voice).map { $0 * 0.8 }
            case .face: seen = Self.evidence(take.face)
            case .both: seen = zip(Self.evidence(take.voice), Self.evidence(take.face)).map { $0 * 0.8 + $1 }
            }
            // Softmax over what is seen; a face without strong signs is called neutral.
            let weights = zip(DemoEmotion.crowd, seen).map { exp(3.2 * $1 + ($0 == .neutral ? 1.1 : 0)) }
            let total = weights.reduce(0, +)
            var cast = Votes()
            for _ in 0..<(8 + random.below(4)) {
                var draw = random.unit() * total
                let choice =
                    weights.firstIndex {
                        draw -= $0
                        return draw < 0
                    } ?? 0
                let level = 45 + 45 * min(1, max(seen[choice], choice == 4 ? 0.4 : 0)) + random.normal(0, 14)
                cast.levels[choice].append(min(100, max(1, Int(level))))
            }
            votes[channel] = cast
        }
        self.votes = votes
    }

    /// How clearly each of the six emotions shows.
    private static func evidence(_ expression: DemoExpression) -> [Double] {
        var shares = expression.shares
        shares[DemoEmotion.happy.rawValue] += shares[DemoEmotion.surprised.rawValue]
        shares[DemoEmotion.neutral.rawValue] += shares[DemoEmotion.calm.rawValue]
        return DemoEmotion.crowd.map { shares[$0.rawValue] * expression.strength }
    }

    // MARK: Tables

    /// `VideoDemographics.csv`.
    static func demographics(_ actors: [DemoActor]) -> String {
        var text = "\"ActorID\",\"Age\",\"Sex\",\"Race\",\"Ethnicity\"\n"
        for actor in actors {
            text += "\(actor.number),\(actor.age),\"\(actor.isFemale ? "Female" : "Male")\",\"\(actor.race)\",\"\(actor.ethnicity)\"\n"
        }
        return text
    }

    /// `processedResults/summaryTable.csv`: the winning emotion and its mean level, by channel; ties are joined by colons.
    static func summary(_ takes: [DemoTake]) -> String {
        var text = "\"\",\"FileName\",\"VoiceVote\",\"VoiceLevel\",\"FaceVote\",\"FaceLevel\",\"MultiModalVote\",\"MultiModalLevel\"\n"
        for (index, take) in takes.enumerated() {
            let ratings = DemoRatings(take)
            text += "\"\(index + 1)\",\"\(take.name)\""
            for channel in Channel.allCases {
                let votes = ratings.votes[channel]!
                let names = votes.winners.map { letters[$0] }.joined(separator: ":")
                let levels = votes.winners.map { decimal(mean(votes.levels[$0])) }.joined(separator: ":")
                text += ",\"\(names)\",\"\(levels)\""
            }
            text += "\n"
        }
        return text
    }

    /// `processedResults/tabulatedVotes.csv`: one row a clip and channel, numbered 100001…, 200001…, 300001… as in the real table.
    /// The columns normalised by rater repeat the plain ones, since invented raters have no habits to take out.
    static func tabulated(_ takes: [DemoTake]) -> String {
        let names = ["Emo", "Anger", "Disgust", "Fear", "Happy", "Neutral", "Sad"]
        let columns =
            ["\"\""] + letters.map { "\"\($0)\"" } + ["\"fileName\"", "\"numResponses\"", "\"agreement\"", "\"emoVote\""]
            + names.map { "\"mean\($0)Resp\"" } + ["\"medianEmoResp\""] + names.map { "\"mean\($0)RespNorm\"" } + ["\"medianEmoRespNorm\""]
        var text = columns.joined(separator: ",") + "\n"
        for channel in Channel.allCases {
            for (index, take) in takes.enumerated() {
                let votes = DemoRatings(take).votes[channel]!
                let winners = votes.winners
                let all = votes.levels.flatMap { $0 }.sorted()
                let median = (Double(all[(all.count - 1) / 2]) + Double(all[all.count / 2])) / 2
                let means = [decimal(mean(all))] + votes.levels.map { $0.isEmpty ? "-1" : decimal(mean($0)) } + [decimal(median)]
                let fields =
                    ["\"\(channel.rawValue * 100_000 + index + 1)\""] + votes.levels.map { String($0.count) }
                    + ["\"\(take.name)\"", String(votes.count), decimal(Double(votes.levels[winners[0]].count) / Double(votes.count), 4)]
                    + ["\"" + winners.map { letters[$0] }.joined(separator: ":") + "\""] + means + means
                text += fields.joined(separator: ",") + "\n"
            }
        }
        return text
    }

    private static func mean(_ values: [Int]) -> Double { Double(values.reduce(0, +)) / Double(max(1, values.count)) }

    /// A number of at most `digits` decimals, without trailing zeros, whatever the locale.
    private static func decimal(_ value: Double, _ digits: Int = 2) -> String {
        let scale = digits == 2 ? 100.0 : 10_000.0
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
