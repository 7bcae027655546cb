// What the TOML files that come with the program say, as the library that read them before wrote it down: a reader may change, their values not.
import Base
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct ShippedTomlTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every `.toml` of the sources: experiments, themes, labels, published figures.
    private static func files(in folders: [String]) -> [URL] {
        folders.flatMap { folder in
            (FileManager.default.enumerator(at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)?.allObjects as? [URL]
                ?? [])
                .filter { $0.pathExtension == "toml" }
        }.sorted { $0.path < $1.path }
    }

    private static func name(_ file: URL) -> String { String(file.path.dropFirst(root.path.count + 1)) }

    @Test("Every value of every TOML file that is shipped is read as it was")
    func values() throws {
        var text = ""
        for file in Self.files(in: ["experiments", "themes", "Sources"]) {
            text +=
                "# \(Self.name(file))\n"
                + leaves(try TomlDocument(String(contentsOf: file, encoding: .utf8)).value, "").sorted().joined(separator: "\n") + "\n"
        }
        expectGolden(text, "shipped-toml")
    }

    @Test("Every experiment that is shipped comes to the settings that it came to")
    func settings() throws {
        let defaults = try Experiment().settings()
        var text = "# defaults\n" + defaults.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
        for file in Self.files(in: ["experiments"]) {
            text += "# \(Self.name(file))\n"
            for overrides in [[], ["model.preset=nano"]] {
                let own = try Experiment.read(file, overrides: overrides).settings()
                text += own.filter { defaults[$0.key] != $0.value }.sorted { $0.key < $1.key }.map {
                    "\(overrides.isEmpty ? "" : "nano: ")\($0.key) = \($0.value)\n"
                }.joined()
            }
        }
        expectGolden(text, "shipped-experiments")
    }

    private func leaves(_ node: TomlValue, _ path: String) -> [String] {
        switch node {
        case .table(let fields) where !fields.isEmpty: fields.flatMap { leaves($0.value, path.isEmpty ? $0.key : path + "." + $0.key) }
        case .array(let items) where !items.isEmpty: items.enumerated().flatMap { leaves($0.element, path + "[\($0.offset)]") }
        case .string(let text): ["\(path) = \"\(text)\""]
        case .integer(let number): ["\(path) = \(number)"]
        case .real(let number): ["\(path) = \(number)"]
        case .bool(let flag): ["\(path) = \(flag)"]
        default: ["\(path) = \(node)"]
        }
    }
}
