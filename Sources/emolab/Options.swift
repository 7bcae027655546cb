// Options that several commands share.
import ArgumentParser
import Foundation
import Runs
import Store

struct StoreOptions: ParsableArguments {
    @Option(
        name: .customLong("store"),
        help: ArgumentHelp(
            "The run store: a folder or a file. Default: $EMOLAB_STORE, else emolab.sqlite in the XDG data folder.", valueName: "path"))
    var path: String?

    func validate() throws {
        if path == "" { throw ValidationError("--store takes a file or a folder, not an empty word") }
        // A script whose variable was never filled in means some store, and not the standard one.
        if named == "" { throw ValidationError("EMOLAB_STORE is empty: name a file or a folder in it, or unset it") }
    }

    /// What was named: by the option, else by the variable.
    private var named: String? { path ?? ProcessInfo.processInfo.environment["EMOLAB_STORE"] }

    var url: URL { named.map { URL(fileURLWithPath: ($0 as NSString).expandingTildeInPath) } ?? RunStore.standardURL }

    /// Whether there is a store yet. A named one that is missing is an error, so that a typo does not look like an empty store.
    /// - Throws: `StoreError.notPresent`.
    func isThere() throws -> Bool {
        let file = RunStore.file(at: url).path
        var status = stat()
        guard stat(file, &status) != 0, errno == ENOENT || errno == ENOTDIR else { return true }
        if named != nil { throw StoreError.notPresent(path: file) }
        return false
    }

    /// The store, for what only looks at it or changes what is there: nothing is made.
    /// - Parameter isQuiet: says nothing of a store that cannot be written.
    /// - Throws: `StoreError`.
    func open(isQuiet: Bool = false) throws -> RunStore {
        let opened = try opened(.existing)
        return isQuiet ? opened.store : announced(opened)
    }

    /// The store, made where it is missing.
    /// - Throws: `StoreError`.
    func make() throws -> RunStore { try announced(opened(.readWrite)) }

    /// The store for a screen, and what is to be said of it there. The default one is made where it is missing, unless a frame is only printed.
    /// - Throws: `StoreError`.
    func openForScreen(isPrinted: Bool) throws -> (store: RunStore, notice: String?) {
        guard try isThere() else { return try isPrinted ? (RunStore(emptyAt: url), nil) : opened(.readWrite, patience: 0.1) }
        return try opened(.existing, patience: 0.1)
    }

    /// One that may not be written is opened for looking at it.
    private func opened(_ access: RunStore.Access, patience: Double = RunStore.openingPatience) throws -> (store: RunStore, notice: String?)
    {
        do {
            let store = try RunStore(at: url, access: access, patience: patience)
            let notice =
                store.notice?.printable
                ?? (store.wasInUse
                    ? "\(store.url.path.printable) is being written by another program: it is shown, and written once that has ended" : nil)
            return (store, notice)
        } catch StoreError.readOnly(let path) {
            // What cannot be made is no store to look at.
            guard FileManager.default.fileExists(atPath: path) else { throw StoreError.readOnly(path: path) }
            let store = try RunStore(at: url, access: .readOnly)
            return (store, "\(path.printable) cannot be written: it is shown as it is, and nothing is stored in it")
        }
    }

    private func announced(_ opened: (store: RunStore, notice: String?)) -> RunStore {
        if let notice = opened.notice { standardError("emolab: " + notice) }
        return opened.store
    }
}

struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, one value a line.")
    var json = false
}
