// RUN of predict, explain, eval and robustness: a run of the store, or a weights file with its experiment inside.
import Foundation
import Runs
import Store
import Training

extension StoreOptions {
    /// The weights that a word of the command line names. A path needs no store.
    /// - Throws: `ModelNameError`, `StoreError`, with names that a terminal may show.
    func model(_ name: String) throws -> NamedModel {
        if let model = NamedModel(path: name) { return model }
        guard NamedModel.number(name) != nil else { throw ModelNameError.noSuchModel(name.printable) }
        return try open().printableModel(named: name)
    }
}

extension RunStore {
    /// `model(named:)`, whose errors a terminal may show.
    func printableModel(named name: String) throws -> NamedModel {
        do {
            return try model(named: name)
        } catch let error as ModelNameError {
            throw CommandFailure("\(error)".printable)
        }
    }
}
