import Foundation

/// Prepared clips on disk: one safetensors file a clip, named by the clip, its media files' size and time, and the settings.
/// An entry is written beside and renamed, so that a reader never sees half of one; a damaged entry is as good as none.
public struct ClipCache: Sendable {
    /// Entries lie in `folder/SETTINGS-KEY/CORPUS/`.
    public let folder: URL

    /// `prepared` in the user's cache folder.
    public static var standardFolder: URL { UserFolders.cache().appendingPathComponent("prepared", isDirectory: true) }

    public init(folder: URL = ClipCache.standardFolder) { self.folder = folder }

    /// The entry of a clip, or nil where there is none, it is damaged, or the clip's media have changed since.
    public func clip(_ clip: Clip, _ settings: PreparationSettings) -> PreparedClip? {
        guard let url = url(of: clip, settings), let handle = try? FileHandle(forReadingFrom: url) else { return nil }
        defer { try? handle.close() }
        // A clip's entry is little larger than its arrays; what is larger was not written here.
        let limit = settings.bytesPerClip + (1 << 20)
        guard let data = try? handle.read(upToCount: limit + 1), data.count <= limit else { return nil }
        return try? PreparedClipFile.decode(data, settings)
    }

    /// Writes an entry.
    /// - Throws: what writing throws.
    public func store(_ prepared: PreparedClip, of clip: Clip, _ settings: PreparationSettings) throws {
        guard let url = url(of: clip, settings) else { return }
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // Foundation writes beside under another name, then renames.
        try PreparedClipFile.encode(prepared).write(to: url, options: .atomic)
    }

    /// Removes every entry of these settings, or of all.
    public func removeAll(_ settings: PreparationSettings? = nil) throws {
        let target = settings.map { folder.appendingPathComponent($0.key) } ?? folder
        if FileManager.default.fileExists(atPath: target.path) { try FileManager.default.removeItem(at: target) }
    }

    /// Where a clip's entry lies, or nil where a media file is not there.
    func url(of clip: Clip, _ settings: PreparationSettings) -> URL? {
        var content = StableHash()
        content.combine(clip.name)
        for path in [clip.video, clip.audio] {
            guard let path else {
                content.combine("none")
                continue
            }
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            // The folder does not count: a corpus that was moved stays prepared.
            content.combine(URL(fileURLWithPath: path).lastPathComponent)
            #if os(Linux)
                let time = status.st_mtim
            #else
                let time = status.st_mtimespec
            #endif
            content.combine("\(status.st_size) \(time.tv_sec) \(time.tv_nsec)")
        }
        let name = Self.plain(clip.name) + "-" + content.text + ".safetensors"
        return folder.appendingPathComponent(settings.key).appendingPathComponent(Self.plain(clip.corpus)).appendingPathComponent(name)
    }

    /// A name that cannot leave its folder; the hash beside it keeps names apart that become equal.
    private static func plain(_ name: String) -> String {
        let characters = name.unicodeScalars.prefix(80).map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "-" || scalar == "_")
            return isPlain ? Character(scalar) : "_"
        }
        return characters.isEmpty ? "_" : String(characters)
    }
}
