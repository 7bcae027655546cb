import Foundation

/// CREMA-D (Cao et al. 2014): `AAAA_SSS_EEE_LL` with `.flv`/`.mp4` in `VideoFlash/`, `.wav` in `AudioWAV/`, `.mp3` in `AudioMP3/`.
/// `VideoDemographics.csv` and `processedResults/{tabulatedVotes,summaryTable}.csv` are read where they are there.
public struct CremaD: CorpusFormat {
    public static let name = "crema-d"
    public static let example = "1043_ITS_FEA_HI.flv"

    static let emotions = ["ANG": "anger", "DIS": "disgust", "FEA": "fear", "HAP": "happy", "NEU": "neutral", "SAD": "sad"]
    static let levels = ["LO": "low", "MD": "medium", "HI": "high", "XX": "unspecified"]
    static let sentences: Set<String> = ["IEO", "TIE", "IOM", "IWW", "TAI", "MTI", "IWL", "ITH", "DFA", "ITS", "TSI", "WSI"]
    static let actors = 1001...1091

    public init() {}

    public static func recognises(_ walk: FolderWalk) -> Bool {
        walk.files.contains { file in
            let name = FileName(file.name)
            return name.isMedia && Take(stem: name.stem) != nil
        }
    }

    public func scan(_ folder: URL, corpus: String) throws -> CorpusScan {
        let walk = try FolderWalk(Self.root(folder))
        var takes = TakeTable(rejected: walk.rejected)
        // Sorted so that where a take lies there as both flv and mp4, or wav and mp3, the published original comes first.
        for file in walk.files.sorted(by: { Self.rank($0) != Self.rank($1) ? Self.rank($0) < Self.rank($1) : $0.path < $1.path }) {
            let name = FileName(file.name)
            guard let take = Take(stem: name.stem) else {
                if name.isMedia { takes.reject(file.path, Self.reason(stem: name.stem)) }
                continue
            }
            guard file.bytes > 0 else {
                takes.reject(file.path, "the file is empty")
                continue
            }
            switch name.fileExtension {
            case "flv", "mp4": takes.add(.both, file, take: take.clipName)
            case "wav", "mp3": takes.add(.audio, file, take: take.clipName)
            default: takes.reject(file.path, "a file of type .\(name.fileExtension) is not part of this layout (flv, mp4, wav, mp3)")
            }
        }
        var tables = CremaDTables()
        for file in walk.files { tables.read(file) }
        let clips = takes.takes.compactMap { name, files -> Clip? in
            Take(stem: name).map { tables.complete($0.clip(corpus: corpus, files: files)) }
        }
        for rejected in tables.rejected { takes.reject(rejected.path, rejected.reason) }
        return try takes.scan(clips, folder: folder, format: Self.name)
    }

    /// The corpus' folder where one of its known parts was named.
    static func root(_ folder: URL) -> URL {
        let parts: Set<String> = ["audiowav", "audiomp3", "videoflash", "videomp4", "processedresults"]
        return parts.contains(folder.lastPathComponent.lowercased()) ? folder.deletingLastPathComponent() : folder
    }

    private static func rank(_ file: FolderWalk.File) -> Int {
        ["flv", "mp4", "wav", "mp3"].firstIndex(of: FileName(file.name).fileExtension) ?? 4
    }

    /// Why a stem is not a name of this layout.
    static func reason(stem: String) -> String {
        let fields = stem.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 4 else { return "the name is not actor_sentence_emotion_level" }
        if !(Int(fields[0]).map(actors.contains) ?? false) { return "actor \(fields[0]) is not in 1001-1091" }
        if !sentences.contains(fields[1]) { return "sentence \(fields[1]) is not one of the twelve" }
        if emotions[fields[2]] == nil { return "emotion \(fields[2]) is not one of \(emotions.keys.sorted().joined(separator: " "))" }
        return "level \(fields[3]) is not one of LO MD HI XX"
    }

    /// The four fields of a name.
    struct Take {
        var actor, sentence, emotion, level: String

        var clipName: String { [actor, sentence, emotion, level].joined(separator: "_") }

        init?(stem: String) {
            let fields = stem.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 4, fields[0].utf8.count == 4, let number = Int(fields[0]), CremaD.actors.contains(number),
                CremaD.sentences.contains(fields[1]), CremaD.emotions[fields[2]] != nil
            else { return nil }
            // One published file ends in a single X.
            let level = fields[3] == "X" ? "XX" : fields[3]
            guard CremaD.levels[level] != nil else { return nil }
            (self.actor, sentence, emotion, self.level) = (fields[0], fields[1], fields[2], level)
        }

        func clip(corpus: String, files: TakeTable.Files) -> Clip {
            Clip(
                name: clipName, corpus: corpus, speaker: actor, emotion: CremaD.emotions[emotion] ?? emotion,
                intensity: CremaD.levels[level], sentence: sentence, video: files.both ?? files.video,
                audio: files.audio ?? files.both)
        }
    }
}

/// What CREMA-D's tables say of actors and clips. A damaged table is a rejected file; clips stay.
struct CremaDTables {
    /// The raters' letters.
    private static let letters = ["A": "anger", "D": "disgust", "F": "fear", "H": "happy", "N": "neutral", "S": "sad"]
    /// In `tabulatedVotes.csv` the first digit of a row's name says what raters saw: 1 voice, 2 face, 3 both.
    private static let bothModalities: Character = "3"

    private struct Actor {
        var sex: String?
        var age: Int?
        var race: String
        var ethnicity: String
    }

    private(set) var rejected: [RejectedFile] = []
    private var actors: [String: Actor] = [:]
    private var ratings: [String: [String: Double]] = [:]
    private var votes: [String: [String: String]] = [:]

    mutating func read(_ file: FolderWalk.File) {
        let name = file.name.lowercased()
        guard ["videodemographics.csv", "summarytable.csv", "tabulatedvotes.csv"].contains(name) else { return }
        do {
            let table = try CommaSeparated(contentsOf: URL(fileURLWithPath: file.path))
            let isRead =
                switch name {
                case "videodemographics.csv": readDemographics(table)
                case "summarytable.csv": readSummary(table)
                default: readVotes(table)
                }
            if !isRead { rejected.append(RejectedFile(path: file.path, reason: "the table lacks the columns of CREMA-D's")) }
        } catch {
            rejected.append(RejectedFile(path: file.path, reason: "the table cannot be read: \(error)"))
        }
    }

    func complete(_ clip: Clip) -> Clip {
        var clip = clip
        if let actor = actors[clip.speaker] {
            clip.sex = actor.sex
            clip.age = actor.age
            if !actor.race.isEmpty { clip.columns["race"] = actor.race }
            if !actor.ethnicity.isEmpty { clip.columns["ethnicity"] = actor.ethnicity }
        }
        clip.ratings = ratings[clip.name]
        clip.columns.merge(votes[clip.name] ?? [:]) { $1 }
        return clip
    }

    private mutating func readDemographics(_ table: CommaSeparated) -> Bool {
        guard let id = table.column("ActorID"), let age = table.column("Age"), let sex = table.column("Sex") else { return false }
        let race = table.column("Race")
        let ethnicity = table.column("Ethnicity")
        for row in table.rows {
            let sex = row[sex].lowercased()
            actors[row[id]] = Actor(
                sex: sex.isEmpty ? nil : sex, age: Int(row[age]), race: race.map { row[$0] } ?? "",
                ethnicity: ethnicity.map { row[$0] } ?? "")
        }
        return true
    }

    /// Majority votes, which may be tied (`A:N`), for what was heard, seen, and both.
    private mutating func readSummary(_ table: CommaSeparated) -> Bool {
        guard let file = table.column("FileName"), let both = table.column("MultiModalVote") else { return false }
        let columns = [("voiceVote", table.column("VoiceVote")), ("faceVote", table.column("FaceVote")), ("vote", both)]
        for row in table.rows {
            guard let name = CremaD.Take(stem: row[file])?.clipName else { continue }
            for (column, place) in columns {
                guard let place else { continue }
                let winners = row[place].split(separator: ":").compactMap { Self.letters[String($0)] }
                if !winners.isEmpty { votes[name, default: [:]][column] = winners.joined(separator: ":") }
            }
        }
        return true
    }

    /// Counts of raters an emotion, who heard and saw the clip.
    private mutating func readVotes(_ table: CommaSeparated) -> Bool {
        let places = Self.letters.compactMap { letter, emotion in table.column(letter).map { ($0, emotion) } }
        guard let file = table.column("fileName"), places.count == Self.letters.count, file > 0 else { return false }
        for row in table.rows where row[0].count == 6 && row[0].first == Self.bothModalities {
            guard let name = CremaD.Take(stem: row[file])?.clipName else { continue }
            var counts: [String: Double] = [:]
            for (place, emotion) in places { counts[emotion] = Double(row[place]).map { $0.isFinite && $0 >= 0 ? $0 : 0 } ?? 0 }
            let total = counts.values.reduce(0, +)
            if total > 0 { ratings[name] = counts.mapValues { $0 / total } }
        }
        return true
    }
}
