// The experiments that come with the systems, by name or from a file.
import Base
import Foundation
import Systems
import Training

enum BuiltInExperiments {
    private static let texts = Systems.all.experiments

    static var names: [String] { texts.map(\.name) }

    /// Every one with the first sentence of its file.
    static var overview: [(name: String, about: String)] {
        texts.map { experiment in
            let comment = experiment.text.split(separator: "\n").prefix { $0.hasPrefix("#") }
            let words = comment.map { String($0.drop { $0 == "#" || $0 == " " }) }.joined(separator: " ")
            return (experiment.name, words.range(of: ". ").map { String(words[..<$0.lowerBound]) + "." } ?? words)
        }
    }

    /// The file at `path`, or the built-in experiment of that name where there is no such file.
    /// - Throws: `CommandFailure` that names the file or says that an override is at fault, with line and nearest valid name.
    static func read(_ path: String, overrides: [String]) throws -> Experiment {
        // A folder of that name, such as the one that holds the demo corpora, is no experiment.
        var isFolder: ObjCBool = false
        let isFile = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        let builtIn = isFile ? nil : texts.first { $0.name == path }?.text
        if !isFile, builtIn == nil, !path.hasSuffix(".toml") {
            let hint = nearestName(to: path, among: names).map { "; did you mean \($0)?" } ?? "."
            throw CommandFailure(
                "there is no file \(path.printable), and no experiment of that name comes with emolab\(hint) `emolab train --list` shows what does"
            )
        }
        func parsed(_ overrides: [String]) throws -> Experiment {
            if let builtIn { return try Experiment.parse(builtIn, overrides: overrides) }
            return try Experiment.read(URL(fileURLWithPath: (path as NSString).expandingTildeInPath), overrides: overrides)
        }
        do {
            return try parsed(overrides)
        } catch let error as ExperimentError {
            if case .unreadable = error { throw error }
            // Right without the overrides: then the command was mistaken, not the file.
            guard (try? parsed([])) == nil else { throw CommandFailure("\(error)", code: 2) }
            throw CommandFailure("\(path.printable): \(error)")
        }
    }
}
