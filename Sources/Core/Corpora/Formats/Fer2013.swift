import Foundation

/// FER2013 (Goodfellow et al. 2013): one table, `fer2013.csv` (emotion,pixels,Usage) or `icml_face_data.csv` (emotion, Usage, pixels), whose
/// rows are 48x48 grey levels in decimal. A clip is a row: it says where its pixels begin, and the 300 MB are read past, never held.
/// Who is shown is not known, so each picture counts as a speaker of its own. Usage gives the official parts.
public struct Fer2013: CorpusFormat {
    public static let name = "fer2013"
    public static let example = "fer2013.csv"
    public static let isFile = true

    /// By the number in the table.
    static let emotions = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    static let side = 48
    private static let parts = ["training": OfficialPart.train, "publictest": .validation, "privatetest": .test]

    public init() {}

    public static func recognises(_ walk: FolderWalk) -> Bool { walk.files.contains(where: isTable) }

    private static func isTable(_ file: FolderWalk.File) -> Bool { ["fer2013.csv", "icml_face_data.csv"].contains(file.name.lowercased()) }

    public func scan(_ place: URL, corpus: String) throws -> CorpusScan {
        let walk = try FolderWalk(place: place)
        var scan = CorpusScan(rejected: walk.rejected)
        let tables = walk.files.filter(Self.isTable)
        guard let table = tables.first else { throw CorpusError.nothingFound(folder: walk.path, format: Self.name, rejected: []) }
        // Both tables hold the same pictures.
        if tables.count > 1 { scan.leftOut["copies"] = tables.count - 1 }
        for file in walk.files where FileName(file.name).isPicture || FileName(file.name).isMedia {
            scan.rejected.append(RejectedFile(path: file.path, reason: "this corpus is a table; other files are not part of it"))
        }

        var complaints = RowComplaints()
        try TableRows.forEach(
            of: table.path, known: Self.columns, longest: Self.longestRow,
            heading: { heading in
                if let lack = ["emotion", "pixels", "usage"].first(where: { heading.place($0) == nil }) {
                    throw CorpusError.badTable(path: table.path, reason: "it has no column \(lack); its columns are \(heading.words)")
                }
            },
            row: { row in
                scan.clips.append(try clip(row, table: table.path, corpus: corpus))
            }, complain: { complaints.add(table.path, line: $0, $1) })
        scan.rejected += complaints.all(of: table.path)
        return try scan.finished(place, Self.name)
    }

    private static let columns: Set<String> = ["emotion", "pixels", "usage"]
    /// Seven times the longest.
    private static let longestRow = 1 << 16

    private func clip(_ row: TableRow, table: String, corpus: String) throws -> Clip {
        guard let emotion = row.whole("emotion"), Self.emotions.indices.contains(emotion) else {
            throw BadRow("emotion '\((row.text("emotion") ?? "").prefix(20))' is not 0 to 6")
        }
        let usage = row.text("usage") ?? ""
        guard let part = Self.parts[usage.lowercased()] else {
            throw BadRow("Usage '\(usage.prefix(20))' is not Training, PublicTest or PrivateTest")
        }
        guard let pixels = row.field("pixels") else { throw BadRow("0 pixels instead of \(Self.side * Self.side)") }
        try Self.checkPixels(pixels.text)
        guard let offset = pixels.offset else { throw BadRow("the pixels are not plain UTF-8: save the table in this encoding") }
        // Numbered by row, so that a clip's name is the same in a table with fewer good rows; the heading is line 1.
        let digits = String(row.line - 1)
        let name = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        return Clip(
            name: name, corpus: corpus, speaker: name, emotion: Self.emotions[emotion], video: table, part: part.rawValue,
            pixelOffset: offset)
    }

    /// - Throws: `BadRow` unless they are 48x48 whole numbers of 0 to 255, with blanks between.
    private static func checkPixels(_ text: String) throws(BadRow) {
        var text = text
        var (count, value, digits) = (0, 0, 0)
        let problem: BadRow? = text.withUTF8 { bytes in
            for place in 0..<bytes.count {
                switch bytes[place] {
                case 48...57:
                    value = value * 10 + Int(bytes[place] - 48)
                    digits += 1
                    guard digits <= 3, value <= 255 else { return BadRow("pixel \(count + 1) is above 255") }
                case UInt8(ascii: " "):
                    if digits > 0 { (count, value, digits) = (count + 1, 0, 0) }
                default: return BadRow("the pixels are not whole numbers")
                }
            }
            return nil
        }
        if let problem { throw problem }
        if digits > 0 { count += 1 }
        guard count == side * side else { throw BadRow("\(count) pixels instead of \(side * side)") }
    }
}
