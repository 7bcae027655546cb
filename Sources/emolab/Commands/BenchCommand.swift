import ArgumentParser
import Tensors

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure the engine and the screen on this machine.",
        discussion: examples("emolab bench", "emolab bench engine --only nano --compare"),
        subcommands: [
            BenchOverview.self, BenchEngine.self, BenchMedia.self, BenchFaces.self, BenchScreen.self, BenchSoak.self, BenchChild.self,
        ],
        defaultSubcommand: BenchOverview.self)
}

/// What has to be known to read a figure, on stderr.
enum BenchHeading {
    static func print(threads: Int, precision: Precision? = nil) {
        let words = [
            Libraries.processorName, "OpenBLAS \(Libraries.blasVersion) \(Libraries.blasCore)",
            "oneDNN \(Libraries.oneDNNVersion) \(Libraries.oneDNNInstructions)", "\(threads) threads", precision?.rawValue,
        ]
        standardError(words.compactMap(\.self).joined(separator: ", "))
        if let core = Libraries.pinnedBlasCore {
            standardError("warning: OPENBLAS_CORETYPE=\(core) is set: OpenBLAS may run at half its speed, in other programs too; unset it")
        }
    }
}
