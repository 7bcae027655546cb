import Foundation

/// RaFD, the Radboud Faces Database (Langner et al. 2010): `Rafd090_01_Caucasian_female_angry_frontal.jpg`: camera angle in degrees, person,
/// group, sex, emotion, gaze. A clip is one picture.
public struct Rafd: CorpusFormat {
    public static let name = "rafd"
    public static let example = "Rafd090_01_Caucasian_female_angry_frontal.jpg"

    static let emotions: Set<String> = ["angry", "contemptuous", "disgusted", "fearful", "happy", "neutral", "sad", "surprised"]
    static let angles: Set<String> = ["000", "045", "090", "135", "180"]
    static let groups: Set<String> = ["Caucasian", "Moroccan", "Kid"]
    static let gazes: Set<String> = ["frontal", "left", "right"]

    public init() {}

    public static func recognises(_ walk: FolderWalk) -> Bool {
        walk.files.contains { file in
            let name = FileName(file.name)
            return name.isPicture && (try? Self.fields(name.stem)) != nil
        }
    }

    public func scan(_ place: URL, corpus: String) throws -> CorpusScan {
        let walk = try FolderWalk(place)
        var scan = CorpusScan(rejected: walk.rejected)
        var taken: [String: FolderWalk.File] = [:]
        for file in walk.files {
            let name = FileName(file.name)
            guard name.isPicture || name.isMedia else { continue }
            do {
                guard name.isPicture else { throw BadRow("a file of type .\(name.fileExtension) is not part of this layout (pictures)") }
                let fields = try Self.fields(name.stem)
                guard file.bytes > 0 else { throw BadRow("the file is empty") }
                if let first = taken[name.stem] {
                    // Mirrors hold whole folders twice.
                    guard first.bytes == file.bytes else { throw BadRow("another file for the same picture is used: \(first.path)") }
                    scan.leftOut["copies", default: 0] += 1
                    continue
                }
                taken[name.stem] = file
                scan.clips.append(
                    Clip(
                        name: name.stem, corpus: corpus, speaker: fields[1], emotion: fields[4], sex: fields[3],
                        columns: ["angle": String(fields[0].dropFirst(4)), "ethnicity": fields[2], "gaze": fields[5]], video: file.path))
            } catch let bad as BadRow {
                scan.rejected.append(RejectedFile(path: file.path, reason: bad.reason))
            }
        }
        return try scan.finished(place, Self.name)
    }

    /// The six fields of a name.
    /// - Throws: `BadRow` with why it is none of this layout.
    private static func fields(_ stem: String) throws -> [String] {
        let fields = stem.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 6, fields[0].hasPrefix("Rafd") else {
            throw BadRow("the name is not RafdANGLE_person_group_sex_emotion_gaze")
        }
        func check(_ what: String, _ value: String, _ known: Set<String>) throws {
            guard known.contains(value) else {
                throw BadRow("\(what) \(value.prefix(20)) is not one of \(known.sorted().joined(separator: " "))")
            }
        }
        try check("angle", String(fields[0].dropFirst(4)), angles)
        guard let person = FileName.number(fields[1], digits: 2), (1...73).contains(person) else {
            throw BadRow("person \(fields[1].prefix(20)) is not in 01-73")
        }
        try check("group", fields[2], groups)
        try check("sex", fields[3], ["female", "male"])
        try check("emotion", fields[4], emotions)
        try check("gaze", fields[5], gazes)
        return fields
    }
}
