import Base
import Corpora
import Foundation
import GRDB
import Records
import TestSupport
import Testing

@testable import Store

@Suite("A trained model by the words of a command")
struct ModelTests {
    private let folder: TemporaryFolder
    private let store: RunStore
    private let run: RunSummary
    private let weights: URL

    init() throws {
        folder = try TemporaryFolder()
        store = try RunStore(at: folder.store)
        run = try store.createRun(name: "a", experiment: "name = \"a\"\n", seed: 1)
        weights = store.runFolder(of: run).appendingPathComponent("best.safetensors")
        try Data("weights".utf8).write(to: weights)
    }

    @Test("A run's number, its folder and the path of its weights are the same model")
    func same() throws {
        for name in ["\(run.id)", "run:\(run.id)", store.runFolder(of: run).path, weights.path] {
            let model = try store.model(named: name)
            #expect(model.run?.id == run.id && model.weights.path == weights.path, "\(name)")
        }
        let link = folder.url.appendingPathComponent("link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: store.runFolder(of: run))
        #expect(try store.model(named: link.path).run?.id == run.id)
    }

    @Test("Weights elsewhere, and other files of a run's folder, are no run's")
    func strangers() throws {
        let other = folder.url.appendingPathComponent("weights.safetensors"),
            own = store.runFolder(of: run).appendingPathComponent("other.safetensors")
        for file in [other, own] {
            try Data().write(to: file)
            #expect(try store.model(named: file.path) == NamedModel(weights: file.standardizedFileURL, run: nil))
        }
    }

    @Test("A path asks no store, and a number is never a path")
    func path() throws {
        #expect(
            NamedModel(path: weights.path)?.run == nil
                && NamedModel(path: weights.deletingLastPathComponent().path)?.weights.path == weights.path)
        #expect(NamedModel(path: "1") == nil && NamedModel(path: "run:1") == nil && NamedModel(path: folder.url.path) == nil)
    }

    @Test("What is no model is refused with what is missing")
    func refused() throws {
        #expect(throws: StoreError.noSuchRun(7)) { try store.model(named: "7") }
        #expect(throws: ModelNameError.noSuchModel("nothing")) { try store.model(named: "nothing") }
        #expect(throws: ModelNameError.noSuchModel(folder.url.path)) { try store.model(named: folder.url.path) }
        try FileManager.default.removeItem(at: weights)
        #expect { try store.model(named: "1") } throws: { "\($0)" == "run 1 has no weights: it has not finished an epoch" }
        try store.write { db in try db.execute(sql: "UPDATE runs SET epoch = 2") }
        #expect { try store.model(named: "1") } throws: { "\($0)" == "run 1 has no weights: \(weights.path) is gone" }
    }
}
