import CFFmpeg

/// Why a media file could not be written.
public enum EncodingError: Error, CustomStringConvertible, Equatable {
    case nothingToWrite(path: String)
    case unknownContainer(path: String)
    case noEncoder(path: String, codec: String, tried: [String])
    case badSettings(path: String, reason: String)
    case wrongPicture(path: String, width: Int, height: Int, expectedWidth: Int, expectedHeight: Int)
    case wrongOrder(path: String, reason: String)
    /// A libav call failed; `message` is libav's own.
    case library(path: String, doing: String, message: String)
    case cannotRename(path: String, to: String, message: String)

    public var description: String {
        switch self {
        case .nothingToWrite(let path):
            "\(path): neither picture nor sound was asked for; give at least one encoding"
        case .unknownContainer(let path):
            "\(path): no container format is known by this file ending; use .mp4, .flv or .wav"
        case .noEncoder(let path, let codec, let tried):
            "\(path): this libav has no \(codec) encoder (looked for \(tried.joined(separator: ", "))); "
                + "install the full libavcodec of your system (Debian: libavcodec59 or libavcodec-extra)"
        case .badSettings(let path, let reason):
            "\(path): \(reason)"
        case .wrongPicture(let path, let width, let height, let expectedWidth, let expectedHeight):
            "\(path): a picture of \(width)x\(height) cannot go into a file of \(expectedWidth)x\(expectedHeight); resize it first"
        case .wrongOrder(let path, let reason):
            "\(path): \(reason)"
        case .library(let path, let doing, let message):
            "\(path): \(doing) failed: \(message)"
        case .cannotRename(let path, let to, let message):
            "\(path): could not be renamed to \(to): \(message); check the folder's permissions"
        }
    }
}

/// Throws `EncodingError.library` where a libav call returned a negative number; hands the number on otherwise.
@discardableResult
func encodingCheck(_ code: Int32, _ path: String, _ doing: String) throws(EncodingError) -> Int32 {
    guard code < 0 else { return code }
    var text = [CChar](repeating: 0, count: 128)
    av_strerror(code, &text, text.count)
    let message = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    throw .library(path: path, doing: doing, message: message)
}
