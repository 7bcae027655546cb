// Options that several commands share.
import ArgumentParser
import Foundation
import Runs

struct StoreOptions: ParsableArguments {
    @Option(name: .customLong("store"), help: ArgumentHelp(
        "The run store: a folder or a file. Default: $EMOLAB_STORE, else emolab.sqlite in the XDG data folder.", valueName: "path"))
    var path: String?

    var url: URL {
        let chosen = path ?? ProcessInfo.processInfo.environment["EMOLAB_STORE"]
        return chosen.map { URL(fileURLWithPath: ($0 as NSString).expandingTildeInPath) } ?? RunStore.standardURL
    }

    /// The store, made where it is missing. One on a medium that cannot be written is opened for looking at it.
    func open() throws -> RunStore {
        do {
            return try RunStore(at: url)
        } catch StoreError.readOnly(let path) {
            guard FileManager.default.fileExists(atPath: path), let store = try? RunStore(at: url, access: .readOnly) else {
                throw StoreError.readOnly(path: path)
            }
            standardError("emolab: \(path.printable) cannot be written: it is shown as it is")
            return store
        }
    }
}

struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, one value a line.")
    var json = false
}
