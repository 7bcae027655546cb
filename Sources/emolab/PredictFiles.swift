// Which files a command's words stand for: files as they are named, folders as the media files in them.
import Corpora
import Foundation
import Media
import Training

struct PredictFiles {
    private(set) var files: [String] = []
    /// Words that name nothing usable, with the reason.
    private(set) var failures: [(file: String, reason: String)] = []
    /// For the user: what was passed over in folders.
    private(set) var notes: [String] = []

    /// Files of a command at most: ten times the largest corpus.
    static let most = 100_000

    /// - Parameter sounds: whether sound files without pictures are wanted from folders.
    init(_ words: [String], sounds: Bool) {
        for word in words {
            let path = (word as NSString).expandingTildeInPath
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                files.append(path)
                continue
            }
            do {
                let found = try MediaFiles.below(URL(fileURLWithPath: path), sounds: sounds)
                if found.files.isEmpty {
                    let kind = sounds ? "film or sound file" : "film"
                    failures.append((path, "there is no \(kind) in this folder or the folders below it"))
                }
                files += found.files
                for rejected in found.rejected { notes.append("\(rejected.path.printable): \(rejected.reason.printable)") }
                if found.unwanted > 0 { notes.append("\(path.printable): \(found.unwanted) sound files left out, the model looks at pictures") }
            } catch { failures.append((path, "\(error)")) }
        }
        if files.count > Self.most {
            notes.append("only the first \(Self.most) of \(files.count) files are looked at")
            files = Array(files.prefix(Self.most))
        }
    }
}

extension TrainedModel {
    /// After an error because a file lacks sound or pictures: that the model needs them.
    func needs(after error: any Error) -> String {
        switch error as? MediaError {
        case .noAudio?: hears && sees ? " (the model needs sound and pictures)" : " (the model hears only)"
        case .noVideo?, .coverOnly?: hears && sees ? " (the model needs sound and pictures)" : " (the model sees only)"
        default: ""
        }
    }
}
