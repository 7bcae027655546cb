// RUN of predict and explain: a run of the store, or a weights file with its experiment inside.
import Foundation
import Runs
import Training

extension StoreOptions {
    /// The weights that a word of the command line names. A path needs no store.
    /// - Throws: `ModelNameError`, `StoreError`.
    func model(_ name: String) throws -> NamedModel {
        if let model = NamedModel(path: name) { return model }
        guard Int64(name.hasPrefix("run:") ? String(name.dropFirst(4)) : name) != nil else { throw ModelNameError.noSuchModel(name.printable) }
        return try open().model(ofRun: name)
    }
}
