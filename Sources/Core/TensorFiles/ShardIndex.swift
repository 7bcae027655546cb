// Weights in several files: the index that Hugging Face's libraries write beside them, {"weight_map": {name: file}}.
import Base
import Foundation

struct ShardIndex {
    /// File by array.
    let files: [String: String]
    var fileNames: [String] { Set(files.values).sorted() }

    /// The largest models have some ten thousand tensors.
    private static let maximumBytes = 64 << 20
    private static let maximumFiles = 10_000

    /// Nil where the bytes are no such index.
    init?(_ bytes: Data) {
        struct File: Decodable { var weight_map: [String: String] }
        guard bytes.count <= Self.maximumBytes, bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{"),
            let file = try? JSONDecoder().decode(File.self, from: bytes),
            !file.weight_map.isEmpty
        else { return nil }
        files = file.weight_map
    }

    /// `an index of 3 files (a.bin, b.bin and 1 more)`.
    var words: String {
        let names = fileNames, shown = names.prefix(2).joined(separator: ", ")
        return
            "an index of \(names.count) file\(names.count == 1 ? "" : "s") of weights (\(shown)\(names.count > 2 ? " and \(names.count - 2) more" : ""))"
    }

    /// The arrays that the index names, out of its files in `folder`.
    /// - Throws: `TensorFileError` where files are not there, and whatever is wrong with one of them.
    func read(in folder: URL, limit: ReadingLimit) throws -> TensorFile {
        let names = fileNames
        guard names.count <= Self.maximumFiles,
            names.allSatisfy({ !$0.isEmpty && !$0.contains("/") && $0 != ".." && $0 != "." && !$0.utf8.contains(0) })
        else {
            throw TensorFileError.foreign("\(words), which does not name files of its own folder")
        }
        let missing = names.filter { !FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }
        guard missing.isEmpty else {
            throw TensorFileError.foreign(
                "\(words), of which \(missing.count == names.count ? "none is" : "\(missing.count) \(missing.count == 1 ? "is" : "are") not") there: put all of them beside it, \(missing[0]) first"
            )
        }
        var arrays: [String: StoredArray] = [:], format = ArrayFormat.safetensors
        for name in names {
            let file: TensorFile
            do {
                file = try TensorFile(
                    bytes: BoundedFile.data(of: folder.appendingPathComponent(name), atMost: Safetensors.longestFile), limit: limit)
            } catch {
                throw TensorFileError.foreign("\(words), and \(name) cannot be used: \(error.reason)")
            }
            format = file.format
            for (array, value) in file.arrays where files[array] == name { arrays[array] = value }
        }
        if let lack = files.keys.filter({ arrays[$0] == nil }).min() {
            throw TensorFileError.foreign("\(words), but \(files[lack] ?? "") does not hold \"\(lack)\": its files are not of one model")
        }
        return TensorFile(format: format, arrays: arrays, metadata: [:])
    }
}

extension TensorFile {
    /// What to add to a complaint that parameters are lacking, where the name of the file says that it is one of several: `model-00001-of-00003.safetensors`.
    public static func adviceOnShard(_ path: String) -> String? {
        guard let match = (path as NSString).lastPathComponent.firstMatch(of: /-(\d{5})-of-(\d{5})\./), let part = Int(match.1),
            let all = Int(match.2), all > 1
        else { return nil }
        return "this is file \(part) of \(all): name the index beside them (….index.json) instead, which has all of them read"
    }
}
