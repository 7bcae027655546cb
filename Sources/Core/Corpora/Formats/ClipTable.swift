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
            throw CorpusError.nothingFound(folder: walk.path, format: Self.name, rejected: 0)
        }
        let rows = try TableRows(contentsOf: table.path)
        guard rows.columns.contains("path") else {
            throw CorpusError.badTable(path: table.path, reason: "it has no column path, which says where each clip lies")
        }
        var scan = CorpusScan()
        var complaints = RowComplaints()
        for (line, reason) in rows.bad { complaints.add(table.path, line: line, reason) }
        var files = TableFiles(folder: table.folder)
        var taken: [String: Int] = [:]
        for row in rows.rows {
            do {
                let clip = try Self.clip(row, corpus: corpus, files: &files)
                if let first = taken[clip.name] { throw BadRow("the same clip as line \(first): give them names or spans that differ") }
                taken[clip.name] = row.line
                scan.clips.append(clip)
            } catch let bad as BadRow {
                complaints.add(table.path, line: row.line, bad.reason)
            }
        }
        scan.rejected = complaints.all(of: table.path)
        return try scan.finished(place, Self.name)
    }

    private static func clip(_ row: TableRow, corpus: String, files: inout TableFiles) throws -> Clip {
        guard let path = row.text("path") else { throw BadRow("path is empty") }
        let file = try files.find(path, what: "path")
        var clip = Clip(name: "", corpus: corpus, speaker: "", emotion: row.text("label", "emotion") ?? "")
        switch (row.text("audio"), file.kind) {
        case (let audio?, .sound) where audio != noAudio: throw BadRow("path is sound already, so audio must be empty")
        case (noAudio?, .sound): throw BadRow("path is sound, so audio cannot be none")
        case (noAudio?, _): clip.video = file.path
        case (let audio?, _): (clip.video, clip.audio) = (file.path, try files.find(audio, what: "audio").path)
        case (nil, .sound): clip.audio = file.path
        case (nil, .film): (clip.video, clip.audio) = (file.path, file.path)
        case (nil, .stills): clip.video = file.path
        }
        clip.start = try row.number("start", in: 0...1e6)
        clip.end = try row.number("end", in: 0...1e6)
        if let end = clip.end, end <= clip.start ?? 0 { throw BadRow("end \(end) is not after start \(clip.start ?? 0)") }
        if clip.seconds != nil, file.kind == .stills, clip.audio == nil { throw BadRow("pictures have no time: start and end must be empty") }
        clip.valence = try row.number("valence", in: -1...1)
        clip.arousal = try row.number("arousal", in: -1...1)
        clip.part = try OfficialPart.name(row.text("split"))
        if let age = row.text("age") {
            guard let years = Int(age), (0...150).contains(years) else { throw BadRow("age '\(age.prefix(20))' is not a whole number of years") }
            clip.age = years
        }
        (clip.sex, clip.intensity, clip.sentence) = (row.text("sex"), row.text("intensity"), row.text("sentence"))
        clip.track = try row.text("track").map { try files.find($0, what: "track").path }
        clip.columns = row.values.filter { !columns.contains($0.key) }

        // Names hold what the row says, not where the table lies: a split is a function of names.
        let stem = FileName(path).stem
        let span = clip.seconds == nil ? "" : "@\(row.text("start") ?? "0")-\(row.text("end") ?? "")"
        clip.name = row.text("name") ?? stem + span
        // Pieces of one recording stay on one side where nobody says who speaks.
        clip.speaker = row.text("speaker") ?? stem
        return clip
    }
}

/// The files that a table names, each looked at once.
private struct TableFiles {
    enum Kind { case film, sound, stills }

    struct Found {
        var path: String
        var kind: Kind
    }

    let folder: String
    private var known: [String: Result<Found, BadRow>] = [:]

    init(folder: String) { self.folder = folder }

    /// - Throws: `BadRow` for what is not there, empty, or neither file nor folder.
    mutating func find(_ name: String, what: String) throws -> Found {
        let result = known[name] ?? Result { () throws(BadRow) in try look(name, what) }
        known[name] = result
        return try result.get()
    }

    private func look(_ name: String, _ what: String) throws(BadRow) -> Found {
        // A table comes from outside: it names files of its own folder. Links that lie there lead where their owner lets them.
        guard name.utf8.count < 4096, !name.utf8.contains(0) else { throw BadRow("\(what): no file has such a name") }
        let root = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL
        let path = URL(fileURLWithPath: name, relativeTo: root).standardizedFileURL.path
        guard path.hasPrefix(root.path == "/" ? "/" : root.path + "/") else { throw BadRow("\(what): \(name.prefix(200)) leads out of the table's folder") }
        var status = stat()
        guard stat(path, &status) == 0 else { throw BadRow("\(what): there is no file \(path)") }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return Found(path: path, kind: .stills)
        case S_IFREG:
            guard status.st_size > 0 else { throw BadRow("\(what): the file \(path) is empty") }
            let file = FileName(path)
            return Found(path: path, kind: file.isPicture ? .stills : file.isSound ? .sound : .film)
        default: throw BadRow("\(what): \(path) is neither a file nor a folder")
        }
    }
}
