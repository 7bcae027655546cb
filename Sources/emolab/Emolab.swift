// The command line: parses, runs, and turns every error into one line on stderr and the right exit code.
import ArgumentParser
import Base
import BuildInfo
import Foundation

struct Emolab: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emolab",
        abstract: "A terminal workbench for audio-visual emotion recognition across corpora.",
        discussion: """
            Without a command, the workbench opens on the run store.
            New here? `emolab demo` makes two small corpora, trains a domain-adversarial run on them and shows it live.
            Exit codes: 0 done, 1 failed, 2 bad usage, 128 + number after a signal.

            \(examples("emolab demo", "emolab --once train --output train.svg", "emolab train demo --set training.epochs=5 --json"))
            """,
        version: BuildInfo.description,
        subcommands: [
            WorkbenchCommand.self, KeysCommand.self, DemoCommand.self, CorporaCommand.self, LabelsCommand.self, PrepareCommand.self,
            AugmentCommand.self,
            FeaturesCommand.self, AlphaCommand.self, TrainCommand.self, RunsCommand.self, EvalCommand.self, PredictCommand.self,
            ExplainCommand.self,
            RobustnessCommand.self, ReportCommand.self, ForwardCommand.self, WeightsCommand.self, BenchCommand.self, DoctorCommand.self,
        ],
        defaultSubcommand: WorkbenchCommand.self)
}

@main
enum Main {
    static func main() {
        // A file that outgrows `ulimit -f` is an error like a full disk, not the end.
        signal(SIGXFSZ, SIG_IGN)
        StandardOutput.holdStreams()
        var code: Int32 = 0, toldOfOutput = false
        do {
            var command = try Emolab.parseAsRoot(CommandLineWords.joined(Array(CommandLine.arguments.dropFirst())))
            do { try command.run() } catch let error as ValidationError {
                throw CommandFailure("\(error.message)\n\(Emolab.usage(of: type(of: command)))", code: 2, isUsage: true)
            }
        } catch let failure as CommandFailure {
            standardError((failure.isUsage ? "Error: " : "emolab: ") + failure.message)
            (code, toldOfOutput) = (failure.code, failure.isAboutOutput)
        } catch {
            code = Self.tell(error)
        }
        do { try StandardOutput.finish() } catch {
            if !toldOfOutput { standardError("emolab: \(CommandFailure.noOutput(error).message)") }
            if code == 0 { code = 1 }
        }
        exit(code)
    }

    /// Says what an error that is none of ours means. Help and the version arrive as errors.
    /// - Returns: the exit code.
    private static func tell(_ error: any Error) -> Int32 {
        let code = Emolab.exitCode(for: error)
        if code == .success {
            print(Emolab.fullMessage(for: error))
            return 0
        }
        if code == .validationFailure || code.rawValue == EX_USAGE {
            standardError(UnknownCommand.advice(on: Array(CommandLine.arguments.dropFirst())) ?? Emolab.fullMessage(for: error))
            if let advice = CommandLineWords.advice(on: Array(CommandLine.arguments.dropFirst())) { standardError(advice) }
            return 2
        }
        // A failed call of ours names its file; Foundation's errors need the system's words.
        if !(error is ExitCode) { standardError("emolab: " + (error is FileFailure ? "\(error)" : error.reason)) }
        return code.rawValue
    }
}

extension Emolab {
    /// A command's usage line and where its help is, as the parser writes them for mistakes that it finds itself.
    static func usage(of command: any ParsableCommand.Type) -> String {
        let usage = usageString(for: command)
        let name = usage.split(separator: " ").prefix { !"[<-".contains($0.first ?? "-") }.joined(separator: " ")
        return "Usage: \(usage)\n  See '\(name) --help' for more information."
    }
}

/// An error with the words for the user and the exit code: 1 failed, 2 bad usage.
struct CommandFailure: Error {
    var message: String
    var code: Int32 = 1
    /// Whether the message ends with the command's usage.
    var isUsage = false
    /// Whether it says that output was lost, which is then not said again.
    var isAboutOutput = false

    init(_ message: String, code: Int32 = 1, isUsage: Bool = false, isAboutOutput: Bool = false) {
        (self.message, self.code, self.isUsage, self.isAboutOutput) = (message, code, isUsage, isAboutOutput)
    }
}
