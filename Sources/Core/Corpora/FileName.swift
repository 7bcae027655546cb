import Foundation

/// A file name cut at its last point; the extension in lower case.
struct FileName {
    let stem: String
    let fileExtension: String

    static let soundExtensions: Set<String> = ["wav", "mp3", "flac", "m4a", "aac", "ogg", "opus", "wma", "aif", "aiff"]
    static let filmExtensions: Set<String> = ["mp4", "flv", "avi", "mov", "mkv", "webm", "m4v", "mpg", "mpeg", "wmv"]
    static let pictureExtensions: Set<String> = ["png", "jpg", "jpeg", "bmp", "tif", "tiff", "pgm", "webp"]

    init(_ name: String) {
        if let point = name.lastIndex(of: "."), point != name.startIndex {
            stem = String(name[..<point])
            fileExtension = name[name.index(after: point)...].lowercased()
        } else {
            stem = name
            fileExtension = ""
        }
    }

    var isSound: Bool { Self.soundExtensions.contains(fileExtension) }
    var isFilm: Bool { Self.filmExtensions.contains(fileExtension) }
    var isPicture: Bool { Self.pictureExtensions.contains(fileExtension) }
    /// Sound or film: what the corpora of acted clips consist of.
    var isMedia: Bool { isSound || isFilm }

    /// The number that a name of exactly `digits` decimal digits says, or nil.
    static func number(_ text: some StringProtocol, digits: Int) -> Int? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}
