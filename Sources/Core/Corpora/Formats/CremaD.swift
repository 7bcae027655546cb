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
    /// That tell what separates the fields of one of the three tables.
    private static let columns = Set(
        ["actorid", "age", "sex", "filename", "multimodalvote", "numresponses"] + letters.keys.map { $0.lowercased() })

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
            let table = try TableRows(contentsOf: file.path, known: Self.columns)
            let isRead =
                switch name {
                case "videodemographics.csv": try readDemographics(table)
                case "summarytable.csv": try readSummary(table)
                default: try readVotes(table)
                }
            guard isRead else {
                rejected.append(RejectedFile(path: file.path, reason: "the table lacks the columns of CREMA-D's"))
                return
            }
            var complaints = RowComplaints()
            for (line, reason) in table.bad { complaints.add(file.path, line: line, reason) }
            rejected += complaints.all(of: file.path)
        } catch CorpusError.badTable(_, let reason) {
            rejected.append(RejectedFile(path: file.path, reason: "the table cannot be read: \(reason)"))
        } catch let bad as BadRow {
            rejected.append(RejectedFile(path: file.path, reason: "the table cannot be read: \(bad.reason)"))
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

    private mutating func readDemographics(_ table: TableRows) throws -> Bool {
        guard table.columns.isSuperset(of: ["actorid", "age", "sex"]) else { return false }
        for row in table.rows {
            guard let id = try row.numberName("actorid") else { continue }
            let words = ["sex", "race", "ethnicity"].map { column in row.text(column).flatMap { TableNumber.isMissing($0) ? nil : $0 } }
            actors[id] = Actor(sex: words[0]?.lowercased(), age: row.years("age"), race: words[1] ?? "", ethnicity: words[2] ?? "")
        }
        return true
    }

    /// Majority votes, which may be tied (`A:N`), for what was heard, seen, and both.
    private mutating func readSummary(_ table: TableRows) throws -> Bool {
        guard table.columns.isSuperset(of: ["filename", "multimodalvote"]) else { return false }
        for row in table.rows {
            guard let name = row.text("filename").flatMap({ CremaD.Take(stem: $0) })?.clipName else { continue }
            for (column, place) in [("voiceVote", "voicevote"), ("faceVote", "facevote"), ("vote", "multimodalvote")] {
                let winners = (row.text(place) ?? "").split(separator: ":").compactMap { Self.letters[String($0)] }
                if !winners.isEmpty { votes[name, default: [:]][column] = winners.joined(separator: ":") }
            }
        }
        return true
    }

    /// Counts of raters an emotion, who heard and saw the clip.
    private mutating func readVotes(_ table: TableRows) throws -> Bool {
        guard table.columns.isSuperset(of: Self.letters.keys.map { $0.lowercased() }), table.columns.contains("filename") else {
            return false
        }
        for row in table.rows {
            // The number of a row stands in the first column, which has no name.
            guard let number = TableNumber.whole(row.first).map(String.init), number.count == 6, number.first == Self.bothModalities,
                let name = row.text("filename").flatMap({ CremaD.Take(stem: $0) })?.clipName
            else { continue }
            var counts: [String: Double] = [:]
            for (letter, emotion) in Self.letters { counts[emotion] = (try? row.number(letter.lowercased(), in: 0...1e9)) ?? 0 }
            let total = counts.values.reduce(0, +)
            if total > 0 { ratings[name] = counts.mapValues { $0 / total } }
        }
        return true
    }
}
