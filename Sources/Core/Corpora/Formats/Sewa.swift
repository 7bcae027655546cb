import Foundation

/// SEWA (Kossaifi et al. 2021): recordings `*.avi` with their sound in `*.wav` of the same stem, `metadata.ini` for who they are of, and two
/// derived tables `SEW_labels_{arousal,valence}_100Hz_gold_shifted.csv` with a key `<video>_<seconds>` and a value a row, already in [-1, 1].
public struct Sewa: CorpusFormat {
    public static let name = "sewa"
    public static let example = "SEW_labels_arousal_100Hz_gold_shifted.csv"

    public init() {}

    public static func recognises(_ walk: FolderWalk) -> Bool { walk.files.contains { dimension($0) != nil } }

    private static func dimension(_ file: FolderWalk.File) -> String? {
        let name = file.name.lowercased()
        guard name.hasPrefix("sew"), name.hasSuffix(".csv") else { return nil }
        return ["arousal", "valence"].first { name.contains("_labels_" + $0) }
    }

    public func scan(_ place: URL, corpus: String) throws -> CorpusScan {
        let walk = try FolderWalk(place)
        var scan = CorpusScan(rejected: walk.rejected)
        var (films, sounds): ([String: FolderWalk.File], [String: FolderWalk.File]) = ([:], [:])
        var tables: [String: String] = [:]
        var people: [String: SewaMetadata] = [:]
        for file in walk.files {
            let name = FileName(file.name)
            if let dimension = Self.dimension(file) {
                if let first = tables[dimension] {
                    scan.rejected.append(RejectedFile(path: file.path, reason: "another table of \(dimension) is used: \(first)"))
                } else {
                    tables[dimension] = file.path
                }
            } else if file.name.lowercased() == "metadata.ini" {
                people[file.folder] = SewaMetadata(contentsOf: file.path)
            } else if name.isMedia {
                let isFilm = name.fileExtension == "avi"
                if !isFilm && name.fileExtension != "wav" {
                    scan.rejected.append(
                        RejectedFile(path: file.path, reason: "a file of type .\(name.fileExtension) is not part of this layout (avi, wav)")
                    )
                } else if file.bytes == 0 {
                    scan.rejected.append(RejectedFile(path: file.path, reason: "the file is empty"))
                } else if let first = (isFilm ? films : sounds)[name.stem] {
                    scan.rejected.append(
                        RejectedFile(path: file.path, reason: "another file for the same recording is used: \(first.path)"))
                } else if isFilm {
                    films[name.stem] = file
                } else {
                    sounds[name.stem] = file
                }
            }
        }
        guard let arousalTable = tables["arousal"], let valenceTable = tables["valence"] else {
            throw CorpusError.badTable(path: walk.path, reason: "one of the two label tables (arousal, valence) is not there")
        }
        let (valence, arousal) = (try SewaLabels.means(of: valenceTable), try SewaLabels.means(of: arousalTable))
        scan.rejected += valence.rejected + arousal.rejected

        let recordings = Set(films.keys).union(sounds.keys)
        for name in recordings.sorted() {
            guard let v = valence.means[name], let a = arousal.means[name] else {
                scan.leftOut["recordings without labels", default: 0] += (films[name] == nil ? 0 : 1) + (sounds[name] == nil ? 0 : 1)
                continue
            }
            let folder = (films[name] ?? sounds[name])?.folder ?? ""
            let person = people[folder]
            scan.clips.append(
                Clip(
                    name: name, corpus: corpus,
                    speaker: person?.speaker ?? (person == nil ? name : folder.split(separator: "/").last.map(String.init) ?? name),
                    emotion: "", sex: person?.sex, age: person?.age, columns: person?.columns ?? [:], video: films[name]?.path,
                    audio: (sounds[name] ?? films[name])?.path, valence: min(max(v, -1), 1), arousal: min(max(a, -1), 1),
                    track: arousalTable))
        }
        for name in Set(valence.means.keys).union(arousal.means.keys).subtracting(recordings).sorted().prefix(RowComplaints.limit) {
            scan.rejected.append(
                RejectedFile(path: walk.path + "/" + name, reason: "labelled, but neither \(name).avi nor \(name).wav is there"))
        }
        return try scan.finished(place, Self.name)
    }
}

/// Rows `<video>_<seconds>,<value>` of a SEWA table, read line by line: the whole corpus has millions of them.
enum SewaLabels {
    /// The gold standard is about [-1, 1]; what lies far outside is no label.
    private static let values = -2.0...2.0

    /// The table of the other dimension, beside the one of arousal.
    static func valenceTable(besideArousal path: String) -> String {
        let url = URL(fileURLWithPath: path)
        let name = url.lastPathComponent.replacing(/(?i)arousal/) { $0.0.first == "A" ? "Valence" : "valence" }
        return url.deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// Calls `body` with every good row, `complain` with every bad one but a heading. A row whose value is missing is no label.
    static func forEach(
        of path: String, _ body: (_ video: Substring, _ seconds: Double, _ value: Double) throws -> Void,
        complain: (_ line: Int, _ reason: String) -> Void = { _, _ in }
    ) throws {
        var isFirst = true
        try TableRecords.forEach(of: path, known: [], longest: 4096) { item, separator in
            defer { isFirst = false }
            switch item {
            case .bad(let line, let reason): complain(line, reason)
            case .record(let record):
                // pandas puts the number of the row before them, spreadsheets put empty columns after.
                var fields = record.fields[...]
                while fields.count > 2, fields.last?.text.isEmpty == true { fields.removeLast() }
                let isDecimalComma = separator == UInt8(ascii: ";")
                guard fields.count >= 2, let last = fields.popLast()?.text, let key = fields.last?.text, let mark = key.lastIndex(of: "_"),
                    mark > key.startIndex,
                    let seconds = TableNumber.value(String(key[key.index(after: mark)...]), decimalComma: isDecimalComma), seconds >= 0,
                    seconds < 1e6
                else {
                    if !isFirst { complain(record.line, "not <video>_<seconds>,<value>") }
                    return true
                }
                if TableNumber.isMissing(last) { return true }
                guard let value = TableNumber.value(last, decimalComma: isDecimalComma), values.contains(value) else {
                    complain(record.line, "not <video>_<seconds>,<value>")
                    return true
                }
                try body(key[..<mark], seconds, value)
            }
            return true
        }
    }

    /// The mean value of every video, and the rows that are no labels.
    static func means(of path: String) throws -> (means: [String: Double], rejected: [RejectedFile]) {
        var sums: [Substring: (sum: Double, count: Int)] = [:]
        var complaints = RowComplaints()
        try forEach(of: path) { video, _, value in
            let known = sums[video] ?? (0, 0)
            // A key that is kept must not keep its whole line.
            sums[known.count == 0 ? Substring(String(video)) : video] = (known.sum + value, known.count + 1)
        } complain: {
            complaints.add(path, line: $0, $1)
        }
        return (
            Dictionary(uniqueKeysWithValues: sums.map { (String($0), $1.sum / Double($1.count)) }), complaints.all(of: path)
        )
    }
}

/// `metadata.ini` of a folder of recordings. Its keys are not documented in public: common spellings are understood, others kept as columns.
struct SewaMetadata {
    private static let maximumColumns = 32

    var speaker: String?
    var sex: String?
    var age: Int?
    var columns: [String: String] = [:]

    init(contentsOf path: String) {
        var lines = 0
        try? FileLines.forEach(of: path, limit: 4096) { line in
            lines += 1
            let parts = line.text.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces.union(["\""])) }
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, !";#[".contains(parts[0].first ?? "#") else {
                return lines < 1000
            }
            let (key, value) = (parts[0].lowercased(), String(parts[1].prefix(200)))
            switch key {
            case "subject", "subject_id", "participant", "participant_id", "person", "id": speaker = value
            case "gender", "sex": sex = ["m": "male", "f": "female"][value.lowercased()] ?? value.lowercased()
            case "age": age = TableNumber.value(value).flatMap { (0...150).contains($0) ? Int($0) : nil }
            default: if columns.count < Self.maximumColumns { columns[String(key.prefix(64))] = value }
            }
            return lines < 1000
        }
    }
}
