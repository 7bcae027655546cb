import Corpora
import Foundation

/// What a check found.
public struct CorpusCheckReport: Sendable, Codable, Equatable {
    public var corpora: [CorpusFinding] = []
    /// Within and between the corpora.
    public var duplicates: [DuplicatePair] = []
    /// False where the check was stopped.
    public var isComplete: Bool

    /// True where there is nothing that needs a decision.
    public var isClean: Bool { isComplete && duplicates.isEmpty && corpora.allSatisfy(\.isClean) }
}

/// One corpus' part of it.
public struct CorpusFinding: Sendable, Codable, Equatable {
    /// How often a label occurs.
    public struct Class: Sendable, Codable, Equatable {
        /// The corpus' own label; empty for clips without one.
        public var label: String
        public var clips: Int
        public var speakers: Int
        /// Clips by the speaker's sex; `unknown` where it is not known.
        public var sexes: [String: Int]
    }

    /// How the corpus' labels fall into a label space.
    public struct Labels: Sendable, Codable, Equatable {
        /// The label space's name as the user wrote it.
        public var space: String
        public var clips: [String: Int]
        /// Labels that the space has no place for; their clips would be left out.
        public var unmapped: [String: Int]
        /// Labels of the space that no clip has.
        public var empty: [String]
    }

    /// Who is on which side.
    public struct Sides: Sendable, Codable, Equatable {
        /// `official parts`, or the split in words.
        public var text: String
        /// Of the split that was asked for.
        public var hash: String?
        public var clips: [String: Int]
        public var speakers: [String: Int]
        public var sharedSpeakers: [String]
        /// False where the split puts clips, not speakers, on sides: shared speakers are then its nature.
        public var keepsSpeakersApart: Bool
    }

    public var corpus: String
    public var clips: Int
    public var speakers: Int
    public var problems: [ClipProblem]
    /// Rows and takes that name files which are not there, or cannot be used for another reason, as of when the corpus was added.
    public var unusedRows: [RejectedFile]
    /// Remarks about clips that can be used.
    public var remarks: [CheckRemark]
    /// Sorted by label.
    public var balance: [Class]
    public var labels: Labels?
    /// Official parts where the corpus has them, and the split that was asked for.
    public var sides: [Sides]

    public var isClean: Bool {
        problems.isEmpty && unusedRows.isEmpty && !remarks.contains(where: \.needsDecision) && (labels?.unmapped.isEmpty ?? true)
            && sides.allSatisfy { $0.sharedSpeakers.isEmpty || !$0.keepsSpeakersApart }
    }

    init(
        _ corpus: CorpusCheck.Corpus, problems: [ClipProblem], remarks: [CheckRemark], labels space: LabelSpace?,
        named spaceName: String? = nil
    ) {
        self.corpus = corpus.name
        clips = corpus.clips.count
        speakers = Set(corpus.clips.map(\.speaker)).count
        self.problems = problems
        // A file that lies there and does not belong to the layout loses no clip; what is no file is a row, `clips.csv:38`, or a missing take.
        unusedRows = corpus.rejected.filter { !FileManager.default.fileExists(atPath: $0.path) }
        self.remarks = remarks
        balance = Dictionary(grouping: corpus.clips, by: \.emotion).map { label, clips in
            Class(
                label: label, clips: clips.count, speakers: Set(clips.map(\.speaker)).count,
                sexes: Dictionary(grouping: clips, by: { $0.sex ?? "unknown" }).mapValues(\.count))
        }.sorted { $0.label < $1.label }
        if let space {
            let coverage = space.coverage(of: corpus.clips)
            let counts = zip(space.labels, coverage.counts)
            labels = Labels(
                space: spaceName ?? space.name, clips: Dictionary(uniqueKeysWithValues: counts.map { ($0, $1) }),
                unmapped: coverage.unmapped,
                empty: counts.filter { $1 == 0 }.map(\.0))
        }
        sides = []
        if corpus.clips.contains(where: { $0.part != nil }) {
            sides.append(Sides("official parts", of: corpus.clips, hash: nil, keepsSpeakersApart: true) { $0.part })
        }
        if let split = corpus.split {
            let places = split.sides
            let isBySpeaker = split.settings.rule != .random
            sides.append(
                Sides(split.text, of: corpus.clips, hash: split.hash, keepsSpeakersApart: isBySpeaker) { places[$0.name]?.rawValue })
        }
    }
}

extension CorpusFinding.Sides {
    fileprivate init(_ text: String, of clips: [Clip], hash: String?, keepsSpeakersApart: Bool, by side: (Clip) -> String?) {
        var counts: [String: Int] = [:]
        var sides: [String: Set<String>] = [:]
        for clip in clips {
            guard let side = side(clip) else { continue }
            counts[side, default: 0] += 1
            sides[clip.speaker, default: []].insert(side)
        }
        var speakers: [String: Int] = [:]
        for places in sides.values { for side in places { speakers[side, default: 0] += 1 } }
        self.init(
            text: text, hash: hash, clips: counts, speakers: speakers, sharedSpeakers: sides.filter { $0.value.count > 1 }.keys.sorted(),
            keepsSpeakersApart: keepsSpeakersApart)
    }
}
