// Which files a command's words stand for: files as they are named, folders as the media files in them.
import Analysis
import Base
import Foundation
import Inputs
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
                files += found.files
                let failed = failures.count
                for rejected in found.rejected {
                    // A clip by its name that is none counts as one that cannot be used; anything else is a remark.
                    if MediaFiles.isNamedAsMedia(rejected.path, sounds: sounds) {
                        failures.append((rejected.path, rejected.reason))
                    } else {
                        notes.append("\(rejected.path.printable): \(rejected.reason.printable)")
                    }
                }
                if found.files.isEmpty, failures.count == failed {
                    let kind = sounds ? "film or sound file" : "film"
                    failures.append((path, "there is no \(kind) in this folder or the folders below it"))
                }
                if found.unwanted > 0 {
                    notes.append("\(path.printable): \(counted(found.unwanted, "sound file")) left out, the model looks at pictures")
                }
            } catch { failures.append((path, "\(error)")) }
        }
        if files.count > Self.most {
            notes.append("only the first \(Self.most) of \(files.count) files are looked at")
            files = Array(files.prefix(Self.most))
        }
    }
}

extension TrainedModel {
    /// Why a file cannot be used by this model, and what to do: where it lacks sound or pictures, that hangs on what the model takes.
    func reason(of error: any Error) -> String {
        guard let error = error as? MediaError, let file = error.file else { return "\(error)" }
        let need: String, other: ModelSettings.Modalities
        switch error {
        case .noAudio: (need, other) = (sees ? "this model needs sound and pictures" : "this model takes sound only", .video)
        case .noVideo, .coverOnly:
            (need, other) = (hears ? "this model needs sound and pictures" : "this model takes pictures only", .audio)
        default: return "\(error)"
        }
        let both = hears && sees
        let advice = both ? "Give a film that has both" : hears ? "Give a file that has sound" : "Give a film, or pictures"
        return "\(file.printable) \(error.what.printable), and \(need). \(advice), or ask a run of model.modalities = \"\(other.rawValue)\""
    }
}
