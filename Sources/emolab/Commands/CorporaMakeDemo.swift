import ArgumentParser
import DemoCorpora
import Foundation

extension CorporaCommand {
    struct MakeDemo: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "make-demo", abstract: "Make the two demo corpora: `studio` laid out as RAVDESS, `crowd` as CREMA-D.",
            discussion: """
                Interrupted, it goes on where it was. The same seed gives the same bytes.

                \(examples("emolab corpora make-demo ~/data/demo", "emolab corpora make-demo ~/data/tiny --actors 4 --clips 12"))
                """)

        @Argument(help: "The folder to make them in.")
        var folder: String
        @Option(help: "Seed of voices, faces and takes.")
        var seed: UInt64 = 1
        @Option(help: "Actors of each corpus, \(OptionRanges.actors.words) (studio at most 24). Default: 24 and 40.")
        var actors: Int?
        @Option(help: "Clips of each actor, \(OptionRanges.clips.words). Default: 17 and 10.")
        var clips: Int?
        @Option(
            help:
                "Height of the studio pictures in px, an even number, \(DemoSettings.heights.lowerBound) to \(DemoSettings.heights.upperBound). Default: 144, with --full 720."
        )
        var size: Int?
        @Flag(help: "As many clips as the real corpora (1,440 and 7,442), 720p.")
        var full = false
        @Option(help: "Also write a contact sheet of faces to this PNG.")
        var contactSheet: String?
        @OptionGroup var output: OutputOptions

        private var settings: DemoSettings { DemoSettings(seed: seed, actors: actors, clips: clips, size: size, full: full) }

        func validate() throws { try checkingUsage { try settings.validate() } }

        func run() throws {
            let url = URL(fileURLWithPath: (folder as NSString).expandingTildeInPath)
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
