// What a person should know of a file that can be used all the same.
import Synchronization

public enum MediaWarning: Sendable, Codable, Hashable, CustomStringConvertible {
    /// The file ends in the middle of a packet, or before what its header promises, s. Nil where its header promises nothing.
    case cutOff(after: Double, of: Double?)
    /// All of the file is there, and it is shorter than its header says, s.
    case wrongLength(told: Double, found: Double)
    /// The film goes on after this stream has ended, s.
    case endsEarly(isVideo: Bool, after: Double, of: Double)
    /// The mean over channels is far fainter than the channels are.
    case channelsCancel
    /// The largest sample, where full scale is 1.
    case overScale(peak: Float)
    /// The file's only picture lies under sound.
    case coverPicture
    /// Pictures of a folder that cannot be decoded.
    case leftOut(pictures: Int, of: Int, first: String)

    public var description: String {
        switch self {
        case .cutOff(let reached, let promised?): "it is cut off: it ends after \(decimal(reached)) of \(decimal(promised)) s"
        case .cutOff(let reached, nil):
            "it is cut off in its last packet, after \(decimal(reached)) s; how much is missing it does not tell"
        case .wrongLength(let told, let found):
            "its header promises \(decimal(told)) s, there are \(decimal(found)) s: the header is wrong, or the end is missing"
        case .endsEarly(let isVideo, let reached, let whole):
            "its \(isVideo ? "pictures end" : "sound ends") after \(decimal(reached)) of \(decimal(whole)) s"
        case .channelsCancel:
            "its channels cancel each other: their mean, which is used, is much fainter than each of them (opposite polarity)"
        case .overScale(let peak): "its samples reach \(peak) times full scale: were they meant as whole numbers?"
        case .coverPicture: "its only picture lies under the sound and is taken for a cover: there is no film in it"
        case .leftOut(let pictures, let all, let first):
            "\(pictures) of its \(all) frames cannot be read and are left out, the first: \(printable(first))"
        }
    }
}

/// Takes the warnings of one file while it is read, from any thread; each of them once.
public final class MediaWarnings: Sendable {
    private let list = Mutex<[MediaWarning]>([])

    public init() {}

    public func add(_ warning: MediaWarning) {
        list.withLock { if !$0.contains(warning) { $0.append(warning) } }
    }

    /// In an order that does not hang on which thread was first.
    public var all: [MediaWarning] { list.withLock { $0.sorted { "\($0)" < "\($1)" } } }
}
