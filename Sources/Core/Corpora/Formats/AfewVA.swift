import Base
import Foundation

/// AFEW-VA (Kossaifi et al. 2017): a folder `001`…`600` a clip with frames `00000.png`, … and `NNN/NNN.json`, which holds valence and
/// arousal (-10…10) and 68 landmarks for every frame. Without sound. Distributed as twelve archives; they may lie in folders of their own.
public struct AfewVA: CorpusFormat {
    public static let name = "afew-va"
    public static let example = "001/001.json, 001/00000.png"

    public init() {}

    public static func recognises(_ walk: FolderWalk) -> Bool {
        walk.files.contains { file in
            let name = FileName(file.name)
            return name.fileExtension == "json" && isClip(name.stem) && file.folderName == name.stem
        }
    }

    private static func isClip(_ name: String) -> Bool { FileName.number(name, digits: 3).map((1...600).contains) ?? false }

    private struct Folder {
        var annotation: FolderWalk.File?
        /// By frame number.
        var pictures: [Int: FolderWalk.File] = [:]
        /// True where pictures lie there that are no frames.
        var isMixed = false
    }

    public func scan(_ place: URL, corpus: String) throws -> CorpusScan {
        let walk = try FolderWalk(place)
        var scan = CorpusScan(rejected: walk.rejected)
        var folders: [String: Folder] = [:]
        var mixed: Set<String> = []
        for file in walk.files {
            let name = FileName(file.name)
            let isInClip = Self.isClip(file.folderName)
            if isInClip, name.fileExtension == "json", name.stem == file.folderName {
                folders[file.folder, default: Folder()].annotation = file
            } else if isInClip, name.isPicture, let number = FileName.number(name.stem, digits: 5) {
                folders[file.folder, default: Folder()].pictures[number] = file
            } else if name.isPicture || name.isMedia {
                mixed.insert(file.folder)
                scan.rejected.append(RejectedFile(path: file.path, reason: "not a frame 00000.png in a folder 001 to 600"))
            }
        }
        var taken: [String: String] = [:]
        for (path, var folder) in folders.sorted(by: { $0.key < $1.key }) {
            folder.isMixed = mixed.contains(path)
            let name = URL(fileURLWithPath: path).lastPathComponent
            if let first = taken[name] {
                scan.rejected.append(RejectedFile(path: path, reason: "another folder for the same clip is used: \(first)"))
                continue
            }
            do {
                scan.clips.append(try clip(name, folder, at: path, corpus: corpus, scan: &scan))
                taken[name] = path
            } catch let bad as BadRow {
                scan.rejected.append(RejectedFile(path: folder.annotation?.path ?? path, reason: bad.reason))
            }
        }
        return try scan.finished(place, Self.name)
    }

    private func clip(_ name: String, _ folder: Folder, at path: String, corpus: String, scan: inout CorpusScan) throws -> Clip {
        guard let file = folder.annotation else { throw BadRow("\(folder.pictures.count) pictures without \(name).json") }
        let annotation = try AfewAnnotation(contentsOf: file.path)
        let labelled = annotation.frames.filter { folder.pictures[$0.number] != nil }
        let withoutNumber = annotation.withoutNumber.filter { folder.pictures[$0] != nil }
        guard !labelled.isEmpty else {
            if let first = annotation.withoutNumber.first, annotation.frames.isEmpty || !withoutNumber.isEmpty {
                throw BadRow("none of its frames has a number for valence and arousal, the first: frame \(AfewAnnotation.key(first))")
            }
            throw BadRow("none of its \(annotation.frames.count) frames lies beside it")
        }
        for (_, picture) in folder.pictures.sorted(by: { $0.key < $1.key }) where picture.bytes == 0 {
            scan.rejected.append(RejectedFile(path: picture.path, reason: "the file is empty"))
        }
        var lacks: [String] = []
        if labelled.count < annotation.frames.count {
            lacks.append("\(annotation.frames.count - labelled.count) of its frames are not there")
        }
        if let first = withoutNumber.first {
            lacks.append(
                "\(withoutNumber.count) of its frames have no number for valence or arousal, the first: frame \(AfewAnnotation.key(first))")
        }
        if !lacks.isEmpty {
            scan.rejected.append(RejectedFile(path: file.path, reason: lacks.joined(separator: "; ") + "; the others are used"))
        }
        let unlabelled = folder.pictures.count - labelled.count - withoutNumber.count
        if unlabelled > 0 { scan.leftOut["frames without labels", default: 0] += unlabelled }
        let used = labelled.filter { folder.pictures[$0.number].map { $0.bytes > 0 } ?? false }
        guard !used.isEmpty else { throw BadRow("all of its \(labelled.count) frames are empty") }
        let count = Double(used.count)
        var columns = ["frames": "\(used.count)"]
        if folder.isMixed || used.count < folder.pictures.count { columns[ChosenFrames.column] = ChosenFrames(used.map(\.number)).text }
        return Clip(
            name: name, corpus: corpus, speaker: annotation.actor ?? "clip-\(name)", emotion: "", columns: columns,
            video: path, valence: used.reduce(0) { $0 + $1.valence } / count, arousal: used.reduce(0) { $0 + $1.arousal } / count,
            track: file.path)
    }
}

/// One `NNN.json`: labels by frame, brought to [-1, 1]. Landmarks are passed over.
struct AfewAnnotation {
    /// A clip has some 50 frames of 3 kB; the largest a hundred times that.
    static let maximumBytes = 32 << 20
    static let maximumFrames = 20_000
    /// Frames a second of the films; the files do not say.
    static let frameRate = 25.0

    /// Whoever plays, where the file says so.
    let actor: String?
    /// Sorted by number.
    let frames: [(number: Int, valence: Double, arousal: Double)]
    /// Frames whose valence or arousal is missing, null, a word, infinite or NaN: nobody rated them. Ascending.
    let withoutNumber: [Int]

    private struct File: Decodable {
        struct Frame: Decodable {
            var valence: Double?
            var arousal: Double?

            enum CodingKeys: CodingKey { case valence, arousal }

            init(from decoder: any Decoder) throws {
                let values = try decoder.container(keyedBy: CodingKeys.self)
                (valence, arousal) = (try? values.decode(Double.self, forKey: .valence), try? values.decode(Double.self, forKey: .arousal))
            }
        }
        var actor: String?
        var frames: [String: Frame?]
    }

    /// A frame's number as the files write it.
    static func key(_ number: Int) -> String { String("0000\(number)".suffix(5)) }

    /// Python writes `NaN`, `Infinity` and `-Infinity` into JSON, which has no such numbers: they are null here. Words in quotes stay.
    private static func withoutInfinities(_ data: Data) -> Data {
        let (quote, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
        let words = ["-Infinity", "Infinity", "NaN"].map { Array($0.utf8) }
        let bytes = [UInt8](data)
        var result = Data(capacity: bytes.count), isInQuotes = false, place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if !isInQuotes, let word = words.first(where: { bytes[place...].starts(with: $0) }) {
                result.append(contentsOf: "null".utf8)
                place += word.count
                continue
            }
            result.append(byte)
            place += 1
            if byte == quote {
                isInQuotes.toggle()
            } else if byte == backslash, isInQuotes, place < bytes.count {
                result.append(bytes[place])
                place += 1
            }
        }
        return result
    }

    /// - Throws: `BadRow` with what is wrong.
    init(contentsOf path: String) throws {
        let data: Data
        do { data = try BoundedFile.data(of: URL(fileURLWithPath: path), atMost: Self.maximumBytes) } catch { throw BadRow(error.reason) }
        let file: File
        do {
            file = try JSONDecoder().decode(File.self, from: Self.withoutInfinities(data))
        } catch {
            throw BadRow("not the labels of a clip: frames with valence and arousal")
        }
        guard file.frames.count <= Self.maximumFrames else { throw BadRow("\(file.frames.count) frames are too many for a clip") }
        var frames: [(number: Int, valence: Double, arousal: Double)] = [], withoutNumber: [Int] = []
        for (key, frame) in file.frames.sorted(by: { $0.key < $1.key }) {
            guard let number = FileName.number(key, digits: 5) else {
                throw BadRow("frame '\(key.prefix(20))' is not a number of five digits")
            }
            guard let valence = frame?.valence, let arousal = frame?.arousal, valence.isFinite, arousal.isFinite else {
                withoutNumber.append(number)
                continue
            }
            for (what, value) in [("valence", valence), ("arousal", arousal)] where !(-10...10).contains(value) {
                throw BadRow("frame \(key): \(what) \(value) is not in -10 to 10")
            }
            frames.append((number, valence / 10, arousal / 10))
        }
        (self.frames, self.withoutNumber) = (frames, withoutNumber)
        let actor = file.actor?.trimmingCharacters(in: .whitespaces)
        self.actor = actor?.isEmpty == false ? actor : nil
    }
}
