// The command line: parses, runs, and turns every error into one line on stderr and the right exit code.
import ArgumentParser
import Files
import Foundation

struct Emolab: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emolab",
        abstract: "A terminal workbench for audio-visual emotion recognition across corpora.",
        discussion: """
            Without a command, the workbench opens on the run store.
            New here? `emolab demo` makes two small corpora, trains a domain-adversarial run on them and shows it live.
            Exit codes: 0 done, 1 failed, 2 bad usage, 128 + number after a signal.
            """,
        version: "0.1.0",
        subcommands: [
            WorkbenchCommand.self, KeysCommand.self, DemoCommand.self, CorporaCommand.self, LabelsCommand.self, PrepareCommand.self, AugmentCommand.self,
            FeaturesCommand.self, AlphaCommand.self, TrainCommand.self, RunsCommand.self, EvalCommand.self, PredictCommand.self, ExplainCommand.self,
            RobustnessCommand.self, ReportCommand.self, ForwardCommand.self, WeightsCommand.self, BenchCommand.self, DoctorCommand.self,
        ],
        defaultSubcommand: WorkbenchCommand.self)
}

@main
enum Main {
    static func main() {
        // A file that outgrows `ulimit -f` is an error like a full disk, not the end.
        signal(SIGXFSZ, SIG_IGN)
        do {
            let words = Array(CommandLine.arguments.dropFirst())
            var command = try Emolab.parseAsRoot(DashedFiles.written(words))
            try command.run()
            try finishOutput()
        } catch let failure as CommandFailure {
            standardError("emolab: \(failure.message)")
            exit(failure.code)
        } catch {
            let code = Emolab.exitCode(for: error)
            if code == .success {  // --help and --version arrive as errors
                print(Emolab.fullMessage(for: error))
                exit(0)
            }
            if code == .validationFailure || code.rawValue == EX_USAGE {
                standardError(Emolab.fullMessage(for: error))
                if let advice = DashedFiles.advice(on: Array(CommandLine.arguments.dropFirst())) { standardError(advice) }
                exit(2)
            }
            if !(error is ExitCode) { standardError("emolab: \(error.reason)") }
            exit(code.rawValue)
        }
    }
}

/// An error with the words for the user and the exit code: 1 failed, 2 bad usage.
struct CommandFailure: Error {
    var message: String
    var code: Int32 = 1

    init(_ message: String, code: Int32 = 1) {
        self.message = message
        self.code = code
    }
}
