// What can go wrong between a file and its frames and samples; every case says what, where and what to do.

public enum MediaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file cannot be read at all: absent, no permission, a folder, a loop of links.
    case cannotOpen(file: String, reason: String)
    /// Reading it failed midway, as on a disk with errors: nothing is known of its bytes.
    case cannotRead(file: String, reason: String)
    /// The file has no bytes.
    case empty(file: String)
    /// No container that libav knows.
    case notMedia(file: String, reason: String)
    case noVideo(file: String)
    /// The only picture lies under sound.
    case coverOnly(file: String)
    case noAudio(file: String)
    case noPictures(folder: String)
    case noDecoder(file: String, codec: String)
    /// The container promises more than the file holds.
    case truncated(file: String, what: String)
    /// Bytes that cannot be decoded.
    case damaged(file: String, what: String)
    case tooLong(file: String, limit: Double)
    /// libswresample was built without the soxr engine.
    case noSoxr(reason: String)
    case cannotWrite(file: String, reason: String)
    /// What was asked for does not exist or makes no sense, e.g. frame 90 of a clip of 60.
    case invalidRequest(file: String?, what: String)
    case outOfMemory(what: String)

    /// Path of the file concerned.
    public var file: String? {
        switch self {
        case .cannotOpen(let file, _), .cannotRead(let file, _), .empty(let file), .notMedia(let file, _), .noVideo(let file),
            .coverOnly(let file), .noAudio(let file),
            .noPictures(let file), .noDecoder(let file, _), .truncated(let file, _), .damaged(let file, _), .tooLong(let file, _),
            .cannotWrite(let file, _):
            file
        case .invalidRequest(let file, _): file
        case .noSoxr, .outOfMemory: nil
        }
    }

    /// What is wrong, without the file's name.
    public var what: String {
        switch self {
        case .cannotOpen(_, let reason): "cannot be opened: \(reason)"
        case .cannotRead(_, let reason): "cannot be read: \(reason)"
        case .empty: "is empty (0 bytes)"
        case .notMedia(_, let reason): "is not a sound or video file that libav reads: \(reason)"
        case .noVideo: "has no video stream"
        case .coverOnly: "has no video stream: its only picture lies under the sound and is taken for a cover"
        case .noAudio: "has no audio stream"
        case .noPictures: "is a folder without a picture (png, jpg, pgm, tiff, webp and the like)"
        case .noDecoder(_, let codec): "is coded as \(codec), for which the installed libavcodec has no decoder"
        case .truncated(_, let what): "is truncated: \(what)"
        case .damaged(_, let what): "is damaged: \(what)"
        case .tooLong(_, let limit): "is longer than the limit of \(Int(limit)) s"
        case .noSoxr(let reason): "libswresample cannot resample with soxr: \(reason)"
        case .cannotWrite(_, let reason): "cannot be written: \(reason)"
        case .invalidRequest(_, let what): what
        case .outOfMemory(let what): "not enough memory for \(what)"
        }
    }

    /// What the user can do about it, whatever the command; a command that knows of more says it instead.
    public var advice: String {
        switch self {
        case .cannotOpen: "check the path and its permissions"
        case .cannotRead: "try again, and check the disk if it stays so"
        case .empty, .truncated, .damaged: "fetch the file again or leave it out"
        case .notMedia: "leave it out, or check that its name and content agree"
        case .noVideo: "give a file with a picture"
        case .coverOnly: "give a film"
        case .noAudio: "give a file with sound"
        case .noPictures: "name the folder that holds the pictures themselves, or a film"
        case .noDecoder: "install an FFmpeg build with that decoder, or convert the file"
        case .tooLong: "cut the file, or raise the limit"
        case .noSoxr: "install an FFmpeg built with libsoxr (Debian, Ubuntu: package libswresample-dev)"
        case .cannotWrite: "check the folder, its permissions and the free space"
        case .invalidRequest: "correct the request"
        case .outOfMemory: "work on smaller pictures or fewer files at a time"
        }
    }

    /// True where the fault is in the bytes of the file: trying again gives the same, until they change.
    public var liesInTheFile: Bool {
        switch self {
        case .empty, .notMedia, .noVideo, .coverOnly, .noAudio, .truncated, .damaged, .tooLong: true
        // No right to read it, a library that lacks a decoder, settings: another day may be better.
        default: false
        }
    }

    public var description: String {
        (file.map { printable($0) + " " } ?? "") + "\(printable(what)); \(advice)"
    }
}

/// Control characters written out, so that a file's name or a library's message cannot steer the terminal.
func printable(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        if scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format {
            result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
        } else {
            result.append(scalar)
        }
    }
    return String(result)
}
