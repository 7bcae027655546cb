import Foundation

/// The extended Cohn-Kanade set, CK+ (Lucey et al. 2010): `cohn-kanade-images/S005/001/S005_001_00000001.png`, a folder a sequence from rest to
/// the height of an expression, and `Emotion/S005/001/S005_001_00000011_emotion.txt` with a number 0-7 for 327 of the 593 sequences.
/// The pictures of sequences without a label are left out on purpose.
public struct CohnKanade: CorpusFormat {
    public static let name = "ck+"
    public static let example = "S005/001/S005_001_00000011.png"

    /// By the number in the label file.
    static let emotions = ["neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise"]
    private static let emotionSuffix = "_emotion"

    public init() {}

    public static func recognises(_ walk: FolderWalk) -> Bool {
        walk.files.contains { file in
            let name = FileName(file.name)
            return name.isPicture && Frame(stem: name.stem).map { file.folderName == $0.sequence } ?? false
        }
    }

    /// `S005_001_00000011`.
    private struct Frame {
        var subject, sequence: String
        var number: Int
        var clipName: String { subject + "_" + sequence }

        init?(stem: String) {
            let fields = stem.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 3, fields[0].hasPrefix("S"), FileName.number(fields[0].dropFirst(), digits: 3) != nil,
                FileName.number(fields[1], digits: 3) != nil, let number = FileName.number(fields[2], digits: 8)
            else { return nil }
            (subject, sequence, self.number) = (fields[0], fields[1], number)
        }
    }

    private struct Sequence {
        var subject: String
        var folder: String
        var pictures: [Int] = []
    }

    public func scan(_ place: URL, corpus: String) throws -> CorpusScan {
        let walk = try FolderWalk(place)
        var scan = CorpusScan(rejected: walk.rejected)
        var sequences: [String: Sequence] = [:]
        var labels: [String: (path: String, emotion: String)] = [:]
        /// Folders with pictures that are not used.
        var mixed: Set<String> = []
        func reject(_ path: String, _ reason: String) { scan.rejected.append(RejectedFile(path: path, reason: reason)) }
        for file in walk.files {
            let name = FileName(file.name)
            if name.fileExtension == "txt", name.stem.hasSuffix(Self.emotionSuffix) {
                guard let frame = Frame(stem: String(name.stem.dropLast(Self.emotionSuffix.utf8.count))) else {
                    reject(file.path, "the name is not subject_sequence_frame_emotion.txt")
                    continue
                }
                do {
                    let emotion = try Self.emotion(file)
                    if let first = labels[frame.clipName] { throw BadRow("another label for the same sequence is used: \(first.path)") }
                    labels[frame.clipName] = (file.path, emotion)
                } catch let bad as BadRow {
                    reject(file.path, bad.reason)
                }
            } else if name.isPicture || name.isMedia {
                guard name.isPicture, let frame = Frame(stem: name.stem), file.folderName == frame.sequence else {
                    mixed.insert(file.folder)
                    reject(file.path, "not a frame subject_sequence_number.png in its sequence's folder")
                    continue
                }
                guard file.bytes > 0 else {
                    mixed.insert(file.folder)
                    reject(file.path, "the file is empty")
                    continue
                }
                var sequence = sequences[frame.clipName] ?? Sequence(subject: frame.subject, folder: file.folder)
                guard sequence.folder == file.folder else {
                    reject(file.path, "another folder for the same sequence is used: \(sequence.folder)")
                    continue
                }
                sequence.pictures.append(frame.number)
                sequences[frame.clipName] = sequence
            }
        }
        for (name, sequence) in sequences {
            guard let label = labels[name] else {
                scan.leftOut["pictures of sequences without a label", default: 0] += sequence.pictures.count
                continue
            }
            var columns = ["frames": "\(sequence.pictures.count)"]
            if mixed.contains(sequence.folder) { columns[ChosenFrames.column] = ChosenFrames(prefix: name + "_", sequence.pictures).text }
            scan.clips.append(
                Clip(
                    name: name, corpus: corpus, speaker: sequence.subject, emotion: label.emotion, columns: columns, video: sequence.folder)
            )
        }
        for (name, label) in labels where sequences[name] == nil { reject(label.path, "labels a sequence whose pictures are not there") }
        return try scan.finished(place, Self.name)
    }

    /// The one number in a label file, written as `   3.0000000e+00`.
    private static func emotion(_ file: FolderWalk.File) throws -> String {
        let text: String
        do { text = try TableText.small(of: file.path, atMost: 256).trimmingCharacters(in: .whitespacesAndNewlines) } catch {
            throw BadRow("the label cannot be read: \(error.reason)")
        }
        guard let value = Double(text), value >= 0, value < Double(emotions.count), value == value.rounded() else {
            throw BadRow("the label '\(text.prefix(20))' is not 0 to 7")
        }
        return emotions[Int(value)]
    }
}
