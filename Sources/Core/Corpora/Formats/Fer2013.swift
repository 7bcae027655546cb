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
        guard let table = tables.first else { throw CorpusError.nothingFound(folder: walk.path, format: Self.name, rejected: 0) }
        // Both tables hold the same pictures.
        if tables.count > 1 { scan.leftOut["copies"] = tables.count - 1 }
        for file in walk.files where FileName(file.name).isPicture || FileName(file.name).isMedia {
            scan.rejected.append(RejectedFile(path: file.path, reason: "this corpus is a table; other files are not part of it"))
        }

        var complaints = RowComplaints()
        var columns: Columns?
        try FileLines.forEach(of: table.path) { line in
            guard let known = columns else {
                columns = try Columns(line, path: table.path)
                return true
            }
            guard !line.bytes.isEmpty else { return true }
            do {
                scan.clips.append(try clip(line, known, table: table.path, corpus: corpus))
            } catch let bad as BadRow {
                complaints.add(table.path, line: line.number, bad.reason)
            }
            return true
        }
        scan.rejected += complaints.all(of: table.path)
        return try scan.finished(place, Self.name)
    }

    private struct Columns {
        var emotion, pixels, usage: Int
        /// Of a row.
        let fields: Int

        init(_ line: FileLines.Line, path: String) throws {
            let names = line.text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
            func place(_ name: String) throws -> Int {
                guard let place = names.firstIndex(of: name) else { throw CorpusError.badTable(path: path, reason: "its first line names no column \(name)") }
                return place
            }
            fields = names.count
            (emotion, pixels, usage) = (try place("emotion"), try place("pixels"), try place("usage"))
        }
    }

    private func clip(_ line: FileLines.Line, _ columns: Columns, table: String, corpus: String) throws -> Clip {
        guard !line.isCut else { throw BadRow("the row is longer than any picture") }
        let fields = line.bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard fields.count == columns.fields else { throw BadRow("\(fields.count) fields instead of \(columns.fields)") }
        func text(_ place: Int) -> String { String(decoding: fields[place], as: UTF8.self).trimmingCharacters(in: .whitespaces) }
        guard let emotion = Int(text(columns.emotion)), Self.emotions.indices.contains(emotion) else {
            throw BadRow("emotion '\(text(columns.emotion).prefix(20))' is not 0 to 6")
        }
        guard let part = Self.parts[text(columns.usage).lowercased()] else {
            throw BadRow("Usage '\(text(columns.usage).prefix(20))' is not Training, PublicTest or PrivateTest")
        }
        let first = try Self.firstPixel(fields[columns.pixels])
        // Numbered by row, so that a clip's name is the same in a table with fewer good rows; the heading is line 1.
        let digits = String(line.number - 1)
        let name = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        return Clip(
            name: name, corpus: corpus, speaker: name, emotion: Self.emotions[emotion], video: table, part: part.rawValue,
            pixelOffset: line.offset + first)
    }

    /// Where in the line the pixels begin.
    /// - Throws: `BadRow` unless they are 48x48 whole numbers of 0 to 255.
    private static func firstPixel(_ field: Slice<UnsafeRawBufferPointer>) throws -> Int {
        var (count, value, digits) = (0, 0, 0)
        var first: Int?
        for (place, byte) in zip(field.indices, field) {
            switch byte {
            case 48...57:
                first = first ?? place
                value = value * 10 + Int(byte - 48)
                digits += 1
                guard digits <= 3, value <= 255 else { throw BadRow("pixel \(count + 1) is above 255") }
            case UInt8(ascii: " "), UInt8(ascii: "\""):
                if digits > 0 { (count, value, digits) = (count + 1, 0, 0) }
            default: throw BadRow("the pixels are not whole numbers")
            }
        }
        if digits > 0 { count += 1 }
        guard let first, count == side * side else { throw BadRow("\(count) pixels instead of \(side * side)") }
        return first
    }
}
