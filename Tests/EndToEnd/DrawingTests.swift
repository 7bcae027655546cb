// What every command that draws takes from locale, TERM, NO_COLOR and the configuration: the same, whichever command it is.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct DrawingTests {
        /// A locale as variables, and whether only ASCII may be drawn.
        struct Locale: Sendable, CustomTestStringConvertible {
            var variables: [String: String?]
            var isASCII: Bool
            var testDescription: String { "\(variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value ?? "(unset)")" })" }
        }

        static let locales = [
            Locale(variables: ["LC_ALL": "C"], isASCII: true),
            Locale(variables: ["LC_ALL": "", "LC_CTYPE": "POSIX"], isASCII: true),
            Locale(variables: ["LC_ALL": "", "LC_CTYPE": "", "LANG": "C.UTF-8"], isASCII: false),
            Locale(variables: ["LC_ALL": "", "LANG": ""], isASCII: false),
            Locale(variables: ["LANG": nil], isASCII: false),
            // Of the machine that ssh came from, not of this one.
            Locale(variables: ["LC_ALL": "xx_YY.UTF-8"], isASCII: false),
        ]

        @Test("The locale says for every command whether it draws more than ASCII; an empty variable counts as unset", arguments: locales)
        func locale(_ locale: Locale) throws {
            let home = try Demo.firstRun().home
            func output(_ arguments: String...) throws -> String {
                let result = try RunningProgram(arguments, in: home, environment: locale.variables).finish()
                #expect(result.status == 0, "\(arguments): \(result.errors)")
                return result.output
            }
            for text in [try output("--once", "train", "--size", "80x24"), try output("alpha", "demo")] {
                #expect(text.unicodeScalars.allSatisfy(\.isASCII) == locale.isASCII, "\(text)")
            }
            #expect(try output("doctor", "--no-measure").contains(locale.isASCII ? "ASCII only" : ": UTF-8"))
        }

        @Test("Tables with bars and explanations follow the locale too")
        func tables() throws {
            let home = try Demo.firstRun().home
            for (locale, isASCII) in [("C", true), ("C.UTF-8", false)] {
                let scores = try home.emolab("eval", "1", "--bootstrap", "0", environment: ["LC_ALL": locale])
                #expect(scores.status == 0 && scores.output.unicodeScalars.allSatisfy(\.isASCII) == isASCII, "\(scores.output)")
                let why = try home.emolab("explain", "1", "--wrong", "1", "--no-occlusion", environment: ["LC_ALL": "", "LANG": locale])
                #expect(why.status == 0 && why.output.unicodeScalars.allSatisfy(\.isASCII) == isASCII, "\(why.output)")
            }
        }

        @Test(
            "Colours named by an option are in a pipe too; without, a pipe has none", arguments: [["--once", "train"], ["alpha", "demo"]])
        func colours(command: [String]) throws {
            let home = try Demo.firstRun().home
            func output(_ options: String..., environment: [String: String?] = [:]) throws -> String {
                try RunningProgram(command + options, in: home, environment: environment).finish().output
            }
            #expect(
                try output("--colors", "24bit").contains("\u{1b}[")
                    && output("--colors", "24bit", environment: ["NO_COLOR": "1"]).contains("38;2;"))
            #expect(
                try !output("--colors", "none").contains("\u{1b}") && !output(environment: ["COLORTERM": "truecolor"]).contains("\u{1b}"))
        }

        @Test("config.toml counts for printed frames as for the screen, and doctor says what decided")
        func configuration() throws {
            let home = try Demo.newHome()
            try FileManager.default.copyItem(at: Demo.firstRun().finished, to: home.data)
            try home.write("config/emolab/config.toml", "glyphs = \"ascii\"\ncolors = \"16\"\n")
            for command in [["--once", "train"], ["alpha", "demo"]] {
                let text = try RunningProgram(command, in: home).finish().output
                #expect(!text.isEmpty && text.unicodeScalars.allSatisfy(\.isASCII), "\(text)")
            }
            let findings = try home.emolab("doctor", "--no-measure", "--json").lastJSON().array
            func found(_ what: String) -> String? { findings.first { $0["what"].string == what }?["is"].string }
            #expect(found("glyphs") == "ascii (config.toml)" && found("colours") == "16 (config.toml)")
            let screen = try TmuxScreen(100, 30, in: home)
            try screen.enter("emolab --pane train")
            try screen.waits(for: "class loss", "finished")
            #expect(try screen.text.unicodeScalars.allSatisfy(\.isASCII))
        }

        @Test("On a terminal a printed frame has the colours that TERM, COLORTERM and NO_COLOR allow")
        func terminal() throws {
            let home = try Demo.newHome()
            try FileManager.default.copyItem(at: Demo.firstRun().finished, to: home.data)
            let screen = try TmuxScreen(100, 30, in: home)
            for (variables, wanted) in [
                ("TERM=vt100", "(TERM=vt100)"), ("TERM=xterm-256color", "256 (TERM=xterm-256color)"), ("NO_COLOR=1", "none (NO_COLOR)"),
            ] {
                try screen.enter(
                    "clear; \(variables) COLORTERM= emolab doctor --no-measure | grep colours; \(variables) COLORTERM= emolab --once train --size 60x20"
                )
                try screen.waits(for: wanted, "class loss")
                let isColoured = try screen.colouredText.contains("\u{1b}[38;5;")
                #expect(isColoured == variables.contains("256"), "\(variables)")
            }
        }
    }
}
