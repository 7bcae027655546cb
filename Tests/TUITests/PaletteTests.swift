import Records
import Testing
import Viz

@testable import TUI

@Suite struct PaletteTests {
    private func sample() -> Workbench { Sample.workbench(.train, train: Sample.train(), corpora: Sample.corpora()) }

    @discardableResult
    private func typed(_ text: String, _ workbench: inout Workbench) -> [Effect] {
        _ = workbench.handle(.character(":"))
        for key in text { _ = workbench.handle(.character(key)) }
        return workbench.handle(.enter)
    }

    @Test("Letters match in order; starts of words and runs of letters win; every word must fit")
    func fuzzy() throws {
        func score(_ typed: String, _ title: String) -> Int? { FuzzyMatch(typed, in: title)?.score }
        #expect(score("xyz", "Export") == nil && score("ptr", "Export") == nil)
        #expect(try #require(score("st", "Stop the run")) > (try #require(score("st", "A last row"))))
        #expect(try #require(score("run", "Stop the run")) > (try #require(score("run", "Return under"))))
        #expect(score("stop run", "Stop the run") != nil && score("stop walk", "Stop the run") == nil)
        #expect(FuzzyMatch("so", in: "Stop the run")?.places == [0, 2])
        #expect(score("", "anything") != nil)
    }

    @Test("Every command of the key table is in the palette, that of another pane with the pane's name")
    func all() {
        let workbench = sample()
        let items = workbench.paletteItems("")
        let commands = Set(
            items.compactMap { item -> Command? in
                if case .command(let command, _) = item.action { return command }
                return nil
            })
        #expect(commands == Set(workbench.keys.commands).subtracting([.palette]))
        #expect(items.contains { $0.place == "Corpora" } && items.contains { $0.place == "Train" })
        // Nothing to pause: it is there, but comes after what does something.
        let done = Sample.workbench(.train, train: Sample.train(state: .finished), corpora: nil).paletteItems("pause")
        #expect(done.contains { $0.action == .command(.pause, pane: nil) && !$0.isAvailable })
    }

    @Test("Enter runs what fits best: here, everywhere, and in another pane, which is shown first")
    func run() throws {
        var workbench = sample()
        var order: Order?
        for case .issue(let wanted, _) in typed("pause", &workbench) { order = wanted }
        #expect(order == .pause && workbench.overlay == nil)
        _ = typed("not used and why", &workbench)
        #expect(workbench.pane.name == .corpora && (workbench.pane as? CorporaPane)?.showsRejected == true)
        _ = typed("zzzzz", &workbench)
        #expect(workbench.overlay != nil)
        _ = workbench.handle(.escape)
        #expect(workbench.overlay == nil)
    }

    @Test("A word that a command cannot take is told with the reason, not as an unknown command")
    func wrongWord() {
        var workbench = sample()
        _ = typed("run 99", &workbench)
        #expect(workbench.overlay == nil && workbench.message == "there is no run 99")
        for key in ":run 99" { _ = workbench.handle(.character(key)) }
        let text = workbench.draw(width: 80, height: 24).text
        #expect(text.contains("run takes nothing with these letters") && !text.contains("no command has these words"))
    }

    @Test("What was run stands first the next time, once, and is remembered")
    func history() throws {
        var workbench = sample()
        for line in ["theme light", "smooth the curves more", "theme light"] { _ = typed(line, &workbench) }
        let items = workbench.paletteItems("")
        #expect(items.first?.title == "theme light" && items.first?.place == "recent")
        #expect(items[1].action == .command(.smoother, pane: .train))
        #expect(workbench.view.history == ["theme light", ".curves.smoother"])
        #expect(items.filter { $0.action == .command(.smoother, pane: .train) }.count == 1)
    }

    @Test("run, clip, theme, glyphs and export take a word and offer those there are")
    func words() throws {
        var workbench = sample()
        var asked: Int64?
        for case .ask(let request as RunRequest) in typed("run 37", &workbench) { asked = request.run }
        #expect(asked == 37)
        #expect(workbench.paletteItems("run ").map(\.title) == ["run 42", "run 41", "run 37"])
        let clip = try #require(workbench.models[CorporaView.self].rows.last)
        _ = typed("clip \(clip.id)", &workbench)
        #expect((workbench.pane as? ClipPane)?.clip == clip.id)
        _ = typed("theme tritan", &workbench)
        #expect(workbench.look.theme.name == "tritanopia")
        _ = typed("glyphs ascii", &workbench)
        let grid = workbench.draw(width: 80, height: 24)
        #expect(grid.cells.allSatisfy { $0.glyph?.isASCII ?? false })
        var format: ExportFormat?
        for case .export(let wanted) in typed("export png", &workbench) { format = wanted }
        #expect(format == .png)
        _ = workbench.handle(.character("1"))
        var table: PaneTable?
        for case .exportTable(let wanted) in typed("export csv", &workbench) { table = wanted }
        #expect(table?.header.first == "clip" && table?.rows.count == 400)
    }

    @Test("set orders a live setting of the shown run; other keys and a run that is over are refused in words")
    func set() {
        var workbench = sample()
        var orders: [Order] = []
        for case .issue(let order, let run) in typed("set alpha.maximum 0.05", &workbench) where run == 42 { orders.append(order) }
        #expect(orders == [.set(key: "adaptation.alpha.maximum", value: "0.05")])
        var effects = workbench.run(line: "set model.kind x")
        #expect(effects.isEmpty && workbench.message?.contains("training.patience") == true)
        var done = Sample.workbench(.train, train: Sample.train(state: .finished), corpora: nil)
        effects = done.run(line: "set alpha.maximum 0.05")
        #expect(effects.isEmpty && done.message?.contains("no run is training") == true)
        #expect(
            typed("set alpha.maximum 0.05", &done).isEmpty && done.message == "run 42 is not under way: finished", "\(done.message ?? "")")
        done.overlay = nil
        // Tab completes a key, then a value is typed.
        _ = workbench.handle(.character(":"))
        for key in "set pat" { _ = workbench.handle(.character(key)) }
        _ = workbench.handle(.tab)
        for key in "3" { _ = workbench.handle(.character(key)) }
        orders = []
        for case .issue(let order, _) in workbench.handle(.enter) { orders.append(order) }
        #expect(orders == [.set(key: "training.patience", value: "3")])
    }

    @Test("More colours than the terminal has are refused with advice; fewer are drawn at once, and the theme comes back")
    func colours() {
        var workbench = sample()
        workbench.limits.colours = .indexed
        _ = typed("colors 24bit", &workbench)
        #expect(workbench.look.colours == .direct && workbench.message?.contains("--colors 24bit") == true)
        _ = typed("colors none", &workbench)
        let grid = workbench.draw(width: 80, height: 24)
        #expect(grid.cells.allSatisfy { $0.foreground == nil && $0.background == nil })
        _ = typed("colors 256", &workbench)
        #expect(workbench.look.theme == .dark && workbench.look.colours == .indexed)
    }

    @Test("Nonsense after a verb is told, and control characters are not typed into the screen")
    func nonsense() {
        var workbench = sample()
        for line in ["run 99", "run", "clip nobody", "theme pink", "colors 7", "glyphs sixels", "export doc", "fly away"] {
            _ = workbench.handle(.left)
            let effects = workbench.run(line: line)
            #expect(effects.isEmpty && workbench.message != nil, "\(line)")
        }
        _ = workbench.handle(.character(":"))
        _ = workbench.handle(.character("\u{1B}"))
        for scalar in workbench.draw(width: 80, height: 24).text.unicodeScalars where scalar != "\n" {
            #expect(scalar.properties.generalCategory != .control)
        }
    }
}
