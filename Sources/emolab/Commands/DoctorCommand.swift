import ArgumentParser
import Base
import BuildInfo
import Corpora
import Foundation
import Media
import Runs
import TUI
import Tensors
import Viz

/// What is installed, which kernels run, what the terminal can show.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "What is installed, which kernels run, what this terminal can show.",
        discussion: """
            Ends with exit code 1 where something that emolab needs is missing or held back.

            \(examples("emolab doctor", "emolab doctor --no-measure --json"))
            """)

    @Flag(inversion: .prefixedNo, help: "Measure the peaks of matrix products, which takes a second.")
    var measure = true
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    struct Finding: Encodable {
        var what: String
        var is_: String
        /// What to do where it is wrong.
        var advice: String?
        /// Advice that emolab can do without.
        var isHint = false

        enum CodingKeys: String, CodingKey {
            case what, advice
            case is_ = "is"
        }
    }

    func run() throws {
        let findings = engine() + media() + [faces()] + terminal() + ownFiles() + files()
        if output.json {
            try printJSON(findings)
        } else {
            printTable(header: ["what", "is", ""], rows: findings.map { [$0.what, $0.is_.printable, $0.advice.map { "! " + $0 } ?? ""] })
        }
        if findings.contains(where: { $0.advice != nil && !$0.isHint }) { throw ExitCode(1) }
    }

    private func engine() -> [Finding] {
        let pinned = Libraries.pinnedBlasCore
        let features = Libraries.processorFeatures
        // OpenBLAS's cores with 512-bit kernels; an older one takes a processor it does not know for a narrower one.
        let isNarrow =
            features.contains("avx512f")
            && !["SkylakeX", "Cooperlake", "Sapphirerapids"].contains { $0.lowercased() == Libraries.blasCore.lowercased() }
        var findings = [
            Finding(what: "emolab", is_: BuildInfo.description),
            Finding(what: "Swift", is_: BuildInfo.swift),
            Finding(what: "processor", is_: Libraries.processorName),
            Finding(what: "features", is_: features.isEmpty ? "none of those looked for" : features.joined(separator: " ")),
            Finding(what: "cores", is_: "\(ProcessInfo.processInfo.activeProcessorCount)"),
            Finding(what: "memory", is_: Self.words(MachineMemory.current)),
            Finding(what: "threads", is_: "\(Libraries.threads)"),
            Finding(what: "OpenBLAS", is_: Libraries.blasVersion),
            Finding(
                what: "OpenBLAS core", is_: Libraries.blasCore,
                advice: pinned.map { "OPENBLAS_CORETYPE=\($0) pins it, often to half its speed: unset it" }
                    ?? (isNarrow
                        ? "it uses half the width of this processor's AVX-512: a newer OpenBLAS (libopenblas0-pthread) knows it" : nil),
                isHint: pinned == nil),
            Finding(what: "oneDNN", is_: Libraries.oneDNNVersion),
            Finding(
                what: "oneDNN instructions", is_: Libraries.oneDNNInstructions,
                advice: Libraries.oneDNNCap.map { "\($0.variable)=\($0.value) holds it back: unset it" }),
            Finding(
                what: "bf16", is_: Libraries.hasBFloat16 ? "in hardware" : "not in hardware",
                advice: Libraries.hasBFloat16 ? nil : "bf16 would be slower than f32 here: leave the precision at f32", isHint: true),
        ]
        if measure {
            findings += Precision.allCases.map {
                Finding(what: "peak \($0.rawValue)", is_: String(format: "%.0f GFLOP/s", PeakProduct.measure($0, seconds: 0.3)))
            }
        }
        return findings
    }

    /// The memory that clips and features in memory take a share of.
    private static func words(_ memory: MachineMemory) -> String {
        func size(_ bytes: Int) -> String { String(format: "%.1f GiB", Double(bytes) / 1_073_741_824) }
        return memory.limitFile.map { "\(size(memory.bytes)) of \(size(memory.installed)), limited by \($0)" } ?? size(memory.bytes)
    }

    private func media() -> [Finding] {
        MediaLibraries.all.map {
            Finding(what: $0.name, is_: $0.isPresent ? $0.version : "missing", advice: $0.isPresent ? nil : $0.advice)
        }
    }

    /// Without MTCNN the centred square stands in for every face: a hint. A damaged file is a fault.
    private func faces() -> Finding {
        let entry = WeightsCommand.Entry.mtcnn()
        return Finding(
            what: "MTCNN", is_: entry.isPresent ? entry.source ?? "damaged" : "missing: faces are the centred square",
            advice: entry.advice?.printable,
            isHint: !entry.isPresent)
    }

    private func terminal() -> [Finding] {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var size = winsize()
        let known = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
        let locale = TerminalLocale(environment), choice = TerminalChoice.found()
        let name = locale.variable.map { "\($0)=\(locale.name)" } ?? "unset"
        return [
            Finding(
                what: "terminal",
                is_: isTerminal ? (environment["TERM"] ?? "unknown") + (known ? " \(size.ws_col)x\(size.ws_row)" : "") : "none",
                advice: isTerminal ? nil : "stdout is not a terminal: the workbench needs one, every command has --json", isHint: true),
            Finding(
                what: "locale", is_: name + (locale.isUTF8 ? ": UTF-8" : ": ASCII only"),
                advice: locale.isMissing ? "this machine has no locale of that name; C.UTF-8 always works" : nil, isHint: true),
            Finding(what: "colours", is_: "\(choice.colours.name) (\(choice.coloursFrom))"),
            Finding(what: "glyphs", is_: "\(choice.glyphs.rawValue) (\(choice.glyphsFrom))"),
        ]
    }

    /// What the user wrote: a line for each file that is wrong, one where none is.
    private func ownFiles() -> [Finding] {
        var findings = UserSettings().problems.map {
            Finding(
                what: $0.file.hasPrefix("themes/") ? "theme" : "configuration", is_: "not used as it stands", advice: "\($0)".printable,
                isHint: true)
        }
        do {
            findings += try LabelLibrary.everything().broken.map {
                Finding(
                    what: "labels", is_: "\($0.file.lastPathComponent) is not used".printable, advice: "\($0.error)".printable, isHint: true
                )
            }
        } catch {
            findings.append(Finding(what: "labels", is_: "not usable", advice: "\(error)"))
        }
        return findings.isEmpty
            ? [Finding(what: "configuration", is_: "nothing wrong in \(UserFolders.config().path)".printable)] : findings
    }

    private func files() -> [Finding] {
        do {
            guard try store.isThere() else {
                return [
                    Finding(what: "store", is_: "none yet", advice: "`emolab corpora add FOLDER` or `emolab demo` makes it", isHint: true)
                ]
            }
            let store = try store.open()
            return [
                Finding(
                    what: "store",
                    is_:
                        "\(store.url.path): \(counted(try store.corpora().count, "corpus", "corpora")), \(counted(try store.runs().count, "run"))"
                )
            ]
        } catch {
            return [Finding(what: "store", is_: "not usable", advice: "\(error)")]
        }
    }
}
