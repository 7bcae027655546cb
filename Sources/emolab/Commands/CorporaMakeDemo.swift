import ArgumentParser
import Corpora
import Foundation

extension CorporaCommand {
    struct MakeDemo: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "make-demo", abstract: "Make the two demo corpora: `studio` laid out as RAVDESS, `crowd` as CREMA-D.",
            discussion: "Interrupted, it goes on where it was. The same seed gives the same bytes.")

        @Argument(help: "The folder to make them in.")
        var folder: String
        @Option(help: "Seed.")
        var seed: UInt64 = 1
        @Option(help: "Actors of each corpus (studio at most 24).")
        var actors: Int?
        @Option(help: "Clips of each actor.")
        var clips: Int?
        @Option(help: "Height of the studio pictures in pixels.")
        var size: Int?
        @Flag(help: "As many clips as the real corpora (1,440 and 7,442), 720p.")
        var full = false
        @Option(help: "Also write a contact sheet of faces to this PNG.")
        var contactSheet: String?
        @OptionGroup var output: OutputOptions

        func run() throws {
            let url = URL(fileURLWithPath: (folder as NSString).expandingTildeInPath)
            let settings = DemoSettings(seed: seed, actors: actors, clips: clips, size: size, full: full)
            try makeDemoCorpora(in: url, settings: settings)
            if let contactSheet { try DemoContactSheet.write(to: URL(fileURLWithPath: contactSheet), settings: settings) }
            if output.json {
                try printJSON(["studio": url.appendingPathComponent("studio").path, "crowd": url.appendingPathComponent("crowd").path])
            } else {
                print("studio and crowd are in \(url.path.printable); add them with `emolab corpora add`")
            }
        }
    }
}
