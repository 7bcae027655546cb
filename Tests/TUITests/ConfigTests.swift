import Foundation
import Testing
import Viz

@testable import TUI

@Suite struct ConfigTests {
    private func config(_ text: String) -> Config { Config.parse(text) }
    private func reasons(_ text: String) -> [String] { config(text).problems.map(\.description) }

    @Test("Theme, colours, glyphs, mouse and keys are read, keys quoted or dotted, one or several")
    func everything() {
        let config = config(
            """
            theme = "light"
            colors = 256
            glyphs = "blocks"
            mouse = false
            [keys]
            "train.pause" = "P"
            pane.copy = ["Y", "Ctrl+Y"]
            quit = ["F10", "q"]
            """)
        #expect(config.problems == [])
        #expect(config.theme == "light" && config.colours == .indexed && config.glyphs == .blocks && config.hasMouse == false)
        let keys = Dictionary(uniqueKeysWithValues: config.keys.map { ($0.command, $0.keys) })
        #expect(keys == [.pause: [.character("P")], .copy: [.character("Y"), .control("y")], .quit: [.function(10), .character("q")]])
    }

    @Test("What is wrong is told with its line and the nearest name; the rest counts")
    func problems() {
        let text = """
            them = "light"
            colors = "many"
            mouse = "yes"
            glyphs = "blocks"
            [keys]
            "train.pauze" = "P"
            "train.stop" = "Ctrl+Shift+S"
            "pane.copy" = 3
            "screen.mouse" = "M"
            """
        let config = config(text)
        #expect(config.problems.map(\.line) == [1, 2, 3, 6, 7, 8])
        #expect("\(config.problems[0])".contains("config.toml:1: there is no setting them, did you mean theme?"))
        #expect("\(config.problems[3])".contains("did you mean train.pause?"))
        #expect(config.glyphs == .blocks && config.keys.map(\.command) == [.mouse])
        #expect(reasons("theme = \"light").count == 1 && reasons("theme = \"light")[0].hasPrefix("config.toml:1"))
        #expect(reasons("keys = 3") == ["config.toml:1: keys is a section: [keys]"])
    }

    @Test("A key that another command has in the same place is refused with both names; two may change places")
    func clashes() {
        let refused = config("[keys]\n\"train.pause\" = \"q\"\n\"curves.smoother\" = \"?\"\n\"list.filter\" = \"F3\"")
        #expect(refused.keys.map(\.command) == [Command("list.filter")])
        #expect(refused.problems.count == 2 && refused.problems[0].line == 2)
        #expect("\(refused.problems[0])".contains("q is quit everywhere; train.pause keeps its key"))
        #expect("\(refused.problems[1])".contains("help") && "\(refused.problems[1])".contains("curves.smoother"))
        let swapped = config("[keys]\n\"train.pause\" = \"s\"\n\"train.stop\" = \"p\"")
        #expect(swapped.problems == [])
        let both = config("[keys]\n\"train.pause\" = \"P\"\n\"train.stop\" = \"P\"")
        #expect(both.keys.map(\.command) == [.pause] && both.problems.map(\.line) == [3])
    }

    @Test("A remapped key does what the old one did, and footer and help show it")
    func remapped() {
        var settings = WorkbenchSettings()
        settings.keys = config("[keys]\n\"train.pause\" = \"P\"\n\"curves.rougher\" = \"-\"\n\"curves.smoother\" = \"*\"").keys
        var workbench = Workbench(focus: .train, settings: settings)
        _ = workbench.receive(Sample.train())
        let (old, new) = (workbench.handle(.character("p")), workbench.handle(.character("P")))
        #expect(old.isEmpty && new.count == 1)
        _ = workbench.handle(.left)
        let footer = workbench.draw(width: 200, height: 30).lines[29]
        #expect(footer.contains("P pause") && footer.contains("*/- smooth") && !footer.contains("+/-"))
        #expect(workbench.keys.help(matching: "pause the shown").map(\.keys) == ["P"])
        #expect(workbench.keys.clashes() == [])
    }

    @Test(
        "A line that cannot be read is named, whatever is in it",
        arguments: [
            "theme", "theme =", "= 3", "theme = light", "[keys", "[]", "[[x]]", "[ é ]", "x = [ } ]", "x = [\"a\" \"b\"]", "x = [1]",
            "x = \"\\q\"",
            "x = \"\\u12\"", "x = 1.5", "x = \"a\" b", "theme = \"a\"\ntheme = \"b\"", "a. = 1", "\u{0}", "x = \"\"\"a",
        ])
    func unreadable(text: String) {
        let problems = config("# first\n" + text).problems
        #expect(problems.count == 1 && (problems[0].line ?? 0) >= 2, "\(problems)")
    }

    @Test("Comments, escapes, quotes of both kinds, CR LF and a byte order mark are read as TOML has them")
    func toml() throws {
        let text = "\u{FEFF}theme = 'light' # why not\r\n[ keys ]\r\n\"list.filter\" = [ \"\\\"\", '\\', ] # both\r\n"
        let config = config(text)
        #expect(config.problems == [] && config.theme == "light")
        #expect(config.keys.first?.keys == [.character("\""), .character("\\")])
    }

    @Test("Key names are read as they are written; what is no key is none")
    func keyNames() {
        for binding in Workbench.keyTable().sections.flatMap(\.bindings) {
            for key in binding.keys { #expect(Key(name: key.name) == key, "\(key.name)") }
        }
        #expect(
            Key(name: "ctrl+P") == .control("p") && Key(name: "pgup") == .pageUp && Key(name: "Up") == .up
                && Key(name: "漢") == .character("漢"))
        for name in ["", " ", "ab", "Ctrl+", "Ctrl+1", "F0", "F13", "\u{1B}", "\u{7F}", "Alt+x"] {
            #expect(Key(name: name) == nil, "\(name)")
        }
    }

    @Test("Damaged configurations and themes are refused or read, never a crash, and what is said of them is clean")
    func damaged() {
        let texts = [
            "theme = \"light\"\ncolors = 256\n[keys]\n\"train.pause\" = [\"P\", \"q\"]\n",
            "inherits = \"dark\"\nsource = \"#12ab34 bold\"\nheat = \"#000000 #ffffff\"\nbackground = \"none\"\n",
        ]
        var dice = Dice(17)
        for _ in 0..<3000 {
            var bytes = Array(texts[dice.below(2)].utf8)
            for _ in 0...dice.below(6) { bytes[dice.below(bytes.count)] = UInt8(dice.below(256)) }
            let text = String(decoding: bytes.prefix(1 + dice.below(bytes.count * 2)), as: UTF8.self)
            var said = Config.parse(text).problems.map(\.description)
            do { _ = try ThemeLibrary.parse(text, name: "x", file: "x", known: Theme.builtIn) } catch { said.append("\(error)") }
            for scalar in said.joined().unicodeScalars { #expect(scalar.properties.generalCategory != .control) }
        }
        #expect(reasons(String(repeating: "a = [", count: 20_000)).count == 1)
        #expect(Config.read(URL(fileURLWithPath: "/dev/zero")).problems.count == 1)
        #expect(Config.read(URL(fileURLWithPath: "/nowhere/config.toml")).problems == [])
    }

    @Test("Users' themes come after the built-in ones, may inherit, and a broken one names its file and line")
    func userThemes() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-themes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
        try write("autumn.toml", "inherits = \"dark\"\ntarget = \"#ff8800\"\nbackground = \"#201000\"")
        try write("broken.toml", "# mine\nsource = \"#ffffff\"\nsauce = \"#ffffff\"")
        try write("torn.toml", "source = \"#ff")
        try write("number.toml", "source = 3")
        try write("orphan.toml", "inherits = \"nobody\"")
        try write("winter.toml", "inherits = \"autumn\"\nsource = \"#0000ff underline\"")
        try write("notes.txt", "no theme")
        let library = ThemeLibrary(folder: folder)
        #expect(library.themes.map(\.name) == Theme.builtInNames + ["autumn", "winter"])
        #expect(library.theme(named: "winter")?[.target].foreground == Colour(0xFF, 0x88, 0))
        #expect(library.theme(named: "winter")?.background == Colour(0x20, 0x10, 0))
        #expect(library.broken.map(\.name) == ["broken", "number", "orphan", "torn"])
        let reasons = library.broken.map { "\($0.problem)" }
        #expect(reasons[0].hasPrefix("themes/broken.toml:3:") && reasons[0].contains("did you mean source?"))
        #expect(reasons[1].hasPrefix("themes/number.toml:1:") && reasons[2].hasPrefix("themes/orphan.toml:1:"))
        #expect(reasons[3].hasPrefix("themes/torn.toml:1:"))

        // Everything that is wrong is listed, and the chosen theme's fault stands first.
        func problems(_ config: String) -> [String] {
            UserSettings(config: Config.parse(config), library: library).problems.map(\.description)
        }
        #expect(
            problems("mouse = 3\ntheme = \"torn\"").map { String($0.prefix { $0 != ":" }) } == [
                "themes/torn.toml", "config.toml", "themes/broken.toml", "themes/number.toml", "themes/orphan.toml",
            ])
        #expect(
            problems("mouse = 3\ntheme = \"autum\"").prefix(2) == [
                "config.toml:2: there is no theme autum, did you mean autumn?", "config.toml:1: mouse is true or false",
            ])
        #expect(UserSettings(config: Config(), library: library, remembered: "orphan").problems.first?.file == "themes/orphan.toml")
        #expect(ThemeLibrary(folder: URL(fileURLWithPath: "/nowhere")).themes == Theme.builtIn)
    }

    @Test("Broken themes stand in the chooser with the reason, cannot be kept, and all problems are in the Log")
    func brokenThemes() {
        let problem = ConfigProblem(file: "themes/torn.toml", line: 1, reason: "the string is not closed")
        var settings = WorkbenchSettings()
        settings.brokenThemes = [ThemeLibrary.Broken(name: "torn", problem: problem)]
        settings.problems = [problem, ConfigProblem(file: "config.toml", line: 3, reason: "mouse is true or false")]
        var workbench = Workbench(focus: .log, settings: settings)
        workbench.tellProblems()
        #expect(workbench.message == "themes/torn.toml:1: the string is not closed (and 1 more: 9 lists them)")
        var view = LogView()
        view.isLoaded = true
        _ = workbench.receive(view)
        let log = workbench.draw(width: 100, height: 30).text
        #expect(
            log.contains("!  screen") && log.contains("config.toml:3: mouse is true or false") && log.contains("themes/torn.toml:1"),
            "\(log)")
        _ = workbench.handle(.character("T"))
        #expect(workbench.draw(width: 100, height: 30).text.contains("✗ torn  the string is not closed"))
        _ = workbench.handle(.end)
        #expect(workbench.message == "\(problem)" && workbench.look.theme == .dark)
        _ = workbench.handle(.enter)
        #expect(workbench.overlay != nil && workbench.chosenTheme == nil)
        _ = workbench.handle(.escape)
        _ = workbench.run(line: "theme torn")
        #expect(workbench.message == "\(problem)")
    }

    @Test("T shows each theme on the whole screen at once; Enter keeps it, Esc brings back what was")
    func chooser() {
        var workbench = Sample.workbench(.train, train: Sample.train(), corpora: Sample.corpora())
        func source() -> Bool { workbench.draw(width: 120, height: 36).cells.contains { $0.foreground == Theme.light[.source].foreground } }
        #expect(!source())
        _ = workbench.handle(.character("T"))
        let before = workbench.draw(width: 120, height: 36)
        _ = workbench.handle(.down)
        let after = workbench.draw(width: 120, height: 36)
        #expect(workbench.look.theme == .light && after != before)
        _ = workbench.handle(.escape)
        #expect(workbench.look.theme == .dark && workbench.overlay == nil && !source() && workbench.view.theme == nil)
        _ = workbench.handle(.character("T"))
        _ = workbench.handle(.down)
        _ = workbench.handle(.enter)
        #expect(workbench.look.theme == .light && source() && workbench.view.theme == "light")
        // It is remembered until the configuration names another.
        var settings = WorkbenchSettings()
        settings.view = workbench.view
        #expect(settings.rememberedTheme == "light")
        settings.configuredTheme = "mono"
        #expect(settings.rememberedTheme == nil)
    }
}
