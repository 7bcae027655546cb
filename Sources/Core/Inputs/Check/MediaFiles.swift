// Films and sound files in any folder, by their endings: what can be asked about without being a corpus.
import Corpora
import Foundation
import Media

public enum MediaFiles {
    public static let films: Set<String> = [
        "mp4", "m4v", "mov", "mkv", "webm", "avi", "flv", "mpg", "mpeg", "ts", "mts", "m2ts", "wmv", "3gp", "ogv", "vob",
    ]
    public static let sounds: Set<String> = ["wav", "flac", "mp3", "m4a", "aac", "ogg", "oga", "opus", "wma", "aif", "aiff", "w64", "mka"]

    /// Whether a path ends as a film, or a sound file where these are wanted.
    public static func isNamedAsMedia(_ path: String, sounds wantsSounds: Bool) -> Bool {
        let ending = (path as NSString).pathExtension.lowercased()
        return films.contains(ending) || wantsSounds && sounds.contains(ending)
    }

    /// Paths of the films, and of the sound files where these are wanted, in a folder and the folders in it, sorted; bounded as `FolderWalk` is.
    /// - Returns: also what is no such file or could not be looked at, with the reason, and the sound files that were not wanted.
    /// - Throws: `CorpusError` where the folder cannot be read.
    public static func below(_ folder: URL, sounds wantsSounds: Bool) throws -> (files: [String], rejected: [RejectedFile], unwanted: Int) {
        let walk = try FolderWalk(folder)
        var files: [String] = [], unwanted = 0
        for file in walk.files {
            if isNamedAsMedia(file.name, sounds: wantsSounds) {
                files.append(file.path)
            } else if isNamedAsMedia(file.name, sounds: true) {
                unwanted += 1
            }
        }
        return (files, walk.rejected, unwanted)
    }
}
