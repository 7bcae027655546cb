// What stands in place of a file that was to be downloaded: pointers of version control, pages of a server, archives around the file.
import Foundation

/// Recognises by its first bytes what is neither weights nor a table, and says what to do about it.
public enum ForeignFile {
    /// Text of the first bytes that is looked at.
    private static let head = 4096

    /// What stands for a file that lies elsewhere, or was sent instead of it: a pointer, a web page, an archive, another program's format. Nil for anything else.
    /// Reads as the end of "the file is …".
    public static func description(of bytes: Data) -> String? {
        if let archive = archive(bytes) { return archive }
        guard let text = text(bytes) else { return nil }
        return pointer(text) ?? page(text)
    }

    /// The first bytes as text without the blanks before it; nil where they are no text.
    static func text(_ bytes: Data) -> String? {
        var head = bytes.prefix(Self.head)
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { head = head.dropFirst(3) }
        // The cut may go through a character.
        for _ in 0..<4 {
            if let text = String(validating: head, as: UTF8.self) {
                let isText = text.unicodeScalars.allSatisfy {
                    $0.value >= 0x20 && $0.value != 0x7F || "\t\n\r\u{C}".unicodeScalars.contains($0)
                }
                return isText ? String(text.drop(while: \.isWhitespace)) : nil
            }
            guard bytes.count > Self.head, !head.isEmpty else { return nil }
            head = head.dropLast()
        }
        return nil
    }

    // MARK: Pointers

    private static func pointer(_ text: String) -> String? {
        if text.hasPrefix("version https://git-lfs.github.com/spec/") || text.hasPrefix("version https://hawser.github.com/spec/") {
            let size = text.firstMatch(of: /(?m)^size (\d{1,18})\s*$/).flatMap { Int($0.1) }
            return
                "a pointer of Git LFS, not the file itself: fetch \(words(size)) with `git lfs pull`, or download the file by its own address"
        }
        if text.hasPrefix("/annex/objects/") || text.firstMatch(of: /^(\.\.\/)*\.git\/annex\/objects\//) != nil {
            let size = text.firstMatch(of: /-s(\d{1,18})-/).flatMap { Int($0.1) }
            return "a pointer of git-annex, not the file itself: fetch \(words(size)) with `git annex get` or `datalad get`"
        }
        if text.hasPrefix("# xet version") {
            return "a pointer of Git Xet, not the file itself: download the file by its own address, or with its hub's own program"
        }
        if text.hasPrefix("outs:"), text.contains("md5:") {
            let size = text.firstMatch(of: /(?m)^\s*size: (\d{1,18})\s*$/).flatMap { Int($0.1) }
            return "a pointer of DVC, not the file itself: fetch \(words(size)) with `dvc pull`"
        }
        return nil
    }

    /// `its 1.2 GB`.
    private static func words(_ bytes: Int?) -> String {
        guard let bytes else { return "it" }
        for (unit, size) in [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)] where Double(bytes) >= size {
            return "its \(String(format: "%.1f", Double(bytes) / size)) \(unit)"
        }
        return "its \(bytes) bytes"
    }

    // MARK: Pages

    private static func page(_ text: String) -> String? {
        let start = text.prefix(64).lowercased()
        let isPage = ["<!doctype", "<html", "<head", "<body", "<!--", "<title"].contains { start.hasPrefix($0) }
        guard isPage || start.hasPrefix("<?xml") || start.firstMatch(of: /^<[a-z][a-z0-9:._-]*[\s\/>]/) != nil else { return nil }
        // What the page says of itself: an error's words, or its title.
        let said = (text.firstMatch(of: /(?is)<(?:message|title|h1)[^>]*>\s*([^<]{1,120}?)\s*</)?.1).map { words in
            " (it says \"\(words.split(whereSeparator: \.isWhitespace).joined(separator: " "))\")"
        }
        return
            "a page from the web\(said ?? ""), not the file itself: the download failed or needs a login; download it again by the file's own address"
    }

    // MARK: Archives and other programs' formats

    private static func archive(_ bytes: Data) -> String? {
        let kinds: [(start: [UInt8], what: String)] = [
            ([0x1F, 0x8B], "packed by gzip: unpack it first, with gunzip or tar -xzf"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "packed by xz: unpack it first, with unxz or tar -xJf"),
            ([0x28, 0xB5, 0x2F, 0xFD], "packed by Zstandard: unpack it first, with unzstd"),
            ([0x42, 0x5A, 0x68], "packed by bzip2: unpack it first, with bunzip2 or tar -xjf"),
            ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7-Zip archive: unpack it first"),
            ([0x52, 0x61, 0x72, 0x21, 0x1A, 7], "a RAR archive: unpack it first"),
            (
                [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A],
                "HDF5, as Keras and MATLAB write it, which is not read: save what is in it in another format"
            ),
            (Array("GGUF".utf8), "GGUF, a format of quantised language models, which is not read"),
            (Array("%PDF-".utf8), "a PDF document"),
        ]
        if let kind = kinds.first(where: { bytes.starts(with: $0.start) }) { return kind.what }
        let mark = bytes.dropFirst(257).prefix(5)
        return mark.elementsEqual("ustar".utf8) ? "a tar archive: unpack it first, with tar -xf" : nil
    }
}
