import ArgumentParser
import Base
import Faces
import Foundation

/// Weights of networks that others trained, brought into files of our own.
struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Import and list the weights of pretrained networks.",
        discussion: """
            They lie in \(UserFolders.data().appendingPathComponent("weights").path); EMOLAB_MTCNN names another file for the face detector MTCNN.

            \(examples("emolab weights", "emolab weights import-mtcnn facenet_pytorch-2.6.0-py3-none-any.whl"))
            """, subcommands: [List.self, ImportMtcnn.self], defaultSubcommand: List.self)

    struct Entry: Encodable {
        var name: String
        var path: String
        var isPresent: Bool
        var bytes: Int?
        var parameters: Int?
        var source: String?
        var license: String?
        /// Why the file cannot be used, or how to get it.
        var advice: String?

        /// What there is at the standard place.
        static func mtcnn() -> Entry {
            let url = MtcnnWeights.standardFile()
            var entry = Entry(name: "mtcnn", path: url.path, isPresent: FileManager.default.fileExists(atPath: url.path))
            guard entry.isPresent else {
                entry.advice = FaceDetectors.adviceOnMissingWeights
                return entry
            }
            entry.bytes = try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int
            do {
                let weights = try MtcnnWeights(contentsOf: url)
                entry.parameters = weights.tensors.values.reduce(0) { $0 + $1.count }
                (entry.source, entry.license) = (weights.metadata["source"], weights.metadata["license"])
            } catch { entry.advice = "it cannot be used, import it again: \(error)" }
            return entry
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What weights there are, their sizes, and where they come from.",
            discussion: """
                Ends with exit code 1 where a file is damaged.

                \(examples("emolab weights list --json"))
                """)

        @OptionGroup var output: OutputOptions

        func run() throws {
            let entries = [Entry.mtcnn()]
            if output.json {
                try printJSON(entries)
            } else {
                printTable(
                    header: ["weights", "bytes", "parameters", "from", "license", ""],
                    rows: entries.map { entry in
                        [
                            entry.name, entry.bytes.map(String.init) ?? "missing", entry.parameters.map(String.init) ?? "",
                            (entry.source ?? "").printable, (entry.license ?? "").printable,
                            (entry.advice.map { "! " + $0 } ?? entry.path).printable,
                        ]
                    }, rightAligned: [1, 2])
            }
            if entries.contains(where: { $0.isPresent && $0.parameters == nil }) { throw ExitCode(1) }
        }
    }

    struct ImportMtcnn: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import-mtcnn", abstract: "Import the face detector MTCNN from facenet-pytorch.",
            discussion: """
                The wheel comes by `pip download --no-deps facenet-pytorch`. Only its three weight files are read; no code of it is run.
                Names, shapes and the networks' answers to a known picture are checked before anything is written.
                The result goes to where `emolab weights list` looks, or to the file that EMOLAB_MTCNN names.

                \(examples("emolab weights import-mtcnn facenet_pytorch-2.6.0-py3-none-any.whl"))
                """)

        @Argument(help: ArgumentHelp("The wheel, or a folder with pnet.pt, rnet.pt and onet.pt.", valueName: "file"))
        var file: String?
        @OptionGroup var output: OutputOptions

        func run() throws {
            guard let file else {
                throw CommandFailure(
                    "name the wheel of facenet-pytorch: `pip download --no-deps facenet-pytorch`, then `emolab weights import-mtcnn facenet_pytorch-*.whl`",
                    code: 2)
            }
            let target = MtcnnWeights.standardFile()
            do {
                let weights = try MtcnnImport.weights(from: URL(fileURLWithPath: (file as NSString).expandingTildeInPath))
                try MtcnnImport.write(weights, to: target)
            } catch { throw CommandFailure("\(error)".printable) }
            let entry = Entry.mtcnn()
            if let advice = entry.advice { throw CommandFailure(advice.printable) }
            if output.json { return try printJSON(entry) }
            print("MTCNN from \((entry.source ?? "").printable): \(entry.parameters ?? 0) parameters in \(target.path.printable)")
        }
    }
}
