import Foundation

/// Any lab's data: a table of clips as CSV, TSV or JSON lines. Only `path` is needed; paths are relative to the table and stay in its folder. Known columns are
/// name, path, audio, label, speaker, sex, age, intensity, sentence, split, start, end, valence, arousal and track; further ones are kept.
/// A folder is recognised by a table named `clips.csv`, `.tsv` or `.jsonl` at its top.
public struct ClipTable: CorpusFormat {
    public static let name = "table"
    public static let example = "clips.csv"
    public static let isFile = true

    static let columns: Set<String> = [
        "name", "path", "audio", "label", "emotion", "speaker", "sex", "age", "intensity", "sentence", "split", "start", "end", "valence",
        "arousal", "track",
    ]
    /// In `audio`: the film has no sound, or it is not to be used.
    static let noAudio = "none"

    public init() {}

    public static func recognises(_ walk: FolderWalk) -> Bool { walk.files.contains { isTable($0, in: walk) } }

    private static func isTable(_ file: FolderWalk.File, in walk: FolderWalk) -> Bool {
        let name = FileName(file.name)
        return TableRows.isTable(name) && (walk.isSingleFile || (name.stem.lowercased() == "clips" && file.folder == walk.path))
    }

    public func scan(_ place: URL, corpus: String) throws -> CorpusScan {
        let walk = try FolderWalk(place: place)
        guard let table = walk.files.first(where: { Self.isTable($0, in: walk) }) else {
            throw CorpusError.nothingFound(folder: walk.path, format: Self.name, rejected: [])
        }
        let rows = try TableRows(contentsOf: table.path, known: Self.columns)
        var scan = CorpusScan()
        var complaints = RowComplaints()
        for (line, reason) in rows.bad { complaints.add(table.path, line: line, reason) }
        guard rows.columns.contains("path") else {
            throw CorpusError.badTable(path: table.path, reason: rows.lacks("path", "which says where each clip lies"))
        }
        var files = TableFiles(folder: table.folder)
        for row in rows.rows { row.text("path").map { files.reserve($0) } }
        var names = TakenNames()
        for row in rows.rows {
            do {
                let clip = try Self.clip(row, corpus: corpus, files: &files)
                try names.add(clip, of: row, to: &scan.clips)
            } catch let bad as BadRow {
                complaints.add(table.path, line: row.line, bad.reason)
            }
        }
        scan.rejected = complaints.all(of: table.path)
        return try scan.finished(place, Self.name)
    }

    private static func clip(_ row: TableRow, corpus: String, files: inout TableFiles) throws -> Clip {
        guard let path = try row.word("path") else { throw BadRow("path is empty") }
        let file = try files.find(path, what: "path")
        var clip = Clip(name: "", corpus: corpus, speaker: "", emotion: try row.word("label", "emotion") ?? "")
        switch (try row.word("audio"), file.kind) {
        case (let audio?, .sound) where audio != noAudio:
            if try files.findUnlessMissing(audio, what: "audio") != nil { throw BadRow("path is sound already, so audio must be empty") }
            clip.audio = file.path
        case (noAudio?, .sound): throw BadRow("path is sound, so audio cannot be none")
        case (noAudio?, _): clip.video = file.path
        case (let audio?, _):
            // A film keeps its own sound where the cell says that there is nothing in it.
            clip.video = file.path
            clip.audio = try files.findUnlessMissing(audio, what: "audio")?.path ?? (file.kind == .film ? file.path : nil)
        case (nil, .sound): clip.audio = file.path
        case (nil, .film): (clip.video, clip.audio) = (file.path, file.path)
        case (nil, .stills): clip.video = file.path
        }
        clip.start = try row.number("start", in: 0...1e6)
        clip.end = try row.number("end", in: 0...1e6)
        if let end = clip.end, end <= clip.start ?? 0 { throw BadRow("end \(end) is not after start \(clip.start ?? 0)") }
        if clip.seconds != nil, file.kind == .stills, clip.audio == nil {
            throw BadRow("pictures have no time: start and end must be empty")
        }
        clip.valence = try row.number("valence", in: -1...1)
        clip.arousal = try row.number("arousal", in: -1...1)
        clip.part = try OfficialPart.name(row.word("split").flatMap { TableNumber.isMissing($0) ? nil : $0 })
        // A column that is only shown never costs a clip.
        clip.age = row.years("age")
        (clip.sex, clip.intensity, clip.sentence) = (row.text("sex"), row.text("intensity"), row.text("sentence"))
        clip.track = try row.word("track").flatMap { try files.findUnlessMissing($0, what: "track")?.path }
        clip.columns = row.values.filter { !columns.contains($0.key) }

        // Names hold what the row says, not where the table lies: a split is a function of names.
        let stem = FileName(file.name).stem
        func seconds(_ column: String, _ value: Double?) -> String? {
            value.map { value in row.text(column).flatMap { Double($0) == nil ? nil : $0 } ?? "\(value)" }
        }
        let span = clip.seconds == nil ? "" : "@\(seconds("start", clip.start) ?? "0")-\(seconds("end", clip.end) ?? "")"
        clip.name = try row.word("name") ?? stem + span
        // Pieces of one recording stay on one side where nobody says who speaks.
        clip.speaker = try row.word("speaker") ?? stem
        return clip
    }
}

/// The names of a table's clips, each of them once. Two files may have one name in two forms of Unicode, which are one string to all that compares names:
/// where no column names the clips, the one that is not composed is told apart by its name, whichever row comes first.
private struct TakenNames {
    private var rows: [String: (row: TableRow, place: Int)] = [:]
    private static let decomposed = " (NFD)"

    /// - Throws: `BadRow` where the name is taken.
    mutating func add(_ clip: Clip, of row: TableRow, to clips: inout [Clip]) throws {
        var clip = clip
        if let first = rows[clip.name] {
            let other = clips[first.place]
            guard !other.name.utf8.elementsEqual(clip.name.utf8) else {
                throw BadRow("the same clip as line \(first.row.line): give them names or spans that differ")
            }
            if let renamed = try Self.renamed(clip, of: row), rows[renamed.name] == nil {
                clip = renamed
            } else if let renamed = try Self.renamed(other, of: first.row), rows[renamed.name] == nil {
                clips[first.place] = renamed
                rows[renamed.name] = first
            } else {
                throw BadRow("its name is that of line \(first.row.line) in another form of Unicode: give them names that differ")
            }
        }
        rows[clip.name] = (row, clips.count)
        clips.append(clip)
    }

    /// Nil where the row names its clip, or its name is composed.
    private static func renamed(_ clip: Clip, of row: TableRow) throws -> Clip? {
        guard try row.word("name") == nil, !clip.name.precomposedStringWithCanonicalMapping.utf8.elementsEqual(clip.name.utf8) else {
            return nil
        }
        var clip = clip
        clip.name += decomposed
        if try row.word("speaker") == nil { clip.speaker += decomposed }
        return clip
    }
}
