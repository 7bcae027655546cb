import Records
import Testing
import TestSupport
import Viz

@testable import TUI

@Suite struct ParametersPaneTests {
    private func workbench(_ view: ParametersView = Sample.parameters(), look: Look = Look()) -> Workbench {
        var workbench = Workbench(look: look, focus: .parameters)
        _ = workbench.receive(Sample.train())
        _ = workbench.receive(Sample.editing)
        _ = workbench.receive(view)
        return workbench
    }

    private func pane(_ workbench: Workbench) throws -> ParametersPane { try #require(workbench.pane as? ParametersPane) }

    @discardableResult
    private func press(_ keys: String, _ workbench: inout Workbench) -> [Effect] { keys.flatMap { workbench.handle(.character($0)) } }

    /// Moves to a key and edits its value as a user would.
    @discardableResult
    private func edit(_ key: String, _ text: String, _ workbench: inout Workbench) -> [Effect] {
        go(to: key, &workbench)
        _ = workbench.handle(.enter)
        _ = workbench.handle(.control("u"))
        press(text, &workbench)
        return workbench.handle(.enter)
    }

    private func go(to key: String, _ workbench: inout Workbench) {
        press("/key=\(key)", &workbench)
        _ = workbench.handle(.enter)
        // Without the filter the cursor stays on the key.
        _ = workbench.handle(.escape)
    }

    private func launch(_ effects: [Effect]) -> LaunchRequest? {
        for case .ask(let request as LaunchRequest) in effects { return request }
        return nil
    }

    static let sizes = [(20, 6), (80, 24), (120, 36), (200, 60)]

    @Test("Parameters of a run with a parent, edited, invalid, and while a value is typed", arguments: sizes)
    func screens(width: Int, height: Int) {
        var plain = workbench()
        go(to: "adaptation.alpha.maximum", &plain)
        expectGolden(plain.draw(width: width, height: height).text, "parameters-\(width)x\(height)")
        var edited = workbench()
        edit("training.batch", "7", &edited)
        edit("adaptation.method", "", &edited)
        edit("adaptation.batches", "", &edited)
        _ = edited.handle(.enter)
        _ = edited.handle(.down)
        _ = edited.handle(.enter)
        _ = edited.handle(.escape)
        expectGolden(edited.draw(width: width, height: height).text, "parameters-invalid-\(width)x\(height)")
        var typing = workbench()
        go(to: "optimiser.learning_rate", &typing)
        _ = typing.handle(.enter)
        press("x", &typing)
        expectGolden(typing.draw(width: width, height: height).text, "parameters-typing-\(width)x\(height)")
    }

    @Test("Parameters while reading, without a run, with an experiment that cannot be read, with a store that cannot", arguments: sizes)
    func states(width: Int, height: Int) {
        var empty = ParametersView()
        empty.isLoaded = true
        var foreign = Sample.parameters()
        foreign.experiment = nil
        foreign.problem = "line 3: unknown key 'model.colour'"
        for (name, view) in [("loading", ParametersView()), ("empty", empty), ("unreadable", foreign)] {
            var workbench = workbench(view)
            expectGolden(workbench.draw(width: width, height: height).text, "parameters-\(name)-\(width)x\(height)")
        }
        var failed = workbench()
        _ = failed.receive(StoreFailure(text: "/data/emolab.sqlite: it is locked by another program"))
        expectGolden(failed.draw(width: width, height: height).text, "parameters-failed-\(width)x\(height)")
    }

    @Test("Every form of a key is edited its own way: booleans turn over, names are chosen, numbers, lists and texts typed")
    func kinds() throws {
        var workbench = workbench()
        go(to: "model.mask", &workbench)
        _ = workbench.handle(.enter)
        go(to: "adaptation.alpha.schedule", &workbench)
        _ = workbench.handle(.enter)
        #expect(workbench.draw(width: 100, height: 30).text.contains("▸ conservative"))
        _ = workbench.handle(.down)
        _ = workbench.handle(.enter)
        edit("optimiser.warm_up_epochs", "2", &workbench)
        edit("model.audio.channels", "32, 48,64", &workbench)
        edit("name", "a b", &workbench)
        let draft = try #require(pane(workbench).draft)
        #expect(
            draft.experiment.settings["model.mask"] == "false" && draft.experiment.settings["adaptation.alpha.schedule"] == "dann"
                && draft.experiment.settings["adaptation.alpha.maximum"] == "1.0")
        #expect(
            draft.experiment.settings["optimiser.warm_up_epochs"] == "2.0"
                && draft.experiment.settings["model.audio.channels"] == "[32, 48, 64]" && draft.experiment.name == "a b")
        #expect(draft.steps.count == 5 && draft.problem == nil)
        // Undo goes back one by one, as far as there is something.
        press("uuu", &workbench)
        #expect(try pane(workbench).draft?.experiment.settings["adaptation.alpha.schedule"] == "dann")
        press("uuu", &workbench)
        #expect(try pane(workbench).draft?.experiment == Sample.parameters().experiment)
        #expect(workbench.message == "there is no edit to take back")
    }

    @Test("A value that its key does not take is complained of while it is typed, and cannot be kept")
    func wrongValue() throws {
        var workbench = workbench()
        edit("training.epochs", "many", &workbench)
        #expect(workbench.message == "'training.epochs' must be a whole number, not 'many'")
        #expect(workbench.pane.entry?.text == "many")
        #expect(workbench.draw(width: 120, height: 36).text.contains("✗ 'training.epochs' must be a whole number"))
        _ = workbench.handle(.control("u"))
        press("100001", &workbench)
        #expect(try pane(workbench).complaint == "'training.epochs' is 100001, but must be 1 to 100000 epochs")
        _ = workbench.handle(.escape)
        #expect(try pane(workbench).draft?.isEmpty == true && workbench.pane.entry == nil)
    }

    @Test("Edits that no run could use together are told at once, start nothing, and the cursor goes to the key at fault")
    func invalidWhole() throws {
        var workbench = workbench()
        edit("adaptation.discriminators", "fused, audio", &workbench)
        edit("adaptation.discriminator_weights", "1, 2, 3", &workbench)
        let message = try #require(workbench.message)
        #expect(message.hasPrefix("no run could start so: 'adaptation.discriminator_weights' is [1.0, 2.0, 3.0]"))
        go(to: "name", &workbench)
        for key in "rca" {
            let effects = press(String(key), &workbench)
            #expect(effects.isEmpty && workbench.overlay == nil && launch(effects) == nil)
            #expect(workbench.message?.hasPrefix("not started: 'adaptation.discriminator_weights'") == true)
        }
        #expect(try pane(workbench).selectedRow?.id == "adaptation.discriminator_weights")
        press("u", &workbench)
        press("r", &workbench)
        #expect(workbench.overlay != nil)
    }

    @Test("r asks with the difference in words and starts a child with the whole experiment; Esc starts nothing")
    func restart() throws {
        var workbench = workbench()
        edit("model.lora.rank", "16", &workbench)
        edit("training.label_smoothing", "0", &workbench)
        press("r", &workbench)
        #expect(workbench.draw(width: 120, height: 36).text.contains("lora.rank 8 → 16, training.label_smoothing 0.1 → 0.0"))
        #expect(workbench.handle(.escape).isEmpty && workbench.overlay == nil)
        press("r", &workbench)
        guard case .child(let parent, let text)? = launch(press("r", &workbench)) else {
            Issue.record("nothing was started")
            return
        }
        let before = try #require(Sample.parameters().experiment)
        let expected = try MadeUpExperiments().applying(["model.lora.rank=16", "training.label_smoothing=0.0"], to: before)
        #expect(parent == 42 && text == expected.text && text != before.text)
    }

    @Test("c asks for a name and starts a copy that is nobody's child")
    func clone() throws {
        var workbench = workbench()
        press("c", &workbench)
        #expect(workbench.pane.entry?.text == "full copy")
        press(" 2", &workbench)
        _ = workbench.handle(.enter)
        #expect(workbench.overlay != nil)
        guard case .clone(let text)? = launch(press("c", &workbench)) else {
            Issue.record("nothing was started")
            return
        }
        #expect(try MadeUpExperiments().read(text).name == "full copy 2")
    }

    @Test("Edited live keys of a live run are ordered one after the other, stay until the trainer answers, and its answer is told once")
    func live() throws {
        var workbench = workbench()
        edit("adaptation.alpha.maximum", "0.05", &workbench)
        #expect(workbench.message?.hasPrefix("a applies it now") == true)
        edit("training.patience", "3", &workbench)
        edit("training.batch", "4", &workbench)
        let orders: [Order] = press("a", &workbench).compactMap { if case .issue(let order, 42) = $0 { order } else { nil } }
        #expect(orders == [.set(key: "adaptation.alpha.maximum", value: "0.05"), .set(key: "training.patience", value: "3")])
        var view = Sample.parameters()
        view.changes = [ParametersView.Change(id: 9, key: "adaptation.alpha.maximum", value: "0.05", state: .waiting)]
        _ = workbench.receive(view)
        #expect(try pane(workbench).draft?.steps.count == 3)
        view.changes[0].state = .applied
        view.changes[0].step = 512
        view.changes[0].text = "alpha.maximum 0.099 → 0.05"
        view.experiment = Sample.experiment(["model.lora.rank=8", "augmentation.enabled=true", "adaptation.alpha.maximum=0.05"])
        _ = workbench.receive(view)
        #expect(workbench.message == "run 42, step 512: alpha.maximum 0.099 → 0.05")
        // What the run has by now is no edit any more; what it has not is.
        #expect(try pane(workbench).draft?.steps.map(\.key) == ["training.patience", "training.batch"])
        workbench.say("something else")
        view.run?.name = "renamed"
        _ = workbench.receive(view)
        #expect(workbench.message == "something else")
    }

    @Test(
        "R goes on with a stopped run, with what may change then; a key of a new run is refused by name; a live run is not resumed, a finished one with more epochs"
    )
    func resume() throws {
        var workbench = workbench(Sample.parameters(.stopped))
        edit("training.label_smoothing", "0", &workbench)
        press("R", &workbench)
        #expect(launch(press("r", &workbench)) == .resume(run: 42, changes: ["training.label_smoothing=0.0"]))
        edit("training.batch", "4", &workbench)
        press("R", &workbench)
        #expect(workbench.overlay == nil && workbench.message == "training.batch needs a new run: r restarts as a child")
        var live = self.workbench(Sample.parameters(.training))
        press("R", &live)
        #expect(live.overlay == nil)
        var finished = self.workbench(Sample.parameters(.finished))
        press("R", &finished)
        #expect(finished.overlay == nil && finished.message?.contains("has finished: with more training.epochs") == true)
        edit("training.epochs", "90", &finished)
        press("R", &finished)
        #expect(launch(press("r", &finished)) == .resume(run: 42, changes: ["training.epochs=90"]))
    }

    @Test("Edits belong to their run: they are there again when it is shown again")
    func perRun() throws {
        var workbench = workbench()
        edit("training.batch", "4", &workbench)
        var other = Sample.parameters()
        other.run = ParametersView.Run(id: 43, name: "other", state: .finished)
        other.parentExperiment = nil
        _ = workbench.receive(other)
        #expect(try pane(workbench).draft?.isEmpty == true)
        _ = workbench.receive(Sample.parameters())
        #expect(try pane(workbench).draft?.experiment.settings["training.batch"] == "4")
    }

    @Test("v leaves keys that differ from default, parent or run; filters find keys by range, effect and help")
    func filters() throws {
        var workbench = workbench()
        press("v", &workbench)
        let changed = try pane(workbench).list.visible.map { try pane(workbench).rows[$0].id }
        #expect(
            Set(changed) == ["name", "model.lora.enabled", "model.lora.rank", "augmentation.enabled", "training.epochs", "training.seeds"])
        press("v", &workbench)
        press("/effect:live", &workbench)
        #expect(try pane(workbench).list.visible.count == MadeUpExperiments().liveKeys.count)
        _ = workbench.handle(.escape)
        press("/state:differs", &workbench)
        #expect(try pane(workbench).list.visible.count == 2)
    }

    @Test("Another pane opens it on a run: that run is asked for")
    func topic() {
        var pane = ParametersPane()
        var models = Models()
        models.set(Sample.parameters())
        var asked: Int64?
        for case .ask(let request as RunRequest) in pane.open(ParametersTopic(run: 7), models) { asked = request.run }
        #expect(asked == 7)
        #expect(pane.open(ParametersTopic(run: 42), models).isEmpty)
    }

    @Test("An edited value is bold, a difference to the parent has the target's colour, a key at fault is bad")
    func colours() throws {
        var workbench = workbench()
        edit("training.batch", "4", &workbench)
        let grid = workbench.draw(width: 120, height: 60)
        func inks(_ glyph: Character) -> [Colour?] { grid.cells.filter { $0.glyph == glyph }.map(\.foreground) }
        #expect(inks("▌").contains(Theme.dark[.target].foreground))
        #expect(grid.cells.contains { $0.glyph == "*" && $0.attributes.contains(.bold) })
        edit("adaptation.discriminator_weights", "1, 2, 3", &workbench)
        let invalid = workbench.draw(width: 120, height: 60)
        #expect(invalid.cells.contains { $0.glyph == "✗" && $0.foreground == Theme.dark[.bad].foreground })
    }
}
