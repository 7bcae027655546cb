import ArgumentParser
import Runs

extension CorporaCommand {
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget a corpus; its files stay.", discussion: examples("emolab corpora remove crowd"))

        @Argument(help: "The corpus' name in the store.")
        var corpus: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            try store.open().removeCorpus(corpus)
            if output.json { try printJSON(["removed": corpus]) } else { print("\(corpus.printable) is forgotten; its files stay") }
        }
    }
}
