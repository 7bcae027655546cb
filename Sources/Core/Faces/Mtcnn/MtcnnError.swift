import Foundation

/// Why there are no weights for MTCNN.
public enum MtcnnError: Error, Equatable, CustomStringConvertible {
    /// A file, and what is wrong with it.
    case file(String, String)
    case missing(String)
    case shape(String, found: [Int], expected: [Int])
    case notFinite(String)
    /// The networks do not compute what facenet-pytorch's do.
    case selfCheck(String)

    public var description: String {
        switch self {
        case .file(let path, let reason): "\(path): \(reason)"
        case .missing(let name): "there is no array \"\(name)\": these are not MTCNN's weights, or not all of them"
        case .shape(let name, let found, let expected): "\"\(name)\" has the shape \(found); MTCNN's has \(expected)"
        case .notFinite(let name): "\"\(name)\" holds what is no number: the file is damaged"
        case .selfCheck(let reason):
            "the weights have the right names and shapes, but \(reason): they are of another or an untrained network"
        }
    }

    /// A regular file's bytes, if they are not too many.
    static func reading(_ url: URL, mostBytes: Int) throws -> Data {
        let attributes: [FileAttributeKey: Any]
        do { attributes = try FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path) } catch {
            throw MtcnnError.file(url.path, "there is no such file, or it may not be looked at")
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular else { throw MtcnnError.file(url.path, "it is no file") }
        let size = attributes[.size] as? Int ?? 0
        guard size <= mostBytes else { throw MtcnnError.file(url.path, "\(size) bytes are too many for MTCNN's weights") }
        do { return try Data(contentsOf: url) } catch {
            throw MtcnnError.file(url.path, "it cannot be read: \(error.localizedDescription)")
        }
    }
}
