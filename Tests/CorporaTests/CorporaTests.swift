import Foundation

@testable import Corpora

// Helpers of the corpora's tests: folders made up of files.

/// A folder of its own, gone when the test ends.
final class MadeUpFolder: Sendable {
    let url: URL

    /// - Parameter files: path → text; an empty text is an empty file.
    init(_ files: [String: String] = [:]) throws {
        url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("emolab-corpora-\(UUID().uuidString)", isDirectory: true)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for (path, text) in files { try write(path, Data(text.utf8)) }
    }

    convenience init(_ paths: [String]) throws { try self.init(Dictionary(uniqueKeysWithValues: paths.map { ($0, "media") })) }

    func write(_ path: String, _ data: Data) throws {
        let file = url.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    deinit { try? FileManager.default.removeItem(at: url) }
}

enum MadeUp {
    /// Every speech take of RAVDESS: 24 actors, 60 takes each, as modality 01 in `Actor_XX`.
    static let ravdess: [String] = (1...24).flatMap { actor in
        takes(actor: actor).map { "Actor_\(twoDigits(actor))/01-01-\($0).mp4" }
    }

    static func takes(actor: Int) -> [String] {
        var takes: [String] = []
        for emotion in 1...8 {
            for intensity in 1...(emotion == 1 ? 1 : 2) {
                for sentence in 1...2 {
                    for repetition in 1...2 {
                        takes.append([emotion, intensity, sentence, repetition, actor].map(twoDigits).joined(separator: "-"))
                    }
                }
            }
        }
        return takes
    }

    static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// `speakers` x `each` clips with six emotions in turn.
    static func clips(speakers: Int, each: Int = 6, corpus: String = "made-up") -> [Clip] {
        let emotions = ["anger", "disgust", "fear", "happy", "neutral", "sad"]
        return (0..<speakers).flatMap { speaker in
            (0..<each).map { i in
                Clip(name: "s\(speaker)-c\(i)", corpus: corpus, speaker: "s\(speaker)", emotion: emotions[i % 6])
            }
        }
    }
}
