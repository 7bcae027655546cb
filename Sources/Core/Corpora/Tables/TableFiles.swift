// The files that a table names: as it writes them, and as another system or program would have written them.
import Foundation

/// Looks each file up once. A name that is there exactly as it is written finds that file and no other; one that is not is looked for with `\` for `/`, without
/// the folders of another machine, in the other forms of Unicode, and in other capitals.
struct TableFiles {
    enum Kind { case film, sound, stills }

    struct Found {
        var path: String
        var kind: Kind
        /// The file below the table's folder: as the table writes it where it is exactly that.
        var name: String
    }

    private let root: String
    // Strings are equal in every form of Unicode, files are not: bytes are the keys.
    private var known: [[UInt8]: Result<Found, BadRow>] = [:]
    /// Files that rows name exactly, and those that a row got in another spelling, with what it wrote.
    private var reserved: Set<[UInt8]> = []
    private var given: [[UInt8]: [UInt8]] = [:]
    private var listings: [[UInt8]: Listing] = [:]

    /// A folder's names by their bytes, by their letters, and by their letters in lower case.
    private struct Listing {
        var exact: Set<[UInt8]> = []
        var letters: [String: [String]] = [:]
        var lowercase: [String: [String]] = [:]

        init(_ folder: String) {
            for name in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() {
                exact.insert(Array(name.utf8))
                letters[name, default: []].append(name)
                lowercase[name.lowercased(), default: []].append(name)
            }
        }
    }

    init(folder: String) { root = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL.path }

    /// Takes a name of a clip's file beforehand: where it is there exactly, no other spelling gets it.
    mutating func reserve(_ name: String) {
        if let path = Self.exactPath(name, root), case .success = Self.look(path, name) { reserved.insert(Array(path.utf8)) }
    }

    /// - Throws: `BadRow` for what is not there, empty, or neither file nor folder.
    mutating func find(_ name: String, what: String) throws(BadRow) -> Found {
        let key = Array(name.utf8), result = known[key] ?? search(name)
        known[key] = result
        let found: Found
        do { found = try result.get() } catch { throw BadRow("\(what): \(error.reason)") }
        let path = Array(found.path.utf8)
        guard what == "path", !reserved.contains(path) || Self.exactPath(name, root).map({ Array($0.utf8) }) != path else { return found }
        // Reached in another spelling.
        if reserved.contains(path) {
            throw BadRow("\(what): there is no file \(name.prefix(200)); \(found.name) is the file of another row")
        }
        if let other = given.updateValue(key, forKey: path), other != key {
            throw BadRow(
                "\(what): \(name.prefix(200)) and \(String(decoding: other.prefix(200), as: UTF8.self)) would both be the file \(found.name)"
            )
        }
        return found
    }

    /// The same for a file that a row can do without: nil where the name is a word for nothing and no file is called so.
    mutating func findUnlessMissing(_ name: String, what: String) throws(BadRow) -> Found? {
        guard TableNumber.isMissing(name), name.contains(where: \.isLetter), known[Array(name.utf8)] == nil,
            Self.exactPath(name, root).map({ access($0, F_OK) != 0 }) ?? true
        else {
            return try find(name, what: what)
        }
        return nil
    }

    private mutating func search(_ name: String) -> Result<Found, BadRow> {
        guard name.utf8.count < 4096, !name.utf8.contains(0) else { return .failure(BadRow("no file has such a name")) }
        // A table comes from outside: it names files of its own folder. Links that lie there lead where their owner lets them.
        let exact = Self.exactPath(name, root)
        if let exact, access(exact, F_OK) == 0 { return Self.look(exact, name) }
        let lead = BadRow("\(name.prefix(200)) leads out of the table's folder")
        let parts = Self.parts(name), isElsewhere = exact == nil && name.utf8.first == UInt8(ascii: "/") && access(name, F_OK) == 0
        guard !isElsewhere, !parts.folders.contains("..") || parts.isAbsolute else {
            return .failure(exact == nil ? lead : missing(exact ?? name))
        }
        do throws(BadRow) {
            // Of another machine's path the end may be here: the longest that is.
            for start in 0..<(parts.isAbsolute ? parts.folders.count : min(1, parts.folders.count)) {
                let rest = parts.folders[start...]
                guard !rest.contains(".."), let path = try spelled(Array(rest)) else { continue }
                return Self.look(path, String(decoding: path.utf8.dropFirst(root == "/" ? 1 : root.utf8.count + 1), as: UTF8.self))
            }
        } catch { return .failure(error) }
        if parts.isAbsolute {
            return .failure(
                BadRow(
                    "there is no file \(name.prefix(200)), and nothing that it ends in lies in the table's folder: name files from there"))
        }
        return .failure(exact.map { missing($0) } ?? lead)
    }

    private func missing(_ path: String) -> BadRow { BadRow("there is no file \(path)") }

    /// The path that a name stands for as it is written; nil where that leads out of the folder.
    private static func exactPath(_ name: String, _ root: String) -> String? {
        var folders = name.utf8.first == UInt8(ascii: "/") ? [] : components(root)
        for part in components(name) where part != "." {
            if part == ".." { _ = folders.popLast() } else { folders.append(part) }
        }
        let path = "/" + folders.joined(separator: "/")
        return path.utf8.starts(with: (root == "/" ? root : root + "/").utf8) && path != root && !name.utf8.contains(0) ? path : nil
    }

    /// Cut where the system cuts: a slash with an accent on it is a character of its own, but a slash all the same.
    private static func components(_ path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The folders and the name of the file, whichever system wrote them, and whether they begin at a root: `C:\corpus\a.wav`, `\\server\a.wav`, `/home/x/a.wav`,
    /// `file:///home/x/a%20b.wav`, `~/a.wav`.
    private static func parts(_ name: String) -> (folders: [String], isAbsolute: Bool) {
        var text = name, isAbsolute = false
        if text.lowercased().hasPrefix("file:") {
            text = String(text.dropFirst(5))
            text = text.removingPercentEncoding ?? text
            isAbsolute = true
        }
        text = text.replacing("\\", with: "/")
        if let drive = text.utf8.first, text.utf8.dropFirst().first == UInt8(ascii: ":"), (65...90).contains(drive & 0xDF) {
            (text, isAbsolute) = (String(text.dropFirst(2)), true)
        }
        isAbsolute = isAbsolute || text.hasPrefix("/") || text.hasPrefix("~")
        return (components(text).filter { $0 != "." }, isAbsolute)
    }

    /// The path below the table's folder in which each part is there as it is written, or in another spelling that only one file has.
    private mutating func spelled(_ parts: [String]) throws(BadRow) -> String? {
        guard !parts.isEmpty else { return nil }
        var path = root == "/" ? "" : root
        for part in parts {
            let folder = Array(path.utf8), listing = listings[folder] ?? Listing(path.isEmpty ? "/" : path)
            listings[folder] = listing
            let name: String
            if listing.exact.contains(Array(part.utf8)) {
                name = part
            } else {
                let names = listing.letters[part] ?? listing.lowercase[part.lowercased()] ?? []
                guard let only = names.first else { return nil }
                guard names.count == 1 else {
                    throw BadRow(
                        "there is no file \(part.prefix(200)), but \(names.prefix(3).joined(separator: " and ")), which differ in spelling")
                }
                name = only
            }
            path += "/" + name
        }
        return path
    }

    private static func look(_ path: String, _ name: String) -> Result<Found, BadRow> {
        var status = stat()
        guard stat(path, &status) == 0 else { return .failure(BadRow("there is no file \(path)")) }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .success(Found(path: path, kind: .stills, name: name))
        case S_IFREG:
            guard status.st_size > 0 else { return .failure(BadRow("the file \(path) is empty")) }
            let file = FileName(path)
            return .success(Found(path: path, kind: file.isPicture ? .stills : file.isSound ? .sound : .film, name: name))
        default: return .failure(BadRow("\(path) is neither a file nor a folder"))
        }
    }
}
