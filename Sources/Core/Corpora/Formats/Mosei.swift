import Foundation

/// CMU-MOSEI (Zadeh et al. 2018): sentences of films from the web. It is published in several shapes, so a table says what is where:
/// `mosei.csv` (or any `*mosei*.csv`) with columns video, clip, start, end, happy, sad, anger, fear, disgust, surprise and, where known,
/// sentiment and split. Films lie anywhere below it as `<video>.mp4` (start and end count) or already cut as `<video>_<clip>.mp4`.
/// One label a sentence (avt-ca §1): its strongest emotion; sentences with a tie or none are left out.
public struct Mosei: CorpusFormat {
    public static let name = "mosei"
    public static let example = "mosei.csv"
    public static let isFile = true

    static let emotions = ["happy", "sad", "anger", "fear", "disgust", "surprise"]

    public init() {}

    public static func recognises(_ walk: FolderWalk) -> Bool { walk.files.contains(where: isTable) }

    private static func isTable(_ file: FolderWalk.File) -> Bool {
        file.name.lowercased().contains("mosei") && TableRows.isTable(FileName(file.name))
    }

    public func scan(_ place: URL, corpus: String) throws -> CorpusScan {
        let named = try FolderWalk(place: place)
        let walk = named.isSingleFile ? try FolderWalk(place.deletingLastPathComponent()) : named
        var scan = CorpusScan(rejected: walk.rejected)
        guard let table = named.files.first(where: Self.isTable) else {
            throw CorpusError.nothingFound(folder: named.path, format: Self.name, rejected: [])
        }
        var media = MoseiMedia(walk.files)
        let rows = try TableRows(
            contentsOf: table.path, known: Set(["video", "clip", "start", "end", "sentiment", "split"] + Self.emotions))
        let missing = (["video", "clip"] + Self.emotions).filter { !rows.columns.contains($0) }
        guard missing.isEmpty else {
            throw CorpusError.badTable(path: table.path, reason: "it lacks the columns \(missing.joined(separator: ", "))")
        }
        var complaints = RowComplaints()
        for (line, reason) in rows.bad { complaints.add(table.path, line: line, reason) }
        var taken: [String: Int] = [:]
        for row in rows.rows {
            do {
                guard var clip = try Self.clip(row, corpus: corpus) else {
                    scan.leftOut["sentences without one strongest emotion", default: 0] += 1
                    media.note(row)
                    continue
                }
                if let first = taken.updateValue(row.line, forKey: clip.name) { throw BadRow("the same sentence as line \(first)") }
                try media.place(&clip, row)
                scan.clips.append(clip)
            } catch let bad as BadRow {
                complaints.add(table.path, line: row.line, bad.reason)
            }
        }
        scan.rejected += complaints.all(of: table.path) + media.unused
        if media.copies > 0 { scan.leftOut["copies"] = media.copies }
        return try scan.finished(place, Self.name)
    }

    /// The row's clip without its files; nil where no single emotion is strongest.
    private static func clip(_ row: TableRow, corpus: String) throws -> Clip? {
        guard let video = try row.word("video"), let number = try row.numberName("clip") else { throw BadRow("video or clip is empty") }
        let intensities = try emotions.map { ($0, try row.number($0, in: 0...3) ?? 0) }
        let strongest = intensities.map(\.1).max() ?? 0
        let winners = intensities.filter { $0.1 == strongest }
        guard strongest > 0, winners.count == 1 else { return nil }
        var columns = row.values.filter { !["video", "clip", "start", "end", "split"].contains($0.key) }
        if let sentiment = try row.number("sentiment", in: -3...3) { columns["sentiment"] = "\(sentiment)" }
        return Clip(
            // Who speaks is not published; nobody is in two films, as far as is known.
            name: "\(video)_\(number)", corpus: corpus, speaker: video, emotion: winners[0].0, columns: columns,
            part: try OfficialPart.name(row.word("split").flatMap { TableNumber.isMissing($0) ? nil : $0 }))
    }
}

/// The films and sounds of the corpus by stem, and which of them a row has named.
private struct MoseiMedia {
    private var files = FilesByName<FolderWalk.File>()
    private var used: Set<[UInt8]> = []
    private var empty: [RejectedFile] = []
    /// The same recording as film and as sound only, or in a second folder.
    private(set) var copies = 0

    init(_ all: [FolderWalk.File]) {
        func rank(_ file: FolderWalk.File) -> Int {
            // Combined holds sound and picture; other folders hold one of them.
            (FileName(file.name).isFilm ? 0 : 2) + (file.folder.contains("Combined") ? 0 : 1)
        }
        for file in all.filter({ FileName($0.name).isMedia }).sorted(by: { (rank($0), $0.path) < (rank($1), $1.path) }) {
            if file.bytes == 0 {
                empty.append(RejectedFile(path: file.path, reason: "the file is empty"))
            } else if !files.add(file, named: FileName(file.name).stem) {
                copies += 1
            }
        }
    }

    /// Puts the row's files into the clip.
    mutating func place(_ clip: inout Clip, _ row: TableRow) throws {
        let whole = clip.speaker
        // As the table writes the number, then as the clip is called.
        let cut = row.text("clip").flatMap { files["\(whole)_\($0)"] } ?? files[clip.name]
        if let (name, file) = cut {
            used.insert(name)
            clip.set(file)
        } else if let (name, file) = files[whole] {
            guard let start = try row.number("start", in: 0...1e6), let end = try row.number("end", in: 0...1e6), end > start else {
                throw BadRow("start and end are needed in \(whole), the end after the start")
            }
            used.insert(name)
            (clip.start, clip.end) = (start, end)
            clip.set(file)
        } else {
            throw BadRow("neither \(clip.name) nor \(whole) is there as film or sound")
        }
    }

    /// A sentence that is left out has its film too.
    mutating func note(_ row: TableRow) {
        guard let video = row.text("video"), let number = row.text("clip") else { return }
        for name in [video, "\(video)_\(number)", "\(video)_\((try? row.numberName("clip")) ?? number)"] {
            if let (name, _) = files[name] { used.insert(name) }
        }
    }

    var unused: [RejectedFile] {
        empty
            + files.all.filter { !used.contains($0.name) }.map { RejectedFile(path: $0.value.path, reason: "no row of the table names it") }
    }
}

extension Clip {
    /// Takes a file as sound and picture, or as sound alone, by its extension.
    fileprivate mutating func set(_ file: FolderWalk.File) {
        audio = file.path
        video = FileName(file.name).isFilm ? file.path : nil
    }
}
