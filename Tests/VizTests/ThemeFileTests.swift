import Foundation
import TestSupport
import Testing

@testable import Viz

@Suite struct ThemeFileTests {
    @Test("The files in themes/ are the built-in themes", arguments: Theme.builtIn.map(\.name))
    func files(name: String) throws {
        let url = Fixtures.url("../../themes/\(name).toml")
        var entries: [String: String] = [:]
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"")) }
            entries[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
        #expect(entries == Theme.builtInEntries[name])
    }
}
